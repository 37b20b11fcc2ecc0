//! Whole numbers of up to 256 bits, as contracts count in them: amounts of wei, and the numbers by
//! which contracts name what they keep.
//!
//! Invariant: a number has one spelling, decimal digits without a sign or leading zeros, and what
//! is read is what is written, at any size. It is kept and told as text; clients may send it as a
//! JSON number, too, which is read by its digits and never becomes a floating-point number.

use std::fmt;
use std::str::FromStr;

use ruint::aliases::{U256, U512};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The longest number: 2^256 - 1.
const DIGITS_MAX: usize = 78;

/// Why a text is no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// Something else than digits, or a spelling that is not the shortest.
    #[error("expected a whole number in decimal digits, without a sign or leading zeros")]
    Spelling,
    /// More than contracts can count.
    #[error("expected at most 2^256 - 1")]
    TooLarge,
}

macro_rules! uint {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub U256);

        impl $name {
            /// A small one.
            #[must_use]
            pub const fn small(value: u64) -> Self {
                Self(U256::from_limbs([value, 0, 0, 0]))
            }

            /// As a JSON number with all of its digits, for clients that read whole numbers exactly.
            #[must_use]
            pub fn exact(self) -> Option<Box<RawValue>> {
                RawValue::from_string(self.to_string()).ok()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotANumber;

            fn from_str(text: &str) -> Result<Self, NotANumber> {
                read(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

uint! {
    /// An amount of a chain's coin, or of a token of 18 places, in its smallest unit.
    Wei
}
uint! {
    /// What the wager contract calls a wager.
    WagerId
}
uint! {
    /// What the pool contract calls a pool.
    PoolId
}

uint! {
    /// What the escrow contract calls a match.
    EscrowId
}

impl Wei {
    /// Nothing.
    pub const ZERO: Self = Self(U256::ZERO);

    /// Whole coins.
    #[must_use]
    pub fn coins(count: u64) -> Self {
        Self(U256::from(count) * U256::from(1_000_000_000_000_000_000_u64))
    }

    /// `self × by ÷ of`, rounded down; nothing if `of` is nothing. Exact, because what is between
    /// has 512 bits; a result beyond 256 bits is the largest there is.
    #[must_use]
    pub fn share(self, by: Self, of: Self) -> Self {
        if of == Self::ZERO {
            return Self::ZERO;
        }
        let product: U512 = self.0.widening_mul(by.0);
        Self((product / U512::from(of.0)).saturating_to())
    }

    /// The sum; the largest there is where it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, nothing where `other` is more.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum of a ring: what was added is taken away again without a trace, at any size.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// Takes away what [`Self::and`] added.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// In whole coins, for people: not exact.
    #[must_use]
    pub fn in_coins(self) -> f64 {
        f64::from(self.0) / 1e18
    }
}

/// Reads a number as a client sends it: a JSON number of any size, or the same digits as text.
pub(crate) fn sent<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = NotANumber>,
{
    let sent = Box::<RawValue>::deserialize(deserializer)?;
    let text = sent.get();
    let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    digits.unwrap_or(text).parse().map_err(serde::de::Error::custom)
}

fn read(text: &str) -> Result<U256, NotANumber> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return Err(NotANumber::Spelling);
    }
    if text.len() > DIGITS_MAX {
        return Err(NotANumber::TooLarge);
    }
    U256::from_str_radix(text, 10).map_err(|_| NotANumber::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: &str =
        "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    #[derive(Deserialize)]
    struct Sent {
        #[serde(deserialize_with = "sent")]
        wei: Wei,
    }

    fn told(json: &str) -> Result<Wei, serde_json::Error> {
        serde_json::from_str(&format!("{{\"wei\": {json}}}")).map(|Sent { wei }| wei)
    }

    #[test]
    fn a_number_of_any_size_is_read_and_written_without_loss() {
        for text in ["0", "1", "9223372036854775808", "10000000000000000000000000001", MAX] {
            assert_eq!(text.parse::<Wei>().unwrap().to_string(), text);
            for json in [text.to_owned(), format!("\"{text}\"")] {
                assert_eq!(told(&json).unwrap().to_string(), text, "{json}");
            }
            let kept = serde_json::to_string(&text.parse::<Wei>().unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<Wei>(&kept).unwrap().to_string(), text);
            assert_eq!(text.parse::<Wei>().unwrap().exact().unwrap().get(), text);
        }
    }

    #[test]
    fn what_is_spelled_otherwise_is_no_number() {
        let too_large = format!("{}6", &MAX[..77]);
        for (text, why) in [
            ("", NotANumber::Spelling),
            ("-1", NotANumber::Spelling),
            ("+1", NotANumber::Spelling),
            ("01", NotANumber::Spelling),
            ("1.0", NotANumber::Spelling),
            ("1e18", NotANumber::Spelling),
            ("0x10", NotANumber::Spelling),
            ("1_000", NotANumber::Spelling),
            (" 1", NotANumber::Spelling),
            ("١", NotANumber::Spelling),
            (&too_large, NotANumber::TooLarge),
            (&"9".repeat(79), NotANumber::TooLarge),
        ] {
            assert_eq!(text.parse::<Wei>(), Err(why), "{text}");
            assert!(told(&format!("\"{text}\"")).is_err(), "{text}");
        }
        for json in ["1.5", "1e3", "null", "[1]", "true"] {
            assert!(told(json).is_err(), "{json}");
        }
    }

    #[test]
    fn coins_have_eighteen_places() {
        assert_eq!(Wei::coins(500).to_string(), "500000000000000000000");
        assert_eq!(Wei::coins(u64::MAX).to_string(), "18446744073709551615000000000000000000");
    }

    proptest! {
        #[test]
        fn what_was_added_is_taken_away_again(a: [u64; 4], b: [u64; 4]) {
            let [a, b] = [a, b].map(|limbs| Wei(U256::from_limbs(limbs)));
            prop_assert_eq!(a.and(b).without(b), a);
        }

        #[test]
        fn a_share_is_exact_at_any_size(a: [u64; 4], of: [u64; 4]) {
            let [a, of] = [a, of].map(|limbs| Wei(U256::from_limbs(limbs)));
            prop_assume!(of != Wei::ZERO);
            prop_assert_eq!(a.share(of, of), a);
        }

        #[test]
        fn no_text_is_a_panic(text in ".{0,90}|[0-9]{70,90}") {
            if let Ok(read) = text.parse::<Wei>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
