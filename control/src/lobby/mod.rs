//! Where more than two gather before a game: crews against each other, and everybody for himself.
//!
//! What the games are about is not decided here: a game ends when those who played it agree on who
//! won, when an operator says so, or when its time is over.
//!
//! Invariant: nobody is in two lobbies that are not over.

pub mod http;
mod rating;
pub(crate) mod reports;
pub mod rules;
pub(crate) mod service;
mod stepping;

use serde::{Deserialize, Serialize};

use self::rules::{ffa, team};
use crate::ids::{LobbyId, PlayerId};
use crate::time::At;

/// A lobby as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Lobby {
    pub(crate) id: LobbyId,
    pub(crate) queue: String,
    pub(crate) course: Course,
    pub(crate) version: i64,
    pub(crate) created_at: At,
    pub(crate) senior_since: At,
}

/// Where a lobby has got to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Course {
    Battle(team::Battle),
    Ffa(ffa::Lobby),
}

/// A crew as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Crew {
    pub(crate) id: LobbyId,
    pub(crate) queue: String,
    pub(crate) leader: PlayerId,
    pub(crate) members: Vec<PlayerId>,
    pub(crate) lobby: Option<LobbyId>,
    pub(crate) version: i64,
}

impl Course {
    /// Everybody who is in it; nobody once it is over.
    pub(crate) fn members(&self) -> Vec<PlayerId> {
        match self {
            Self::Battle(battle) if battle.due_at().is_some() => {
                let defender = battle.defender.iter().flat_map(|crew| &crew.members);
                battle.challenger.members.iter().chain(defender).copied().collect()
            }
            Self::Ffa(lobby) if lobby.due_at().is_some() => lobby.players.clone(),
            Self::Battle(_) | Self::Ffa(_) => Vec::new(),
        }
    }

    pub(crate) fn due_at(&self) -> Option<At> {
        match self {
            Self::Battle(battle) => battle.due_at(),
            Self::Ffa(lobby) => lobby.due_at(),
        }
    }

    /// Whether the game goes on.
    pub(crate) fn is_played(&self) -> bool {
        self.name() == "active"
    }

    /// The name of the state.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Battle(battle) => match battle.state {
                team::State::Challenged { .. } => "challenged",
                team::State::Seeking { .. } => "seeking",
                team::State::Declared { .. } => "declared",
                team::State::Active { .. } => "active",
                team::State::Resolved { .. } => "resolved",
                team::State::Cancelled { .. } => "cancelled",
            },
            Self::Ffa(lobby) => match lobby.state {
                ffa::State::Registration { .. } => "registration",
                ffa::State::Assigning { .. } => "assigning",
                ffa::State::Active { .. } => "active",
                ffa::State::Ended { .. } => "ended",
                ffa::State::Cancelled { .. } => "cancelled",
            },
        }
    }
}
