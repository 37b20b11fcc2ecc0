//! What the log is told of a step: a line for each effect, and one for what has none.

use serde_json::{Value as Json, json};

use super::rules::{Effect, Freed, Sides, State, Step};
use super::{Match, Player};
use crate::duel::Kept;
use crate::store::events::Draft;
use crate::time::{At, Span};

/// Two have met. Where nobody is asked and nothing is counted down, this is all there is to say.
pub(super) fn made(made: &Match, waited: [Span; 2], now: At) -> Draft {
    let side = |player: &Player, waited: Span| json!({ "ticket": player.entry, "identity": player.identity, "waited_ms": waited });
    let [first, second] = waited;
    let sides = [side(&made.players.first, first), side(&made.players.second, second)];
    let mut body = json!({ "queue": made.queue, "sides": sides });
    if let Some(tier) = &made.tier {
        body["tier"] = json!(tier);
    }
    merge(&mut body, &json!(made.state));
    draft(made, "match.made", None, now, body)
}

/// What happened between two states.
pub(super) fn told(
    before: &Match,
    duel: Option<&Kept>,
    step: &Step,
    score: Sides<u8>,
    now: At,
) -> Vec<Draft> {
    let plain = |kind, body| draft(before, kind, None, now, body);
    let line = |effect| effect_line(before, duel, effect, score, now);
    let lines = step.effects.iter().filter_map(line);
    let mut lines: Vec<_> = lines.collect();
    match &step.state {
        State::Matched { .. } if before.state != step.state => {
            lines.push(plain("match.accepted", json!(step.state)));
        }
        State::Cancelled { .. } => lines.push(plain("match.cancelled", json!(step.state))),
        State::Expired => lines.push(plain("match.expired", json!(step.state))),
        State::Matched { .. }
        | State::Staking { .. }
        | State::Ready { .. }
        | State::Active { .. }
        | State::Resolved { .. }
        | State::Settled { .. } => {}
    }
    lines
}

fn effect_line(
    before: &Match,
    duel: Option<&Kept>,
    effect: &Effect,
    score: Sides<u8>,
    now: At,
) -> Option<Draft> {
    let line = |kind, body| Some(draft(before, kind, None, now, body));
    match effect {
        Effect::CountDown { starts_at } => {
            let commitment = duel.map(Kept::commitment);
            line("match.countdown", json!({ "starts_at": starts_at, "commitment": commitment }))
        }
        // From here on anybody can hold the line against what was promised.
        Effect::Start => {
            let (text, salt) = duel.map(|duel| (&duel.line, &duel.salt)).unzip();
            line("match.started", json!({ "line": text, "salt": salt }))
        }
        Effect::Missing { side, until } => {
            line("match.disconnected", json!({ "side": side, "until": until }))
        }
        Effect::Back { side } => line("match.reconnected", json!({ "side": side })),
        Effect::Dodged { side } => {
            let player = before.players.of(*side);
            let identity = player.identity.map(|id| id.to_string());
            Some(draft(before, "match.dodged", identity, now, json!({ "side": side })))
        }
        Effect::Decide { outcome } => {
            let mut body = json!({ "score": score });
            merge(&mut body, &json!(outcome));
            if let State::Active { ends_by, .. } = before.state {
                body["lasted_ms"] = json!(now.since(ends_by - before.timing.length));
            }
            line("match.decided", body)
        }
        Effect::Dispute => line("match.disputed", json!({})),
        Effect::Close => line("match.settled", json!({})),
        Effect::Free { side, to: Freed::Requeued } => {
            let player = before.players.of(*side);
            let identity = player.identity.map(|id| id.to_string());
            let body = json!({ "queue": before.queue, "ticket": player.entry, "side": side });
            Some(draft(before, "queue.returned", identity, now, body))
        }
        // Follows from the end that the state tells of.
        Effect::Free { to: Freed::Released, .. } | Effect::Refund => None,
        // Told by whoever knows of the escrow.
        Effect::Stakes => None,
    }
}

fn draft(of: &Match, kind: &'static str, identity_id: Option<String>, at: At, body: Json) -> Draft {
    Draft { at, kind, match_id: Some(of.id.to_string()), identity_id, body }
}

fn merge(body: &mut Json, more: &Json) {
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
}
