//! Tournaments: who enters, who meets whom, and who wins.
//!
//! - `rules`: formats, seeding, brackets, standings, and a tournament's course, as functions.
//! - `entering`: a tournament is made, entered and closed.
//! - `whole`: it is loaded and kept, with its deadlines and its lines in the log.
//! - `play`: sides show up, and matches are made; `ruling`: what operators decide.
//! - `leaving`: entrants withdraw, or are taken out.
//! - `following`: matches end, and time passes.
//! - `desk`: what anybody may look at.
//! - `http`: `/v1/tournaments`; `before` is the old API's, `admin` the operators'.
//!
//! A game's matches are ordinary ones of the tournament's queue, with its timing, ratings, wagers
//! and bets; what comes of a match goes into the bracket in the match's own transaction.
//!
//! Invariant: a match belongs to one game at most, and a decided game stays as it is.

pub(crate) mod desk;
mod entering;
pub(crate) mod following;
pub mod http;
mod leaving;
pub(crate) mod play;
pub mod rules;
pub(crate) mod ruling;
pub(crate) mod whole;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use self::rules::seeding::Lots;
use self::rules::settings::Settings;
use self::rules::{Seed, game};
use crate::ids::TicketId;
use crate::queue::rules::Owner;
use crate::ratings::rules::Rating;
use crate::store;
use crate::time::At;

/// A tournament's name: 8 digits in hex, as the old API has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TournamentId(pub u32);

/// The text names no tournament.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a tournament's id: expected 8 digits in hex")]
pub struct NotAnId;

/// Where a tournament is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TournamentStatus)]
pub enum Status {
    /// Anybody may enter.
    Registration,
    /// The bracket stands, and an operator has asked for no game yet.
    Pending,
    /// It is played.
    Active,
    /// It is over.
    Complete,
}

/// What plays for an entry, in the words of the old API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TournamentStrategy)]
pub enum Strategy {
    /// A trained network.
    Phillip,
    /// Any buttons.
    Random,
    /// None at all; two of these toss a coin.
    DoNothing,
    /// A written bot.
    Smashbot,
}

/// A tournament as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tournament {
    pub(crate) id: TournamentId,
    pub(crate) name: String,
    pub(crate) status: Status,
    pub(crate) settings: Settings,
    pub(crate) lots: Lots,
    pub(crate) featured: bool,
    pub(crate) champion: Option<Seed>,
    pub(crate) version: i64,
    pub(crate) created_at: At,
    pub(crate) closed_at: Option<At>,
    pub(crate) ended_at: Option<At>,
}

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entrant {
    /// From 1, in the order in which they came.
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) character: String,
    pub(crate) strategy: Option<Strategy>,
    pub(crate) owner: Owner,
    pub(crate) agent_id: Option<i64>,
    pub(crate) registrant: Option<String>,
    /// Nobody's business but that of who gave it.
    pub(crate) email: Option<String>,
    /// Whoever knows it may speak for this entry.
    pub(crate) key: TicketId,
    /// Once registration has closed.
    pub(crate) seed: Option<Seed>,
    /// In the tournament's queue when registration closed.
    pub(crate) rating: Option<Rating>,
    pub(crate) entered_at: At,
    /// Of who was there when registration closed; before that, who withdraws leaves no entry.
    pub(crate) withdrawn: Option<Withdrawn>,
}

/// Somebody has withdrawn from a bracket that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Withdrawn {
    pub(crate) at: At,
    /// The first round that was not drawn yet.
    pub(crate) from_round: u16,
}

/// Why something about a tournament did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Tournament not found")]
    Unknown,
    #[error("there is no queue of this name in which two meet")]
    NoSuchQueue,
    #[error("tier: expected one of the queue's, and none where it has none")]
    Tier,
    #[error("Registration is closed")]
    Closed,
    #[error("Tournament is full")]
    Full,
    #[error("this {0} is in the tournament already: take another")]
    Taken(&'static str),
    #[error("at least two entries are needed to close registration")]
    TooFew,
    #[error("registration is open: close it first")]
    StillOpen,
    #[error("the tournament is over")]
    Over,
    #[error(
        "a tournament does not go from {from} to {to}: its seed is known, its games are played"
    )]
    NoWay { from: &'static str, to: &'static str },
    #[error("this tournament calls its games by itself: its players show up")]
    OwnPace,
    #[error("this is nobody's entry: send its entry_key, or log in as who entered")]
    NotAnEntry,
    #[error("this entry has withdrawn: it plays no more games")]
    Withdrawn,
    #[error("nobody in this tournament has that name")]
    NoSuchName,
    #[error("{0} plays elsewhere: that match has to end first")]
    Busy(String),
    #[error("this game has no pool: nobody can bet on it")]
    NoPool,
    #[error(transparent)]
    Refused(#[from] game::Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Status {
    const ALL: [Self; 4] = [Self::Registration, Self::Pending, Self::Active, Self::Complete];

    /// As it stands in rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Complete => "complete",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl Strategy {
    const ALL: [Self; 4] = [Self::Phillip, Self::Random, Self::DoNothing, Self::Smashbot];

    /// As it stands in rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phillip => "phillip",
            Self::Random => "random",
            Self::DoNothing => "do-nothing",
            Self::Smashbot => "smashbot",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name)
    }
}

impl fmt::Display for TournamentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for TournamentId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 8 || !text.bytes().all(digit) {
            return Err(NotAnId);
        }
        u32::from_str_radix(text, 16).map(Self).map_err(|_| NotAnId)
    }
}

impl Serialize for TournamentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TournamentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!("00c0ffee".parse(), Ok(TournamentId(0x00c0_ffee)));
        assert_eq!(TournamentId(0x00c0_ffee).to_string(), "00c0ffee");
        for text in ["", "c0ffee", "00C0FFEE", "+0c0ffee", "00c0ffee0", "featured"] {
            assert_eq!(text.parse::<TournamentId>(), Err(NotAnId), "{text}");
        }
    }
}
