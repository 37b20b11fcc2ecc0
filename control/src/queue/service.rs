//! Join, leave, come back, expire: load, ask the rules, save, in one transaction.
//!
//! - `looking`: what an entry is told.

mod looking;

use serde_json::json;

pub(crate) use self::looking::{Outlook, look, outlook, peek, why};
use self::looking::{placed, seen};
use super::rules::config::{Mode, Queue};
use super::rules::joining::{Age, Applicant, Doing, Live, Refused, enter};
use super::rules::pairing::partner;
use super::rules::{Entry, Owner, Preferences};
use super::{Status, Ticket};
use crate::admin::{Act, Door, To};
use crate::context::{Along, Ctx};
use crate::deadlines::Kind;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::service::Drawn as DrawnMatch;
use crate::matches::{self, Player};
use crate::onchain::Account;
use crate::store::events::Draft;
use crate::store::{self, Tx, deadlines, matches as match_rows, queue as rows};
use crate::time::{At, Span};

/// A poll within so long after the last one leaves no trace, or each of them would be a write. It
/// is added to the life of an entry, so that none ends early.
const POLL_TRACE: Span = Span::seconds(10);
/// How often a join is decided again after another one of the same owner came first.
const TRIES: u32 = 3;

/// What somebody asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Join {
    pub(crate) identity: Option<PlayerId>,
    pub(crate) connect_code: Option<String>,
    pub(crate) wallet: Option<String>,
    pub(crate) agent_id: Option<i64>,
    pub(crate) fighter_name: Option<String>,
    pub(crate) tier: Option<String>,
    pub(crate) preferences: Preferences,
    /// The entry that this is to make; if it is there, it was asked for before, and is answered.
    pub(crate) makes: Option<TicketId>,
}

/// An entry as its owner sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) ticket: Ticket,
    /// From 1, while it waits.
    pub(crate) position: Option<i64>,
    pub(crate) opponent: Option<Player>,
}

/// Why somebody did not join.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    #[error("there is no queue of this name")]
    NoSuchQueue,
    #[error("this queue is of lobbies: form a crew, or register")]
    OfLobbies,
    #[error("a request of this id has asked for something else: take a fresh one")]
    AskedOtherwise,
    #[error("this queue lets nobody in at present: try again later")]
    Closed,
    #[error("say who you are: log in, or give a connect_code or a wallet_address")]
    Nameless,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Enters a queue, and meets whoever waits there.
pub(crate) async fn join(ctx: &Ctx, queue: &str, asked: Join) -> Result<Seen, JoinError> {
    let queue = ctx.config.queue(queue).ok_or(JoinError::NoSuchQueue)?;
    match queue.mode {
        Mode::Fifo | Mode::Rated(_) => {}
        Mode::Team(_) | Mode::Ffa(_) => return Err(JoinError::OfLobbies),
    }
    if ctx.orders.door(&queue.name) != Door::Open {
        return Err(JoinError::Closed);
    }
    if asked.identity.is_none() && asked.connect_code.is_none() && asked.wallet.is_none() {
        return Err(JoinError::Nameless);
    }
    let account = asked.wallet.as_ref().and_then(|wallet| wallet.parse::<Account>().ok());
    if account.as_ref().is_some_and(Account::is_nobody) {
        return Err(Refused::NobodysWallet.into());
    }
    if queue.stakes.is_some() && account.is_none() {
        return Err(Refused::WalletMissing.into());
    }
    let now = ctx.clock.now();
    let drawn = Drawn {
        id: asked.makes.unwrap_or_else(|| TicketId(ctx.chance.id(now))),
        met: DrawnMatch::new(ctx, now),
        held_until: queue.entrance.held_until(now, u32::from_be_bytes(ctx.chance.bytes())),
        now,
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let (asked, along, name) = (asked.clone(), ctx.along(), queue.name.clone());
        let work = async move |tx: &mut Tx| {
            let queue = along.config.queue(&name).ok_or(JoinError::NoSuchQueue)?;
            join_once(tx, queue, &asked, drawn).await
        };
        match ctx.store.write(work).await {
            Err(JoinError::Store(store::Error::Constraint(_))) if tries < TRIES => {}
            outcome => return Ok(placed(ctx, outcome?).await?),
        }
    }
}

/// What does not depend on what is in the database.
#[derive(Clone, Copy)]
struct Drawn {
    id: TicketId,
    met: DrawnMatch,
    held_until: At,
    now: At,
}

async fn join_once(
    tx: &mut Tx,
    queue: &Queue,
    asked: &Join,
    drawn: Drawn,
) -> Result<Seen, JoinError> {
    let Drawn { id, held_until, now, .. } = drawn;
    let mut entry = Entry {
        ticket: id,
        owner: Owner {
            identity: asked.identity,
            connect_code: asked.connect_code.clone(),
            wallet: asked.wallet.clone(),
        },
        tier: asked.tier.clone(),
        rating: queue.rating_at_start,
        preferences: asked.preferences,
        priority: 0,
        since: now,
        held_until,
        fresh_at: now,
    };
    // Two that join at once would not see each other.
    tx.lock("queue").await?;
    if asked.makes.is_some()
        && let Some(seen) = seen(tx, id).await?
    {
        let before = &seen.ticket;
        let same = before.queue == queue.name
            && before.entry.tier == asked.tier
            && before.entry.owner == entry.owner;
        return if same { Ok(seen) } else { Err(JoinError::AskedOtherwise) };
    }
    // Where ratings count, a round decides, which knows all that wait.
    let meets = queue.mode.window().is_none();
    let field = rows::field(tx, &queue.name, &entry.owner, meets).await?;
    entry.rating = field.rating.unwrap_or(queue.rating_at_start);
    let waits = |ticket: &Ticket| Live { ticket: ticket.entry.ticket, doing: Doing::Waiting };
    let live: Vec<_> = field.busy.iter().copied().chain(field.mine.iter().map(waits)).collect();
    // Where nobody is asked, nobody can leave others waiting.
    let dodges = match queue.timing.ready_check.or(queue.timing.staking) {
        Some(_) => match_rows::dodges(tx, &entry.owner, now).await?,
        None => Vec::new(),
    };
    let applicant = Applicant {
        tier: asked.tier.as_deref(),
        preferences: entry.preferences,
        live: &live,
        dodges: &dodges,
    };
    for cancelled in enter(&queue.entrance, &applicant, now)? {
        leave_behind(tx, cancelled, Status::Cancelled, asked.identity, now);
    }
    let mut ticket = Ticket {
        entry,
        queue: queue.name.clone(),
        status: Status::Waiting,
        match_id: None,
        agent_id: asked.agent_id,
    };
    let Some(other) = met_at_once(&ticket.entry, &field.waiting, now) else {
        // It comes last, behind all that wait by now; whom it cancelled does not any more.
        let others = match field.waiting.as_slice() {
            [] if meets => 0,
            _some => rows::count(tx, &queue.name).await?,
        };
        rows::insert(tx, &ticket, asked.fighter_name.as_deref(), now);
        deadlines::set(tx, Kind::Entry, &id.to_string(), looked_after_at(queue, &ticket.entry));
        let body = json!({ "queue": queue.name, "ticket": id });
        tx.tell(event("queue.joined", now, asked.identity, body));
        return Ok(Seen { ticket, position: Some(others + 1), opponent: None });
    };
    ticket.status = Status::Matched;
    ticket.match_id = Some(drawn.met.id);
    rows::insert(tx, &ticket, asked.fighter_name.as_deref(), now);
    claim(tx, other.entry.ticket, drawn.met.id);
    matches::service::create(tx, drawn.met, queue, [other, &ticket], now);
    Ok(Seen { ticket, position: None, opponent: Some(Player::of(other)) })
}

/// Of the first that wait, whom somebody may meet who has just come.
fn met_at_once<'a>(entry: &Entry, waiting: &'a [Ticket], now: At) -> Option<&'a Ticket> {
    let entries: Vec<_> = waiting.iter().map(|ticket| ticket.entry.clone()).collect();
    let met = partner(entry, &entries, None, now)?;
    waiting.iter().find(|other| other.entry == *met)
}

/// Takes a waiting entry for a match.
pub(super) fn claim(tx: &mut Tx, id: TicketId, met: MatchId) {
    rows::claim(tx, id, met);
    deadlines::clear(tx, Kind::Entry, &id.to_string());
}

/// Others spoilt the match of an entry: it waits again, at its old place.
pub(crate) async fn put_back(
    tx: &mut Tx,
    id: TicketId,
    owner: &Owner,
    now: At,
) -> Result<(), store::Error> {
    tx.lock("queue").await?;
    let Some(ticket) = rows::find(tx, id).await? else { return Ok(()) };
    // Its owner waits elsewhere by now, and nobody waits twice.
    if rows::waits(tx, owner).await? {
        rows::give_up(tx, id);
        return Ok(());
    }
    let entry = ticket.entry.returned(now);
    rows::put_back(tx, &entry);
    // The deadline looks how long this queue lets its entries wait.
    deadlines::set(tx, Kind::Entry, &id.to_string(), now);
    Ok(())
}

/// Leaves the queue; whether the entry waited.
pub(crate) async fn leave(ctx: &Ctx, id: TicketId) -> Result<bool, store::Error> {
    let now = ctx.clock.now();
    ctx.store.write(async move |tx: &mut Tx| leave_now(tx, id, now).await).await
}

/// Leaves the queue, as part of a transaction.
pub(crate) async fn leave_now(tx: &mut Tx, id: TicketId, now: At) -> Result<bool, store::Error> {
    let found = rows::find(tx, id).await?;
    let Some(ticket) = found.filter(|ticket| ticket.status == Status::Waiting) else {
        return Ok(false);
    };
    leave_behind(tx, id, Status::Cancelled, ticket.entry.owner.identity, now);
    Ok(true)
}

/// An operator lets an entry go before others, or not any more. Its entry, if there is one; only
/// while it waits does that change anything.
pub(crate) async fn prefer(
    ctx: &Ctx,
    act: Act,
    id: TicketId,
    priority: u8,
) -> Result<Option<Ticket>, store::Error> {
    let work = async move |tx: &mut Tx| {
        let Some(mut ticket) = rows::find(tx, id).await? else { return Ok(None) };
        if ticket.status == Status::Waiting {
            rows::prefer(tx, id, priority);
            ticket.entry.priority = priority;
            let body = json!({ "queue": ticket.queue, "ticket": id, "priority": priority });
            let whose = ticket.entry.owner.identity;
            act.tell(tx, "admin.entry_preferred", &whose.map_or(To::Named, To::user), body);
        }
        Ok::<_, store::Error>(Some(ticket))
    };
    ctx.store.write(work).await
}

/// Its owner may want to know that an entry will not live for ever; or its time is over.
pub(crate) async fn look_after(
    along: &Along,
    tx: &mut Tx,
    subject: &str,
    now: At,
) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    let found = rows::find(tx, id).await?;
    let Some(ticket) = found.filter(|ticket| ticket.status == Status::Waiting) else {
        return Ok(());
    };
    let Some(queue) = along.config.queue(&ticket.queue) else {
        // Of a queue that is not configured any more.
        leave_behind(tx, id, Status::Expired, ticket.entry.owner.identity, now);
        return Ok(());
    };
    let entry = &ticket.entry;
    let dies_at = dies_at(queue, entry);
    if dies_at <= now {
        leave_behind(tx, id, Status::Expired, entry.owner.identity, now);
        return Ok(());
    }
    if queue.entrance.expiry.age(entry, now) == Age::Warned
        && !queue.entrance.expiry.renewed_by_poll
    {
        let body = json!({ "queue": queue.name, "ticket": id, "expires_at": dies_at });
        tx.tell(event("queue.expiring", now, entry.owner.identity, body));
        deadlines::set(tx, Kind::Entry, subject, dies_at);
    } else {
        deadlines::set(tx, Kind::Entry, subject, looked_after_at(queue, entry));
    }
    Ok(())
}

/// When something is due: a warning where nobody polls, and then its end.
fn looked_after_at(queue: &Queue, entry: &Entry) -> At {
    if queue.entrance.expiry.renewed_by_poll {
        dies_at(queue, entry)
    } else {
        queue.entrance.expiry.warned_at(entry)
    }
}

/// An operator closes the queue of an entry that waits.
pub(crate) fn put_out(tx: &mut Tx, ticket: &Ticket, now: At) {
    let identity = ticket.entry.owner.identity;
    leave_behind(tx, ticket.entry.ticket, Status::Cancelled, identity, now);
}

/// An operator ends the wait of an entry.
pub(crate) fn expire(tx: &mut Tx, ticket: &Ticket, now: At) {
    let identity = ticket.entry.owner.identity;
    leave_behind(tx, ticket.entry.ticket, Status::Expired, identity, now);
}

fn leave_behind(tx: &mut Tx, id: TicketId, status: Status, identity: Option<PlayerId>, now: At) {
    rows::end(tx, id, status);
    deadlines::clear(tx, Kind::Entry, &id.to_string());
    let kind = if status == Status::Expired { "queue.expired" } else { "queue.left" };
    tx.tell(event(kind, now, identity, json!({ "ticket": id })));
}

fn dies_at(queue: &Queue, entry: &Entry) -> At {
    let expiry = queue.entrance.expiry;
    let untold = if expiry.renewed_by_poll { POLL_TRACE } else { Span::ZERO };
    expiry.expires_at(entry) + untold
}

fn event(kind: &'static str, at: At, identity: Option<PlayerId>, body: serde_json::Value) -> Draft {
    Draft { at, kind, match_id: None, identity_id: identity.map(|id| id.to_string()), body }
}
