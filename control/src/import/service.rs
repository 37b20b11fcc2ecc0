//! Reads their file page by page, and keeps what is not here yet: a transaction for each page.

use std::path::Path;

use serde_json::json;

use super::report::{Fate, Report};
use super::rules::{self, Lost, MATCHES, SIGNATURES, Taken};
use super::{others, tournaments};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::{MatchId, TicketId};
use crate::matches::Match;
use crate::matches::rules::{Side, Sides};
use crate::queue::rules::config::Queue;
use crate::queue::rules::{Entry, Preferences};
use crate::queue::{MELEE, Status, Ticket};
use crate::signatures::rules::Accepted;
use crate::signatures::service::{Error as SignatureError, take_over};
use crate::store::events::Draft;
use crate::store::foreign::{Looking, Record, Source, SourceError};
use crate::store::{self, Tx, deadlines, matches as rows, queue as entries, results};
use crate::time::At;
use crate::{ratings, results as domain};

/// Why no row of a table is taken.
pub(super) const NO_COLUMN: &str = "its table lacks a column without which it says nothing";
/// Signatures of a match that are looked at: more than two count for nothing.
const SIGNATURES_MAX: u32 = 16;

/// Why it was not done, or not to its end. What was kept until then stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Their file.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Ours.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is nowhere to put matches.
    #[error("there is no queue melee here, whose matches these are")]
    NoQueue,
}

/// Opens their file.
///
/// # Errors
/// It is not there, cannot be read, or is something else.
pub async fn open(path: &Path) -> Result<Source, SourceError> {
    Source::open(path, &MATCHES).await
}

/// Takes over what is not here yet; with `dry_run`, it is done and taken back.
///
/// # Errors
/// One of the two files; it can be done again.
pub async fn import(ctx: &Ctx, source: &mut Source, dry_run: bool) -> Result<Report, Error> {
    let queue = ctx.config.queue(MELEE).ok_or(Error::NoQueue)?;
    let mut report = Report { dry_run, ..Report::default() };
    let signatures = source.count(&SIGNATURES).await?;
    source
        .read(&MATCHES, async |looking, page| {
            let (reads, ready) = prepare(ctx, queue, looking, page, &mut report).await?;
            let fates = keep_page(ctx, ready, dry_run).await?;
            tell(&mut report, &reads, fates);
            Ok::<_, Error>(())
        })
        .await?;
    let orphans = signatures.saturating_sub(report.signatures.read);
    report.signatures.read += orphans;
    let unread = source.out_of_reach(&SIGNATURES).await?;
    report.signatures.leave_all(NO_COLUMN, unread);
    report.signatures.leave_all("its match was not taken", orphans.saturating_sub(unread));
    tournaments::take(ctx, source, queue, &mut report).await?;
    others::take(ctx, source, &mut report).await?;
    Ok(report)
}

/// A match to be kept, and what is said to be signed of it.
#[derive(Clone, Debug)]
struct Ready {
    taken: Taken,
    /// For sides whose entries are somebody else's here.
    fresh: Sides<TicketId>,
    signatures: Vec<Said>,
}

#[derive(Clone, Debug)]
struct Said {
    address: String,
    signature: String,
    at: Option<At>,
}

/// What stood beside a match and is not taken.
#[derive(Clone, Debug)]
struct Beside {
    wager: bool,
    pool: bool,
}

async fn prepare(
    ctx: &Ctx,
    queue: &Queue,
    looking: &mut Looking<'_>,
    page: Vec<Record>,
    report: &mut Report,
) -> Result<(Vec<Beside>, Vec<Ready>), Error> {
    let (mut beside, mut ready) = (Vec::new(), Vec::new());
    let now = ctx.clock.now();
    for record in page {
        let fresh =
            Sides { first: TicketId(ctx.chance.id(now)), second: TicketId(ctx.chance.id(now)) };
        let id = record.text("id").unwrap_or_default();
        let taken = match rules::a_match(&record, queue, fresh) {
            Ok(taken) => taken,
            Err(left) => {
                report.matches.count(Fate::Left(left.to_string()), id);
                continue;
            }
        };
        let said = looking.of(&SIGNATURES, "match_id", id, SIGNATURES_MAX).await?;
        if said.len() == SIGNATURES_MAX as usize {
            let all = looking.count(&SIGNATURES, "match_id", id).await?;
            let more = all.saturating_sub(SIGNATURES_MAX.into());
            report.signatures.read += more;
            report.signatures.leave_all("there are more than 16 of its match", more);
        }
        let said = said.iter().map(|row| Said {
            address: row.text("address").unwrap_or_default().to_owned(),
            signature: row.text("signature").unwrap_or_default().to_owned(),
            at: row.text("created_at").and_then(rules::moment),
        });
        ready.push(Ready { taken, fresh, signatures: said.collect() });
        beside.push(Beside {
            wager: record.text("wager_status").is_some(),
            pool: record.text("pool_id").is_some(),
        });
    }
    Ok((beside, ready))
}

/// What became of a match, and of each signature by its address.
struct Fates {
    id: MatchId,
    playing: bool,
    fate: Fate,
    /// What of it was not taken along.
    lost: Vec<(Side, Lost)>,
    signatures: Vec<(String, Fate)>,
    to_record: bool,
}

/// A page that was only tried, so that nothing of it is kept.
pub(super) enum Stop<T> {
    Tried(T),
    Store(store::Error),
}

impl<T> From<store::Error> for Stop<T> {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

async fn keep_page(
    ctx: &Ctx,
    ready: Vec<Ready>,
    dry_run: bool,
) -> Result<Vec<Fates>, store::Error> {
    let (now, domain) = (ctx.clock.now(), ctx.config.signing);
    let work = async move |tx: &mut Tx| {
        let mut fates = Vec::new();
        for Ready { taken, fresh, signatures } in &ready {
            let id = taken.made.id;
            let (fate, lost) = if rows::find(tx, id).await?.is_some() {
                (Fate::Known, Vec::new())
            } else {
                (Fate::Taken, keep(tx, taken.clone(), fresh, now).await?)
            };
            let (mut signed, mut to_record) = (Vec::new(), false);
            for said in signatures {
                let Said { address, signature, at } = said;
                let at = at.unwrap_or(now);
                let fate = match take_over(tx, &domain, id, (address, signature), at).await {
                    Ok(Accepted::Repeat) => Fate::Known,
                    Ok(Accepted::First(_)) => Fate::Taken,
                    Ok(Accepted::Both(_)) => {
                        to_record = true;
                        Fate::Taken
                    }
                    Err(SignatureError::Store(error)) => return Err(error.into()),
                    Err(refused) => Fate::Left(reason(&refused).to_owned()),
                };
                signed.push((address.clone(), fate));
            }
            let playing = taken.decided.is_none() && taken.made.ended_at.is_none();
            fates.push(Fates { id, playing, fate, lost, signatures: signed, to_record });
        }
        if dry_run { Err(Stop::Tried(fates)) } else { Ok(fates) }
    };
    match ctx.store.write(work).await {
        Ok(fates) | Err(Stop::Tried(fates)) => Ok(fates),
        Err(Stop::Store(error)) => Err(error),
    }
}

/// Keeps a match as it stood there, with its sides' entries, its result and what that did to the
/// ratings, and says what of it could not be. Nothing is posted to a registry: that was done there.
async fn keep(
    tx: &mut Tx,
    taken: Taken,
    fresh: &Sides<TicketId>,
    now: At,
) -> Result<Vec<(Side, Lost)>, store::Error> {
    let Taken { mut made, decided, reports, mut lost } = taken;
    let id = made.id;
    for side in Side::BOTH {
        let player = made.players.of_mut(side);
        if entries::find(tx, player.entry).await?.is_some() {
            player.entry = *fresh.of(side);
            lost.push((side, Lost::EntryKnown));
        }
        let ticket = Ticket {
            entry: Entry {
                ticket: player.entry,
                owner: player.owner(),
                tier: None,
                rating: player.rating,
                preferences: Preferences::default(),
                priority: 0,
                since: made.created_at,
                held_until: made.created_at,
                fresh_at: made.created_at,
            },
            queue: made.queue.clone(),
            status: Status::Matched,
            match_id: Some(id),
            agent_id: player.agent_id,
        };
        entries::insert(tx, &ticket, None, made.created_at);
    }
    rows::insert(tx, &made, false);
    if made.ended_at.is_some() {
        made.version += 1;
        rows::save(tx, &made);
    }
    if let Some(first) = made.state.deadlines().first() {
        deadlines::set(tx, Kind::Match, &id.to_string(), first.due_at);
    }
    for side in Side::BOTH {
        if let Some(report) = reports.of(side) {
            results::insert_report(tx, id, side, report, now);
        }
    }
    tx.tell(imported(&made, now));
    if let Some(decided) = decided {
        results::insert(tx, id, &decided);
        let game = domain::service::game(&made, decided.result.outcome, decided.at);
        ratings::service::rate(tx, &game, Some(id)).await?;
    }
    Ok(lost)
}

fn imported(made: &Match, at: At) -> Draft {
    let body =
        json!({ "queue": made.queue, "state": made.state.name(), "made_at": made.created_at });
    Draft {
        at,
        kind: "match.imported",
        match_id: Some(made.id.to_string()),
        identity_id: None,
        body,
    }
}

/// Few reasons for many signatures, so that they can be counted.
fn reason(refused: &SignatureError) -> &'static str {
    match refused {
        SignatureError::Unknown => "its match was not taken",
        SignatureError::Nothing(_) => "its match has nothing to sign: no result, or no two wallets",
        SignatureError::Address(_) => "its address is none",
        SignatureError::Malformed(_) => "it is not 65 bytes of a signature",
        SignatureError::Refused(_) => "its address plays no side, or has signed otherwise",
        SignatureError::Mistaken(_) => {
            "it does not prove that its address signed this result for this chain and contract"
        }
        SignatureError::Unreachable(_) => "its contract cannot be asked",
        SignatureError::Store(_) => "the database failed",
    }
}

fn tell(report: &mut Report, beside: &[Beside], fates: Vec<Fates>) {
    const WAGER: &str = "the contract holds the stakes and pays them; what was agreed is not taken";
    const POOL: &str =
        "its contract pays it out; a pool that is followed here is known by its match";
    for (Beside { wager, pool }, fates) in beside.iter().zip(fates) {
        let id = fates.id.to_string();
        if fates.fate == Fate::Taken && fates.playing {
            report.matches.note("still played: its time goes on from when it was made", &id);
        }
        for (side, lost) in fates.lost {
            report.matches.note(&lost.to_string(), &format!("{id} {}", rules::prefix(side)));
        }
        report.matches.count(fates.fate, &id);
        if *wager {
            report.wagers.count(Fate::Left(WAGER.to_owned()), &id);
        }
        if *pool {
            report.pools.count(Fate::Left(POOL.to_owned()), &id);
        }
        for (address, fate) in fates.signatures {
            report.signatures.count(fate, &format!("{id} {address}"));
        }
        if fates.to_record {
            report.signatures.note("both have signed: it is to be recorded on the chain", &id);
        }
    }
}
