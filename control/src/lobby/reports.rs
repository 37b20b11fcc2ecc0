//! How a battle or a game of many ends: those who played say who won, or an operator does.

use serde_json::json;

use super::rules::reports::agreed;
use super::rules::{Refused, ffa, team};
use super::service::Error;
use super::stepping::{Event, apply};
use super::{Course, Lobby};
use crate::admin::{Act, To};
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

/// What an operator makes of a game.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ruling {
    /// This one has won.
    Finish(Winner),
    /// It is taken back.
    Void,
}

impl Ruling {
    fn event(self, lobby: &Lobby) -> Result<Event, Error> {
        match (self, &lobby.course) {
            (Self::Finish(winner), _) => finish(lobby, winner, How::Ruled),
            (Self::Void, Course::Battle(_)) => Ok(Event::Battle(team::Event::Void)),
            (Self::Void, Course::Ffa(_)) => Ok(Event::Ffa(ffa::Event::Void)),
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Finish(_) => "admin.lobby_finished",
            Self::Void => "admin.lobby_voided",
        }
    }
}

/// An operator decides. What is so already is done again without a word.
pub(crate) async fn rule(ctx: &Ctx, act: Act, id: LobbyId, ruling: Ruling) -> Result<Lobby, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        tx.lock("lobbies").await?;
        let lobby = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let event = ruling.event(&lobby)?;
        let before = lobby.version;
        let changed = apply(&along, tx, lobby, event, act.at()).await?;
        if changed.version != before {
            let what = json!({ "lobby": changed.id, "queue": changed.queue });
            act.tell(tx, ruling.kind(), &To::Named, what);
        }
        Ok(changed)
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
