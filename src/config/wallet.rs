//! An account or a contract on the chain, in the file and on the command line.

use serde::Deserialize;

/// Checked, the checksum of its letters included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Wallet(pub(super) arena_control::Address);

impl TryFrom<String> for Wallet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_wallet(&text)
    }
}

pub(super) fn parse_wallet(text: &str) -> Result<Wallet, String> {
    arena_control::wallet(text).map(Wallet).map_err(|error| error.to_string())
}
