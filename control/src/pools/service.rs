//! Betting on a match is opened with it, closed at its start and decided by its result, each in the
//! match's own transaction.

use serde_json::{Value as Json, json};

use super::Book;
use super::rules::{self, Betting, Event, Refused};
use super::work::{CANCEL, CLOSE, CREATE, RESOLVE};
use crate::admin::{Act, To};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::MatchId;
use crate::jobs;
use crate::matches::Match;
use crate::matches::rules::{Effect, Outcome, Side, Sides};
use crate::onchain::Account;
use crate::queue::rules::config::Queue;
use crate::store::{self, Tx, deadlines, events::Draft, pools as rows};
use crate::time::At;
use crate::uint::PoolId;

/// Why something about a pool did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Match not found")]
    NoMatch,
    #[error("there is no pool of this number")]
    NoPool,
    #[error("there is no pool: no chain is set up here, and nobody could hold a bet")]
    NoChain,
    #[error("the pool is to be paid out: it cannot be cancelled any more")]
    Decided,
    #[error("players may not bet on their own match")]
    Player,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Two have met: bets are taken if their queue has any, and both can be told apart on the chain.
/// Part of the transaction that makes the match; it reads nothing.
pub(crate) fn open(tx: &mut Tx, made: &Match, queue: &Queue, now: At) {
    let Some(terms) = queue.betting else { return };
    let account = |side| {
        let wallet = made.players.of(side).wallet.as_ref()?;
        wallet.parse().ok().filter(|account: &Account| !account.is_nobody())
    };
    let [first, second] = Side::BOTH.map(account);
    let (Some(first), Some(second)) = (first, second) else { return };
    if first == second {
        return;
    }
    let book = Book {
        match_id: made.id,
        terms,
        wallets: Sides { first, second },
        betting: Betting::Open,
        pool: None,
        version: 0,
        opened_at: now,
        closed_at: None,
    };
    rows::open(tx, &book);
    if !made.start_is_seen() {
        deadlines::set(tx, Kind::Pool, &made.id.to_string(), now + terms.window);
    }
    jobs::ask(tx, CREATE, &made.id.to_string(), "", now);
    let body = json!({ "rake_bps": terms.rake_bps, "min": terms.bet_min, "max": terms.bet_max });
    tx.tell(line(made.id, "pool.opened", body, now));
}

/// Something follows from what happened to a match: part of the transaction in which it did.
pub(crate) async fn follow(
    tx: &mut Tx,
    of: &Match,
    effect: &Effect,
    now: At,
) -> Result<(), store::Error> {
    let Some(found) = rows::book(tx, of.id).await? else { return Ok(()) };
    let event = match effect {
        Effect::Start if of.start_is_seen() => Event::Start,
        Effect::Decide { .. } => rules::decided(bets_until(&found, of, now), now),
        // Its start may not have been seen, but now it is known that it has ended.
        Effect::Dispute => Event::Start,
        Effect::Close => match of.state.outcome() {
            Some(Outcome::Won { .. }) => Event::Won,
            Some(Outcome::Drawn { .. }) | None => Event::Void,
        },
        Effect::Refund => Event::Void,
        Effect::Start
        | Effect::Stakes
        | Effect::CountDown { .. }
        | Effect::Missing { .. }
        | Effect::Back { .. }
        | Effect::Free { .. }
        | Effect::Dodged { .. } => return Ok(()),
    };
    apply(tx, found, event, now);
    Ok(())
}

/// Where the start is not seen, bets end at a time of their own, whenever somebody looks.
fn bets_until(book: &Book, of: &Match, now: At) -> At {
    if of.start_is_seen() {
        book.closed_at.unwrap_or(now)
    } else {
        book.opened_at + book.terms.window
    }
}

/// The time for bets on a match is over whose start is not seen.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    if let Some(found) = rows::book(tx, id).await? {
        apply(tx, found, Event::Start, now);
    }
    Ok(())
}

fn apply(tx: &mut Tx, found: Book, event: Event, now: At) {
    let betting = found.betting.after(event);
    if betting == found.betting {
        return;
    }
    let id = found.match_id.to_string();
    let first_closed = found.closed_at.is_none();
    let closed_at = found.closed_at.or(Some(now));
    let changed = Book { betting, closed_at, version: found.version + 1, ..found };
    rows::save_book(tx, &changed);
    deadlines::clear(tx, Kind::Pool, &id);
    let body = json!({ "pool_id": changed.pool });
    if first_closed {
        // The last bets are those before this line.
        tx.tell(line(changed.match_id, "pool.closed", body.clone(), now));
    }
    let (job, told) = match betting {
        Betting::Open => return,
        Betting::Closed => return jobs::ask(tx, CLOSE, &id, "", now),
        Betting::Resolve => (RESOLVE, "pool.won"),
        Betting::Cancel => (CANCEL, "pool.void"),
    };
    jobs::ask(tx, job, &id, "", now);
    tx.tell(line(changed.match_id, told, body, now));
}

/// An operator gives every bet back.
pub(crate) async fn cancel(ctx: &Ctx, act: Act, id: PoolId) -> Result<(), Error> {
    needs_chain(ctx)?;
    let work = async move |tx: &mut Tx| {
        let book = rows::book_of_pool(tx, id).await?.ok_or(Error::NoPool)?;
        if book.betting == Betting::Resolve {
            return Err(Error::Decided);
        }
        if book.betting.after(Event::Void) != book.betting {
            let of = To::Match(book.match_id.to_string());
            act.tell(tx, "admin.pool_cancelled", &of, json!({ "pool_id": id }));
        }
        apply(tx, book, Event::Void, act.at());
        Ok(())
    };
    ctx.store.write(work).await
}

pub(super) fn needs_chain(ctx: &Ctx) -> Result<(), Error> {
    let any = ctx.config.queues.iter().any(|queue| queue.betting.is_some());
    if any { Ok(()) } else { Err(Error::NoChain) }
}

pub(super) fn line(id: MatchId, kind: &'static str, body: Json, at: At) -> Draft {
    Draft { at, kind, match_id: Some(id.to_string()), identity_id: None, body }
}
