//! One crew challenges another: a certain one, or whoever waits as well.
//!
//! A crew that was asked and says no, or nothing, is not waited for: the challenger then meets the
//! next crew that seeks a battle. Once two crews have met the battle is declared, and starts when
//! the start timer is over, if both still have enough members.
//!
//! Invariant: each crew is let go exactly once, and no player fights on both sides.

use std::collections::HashSet;

mod battle;

pub use battle::{Battle, Cancelled, Crew, Effect, Event, Numbers, State};

use super::{Next, Refused, Timed, catch_up};
use crate::ids::{LobbyId, PlayerId};
use crate::matches::rules::{Outcome, Side};
use crate::time::At;

/// A challenge, to a certain crew or to any.
///
/// # Errors
/// The crew cannot fight like this, or challenges itself.
pub fn challenge(
    numbers: &Numbers,
    challenger: Crew,
    asked: Option<LobbyId>,
    now: At,
) -> Result<(Battle, Vec<Effect>), Refused> {
    check_crew(numbers, &challenger)?;
    if asked == Some(challenger.id) {
        return Err(Refused::Shared);
    }
    let (state, effect) = match asked {
        Some(crew) => {
            let answer_by = now + numbers.answer;
            (State::Challenged { asked: crew, answer_by }, Effect::Ask { crew })
        }
        None => (State::Seeking { until: now + numbers.search }, Effect::Seek),
    };
    Ok((Battle { challenger, defender: None, state }, vec![effect]))
}

/// Which of the crews that seek a battle meet, by their places in this list, the oldest first: the
/// oldest meets the next that it may. The first of two is the challenger.
#[must_use]
pub fn opponents(seeking: &[Crew]) -> Vec<(usize, usize)> {
    let mut left: Vec<usize> = (0..seeking.len()).collect();
    let mut met = Vec::new();
    while !left.is_empty() {
        let first = left.remove(0);
        let may = |other: &usize| check_apart(&seeking[first], &seeking[*other]).is_ok();
        if let Some(place) = left.iter().position(may) {
            met.push((first, left.remove(place)));
        }
    }
    met
}

/// What an event does to a battle. Whatever was due by now happens before it.
///
/// # Errors
/// Says why it may not happen; what was due is then left to the next event.
pub fn step(
    numbers: &Numbers,
    battle: &Battle,
    event: Event,
    now: At,
) -> Result<Next<Battle, Effect>, Refused> {
    let mut course = Course { numbers, battle: battle.clone(), effects: Vec::new() };
    let late = catch_up(&mut course, now);
    let changed = course.on(event, now)?;
    let changed = catch_up(&mut course, now) || changed || late;
    Ok(if changed { Next::Changed(course.battle, course.effects) } else { Next::Same })
}

fn check_crew(numbers: &Numbers, crew: &Crew) -> Result<(), Refused> {
    let (min, max) = (numbers.members_min, numbers.members_max);
    let distinct: HashSet<_> = crew.members.iter().collect();
    let fits = (min..=max).contains(&crew.members.len()) && distinct.len() == crew.members.len();
    if fits { Ok(()) } else { Err(Refused::BadCrew { min, max }) }
}

fn check_apart(one: &Crew, other: &Crew) -> Result<(), Refused> {
    let shared = one.members.iter().any(|member| other.members.contains(member));
    if shared || one.id == other.id { Err(Refused::Shared) } else { Ok(()) }
}

struct Course<'a> {
    numbers: &'a Numbers,
    battle: Battle,
    effects: Vec<Effect>,
}

impl Timed for Course<'_> {
    fn due_at(&self) -> Option<At> {
        self.battle.due_at()
    }

    fn run_out(&mut self) {
        match self.battle.state {
            State::Challenged { answer_by, .. } => self.seek(answer_by),
            State::Seeking { .. } => self.cancel(Cancelled::NobodyFound),
            State::Declared { starts_at } => self.start(starts_at),
            State::Active { .. } => self.cancel(Cancelled::Undecided),
            State::Resolved { .. } | State::Cancelled { .. } => {}
        }
    }
}

impl Course<'_> {
    fn on(&mut self, event: Event, now: At) -> Result<bool, Refused> {
        match event {
            Event::Accept(crew) => self.accept(crew, now),
            Event::Decline(crew) => self.decline(crew, now),
            Event::Withdraw => self.end_unmet(Cancelled::Withdrawn),
            Event::Meet(crew) => match self.battle.state {
                State::Seeking { .. } => self.meet(crew, now),
                State::Challenged { .. } => Err(Refused::NotAsked),
                State::Declared { .. } | State::Active { .. } => self.already(crew.id),
                State::Resolved { .. } | State::Cancelled { .. } => Err(Refused::Over),
            },
            Event::FoundElsewhere => self.end_unmet(Cancelled::FoundElsewhere),
            Event::Join(side, player) => self.join(side, player),
            Event::Leave(side, player) => self.leave(side, player),
            Event::Finish(outcome) => self.finish(outcome),
            Event::Void => match self.battle.state {
                State::Challenged { .. }
                | State::Seeking { .. }
                | State::Declared { .. }
                | State::Active { .. } => {
                    self.cancel(Cancelled::Voided);
                    Ok(true)
                }
                State::Resolved { .. } => Err(Refused::ResultStands),
                State::Cancelled { reason: Cancelled::Voided } => Ok(false),
                State::Cancelled { .. } => Err(Refused::Over),
            },
            Event::TimePassed => Ok(false),
        }
    }

    fn accept(&mut self, crew: Crew, now: At) -> Result<bool, Refused> {
        match self.battle.state {
            State::Challenged { asked, .. } if asked == crew.id => self.meet(crew, now),
            State::Challenged { .. } | State::Seeking { .. } => Err(Refused::NotAsked),
            State::Declared { .. } | State::Active { .. } => self.already(crew.id),
            State::Resolved { .. } | State::Cancelled { .. } => Err(Refused::Over),
        }
    }

    fn decline(&mut self, crew: LobbyId, now: At) -> Result<bool, Refused> {
        match self.battle.state {
            State::Challenged { asked, .. } if asked == crew => {
                self.seek(now);
                Ok(true)
            }
            State::Challenged { .. } => Err(Refused::NotAsked),
            // It has been given up already, whoever was asked.
            State::Seeking { .. } => Ok(false),
            State::Declared { .. } | State::Active { .. } => Err(Refused::Closed),
            State::Resolved { .. } | State::Cancelled { .. } => Err(Refused::Over),
        }
    }

    /// Ends a battle in which nobody was met.
    fn end_unmet(&mut self, reason: Cancelled) -> Result<bool, Refused> {
        match self.battle.state {
            State::Challenged { .. } | State::Seeking { .. } => {
                self.cancel(reason);
                Ok(true)
            }
            State::Declared { .. } | State::Active { .. } => Err(Refused::Closed),
            State::Cancelled { reason: stands } if stands == reason => Ok(false),
            State::Resolved { .. } | State::Cancelled { .. } => Err(Refused::Over),
        }
    }

    fn already(&self, crew: LobbyId) -> Result<bool, Refused> {
        let met = self.battle.defender.as_ref().is_some_and(|defender| defender.id == crew);
        if met { Ok(false) } else { Err(Refused::Closed) }
    }

    fn meet(&mut self, crew: Crew, now: At) -> Result<bool, Refused> {
        check_crew(self.numbers, &crew)?;
        check_apart(&self.battle.challenger, &crew)?;
        let starts_at = now + self.numbers.start_timer;
        self.effects.push(Effect::Declare { starts_at });
        self.battle.defender = Some(crew);
        self.battle.state = State::Declared { starts_at };
        Ok(true)
    }

    fn join(&mut self, side: Side, player: PlayerId) -> Result<bool, Refused> {
        self.check_gathering()?;
        let other = self.members(side.other()).is_some_and(|them| them.contains(&player));
        let max = self.numbers.members_max;
        let members = self.members(side).ok_or(Refused::NotAsked)?;
        if members.contains(&player) {
            return Ok(false);
        }
        if other {
            return Err(Refused::Shared);
        }
        if members.len() >= max {
            return Err(Refused::Full);
        }
        members.push(player);
        Ok(true)
    }

    fn leave(&mut self, side: Side, player: PlayerId) -> Result<bool, Refused> {
        self.check_gathering()?;
        let members = self.members(side).ok_or(Refused::NotAsked)?;
        let before = members.len();
        members.retain(|member| *member != player);
        Ok(members.len() < before)
    }

    fn check_gathering(&self) -> Result<(), Refused> {
        match self.battle.state {
            State::Challenged { .. } | State::Seeking { .. } | State::Declared { .. } => Ok(()),
            State::Active { .. } => Err(Refused::Closed),
            State::Resolved { .. } | State::Cancelled { .. } => Err(Refused::Over),
        }
    }

    fn members(&mut self, side: Side) -> Option<&mut Vec<PlayerId>> {
        match side {
            Side::First => Some(&mut self.battle.challenger.members),
            Side::Second => self.battle.defender.as_mut().map(|crew| &mut crew.members),
        }
    }

    fn finish(&mut self, outcome: Outcome) -> Result<bool, Refused> {
        match self.battle.state {
            State::Challenged { .. } | State::Seeking { .. } | State::Declared { .. } => {
                Err(Refused::NotStarted)
            }
            State::Active { .. } => {
                self.effects.push(Effect::Decide { outcome });
                self.release_all();
                self.battle.state = State::Resolved { outcome };
                Ok(true)
            }
            State::Resolved { outcome: stands } if stands == outcome => Ok(false),
            State::Resolved { .. } => Err(Refused::ResultStands),
            State::Cancelled { .. } => Err(Refused::Over),
        }
    }

    fn seek(&mut self, at: At) {
        self.effects.push(Effect::Seek);
        self.battle.state = State::Seeking { until: at + self.numbers.search };
    }

    fn start(&mut self, at: At) {
        let min = self.numbers.members_min;
        let mut short = |side| self.members(side).is_none_or(|members| members.len() < min);
        match (short(Side::First), short(Side::Second)) {
            (false, false) => {
                self.effects.push(Effect::Start);
                self.battle.state = State::Active { ends_by: at + self.numbers.length };
            }
            (true, true) => self.cancel(Cancelled::TooFew { side: Side::First }),
            (first, _) => {
                let side = if first { Side::First } else { Side::Second };
                self.effects.push(Effect::Release { side });
                self.effects.push(Effect::Requeue { side: side.other() });
                self.battle.state = State::Cancelled { reason: Cancelled::TooFew { side } };
            }
        }
    }

    fn cancel(&mut self, reason: Cancelled) {
        self.release_all();
        self.battle.state = State::Cancelled { reason };
    }

    fn release_all(&mut self) {
        self.effects.push(Effect::Release { side: Side::First });
        if self.battle.defender.is_some() {
            self.effects.push(Effect::Release { side: Side::Second });
        }
    }
}

#[cfg(test)]
mod tests;
