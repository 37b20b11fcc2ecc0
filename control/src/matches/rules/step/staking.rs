//! From the last answer to the countdown: at once, or by way of the stakes.
//!
//! Invariant: a match with a stake is counted down only when both are locked.

use super::super::state::{Cancelled, Stake, State};
use super::super::{Effect, Freed, Side, Sides};
use super::Course;
use crate::time::At;

impl Course<'_> {
    /// Nobody is waited for any more but the stakes.
    pub(super) fn both_there(&mut self, now: At) {
        match self.timing.staking {
            Some(limit) => {
                let (stakes, opened) = (Sides::default(), false);
                self.state = State::Staking { stakes, opened, lock_by: now + limit };
                self.effects.push(Effect::Stakes);
                self.catch_up(now);
            }
            None => self.count_down(now),
        }
    }

    fn count_down(&mut self, now: At) {
        let starts_at = now + self.timing.countdown;
        self.effects.push(Effect::CountDown { starts_at });
        self.state = State::Ready { starts_at };
        self.catch_up(now);
    }

    /// The time to lock begins with the first escrow; another one after a reorganisation does not
    /// begin it anew.
    pub(super) fn escrow_open(&mut self, until: At, now: At) -> bool {
        let (State::Staking { opened: opened @ false, lock_by, .. }, Some(limit)) =
            (&mut self.state, self.timing.staking)
        else {
            return false;
        };
        *opened = true;
        *lock_by = until.min(now + limit);
        self.effects.push(Effect::Stakes);
        self.catch_up(now);
        true
    }

    pub(super) fn stake(&mut self, has: Sides<Stake>, now: At) -> bool {
        let locked = has.first == Stake::Locked && has.second == Stake::Locked;
        match &mut self.state {
            State::Staking { .. } if locked => self.count_down(now),
            State::Staking { stakes, .. } if *stakes == has => return false,
            State::Staking { stakes, .. } => {
                *stakes = has;
                self.effects.push(Effect::Stakes);
            }
            State::Ready { .. } if self.timing.staking.is_some() && !locked => {
                self.part(Cancelled::Unlocked);
            }
            // Who has begun plays on, whatever the chain takes back: it is its result that counts.
            State::Matched { .. }
            | State::Ready { .. }
            | State::Active { .. }
            | State::Resolved { .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => return false,
        }
        true
    }

    pub(super) fn unstaked(&mut self) {
        let State::Staking { stakes, opened, .. } = self.state else {
            return;
        };
        if !opened {
            return self.part(Cancelled::NoEscrow);
        }
        let paid = |side| *stakes.of(side) != Stake::Owed;
        let paid = Sides { first: paid(Side::First), second: paid(Side::Second) };
        self.late(paid, Cancelled::Unstaked { paid });
    }

    /// It comes to nothing, by no fault of either: both wait again at their old places.
    fn part(&mut self, reason: Cancelled) {
        let free = |side| Effect::Free { side, to: Freed::Requeued };
        self.effects.extend(Side::BOTH.map(free));
        self.effects.push(Effect::Refund);
        self.state = State::Cancelled { reason };
    }
}
