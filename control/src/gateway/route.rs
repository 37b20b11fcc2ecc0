//! Whom a line of the log concerns.

use std::sync::Arc;

use serde_json::Value as Json;

use super::hub::{Hub, Note, Topic};
use crate::events::Event;
use crate::ids::PlayerId;

/// Tells every socket that a line concerns.
pub(crate) fn route(hub: &Hub, event: &Event) {
    let topics = topics(event);
    if !topics.is_empty() {
        hub.tell(&topics, &Note::Event(Arc::new(event.clone())));
    }
}

fn topics(event: &Event) -> Vec<Topic> {
    let mut topics = of_tournament(event);
    topics.extend(event.match_id.as_deref().and_then(|id| id.parse().ok()).map(Topic::Match));
    let identity = event.identity_id.as_deref().and_then(|id| id.parse().ok());
    topics.extend(identity.map(Topic::Identity));
    let sides = event.body["sides"].as_array().into_iter().flatten();
    for named in std::iter::once(&event.body).chain(sides) {
        topics.extend(parsed(&named["ticket"]).map(Topic::Ticket));
        topics.extend(parsed(&named["identity"]).map(Topic::Identity));
    }
    let course = &event.body["course"];
    let battle = &course["battle"];
    let lists = [
        &battle["challenger"]["members"],
        &battle["defender"]["members"],
        &course["ffa"]["players"],
    ];
    for list in lists {
        let members = list.as_array().into_iter().flatten();
        topics.extend(members.filter_map(parsed::<PlayerId>).map(Topic::Identity));
    }
    topics
}

/// A game concerns its two sides, anything else all who take part: with every game, the sockets of a
/// large tournament would be told more at once than waits for them.
fn of_tournament(event: &Event) -> Vec<Topic> {
    if !event.kind.starts_with("tournament.") {
        return Vec::new();
    }
    let Some(id) = parsed(&event.body["tournament_id"]) else { return Vec::new() };
    match event.body["numbers"].as_array() {
        Some(numbers) => {
            let numbers = numbers.iter().filter_map(Json::as_i64);
            numbers.map(|number| Topic::Entrant(id, number)).collect()
        }
        None => vec![Topic::Tournament(id)],
    }
}

fn parsed<T: std::str::FromStr>(value: &Json) -> Option<T> {
    value.as_str()?.parse().ok()
}
