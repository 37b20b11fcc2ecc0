//! How clients write what a line holds, and how much of it there may be. Pure.
//!
//! A whole number is `7`, `7.0` or `"7"`. Invariant: what is read here can be said in `melee/1`, and
//! every float is finite.

use std::fmt::{self, Display};
use std::marker::PhantomData;

use arena_protocol::melee::{PLAYERS_MAX, TEXT_LEN_MAX};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A whole number that fits into `T`.
pub(super) struct Whole<T>(T);

/// What a float of 32 bits can hold.
pub(super) struct Real(f32);

/// As many as can be said at once.
struct Few<T>(Vec<T>);

pub(super) fn whole<'de, T: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Whole::deserialize(from).map(|Whole(number)| number)
}

pub(super) fn whole_or_none<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    Ok(Option::<Whole<T>>::deserialize(from)?.map(|Whole(number)| number))
}

pub(super) fn whole_or_zero<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: TryFrom<i64> + Default,
    D: Deserializer<'de>,
{
    whole_or_none(from).map(Option::unwrap_or_default)
}

pub(super) fn few_whole<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    let Few(numbers) = Few::<Whole<T>>::deserialize(from)?;
    Ok(numbers.into_iter().map(|Whole(number)| number).collect())
}

pub(super) fn few<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    Few::deserialize(from).map(|Few(items)| items)
}

pub(super) fn real_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f32>, D::Error> {
    Ok(Option::<Real>::deserialize(from)?.map(|Real(number)| number))
}

pub(super) fn real_or_zero<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    real_or_none(from).map(Option::unwrap_or_default)
}

pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked(String::deserialize(from)?)
}

pub(super) fn text_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(from)?.map(checked).transpose()
}

fn checked<E: Error>(text: String) -> Result<String, E> {
    if text.len() > TEXT_LEN_MAX || text.contains('\0') {
        let what = format_args!("expected a text of at most {TEXT_LEN_MAX} bytes, without NUL");
        return Err(E::custom(what));
    }
    Ok(text)
}

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OfWhole(PhantomData)).map(Self)
    }
}

struct OfWhole<T>(PhantomData<T>);

impl<T: TryFrom<i64>> Visitor<'_> for OfWhole<T> {
    type Value = T;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).map_err(|_| too_far(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        i64::try_from(number).map_err(|_| too_far(number)).and_then(|number| self.visit_i64(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        /// Beyond it, not every whole number is a float.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() != 0.0 {
            return Err(E::custom(format_args!("{number} is not whole")));
        }
        if number.abs() > EXACT {
            return Err(too_far(number));
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
        self.visit_i64(number as i64)
    }

    fn visit_str<E: Error>(self, digits: &str) -> Result<T, E> {
        let number = digits.trim().parse();
        number.map_err(|_| E::custom("expected a whole number")).and_then(|it| self.visit_i64(it))
    }
}

fn too_far<E: Error>(number: impl Display) -> E {
    E::custom(format_args!("{number} is beyond what there is"))
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(from)?;
        #[expect(clippy::cast_possible_truncation, reason = "to the nearest; checked behind it")]
        let nearest = number as f32;
        if nearest.is_finite() { Ok(Self(nearest)) } else { Err(too_far(number)) }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(OfFew(PhantomData)).map(Self)
    }
}

struct OfFew<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OfFew<T> {
    type Value = Vec<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "a list of at most {PLAYERS_MAX}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            if items.len() == PLAYERS_MAX {
                return Err(A::Error::invalid_length(PLAYERS_MAX + 1, &self));
            }
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(json: &str) -> Result<T, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_number_is_written_in_three_ways() {
        for json in ["7", "7.0", "\"7\"", "\" 7 \"", "7e0"] {
            assert_eq!(read::<Whole<u8>>(json).map(|it| it.0), Ok(7), "{json}");
        }
    }

    #[test]
    fn what_is_no_whole_number_of_its_size_is_refused() {
        for (json, why) in [
            ("1.5", "1.5 is not whole"),
            ("256", "256 is beyond"),
            ("-1", "-1 is beyond"),
            ("9223372036854775808", "9223372036854775808 is beyond"),
            ("1e308", "is beyond"),
            ("\"1e2\"", "expected a whole number"),
            ("\"\"", "expected a whole number"),
            ("true", "expected a whole number"),
            ("null", "expected a whole number"),
            ("[7]", "expected a whole number"),
        ] {
            let refused = read::<Whole<u8>>(json).map(|it| it.0).unwrap_err();
            assert!(refused.contains(why), "{json}: {refused}");
        }
    }

    #[test]
    fn a_float_is_finite() {
        for (json, number) in [("7", 7.0), ("-0.0", -0.0), ("0.1", 0.1), ("1e-300", 0.0)] {
            assert_eq!(read::<Real>(json).map(|it| it.0.to_bits()), Ok(f32::to_bits(number)));
        }
        for json in ["1e308", "-3.5e38", "\"7\"", "1e400"] {
            assert!(read::<Real>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn there_are_no_more_than_can_be_said() {
        let list = |len: usize| serde_json::to_string(&vec![7; len]).unwrap();
        assert_eq!(read::<Few<i32>>(&list(PLAYERS_MAX)).map(|it| it.0.len()), Ok(PLAYERS_MAX));
        let refused = read::<Few<i32>>(&list(PLAYERS_MAX + 1)).map(|it| it.0.len()).unwrap_err();
        assert!(refused.contains("a list of at most 8"), "{refused}");
    }
}
