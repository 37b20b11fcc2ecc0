//! The key of an agent's account: signs results, and nobody reads it.

use std::fmt;

use arena_protocol::result::{Address, B256};
use k256::ecdsa::SigningKey;

/// A key. It never leaves this.
#[derive(Clone)]
pub struct Wallet(SigningKey);

/// The text is no key. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is not 64 hexadecimal digits of a valid secp256k1 key")]
pub struct NotAKey;

impl Wallet {
    /// Of 64 hexadecimal digits, with or without 0x.
    ///
    /// # Errors
    /// It is no key.
    pub fn from_hex(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        let text = text.strip_prefix("0x").unwrap_or(text);
        let key: B256 = text.parse().map_err(|_told_nobody| NotAKey)?;
        Self::from_bytes(&key.0)
    }

    /// Of 32 bytes.
    ///
    /// # Errors
    /// It is no key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, NotAKey> {
        SigningKey::from_slice(bytes).map(Self).map_err(|_told_nobody| NotAKey)
    }

    /// Its account.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::from_public_key(self.0.verifying_key())
    }

    /// Signs a hash: r, s and v of 27 or 28, in hex behind 0x.
    #[must_use]
    pub fn sign(&self, digest: &B256) -> String {
        let (signature, odd) = self
            .0
            .sign_prehash_recoverable(digest.as_slice())
            .expect("32 bytes are enough to be signed");
        let bytes = signature.to_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("0x{hex}{:02x}", 27 + u8::from(odd.is_y_odd()))
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wallet({})", self.address())
    }
}

#[cfg(test)]
mod tests {
    use arena_protocol::result::{Domain, MatchResult, recover};

    use super::*;

    const ONE: &str = "0x0000000000000000000000000000000000000000000000000000000000000001";

    #[test]
    fn a_wallet_has_the_account_of_its_key_and_shows_nothing_else() {
        let wallet = Wallet::from_hex(ONE).unwrap();
        let one = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
        assert_eq!(wallet.address().to_string(), one);
        assert_eq!(format!("{wallet:?}"), format!("Wallet({one})"));
        for text in ["", "0x12", &"0".repeat(64), &"f".repeat(64)] {
            assert_eq!(Wallet::from_hex(text).unwrap_err(), NotAKey, "{text}");
        }
    }

    #[test]
    fn what_a_wallet_signs_is_taken_for_its_own() {
        let wallet = Wallet::from_hex(ONE).unwrap();
        let result = MatchResult {
            match_id: B256::repeat_byte(1),
            winner: wallet.address(),
            loser: Address::repeat_byte(2),
            game_id: "melee".to_owned(),
            winner_score: 3,
            loser_score: 1,
            replay_hash: B256::ZERO,
            timestamp: 1_700_000_000,
        };
        let domain = Domain { chain_id: 31_337, contract: Address::repeat_byte(3) };
        let signature = wallet.sign(&result.digest(&domain)).parse().unwrap();
        assert_eq!(recover(result, &domain, signature).unwrap().signer(), wallet.address());
    }
}
