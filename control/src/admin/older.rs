//! Acts of the older interface, which knows nothing of reasons: their lines name the call instead.
//!
//! They concern the queue that the older interface knows; what is made elsewhere is left alone.

use serde_json::json;

use super::audit::To;
use super::{Act, Error};
use crate::context::Ctx;
use crate::ids::{MatchId, TicketId};
use crate::matches::listing::{Filter, Of, Standing};
use crate::matches::rules::{Event, Side, Sides};
use crate::matches::service::{Drawn, Error as MatchError};
use crate::matches::{Match, service};
use crate::queue::rules::{Entry, Preferences};
use crate::queue::service::leave_now;
use crate::queue::{self, MELEE, Status, Ticket};
use crate::store::{Tx, gauges, identities, matches as rows, queue as entries};

/// Entries, or matches, that are ended in one transaction.
const AT_ONCE: usize = 64;

/// What was ended, and what is left in all queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) entries: usize,
    pub(crate) matches: usize,
    pub(crate) waiting: i64,
    pub(crate) active: i64,
}

/// A match that was begun anew.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    pub(crate) id: MatchId,
    pub(crate) codes: Sides<Option<String>>,
    pub(crate) entries: Sides<TicketId>,
}

/// Ends every wait and every game of the older interface's queue.
pub(crate) async fn cleanup(ctx: &Ctx, act: Act) -> Result<Cleaned, Error> {
    let mut cleaned = Cleaned::default();
    loop {
        let act = act.clone();
        let work = async move |tx: &mut Tx| {
            tx.lock("queue").await?;
            let waiting = entries::all_waiting(tx, MELEE).await?;
            // Who comes meanwhile waits on.
            let some = waiting.iter().filter(|it| it.entry.since <= act.at()).take(AT_ONCE);
            some.clone().for_each(|ticket| queue::service::expire(tx, ticket, act.at()));
            let some = some.count();
            if some > 0 {
                let what = json!({ "queue": MELEE, "expired": some });
                act.tell(tx, "admin.entries_expired", &To::Named, what);
            }
            Ok::<_, Error>(some)
        };
        match ctx.store.write(work).await? {
            0 => break,
            some => cleaned.entries += some,
        }
    }
    // From the newest to the oldest, so that one that cannot be ended is not met again.
    let mut before = None;
    loop {
        let act = act.clone();
        let work = async move |tx: &mut Tx| {
            let filter = Filter {
                of: Of::Anybody,
                queue: Some(MELEE.to_owned()),
                standing: Standing::In("active".to_owned()),
                before,
                since: None,
                until: None,
            };
            let some = rows::list(tx, &filter, AT_ONCE as i64).await?;
            let last = some.last().map(|found| found.id);
            let mut ended = 0;
            for found in some {
                ended += usize::from(end(tx, found, &act).await?.1);
            }
            Ok::<_, Error>((last, ended))
        };
        let (last, ended) = ctx.store.write(work).await?;
        cleaned.matches += ended;
        match last {
            None => break,
            Some(_) => before = last,
        }
    }
    let left = async |tx: &mut Tx| Ok::<_, Error>(gauges::health(tx).await?);
    let (waiting, active, _live) = ctx.store.read(left).await?;
    Ok(Cleaned { waiting, active, ..cleaned })
}

/// Ends a match that has no result: every stake goes back. Whether that changed anything.
pub(crate) async fn expire(ctx: &Ctx, act: Act, id: MatchId) -> Result<(Match, bool), Error> {
    let work = async move |tx: &mut Tx| {
        let found = rows::find(tx, id).await?.ok_or(MatchError::Unknown)?;
        end(tx, found, &act).await
    };
    ctx.store.write(work).await
}

async fn end(tx: &mut Tx, found: Match, act: &Act) -> Result<(Match, bool), Error> {
    let was = found.state.name();
    let found = service::apply(tx, found, Event::TimePassed, act.at()).await?;
    if found.state.old_name() != "playing" {
        return Ok((found, false));
    }
    let ended = service::apply(tx, found, Event::Void, act.at()).await?;
    act.tell(tx, "admin.match_expired", &To::Match(ended.id.to_string()), json!({ "was": was }));
    Ok((ended, true))
}

/// Both sides of a match meet again at once, by fresh entries; where one of them waits, it does not
/// any more.
pub(crate) async fn rematch(ctx: &Ctx, act: Act, id: MatchId) -> Result<Repeated, Error> {
    let drawn = Drawn::new(ctx, act.at());
    let fresh = Sides {
        first: TicketId(ctx.chance.id(act.at())),
        second: TicketId(ctx.chance.id(act.at())),
    };
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        tx.lock("queue").await?;
        let found = rows::find(tx, id).await?.ok_or(MatchError::Unknown)?;
        let queue = along.config.queue(&found.queue).ok_or(Error::NoSuchQueue)?;
        if !queue.entrance.while_playing {
            return Err(Error::NotRepeated);
        }
        if have_one_wallet(&found) {
            return Err(Error::SameWallet);
        }
        let mut tickets = Vec::new();
        for side in Side::BOTH {
            let player = found.players.of(side);
            let owner = player.owner();
            let field = entries::field(tx, &queue.name, &owner, false).await?;
            for waiting in &field.mine {
                leave_now(tx, waiting.entry.ticket, act.at()).await?;
            }
            let entry = Entry {
                ticket: *fresh.of(side),
                owner,
                tier: found.tier.clone(),
                rating: field.rating.unwrap_or(queue.rating_at_start),
                preferences: Preferences::default(),
                priority: 0,
                since: act.at(),
                held_until: act.at(),
                fresh_at: act.at(),
            };
            let ticket = Ticket {
                entry,
                queue: queue.name.clone(),
                status: Status::Matched,
                match_id: Some(drawn.id),
                agent_id: player.agent_id,
            };
            entries::insert(tx, &ticket, None, act.at());
            tickets.push(ticket);
        }
        let [first, second] = &tickets[..] else { unreachable!("a match has two sides") };
        service::create(tx, drawn, queue, [first, second], act.at());
        let what = json!({ "new_match_id": drawn.id });
        act.tell(tx, "admin.match_repeated", &To::Match(id.to_string()), what);
        let code = |side| found.players.of(side).connect_code.clone();
        let codes = Sides { first: code(Side::First), second: code(Side::Second) };
        Ok(Repeated { id: drawn.id, codes, entries: fresh })
    };
    ctx.store.write(work).await
}

/// A side without a wallet gets that of its entry, or of its account. Never that of another entry
/// with the same connect code: anybody may join under any code.
pub(crate) async fn backfill_wallets(ctx: &Ctx, act: Act, id: MatchId) -> Result<Match, Error> {
    let work = async move |tx: &mut Tx| {
        let mut found = rows::find(tx, id).await?.ok_or(MatchError::Unknown)?;
        let mut filled = Vec::new();
        for side in Side::BOTH {
            let player = found.players.of(side).clone();
            if player.wallet.is_some() {
                continue;
            }
            let entry = entries::find(tx, player.entry).await?;
            let mut wallet = entry.and_then(|ticket| ticket.entry.owner.wallet);
            if let (None, Some(identity)) = (&wallet, player.identity) {
                wallet = identities::by_id(tx, identity).await?.and_then(|it| it.wallet);
            }
            let Some(wallet) = wallet else { continue };
            rows::set_wallet(tx, id, side, &wallet);
            found.players.of_mut(side).wallet = Some(wallet);
            filled.push(side);
        }
        if filled.is_empty() {
            return Ok(found);
        }
        if have_one_wallet(&found) {
            return Err(Error::SameWallet);
        }
        rows::touch(tx, &mut found);
        let what = json!({ "sides": filled });
        act.tell(tx, "admin.wallets_filled", &To::Match(id.to_string()), what);
        Ok(found)
    };
    ctx.store.write(work).await
}

/// Whether both sides are one on the chain, whose contracts know nobody who plays himself.
fn have_one_wallet(of: &Match) -> bool {
    let [first, second] = Side::BOTH.map(|side| of.players.of(side).wallet.as_ref());
    first.zip(second).is_some_and(|(first, second)| first.eq_ignore_ascii_case(second))
}
