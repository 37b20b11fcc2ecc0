//! What anybody may look at, and what operators ask about money.

use std::collections::BTreeMap;

use super::play::{Mine, ticket};
use super::rules::game::State;
use super::whole::{self, Whole};
use super::{Entrant, Error, Status, TournamentId};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::store::tournaments::{Bets, Listed};
use crate::store::{self, Tx, tournaments as rows};

/// A tournament, with the betting on its matches.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) whole: Whole,
    pub(crate) bets: BTreeMap<MatchId, Bets>,
}

/// Tournaments, the newest first.
pub(crate) async fn list(
    ctx: &Ctx,
    before: Option<TournamentId>,
    limit: i64,
) -> Result<Vec<Listed>, store::Error> {
    ctx.store.read(async move |tx: &mut Tx| rows::list(tx, before, limit).await).await
}

/// A tournament, by its id.
pub(crate) async fn look(ctx: &Ctx, id: TournamentId) -> Result<Shown, Error> {
    let whole = whole::look(ctx, id).await?;
    shown(ctx, whole).await
}

/// With the betting on its matches.
pub(crate) async fn shown(ctx: &Ctx, whole: Whole) -> Result<Shown, Error> {
    let id = whole.tournament.id;
    let bets = ctx.store.read(async move |tx: &mut Tx| rows::bets(tx, id).await);
    let bets = bets.await.map_err(|error: store::Error| Error::Store(error))?;
    Ok(Shown { whole, bets })
}

/// The one to be shown first.
pub(crate) async fn featured(ctx: &Ctx) -> Result<Shown, Error> {
    let read = async move |tx: &mut Tx| rows::featured(tx).await;
    let id: Option<TournamentId> = ctx.store.read::<_, store::Error, _>(read).await?;
    look(ctx, id.ok_or(Error::Unknown)?).await
}

/// Somebody's entry, by what they say of themselves. Who knows its e-mail may see it.
pub(crate) async fn entry_of(
    ctx: &Ctx,
    id: TournamentId,
    email: Option<&str>,
    wallet: Option<&str>,
) -> Result<Option<(Entrant, bool)>, Error> {
    let whole = whole::look(ctx, id).await?;
    let same = |one: Option<&String>, other: Option<&str>| match (one, other) {
        (Some(one), Some(other)) => one.to_lowercase() == other.to_lowercase(),
        (None, _) | (_, None) => false,
    };
    let by_email = whole.entries.iter().find(|it| same(it.email.as_ref(), email));
    let by_wallet = || whole.entries.iter().find(|it| same(it.owner.wallet.as_ref(), wallet));
    Ok(match by_email {
        Some(found) => Some((found.clone(), true)),
        None => by_wallet().map(|found| (found.clone(), false)),
    })
}

/// The game that an entry is called to, or plays, as its side sees it; by the entry's number.
pub(crate) async fn mine(
    ctx: &Ctx,
    id: TournamentId,
    number: i64,
) -> Result<Option<Mine>, store::Error> {
    let read = async move |tx: &mut Tx| {
        let Some(whole) = Whole::find(tx, id).await? else { return Ok(None) };
        let me = whole.entries.iter().find(|entry| entry.number == number);
        let (Some(seed), false) =
            (me.and_then(|me| me.seed), whole.tournament.status == Status::Complete)
        else {
            return Ok(None);
        };
        let course = whole.course();
        let Some((pairing, side)) = course.current(seed) else { return Ok(None) };
        let state = course.games().get(&pairing.spot).map_or(State::Waiting, |game| game.state);
        let queue_id = match state {
            State::Playing { match_id } => ticket(tx, match_id, side).await?,
            State::Waiting | State::Called { .. } | State::Stalled | State::Decided { .. } => None,
        };
        Ok(Some(Mine { whole: whole.clone(), pairing, side, state, queue_id }))
    };
    ctx.store.read(read).await
}
