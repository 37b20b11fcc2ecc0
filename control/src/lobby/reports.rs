//! How a battle or a game of many ends: those who played say who won, or an operator does.

use super::rules::reports::agreed;
use super::rules::{Refused, ffa, team};
use super::service::{Error, Event, apply};
use super::{Course, Lobby};
use crate::context::Ctx;
use crate::ids::{LobbyId, PlayerId};
use crate::matches::rules::{How, Outcome, Side};
use crate::store::{Tx, lobbies as rows};

/// Who has won: a crew or a player, by its id; nobody, in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Winner(pub(crate) Option<u128>);

/// Somebody who played says who won; once enough say the same, the game is over.
pub(crate) async fn report(
    ctx: &Ctx,
    id: LobbyId,
    who: PlayerId,
    winner: Winner,
) -> Result<Lobby, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        tx.lock("lobbies").await?;
        let lobby = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let voices = voices(tx, &lobby).await?;
        if !voices.contains(&who) {
            return Err(Error::NoVoice);
        }
        // Whether it may be said at all: the winner plays, the game has begun.
        let event = finish(&lobby, winner, How::Played)?;
        let told = rows::reports(tx, id).await?;
        match told.iter().find(|(reporter, _)| *reporter == who) {
            Some((_, before)) if *before == winner => return Ok(lobby),
            Some(_) => return Err(Error::ToldOtherwise),
            None => {}
        }
        if lobby.course.due_at().is_none() || !lobby.course.is_played() {
            // The rules say why not.
            return apply(&along, tx, lobby, event, now).await;
        }
        rows::report(tx, id, who, winner, now);
        let mut all: Vec<_> = told.into_iter().map(|(_, winner)| winner).collect();
        all.push(winner);
        match agreed(&all, voices.len()) {
            Some(winner) => {
                let event = finish(&lobby, winner, How::Played)?;
                apply(&along, tx, lobby, event, now).await
            }
            None => Ok(lobby),
        }
    };
    ctx.store.write(work).await
}

/// An operator says who won.
pub(crate) async fn rule(ctx: &Ctx, id: LobbyId, winner: Winner) -> Result<Lobby, Error> {
    happen(ctx, id, move |lobby| finish(lobby, winner, How::Ruled)).await
}

/// An operator takes it back.
pub(crate) async fn void(ctx: &Ctx, id: LobbyId) -> Result<Lobby, Error> {
    happen(ctx, id, |lobby| {
        Ok(match lobby.course {
            Course::Battle(_) => Event::Battle(team::Event::Void),
            Course::Ffa(_) => Event::Ffa(ffa::Event::Void),
        })
    })
    .await
}

async fn happen(
    ctx: &Ctx,
    id: LobbyId,
    event: impl Fn(&Lobby) -> Result<Event, Error> + Send + 'static,
) -> Result<Lobby, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        tx.lock("lobbies").await?;
        let lobby = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let event = event(&lobby)?;
        apply(&along, tx, lobby, event, now).await
    };
    ctx.store.write(work).await
}

/// Whose word counts: the leaders of both crews, or everybody who plays.
async fn voices(tx: &mut Tx, lobby: &Lobby) -> Result<Vec<PlayerId>, Error> {
    match &lobby.course {
        Course::Ffa(lobby) => Ok(lobby.players.clone()),
        Course::Battle(battle) => {
            let mut leaders = Vec::new();
            for crew in std::iter::once(&battle.challenger).chain(&battle.defender) {
                leaders.extend(rows::find_crew(tx, crew.id).await?.map(|crew| crew.leader));
            }
            Ok(leaders)
        }
    }
}

fn finish(lobby: &Lobby, Winner(winner): Winner, how: How) -> Result<Event, Error> {
    match &lobby.course {
        Course::Ffa(lobby) => match winner.map(PlayerId) {
            Some(winner) if !lobby.players.contains(&winner) => Err(Refused::NotAPlayer.into()),
            winner => Ok(Event::Ffa(ffa::Event::Finish(winner))),
        },
        Course::Battle(battle) => {
            let outcome = match winner.map(LobbyId) {
                None => Outcome::Drawn { how },
                Some(crew) if battle.challenger.id == crew => {
                    Outcome::Won { winner: Side::First, how }
                }
                Some(crew) if battle.defender.as_ref().is_some_and(|it| it.id == crew) => {
                    Outcome::Won { winner: Side::Second, how }
                }
                Some(_) => return Err(Refused::NotAPlayer.into()),
            };
            Ok(Event::Battle(team::Event::Finish(outcome)))
        }
    }
}
