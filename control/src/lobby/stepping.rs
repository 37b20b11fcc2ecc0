//! Lobbies are opened, stepped and stored: the course, its deadline, its events and who is in it,
//! part of a transaction.

use serde_json::{Value as Json, json};

use super::rules::{Next, ffa, team};
use super::service::Error;
use super::{Course, Lobby, rating};
use crate::context::Along;
use crate::deadlines::Kind;
use crate::ids::LobbyId;
use crate::matches::rules::Side;
use crate::queue::rules::config::Mode;
use crate::ratings;
use crate::store::events::Draft;
use crate::store::{Tx, deadlines, lobbies as rows};
use crate::time::At;

/// What happens to a lobby of either kind.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Battle(team::Event),
    Ffa(ffa::Event),
    TimePassed,
}

pub(super) fn opened(
    tx: &mut Tx,
    id: LobbyId,
    queue: &str,
    course: Course,
    senior_since: At,
    now: At,
) -> Lobby {
    let (queue, version) = (queue.to_owned(), 0);
    let lobby = Lobby { id, queue, course, version, created_at: now, senior_since };
    rows::insert(tx, &lobby);
    watch(tx, &lobby);
    for who in lobby.course.members() {
        rows::enter(tx, id, who);
    }
    if let Course::Battle(battle) = &lobby.course {
        rows::place_crew(tx, battle.challenger.id, Some(id));
    }
    tell(tx, &lobby, [json!({ "effect": "open" })], now);
    lobby
}

pub(super) async fn apply(
    along: &Along,
    tx: &mut Tx,
    found: Lobby,
    event: Event,
    now: At,
) -> Result<Lobby, Error> {
    let (changed, effects, again) = match (&found.course, event) {
        (Course::Ffa(lobby), event) => {
            let event = match event {
                Event::Ffa(event) => event,
                Event::TimePassed => ffa::Event::TimePassed,
                Event::Battle(_) => return Err(Error::Unknown),
            };
            match ffa::step(&ffa_numbers(along, &found.queue)?, lobby, event, now)? {
                Next::Same => return Ok(found),
                Next::Changed(lobby, effects) => {
                    let effects: Vec<_> = effects.iter().map(|effect| json!(effect)).collect();
                    (Course::Ffa(lobby), effects, None)
                }
            }
        }
        (Course::Battle(battle), event) => {
            let event = match event {
                Event::Battle(event) => event,
                Event::TimePassed => team::Event::TimePassed,
                Event::Ffa(_) => return Err(Error::Unknown),
            };
            match team::step(&team_numbers(along, &found.queue)?, battle, event, now)? {
                Next::Same => return Ok(found),
                Next::Changed(battle, effects) => {
                    let again = effects.iter().find_map(|effect| match effect {
                        team::Effect::Requeue { side: Side::First } => {
                            Some(battle.challenger.clone())
                        }
                        team::Effect::Requeue { side: Side::Second } => battle.defender.clone(),
                        team::Effect::Ask { .. }
                        | team::Effect::Seek
                        | team::Effect::Declare { .. }
                        | team::Effect::Start
                        | team::Effect::Decide { .. }
                        | team::Effect::Release { .. } => None,
                    });
                    let effects: Vec<_> = effects.iter().map(|effect| json!(effect)).collect();
                    (Course::Battle(battle), effects, again)
                }
            }
        }
    };
    let lobby = Lobby { course: changed, version: found.version + 1, ..found.clone() };
    rows::save(tx, &lobby);
    watch(tx, &lobby);
    moved(tx, &found, &lobby);
    tell(tx, &lobby, effects, now);
    if let Some(queue) = along.config.queue(&lobby.queue)
        && let Some(game) = rating::game(&found, &lobby, queue, now)
    {
        ratings::service::rate(tx, &game, None).await?;
    }
    let seeks = lobby.course.name() == "seeking" && found.course.name() != "seeking";
    let look_around = seeks || again.is_some();
    if let Some(crew) = again {
        let numbers = team_numbers(along, &lobby.queue)?;
        let (battle, effects) = team::challenge(&numbers, crew, None, now)?;
        let course = Course::Battle(battle);
        let id = LobbyId(along.chance.id(now));
        let again = opened(tx, id, &lobby.queue, course, lobby.senior_since, now);
        tell(tx, &again, effects.iter().map(|effect| json!(effect)), now);
    }
    if look_around {
        Box::pin(meet(along, tx, &lobby.queue, now)).await?;
    }
    Ok(lobby)
}

/// Crews that seek a battle meet each other.
pub(super) async fn meet(along: &Along, tx: &mut Tx, queue: &str, now: At) -> Result<(), Error> {
    let seeking = rows::in_state(tx, queue, "seeking").await?;
    let crew = |lobby: &Lobby| match &lobby.course {
        Course::Battle(battle) => Some(battle.challenger.clone()),
        Course::Ffa(_) => None,
    };
    let crews: Vec<_> = seeking.iter().filter_map(crew).collect();
    for (first, second) in team::opponents(&crews) {
        // The second lets its members go before the first takes them in.
        let elsewhere = Event::Battle(team::Event::FoundElsewhere);
        let found = Event::Battle(team::Event::Meet(crews[second].clone()));
        for (place, event) in [(second, elsewhere), (first, found)] {
            Box::pin(apply(along, tx, seeking[place].clone(), event, now)).await?;
        }
    }
    Ok(())
}

/// Who came and who went, people and crews.
fn moved(tx: &mut Tx, before: &Lobby, after: &Lobby) {
    let (were, are) = (before.course.members(), after.course.members());
    for who in were.iter().filter(|who| !are.contains(who)) {
        rows::leave(tx, after.id, *who);
    }
    for who in are.iter().filter(|who| !were.contains(who)) {
        rows::enter(tx, after.id, *who);
    }
    if let (Course::Battle(was), Course::Battle(is)) = (&before.course, &after.course) {
        let over = is.due_at().is_none();
        if over {
            rows::place_crew(tx, is.challenger.id, None);
        }
        match &is.defender {
            Some(crew) if over => rows::place_crew(tx, crew.id, None),
            Some(crew) if was.defender.is_none() => rows::place_crew(tx, crew.id, Some(after.id)),
            Some(_) | None => {}
        }
    }
}

fn watch(tx: &mut Tx, lobby: &Lobby) {
    let subject = lobby.id.to_string();
    match lobby.course.due_at() {
        Some(at) => deadlines::set(tx, Kind::Lobby, &subject, at),
        None => deadlines::clear(tx, Kind::Lobby, &subject),
    }
}

/// A line for what has changed: where the lobby is, and what follows.
pub(super) fn tell(tx: &mut Tx, lobby: &Lobby, effects: impl IntoIterator<Item = Json>, at: At) {
    let effects: Vec<_> = effects.into_iter().collect();
    let body = json!({
        "lobby_id": lobby.id,
        "queue": lobby.queue,
        "course": lobby.course,
        "effects": effects,
    });
    tx.tell(Draft { at, kind: "lobby.changed", match_id: None, identity_id: None, body });
}

pub(super) fn team_numbers(along: &Along, queue: &str) -> Result<team::Numbers, Error> {
    match along.config.queue(queue).map(|queue| &queue.mode) {
        Some(Mode::Team(numbers)) => Ok(*numbers),
        Some(Mode::Fifo | Mode::Rated(_) | Mode::Ffa(_)) | None => Err(Error::NoSuchQueue("crews")),
    }
}

pub(super) fn ffa_numbers(along: &Along, queue: &str) -> Result<ffa::Numbers, Error> {
    match along.config.queue(queue).map(|queue| &queue.mode) {
        Some(Mode::Ffa(numbers)) => Ok(*numbers),
        Some(Mode::Fifo | Mode::Rated(_) | Mode::Team(_)) | None => {
            Err(Error::NoSuchQueue("games of many"))
        }
    }
}
