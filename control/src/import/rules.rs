//! What a row of their file is here, or why it is nothing. Pure.
//!
//! Results are taken as they were decided there: a tie was a win of the first side, and what was
//! signed says so. Nothing is guessed: a result of which nobody can tell who won is left.

use crate::identities::rfc3339;
use crate::ids::{MatchId, TicketId};
use crate::matches::rules::{How, Outcome, Presence, Side, Sides, State};
use crate::matches::{Match, Player};
use crate::queue::rules::config::Queue;
use crate::results::Decided;
use crate::results::rules::{Canonical, Report};
use crate::store::foreign::{Record, Table};
use crate::time::{At, Span};

/// Characters of a name, a code or an account, as for who joins.
const TEXT_LEN_MAX: usize = 256;
/// Characters of a side's own words.
const OUTCOME_LEN_MAX: usize = 64;

/// In the order in which they were decided, so that they are rated in it.
pub(super) const MATCHES: Table = Table {
    name: "matches",
    needed: &[
        "id",
        "status",
        "p1_connect_code",
        "p2_connect_code",
        "result_timestamp",
        "created_at",
    ],
    columns: &[
        "id",
        "status",
        "p1_connect_code",
        "p2_connect_code",
        "p1_wallet",
        "p2_wallet",
        "p1_queue_id",
        "p2_queue_id",
        "p1_agent_id",
        "p2_agent_id",
        "p1_result",
        "p2_result",
        "p1_stocks",
        "p2_stocks",
        "p1_stocks_remaining",
        "p2_stocks_remaining",
        "p1_opponent_stocks",
        "p2_opponent_stocks",
        "p1_duration",
        "p2_duration",
        "p1_duration_seconds",
        "p2_duration_seconds",
        "winner_wallet",
        "loser_wallet",
        "winner_score",
        "loser_score",
        "result_timestamp",
        "created_at",
        "completed_at",
        "wager_status",
        "pool_id",
    ],
    order: "COALESCE(result_timestamp, 0), id",
    len_max: TEXT_LEN_MAX,
};

pub(super) const SIGNATURES: Table = Table {
    name: "signatures",
    needed: &["match_id", "address", "signature"],
    columns: &["match_id", "address", "signature", "created_at"],
    order: "address",
    len_max: TEXT_LEN_MAX,
};

/// One of their matches, as it is kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) made: Match,
    pub(super) decided: Option<Decided>,
    /// Of a match that is played: one side may have reported.
    pub(super) reports: Sides<Option<Report>>,
    /// What stood there of a side and is not taken along.
    pub(super) lost: Vec<(Side, Lost)>,
}

/// What is not taken along with a match that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Lost {
    #[error("a side's queue_id is missing or none: nobody can report for it by one")]
    Entry,
    #[error("a side's queue_id is that of another side")]
    EntryTwice,
    #[error("a side's queue_id stands for something else here: nobody can report by it")]
    EntryKnown,
    #[error("a side's wallet is longer than 256 characters, or holds NUL, and is left out")]
    Wallet,
    #[error("a side's agent_id is no number of an agent, and is left out")]
    Agent,
    #[error("what a side had reported of a match that is played cannot be read: it reports again")]
    Report,
}

/// Why one of their matches is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Left {
    #[error("its id is not 36 characters in lower case")]
    Id,
    #[error("its status is none of playing, completed, expired")]
    Status,
    #[error("a connect code is missing, too long, or holds NUL")]
    Code,
    #[error("when it was made cannot be read")]
    Made,
    #[error("it is completed, and when it was decided cannot be read")]
    Decided,
    #[error("it is completed, and nothing tells who won")]
    Winner,
    #[error("it is completed, and its score is not of numbers from 0 to 255")]
    Score,
}

/// What one of their matches is here. Sides whose entries are not known get fresh ones.
pub(super) fn a_match(
    record: &Record,
    queue: &Queue,
    fresh: Sides<TicketId>,
) -> Result<Taken, Left> {
    let id: MatchId = record.text("id").and_then(|id| id.parse().ok()).ok_or(Left::Id)?;
    let created_at = record.text("created_at").and_then(moment).ok_or(Left::Made)?;
    let mut lost = Vec::new();
    let first = player(record, Side::First, queue, fresh.first, &mut lost)?;
    let mut second = player(record, Side::Second, queue, fresh.second, &mut lost)?;
    if second.entry == first.entry {
        second.entry = fresh.second;
        lost.push((Side::Second, Lost::EntryTwice));
    }
    let players = Sides { first, second };
    let (state, decided) = match record.text("status") {
        Some("completed") => {
            let decided = decided(record, &players)?;
            (State::Settled { outcome: decided.result.outcome }, Some(decided))
        }
        Some("expired") => (State::Expired, None),
        Some("playing") => {
            let presence = Sides { first: Presence::Here, second: Presence::Here };
            (State::Active { presence, ends_by: created_at + queue.timing.length }, None)
        }
        Some(_) | None => return Err(Left::Status),
    };
    let ended_at = if state.goes_on() {
        None
    } else {
        let told = record.text("completed_at").and_then(moment);
        let decided = || decided.map(|decided| decided.at);
        Some(told.or_else(decided).unwrap_or(created_at))
    };
    let mut reports = Sides::default();
    if matches!(state, State::Active { .. }) {
        reports =
            Sides { first: report(record, Side::First), second: report(record, Side::Second) };
        // Two would have decided it.
        if reports.first.is_some() && reports.second.is_some() {
            reports = Sides::default();
        }
        let told =
            |side: &Side| of_side(record, *side, "result").is_some() && reports.of(*side).is_none();
        lost.extend(Side::BOTH.into_iter().filter(told).map(|side| (side, Lost::Report)));
    }
    let made = Match {
        id,
        queue: queue.name.clone(),
        tier: None,
        timing: queue.timing,
        terms: queue.terms(),
        state,
        version: 0,
        created_at,
        ended_at,
        players,
    };
    Ok(Taken { made, decided, reports, lost })
}

/// A moment in their words.
pub(super) fn moment(text: &str) -> Option<At> {
    rfc3339(text).filter(|at| at.0 >= 0)
}

fn player(
    record: &Record,
    side: Side,
    queue: &Queue,
    fresh: TicketId,
    lost: &mut Vec<(Side, Lost)>,
) -> Result<Player, Left> {
    let of = |column| of_side(record, side, column);
    let fits = |text: &&str| text.chars().count() <= TEXT_LEN_MAX && !text.contains('\0');
    let code = of("connect_code").filter(fits).ok_or(Left::Code)?;
    let wallet = of("wallet").filter(fits);
    // As for who joins: the registry counts from zero.
    let agent_id = of("agent_id").and_then(|id| id.parse().ok()).filter(|id| *id >= 0);
    let entry = of("queue_id").and_then(|id| id.parse().ok());
    for (what, is_lost) in [
        (Lost::Entry, entry.is_none()),
        (Lost::Wallet, of("wallet").is_some() && wallet.is_none()),
        (Lost::Agent, of("agent_id").is_some() && agent_id.is_none()),
    ] {
        if is_lost {
            lost.push((side, what));
        }
    }
    Ok(Player {
        identity: None,
        connect_code: Some(code.to_owned()),
        wallet: wallet.map(str::to_owned),
        agent_id,
        rating: queue.rating_at_start,
        entry: entry.unwrap_or(fresh),
    })
}

fn decided(record: &Record, players: &Sides<Player>) -> Result<Decided, Left> {
    let seconds = record.text("result_timestamp").and_then(|text| text.parse::<i64>().ok());
    let at =
        seconds.filter(|at| *at > 0).and_then(|at| at.checked_mul(1000)).ok_or(Left::Decided)?;
    let winner = winner(record, players).ok_or(Left::Winner)?;
    let score =
        |column| record.text(column).and_then(|text| text.parse::<u8>().ok()).ok_or(Left::Score);
    let (won, lost) = (score("winner_score")?, score("loser_score")?);
    let mut stocks = Sides { first: lost, second: lost };
    *stocks.of_mut(winner) = won;
    let outcome = Outcome::Won { winner, how: How::Played };
    Ok(Decided { result: Canonical { outcome, stocks }, at: At(at) })
}

/// By the winner's wallet; of a match without wallets, by what both had left, as they decided it.
fn winner(record: &Record, players: &Sides<Player>) -> Option<Side> {
    let is = |side: Side, column| {
        let wallet = players.of(side).wallet.as_deref();
        wallet.zip(record.text(column)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let by_wallet = |side: Side| match (record.text("winner_wallet"), record.text("loser_wallet")) {
        (Some(_), Some(_)) => is(side, "winner_wallet") && is(side.other(), "loser_wallet"),
        (Some(_), None) => is(side, "winner_wallet") && !is(side.other(), "winner_wallet"),
        (None, Some(_)) => is(side.other(), "loser_wallet") && !is(side, "loser_wallet"),
        (None, None) => false,
    };
    match (by_wallet(Side::First), by_wallet(Side::Second)) {
        (true, false) => return Some(Side::First),
        (false, true) => return Some(Side::Second),
        (false, false) | (true, true) => {}
    }
    if !knows_stocks(record, Side::First) || !knows_stocks(record, Side::Second) {
        return None;
    }
    let left = |side| stocks(record, side).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    Some(if left(Side::First) >= left(Side::Second) { Side::First } else { Side::Second })
}

fn report(record: &Record, side: Side) -> Option<Report> {
    let outcome = of_side(record, side, "result").filter(|text| !text.contains('\0'))?;
    if outcome.chars().count() > OUTCOME_LEN_MAX || !knows_stocks(record, side) {
        return None;
    }
    let duration =
        of_side(record, side, "duration_seconds").or_else(|| of_side(record, side, "duration"));
    let whole = duration.and_then(|text| text.split('.').next()?.parse::<u64>().ok());
    Some(Report {
        outcome: outcome.to_owned(),
        stocks: stocks(record, side).and_then(|text| text.parse().ok()),
        opponent_stocks: of_side(record, side, "opponent_stocks").and_then(|it| it.parse().ok()),
        took: whole.filter(|s| *s <= 86_400).map(Span::seconds),
    })
}

fn stocks(record: &Record, side: Side) -> Option<&str> {
    of_side(record, side, "stocks_remaining").or_else(|| of_side(record, side, "stocks"))
}

/// Whether the file tells what sides had left.
fn knows_stocks(record: &Record, side: Side) -> bool {
    let p = prefix(side);
    record.has(&format!("{p}_stocks_remaining")) || record.has(&format!("{p}_stocks"))
}

fn of_side<'a>(record: &'a Record, side: Side, column: &str) -> Option<&'a str> {
    record.text(&format!("{}_{column}", prefix(side)))
}

/// As their columns are named.
pub(super) fn prefix(side: Side) -> &'static str {
    match side {
        Side::First => "p1",
        Side::Second => "p2",
    }
}

#[cfg(test)]
mod tests;
