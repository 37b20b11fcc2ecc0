//! Wagers: one for each match, and one match for each wager of the contract.

use super::matches::{from_json, json};
use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::ids::MatchId;
use crate::matches::rules::{Side, Sides};
use crate::time::At;
use crate::uint::WagerId;
use crate::wagers::Wager;
use crate::wagers::rules::{Backing, Standing, State, Terms, Want, want};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT match_id, wager_id, amount, proposer, backing, p1_account, p2_account, course, ",
            "standing, version, proposed_at FROM wagers ",
            $rest
        )
    };
}

pub(crate) fn insert(tx: &mut Tx, made: &Wager) {
    const INSERT: &str = "INSERT INTO wagers (match_id, wager_id, amount, proposer, backing, \
         p1_account, p2_account, state, course, standing, want, claim_id, version, proposed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let statement = sql(INSERT).bind(made.match_id.to_string()).bind(named(made));
    let statement = statement.bind(made.terms.amount.to_string()).bind(number(made.terms.by));
    let statement = statement.bind(backing_name(made.backing));
    let accounts = Side::BOTH.map(|side| made.wallets.of(side).as_ref().map(ToString::to_string));
    let [first, second] = accounts;
    let statement = statement.bind(first).bind(second).bind(made.state.name());
    let statement = statement.bind(json(&made.state)).bind(json(&made.standing));
    let statement = statement.bind(want_name(made)).bind(claim(made));
    tx.later(statement.bind(made.version).bind(made.proposed_at.0));
}

/// Keeps what has changed. Its version is the new one; whoever decided upon another than the one
/// before has lost a race.
pub(crate) fn save(tx: &mut Tx, changed: &Wager) {
    const SAVE: &str = "UPDATE wagers SET state = $2, course = $3, standing = $4, want = $5, \
         claim_id = $6, version = $7, wager_id = $8 WHERE match_id = $1 AND version = $7 - 1";
    let statement = sql(SAVE).bind(changed.match_id.to_string()).bind(changed.state.name());
    let statement = statement.bind(json(&changed.state)).bind(json(&changed.standing));
    let statement = statement.bind(want_name(changed)).bind(claim(changed));
    tx.later(statement.bind(changed.version).bind(named(changed)).changing(1));
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Wager>, Error> {
    const FIND: &str = select!("WHERE match_id = $1");
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(from_row).transpose()
}

/// Those that were said to be this one of the contract, the oldest first.
pub(crate) async fn called(tx: &mut Tx, id: WagerId) -> Result<Vec<Wager>, Error> {
    const CALLED: &str = select!(
        "WHERE wager_id = $1 AND backing = 'contract' ORDER BY proposed_at, match_id LIMIT 100"
    );
    tx.rows(sql(CALLED).bind(id.to_string())).await?.iter().map(from_row).collect()
}

/// The match that this one of the contract belongs to.
pub(crate) async fn claimed_by(tx: &mut Tx, id: WagerId) -> Result<Option<MatchId>, Error> {
    const CLAIMED: &str = "SELECT match_id FROM wagers WHERE claim_id = $1";
    let row = tx.row(sql(CLAIMED).bind(id.to_string())).await?;
    row.map(|row| parsed(&row.text(0)?)).transpose()
}

/// A wager of the contract is this match's as long as it may be paid out by it.
fn claim(of: &Wager) -> Option<String> {
    let open = match of.state {
        State::Proposed { .. }
        | State::Accepted { .. }
        | State::Decided { .. }
        | State::Won { .. } => true,
        State::Declined { .. } | State::Lapsed | State::Void { .. } => false,
    };
    let seen = match of.standing {
        // A payment elsewhere may be taken back with its block.
        Standing::Open { .. }
        | Standing::Locked { .. }
        | Standing::Paid { .. }
        | Standing::PaidElsewhere { .. } => true,
        Standing::Word | Standing::Unseen | Standing::Returned | Standing::Wrong { .. } => false,
    };
    if open && seen { of.terms.id.map(|id| id.to_string()) } else { None }
}

/// What the contract calls it; no digits as long as nobody has said.
fn named(of: &Wager) -> String {
    of.terms.id.map(|id| id.to_string()).unwrap_or_default()
}

fn want_name(of: &Wager) -> Option<&'static str> {
    want(&of.state, &of.standing).map(|want| match want {
        Want::Settle => "settle",
        Want::Refund { .. } => "refund",
    })
}

fn backing_name(backing: Backing) -> &'static str {
    match backing {
        Backing::Word => "word",
        Backing::Contract => "contract",
    }
}

fn from_row(row: &Row) -> Result<Wager, Error> {
    let account = |column| -> Result<_, Error> {
        row.text_or_null(column)?.map(|account| parsed(&account)).transpose()
    };
    let by = if row.int(3)? == 1 { Side::First } else { Side::Second };
    let id = Some(row.text(1)?).filter(|digits| !digits.is_empty());
    let id = id.map(|digits| parsed(&digits)).transpose()?;
    let backing = if row.text(4)? == "contract" { Backing::Contract } else { Backing::Word };
    Ok(Wager {
        match_id: parsed(&row.text(0)?)?,
        terms: Terms { by, amount: parsed(&row.text(2)?)?, id },
        backing,
        wallets: Sides { first: account(5)?, second: account(6)? },
        state: from_json(&row.text(7)?)?,
        standing: from_json(&row.text(8)?)?,
        version: row.int(9)?,
        proposed_at: At(row.int(10)?),
    })
}

fn number(side: Side) -> i64 {
    match side {
        Side::First => 1,
        Side::Second => 2,
    }
}
