//! Names of what the control plane keeps: 128 bits that nobody can guess, written as a UUID.
//!
//! Invariant: an id has one spelling, 36 characters in lower case; what is spelled otherwise
//! names nothing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// How ids are spelled.
const PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected 36 characters such as 00000000-0000-4000-8000-000000000001")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl $name {
            /// Of 128 random bits, six of which say that this is a random UUID.
            #[must_use]
            pub const fn random(bits: u128) -> Self {
                Self(as_random_uuid(bits))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                read(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some(PATTERN));
                id.build().into()
            }
        }

        impl ToSchema for $name {}

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// An entry of a queue. Who knows it may do what its side may do.
    TicketId
}
id! {
    /// A match.
    MatchId
}
id! {
    /// Somebody who is registered.
    PlayerId
}
id! {
    /// A crew, or a game of many, while it gathers.
    LobbyId
}

const fn as_random_uuid(bits: u128) -> u128 {
    let version = (bits & !(0xf << 76)) | (0x4 << 76);
    (version & !(0x3 << 62)) | (0x2 << 62)
}

fn write(id: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (a, b, c) = (id >> 96, id >> 80 & 0xffff, id >> 64 & 0xffff);
    let (d, e) = (id >> 48 & 0xffff, id & 0xffff_ffff_ffff);
    write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

fn read(text: &str) -> Result<u128, NotAnId> {
    if text.len() != 36 {
        return Err(NotAnId);
    }
    let mut id = 0;
    for (at, byte) in text.bytes().enumerate() {
        let digit = match (at, byte) {
            (8 | 13 | 18 | 23, b'-') => continue,
            (8 | 13 | 18 | 23, _) => return Err(NotAnId),
            (_, b'0'..=b'9') => byte - b'0',
            (_, b'a'..=b'f') => byte - b'a' + 10,
            _ => return Err(NotAnId),
        };
        id = id << 4 | u128::from(digit);
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_what_it_is_spelled(bits: u128) {
            let id = MatchId(bits);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<MatchId>(&json).unwrap(), id);
        }

        #[test]
        fn no_text_is_a_panic(text in ".{0,40}|[0-9a-f-]{36}") {
            if let Ok(id) = text.parse::<TicketId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn a_random_id_says_so() {
        let id = TicketId::random(u128::MAX);
        assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(TicketId::random(0).to_string(), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn other_spellings_name_nothing() {
        for text in [
            "",
            "join",
            "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF",
            "ffffffffffff4fffbfffffffffffffff",
            "ffffffff-ffff-4fff-bfff-fffffffffff",
            "ffffffff-ffff-4fff-bfff-fffffffffffg",
            "fffffffff-fff-4fff-bfff-ffffffffffff",
        ] {
            assert_eq!(text.parse::<MatchId>(), Err(NotAnId), "{text}");
        }
    }
}
