//! Every way that a match can take, up to eight events long, each at once or when something is due.
//!
//! Ways that lead to the same state at the same time, with the same past, go on together.

use std::collections::HashSet;

use super::*;
use crate::time::At;

const DEPTH: usize = 8;
const START: At = At(1_000_000);

/// A match and what has come of it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    state: State,
    now: At,
    freed: Sides<u8>,
    requeued: Sides<bool>,
    decided: Option<Outcome>,
    counted_down: bool,
    started: bool,
    refunded: bool,
    closed: bool,
}

#[test]
fn no_way_of_eight_events_breaks_a_rule() {
    for timing in timings() {
        let Step { state, effects } = open(&timing, START);
        let mut way = Way {
            state,
            now: START,
            freed: Sides { first: 0, second: 0 },
            requeued: Sides { first: false, second: false },
            decided: None,
            counted_down: false,
            started: false,
            refunded: false,
            closed: false,
        };
        way.take(&effects);
        way.check();
        let mut ways = HashSet::from([way]);
        let mut seen = ways.clone();
        let mut ends = HashSet::new();
        for _ in 0..DEPTH {
            let next: HashSet<_> = ways.iter().flat_map(|way| way.onwards(&timing)).collect();
            ways = next.into_iter().filter(|way| seen.insert(*way)).collect();
            ends.extend(ways.iter().map(|way| way.state.name()));
        }
        let mut expected = HashSet::from(["active", "resolved", "settled", "cancelled", "expired"]);
        if timing.ready_check.is_some() {
            expected.insert("matched");
        }
        if timing.countdown > Span::ZERO {
            expected.insert("ready");
        }
        if timing.staking.is_some() {
            expected.insert("staking");
        }
        assert_eq!(ends, expected, "every state was visited");
        assert!(seen.len() > 500, "{} ways", seen.len());
    }
}

impl Way {
    /// All ways on, by any event, now or when the next thing is due or just before.
    fn onwards(&self, timing: &Timing) -> Vec<Self> {
        let due = self.state.deadlines().first().map(|deadline| deadline.due_at);
        let mut times = vec![self.now, self.now + Span(700)];
        times.extend(due.into_iter().flat_map(|due| [due - Span(1), due]));
        // Long after: several things were due.
        times.push(self.now + timing.length + timing.length);
        let mut onwards = Vec::new();
        for now in times {
            let events = events(timing).into_iter();
            onwards.extend(events.filter_map(|event| self.by(timing, event, now)));
        }
        onwards
    }

    fn by(&self, timing: &Timing, event: Event, now: At) -> Option<Self> {
        let answer = step(timing, &self.state, event, now);
        self.does_not_depend_on_who_looked(timing, event, now, &answer);
        let Ok(Next::Changed(Step { state, effects })) = answer else {
            return None;
        };
        assert!(!self.state.is_over(), "{event:?} changed what is over: {:?}", self.state);
        let again = step(timing, &state, event, now);
        assert!(!matches!(again, Ok(Next::Changed(_))), "{event:?} twice: {:?}", self.state);
        self.plays_with_both_stakes_only(timing, event, now, &state, &effects);
        let mut way = Self { state, now, ..*self };
        way.take(&effects);
        way.check();
        Some(way)
    }

    /// Of a staked match: it is counted down when both stakes are locked, and stops when one is
    /// taken back before it has begun.
    fn plays_with_both_stakes_only(
        &self,
        timing: &Timing,
        event: Event,
        now: At,
        after: &State,
        effects: &[Effect],
    ) {
        if timing.staking.is_none() {
            return;
        }
        if effects.iter().any(|effect| matches!(effect, Effect::CountDown { .. })) {
            assert_eq!(event, Event::Stakes(LOCKED), "counted down from {:?}", self.state);
        }
        if let State::Ready { starts_at } = self.state
            && now < starts_at
            && matches!(event, Event::Stakes(has) if has != LOCKED)
        {
            assert_eq!(*after, State::Cancelled { reason: Cancelled::Unlocked });
        }
    }

    /// Whether somebody looked after the deadlines before the event does not matter.
    fn does_not_depend_on_who_looked(
        &self,
        timing: &Timing,
        event: Event,
        now: At,
        answer: &Result<Next, Refused>,
    ) {
        let looked = step(timing, &self.state, Event::TimePassed, now).expect("never refused");
        let Next::Changed(before) = looked else {
            return;
        };
        match (step(timing, &before.state, event, now), answer) {
            (Ok(Next::Changed(after)), Ok(Next::Changed(at_once))) => {
                assert_eq!(after.state, at_once.state);
                assert_eq!([before.effects, after.effects].concat(), at_once.effects);
            }
            (Ok(Next::Same), Ok(Next::Changed(at_once))) => assert_eq!(before, *at_once),
            (Err(one), Err(other)) => assert_eq!(one, *other),
            (one, other) => panic!("{one:?} after somebody looked, {other:?} at once"),
        }
    }

    fn take(&mut self, effects: &[Effect]) {
        for effect in effects {
            match *effect {
                Effect::Free { side, to } => {
                    *self.freed.of_mut(side) += 1;
                    *self.requeued.of_mut(side) = to == Freed::Requeued;
                    assert!(!(self.started && to == Freed::Requeued), "a spent entry came back");
                }
                Effect::Decide { outcome } => {
                    assert_eq!(self.decided, None, "decided twice");
                    self.decided = Some(outcome);
                }
                Effect::CountDown { .. } => {
                    assert!(!std::mem::replace(&mut self.counted_down, true));
                }
                Effect::Start => {
                    assert!(self.counted_down, "nothing starts at once");
                    assert!(!std::mem::replace(&mut self.started, true));
                }
                Effect::Refund => assert!(!std::mem::replace(&mut self.refunded, true)),
                Effect::Close => assert!(!std::mem::replace(&mut self.closed, true)),
                Effect::Dodged { side } => assert!(!*self.requeued.of(side)),
                Effect::Stakes | Effect::Missing { .. } | Effect::Back { .. } | Effect::Dispute => {
                }
            }
        }
    }

    fn check(&self) {
        let deadlines = self.state.deadlines();
        assert_eq!(deadlines.is_empty(), self.state.is_over(), "{self:?}");
        assert!(deadlines.iter().all(|deadline| deadline.due_at > self.now), "{self:?}");
        assert!(deadlines.is_sorted(), "{self:?}");
        assert_eq!(self.state.outcome(), self.decided, "a result does not change");
        let freed = u8::from(!self.state.goes_on());
        assert_eq!(self.freed, Sides { first: freed, second: freed }, "{self:?}");
        let void = matches!(self.state, State::Cancelled { .. } | State::Expired);
        assert_eq!(self.refunded, void, "stakes go back if nothing is decided, and only then");
        assert_eq!(self.closed, matches!(self.state, State::Settled { .. }), "{self:?}");
        assert!(!(self.refunded && self.decided.is_some()));
        assert!(self.decided.is_none() || self.started, "nobody wins what never started");
    }
}

const LOCKED: Sides<Stake> = Sides { first: Stake::Locked, second: Stake::Locked };

fn events(timing: &Timing) -> Vec<Event> {
    let outcomes = [
        Outcome::Won { winner: Side::First, how: How::Played },
        Outcome::Won { winner: Side::Second, how: How::Forfeited },
        Outcome::Drawn { how: How::TimedOut },
    ];
    let of_a_side =
        [Event::Accept, Event::Decline, Event::Drop, Event::Return, Event::Abandon, Event::Forfeit];
    let mut events = vec![Event::Dispute, Event::Settle, Event::Void, Event::TimePassed];
    events.extend(Side::BOTH.into_iter().flat_map(|side| of_a_side.map(|event| event(side))));
    events.extend(outcomes.into_iter().flat_map(|it| [Event::Finish(it), Event::Rule(it)]));
    // Where nothing is staked, they change nothing.
    events.push(Event::Stakes(LOCKED));
    if timing.staking.is_some() {
        let has = |first, second| Event::Stakes(Sides { first, second });
        events.push(Event::EscrowOpen { until: START + Span::seconds(50) });
        events.push(has(Stake::Owed, Stake::Owed));
        events.push(has(Stake::Locked, Stake::Owed));
        events.push(has(Stake::Seen, Stake::Locked));
    }
    events
}

fn timings() -> [Timing; 5] {
    let arcade = Timing {
        ready_check: Some(Span::seconds(15)),
        staking: None,
        countdown: Span::seconds(5),
        grace: Span::seconds(30),
        length: Span::seconds(70),
        dispute: Span::seconds(86_400),
        settlement: Span::seconds(86_400),
    };
    let melee =
        Timing { ready_check: None, countdown: Span::ZERO, length: Span::seconds(1_800), ..arcade };
    // The shortest match, and a grace that outlasts it.
    let hasty = Timing { countdown: Span(1), length: Span(2), grace: Span(3), ..arcade };
    let staked = Timing { staking: Some(Span::seconds(60)), ..arcade };
    let unasked = Timing { ready_check: None, ..staked };
    [arcade, melee, hasty, staked, unasked]
}
