//! What is sent to the control plane, and what it answers.

use std::fmt;

use arena_protocol::result::{Address, B256, Domain, MatchResult};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Who wants to play.
#[derive(Clone, Debug, Serialize)]
pub struct Join {
    /// Where opponents find this side, such as `FOX#123`.
    pub connect_code: String,
    /// What plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fighter_name: Option<String>,
    /// Who signs, stakes and is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet_address: Option<Address>,
    /// Its number in the registry of agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<i64>,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody was met yet.
    Waiting,
    /// Somebody was met.
    Matched,
    /// It left, or joined once more.
    Cancelled,
    /// Nobody asked for it for too long.
    Expired,
}

/// An entry of a queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// The entry, and the capability for everything that its side does later.
    pub queue_id: String,
    /// Where it is.
    pub status: Status,
    /// From 1, while it waits.
    pub position: Option<i64>,
    /// Once it is matched.
    pub match_id: Option<String>,
    /// Once it is matched.
    pub opponent_code: Option<String>,
    /// Once it is matched, if the opponent has one.
    pub opponent_wallet: Option<String>,
}

/// A match that one plays, as one side knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The match.
    pub match_id: String,
    /// What speaks for this side.
    pub queue_id: String,
    /// Whom it is played against.
    pub opponent_code: String,
    /// Who signs for the other side, if anybody.
    pub opponent_wallet: Option<String>,
}

/// A token for a session with a relay.
#[derive(Clone, Debug, Deserialize)]
pub struct Token {
    /// For the session's Hello.
    pub token: String,
    /// Unix milliseconds. The session ends then; ask again before.
    pub expires_at: i64,
}

/// How to watch a match, and how to publish it.
#[derive(Clone, Debug, Deserialize)]
pub struct Stream {
    /// The channel's name.
    pub channel: String,
    /// Where the relay is, if it is not where this was asked.
    pub relay: Option<String>,
    /// What allows to watch it.
    pub watch: Token,
    /// What allows to publish it; only a side of the match gets it.
    pub publish: Option<Token>,
}

/// How a match ended, as one side tells it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    outcome: String,
    stocks_remaining: u8,
    opponent_stocks: u8,
}

/// The wager of a match.
#[derive(Clone, Debug, Deserialize)]
pub struct Wager {
    /// `proposed`, `accepted`, `declined`, `expired`, `settled` or `voided`; none before any.
    pub wager_status: Option<String>,
    /// What each side stakes, in wei.
    pub wager_amount_wei: Option<String>,
    /// Whether somebody holds both stakes.
    pub secured: bool,
    /// The same in a sentence.
    pub detail: String,
}

/// That a signature was taken.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Signed {
    /// Of both sides.
    pub signatures_received: usize,
    /// Whether both sides have: then it is recorded on chain.
    pub ready_for_submission: bool,
}

/// A result, and where a signature of it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSign {
    /// What is signed. Look at it before you do.
    pub result: MatchResult,
    /// For which contract, on which chain.
    pub domain: Domain,
}

/// What was answered is no result, or not of this match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSignable {
    /// Not the typed data of a result.
    #[error("what is to be signed is not the result of a match")]
    NoResult,
    /// Somebody else's.
    #[error("what is to be signed is the result of another match")]
    OtherMatch,
}

impl Join {
    /// With nothing but a connect code.
    #[must_use]
    pub fn new(connect_code: &str) -> Self {
        let connect_code = connect_code.to_owned();
        Self { connect_code, fighter_name: None, wallet_address: None, agent_id: None }
    }
}

impl Met {
    pub(super) fn of(entry: Entry) -> Result<Self, serde_json::Error> {
        use serde::de::Error as _;
        let missing = |what| serde_json::Error::custom(format!("a match without {what}"));
        Ok(Self {
            match_id: entry.match_id.ok_or_else(|| missing("its id"))?,
            queue_id: entry.queue_id,
            opponent_code: entry.opponent_code.unwrap_or_default(),
            opponent_wallet: entry.opponent_wallet,
        })
    }
}

impl Report {
    /// `won`, `lost` or `draw`, and what both sides had left.
    #[must_use]
    pub fn new(outcome: &str, stocks_remaining: u8, opponent_stocks: u8) -> Self {
        Self { outcome: outcome.to_owned(), stocks_remaining, opponent_stocks }
    }
}

impl ToSign {
    /// From the typed data of `GET /v1/matches/{id}/typed-data`. Only what is read here is signed:
    /// the hash is made anew, by the form that the contract checks.
    pub(super) fn of(typed: &Json) -> Result<Self, NotSignable> {
        let (domain, message) = (&typed["domain"], &typed["message"]);
        let to_sign = Self {
            result: MatchResult {
                match_id: parsed(message, "matchId")?,
                winner: parsed(message, "winner")?,
                loser: parsed(message, "loser")?,
                game_id: parsed(message, "gameId")?,
                winner_score: number(message, "winnerScore")?,
                loser_score: number(message, "loserScore")?,
                replay_hash: parsed::<B256>(message, "replayHash")?,
                timestamp: number(message, "timestamp")?,
            },
            domain: Domain {
                chain_id: number(domain, "chainId")?,
                contract: parsed(domain, "verifyingContract")?,
            },
        };
        // Types, name and version of the domain have to be those that the hash is made with.
        if to_sign.result.typed_data(&to_sign.domain) != *typed {
            return Err(NotSignable::NoResult);
        }
        Ok(to_sign)
    }
}

fn parsed<T: std::str::FromStr>(of: &Json, name: &str) -> Result<T, NotSignable> {
    let text = of[name].as_str().ok_or(NotSignable::NoResult)?;
    text.parse().map_err(|_| NotSignable::NoResult)
}

fn number<T: TryFrom<u64>>(of: &Json, name: &str) -> Result<T, NotSignable> {
    let number = of[name].as_u64().ok_or(NotSignable::NoResult)?;
    T::try_from(number).map_err(|_| NotSignable::NoResult)
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Matched => "matched",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn some() -> ToSign {
        ToSign {
            result: MatchResult {
                match_id: B256::repeat_byte(1),
                winner: Address::repeat_byte(2),
                loser: Address::repeat_byte(3),
                game_id: "melee".to_owned(),
                winner_score: 3,
                loser_score: 1,
                replay_hash: B256::ZERO,
                timestamp: 1_700_000_000,
            },
            domain: Domain { chain_id: 31_337, contract: Address::repeat_byte(4) },
        }
    }

    #[test]
    fn typed_data_is_read_back_as_it_was_written() {
        let to_sign = some();
        assert_eq!(ToSign::of(&to_sign.result.typed_data(&to_sign.domain)), Ok(to_sign));
    }

    #[test]
    fn nothing_else_than_a_result_is_signed() {
        let good = some().result.typed_data(&some().domain);
        for (place, value) in [
            ("/domain/name", json!("Others")),
            ("/primaryType", json!("Permit")),
            ("/types/MatchResult/0/type", json!("uint256")),
            ("/message/winnerScore", json!(256)),
            ("/message/winner", json!("0x12")),
            ("/domain/chainId", json!("31337")),
        ] {
            let mut typed = good.clone();
            *typed.pointer_mut(place).unwrap() = value;
            assert_eq!(ToSign::of(&typed), Err(NotSignable::NoResult), "{place}");
        }
    }
}
