//! What people do with lobbies and crews, each in one transaction.

use serde_json::json;

use super::rules::{Refused, ffa, team};
use super::stepping::{Event, apply, ffa_numbers, meet, opened, team_numbers, tell};
use super::{Course, Crew, Lobby};
use crate::admin::Door;
use crate::context::{Along, Ctx};
use crate::ids::{LobbyId, PlayerId};
use crate::matches::rules::Side;
use crate::store::{self, Tx, lobbies as rows};
use crate::time::At;

/// Why something did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no queue of this name that has {0}")]
    NoSuchQueue(&'static str),
    #[error("this queue lets nobody in at present: try again later")]
    Closed,
    #[error("there is no such lobby")]
    Unknown,
    #[error("there is no such crew")]
    NoSuchCrew,
    #[error("only the crew's leader may do this")]
    NotTheLeader,
    #[error("the crew is in a battle already")]
    InBattle,
    #[error("who won is said by the leaders of both crews, or by those who play")]
    NoVoice,
    #[error("you have said otherwise, and nobody takes that back; an operator can decide")]
    ToldOtherwise,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Somebody wants to play a game of many: in the lobby that is open, or in a new one.
pub(crate) async fn register(ctx: &Ctx, queue: &str, who: PlayerId) -> Result<Lobby, Error> {
    let numbers = ffa_numbers(&ctx.along(), queue)?;
    if ctx.orders.door(queue) != Door::Open {
        return Err(Error::Closed);
    }
    let (along, queue) = (ctx.along(), queue.to_owned());
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        tx.lock("lobbies").await?;
        let open = rows::in_state(tx, &queue, "registration").await?;
        let open = open.into_iter().find(|lobby| lobby.course.due_at().is_some_and(|at| at > now));
        let open = match open {
            Some(lobby) => lobby,
            None => {
                let id = LobbyId(along.chance.id(now));
                opened(tx, id, &queue, Course::Ffa(ffa::open(&numbers, now)), now, now)
            }
        };
        apply(&along, tx, open, Event::Ffa(ffa::Event::Register(who)), now).await
    };
    ctx.store.write(work).await
}

/// Somebody forms a crew, of which it is the leader. If what this is to make is there, it was asked
/// for before.
pub(crate) async fn form(
    ctx: &Ctx,
    queue: &str,
    leader: PlayerId,
    makes: Option<LobbyId>,
) -> Result<Crew, Error> {
    team_numbers(&ctx.along(), queue)?;
    if ctx.orders.door(queue) != Door::Open {
        return Err(Error::Closed);
    }
    let now = ctx.clock.now();
    let crew = Crew {
        id: makes.unwrap_or_else(|| LobbyId(ctx.chance.id(now))),
        queue: queue.to_owned(),
        leader,
        members: vec![leader],
        lobby: None,
        version: 0,
    };
    let work = async move |tx: &mut Tx| {
        if makes.is_some()
            && let Some(crew) = rows::find_crew(tx, crew.id).await?
        {
            return Ok(crew);
        }
        rows::insert_crew(tx, &crew, now);
        Ok::<_, Error>(crew.clone())
    };
    ctx.store.write(work).await
}

/// Somebody comes to a crew or leaves it, also of the battle that it prepares for.
pub(crate) async fn change_crew(
    ctx: &Ctx,
    id: LobbyId,
    who: PlayerId,
    comes: bool,
) -> Result<Crew, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        let mut crew = rows::find_crew(tx, id).await?.ok_or(Error::NoSuchCrew)?;
        let max = team_numbers(&along, &crew.queue)?.members_max;
        if crew.members.contains(&who) == comes {
            return Ok(crew);
        }
        if comes && crew.members.len() >= max {
            return Err(Refused::Full.into());
        }
        if comes {
            crew.members.push(who);
        } else {
            crew.members.retain(|member| *member != who);
        }
        crew.version += 1;
        rows::save_crew(tx, &crew);
        if let Some(battle) = crew.lobby {
            let lobby = rows::find(tx, battle).await?.ok_or(Error::Unknown)?;
            let side = side_of(&lobby, id).ok_or(Error::Unknown)?;
            let change = if comes { team::Event::Join } else { team::Event::Leave };
            apply(&along, tx, lobby, Event::Battle(change(side, who)), now).await?;
        }
        Ok(crew)
    };
    ctx.store.write(work).await
}

/// A crew challenges another, or whoever seeks a battle as well.
pub(crate) async fn challenge(
    ctx: &Ctx,
    id: LobbyId,
    who: PlayerId,
    asked: Option<LobbyId>,
    makes: Option<LobbyId>,
) -> Result<Lobby, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        tx.lock("lobbies").await?;
        if let Some(makes) = makes
            && let Some(lobby) = rows::find(tx, makes).await?
        {
            return Ok(lobby);
        }
        let crew = led_by(tx, id, who).await?;
        if crew.lobby.is_some() {
            return Err(Error::InBattle);
        }
        if let Some(asked) = asked {
            let other = rows::find_crew(tx, asked).await?.ok_or(Error::NoSuchCrew)?;
            if other.queue != crew.queue {
                return Err(Error::NoSuchCrew);
            }
        }
        let numbers = team_numbers(&along, &crew.queue)?;
        let (battle, effects) = team::challenge(&numbers, of(&crew), asked, now)?;
        let id = makes.unwrap_or_else(|| LobbyId(along.chance.id(now)));
        let lobby = opened(tx, id, &crew.queue, Course::Battle(battle), now, now);
        tell(tx, &lobby, effects.iter().map(|effect| json!(effect)), now);
        meet(&along, tx, &crew.queue, now).await?;
        rows::find(tx, lobby.id).await?.ok_or(Error::Unknown)
    };
    ctx.store.write(work).await
}

/// The crew that was asked accepts or declines.
pub(crate) async fn answer(
    ctx: &Ctx,
    id: LobbyId,
    crew: LobbyId,
    who: PlayerId,
    accepts: bool,
) -> Result<Lobby, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        tx.lock("lobbies").await?;
        let crew = led_by(tx, crew, who).await?;
        let lobby = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let event = match accepts {
            true if crew.lobby.is_some_and(|battle| battle != id) => return Err(Error::InBattle),
            true => team::Event::Accept(of(&crew)),
            false => team::Event::Decline(crew.id),
        };
        apply(&along, tx, lobby, Event::Battle(event), now).await
    };
    ctx.store.write(work).await
}

/// Somebody leaves a game of many; or the leader of a challenger takes the challenge back.
pub(crate) async fn leave(ctx: &Ctx, id: LobbyId, who: PlayerId) -> Result<Lobby, Error> {
    let along = ctx.along();
    let work = async move |tx: &mut Tx| {
        let now = along.clock.now();
        tx.lock("lobbies").await?;
        let lobby = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let event = match &lobby.course {
            Course::Ffa(_) => Event::Ffa(ffa::Event::Leave(who)),
            Course::Battle(battle) => {
                led_by(tx, battle.challenger.id, who).await?;
                Event::Battle(team::Event::Withdraw)
            }
        };
        apply(&along, tx, lobby, event, now).await
    };
    ctx.store.write(work).await
}

/// A lobby as it is.
pub(crate) async fn find(ctx: &Ctx, id: LobbyId) -> Result<Lobby, Error> {
    let found = ctx.store.read(async move |tx| rows::find(tx, id).await).await?;
    found.ok_or(Error::Unknown)
}

/// A crew as it is.
pub(crate) async fn find_crew(ctx: &Ctx, id: LobbyId) -> Result<Crew, Error> {
    let found = ctx.store.read(async move |tx| rows::find_crew(tx, id).await).await?;
    found.ok_or(Error::NoSuchCrew)
}

/// Something of it is due.
pub(crate) async fn look(
    along: &Along,
    tx: &mut Tx,
    subject: &str,
    now: At,
) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    tx.lock("lobbies").await?;
    let Some(lobby) = rows::find(tx, id).await? else { return Ok(()) };
    match apply(along, tx, lobby, Event::TimePassed, now).await {
        Err(Error::Store(error)) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn side_of(lobby: &Lobby, crew: LobbyId) -> Option<Side> {
    match &lobby.course {
        Course::Battle(battle) if battle.challenger.id == crew => Some(Side::First),
        Course::Battle(battle) => {
            battle.defender.as_ref().filter(|it| it.id == crew).map(|_| Side::Second)
        }
        Course::Ffa(_) => None,
    }
}

fn of(crew: &Crew) -> team::Crew {
    team::Crew { id: crew.id, members: crew.members.clone() }
}

async fn led_by(tx: &mut Tx, id: LobbyId, who: PlayerId) -> Result<Crew, Error> {
    let crew = rows::find_crew(tx, id).await?.ok_or(Error::NoSuchCrew)?;
    if crew.leader == who { Ok(crew) } else { Err(Error::NotTheLeader) }
}
