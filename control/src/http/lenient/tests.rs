//! The tables are what pydantic 2 answers in its lax mode, but for what has no end.

use super::*;
use crate::uint::Wei;

fn read<T: for<'de> Deserialize<'de>>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
struct Staked {
    #[serde(deserialize_with = "of_any_size")]
    wei: Wei,
}

fn staked(json: &str) -> Result<String, String> {
    read(&format!("{{\"wei\":{json}}}")).map(|Staked { wei }| wei.to_string())
}

/// As JSON, and what whole number it is.
const WHOLE: [(&str, i64); 24] = [
    ("3", 3),
    ("3.0", 3),
    ("-3.0", -3),
    ("1e3", 1_000),
    ("1e18", 1_000_000_000_000_000_000),
    ("-0.0", 0),
    ("true", 1),
    ("false", 0),
    ("\"3\"", 3),
    ("\"3.0\"", 3),
    ("\"3.000\"", 3),
    ("\" 3 \"", 3),
    ("\"3\\n\"", 3),
    ("\"\\u00a03\"", 3),
    ("\"+3\"", 3),
    ("\"-3\"", -3),
    ("\"-03\"", -3),
    ("\"-0\"", 0),
    ("\"00\"", 0),
    ("\"003.0\"", 3),
    ("\"1_000\"", 1_000),
    ("\"1_0.0\"", 10),
    ("9223372036854775807", i64::MAX),
    ("\"9223372036854775807\"", i64::MAX),
];

/// No whole number of any size.
const NOT_WHOLE: [&str; 25] = [
    "3.5",
    "null",
    "[]",
    "[7]",
    "{}",
    "\"\"",
    "\" \"",
    "\"3.\"",
    "\".0\"",
    "\"3.5\"",
    "\"1__0\"",
    "\"_1\"",
    "\"1_\"",
    "\"1e3\"",
    "\"3.0e0\"",
    "\"0x3\"",
    "\"true\"",
    "\"\u{663}\"",
    "\"--3\"",
    "\"+-3\"",
    "\"- 3\"",
    "\"1 0\"",
    "\"1,5\"",
    "\"inf\"",
    "1.5e0",
];

#[test]
fn a_whole_number_is_written_in_many_ways() {
    for (json, number) in WHOLE {
        assert_eq!(read::<Whole<i64>>(json).map(|it| it.0), Ok(number), "{json}");
        if number >= 0 {
            assert_eq!(staked(json), Ok(number.to_string()), "{json}");
        } else {
            assert!(staked(json).is_err(), "{json}");
        }
    }
}

#[test]
fn what_is_no_whole_number_is_refused() {
    for json in NOT_WHOLE {
        assert!(read::<Whole<i64>>(json).is_err(), "{json}");
        assert!(staked(json).is_err(), "{json}");
    }
}

#[test]
fn a_whole_number_has_to_fit() {
    for (json, why) in [
        ("1.5", "1.5 is not whole"),
        ("256", "256 is beyond"),
        ("-1", "-1 is beyond"),
        ("\"256\"", "256 is beyond"),
        ("9223372036854775808", "9223372036854775808 is beyond"),
        ("\"9223372036854775808\"", "it is beyond"),
        ("1e19", "is beyond"),
        ("1e308", "is beyond"),
        ("\"seven\"", "expected a whole number"),
    ] {
        let refused = read::<Whole<u8>>(json).map(|it| it.0).unwrap_err();
        assert!(refused.contains(why), "{json}: {refused}");
    }
}

#[test]
fn a_number_of_any_size_is_read_by_its_digits() {
    for (json, digits) in [
        ("9300000000000000000001", "9300000000000000000001"),
        ("\"9300000000000000000001.0\"", "9300000000000000000001"),
        ("9300000000000000000001.0", "9300000000000000000001"),
        ("1e27", "1000000000000000000000000000"),
        ("1.25E+3", "1250"),
        ("1250e-1", "125"),
        ("0e999999999", "0"),
    ] {
        assert_eq!(staked(json).as_deref(), Ok(digits), "{json}");
    }
    for json in [
        "1e78",
        "1e400",
        "1e2147483647",
        "1e99999999999",
        "-1",
        "\"-1\"",
        "1e-1",
        "125e-2147483648",
    ] {
        assert!(staked(json).is_err(), "{json}");
    }
}

#[test]
fn a_float_is_written_in_many_ways_and_finite() {
    for (json, number) in [
        ("7", 7.0),
        ("-0.0", -0.0),
        ("0.1", 0.1),
        ("true", 1.0),
        ("\"1.5\"", 1.5),
        ("\" +1.5 \"", 1.5),
        ("\".5\"", 0.5),
        ("\"5.\"", 5.0),
        ("\"1e3\"", 1_000.0),
        ("\"1_000\"", 1_000.0),
    ] {
        assert_eq!(read::<Real>(json).map(|it| it.0.to_bits()), Ok(f64::to_bits(number)), "{json}");
    }
    for json in ["1e400", "\"1e400\"", "\"inf\"", "\"nan\"", "\"\"", "\"1,5\"", "null", "[]"] {
        assert!(read::<Real>(json).is_err(), "{json}");
    }
}

#[test]
fn yes_and_no_are_written_in_many_ways() {
    for (json, yes) in [
        ("true", true),
        ("1", true),
        ("1.0", true),
        ("\"TRUE\"", true),
        ("\"on\"", true),
        ("\"Yes\"", true),
        ("\"t\"", true),
        ("false", false),
        ("0", false),
        ("-0.0", false),
        ("\"n\"", false),
        ("\"0\"", false),
    ] {
        assert_eq!(read::<Flag>(json).map(|it| it.0), Ok(yes), "{json}");
    }
    for json in ["2", "-1", "0.5", "\" true\"", "\"\"", "null", "[]"] {
        assert!(read::<Flag>(json).is_err(), "{json}");
    }
}
