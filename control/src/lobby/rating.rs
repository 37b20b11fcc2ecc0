//! What the end of a battle, or of a game of many, counts for. Pure.
//!
//! Invariant: what has no winner and was no draw of two crews moves nobody's rating: a battle that
//! was cancelled, a game of many that nobody won.

use super::rules::{ffa, team};
use super::{Course, Lobby};
use crate::ids::PlayerId;
use crate::matches::rules::{Outcome, Side};
use crate::queue::rules::config::{Mode, Queue};
use crate::ratings::{Game, Name, Team};
use crate::time::{At, Span};

/// The game that has just ended; none if it did not, or counts for nothing.
pub(super) fn game(before: &Lobby, after: &Lobby, queue: &Queue, now: At) -> Option<Game> {
    let began = start(before, length(queue))?;
    let teams = match &after.course {
        Course::Battle(battle) => of_battle(battle)?,
        Course::Ffa(lobby) => of_many(lobby)?,
    };
    Some(Game {
        id: after.id.to_string(),
        queue: after.queue.clone(),
        terms: queue.terms(),
        started_at: began,
        decided_at: now,
        teams,
    })
}

/// When a game began that was not over; it may have been looked at late.
fn start(before: &Lobby, length: Span) -> Option<At> {
    match &before.course {
        Course::Battle(battle) => match battle.state {
            team::State::Declared { starts_at } => Some(starts_at),
            team::State::Active { ends_by } => Some(ends_by - length),
            team::State::Challenged { .. }
            | team::State::Seeking { .. }
            | team::State::Resolved { .. }
            | team::State::Cancelled { .. } => None,
        },
        Course::Ffa(lobby) => match lobby.state {
            ffa::State::Assigning { starts_at } => Some(starts_at),
            ffa::State::Active { ends_by } => Some(ends_by - length),
            ffa::State::Registration { .. }
            | ffa::State::Ended { .. }
            | ffa::State::Cancelled { .. } => None,
        },
    }
}

fn of_battle(battle: &team::Battle) -> Option<Vec<Team>> {
    let team::State::Resolved { outcome } = battle.state else { return None };
    let place = |side| match outcome {
        Outcome::Won { winner, .. } if winner != side => 2,
        Outcome::Won { .. } | Outcome::Drawn { .. } => 1,
    };
    let defender = battle.defender.as_ref()?;
    let team = |(side, crew): (Side, &team::Crew)| Team {
        place: place(side),
        players: crew.members.iter().map(|who| Name::of_identity(*who)).collect(),
    };
    Some([(Side::First, &battle.challenger), (Side::Second, defender)].map(team).into())
}

fn of_many(lobby: &ffa::Lobby) -> Option<Vec<Team>> {
    let ffa::State::Ended { winner: Some(winner) } = lobby.state else { return None };
    let alone = |who: &PlayerId| Team {
        place: if *who == winner { 1 } else { 2 },
        players: vec![Name::of_identity(*who)],
    };
    Some(lobby.players.iter().map(alone).collect())
}

fn length(queue: &Queue) -> Span {
    match queue.mode {
        Mode::Team(numbers) => numbers.length,
        Mode::Ffa(numbers) => numbers.length,
        Mode::Fifo | Mode::Rated(_) => queue.timing.length,
    }
}
