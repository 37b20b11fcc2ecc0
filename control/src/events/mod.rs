//! What happened, as the log tells it. Each change writes its event in its own transaction; whoever
//! wants to know reads on from the last number it has seen.

use serde::Serialize;
use serde_json::Value as Json;

use crate::time::At;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its place in the log, without holes.
    pub number: i64,
    /// When it was decided.
    pub at: At,
    /// What happened, such as `queue.joined`.
    pub kind: String,
    /// The match it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_id: Option<String>,
    /// The identity it happened to, if it is one's alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<String>,
    /// The rest.
    pub body: Json,
}
