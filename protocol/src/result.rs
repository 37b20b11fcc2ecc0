//! The result of a match as both sides sign it: EIP-712, over the domain of the contract that
//! records it.
//!
//! - `signature`: a signature's one form, and what is wrong with others.
//! - `wallet`: an account's two spellings.
//!
//! Invariant: only [`recover`] makes a [`Signed`], and the hash under it is always made here, never
//! taken from whoever signed.

mod signature;
mod wallet;

use alloy_sol_types::{Eip712Domain, SolStruct as _};
use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};

pub use alloy_primitives::{Address, B256, U256, address};

pub use self::signature::{Malformed, Signature};
pub use self::wallet::{NoWallet, wallet};

/// The name that wallets show, and the version of what is signed.
const NAME: &str = "NoJohns";
const VERSION: &str = "1";

/// Where a signature counts: one contract on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The chain's number.
    pub chain_id: u64,
    /// The contract that records results.
    pub contract: Address,
}

/// What came of a match, in the words of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchResult {
    /// The SHA-256 of the match's id as it is spelled, see [`match_id`].
    pub match_id: B256,
    /// The winner's account.
    pub winner: Address,
    /// The loser's account.
    pub loser: Address,
    /// What was played, such as `melee`.
    pub game_id: String,
    /// What the winner had left.
    pub winner_score: u8,
    /// What the loser had left.
    pub loser_score: u8,
    /// Of what was recorded of the game; zeros where nothing was.
    pub replay_hash: B256,
    /// When it was decided, in Unix seconds.
    pub timestamp: u64,
}

/// Something that somebody has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    what: T,
    signer: Address,
    signature: Signature,
}

/// No key makes this signature over this result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no account can have made this signature: sign the typed data again")]
pub struct Unrecoverable;

/// What the contract calls a match: the SHA-256 of its id.
#[must_use]
pub fn match_id(uuid: &str) -> B256 {
    let sum = digest(&SHA256, uuid.as_bytes());
    B256::from_slice(sum.as_ref())
}

/// Whose signature over a result it is. Any signature is somebody's: the caller asks whether that
/// one plays.
///
/// # Errors
/// It is nobody's.
pub fn recover(
    result: MatchResult,
    domain: &Domain,
    signature: Signature,
) -> Result<Signed<MatchResult>, Unrecoverable> {
    let signer = signature.signer_of(&result.digest(domain)).ok_or(Unrecoverable)?;
    Ok(Signed { what: result, signer, signature })
}

impl<T> Signed<T> {
    /// What was signed.
    pub fn what(&self) -> &T {
        &self.what
    }

    /// Who did.
    pub fn signer(&self) -> Address {
        self.signer
    }

    /// By what one knows.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl MatchResult {
    /// What is signed in the end.
    #[must_use]
    pub fn digest(&self, domain: &Domain) -> B256 {
        self.as_sol().eip712_signing_hash(&domain.as_sol())
    }

    /// As a wallet's `eth_signTypedData_v4` takes it.
    #[must_use]
    pub fn typed_data(&self, domain: &Domain) -> Json {
        let field = |(name, kind): (&str, &str)| json!({ "name": name, "type": kind });
        let domain_fields = [
            ("name", "string"),
            ("version", "string"),
            ("chainId", "uint256"),
            ("verifyingContract", "address"),
        ];
        let fields = [
            ("matchId", "bytes32"),
            ("winner", "address"),
            ("loser", "address"),
            ("gameId", "string"),
            ("winnerScore", "uint8"),
            ("loserScore", "uint8"),
            ("replayHash", "bytes32"),
            ("timestamp", "uint256"),
        ];
        json!({
            "types": {
                "EIP712Domain": domain_fields.map(field),
                "MatchResult": fields.map(field),
            },
            "primaryType": "MatchResult",
            "domain": {
                "name": NAME,
                "version": VERSION,
                "chainId": domain.chain_id,
                "verifyingContract": domain.contract.to_checksum(None),
            },
            "message": {
                "matchId": self.match_id.to_string(),
                "winner": self.winner.to_checksum(None),
                "loser": self.loser.to_checksum(None),
                "gameId": self.game_id,
                "winnerScore": self.winner_score,
                "loserScore": self.loser_score,
                "replayHash": self.replay_hash.to_string(),
                "timestamp": self.timestamp,
            },
        })
    }

    fn as_sol(&self) -> sol::MatchResult {
        sol::MatchResult {
            matchId: self.match_id,
            winner: self.winner,
            loser: self.loser,
            gameId: self.game_id.clone(),
            winnerScore: self.winner_score,
            loserScore: self.loser_score,
            replayHash: self.replay_hash,
            timestamp: U256::from(self.timestamp),
        }
    }
}

impl Domain {
    fn as_sol(&self) -> Eip712Domain {
        Eip712Domain {
            name: Some(NAME.into()),
            version: Some(VERSION.into()),
            chain_id: Some(U256::from(self.chain_id)),
            verifying_contract: Some(self.contract),
            salt: None,
        }
    }
}

mod sol {
    alloy_sol_types::sol! {
        struct MatchResult {
            bytes32 matchId;
            address winner;
            address loser;
            string gameId;
            uint8 winnerScore;
            uint8 loserScore;
            bytes32 replayHash;
            uint256 timestamp;
        }
    }
}
