//! A line of the log in the words of one socket.

use super::messages::{Message, Opponent, Say, Shown, Told};
use crate::context::Ctx;
use crate::duel::{self, records::Record};
use crate::events::Event;
use crate::ids::MatchId;
use crate::matches::Match;
use crate::matches::rules::{Side, State};
use crate::queue::rules::joining::Tier;
use crate::store::{self, Tx, duels, matches};
use crate::time::{At, Span};

/// What a line of the log says; `None` for what is not for this socket's ears.
pub(super) fn told(event: &Event) -> Option<Message> {
    let told = || Told {
        match_id: event.match_id.clone().unwrap_or_default(),
        kind: event.kind.clone(),
        body: event.clone().public().body,
    };
    let match_id = || event.match_id.clone().unwrap_or_default();
    let text = |name: &str| event.body[name].as_str().map(str::to_owned);
    let number = |name: &str| event.body[name].as_i64().unwrap_or_default();
    let say = match event.kind.as_str() {
        "match.accepted" => Say::MatchAccepted(told()),
        "match.stakes" => Say::MatchStakes(told()),
        "match.countdown" => {
            let starts_at = number("starts_at");
            let left = Span(starts_at.saturating_sub(event.at.0).try_into().unwrap_or(0));
            Say::MatchCountdown {
                match_id: match_id(),
                seconds_remaining: left.0.div_ceil(1_000),
                starts_at,
                commitment: text("commitment"),
            }
        }
        "match.started" => {
            let line = text("line");
            Say::GameStarted {
                match_id: match_id(),
                duration_secs: line.is_some().then_some(duel::rules::LENGTH.0 / 1_000),
                line,
                salt: text("salt"),
            }
        }
        "match.cancelled" | "match.expired" => Say::MatchCancelled(told()),
        "match.disconnected" => Say::MatchDisconnected {
            match_id: match_id(),
            side: text("side").unwrap_or_default(),
            until: number("until"),
        },
        "match.reconnected" => {
            Say::MatchReconnected { match_id: match_id(), side: text("side").unwrap_or_default() }
        }
        "match.decided" => Say::GameResult {
            match_id: match_id(),
            winner: text("winner"),
            how: text("how").unwrap_or_default(),
            you: None,
            your_stats: None,
            opponent_stats: None,
            prize: None,
            rating_change: None,
            tx_hash: None,
        },
        "queue.expiring" => {
            Say::QueueExpiring { expires_at: event.body["expires_at"].as_i64().unwrap_or_default() }
        }
        "queue.expired" => queue("expired", event),
        "queue.left" => queue("cancelled", event),
        "queue.returned" => queue("waiting", event),
        "lobby.changed" => Say::LobbyUpdate(Shown { fields: event.body.clone() }),
        // Whoever joins is answered, and finding somebody is told in more words.
        "queue.joined" | "match.made" => return None,
        "bet.placed" => receipt(event)?,
        "bet.claimed" => Say::PoolUpdate(told()),
        "chain.done" if event.match_id.is_some() => Say::MatchUpdate(told()),
        other if other.starts_with("match.") => Say::MatchUpdate(told()),
        other if other.starts_with("wager.") => Say::WagerUpdate(told()),
        other if other.starts_with("pool.") => Say::PoolUpdate(told()),
        _not_for_clients => return None,
    };
    Some(message(say, event.number, event.at))
}

fn receipt(event: &Event) -> Option<Say> {
    let text = |name: &str| event.body[name].as_str().map(str::to_owned);
    Some(Say::BetReceipt {
        match_id: event.match_id.as_deref()?.parse().ok()?,
        on_player: if event.body["on_a"] == true { Side::First } else { Side::Second },
        bettor: text("bettor")?,
        amount: text("amount")?,
        pool_id: text("pool_id")?,
    })
}

fn queue(status: &'static str, event: &Event) -> Say {
    let queue_id = event.body["ticket"].as_str().and_then(|id| id.parse().ok());
    Say::QueueUpdate {
        queue_id,
        status,
        position: None,
        estimated_wait_secs: None,
        players_in_tier: None,
    }
}

/// Two have met, told to one of them.
pub(super) async fn found(
    ctx: &Ctx,
    id: MatchId,
    you: Side,
    line: &Event,
) -> Result<Option<Message>, store::Error> {
    let read = async move |tx: &mut Tx| {
        let Some(found) = matches::find(tx, id).await? else { return Ok(None) };
        let record = if found.queue == duel::QUEUE {
            duels::record(tx, &found.players.of(you.other()).owner()).await?
        } else {
            None
        };
        Ok::<_, store::Error>(Some((found, record)))
    };
    let Some((of, record)) = ctx.store.read(read).await? else { return Ok(None) };
    let tiers = ctx.config.queue(&of.queue).map(|queue| &queue.entrance.tiers);
    let tier = tiers.into_iter().flatten().find(|it| Some(&it.name) == of.tier.as_ref());
    let say = found_say(&of, you, record, tier.and_then(Tier::stake_wei));
    Ok(Some(message(say, line.number, line.at)))
}

fn found_say(of: &Match, you: Side, record: Option<Record>, wager: Option<String>) -> Say {
    let other = of.players.of(you.other());
    let accept_deadline = match of.state {
        State::Matched { answer_by, .. } => Some(answer_by.0),
        State::Staking { .. }
        | State::Ready { .. }
        | State::Active { .. }
        | State::Resolved { .. }
        | State::Settled { .. }
        | State::Cancelled { .. }
        | State::Expired => None,
    };
    Say::MatchFound {
        match_id: of.id,
        queue: of.queue.clone(),
        you,
        opponent: Opponent {
            connect_code: other.connect_code.clone(),
            address: other.wallet.clone(),
            agent_id: other.agent_id,
            rating: other.rating.0,
            wins: record.map(|record| record.wins),
            avg_wpm: record.and_then(Record::wpm),
        },
        tier: of.tier.clone(),
        wager,
        accept_deadline,
    }
}

pub(super) fn message(say: Say, number: i64, at: At) -> Message {
    Message { id: format!("event-{number}"), ts: at.0, number: Some(number), say }
}
