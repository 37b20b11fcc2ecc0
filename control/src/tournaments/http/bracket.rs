//! A bracket as `/v1/tournaments` answers it. Seeds count from 1, rounds and slots from 0.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::rules::game::{How, State};
use super::super::rules::{Format, Pairing, Part, Place, Verdict};
use super::super::whole::Whole;
use super::super::{Status, Tournament, TournamentId};
use super::answers::{champion, from_one};
use crate::ids::MatchId;
use crate::matches::rules::Side;

/// A tournament's bracket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentBracketResponse)]
pub struct BracketResponse {
    #[schema(value_type = String)]
    tournament_id: TournamentId,
    status: Status,
    format: Format,
    /// How many it has room for.
    size: u16,
    rounds: Vec<Vec<SeenGame>>,
    /// The champion's name, once there is one.
    champion: Option<String>,
}

/// A side of a game.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentSide)]
pub struct SeenSide {
    /// From 1.
    seed: u16,
    name: String,
    /// Whether it has shown up for a game that is called.
    here: bool,
    /// Matches of a series that it has won.
    wins: u8,
    /// Whether it takes part no more.
    withdrawn: bool,
}

/// A game of the bracket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentGame)]
pub struct SeenGame {
    round: u16,
    slot: u16,
    /// `main`, `losers`, `final` or `reset`.
    #[schema(value_type = String)]
    part: Part,
    /// Empty as long as an earlier game is not decided, and in a bye.
    a: Option<SeenSide>,
    b: Option<SeenSide>,
    /// `open` (somebody is not known yet), `waiting`, `called`, `playing`, `stalled` (an operator
    /// has to decide), `decided` or `bye`.
    state: &'static str,
    /// Unix milliseconds: until when both sides of a called game may show up.
    until: Option<i64>,
    /// The last match of it.
    #[schema(value_type = Option<String>)]
    match_id: Option<MatchId>,
    /// The winner's name; empty for a draw, too.
    winner: Option<String>,
    /// `played`, `walkover`, `coin` or `ruled`.
    #[schema(value_type = Option<String>)]
    how: Option<How>,
    score_a: Option<u8>,
    score_b: Option<u8>,
    /// Matches that decided nothing.
    tries: u8,
}

impl BracketResponse {
    pub(super) fn of(whole: &Whole) -> Self {
        let Tournament { id, status, ref settings, closed_at, .. } = whole.tournament;
        let bracket = closed_at.map(|_| whole.course().bracket());
        let (size, rounds) = bracket.map(|it| (it.size, it.rounds)).unwrap_or_default();
        let round = |round: &Vec<Pairing>| round.iter().map(|it| SeenGame::of(whole, it)).collect();
        Self {
            tournament_id: id,
            status,
            format: settings.format,
            size,
            rounds: rounds.iter().map(round).collect(),
            champion: champion(whole),
        }
    }
}

impl SeenGame {
    fn of(whole: &Whole, pairing: &Pairing) -> Self {
        let game = whole.games.get(&pairing.spot);
        let state = game.map(|game| game.state);
        let here = |side| match state {
            Some(State::Called { here, .. }) => *here.of(side),
            Some(
                State::Waiting | State::Playing { .. } | State::Stalled | State::Decided { .. },
            )
            | None => false,
        };
        let seen = |side| match pairing.sides.of(side) {
            Place::Known(seed) => whole.entrant(*seed).map(|entrant| SeenSide {
                seed: from_one(*seed),
                name: entrant.name.clone(),
                withdrawn: entrant.withdrawn.is_some(),
                here: here(side),
                wins: game.map_or(0, |game| *game.wins.of(side)),
            }),
            Place::Open | Place::Bye => None,
        };
        let (a, b) = (seen(Side::First), seen(Side::Second));
        let decided = match state {
            Some(State::Decided { decided, how }) => Some((decided, how)),
            Some(
                State::Waiting | State::Called { .. } | State::Playing { .. } | State::Stalled,
            )
            | None => None,
        };
        let winner = match decided.map(|(decided, _)| decided.verdict) {
            Some(Verdict::Won(Side::First)) => a.as_ref(),
            Some(Verdict::Won(Side::Second)) => b.as_ref(),
            Some(Verdict::Drawn | Verdict::Neither) => None,
            None if pairing.is_bye() => a.as_ref().or(b.as_ref()),
            None => None,
        };
        Self {
            round: pairing.spot.round,
            slot: pairing.spot.slot,
            part: pairing.part,
            winner: winner.map(|side| side.name.clone()),
            a,
            b,
            state: match state {
                Some(state) => state.name(),
                None if pairing.is_bye() => "bye",
                None if pairing.met().is_some() => "waiting",
                None => "open",
            },
            until: match state {
                Some(State::Called { until, .. }) => Some(until.0),
                Some(
                    State::Waiting | State::Playing { .. } | State::Stalled | State::Decided { .. },
                )
                | None => None,
            },
            match_id: game.and_then(|game| game.last_match),
            how: decided.map(|(_, how)| how),
            score_a: decided.map(|(decided, _)| decided.score.first),
            score_b: decided.map(|(decided, _)| decided.score.second),
            tries: game.map_or(0, |game| game.tries),
        }
    }
}
