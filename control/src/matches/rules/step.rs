//! The next state of a match. Every event has an answer in every state: it changes something, it
//! is what already is, or it is refused.

mod staking;

use super::state::{Cancelled, Kind, Presence, State, Verdict};
use super::{Effect, Event, Freed, How, Outcome, Refused, Side, Sides, Timing};
use crate::time::At;

/// A match that has changed.
#[must_use = "the state is stored, the deadlines with it, and each effect is carried out once"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is now. [`State::deadlines`] replace those it had.
    pub state: State,
    /// What follows, in order.
    pub effects: Vec<Effect>,
}

/// What an event comes to.
#[must_use = "what has changed is stored"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Something has changed.
    Changed(Step),
    /// It is so already: whoever says it again gets the same answer.
    Same,
}

/// Whether the state was changed.
type Changed = Result<bool, Refused>;

/// A match between two who have just met.
pub fn open(timing: &Timing, now: At) -> Step {
    let mut course = match timing.ready_check {
        Some(limit) => {
            let accepted = Sides { first: false, second: false };
            Course::at(timing, State::Matched { accepted, answer_by: now + limit })
        }
        None => {
            let starts_at = now + timing.countdown;
            let mut course = Course::at(timing, State::Ready { starts_at });
            course.both_there(now);
            course
        }
    };
    course.catch_up(now);
    Step { state: course.state, effects: course.effects }
}

/// What an event does to a match. Whatever was due by now happens before it.
///
/// # Errors
/// Says why the event may not happen. What was due is then left to the next event, or to
/// [`Event::TimePassed`]: it comes to the same.
pub fn step(timing: &Timing, state: &State, event: Event, now: At) -> Result<Next, Refused> {
    let mut course = Course::at(timing, *state);
    let late = course.catch_up(now);
    let changed = course.on(event, now)?;
    if !late && !changed {
        return Ok(Next::Same);
    }
    Ok(Next::Changed(Step { state: course.state, effects: course.effects }))
}

struct Course<'a> {
    timing: &'a Timing,
    state: State,
    effects: Vec<Effect>,
}

impl<'a> Course<'a> {
    fn at(timing: &'a Timing, state: State) -> Self {
        Self { timing, state, effects: Vec::new() }
    }

    fn catch_up(&mut self, now: At) -> bool {
        let mut late = false;
        // Each round leaves a state or a presence behind, and none of them comes back.
        while let Some(deadline) = self.state.deadlines().first().filter(|it| it.due_at <= now) {
            self.run_out(deadline.kind, deadline.due_at);
            late = true;
        }
        late
    }

    fn run_out(&mut self, kind: Kind, at: At) {
        match kind {
            Kind::ReadyCheck => self.unanswered(),
            Kind::Stakes => self.unstaked(),
            Kind::Start => self.start(at),
            Kind::Grace(side) => self.lose(side, at),
            Kind::Length => {
                self.free_both();
                self.effects.push(Effect::Refund);
                self.state = State::Expired;
            }
            Kind::Dispute => self.cancel(Cancelled::Unresolved),
            Kind::Settlement => self.close(),
        }
    }

    fn on(&mut self, event: Event, now: At) -> Changed {
        match event {
            Event::Accept(side) => self.accept(side, now),
            Event::Decline(side) => self.decline(side),
            Event::EscrowOpen { until } => Ok(self.escrow_open(until, now)),
            Event::Stakes(stakes) => Ok(self.stake(stakes, now)),
            Event::Drop(side) => self.drop_out(side, now),
            Event::Return(side) => self.come_back(side, now),
            Event::Abandon(side) => self.abandon(side, now),
            Event::Forfeit(side) => self.finish(forfeit_of(side), now),
            Event::Finish(outcome) => self.finish(outcome, now),
            Event::Dispute => self.dispute(now),
            Event::Rule(outcome) => self.rule(outcome, now),
            Event::Settle => self.settle(),
            Event::Void => self.void(),
            Event::TimePassed => Ok(false),
        }
    }

    fn accept(&mut self, side: Side, now: At) -> Changed {
        match &mut self.state {
            State::Matched { accepted, .. } => {
                if *accepted.of(side) {
                    return Ok(false);
                }
                *accepted.of_mut(side) = true;
                if accepted.first && accepted.second {
                    self.both_there(now);
                }
                Ok(true)
            }
            // It got there because both accepted, or because nobody was asked.
            State::Staking { .. }
            | State::Ready { .. }
            | State::Active { .. }
            | State::Resolved { .. }
            | State::Settled { .. } => Ok(false),
            State::Cancelled { .. } | State::Expired => Err(Refused::Over),
        }
    }

    fn decline(&mut self, side: Side) -> Changed {
        match &self.state {
            State::Matched { accepted, .. } if *accepted.of(side) => Err(Refused::AlreadyAccepted),
            State::Matched { .. } => Ok(self.dodge(side, Cancelled::Declined { by: side })),
            State::Staking { .. } | State::Ready { .. } | State::Active { .. } => {
                Err(Refused::AlreadyAccepted)
            }
            State::Cancelled { reason: Cancelled::Declined { by } } if *by == side => Ok(false),
            State::Resolved { .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => Err(Refused::Over),
        }
    }

    fn drop_out(&mut self, side: Side, now: At) -> Changed {
        match &mut self.state {
            State::Matched { .. } | State::Staking { .. } | State::Ready { .. } => {
                Ok(self.dodge(side, Cancelled::Disconnected { by: side }))
            }
            State::Active { presence, .. } => match presence.of(side) {
                Presence::Here => {
                    let until = now + self.timing.grace;
                    *presence.of_mut(side) = Presence::Away { until };
                    self.effects.push(Effect::Missing { side, until });
                    self.catch_up(now);
                    Ok(true)
                }
                Presence::Away { .. } | Presence::Gone => Ok(false),
            },
            State::Resolved { .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => Ok(false),
        }
    }

    fn come_back(&mut self, side: Side, now: At) -> Changed {
        let State::Active { presence, .. } = &mut self.state else {
            return Ok(false);
        };
        match presence.of(side) {
            Presence::Here => Ok(false),
            Presence::Gone => Err(Refused::GraceOver),
            Presence::Away { .. } => {
                *presence.of_mut(side) = Presence::Here;
                self.effects.push(Effect::Back { side });
                // The other has been given up already; it was only waited for this one.
                if *presence.of(side.other()) == Presence::Gone {
                    self.decide(forfeit_of(side.other()), now);
                }
                Ok(true)
            }
        }
    }

    fn abandon(&mut self, side: Side, now: At) -> Changed {
        match &self.state {
            State::Matched { .. } | State::Staking { .. } | State::Ready { .. } => {
                Ok(self.dodge(side, Cancelled::Left { by: side }))
            }
            State::Cancelled { reason: Cancelled::Left { by } } if *by == side => Ok(false),
            State::Active { .. }
            | State::Resolved { .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => self.finish(forfeit_of(side), now),
        }
    }

    fn finish(&mut self, outcome: Outcome, now: At) -> Changed {
        match &self.state {
            State::Matched { .. } | State::Staking { .. } | State::Ready { .. } => {
                Err(Refused::NotStarted)
            }
            State::Active { .. } => Ok(self.decide(outcome, now)),
            State::Resolved { verdict: Verdict::Disputed, .. } => Err(Refused::Disputed),
            State::Resolved { verdict: Verdict::Decided(stands), .. }
            | State::Settled { outcome: stands } => same(*stands, outcome),
            State::Cancelled { .. } | State::Expired => Err(Refused::Over),
        }
    }

    fn dispute(&mut self, now: At) -> Changed {
        match &self.state {
            State::Matched { .. } | State::Staking { .. } | State::Ready { .. } => {
                Err(Refused::NotStarted)
            }
            State::Active { .. } => {
                self.free_both();
                self.effects.push(Effect::Dispute);
                let until = now + self.timing.dispute;
                self.state = State::Resolved { verdict: Verdict::Disputed, until };
                Ok(true)
            }
            State::Resolved { verdict: Verdict::Disputed, .. } => Ok(false),
            State::Resolved { verdict: Verdict::Decided(_), .. } | State::Settled { .. } => {
                Err(Refused::ResultStands)
            }
            State::Cancelled { .. } | State::Expired => Err(Refused::Over),
        }
    }

    fn rule(&mut self, outcome: Outcome, now: At) -> Changed {
        match &self.state {
            State::Resolved { verdict: Verdict::Disputed, .. } => Ok(self.decide(outcome, now)),
            State::Matched { .. }
            | State::Staking { .. }
            | State::Ready { .. }
            | State::Active { .. }
            | State::Resolved { verdict: Verdict::Decided(_), .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => self.finish(outcome, now),
        }
    }

    fn settle(&mut self) -> Changed {
        match &self.state {
            State::Resolved { verdict: Verdict::Decided(_), .. } => {
                self.close();
                Ok(true)
            }
            State::Resolved { verdict: Verdict::Disputed, .. } => Err(Refused::Disputed),
            State::Settled { .. } => Ok(false),
            State::Matched { .. }
            | State::Staking { .. }
            | State::Ready { .. }
            | State::Active { .. } => Err(Refused::Undecided),
            State::Cancelled { .. } | State::Expired => Err(Refused::Over),
        }
    }

    fn void(&mut self) -> Changed {
        match &self.state {
            State::Matched { .. }
            | State::Staking { .. }
            | State::Ready { .. }
            | State::Active { .. }
            | State::Resolved { verdict: Verdict::Disputed, .. } => {
                self.cancel(Cancelled::Voided);
                Ok(true)
            }
            State::Resolved { verdict: Verdict::Decided(_), .. } | State::Settled { .. } => {
                Err(Refused::ResultStands)
            }
            State::Cancelled { reason: Cancelled::Voided } => Ok(false),
            State::Cancelled { .. } | State::Expired => Err(Refused::Over),
        }
    }

    fn start(&mut self, at: At) {
        self.effects.push(Effect::Start);
        let presence = Sides { first: Presence::Here, second: Presence::Here };
        self.state = State::Active { presence, ends_by: at + self.timing.length };
    }

    /// A side's grace is over. If the other is away as well, nobody has won yet: it is waited for.
    fn lose(&mut self, side: Side, at: At) {
        let State::Active { presence, .. } = &mut self.state else {
            return;
        };
        *presence.of_mut(side) = Presence::Gone;
        match presence.of(side.other()) {
            Presence::Here => {
                self.decide(forfeit_of(side), at);
            }
            Presence::Away { .. } => {}
            Presence::Gone => self.cancel(Cancelled::Deserted),
        }
    }

    fn decide(&mut self, outcome: Outcome, at: At) -> bool {
        self.free_both();
        self.effects.push(Effect::Decide { outcome });
        let until = at + self.timing.settlement;
        self.state = State::Resolved { verdict: Verdict::Decided(outcome), until };
        true
    }

    fn close(&mut self) {
        if let Some(outcome) = self.state.outcome() {
            self.effects.push(Effect::Close);
            self.state = State::Settled { outcome };
        }
    }

    /// A side spoils the match before it began; the other goes back to where it waited.
    fn dodge(&mut self, side: Side, reason: Cancelled) -> bool {
        self.effects.extend([
            Effect::Dodged { side },
            Effect::Free { side, to: Freed::Released },
            Effect::Free { side: side.other(), to: Freed::Requeued },
            Effect::Refund,
        ]);
        self.state = State::Cancelled { reason };
        true
    }

    fn unanswered(&mut self) {
        if let State::Matched { accepted, .. } = self.state {
            self.late(accepted, Cancelled::Unanswered { accepted });
        }
    }

    /// Who has done his part waits again at his old place; who has not has dodged.
    fn late(&mut self, done: Sides<bool>, reason: Cancelled) {
        for side in Side::BOTH {
            if *done.of(side) {
                self.effects.push(Effect::Free { side, to: Freed::Requeued });
            } else {
                self.effects.push(Effect::Dodged { side });
                self.effects.push(Effect::Free { side, to: Freed::Released });
            }
        }
        self.effects.push(Effect::Refund);
        self.state = State::Cancelled { reason };
    }

    fn cancel(&mut self, reason: Cancelled) {
        self.free_both();
        self.effects.push(Effect::Refund);
        self.state = State::Cancelled { reason };
    }

    /// Frees both, unless the end of the game has.
    fn free_both(&mut self) {
        if matches!(self.state, State::Resolved { .. }) {
            return;
        }
        let free = |side| Effect::Free { side, to: Freed::Released };
        self.effects.extend(Side::BOTH.map(free));
    }
}

fn forfeit_of(side: Side) -> Outcome {
    Outcome::Won { winner: side.other(), how: How::Forfeited }
}

fn same(stands: Outcome, told: Outcome) -> Changed {
    if stands == told { Ok(false) } else { Err(Refused::ResultStands) }
}
