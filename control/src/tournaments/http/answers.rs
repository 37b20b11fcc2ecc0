//! What `/v1/tournaments` answers. Seeds and places count from 1, rounds and slots from 0.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::play::Mine;
use super::super::rules::game::State;
use super::super::rules::settings::{Pace, Seeding};
use super::super::rules::standings::{Standing, standings};
use super::super::rules::{Format, Place, Seed};
use super::super::whole::Whole;
use super::super::{Entrant, Status, Strategy, Tournament, TournamentId};
use crate::ids::{MatchId, PlayerId, TicketId};

/// A tournament.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenTournament {
    #[schema(value_type = String, example = "00c0ffee")]
    id: TournamentId,
    name: String,
    status: Status,
    format: Format,
    /// Whose matches it plays.
    queue: String,
    tier: Option<String>,
    /// Matches of a series.
    best_of: u8,
    seeding: Seeding,
    pace: Pace,
    /// Seconds that a side may take to show up.
    show_up_s: u64,
    /// How many may enter.
    entries_max: u16,
    /// How many have.
    entry_count: i64,
    /// Whether it is shown before others.
    featured: bool,
    /// SHA-256 of the 32 bytes of the seed, in hex; it stands from the first.
    seed_hash: String,
    /// The seed, in hex, once nobody can enter any more: an entry's lot is the SHA-256 of it, a
    /// colon and the entry's name, and lots are put in order.
    seed: Option<String>,
    /// Unix milliseconds.
    created_at: i64,
    /// Unix milliseconds: when registration closed.
    closed_at: Option<i64>,
    /// Unix milliseconds.
    ended_at: Option<i64>,
}

/// Tournaments, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TournamentsResponse {
    pub(super) tournaments: Vec<SeenTournament>,
    /// For `before`, if there may be more.
    #[schema(value_type = Option<String>)]
    pub(super) next: Option<TournamentId>,
}

/// A tournament and who takes part.
#[derive(Debug, Serialize, ToSchema)]
pub struct TournamentResponse {
    #[serde(flatten)]
    tournament: SeenTournament,
    /// By seed once registration has closed, else as they came.
    entries: Vec<SeenEntry>,
    /// The champion's name, once there is one.
    champion: Option<String>,
}

/// An entry, as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentEntry)]
pub struct SeenEntry {
    /// From 1, in the order in which they came.
    number: i64,
    /// From 1, once registration has closed.
    seed: Option<u16>,
    name: String,
    character: String,
    strategy: Option<Strategy>,
    #[schema(value_type = Option<String>)]
    identity: Option<PlayerId>,
    connect_code: Option<String>,
    wallet_address: Option<String>,
    agent_id: Option<i64>,
    /// In the tournament's queue when registration closed, for who had played there.
    rating: Option<i32>,
    /// Unix milliseconds: since when it takes part no more.
    withdrawn_at: Option<i64>,
}

/// Somebody has entered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentEnteredResponse)]
pub struct EnteredResponse {
    entry: SeenEntry,
    /// Whoever knows it speaks for the entry: keep it.
    #[schema(value_type = String)]
    entry_key: TicketId,
}

/// Who stands where.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentStandingsResponse)]
pub struct StandingsResponse {
    #[schema(value_type = String)]
    tournament_id: TournamentId,
    status: Status,
    /// The best first; empty before registration has closed.
    standings: Vec<SeenStanding>,
}

/// An entry's place. A win is a point, a draw a half; a round that is sat out is won.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentStanding)]
pub struct SeenStanding {
    /// From 1; who went out together shares it.
    place: u16,
    /// From 1.
    seed: u16,
    name: String,
    points: f64,
    won: u16,
    drawn: u16,
    lost: u16,
    byes: u16,
    scored: u16,
    conceded: u16,
    /// The points of all that it met.
    buchholz: f64,
    /// Its points against those with as many points.
    head_to_head: f64,
    /// Whether it takes part no more.
    withdrawn: bool,
}

/// The game that an entry is called to, or plays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentMineResponse)]
pub struct MineResponse {
    round: u16,
    slot: u16,
    /// `called` or `playing`.
    state: &'static str,
    /// The opponent's name.
    opponent: Option<String>,
    /// Where the opponent is found.
    opponent_code: Option<String>,
    opponent_wallet: Option<String>,
    /// Whether the opponent has shown up.
    opponent_here: bool,
    /// Unix milliseconds: who has not shown up by then loses.
    until: Option<i64>,
    /// Once both are there.
    #[schema(value_type = Option<String>)]
    match_id: Option<MatchId>,
    /// Once both are there: what this side speaks with in the match.
    #[schema(value_type = Option<String>)]
    queue_id: Option<TicketId>,
}

impl SeenTournament {
    pub(super) fn of(of: &Tournament, entry_count: i64) -> Self {
        let settings = &of.settings;
        Self {
            id: of.id,
            name: of.name.clone(),
            status: of.status,
            format: settings.format,
            queue: settings.queue.clone(),
            tier: settings.tier.clone(),
            best_of: settings.best_of,
            seeding: settings.seeding,
            pace: settings.pace,
            show_up_s: settings.show_up.0 / 1000,
            entries_max: settings.entries_max,
            entry_count,
            featured: of.featured,
            seed_hash: of.lots.commitment(),
            seed: of.closed_at.map(|_| of.lots.to_string()),
            created_at: of.created_at.0,
            closed_at: of.closed_at.map(|at| at.0),
            ended_at: of.ended_at.map(|at| at.0),
        }
    }
}

impl TournamentResponse {
    pub(super) fn of(whole: &Whole) -> Self {
        let count = i64::try_from(whole.entries.len()).unwrap_or(i64::MAX);
        Self {
            tournament: SeenTournament::of(&whole.tournament, count),
            entries: whole.entries.iter().map(SeenEntry::of).collect(),
            champion: champion(whole),
        }
    }
}

impl SeenEntry {
    fn of(of: &Entrant) -> Self {
        Self {
            number: of.number,
            seed: of.seed.map(from_one),
            name: of.name.clone(),
            character: of.character.clone(),
            strategy: of.strategy,
            identity: of.owner.identity,
            connect_code: of.owner.connect_code.clone(),
            wallet_address: of.owner.wallet.clone(),
            agent_id: of.agent_id,
            rating: of.rating.map(|rating| rating.0),
            withdrawn_at: of.withdrawn.map(|withdrawn| withdrawn.at.0),
        }
    }
}

impl EnteredResponse {
    pub(super) fn of(of: &Entrant) -> Self {
        Self { entry: SeenEntry::of(of), entry_key: of.key }
    }
}

impl StandingsResponse {
    pub(super) fn of(whole: &Whole) -> Self {
        let Tournament { id, status, closed_at, .. } = whole.tournament;
        let course = whole.course();
        let all = match closed_at {
            Some(_) => standings(&course.bracket(), &course.results()),
            None => Vec::new(),
        };
        let seen = |of: &Standing| SeenStanding::of(whole, of);
        Self { tournament_id: id, status, standings: all.iter().map(seen).collect() }
    }
}

impl SeenStanding {
    fn of(whole: &Whole, of: &Standing) -> Self {
        let halves = |halves: u16| f64::from(halves) / 2.0;
        let entrant = whole.entrant(of.seed);
        Self {
            place: of.place,
            seed: from_one(of.seed),
            name: entrant.map(|it| it.name.clone()).unwrap_or_default(),
            points: halves(of.tally.points),
            won: of.tally.won,
            drawn: of.tally.drawn,
            lost: of.tally.lost,
            byes: of.tally.byes,
            scored: of.tally.scored,
            conceded: of.tally.conceded,
            buchholz: halves(of.buchholz),
            head_to_head: halves(of.head_to_head),
            withdrawn: entrant.is_some_and(|it| it.withdrawn.is_some()),
        }
    }
}

impl MineResponse {
    pub(super) fn of(mine: &Mine) -> Self {
        let Mine { whole, pairing, side, state, queue_id } = mine;
        let other = match pairing.sides.of(side.other()) {
            Place::Known(seed) => whole.entrant(*seed),
            Place::Open | Place::Bye => None,
        };
        let (until, here, match_id) = match state {
            State::Called { here, until } => (Some(until.0), *here.of(side.other()), None),
            State::Playing { match_id } => (None, true, Some(*match_id)),
            State::Waiting | State::Stalled | State::Decided { .. } => (None, false, None),
        };
        Self {
            round: pairing.spot.round,
            slot: pairing.spot.slot,
            state: state.name(),
            opponent: other.map(|it| it.name.clone()),
            opponent_code: other.and_then(|it| it.owner.connect_code.clone()),
            opponent_wallet: other.and_then(|it| it.owner.wallet.clone()),
            opponent_here: here,
            until,
            match_id,
            queue_id: *queue_id,
        }
    }
}

pub(super) fn champion(whole: &Whole) -> Option<String> {
    let seed = whole.tournament.champion?;
    whole.name_of(seed).map(str::to_owned)
}

pub(super) fn from_one(seed: Seed) -> u16 {
    seed.0 + 1
}
