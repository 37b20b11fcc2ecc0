//! The objects of the old API, key by key; the keys that it did not have come last.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::super::super::desk::Shown;
use super::super::super::rules::game::{How, State};
use super::super::super::rules::{Format, Pairing, Place, Seed, Spot, Verdict};
use super::super::super::whole::Whole;
use super::super::super::{Entrant, Status, Strategy, TournamentId};
use crate::ids::{MatchId, TicketId};
use crate::matches::http::before::iso;
use crate::matches::rules::{Side, Sides};
use crate::store::tournaments::Listed;

/// Tournaments, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TournamentsBefore {
    pub(super) tournaments: Vec<ListedBefore>,
    /// How many there are in this answer.
    pub(super) count: usize,
}

/// A tournament, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedBefore {
    #[schema(value_type = String, example = "00c0ffee")]
    id: TournamentId,
    name: String,
    status: Status,
    /// ISO 8601, UTC.
    created_at: String,
    featured: bool,
    entry_count: i64,
    format: Format,
}

/// A tournament.
#[derive(Debug, Serialize, ToSchema)]
pub struct TournamentBefore {
    #[schema(value_type = String, example = "00c0ffee")]
    id: TournamentId,
    name: String,
    status: Status,
    /// Where the first game stands that is not over.
    current_round: u16,
    current_slot: u16,
    featured: bool,
    /// By seed once registration has closed.
    entries: Vec<EntryBefore>,
    bracket: RoundsBefore,
    entry_count: usize,
    format: Format,
    /// SHA-256 of the 32 bytes of the seed, in hex.
    seed_hash: String,
    /// What the order of the entries came from, in hex, once nobody can enter any more.
    seed: Option<String>,
    /// ISO 8601, UTC.
    created_at: String,
}

/// An entry, as everybody sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryBefore {
    name: String,
    character: String,
    strategy: Option<Strategy>,
    connect_code: Option<String>,
    wallet_address: Option<String>,
    registrant: Option<String>,
}

/// An entry, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryWithEmail {
    #[serde(flatten)]
    entry: EntryBefore,
    /// Only for who names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

/// The games, by round and slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundsBefore {
    /// How many it has room for; 0 before registration has closed.
    size: u16,
    rounds: Vec<Vec<GameBefore>>,
}

/// A game. Rounds and slots count from 0.
#[derive(Debug, Serialize, ToSchema)]
pub struct GameBefore {
    round: u16,
    slot: u16,
    entry_a: Option<EntryBefore>,
    entry_b: Option<EntryBefore>,
    winner: Option<EntryBefore>,
    score_a: Option<u8>,
    score_b: Option<u8>,
    /// A whole number of any size; null as long as the chain has none.
    #[schema(value_type = Option<u64>)]
    pool_id: Option<Box<RawValue>>,
    /// `pending`, `playing`, `complete`, `bye` or `coinflip`.
    pub(super) status: &'static str,
    /// The last match of it.
    #[schema(value_type = Option<String>)]
    arena_match_id: Option<MatchId>,
}

/// A tournament's bracket.
#[derive(Debug, Serialize, ToSchema)]
pub struct BracketBefore {
    #[schema(value_type = String)]
    tournament_id: TournamentId,
    name: String,
    status: Status,
    entries: Vec<EntryBefore>,
    champion: Option<EntryBefore>,
    bracket: RoundsBefore,
}

/// Whether somebody takes part.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyEntryResponse {
    pub(super) found: bool,
    pub(super) entry: Option<EntryWithEmail>,
}

/// Somebody has entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct SelfRegisteredResponse {
    pub(super) success: bool,
    pub(super) entry: EntryWithEmail,
    pub(super) tournament: TournamentBefore,
}

/// The game that was begun, or why none was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentNextResponse)]
pub struct NextResponse {
    queued: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    r#match: Option<GameBefore>,
    /// What reports the first side's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    queue_id_a: Option<TicketId>,
    /// What reports the second side's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    queue_id_b: Option<TicketId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<&'static str>,
    /// Who has won it all, if somebody has.
    champion: Option<EntryBefore>,
}

impl ListedBefore {
    pub(super) fn of(of: &Listed) -> Self {
        let Listed { tournament, entries } = of;
        Self {
            id: tournament.id,
            name: tournament.name.clone(),
            status: tournament.status,
            created_at: iso(tournament.created_at),
            featured: tournament.featured,
            entry_count: *entries,
            format: tournament.settings.format,
        }
    }
}

impl TournamentBefore {
    pub(super) fn of(shown: &Shown) -> Self {
        let of = &shown.whole.tournament;
        let bracket = RoundsBefore::of(shown);
        let open = |game: &&GameBefore| ["pending", "playing"].contains(&game.status);
        let games = || bracket.rounds.iter().flatten();
        let current = games().find(open).or_else(|| games().last());
        let (current_round, current_slot) =
            current.map(|game| (game.round, game.slot)).unwrap_or_default();
        Self {
            id: of.id,
            name: of.name.clone(),
            status: of.status,
            current_round,
            current_slot,
            featured: of.featured,
            entries: shown.whole.entries.iter().map(EntryBefore::of).collect(),
            bracket,
            entry_count: shown.whole.entries.len(),
            format: of.settings.format,
            seed_hash: of.lots.commitment(),
            seed: of.closed_at.map(|_| of.lots.to_string()),
            created_at: iso(of.created_at),
        }
    }
}

impl EntryBefore {
    pub(super) fn of(of: &Entrant) -> Self {
        Self {
            name: of.name.clone(),
            character: of.character.clone(),
            strategy: of.strategy,
            connect_code: of.owner.connect_code.clone(),
            wallet_address: of.owner.wallet.clone(),
            registrant: of.registrant.clone(),
        }
    }
}

impl EntryWithEmail {
    /// The e-mail is shown to who `knows` it.
    pub(super) fn of(of: &Entrant, knows: bool) -> Self {
        Self { entry: EntryBefore::of(of), email: of.email.clone().filter(|_| knows) }
    }
}

impl RoundsBefore {
    fn of(shown: &Shown) -> Self {
        let whole = &shown.whole;
        let bracket = whole.tournament.closed_at.map(|_| whole.course().bracket());
        let (size, rounds) = bracket.map(|it| (it.size, it.rounds)).unwrap_or_default();
        let game = |pairing: &Pairing| GameBefore::of(shown, pairing);
        let rounds = rounds.iter().map(|round| round.iter().map(game).collect()).collect();
        Self { size, rounds }
    }
}

impl GameBefore {
    fn of(shown: &Shown, pairing: &Pairing) -> Self {
        let whole = &shown.whole;
        let game = whole.games.get(&pairing.spot);
        let entry = |seed: Seed| whole.entrant(seed).map(EntryBefore::of);
        let of = |side| match pairing.sides.of(side) {
            Place::Known(seed) => entry(*seed),
            Place::Open | Place::Bye => None,
        };
        let (entry_a, entry_b) = (of(Side::First), of(Side::Second));
        let (status, decided) = match game.map(|game| game.state) {
            Some(State::Decided { decided, how: How::Coin }) => ("coinflip", Some(decided)),
            Some(State::Decided { decided, .. }) => ("complete", Some(decided)),
            Some(State::Playing { .. }) => ("playing", None),
            Some(State::Waiting | State::Called { .. } | State::Stalled) => ("pending", None),
            None if pairing.is_bye() => ("bye", None),
            None => ("pending", None),
        };
        let winner = match decided.map(|decided| decided.verdict) {
            Some(Verdict::Won(side)) => of(side),
            Some(Verdict::Drawn | Verdict::Neither) => None,
            None if pairing.is_bye() => of(Side::First).or_else(|| of(Side::Second)),
            None => None,
        };
        let match_id = game.and_then(|game| game.last_match);
        let pool = match_id.and_then(|id| shown.bets.get(&id)).and_then(|bets| bets.pool);
        Self {
            round: pairing.spot.round,
            slot: pairing.spot.slot,
            entry_a,
            entry_b,
            winner,
            score_a: decided.map(|decided| decided.score.first),
            score_b: decided.map(|decided| decided.score.second),
            pool_id: pool.and_then(crate::uint::PoolId::exact),
            status,
            arena_match_id: match_id,
        }
    }
}

impl BracketBefore {
    pub(super) fn of(shown: &Shown) -> Self {
        let whole = &shown.whole;
        Self {
            tournament_id: whole.tournament.id,
            name: whole.tournament.name.clone(),
            status: whole.tournament.status,
            entries: whole.entries.iter().map(EntryBefore::of).collect(),
            champion: champion(whole),
            bracket: RoundsBefore::of(shown),
        }
    }
}

impl NextResponse {
    pub(super) fn begun(shown: &Shown, spot: Spot, tickets: Sides<TicketId>) -> Self {
        let bracket = shown.whole.course().bracket();
        Self {
            queued: true,
            r#match: bracket.at(spot).map(|pairing| GameBefore::of(shown, pairing)),
            queue_id_a: Some(tickets.first),
            queue_id_b: Some(tickets.second),
            message: None,
            champion: None,
        }
    }

    pub(super) fn nothing(whole: &Whole) -> Self {
        let message = match whole.tournament.status {
            Status::Complete => "the tournament is over",
            Status::Registration | Status::Pending | Status::Active => {
                "nothing can be played before the games that go on are over"
            }
        };
        Self {
            queued: false,
            r#match: None,
            queue_id_a: None,
            queue_id_b: None,
            message: Some(message),
            champion: champion(whole),
        }
    }
}

fn champion(whole: &Whole) -> Option<EntryBefore> {
    whole.entrant(whole.tournament.champion?).map(EntryBefore::of)
}
