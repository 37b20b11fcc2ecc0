//! What sessions ask for, and the tokens that allow it.

use std::sync::Arc;

use arena_protocol::token::{Act, Claims, KeySet, SigningKey};
use arena_protocol::{Delivery, Intent};
use arena_relay::Access;

pub fn required(config: &mut arena_relay::Config) {
    let keys: KeySet = key().public();
    config.access = Access::Required(Arc::new(keys));
}

pub fn to_publish() -> Intent {
    Intent::Publish { schema: "opaque".into(), meta: Vec::new(), resume: false }
}

pub fn to_watch() -> Intent {
    Intent::Watch { after: None, delivery: Delivery::Live }
}

pub fn token(act: Act, change: impl FnOnce(&mut Claims)) -> String {
    let mut claims = Claims::new("agent", act, "m*", now_s() + 60);
    change(&mut claims);
    claims.sign(&key())
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

pub fn now_s() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_secs()
}
