//! A wager is proposed, answered, told what becomes of its match and what the contract says, and
//! stored with its deadline, its job and its log line in one transaction.

use serde_json::json;

use super::Wager;
use super::contract::{REFUND, SETTLE, standing};
use super::rules::{self, Backing, Event, PROPOSE_WITHIN, Refused, Standing, State, Terms, Want};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::jobs;
use crate::matches::Match;
use crate::matches::rules::{Effect, Outcome, Side, Sides, State as Course};
use crate::onchain::Account;
use crate::store::{self, Tx, deadlines, events::Draft, matches, wagers as rows};
use crate::time::At;
use crate::uint::{WagerId, Wei};

/// Who speaks for a side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Speaker {
    /// Whoever knows its entry.
    Entry(TicketId),
    /// Whoever is logged in as its player.
    Identity(PlayerId),
}

/// Why something about a wager did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Match not found")]
    Unknown,
    #[error("this entry plays no side of this match")]
    NotASide,
    #[error("nothing was proposed")]
    NoWager,
    #[error("this match has a wager already: answer that one")]
    Exists,
    #[error(
        "this match has a wager already, which has no number yet: GET /v1/matches/{0}/wager shows it"
    )]
    ExistsUnnumbered(MatchId),
    #[error(
        "its proposer has not said yet what the contract calls it: wait until this match shows its \
         number, or POST /v1/matches/{0}/wager/accept"
    )]
    Unnumbered(MatchId),
    #[error("the game has started: wagers are made before it")]
    Started,
    #[error("the match is over")]
    Over,
    #[error("both sides need a wallet, 0x and 40 digits each, to stake on the chain")]
    NoWallets,
    #[error("the contract says otherwise of this wager: {0}")]
    Contradicted(&'static str),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A side proposes a wager. The same again is answered as before; with a number, where there was
/// none, it says what the contract calls it.
pub(crate) async fn propose(
    ctx: &Ctx,
    id: MatchId,
    who: Speaker,
    amount: Wei,
    wager: Option<WagerId>,
) -> Result<Wager, Error> {
    let now = ctx.clock.now();
    let backing = ctx.config.wagers;
    let work = async move |tx: &mut Tx| {
        let (found, by) = side(tx, id, who).await?;
        let terms = Terms { by, amount, id: wager };
        if let Some(stands) = rows::find(tx, id).await? {
            let nameless = Terms { id: None, ..terms.clone() };
            let unnamed = Terms { id: None, ..stands.terms.clone() };
            return match (stands.terms.id, wager) {
                _ if nameless != unnamed && !stands.is_told_as_before() => {
                    Err(Error::ExistsUnnumbered(id))
                }
                _ if nameless != unnamed => Err(Error::Exists),
                (None, Some(_)) => name(tx, Wager { terms, ..stands }, now).await,
                (Some(known), Some(said)) if known != said => Err(Error::Exists),
                (Some(_) | None, _) => Ok(stands),
            };
        }
        may_agree(&found, now)?;
        if !found.start_is_seen() && found.created_at + PROPOSE_WITHIN <= now {
            return Err(Error::Started);
        }
        let wallets = wallets(&found);
        if backing == Backing::Contract && (wallets.first.is_none() || wallets.second.is_none()) {
            return Err(Error::NoWallets);
        }
        let mut made = Wager {
            match_id: id,
            terms,
            backing,
            wallets,
            state: State::Proposed { answer_by: now + rules::ANSWER_WITHIN },
            standing: Standing::Word,
            version: 0,
            proposed_at: now,
        };
        made.standing = unanswered(tx, &made).await?;
        rows::insert(tx, &made);
        watch(tx, &made, now);
        tx.tell(line(&made, "wager.proposed", now));
        Ok(made)
    };
    ctx.store.write(work).await
}

/// What the contract calls a wager is said by its proposer, however late: by it alone both hear of
/// the stakes that are there, and can have them back. The other side may have paid by then.
async fn name(tx: &mut Tx, of: Wager, now: At) -> Result<Wager, Error> {
    let standing = standing(tx, &of).await?;
    let is_held = matches!(standing, Standing::Wrong { held_since: Some(_) });
    if let Some(why) = contradiction(&standing).filter(|_| !is_held) {
        return Err(Error::Contradicted(why));
    }
    let named = Wager { standing, version: of.version + 1, ..of };
    rows::save(tx, &named);
    watch(tx, &named, now);
    tx.tell(line(&named, "wager.chain", now));
    Ok(apply(tx, named, Event::Name, now)?)
}

/// What the contract says of an offer that nobody can have answered there yet.
async fn unanswered(tx: &mut Tx, of: &Wager) -> Result<Standing, Error> {
    let standing = standing(tx, of).await?;
    if matches!(standing, Standing::Locked { .. }) {
        return Err(Error::Contradicted("it is accepted already"));
    }
    contradiction(&standing).map_or(Ok(standing), |why| Err(Error::Contradicted(why)))
}

/// Why an offer of the contract is not what is proposed here.
fn contradiction(standing: &Standing) -> Option<&'static str> {
    match standing {
        Standing::Word | Standing::Unseen | Standing::Open { .. } | Standing::Locked { .. } => None,
        Standing::Paid { .. } | Standing::PaidElsewhere { .. } => Some("it is settled already"),
        Standing::Returned => Some("its stake was taken back"),
        Standing::Wrong { .. } => {
            Some("another proposer, opponent, game or amount, or it is another match's")
        }
    }
}

/// A side agrees to what the other proposed.
pub(crate) async fn accept(ctx: &Ctx, id: MatchId, who: Speaker) -> Result<Wager, Error> {
    answer(ctx, id, who, Event::Accept, |_| true).await
}

/// The same, for who knows of no wager without a number.
pub(crate) async fn accept_as_before(ctx: &Ctx, id: MatchId, who: Speaker) -> Result<Wager, Error> {
    answer(ctx, id, who, Event::Accept, Wager::is_told_as_before).await
}

/// A side does not want it, or takes its own proposal back.
pub(crate) async fn decline(ctx: &Ctx, id: MatchId, who: Speaker) -> Result<Wager, Error> {
    answer(ctx, id, who, Event::Decline, |_| true).await
}

/// The wager of a match, if the match is there.
pub(crate) async fn find(ctx: &Ctx, id: MatchId) -> Result<Option<Wager>, Error> {
    let read = async move |tx: &mut Tx| {
        let found = rows::find(tx, id).await?;
        if found.is_none() {
            matches::find(tx, id).await?.ok_or(Error::Unknown)?;
        }
        Ok(found)
    };
    ctx.store.read(read).await
}

/// What the winner of a match gets for its wager, if nobody else can get it.
pub(crate) async fn prize(tx: &mut Tx, id: MatchId) -> Result<Option<Wei>, store::Error> {
    let found = rows::find(tx, id).await?;
    let held = found.filter(|wager| {
        let won = matches!(wager.state, State::Decided { .. } | State::Won { .. });
        won && rules::is_secured(&wager.state, &wager.standing)
    });
    Ok(held.map(|wager| wager.terms.amount.plus(wager.terms.amount)))
}

/// Something follows from what happened to a match: part of the transaction in which it did.
pub(crate) async fn follow(
    tx: &mut Tx,
    of: &Match,
    effect: &Effect,
    now: At,
) -> Result<(), store::Error> {
    let event = match effect {
        Effect::Start if of.start_is_seen() => Event::Start,
        Effect::Decide { outcome } => Event::Decide(match outcome {
            Outcome::Won { winner, .. } => Some(*winner),
            Outcome::Drawn { .. } => None,
        }),
        Effect::Close => Event::Close,
        Effect::Refund => Event::Refund,
        Effect::Start
        | Effect::Stakes
        | Effect::CountDown { .. }
        | Effect::Missing { .. }
        | Effect::Back { .. }
        | Effect::Free { .. }
        | Effect::Dodged { .. }
        | Effect::Dispute => return Ok(()),
    };
    let Some(found) = rows::find(tx, of.id).await? else { return Ok(()) };
    let _never_refused = apply(tx, found, event, now);
    Ok(())
}

/// Something of it is due.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    let Some(found) = rows::find(tx, id).await? else { return Ok(()) };
    match apply(tx, found.clone(), Event::Look, now) {
        // Nothing has changed but the time: what was not to be done yet may be due.
        Ok(looked) if looked.version == found.version => watch(tx, &looked, now),
        Ok(_) | Err(_) => {}
    }
    Ok(())
}

async fn answer(
    ctx: &Ctx,
    id: MatchId,
    who: Speaker,
    event: fn(Side) -> Event,
    knows: fn(&Wager) -> bool,
) -> Result<Wager, Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        let (found, side) = side(tx, id, who).await?;
        let wager = rows::find(tx, id).await?.ok_or(Error::NoWager)?;
        if !knows(&wager) {
            return Err(Error::Unnumbered(id));
        }
        if matches!(wager.state, State::Proposed { .. }) {
            may_agree(&found, now)?;
        }
        Ok(apply(tx, wager, event(side), now)?)
    };
    ctx.store.write(work).await
}

async fn side(tx: &mut Tx, id: MatchId, who: Speaker) -> Result<(Match, Side), Error> {
    let found = matches::find(tx, id).await?.ok_or(Error::Unknown)?;
    let side = match who {
        Speaker::Entry(entry) => found.side_of(entry),
        Speaker::Identity(identity) => found.side_of_identity(identity),
    };
    let side = side.ok_or(Error::NotASide)?;
    Ok((found, side))
}

/// Whether two may still agree upon a stake.
fn may_agree(of: &Match, now: At) -> Result<(), Error> {
    match of.state_at(now) {
        Course::Matched { .. } | Course::Staking { .. } | Course::Ready { .. } => Ok(()),
        Course::Active { .. } if !of.start_is_seen() => Ok(()),
        Course::Active { .. } => Err(Error::Started),
        Course::Resolved { .. }
        | Course::Settled { .. }
        | Course::Cancelled { .. }
        | Course::Expired => Err(Error::Over),
    }
}

fn wallets(of: &Match) -> Sides<Option<Account>> {
    let account = |side| of.players.of(side).wallet.as_ref().and_then(|text| text.parse().ok());
    Sides { first: account(Side::First), second: account(Side::Second) }
}

pub(super) fn apply(tx: &mut Tx, found: Wager, event: Event, now: At) -> Result<Wager, Refused> {
    let next = rules::step(&found.terms, found.state, &found.standing, event, now)?;
    let Some(state) = next else { return Ok(found) };
    let changed = Wager { state, version: found.version + 1, ..found };
    rows::save(tx, &changed);
    watch(tx, &changed, now);
    let kind = match changed.state {
        State::Proposed { .. } => "wager.proposed",
        State::Accepted { .. } => "wager.accepted",
        State::Decided { .. } => "wager.decided",
        State::Won { .. } => "wager.won",
        State::Declined { .. } => "wager.declined",
        State::Lapsed => "wager.lapsed",
        State::Void { .. } => "wager.void",
    };
    tx.tell(line(&changed, kind, now));
    Ok(changed)
}

/// Its deadline, and the job that is due by now.
pub(super) fn watch(tx: &mut Tx, of: &Wager, now: At) {
    let subject = of.match_id.to_string();
    let mut due = rules::due_at(&of.state, &of.standing);
    // What has no number yet is held by nobody.
    let wanted = of.terms.id.map(|id| id.to_string()).zip(rules::want(&of.state, &of.standing));
    match wanted {
        Some((id, Want::Settle)) => jobs::ask(tx, SETTLE, &id, "", now),
        Some((id, Want::Refund { from })) if from <= now => jobs::ask(tx, REFUND, &id, "", now),
        Some((_, Want::Refund { from })) => due = Some(from),
        None => {}
    }
    match due {
        Some(due) => deadlines::set(tx, Kind::Wager, &subject, due),
        None => deadlines::clear(tx, Kind::Wager, &subject),
    }
}

pub(super) fn line(of: &Wager, kind: &'static str, at: At) -> Draft {
    let mut body = json!(of.state);
    body["wager_id"] = json!(of.terms.id);
    body["amount"] = json!(of.terms.amount);
    body["proposer"] = json!(of.terms.by);
    body["backing"] = json!(of.backing);
    body["standing"] = json!(of.standing);
    Draft { at, kind, match_id: Some(of.match_id.to_string()), identity_id: None, body }
}
