//! A line of the log in the words of one socket.

use super::messages::{Message, Opponent, Say, Shown, Told};
use crate::events::Event;
use crate::matches::Match;
use crate::matches::rules::{Side, State};
use crate::time::At;

/// What a line of the log says; `None` for what is not for this socket's ears.
pub(super) fn told(event: &Event) -> Option<Message> {
    let told = || Told {
        match_id: event.match_id.clone().unwrap_or_default(),
        kind: event.kind.clone(),
        body: event.clone().public().body,
    };
    let say = match event.kind.as_str() {
        "match.accepted" => Say::MatchAccepted(told()),
        "match.countdown" => Say::MatchCountdown(told()),
        "match.started" => Say::GameStarted(told()),
        "match.cancelled" | "match.expired" => Say::MatchCancelled(told()),
        "match.disconnected" => Say::MatchDisconnected(told()),
        "match.reconnected" => Say::MatchReconnected(told()),
        "match.decided" => Say::GameResult(told()),
        "queue.expiring" => {
            Say::QueueExpiring { expires_at: event.body["expires_at"].as_i64().unwrap_or_default() }
        }
        "queue.expired" => queue("expired", event),
        "queue.left" => queue("cancelled", event),
        "queue.returned" => queue("waiting", event),
        "lobby.changed" => Say::LobbyUpdate(Shown { fields: event.body.clone() }),
        // Whoever joins is answered, and finding somebody is told in more words.
        "queue.joined" | "match.made" => return None,
        other if other.starts_with("match.") => Say::MatchUpdate(told()),
        _not_for_clients => return None,
    };
    Some(message(say, event.number, event.at))
}

fn queue(status: &'static str, event: &Event) -> Say {
    let queue_id = event.body["ticket"].as_str().and_then(|id| id.parse().ok());
    Say::QueueUpdate { queue_id, status, position: None }
}

/// Two have met, told to one of them.
pub(super) fn found(of: &Match, you: Side, number: i64, at: At) -> Message {
    let other = of.players.of(you.other());
    let accept_deadline = match of.state {
        State::Matched { answer_by, .. } => Some(answer_by.0),
        State::Ready { .. }
        | State::Active { .. }
        | State::Resolved { .. }
        | State::Settled { .. }
        | State::Cancelled { .. }
        | State::Expired => None,
    };
    let say = Say::MatchFound {
        match_id: of.id,
        queue: of.queue.clone(),
        you,
        opponent: Opponent {
            connect_code: other.connect_code.clone(),
            address: other.wallet.clone(),
            agent_id: other.agent_id,
            rating: other.rating.0,
        },
        tier: of.tier.clone(),
        accept_deadline,
    };
    message(say, number, at)
}

fn message(say: Say, number: i64, at: At) -> Message {
    Message { id: format!("event-{number}"), ts: at.0, number: Some(number), say }
}
