//! Accounts and amounts of a chain, in the file and on the command line.

use arena_control::uint::Wei;
use serde::Deserialize;

/// Checked, the checksum of its letters included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Wallet(pub(super) arena_control::Address);

impl std::str::FromStr for Wallet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_wallet(text)
    }
}

impl TryFrom<String> for Wallet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_wallet(&text)
    }
}

pub(super) fn parse_wallet(text: &str) -> Result<Wallet, String> {
    arena_control::wallet(text).map(Wallet).map_err(|error| error.to_string())
}

/// Whole coins and up to 18 decimals.
pub(super) fn parse_coins(text: &str) -> Result<Wei, String> {
    const DECIMALS: usize = 18;
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let fits = digits(whole) && digits(rest) && whole.len() <= 9 && rest.len() <= DECIMALS;
    let wei = format!("{whole}{rest:0<DECIMALS$}");
    let wei = wei.trim_start_matches('0').parse().ok().filter(|_| fits);
    wei.ok_or_else(|| "expected coins, more than none and below a billion, such as 0.5".to_owned())
}

/// In the file: as text, whose digits are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Coins(pub(super) Wei);

impl TryFrom<String> for Coins {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_coins(&text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_counted_in_wei() {
        for (text, wei) in [
            ("50", Some("50000000000000000000")),
            ("0.5", Some("500000000000000000")),
            ("0.000000000000000001", Some("1")),
            ("0", None),
            ("0.0", None),
            ("", None),
            ("1e18", None),
            (".5", None),
            ("-1", None),
            ("1000000000", None),
            ("0.0000000000000000001", None),
        ] {
            let parsed = parse_coins(text).ok().map(|wei| wei.to_string());
            assert_eq!(parsed.as_deref(), wei, "{text}");
        }
    }
}
