//! What plays: profiles of agents, each of one identity.

pub mod http;

use serde::Serialize;
use utoipa::ToSchema;

use crate::ids::PlayerId;
use crate::time::At;

/// An agent as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Agent {
    /// Its id.
    pub id: String,
    /// Whose it is.
    #[schema(value_type = String)]
    pub owner: PlayerId,
    /// What it is called; nobody else is.
    pub name: String,
    /// What it is, in its owner's words.
    pub description: String,
    /// What it plays.
    pub game: String,
    /// Unix milliseconds.
    #[schema(value_type = i64)]
    pub created_at: At,
    /// Unix milliseconds.
    #[schema(value_type = i64)]
    pub updated_at: At,
}
