//! The line that an act leaves: who, why, and what.

use serde_json::{Value as Json, json};

use super::Error;
use crate::identities::auth::Operator;
use crate::ids::PlayerId;
use crate::store::Tx;
use crate::store::events::Draft;
use crate::time::At;

/// Why an operator does something; never empty.
#[derive(Clone, Debug)]
struct Why(String);

impl Why {
    fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if (3..=500).contains(&text.chars().count()) && !text.contains('\0') {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::NoReason)
        }
    }
}

/// An act of an operator, from which lines are made.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    by: String,
    why: Why,
    at: At,
}

impl Act {
    pub(crate) fn new(operator: Operator, why: &str, at: At) -> Result<Self, Error> {
        Ok(Self { by: operator.name(), why: Why::new(why)?, at })
    }

    /// An act that the older interface asks for, which has no word for a reason.
    pub(crate) fn unexplained(operator: Operator, call: &'static str, at: At) -> Self {
        Self { by: operator.name(), why: Why(format!("asked for by {call}")), at }
    }

    pub(crate) fn at(&self) -> At {
        self.at
    }

    /// Tells what was done to whom. `what` says the rest.
    pub(crate) fn tell(&self, tx: &mut Tx, kind: &'static str, to: &To, what: Json) {
        tx.tell(self.line(kind, to, what));
    }

    /// The line, for whoever writes it in a transaction of theirs.
    pub(crate) fn line(&self, kind: &'static str, to: &To, what: Json) -> Draft {
        let mut body = what;
        body["by"] = json!(self.by);
        body["why"] = json!(self.why.0);
        let (match_id, identity_id) = match to {
            To::Match(id) => (Some(id.clone()), None),
            To::User(id) => (None, Some(id.clone())),
            To::Named => (None, None),
        };
        Draft { at: self.at, kind, match_id, identity_id, body }
    }
}

impl To {
    pub(crate) fn user(id: PlayerId) -> Self {
        Self::User(id.to_string())
    }
}

/// Whom an act concerns.
#[derive(Clone, Debug)]
pub(crate) enum To {
    Match(String),
    User(String),
    /// The body names it.
    Named,
}
