//! What the registry of agents (ERC-8004) is told of a rating: a number, and a small document whose
//! hash stands beside it. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha3::{Digest as _, Keccak256};

use super::rules::{Rating, Record};

/// What is posted for one agent after one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The agent's number in the registry.
    pub agent_id: i64,
    /// What the registry calls the game.
    pub game: String,
    /// The rating itself, without decimals.
    pub value: Rating,
    /// The document, inline.
    pub feedback_uri: String,
    /// Keccak-256 of the document.
    pub feedback_hash: [u8; 32],
}

impl Posting {
    /// Of what a match made of an agent.
    pub(crate) fn new(
        agent_id: i64,
        game: &str,
        (value, peak): (Rating, Rating),
        record: Record,
    ) -> Self {
        // Written by hand: the order of the keys is part of what is hashed.
        let document = format!(
            "{{\"signal_type\":\"elo\",\"game\":{},\"elo\":{},\"peak_elo\":{},\"record\":\"{}-{}\"}}",
            serde_json::Value::from(game),
            value.0,
            peak.0,
            record.wins,
            record.losses,
        );
        let encoded = STANDARD.encode(&document);
        Self {
            agent_id,
            game: game.to_owned(),
            value,
            feedback_uri: format!("data:application/json;base64,{encoded}"),
            feedback_hash: Keccak256::digest(document.as_bytes()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_the_one_that_readers_of_the_registry_know() {
        let record = Record { wins: 1, draws: 0, losses: 0 };
        let posting = Posting::new(7, "melee", (Rating(1516), Rating(1516)), record);
        let hash: String = posting.feedback_hash.iter().map(|it| format!("{it:02x}")).collect();
        assert_eq!(hash, "dca453bd8333585bbed3ac02a24504c875b5b491ae05e5dcdaa0626a8f153a7e");
        let document = posting.feedback_uri.strip_prefix("data:application/json;base64,").unwrap();
        let document = STANDARD.decode(document).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&document).unwrap();
        assert_eq!((&json["elo"], &json["record"]), (&1516.into(), &"1-0".into()));
    }
}
