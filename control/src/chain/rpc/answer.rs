//! What a node says, and whose word it is: the chain's, or the node's about itself.

use alloy::primitives::Bytes;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::chain::node::{Error, Meaning, meaning};
use crate::chain::rules;

/// JSON-RPC's number for what went wrong within who answers.
const INTERNAL: i64 = -32_603;

/// What an answer comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// What was asked for.
    Result(Json),
    /// The chain would not: no other node has a better answer.
    Refused(Error),
    /// It may be the node that could not: another may know better. Some nodes say so of reverts and
    /// of ranges too, so it counts as refused where no other answers.
    Doubtful(Error),
    /// The node could not.
    Unwell(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Json,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Json,
}

/// Reads an answer. Some nodes put a refusal into a status of 400 or 500.
pub(super) fn said(status: u16, body: &[u8]) -> Said {
    // Whoever may not ask, or asks too often, learns nothing of the chain.
    if matches!(status, 401..=403 | 407 | 429 | 502..=504) {
        return Said::Unwell(format!("it answers with HTTP status {status}"));
    }
    let Ok(Answer { result, error }) = serde_json::from_slice(body) else {
        return Said::Unwell(format!("it answers with HTTP status {status} and no JSON-RPC"));
    };
    let Some(refusal) = error else { return Said::Result(result) };
    if refusal.is_of_asking_too_often() {
        return Said::Unwell(refusal.message);
    }
    let internal = status == 500 || refusal.code == INTERNAL;
    let error = Error::from(refusal);
    if internal && !is_of_the_chain(&error) { Said::Doubtful(error) } else { Said::Refused(error) }
}

/// A revert, or what only who knows the chain can say of a transaction.
fn is_of_the_chain(error: &Error) -> bool {
    use rules::Refusal::{NoFunds, Other, TooCheap};

    let Error::Refused { message, .. } = error else { return false };
    error.is_a_revert()
        || match meaning(message) {
            Meaning::Known | Meaning::Used | Meaning::Refused(TooCheap | NoFunds) => true,
            Meaning::Later | Meaning::Refused(Other(_)) => false,
        }
}

impl Refusal {
    fn is_of_asking_too_often(&self) -> bool {
        let message = self.message.to_lowercase();
        self.code == 429
            || message.contains("too many requests")
            || message.contains("rate limit")
            || message.contains("requests per second")
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        // Some nodes wrap it once more, or say first what it is.
        let data = refusal.data.as_str().or_else(|| refusal.data["data"].as_str());
        let data = data.map(|data| data.strip_prefix("Reverted ").unwrap_or(data));
        let data = data.and_then(|data| data.parse::<Bytes>().ok());
        let message = refusal.message.chars().take(300).collect();
        Self::Refused { message, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_word_a_refusal_is_shows_in_its_status_and_its_number() {
        #[derive(Debug, PartialEq)]
        enum Whose {
            Chains,
            Doubtful,
            Nodes,
        }
        use Whose::{Chains, Doubtful, Nodes};
        for (status, code, message, whose) in [
            (200, -32_000, "header not found", Chains),
            (200, 3, "execution reverted", Chains),
            (400, -32_602, "block range is too large", Chains),
            (500, 3, "execution reverted", Chains),
            (200, -32_603, "execution reverted: no", Chains),
            (500, -32_000, "nonce too low", Chains),
            (200, -32_603, "replacement transaction underpriced", Chains),
            (200, -32_603, "internal error", Doubtful),
            (500, -32_000, "unknown key", Doubtful),
            (401, -32_000, "unknown key", Nodes),
            (402, -32_000, "pay first", Nodes),
            (403, -32_000, "unknown key", Nodes),
            (429, -32_005, "slower", Nodes),
            (200, 429, "slower", Nodes),
            (200, -32_005, "request rate limited", Nodes),
            (503, -32_000, "later", Nodes),
        ] {
            let body = format!(r#"{{"error":{{"code":{code},"message":"{message}"}}}}"#);
            let is = match said(status, body.as_bytes()) {
                Said::Refused(_) => Chains,
                Said::Doubtful(_) => Doubtful,
                Said::Unwell(_) => Nodes,
                Said::Result(result) => panic!("{message}: {result}"),
            };
            assert_eq!(is, whose, "{status} {code} {message}");
        }
        assert_eq!(said(200, br#"{"result":"0x1"}"#), Said::Result("0x1".into()));
        for (status, body) in [(200, "<html>"), (500, ""), (401, r#"{"result":"0x1"}"#)] {
            assert!(matches!(said(status, body.as_bytes()), Said::Unwell(_)), "{status} {body}");
        }
    }

    #[test]
    fn what_a_contract_gave_back_is_found_where_nodes_put_it() {
        for data in [r#""0x01020304""#, r#"{"data":"0x01020304"}"#, r#""Reverted 0x01020304""#] {
            let body = format!(r#"{{"error":{{"code":3,"message":"reverted","data":{data}}}}}"#);
            let Said::Refused(Error::Refused { data: Some(found), .. }) =
                said(200, body.as_bytes())
            else {
                panic!("{body}")
            };
            assert_eq!(found, Bytes::from_static(&[1, 2, 3, 4]));
        }
    }
}
