//! Numbers as the clients of the older interface write them, whose arena read them leniently
//! (pydantic's lax mode). Pure; for bodies of the older paths only, never for those of `/v1`.
//!
//! A whole number is `7`, `7.0`, `"7"`, `" +07.0 "`, `"1_000"` or `true`; a float is any of these,
//! `1.5` or `"1.5e3"`; yes and no are also `1`, `"on"`, `"f"` and the like. Text is never made of a
//! number. Invariant: what is read is what was written, and every float is finite.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};

use crate::uint::NotANumber;

/// Digits of a number of any size, many more than 256 bits have.
const DIGITS_MAX: usize = 128;
const EXPECTED: &str = "expected a whole number";

/// A whole number that fits into `T`.
#[derive(Clone, Copy, Debug)]
pub struct Whole<T>(pub T);

/// A finite number.
#[derive(Clone, Copy, Debug)]
pub struct Real(pub f64);

/// Yes or no.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flag(pub bool);

/// A whole number, for a field.
///
/// # Errors
/// It is none, or does not fit.
pub fn whole<'de, T: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Whole::deserialize(from).map(|Whole(number)| number)
}

/// Null or a whole number that is not negative, as `/openapi.json` has it where everybody may write
/// one. Elsewhere it is described as it had better be sent.
pub(crate) fn described() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let number = number.maximum(Some(i64::MAX)).description(Some("the way it had better be sent"));
    let digits = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{1,18}$"));
    let flag = ObjectBuilder::new().schema_type(Type::Boolean);
    let null = ObjectBuilder::new().schema_type(Type::Null);
    AnyOfBuilder::new().item(number).item(digits).item(flag).item(null).into()
}

/// A whole number or null, for a field.
///
/// # Errors
/// It is neither, or does not fit.
pub fn whole_or_none<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    Ok(Option::<Whole<T>>::deserialize(from)?.map(|Whole(number)| number))
}

/// A finite number or null, for a field.
///
/// # Errors
/// It is neither.
pub fn real_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(Option::<Real>::deserialize(from)?.map(|Real(number)| number))
}

/// A whole number of any size, read by its digits: it never becomes a float.
pub(crate) fn of_any_size<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = NotANumber>,
{
    let sent = Box::<RawValue>::deserialize(from)?;
    let token = sent.get();
    let digits = match token {
        "true" => Some("1".to_owned()),
        "false" => Some("0".to_owned()),
        _ if token.starts_with('"') => {
            let text: Cow<'_, str> = serde_json::from_str(token).map_err(D::Error::custom)?;
            spelled(&text)
        }
        _ => expanded(token),
    };
    let digits = digits.ok_or_else(|| D::Error::custom(EXPECTED))?;
    digits.parse().map_err(D::Error::custom)
}

/// The shortest spelling of what a text says, if that is a whole number.
fn spelled(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|it| it == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    // Digits in groups, as Python writes them.
    let group = |group: &str| !group.is_empty() && group.bytes().all(|it| it.is_ascii_digit());
    if !whole.split('_').all(group) {
        return None;
    }
    Some(shortest(negative, &whole.replace('_', "")))
}

/// The same of a JSON number: `3.0` is 3, and `1e18` has 19 digits.
fn expanded(token: &str) -> Option<String> {
    let (negative, token) = token.strip_prefix('-').map_or((false, token), |rest| (true, rest));
    let (mantissa, exponent) = match token.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (token, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let shift = i64::from(exponent) - i64::try_from(fraction.len()).ok()?;
    if digits.bytes().all(|it| it == b'0') {
        return Some("0".to_owned());
    }
    let places = usize::try_from(shift.unsigned_abs()).ok()?;
    if shift >= 0 {
        // What is longer is too large for anything, and shall be called so.
        digits.push_str(&"0".repeat(places.min(DIGITS_MAX)));
    } else {
        let cut = digits.len().checked_sub(places)?;
        if digits.split_off(cut).bytes().any(|it| it != b'0') {
            return None;
        }
    }
    Some(shortest(negative, &digits))
}

fn shortest(negative: bool, digits: &str) -> String {
    match (digits.trim_start_matches('0'), negative) {
        ("", _) => "0".to_owned(),
        (digits, true) => format!("-{digits}"),
        (digits, false) => digits.to_owned(),
    }
}

/// The number that a float is exactly.
fn of_float(number: f64) -> Option<i64> {
    /// The first that is too large.
    const END: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
    (number.fract() == 0.0 && (-END..END).contains(&number)).then_some(number as i64)
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

    fn visit_bool<E: Error>(self, one: bool) -> Result<T, E> {
        self.visit_i64(one.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).map_err(|_| too_far(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        i64::try_from(number).map_err(|_| too_far(number)).and_then(|number| self.visit_i64(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        if number.fract() != 0.0 {
            return Err(E::custom(format_args!("{number} is not whole")));
        }
        of_float(number).ok_or_else(|| too_far(number)).and_then(|number| self.visit_i64(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let digits = spelled(text).ok_or_else(|| E::custom(EXPECTED))?;
        let number = digits.parse().map_err(|_| too_far("it"))?;
        self.visit_i64(number)
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OfReal).map(Self)
    }
}

struct OfReal;

impl Visitor<'_> for OfReal {
    type Value = f64;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a number")
    }

    fn visit_bool<E: Error>(self, one: bool) -> Result<f64, E> {
        Ok(f64::from(u8::from(one)))
    }

    #[expect(clippy::cast_precision_loss, reason = "to the nearest, as for any float")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "to the nearest, as for any float")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        if number.is_finite() { Ok(number) } else { Err(too_far(number)) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        let number = spelled(text).unwrap_or_else(|| text.trim().to_owned()).parse::<f64>();
        number.map_err(|_| E::custom("expected a number")).and_then(|number| self.visit_f64(number))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OfFlag).map(Self)
    }
}

struct OfFlag;

impl Visitor<'_> for OfFlag {
    type Value = bool;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<bool, E> {
        Ok(yes)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<bool, E> {
        match number {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(E::custom("expected true or false")),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<bool, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<bool, E> {
        self.visit_i64(of_float(number).unwrap_or(i64::MAX))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        match text.to_ascii_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
            _ => Err(E::custom("expected true or false")),
        }
    }
}

fn too_far<E: Error>(number: impl Display) -> E {
    E::custom(format_args!("{number} is beyond what there is"))
}

#[cfg(test)]
mod tests;
