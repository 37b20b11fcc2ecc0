//! Sides show up, or an operator asks for the next game, and matches are made.

use serde_json::json;

use super::rules::game::{Effect, Refused, State};
use super::rules::settings::Pace;
use super::rules::{Pairing, Spot};
use super::whole::Whole;
use super::{Entrant, Error, Status, TournamentId};
use crate::admin::{Act, To};
use crate::context::{Along, Ctx};
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::rules::{Side, Sides, Timing};
use crate::matches::service::Drawn;
use crate::queue::rules::config::Queue;
use crate::queue::rules::{Entry, Preferences};
use crate::queue::{self, Ticket};
use crate::store::{self, Tx, matches as match_rows, queue as queue_rows, tournaments as rows};
use crate::time::At;
use crate::{duel, matches};

/// Who speaks for an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Speaker {
    /// Whoever knows its key.
    Key(TicketId),
    /// Who is logged in and entered.
    Identity(PlayerId),
}

/// A game, as one of its sides sees it.
#[derive(Clone, Debug)]
pub(crate) struct Mine {
    pub(crate) whole: Whole,
    pub(crate) pairing: Pairing,
    pub(crate) side: Side,
    pub(crate) state: State,
    /// What it speaks with in the match, once there is one.
    pub(crate) queue_id: Option<TicketId>,
}

impl Mine {
    /// Whose game it is, and against whom.
    pub(crate) fn names(&self) -> Option<[&str; 2]> {
        let [first, second] = self.pairing.met()?;
        let (me, other) = match self.side {
            Side::First => (first, second),
            Side::Second => (second, first),
        };
        Some([self.whole.name_of(me)?, self.whole.name_of(other)?])
    }
}

/// A match that an operator asked for, with what each side speaks with.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(crate) whole: Whole,
    pub(crate) spot: Spot,
    pub(crate) tickets: Sides<TicketId>,
}

/// What `next` comes to.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Begun(Begun),
    /// Nothing can be played now: it is over, or what is played has to end first.
    Nothing(Whole),
}

/// An entry is there for its game. Asked again, it is answered with how that stands.
pub(crate) async fn show_up(ctx: &Ctx, id: TournamentId, who: Speaker) -> Result<Mine, Error> {
    let now = ctx.clock.now();
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let whole = Whole::load(tx, id).await?;
        let me = speaker(&whole, who)?;
        let seed = me.seed.ok_or(Error::StillOpen)?;
        whole.played()?;
        if me.withdrawn.is_some() {
            return Err(Error::Withdrawn);
        }
        let before = whole.clone();
        let mut course = before.course();
        let (pairing, side) = course.current(seed).ok_or(Refused::NotCalled)?;
        let mut changed = Vec::new();
        if let Some(State::Called { .. }) = course.games().get(&pairing.spot).map(|it| it.state) {
            let queue = queue_of(&along, &whole)?;
            if is_busy(tx, queue, me).await? {
                return Err(Error::Busy(me.name.clone()));
            }
            changed = course.show_up(pairing.spot, side)?;
            let other = opponent(&whole, &pairing, side);
            if !changed.is_empty() && is_busy(tx, queue, other.ok_or(Error::NotAnEntry)?).await? {
                course.leave(pairing.spot, side.other());
                changed.clear();
            }
        }
        if changed.contains(&Effect::Begin(pairing.spot)) {
            let began = begin(tx, &along, &whole, &pairing, now).await?;
            course.began(pairing.spot, began);
        }
        let whole = if course.games() == &before.games {
            whole
        } else {
            whole.keep(tx, &course, &changed, now)
        };
        let state = course.games().get(&pairing.spot).map_or(State::Waiting, |game| game.state);
        let queue_id = match state {
            State::Playing { match_id } => ticket(tx, match_id, side).await?,
            State::Waiting | State::Called { .. } | State::Stalled | State::Decided { .. } => None,
        };
        Ok(Mine { whole, pairing, side, state, queue_id })
    };
    ctx.store.write(work).await
}

/// The entry that somebody speaks for.
pub(super) fn speaker(whole: &Whole, who: Speaker) -> Result<&Entrant, Error> {
    let is = |entry: &&Entrant| match who {
        Speaker::Key(key) => entry.key == key,
        Speaker::Identity(id) => entry.owner.identity == Some(id),
    };
    whole.entries.iter().find(is).ok_or(Error::NotAnEntry)
}

fn opponent<'a>(whole: &'a Whole, pairing: &Pairing, side: Side) -> Option<&'a Entrant> {
    let [first, second] = pairing.met()?;
    whole.entrant(match side {
        Side::First => second,
        Side::Second => first,
    })
}

pub(super) async fn ticket(
    tx: &mut Tx,
    id: MatchId,
    side: Side,
) -> Result<Option<TicketId>, store::Error> {
    Ok(match_rows::find(tx, id).await?.map(|found| found.players.of(side).entry))
}

fn queue_of<'a>(along: &'a Along, whole: &Whole) -> Result<&'a Queue, Error> {
    along.config.queue(&whole.tournament.settings.queue).ok_or(Error::NoSuchQueue)
}

/// Whether somebody is in a match that has to end before the next.
async fn is_busy(tx: &mut Tx, queue: &Queue, who: &Entrant) -> Result<bool, store::Error> {
    // Two that look at once would not see each other.
    tx.lock("queue").await?;
    let field = queue_rows::field(tx, &queue.name, &who.owner, false).await?;
    Ok(!queue.entrance.while_playing && !field.busy.is_empty())
}

/// Makes a match of a game. Whoever waits in a queue leaves it.
async fn begin(
    tx: &mut Tx,
    along: &Along,
    whole: &Whole,
    pairing: &Pairing,
    now: At,
) -> Result<MatchId, Error> {
    let queue = queue_of(along, whole)?;
    // Both have shown up, or an operator begins it: nobody is asked once more, nor for a stake.
    let timing = Timing { ready_check: None, staking: None, ..queue.timing };
    let queue = Queue { timing, stakes: None, ..queue.clone() };
    let drawn =
        Drawn { id: MatchId(along.chance.id(now)), secret: duel::Secret::draw(&along.chance) };
    let mut tickets = Vec::with_capacity(2);
    for seed in pairing.met().ok_or(Refused::NoGame)? {
        let entrant = whole.entrant(seed).ok_or(Error::NotAnEntry)?;
        let field = queue_rows::field(tx, &queue.name, &entrant.owner, false).await?;
        for waiting in &field.mine {
            queue::service::put_out(tx, waiting, now);
        }
        let entry = Entry {
            ticket: TicketId(along.chance.id(now)),
            owner: entrant.owner.clone(),
            tier: whole.tournament.settings.tier.clone(),
            rating: field.rating.unwrap_or(queue.rating_at_start),
            preferences: Preferences::default(),
            priority: 0,
            since: now,
            held_until: now,
            fresh_at: now,
        };
        let ticket = Ticket {
            entry,
            queue: queue.name.clone(),
            status: queue::Status::Matched,
            match_id: Some(drawn.id),
            agent_id: entrant.agent_id,
        };
        let character = Some(&*entrant.character).filter(|it| !it.is_empty());
        queue_rows::insert(tx, &ticket, character, now);
        tickets.push(ticket);
    }
    if let [first, second] = &tickets[..] {
        matches::service::create(tx, drawn, &queue, [first, second], now);
    }
    rows::insert_match(tx, whole.tournament.id, pairing.spot, drawn.id);
    Ok(drawn.id)
}

/// An operator asks for the next game.
pub(crate) async fn next(ctx: &Ctx, act: Act, id: TournamentId) -> Result<Next, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = act.at();
        let mut whole = Whole::load(tx, id).await?;
        match whole.tournament.status {
            Status::Registration => return Err(Error::StillOpen),
            Status::Pending | Status::Active => {}
            Status::Complete => return Ok(Next::Nothing(whole)),
        }
        if whole.tournament.settings.pace == Pace::Own {
            return Err(Error::OwnPace);
        }
        whole.tournament.status = Status::Active;
        let before = whole.clone();
        let mut course = before.course();
        let mut effects = course.go_on(now);
        let Some(spot) = course.next() else {
            if effects.is_empty() {
                return Ok(Next::Nothing(whole));
            }
            return Ok(Next::Nothing(whole.keep(tx, &course, &effects, now)));
        };
        let pairing = *course.bracket().at(spot).ok_or(Refused::NoGame)?;
        for side in Side::BOTH {
            let entrant = opponent(&whole, &pairing, side).ok_or(Error::NotAnEntry)?;
            if is_busy(tx, queue_of(&along, &whole)?, entrant).await? {
                return Err(Error::Busy(entrant.name.clone()));
            }
        }
        let match_id = begin(tx, &along, &whole, &pairing, now).await?;
        course.began(spot, match_id);
        effects.push(Effect::Begin(spot));
        let what = json!({ "tournament_id": id, "round": spot.round, "slot": spot.slot });
        act.tell(tx, "admin.tournament_game", &To::Match(match_id.to_string()), what);
        let whole = whole.keep(tx, &course, &effects, now);
        let found = match_rows::find(tx, match_id).await?.ok_or(Error::NotAnEntry)?;
        let [first, second] = Side::BOTH.map(|side| found.players.of(side).entry);
        Ok(Next::Begun(Begun { whole, spot, tickets: Sides { first, second } }))
    };
    ctx.store.write(work).await
}
