//! Everybody for himself: register, be assigned, play, end.
//!
//! Invariant: whoever registered either plays or is refunded, once.

use serde::{Deserialize, Serialize};

use super::{Next, Refused, Timed, catch_up};
use crate::ids::PlayerId;
use crate::time::{At, Span};

/// The numbers of a lobby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Fewer do not play.
    pub players_min: usize,
    /// More do not fit; when so many have come, nobody is waited for.
    pub players_max: usize,
    /// From when it opens.
    pub registration: Span,
    /// For the game to assign what it assigns.
    pub assigning: Span,
    /// How long they play.
    pub length: Span,
}

/// A lobby and who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lobby {
    /// In the order in which they registered.
    pub players: Vec<PlayerId>,
    /// Where it is.
    pub state: State,
}

/// Where a lobby is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Who wants to play says so.
    Registration {
        /// Until then.
        closes_at: At,
    },
    /// Nobody comes or goes any more; the game prepares.
    Assigning {
        /// When it starts.
        starts_at: At,
    },
    /// They play.
    Active {
        /// When it is over at the latest.
        ends_by: At,
    },
    /// It was played.
    Ended {
        /// Who won, if anybody said so.
        #[serde(default)]
        winner: Option<PlayerId>,
    },
    /// It was not.
    Cancelled {
        /// Why not.
        reason: Cancelled,
    },
}

/// Why a lobby was not played to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancelled {
    /// Too few had come when registration closed.
    TooFew,
    /// An operator took it back.
    Voided,
}

/// What happens to a lobby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Somebody wants to play.
    Register(PlayerId),
    /// Somebody does not want to any more.
    Leave(PlayerId),
    /// The game is over before its time; who has won it, if anybody has.
    Finish(Option<PlayerId>),
    /// An operator takes it back.
    Void,
    /// Nothing but time.
    TimePassed,
}

/// What somebody else has to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Assign what the game assigns.
    Assign,
    /// The game starts.
    Start,
    /// The game is over: pay what was won; all are free.
    End,
    /// This player gets the entry back and is free.
    Refund {
        /// Who.
        player: PlayerId,
    },
}

/// A lobby that opens now.
#[must_use]
pub fn open(numbers: &Numbers, now: At) -> Lobby {
    let closes_at = now + numbers.registration;
    Lobby { players: Vec::new(), state: State::Registration { closes_at } }
}

/// What an event does to a lobby. Whatever was due by now happens before it.
///
/// # Errors
/// Says why it may not happen; what was due is then left to the next event.
pub fn step(
    numbers: &Numbers,
    lobby: &Lobby,
    event: Event,
    now: At,
) -> Result<Next<Lobby, Effect>, Refused> {
    let mut course = Course { numbers, lobby: lobby.clone(), effects: Vec::new() };
    let late = catch_up(&mut course, now);
    let changed = course.on(event, now)?;
    let changed = catch_up(&mut course, now) || changed || late;
    Ok(if changed { Next::Changed(course.lobby, course.effects) } else { Next::Same })
}

struct Course<'a> {
    numbers: &'a Numbers,
    lobby: Lobby,
    effects: Vec<Effect>,
}

impl Lobby {
    /// When the next thing happens by itself; empty when nothing ever will.
    #[must_use]
    pub fn due_at(&self) -> Option<At> {
        match self.state {
            State::Registration { closes_at } => Some(closes_at),
            State::Assigning { starts_at } => Some(starts_at),
            State::Active { ends_by } => Some(ends_by),
            State::Ended { .. } | State::Cancelled { .. } => None,
        }
    }
}

impl Timed for Course<'_> {
    fn due_at(&self) -> Option<At> {
        self.lobby.due_at()
    }

    fn run_out(&mut self) {
        match self.lobby.state {
            State::Registration { closes_at } => self.close(closes_at),
            State::Assigning { starts_at } => {
                self.effects.push(Effect::Start);
                self.lobby.state = State::Active { ends_by: starts_at + self.numbers.length };
            }
            State::Active { .. } => self.end(None),
            State::Ended { .. } | State::Cancelled { .. } => {}
        }
    }
}

impl Course<'_> {
    fn on(&mut self, event: Event, now: At) -> Result<bool, Refused> {
        match event {
            Event::Register(player) => self.register(player, now),
            Event::Leave(player) => self.leave(player),
            Event::Finish(winner) => self.finish(winner),
            Event::Void => match self.lobby.state {
                State::Registration { .. } | State::Assigning { .. } | State::Active { .. } => {
                    self.cancel(Cancelled::Voided);
                    Ok(true)
                }
                State::Cancelled { reason: Cancelled::Voided } => Ok(false),
                State::Ended { .. } => Err(Refused::ResultStands),
                State::Cancelled { reason: Cancelled::TooFew } => Err(Refused::Over),
            },
            Event::TimePassed => Ok(false),
        }
    }

    fn register(&mut self, player: PlayerId, now: At) -> Result<bool, Refused> {
        match self.lobby.state {
            State::Registration { .. } => {}
            State::Assigning { .. } | State::Active { .. } => {
                let known = self.lobby.players.contains(&player);
                return if known { Ok(false) } else { Err(Refused::Closed) };
            }
            State::Ended { .. } | State::Cancelled { .. } => return Err(Refused::Over),
        }
        if self.lobby.players.contains(&player) {
            return Ok(false);
        }
        self.lobby.players.push(player);
        if self.lobby.players.len() >= self.numbers.players_max {
            self.close(now);
        }
        Ok(true)
    }

    fn leave(&mut self, player: PlayerId) -> Result<bool, Refused> {
        match self.lobby.state {
            State::Registration { .. } => {}
            State::Assigning { .. } | State::Active { .. } => return Err(Refused::Closed),
            State::Ended { .. } | State::Cancelled { .. } => return Err(Refused::Over),
        }
        let Some(place) = self.lobby.players.iter().position(|it| *it == player) else {
            return Ok(false);
        };
        self.lobby.players.remove(place);
        self.effects.push(Effect::Refund { player });
        Ok(true)
    }

    fn close(&mut self, at: At) {
        if self.lobby.players.len() < self.numbers.players_min {
            return self.cancel(Cancelled::TooFew);
        }
        self.effects.push(Effect::Assign);
        self.lobby.state = State::Assigning { starts_at: at + self.numbers.assigning };
    }

    fn finish(&mut self, winner: Option<PlayerId>) -> Result<bool, Refused> {
        if winner.is_some_and(|winner| !self.lobby.players.contains(&winner)) {
            return Err(Refused::NotAPlayer);
        }
        match self.lobby.state {
            State::Registration { .. } | State::Assigning { .. } => Err(Refused::NotStarted),
            State::Active { .. } => {
                self.end(winner);
                Ok(true)
            }
            State::Ended { winner: stands } if stands == winner => Ok(false),
            State::Ended { .. } => Err(Refused::ResultStands),
            State::Cancelled { .. } => Err(Refused::Over),
        }
    }

    fn end(&mut self, winner: Option<PlayerId>) {
        self.effects.push(Effect::End);
        self.lobby.state = State::Ended { winner };
    }

    fn cancel(&mut self, reason: Cancelled) {
        let refund = |player: &PlayerId| Effect::Refund { player: *player };
        self.effects.extend(self.lobby.players.iter().map(refund));
        self.lobby.state = State::Cancelled { reason };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Small, so that every way can be tried.
    const NUMBERS: Numbers = Numbers {
        players_min: 2,
        players_max: 3,
        registration: Span::seconds(60),
        assigning: Span::seconds(5),
        length: Span::seconds(360),
    };

    fn after(numbers: &Numbers, lobby: &Lobby, event: Event, s: i64) -> (Lobby, Vec<Effect>) {
        match step(numbers, lobby, event, At(s * 1_000)).unwrap() {
            Next::Changed(lobby, effects) => (lobby, effects),
            Next::Same => (lobby.clone(), Vec::new()),
        }
    }

    fn with(numbers: &Numbers, count: u128) -> Lobby {
        (0..count).fold(open(numbers, At(0)), |lobby, player| {
            after(numbers, &lobby, Event::Register(PlayerId(player)), 1).0
        })
    }

    #[test]
    fn a_lobby_is_closed_assigned_played_and_over() {
        let lobby = with(&NUMBERS, 2);
        let (lobby, effects) = after(&NUMBERS, &lobby, Event::TimePassed, 60);
        assert_eq!(
            (lobby.state, effects),
            (State::Assigning { starts_at: At(65_000) }, vec![Effect::Assign])
        );
        let (lobby, effects) = after(&NUMBERS, &lobby, Event::TimePassed, 65);
        assert_eq!(
            (lobby.state, effects),
            (State::Active { ends_by: At(425_000) }, vec![Effect::Start])
        );
        let (lobby, effects) = after(&NUMBERS, &lobby, Event::TimePassed, 425);
        assert_eq!((lobby.state, effects), (State::Ended { winner: None }, vec![Effect::End]));
    }

    #[test]
    fn with_too_few_everybody_is_refunded() {
        let lobby = with(&Numbers { players_min: 8, players_max: 64, ..NUMBERS }, 7);
        let numbers = Numbers { players_min: 8, players_max: 64, ..NUMBERS };
        let (lobby, effects) = after(&numbers, &lobby, Event::TimePassed, 60);
        assert_eq!(lobby.state, State::Cancelled { reason: Cancelled::TooFew });
        let refunds: Vec<_> = (0..7).map(|it| Effect::Refund { player: PlayerId(it) }).collect();
        assert_eq!(effects, refunds);
    }

    #[test]
    fn whoever_won_is_one_of_those_who_played_and_stays_so() {
        let lobby = with(&NUMBERS, 2);
        let (lobby, _) = after(&NUMBERS, &lobby, Event::TimePassed, 60);
        let finish = |lobby: &Lobby, winner: Option<u128>, s: i64| {
            step(&NUMBERS, lobby, Event::Finish(winner.map(PlayerId)), At(s * 1_000))
        };
        assert_eq!(finish(&lobby, Some(1), 61), Err(Refused::NotStarted));
        assert_eq!(finish(&lobby, Some(2), 66), Err(Refused::NotAPlayer));
        let (lobby, _) = after(&NUMBERS, &lobby, Event::Finish(Some(PlayerId(1))), 66);
        assert_eq!(lobby.state, State::Ended { winner: Some(PlayerId(1)) });
        assert_eq!(finish(&lobby, Some(1), 67), Ok(Next::Same));
        assert_eq!(finish(&lobby, Some(0), 67), Err(Refused::ResultStands));
        assert_eq!(finish(&lobby, None, 67), Err(Refused::ResultStands));
    }

    #[test]
    fn a_full_lobby_waits_for_nobody_and_takes_nobody() {
        let numbers = Numbers { players_min: 8, players_max: 64, ..NUMBERS };
        let lobby = with(&numbers, 64);
        assert_eq!(lobby.state, State::Assigning { starts_at: At(6_000) });
        let late = step(&numbers, &lobby, Event::Register(PlayerId(99)), At(2_000));
        assert_eq!(late, Err(Refused::Closed));
        let known = step(&numbers, &lobby, Event::Register(PlayerId(5)), At(2_000));
        assert_eq!(known, Ok(Next::Same));
    }

    #[test]
    fn no_way_of_eight_events_breaks_a_rule() {
        let players = [1, 2, 3, 4].map(PlayerId);
        let mut events = vec![Event::Finish(None), Event::Void, Event::TimePassed];
        events.push(Event::Finish(Some(PlayerId(1))));
        events.extend(players.iter().flat_map(|it| [Event::Register(*it), Event::Leave(*it)]));
        let mut ways = HashSet::from([(open(&NUMBERS, At(0)), At(0))]);
        let mut seen = ways.clone();
        for _ in 0..8 {
            let mut next = HashSet::new();
            for (lobby, now) in &ways {
                let due = lobby.due_at().unwrap_or(*now);
                for now in [*now, due - Span(1), due, due + Span::seconds(1_000)] {
                    for event in &events {
                        next.extend(checked(lobby, *event, now).map(|lobby| (lobby, now)));
                    }
                }
            }
            ways = next.into_iter().filter(|way| seen.insert(way.clone())).collect();
        }
        assert!(seen.len() > 500, "{} ways", seen.len());
    }

    fn checked(before: &Lobby, event: Event, now: At) -> Option<Lobby> {
        let Ok(Next::Changed(lobby, effects)) = step(&NUMBERS, before, event, now) else {
            return None;
        };
        assert!(before.due_at().is_some(), "what is over does not change");
        assert!(lobby.due_at().is_none_or(|due_at| due_at > now));
        let again = step(&NUMBERS, &lobby, event, now);
        assert!(!matches!(again, Ok(Next::Changed(..))), "{event:?} twice");
        let refunded: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Refund { player } => Some(*player),
                Effect::Assign | Effect::Start | Effect::End => None,
            })
            .collect();
        match lobby.state {
            State::Cancelled { .. } => {
                assert!(lobby.players.iter().all(|player| refunded.contains(player)));
                assert!(!effects.contains(&Effect::End));
            }
            State::Assigning { .. } | State::Active { .. } | State::Ended { .. } => {
                assert!((2..=3).contains(&lobby.players.len()));
                assert!(lobby.players.iter().all(|player| !refunded.contains(player)));
            }
            State::Registration { .. } => assert!(lobby.players.len() < 3),
        }
        let distinct: HashSet<_> = lobby.players.iter().collect();
        assert_eq!(distinct.len(), lobby.players.len());
        Some(lobby)
    }
}
