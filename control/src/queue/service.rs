//! Join, look, leave, expire: load, ask the rules, save, in one transaction.

use serde_json::json;

use super::rules::joining::{Applicant, Doing, Live, Refused, enter};
use super::rules::pairing::partner;
use super::rules::{Entry, Owner, Preferences};
use super::{MELEE, Status, Ticket, melee};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::{self, Player};
use crate::ratings::rules::Rating;
use crate::store::events::Draft;
use crate::store::{self, Tx, deadlines, queue as rows};
use crate::time::{At, Span};

/// Whoever joins is held against so many of those that wait, in their order. Where everybody may
/// meet everybody but himself, the fourth is always somebody else: of one's own there is at most
/// one by each of three names.
const CANDIDATES: i64 = 4;
/// A poll within so long after the last one leaves no trace, or each of them would be a write. It
/// is added to the life of an entry, so that none ends early.
const POLL_TRACE: Span = Span::seconds(10);
/// How often a join is decided again after another one of the same owner came first.
const TRIES: u32 = 3;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) identity: Option<PlayerId>,
    pub(crate) connect_code: String,
    pub(crate) wallet: Option<String>,
    pub(crate) agent_id: Option<i64>,
    pub(crate) fighter_name: Option<String>,
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
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Enters the queue, and meets whoever waits there.
pub(crate) async fn join(ctx: &Ctx, asked: Join) -> Result<Seen, JoinError> {
    let now = ctx.clock.now();
    let (id, match_id) = (TicketId(ctx.chance.id(now)), MatchId(ctx.chance.id(now)));
    let held_until = melee().held_until(now, u32::from_be_bytes(ctx.chance.bytes()));
    let length = ctx.config.match_length;
    let mut tries = 0;
    loop {
        tries += 1;
        let asked = asked.clone();
        let work = async move |tx: &mut Tx| {
            let drawn = Drawn { id, match_id, held_until, now, length };
            join_once(tx, &asked, drawn).await
        };
        match ctx.store.write(work).await {
            Err(JoinError::Store(store::Error::Constraint(_))) if tries < TRIES => {}
            outcome => return outcome,
        }
    }
}

/// What does not depend on what is in the database.
#[derive(Clone, Copy)]
struct Drawn {
    id: TicketId,
    match_id: MatchId,
    held_until: At,
    now: At,
    length: Span,
}

async fn join_once(tx: &mut Tx, asked: &Join, drawn: Drawn) -> Result<Seen, JoinError> {
    let Drawn { id, match_id, held_until, now, length } = drawn;
    let entry = Entry {
        ticket: id,
        owner: Owner {
            identity: asked.identity,
            connect_code: Some(asked.connect_code.clone()),
            wallet: asked.wallet.clone(),
        },
        tier: None,
        rating: Rating::MELEE,
        preferences: Preferences::default(),
        priority: 0,
        since: now,
        held_until,
        fresh_at: now,
    };
    // Two that join at once would not see each other.
    tx.lock("queue").await?;
    let field = rows::field(tx, MELEE, &entry.owner, CANDIDATES).await?;
    let live =
        field.mine.iter().map(|ticket| Live { ticket: ticket.entry.ticket, doing: Doing::Waiting });
    let live: Vec<_> = live.collect();
    let applicant =
        Applicant { tier: None, preferences: entry.preferences, live: &live, dodges: &[] };
    for cancelled in enter(melee(), &applicant, now)? {
        leave_behind(tx, cancelled, Status::Cancelled, asked.identity, now);
    }
    let mut ticket = Ticket {
        entry,
        queue: MELEE.to_owned(),
        status: Status::Waiting,
        match_id: None,
        agent_id: asked.agent_id,
    };
    let waiting: Vec<_> = field.waiting.iter().map(|ticket| ticket.entry.clone()).collect();
    let met = partner(&ticket.entry, &waiting, None, now);
    let met = met.and_then(|met| field.waiting.iter().find(|other| other.entry == *met));
    let Some(other) = met else {
        rows::insert(tx, &ticket, asked.fighter_name.as_deref(), now);
        deadlines::set(tx, Kind::Entry, &id.to_string(), dies_at(&ticket.entry));
        let body = json!({ "queue": MELEE, "ticket": id });
        tx.tell(event("queue.joined", now, asked.identity, None, body));
        let mine_in_queue = field.mine.iter().filter(|mine| mine.queue == MELEE).count();
        let others = field.waiting_count - i64::try_from(mine_in_queue).unwrap_or(0);
        return Ok(Seen { ticket, position: Some(others + 1), opponent: None });
    };
    ticket.status = Status::Matched;
    ticket.match_id = Some(match_id);
    rows::claim(tx, other.entry.ticket, match_id);
    deadlines::clear(tx, Kind::Entry, &other.entry.ticket.to_string());
    rows::insert(tx, &ticket, asked.fighter_name.as_deref(), now);
    matches::service::create(tx, match_id, MELEE, [other, &ticket], now, length);
    Ok(Seen { ticket, position: None, opponent: Some(Player::of(other)) })
}

/// A look at an entry by whoever holds it; a sign of life.
pub(crate) async fn look(ctx: &Ctx, id: TicketId) -> Result<Option<Seen>, store::Error> {
    let seen = ctx.store.read(async move |tx| seen(tx, id).await).await?;
    let now = ctx.clock.now();
    if let Some(Seen { ticket, .. }) = &seen
        && ticket.status == Status::Waiting
        && now.since(ticket.entry.fresh_at) >= POLL_TRACE
    {
        let fresh = Entry { fresh_at: now, ..ticket.entry.clone() };
        let work = async move |tx: &mut Tx| {
            rows::refresh(tx, id, now);
            let waits = rows::find(tx, id).await?.is_some_and(|it| it.status == Status::Waiting);
            if waits {
                deadlines::set(tx, Kind::Entry, &id.to_string(), dies_at(&fresh));
            }
            Ok::<_, store::Error>(())
        };
        ctx.store.write(work).await?;
    }
    Ok(seen)
}

async fn seen(tx: &mut Tx, id: TicketId) -> Result<Option<Seen>, store::Error> {
    let Some(ticket) = rows::find(tx, id).await? else { return Ok(None) };
    let position = match ticket.status {
        Status::Waiting => Some(rows::position(tx, &ticket).await?),
        Status::Matched | Status::Cancelled | Status::Expired => None,
    };
    let opponent = match ticket.match_id {
        Some(match_id) => matches::service::opponent(tx, match_id, id).await?,
        None => None,
    };
    Ok(Some(Seen { ticket, position, opponent }))
}

/// Leaves the queue; whether the entry waited.
pub(crate) async fn leave(ctx: &Ctx, id: TicketId) -> Result<bool, store::Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        let found = rows::find(tx, id).await?;
        let Some(ticket) = found.filter(|ticket| ticket.status == Status::Waiting) else {
            return Ok::<_, store::Error>(false);
        };
        leave_behind(tx, id, Status::Cancelled, ticket.entry.owner.identity, now);
        Ok(true)
    };
    ctx.store.write(work).await
}

/// An entry's time is over, unless a poll has given it more.
pub(crate) async fn expire(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    let found = rows::find(tx, id).await?;
    let Some(ticket) = found.filter(|ticket| ticket.status == Status::Waiting) else {
        return Ok(());
    };
    if dies_at(&ticket.entry) > now {
        deadlines::set(tx, Kind::Entry, subject, dies_at(&ticket.entry));
    } else {
        leave_behind(tx, id, Status::Expired, ticket.entry.owner.identity, now);
    }
    Ok(())
}

fn leave_behind(tx: &mut Tx, id: TicketId, status: Status, identity: Option<PlayerId>, now: At) {
    rows::end(tx, id, status);
    deadlines::clear(tx, Kind::Entry, &id.to_string());
    let kind = if status == Status::Expired { "queue.expired" } else { "queue.left" };
    tx.tell(event(kind, now, identity, None, json!({ "ticket": id })));
}

fn dies_at(entry: &Entry) -> At {
    melee().expiry.expires_at(entry) + POLL_TRACE
}

fn event(
    kind: &'static str,
    at: At,
    identity: Option<PlayerId>,
    match_id: Option<MatchId>,
    body: serde_json::Value,
) -> Draft {
    let match_id = match_id.map(|id| id.to_string());
    Draft { at, kind, match_id, identity_id: identity.map(|id| id.to_string()), body }
}
