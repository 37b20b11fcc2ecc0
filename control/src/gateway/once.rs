//! A request that makes something makes it once, wherever and however often it arrives.
//!
//! What it makes is named by the request: the id of the entry, crew or battle is a keyed sum of who
//! asks and of the request's id, under a secret that all processes of an arena share. So a request
//! that comes again, on another socket or to another process, names the same row: either it is there
//! and is shown as it is now, or the first attempt left nothing and this one makes it. Nothing has
//! to be kept beside what was made, nothing has to be swept, and no crash can come between the two.
//!
//! Only ids that are UUIDs name anything beyond their socket: who counts from 1 on each socket asks
//! for something new each time. Without an account a UUID is also the proof of who asked first, so
//! it has to be one that nobody guesses.

use ring::hmac;

use crate::ids::{PlayerId, TicketId};
use crate::random::Chance;
use crate::store::{self, Store, Tx, secrets};

const NAME: &str = "requests";

/// Names what requests make.
#[derive(Debug)]
pub(crate) struct Keyed(hmac::Key);

impl Keyed {
    /// With the secret of a database; the first process of all makes it.
    pub(crate) async fn open(store: &Store, chance: &Chance) -> Result<Self, store::Error> {
        let fresh = TicketId(u128::from_be_bytes(chance.bytes()));
        let second = TicketId(u128::from_be_bytes(chance.bytes()));
        let fresh = format!("{fresh}{second}");
        let secret = store.write(async move |tx: &mut Tx| secrets::secret(tx, NAME, &fresh).await);
        let secret: String = secret.await?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    /// What a request of this id makes; none if the id holds on its socket only.
    pub(crate) fn id(&self, kind: &str, who: Option<PlayerId>, request: &str) -> Option<u128> {
        let asked: TicketId = request.parse().ok()?;
        let who = who.map(|who| who.to_string()).unwrap_or_default();
        let sum = hmac::sign(&self.0, format!("{kind}\n{who}\n{asked}").as_bytes());
        let mut bits = [0; 16];
        bits.copy_from_slice(&sum.as_ref()[..16]);
        Some(shaped(asked.0, u128::from_be_bytes(bits)))
    }
}

/// As a UUID. If the request's is one of version 7, its time is kept, so that indexes grow at their
/// end.
fn shaped(asked: u128, bits: u128) -> u128 {
    const VERSION: u128 = 0xf << 76;
    if asked & VERSION != 0x7 << 76 {
        return TicketId::random(bits).0;
    }
    let time = asked >> 80 << 80;
    let random = bits & !(0xffff_ffff_ffff << 80) & !VERSION & !(0x3 << 62);
    time | 0x7 << 76 | 0x2 << 62 | random
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &str = "2c5ea4c0-4067-41a2-9f6a-0d2f0d0c2f11";
    const V7: &str = "018bcfe5-6800-7000-8000-0123456789ab";

    fn keyed(secret: &str) -> Keyed {
        Keyed(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    #[test]
    fn the_same_request_of_the_same_one_makes_the_same_thing() {
        let (ours, theirs) = (keyed("a"), keyed("b"));
        let first = ours.id("entry", None, V4).unwrap();
        assert_eq!(ours.id("entry", None, V4), Some(first));
        for other in [
            ours.id("crew", None, V4),
            ours.id("entry", Some(PlayerId(1)), V4),
            ours.id("entry", None, V7),
            theirs.id("entry", None, V4),
        ] {
            assert_ne!(other, Some(first));
        }
    }

    #[test]
    fn only_a_uuid_names_anything_beyond_its_socket() {
        for id in ["", "1", "ask-1", "2C5EA4C0-4067-41A2-9F6A-0D2F0D0C2F11", &V4[1..]] {
            assert_eq!(keyed("a").id("entry", None, id), None, "{id}");
        }
    }

    #[test]
    fn what_is_made_is_spelled_as_a_uuid_and_keeps_the_time_of_one() {
        let made = |request| TicketId(keyed("a").id("entry", None, request).unwrap()).to_string();
        let (v4, v7) = (made(V4), made(V7));
        assert_eq!((&v4[14..15], &v7[..15]), ("4", "018bcfe5-6800-7"));
        assert!([v4, v7].iter().all(|id| "89ab".contains(&id[19..20])));
    }
}
