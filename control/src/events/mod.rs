//! What happened, as the log tells it. Each change writes its event in its own transaction; whoever
//! wants to know reads on from the last number it has seen.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::time::At;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Event {
    /// Its place in the log, without holes.
    pub number: i64,
    /// When it was decided.
    #[schema(value_type = i64)]
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
    #[schema(value_type = Object)]
    pub body: Json,
}

impl Event {
    /// What anybody may know of it: without the tickets, which are what their owners prove
    /// themselves with.
    #[must_use]
    pub fn public(mut self) -> Self {
        without_tickets(&mut self.body);
        self
    }
}

fn without_tickets(body: &mut Json) {
    match body {
        Json::Object(fields) => {
            fields.remove("ticket");
            fields.values_mut().for_each(without_tickets);
        }
        Json::Array(items) => items.iter_mut().for_each(without_tickets),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
