//! Gives a queue a past, through its own API: entries that joined, met, and reported a result.

use std::cell::Cell;

use anyhow::ensure;
use hyper::Method;
use serde_json::json;
use tokio::sync::mpsc;

use super::arguments::Pace;
use super::book::{Book, Joined};
use super::http::{Ask, Connection};
use super::players::{ANSWER_TIME, Players, each};
use crate::shared::{Shared, add};

/// What one side of a match reports.
struct Outcome {
    match_id: Box<str>,
    queue_id: Box<str>,
    stocks: [u32; 2],
}

/// Makes so many entries that are over. False: their matches go on, for want of a way to end them.
pub(crate) async fn make(
    book: &Book,
    connections: &mut [Connection],
    shared: &Shared,
) -> anyhow::Result<bool> {
    let players = Players { book, shared };
    let len = book.len();
    let (nobody_watches, _told) = mpsc::channel(1);
    players.join(0..len, Pace::Closed, connections, &nobody_watches).await;
    let ended = end(book, connections, shared).await;
    players.leave(connections, len).await;
    let entries = book.entries();
    let joined = entries.iter().filter(|entry| entry.joined == Joined::In).count();
    let errors: Vec<_> = book.errors().into_keys().collect();
    let errors = errors.join(", ");
    ensure!(joined == len, "{joined} of {len} old entries came about: {errors}");
    Ok(ended)
}

/// Whether all matches were ended.
async fn end(book: &Book, connections: &mut [Connection], shared: &Shared) -> bool {
    let outcomes = outcomes(book);
    let taken = Cell::new(true);
    each(0..outcomes.len(), connections, async |at, connection| {
        if !taken.get() {
            return;
        }
        let Outcome { match_id, queue_id, stocks: [own, other] } = &outcomes[at];
        let body = json!({
            "queue_id": queue_id, "outcome": "COMPLETED", "duration_seconds": 60.0,
            "stocks_remaining": own, "opponent_stocks": other,
        });
        let path = format!("/matches/{match_id}/result");
        let body = body.to_string();
        let ask = Ask { method: Method::POST, path: &path, body, time: ANSWER_TIME };
        let answer = connection.ask(ask).await;
        add(&shared.delivered, 1);
        if !answer.is_ok_and(|answer| answer.status.is_success()) {
            taken.set(false);
        }
    })
    .await;
    taken.get()
}

/// Of both sides of each match that somebody heard of: the one who completed it has won.
fn outcomes(book: &Book) -> Vec<Outcome> {
    let entries = book.entries();
    let mut outcomes = Vec::new();
    for entry in &entries {
        let Some(meeting) = entry.meetings.first() else { continue };
        let Some(opponent) = book.number(&meeting.opponent) else { continue };
        let of = |queue_id: &str, stocks| Outcome {
            match_id: meeting.match_id.clone(),
            queue_id: queue_id.into(),
            stocks,
        };
        outcomes.push(of(&entry.queue_id, [2, 0]));
        outcomes.push(of(&entries[opponent].queue_id, [0, 2]));
    }
    outcomes
}
