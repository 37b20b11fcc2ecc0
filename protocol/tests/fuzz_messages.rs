//! Any bytes: no panic, and what is accepted is canonical.

use arena_protocol::token::{self, Act, SigningKey};
use arena_protocol::{FromClient, FromRelay};
use bytes::Bytes;

#[test]
fn from_client() {
    bolero::check!().for_each(|input: &[u8]| {
        if let Ok(message) = FromClient::decode(Bytes::copy_from_slice(input)) {
            assert_eq!(&message.encode().bare()[..], input);
        }
    });
}

#[test]
fn from_relay() {
    bolero::check!().for_each(|input: &[u8]| {
        if let Ok(message) = FromRelay::decode(Bytes::copy_from_slice(input)) {
            assert_eq!(&message.encode().bare()[..], input);
        }
    });
}

#[test]
fn tokens() {
    let keys = SigningKey::from_seed(&[7; 32]).public();
    let channel = "demo".parse().unwrap();
    bolero::check!().for_each(|input: &[u8]| {
        if let Ok(text) = std::str::from_utf8(input) {
            assert!(token::check(Some(text), &keys, Act::Watch, &channel, 0).is_err());
        }
    });
}
