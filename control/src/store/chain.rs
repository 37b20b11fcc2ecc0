//! Transactions of the chain, one row for each nonce in use, and what was signed for each.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, U256};

use super::{Error, Row, Tx, sql};
use crate::chain::effects::Call;
use crate::chain::fees::Fees;
use crate::chain::intents::{JobId, Kind};
use crate::chain::key::Signed;
use crate::chain::ledger::{Attempt, Held};
use crate::chain::node::Block;
use crate::chain::rules::{Mined, Phase, Refusal};
use crate::time::At;

/// A key on a chain, as it stands in the rows.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) chain_id: i64,
    pub(crate) address: String,
}

impl Account {
    pub(crate) fn new(chain_id: u64, address: Address) -> Self {
        let chain_id = i64::try_from(chain_id).unwrap_or(i64::MAX);
        Self { chain_id, address: address.to_string() }
    }
}

/// The next nonce, if one was ever given away.
pub(crate) async fn next_nonce(tx: &mut Tx, of: &Account) -> Result<Option<u64>, Error> {
    const NEXT: &str = "SELECT next FROM chain_nonces WHERE chain_id = $1 AND address = $2";
    let row = tx.row(sql(NEXT).bind(of.chain_id).bind(&of.address)).await?;
    row.map(|row| row.int(0).map(unsigned)).transpose()
}

/// Says what the next nonce is.
pub(crate) fn set_next_nonce(tx: &mut Tx, of: &Account, next: u64) {
    const SET: &str = "INSERT INTO chain_nonces (chain_id, address, next) VALUES ($1, $2, $3) \
         ON CONFLICT (chain_id, address) DO UPDATE SET next = $3";
    tx.later(sql(SET).bind(of.chain_id).bind(&of.address).bind(signed(next)));
}

/// A nonce that was given to a call. What was signed for it comes with [`attempt`].
pub(crate) fn reserve(
    tx: &mut Tx,
    of: &Account,
    id: &str,
    nonce: u64,
    job: Option<&JobId>,
    call: &Call,
    now: At,
) {
    const RESERVE: &str = "INSERT INTO chain_txs (id, chain_id, address, nonce, kind, business_id, \
         target, data, gas, value_wei, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending', $11)";
    let statement = sql(RESERVE).bind(id).bind(of.chain_id).bind(&of.address).bind(signed(nonce));
    let statement = statement.bind(job.map(|job| job.kind.name()));
    let statement = statement.bind(job.map(|job| job.business_id.as_str()));
    let statement = statement.bind(call.to.to_string()).bind(call.data.to_string());
    let statement = statement.bind(signed(call.gas)).bind(call.value.to_string());
    tx.later(statement.bind(now.0));
}

/// Something that was signed for a nonce.
pub(crate) fn attempt(tx: &mut Tx, id: &str, attempt: &Attempt) {
    const ATTEMPT: &str = "INSERT INTO chain_attempts \
         (tx_id, number, hash, raw, fee_max, fee_tip, fills, signed_at) \
         VALUES ($1, (SELECT COUNT(*) FROM chain_attempts WHERE tx_id = $1), $2, $3, $4, $5, $6, $7)";
    const NOT_SENT: &str = "UPDATE chain_txs SET sent_at = NULL, refusal = NULL, \
         refused_since = NULL WHERE id = $1";
    let Attempt { signed, fees, fills, signed_at } = attempt;
    let statement = sql(ATTEMPT).bind(id).bind(signed.hash.to_string());
    let statement = statement.bind(signed.raw.to_string()).bind(wei(fees.max));
    tx.later(statement.bind(wei(fees.tip)).bind(*fills).bind(signed_at.0));
    tx.later(sql(NOT_SENT).bind(id));
}

/// A node was given it.
pub(crate) fn sent(tx: &mut Tx, id: &str, at: At, refused: Option<&(Refusal, At)>) {
    const SENT: &str =
        "UPDATE chain_txs SET sent_at = $2, refusal = $3, refused_since = $4 WHERE id = $1";
    let refusal = refused.map(|(refusal, _)| refusal_name(refusal));
    tx.later(sql(SENT).bind(id).bind(at.0).bind(refusal).bind(refused.map(|(_, since)| since.0)));
}

/// It is in a block, or in none.
pub(crate) fn set_phase(tx: &mut Tx, id: &str, phase: Phase) {
    const SET: &str = "UPDATE chain_txs SET state = $2, mined_hash = $3, mined_number = $4, \
         mined_block = $5, mined_ok = $6, missing_block = NULL, missing_since = NULL, \
         sent_at = CASE WHEN $2 = 'pending' THEN NULL ELSE sent_at END WHERE id = $1";
    let (state, mined) = match phase {
        Phase::Pending => ("pending", None),
        Phase::Mined(mined) => ("mined", Some(mined)),
        Phase::Confirmed(mined) => ("confirmed", Some(mined)),
    };
    let statement = sql(SET).bind(id).bind(state);
    let statement = statement.bind(mined.map(|mined| mined.hash.to_string()));
    let statement = statement.bind(mined.map(|mined| signed(mined.number)));
    let statement = statement.bind(mined.map(|mined| mined.block.to_string()));
    tx.later(statement.bind(mined.map(|mined| i64::from(mined.ok))));
}

/// Its nonce was used without it.
pub(crate) fn set_missing(tx: &mut Tx, id: &str, head: u64, now: At) {
    const SET: &str = "UPDATE chain_txs SET missing_block = $2, missing_since = $3 WHERE id = $1";
    tx.later(sql(SET).bind(id).bind(signed(head)).bind(now.0));
}

/// Nobody looks after it any more.
pub(crate) fn over(tx: &mut Tx, id: &str, outcome: &'static str) {
    const OVER: &str = "UPDATE chain_txs SET state = 'over', outcome = $2 WHERE id = $1";
    tx.later(sql(OVER).bind(id).bind(outcome));
}

/// It is no job's any more.
pub(crate) fn let_go(tx: &mut Tx, id: &str) {
    const LET_GO: &str = "UPDATE chain_txs SET kind = NULL, business_id = NULL WHERE id = $1";
    tx.later(sql(LET_GO).bind(id));
}

/// Those that are looked after, by their nonces.
pub(crate) async fn held(tx: &mut Tx, of: &Account) -> Result<Vec<Held>, Error> {
    const TXS: &str = "SELECT t.id, t.nonce, t.kind, t.business_id, t.target, t.data, t.gas, \
         t.state, t.sent_at, t.refusal, t.refused_since, t.missing_block, t.missing_since, \
         t.mined_hash, t.mined_number, t.mined_block, t.mined_ok, t.value_wei, \
         COALESCE(j.attempts, 0) \
         FROM chain_txs t LEFT JOIN jobs j ON j.kind = t.kind AND j.business_id = t.business_id \
         WHERE t.chain_id = $1 AND t.address = $2 AND t.state <> 'over' ORDER BY t.nonce";
    const ATTEMPTS: &str = "SELECT a.tx_id, a.hash, a.raw, a.fee_max, a.fee_tip, a.fills, a.signed_at \
         FROM chain_attempts a JOIN chain_txs t ON t.id = a.tx_id \
         WHERE t.chain_id = $1 AND t.address = $2 AND t.state <> 'over' ORDER BY a.tx_id, a.number";
    let bound = |text| sql(text).bind(of.chain_id).bind(&of.address);
    let [txs, attempts] = tx.rows_of([bound(TXS), bound(ATTEMPTS)]).await?;
    let mut of_tx: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    for row in &attempts {
        let attempt = Attempt {
            signed: Signed { hash: parsed(&row.text(1)?)?, raw: parsed(&row.text(2)?)? },
            fees: Fees { max: fee(row.int(3)?), tip: fee(row.int(4)?) },
            fills: row.truth(5)?,
            signed_at: At(row.int(6)?),
        };
        of_tx.entry(row.text(0)?).or_default().push(attempt);
    }
    txs.iter().map(|row| held_of(row, &mut of_tx)).collect()
}

/// Other accounts, of any chain, with transactions that are looked after.
pub(crate) async fn others(tx: &mut Tx, than: &Account) -> Result<Vec<(u64, Address)>, Error> {
    const OTHERS: &str = "SELECT DISTINCT chain_id, address FROM chain_txs \
         WHERE state <> 'over' AND (chain_id <> $1 OR address <> $2) ORDER BY chain_id, address";
    let rows = tx.rows(sql(OTHERS).bind(than.chain_id).bind(&than.address)).await?;
    rows.iter().map(|row| Ok((unsigned(row.int(0)?), parsed(&row.text(1)?)?))).collect()
}

/// How many of a chain's are looked after whose key is another one, by their keys.
pub(crate) async fn former(tx: &mut Tx, of: &Account) -> Result<Vec<(String, i64)>, Error> {
    const FORMER: &str = "SELECT address, COUNT(*) FROM chain_txs \
         WHERE chain_id = $1 AND address <> $2 AND state <> 'over' \
         GROUP BY address ORDER BY address";
    let rows = tx.rows(sql(FORMER).bind(of.chain_id).bind(&of.address)).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

/// An operator lets a job's transaction go that is in no block, and that another account than this
/// one sent. Whether there was one.
pub(crate) async fn give_up(
    tx: &mut Tx,
    but_of: &Account,
    (kind, business_id): (&str, &str),
) -> Result<bool, Error> {
    const GIVE_UP: &str = "UPDATE chain_txs SET state = 'over', outcome = 'given up' \
         WHERE kind = $1 AND business_id = $2 AND state = 'pending' \
         AND (chain_id <> $3 OR address <> $4) RETURNING id";
    let statement = sql(GIVE_UP).bind(kind).bind(business_id);
    Ok(tx.row(statement.bind(but_of.chain_id).bind(&but_of.address)).await?.is_some())
}

/// How many are looked after: those in no block, and those in one that may still go.
pub(crate) async fn in_flight(tx: &mut Tx, of: &Account) -> Result<(i64, i64), Error> {
    const COUNT: &str = "SELECT state, COUNT(*) FROM chain_txs \
         WHERE chain_id = $1 AND address = $2 AND state <> 'over' GROUP BY state";
    let (mut pending, mut watched) = (0, 0);
    for row in tx.rows(sql(COUNT).bind(of.chain_id).bind(&of.address)).await? {
        let count = if row.text(0)? == "pending" { &mut pending } else { &mut watched };
        *count += row.int(1)?;
    }
    Ok((pending, watched))
}

fn held_of(row: &Row, attempts: &mut BTreeMap<String, Vec<Attempt>>) -> Result<Held, Error> {
    let id = row.text(0)?;
    let attempts = attempts.remove(&id).unwrap_or_default();
    let job = match (row.text_or_null(2)?, row.text_or_null(3)?) {
        (Some(kind), Some(business_id)) => Some(JobId { kind: kind_named(&kind)?, business_id }),
        (_, _) => None,
    };
    let refused = match (row.text_or_null(9)?, row.int_or_null(10)?) {
        (Some(words), Some(since)) => Some((refusal_named(words), At(since))),
        (_, _) => None,
    };
    let missing = match (row.int_or_null(11)?, row.int_or_null(12)?) {
        (Some(block), Some(since)) => Some((unsigned(block), At(since))),
        (_, _) => None,
    };
    let state = row.text(7)?;
    let phase = match (state.as_str(), row.text_or_null(13)?) {
        (state, Some(hash)) => {
            let mined = Mined {
                hash: parsed(&hash)?,
                number: unsigned(row.int(14)?),
                block: parsed(&row.text(15)?)?,
                ok: row.truth(16)?,
            };
            if state == "confirmed" { Phase::Confirmed(mined) } else { Phase::Mined(mined) }
        }
        (_, None) => Phase::Pending,
    };
    Ok(Held {
        id,
        nonce: unsigned(row.int(1)?),
        job,
        call: Call {
            to: parsed::<Address>(&row.text(4)?)?,
            value: parsed::<U256>(&row.text(17)?)?,
            data: parsed::<Bytes>(&row.text(5)?)?,
            gas: unsigned(row.int(6)?),
        },
        phase,
        attempts,
        sent_at: row.int_or_null(8)?.map(At),
        refused,
        missing,
        tried: row.int(18)?,
    })
}

pub(super) fn kind_named(name: &str) -> Result<Kind, Error> {
    Kind::named(name).ok_or_else(|| Error::broken(format!("there is no kind of job {name}")))
}

fn refusal_name(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::TooCheap => "too cheap",
        Refusal::NoFunds => "no funds",
        Refusal::Other(words) => words,
    }
}

fn refusal_named(words: String) -> Refusal {
    match words.as_str() {
        "too cheap" => Refusal::TooCheap,
        "no funds" => Refusal::NoFunds,
        _others => Refusal::Other(words),
    }
}

/// Blocks whose logs were read: the newest first.
pub(crate) async fn blocks(tx: &mut Tx, chain_id: i64) -> Result<Vec<(u64, B256)>, Error> {
    const BLOCKS: &str =
        "SELECT number, hash FROM chain_blocks WHERE chain_id = $1 ORDER BY number DESC";
    let rows = tx.rows(sql(BLOCKS).bind(chain_id)).await?;
    rows.iter().map(|row| Ok((unsigned(row.int(0)?), parsed(&row.text(1)?)?))).collect()
}

/// The last block whose logs were read, and its place.
pub(crate) async fn last_block(tx: &mut Tx, chain_id: i64) -> Result<Option<Block>, Error> {
    const LAST: &str =
        "SELECT number, hash FROM chain_blocks WHERE chain_id = $1 ORDER BY number DESC LIMIT 1";
    let row = tx.row(sql(LAST).bind(chain_id)).await?;
    let block =
        |row: Row| Ok(Block { number: unsigned(row.int(0)?), hash: parsed(&row.text(1)?)? });
    row.map(block).transpose()
}

/// The place of the last block whose logs were read.
pub(crate) async fn followed(tx: &mut Tx, chain_id: i64) -> Result<Option<u64>, Error> {
    const LAST: &str = "SELECT MAX(number) FROM chain_blocks WHERE chain_id = $1";
    let row = tx.row(sql(LAST).bind(chain_id)).await?;
    Ok(row.map(|row| row.int_or_null(0)).transpose()?.flatten().map(unsigned))
}

/// The logs of a block were read; those of blocks before `oldest` need not be told apart any more.
pub(crate) fn read_block(tx: &mut Tx, chain_id: i64, number: u64, hash: B256, oldest: u64) {
    const READ: &str = "INSERT INTO chain_blocks (chain_id, number, hash) VALUES ($1, $2, $3)";
    const FORGET: &str = "DELETE FROM chain_blocks WHERE chain_id = $1 AND number < $2";
    tx.later(sql(READ).bind(chain_id).bind(signed(number)).bind(hash.to_string()));
    tx.later(sql(FORGET).bind(chain_id).bind(signed(oldest)));
}

/// A block is not of the chain any more.
pub(crate) fn forget_block(tx: &mut Tx, chain_id: i64, number: u64) {
    const FORGET: &str = "DELETE FROM chain_blocks WHERE chain_id = $1 AND number = $2";
    tx.later(sql(FORGET).bind(chain_id).bind(signed(number)));
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::broken(format!("{text:.80} is not what a row has to hold")))
}

/// The rows' numbers have a sign; none of ours comes near it.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn wei(fee: u128) -> i64 {
    i64::try_from(fee).unwrap_or(i64::MAX)
}

fn fee(wei: i64) -> u128 {
    u128::try_from(wei).unwrap_or(0)
}
