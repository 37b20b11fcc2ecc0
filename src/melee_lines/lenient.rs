//! How much there may be of what a line holds, and what is missing in it. Pure.
//!
//! Numbers are read as in all bodies of the older interface. Invariant: what is read here can be said
//! in `melee/1`, and every float is finite.

use std::fmt;
use std::marker::PhantomData;

use arena_control::http::lenient as numbers;
pub(super) use arena_control::http::lenient::{whole, whole_or_none};
use arena_protocol::melee::{PLAYERS_MAX, TEXT_LEN_MAX};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// As many as can be said at once.
struct Few<T>(Vec<T>);

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
    let Few(few) = Few::<numbers::Whole<T>>::deserialize(from)?;
    Ok(few.into_iter().map(|numbers::Whole(number)| number).collect())
}

pub(super) fn few<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    Few::deserialize(from).map(|Few(items)| items)
}

pub(super) fn real_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f32>, D::Error> {
    numbers::real_or_none(from)?.map(single).transpose()
}

pub(super) fn real_or_zero<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    real_or_none(from).map(Option::unwrap_or_default)
}

/// To the nearest float of 32 bits.
fn single<E: Error>(number: f64) -> Result<f32, E> {
    #[expect(clippy::cast_possible_truncation, reason = "to the nearest; checked behind it")]
    let nearest = number as f32;
    if nearest.is_finite() {
        Ok(nearest)
    } else {
        Err(E::custom(format_args!("{number} is beyond what there is")))
    }
}

pub(super) fn flag_or_no<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let flag = Option::<numbers::Flag>::deserialize(from)?;
    Ok(flag.is_some_and(|numbers::Flag(yes)| yes))
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
    fn a_float_is_finite() {
        for (json, number) in [("7", 7.0), ("-0.0", -0.0), ("\"0.1\"", 0.1), ("1e-300", 0.0)] {
            let read = real_or_none(&mut serde_json::Deserializer::from_str(json));
            assert_eq!(read.unwrap().map(f32::to_bits), Some(f32::to_bits(number)), "{json}");
        }
        for json in ["1e308", "-3.5e38", "\"1e39\"", "1e400"] {
            let read = real_or_none(&mut serde_json::Deserializer::from_str(json));
            assert!(read.is_err(), "{json}");
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
