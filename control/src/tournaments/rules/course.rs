//! A tournament as it is played. A game that can be played is called; both sides show up, and it
//! is begun; what comes of its matches decides it, or it is played again. Who withdraws loses every
//! game that is left at once, so that nobody is called to one.
//!
//! Invariant: whatever happens, in whatever order it is told, a decided game stays as it is, and
//! nobody has two games that are called or played. A game between two who are known and of whom one
//! has withdrawn is decided.

#[cfg(test)]
mod tests;
mod withdrawing;

use std::collections::BTreeMap;

use super::bracket::Bracket;
use super::game::{Effect, Ending, Game, How, Refused, State, TRIES_MAX};
use super::seeding::Lots;
use super::settings::{Pace, Settings};
use super::{Decided, Gone, Pairing, Results, Seed, Spot, Verdict};
use crate::ids::MatchId;
use crate::matches::rules::{Outcome, Side, Sides};
use crate::time::At;

/// A tournament that is played.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    settings: &'a Settings,
    lots: Lots,
    /// Who takes part, by seed.
    players: Vec<Player>,
    games: BTreeMap<Spot, Game>,
}

/// Somebody who takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Player {
    /// Whether it would do nothing.
    pub is_idle: bool,
    /// Once it has withdrawn: the first round that was not drawn yet.
    pub gone_from: Option<u16>,
}

impl<'a> Course<'a> {
    /// Of its games so far.
    #[must_use]
    pub fn new(
        settings: &'a Settings,
        lots: Lots,
        players: Vec<Player>,
        games: BTreeMap<Spot, Game>,
    ) -> Self {
        Self { settings, lots, players, games }
    }

    /// Its games that were called at least once.
    #[must_use]
    pub fn games(&self) -> &BTreeMap<Spot, Game> {
        &self.games
    }

    /// What came of them.
    #[must_use]
    pub fn results(&self) -> Results {
        let decided = self.games.iter().filter_map(|(spot, game)| match game.state {
            State::Decided { decided, .. } => Some((*spot, decided)),
            State::Waiting | State::Called { .. } | State::Playing { .. } | State::Stalled => None,
        });
        decided.collect()
    }

    /// Who meets whom, as far as that is known.
    #[must_use]
    pub fn bracket(&self) -> Bracket {
        let entries = u16::try_from(self.players.len()).unwrap_or(u16::MAX);
        let gone: Gone = (0..entries)
            .map(Seed)
            .filter_map(|seed| Some((seed, self.player(seed).gone_from?)))
            .collect();
        Bracket::of(self.settings.shape(entries), &self.results(), &gone)
    }

    /// Somebody who takes part.
    #[must_use]
    pub fn player(&self, seed: Seed) -> Player {
        self.players.get(usize::from(seed.0)).copied().unwrap_or_default()
    }

    /// The game that an entry is called to, or plays.
    #[must_use]
    pub fn current(&self, seed: Seed) -> Option<(Pairing, Side)> {
        let bracket = self.bracket();
        let open = self.games.iter().filter(|(_, game)| match game.state {
            State::Called { .. } | State::Playing { .. } => true,
            State::Waiting | State::Stalled | State::Decided { .. } => false,
        });
        let of = |spot: &Spot| {
            let pairing = *bracket.at(*spot)?;
            Some((pairing, pairing.side_of(seed)?))
        };
        open.filter_map(|(spot, _)| of(spot)).next()
    }

    /// Whatever can be played by now is called, unless an operator asks for each.
    #[must_use = "each effect is carried out once"]
    pub fn go_on(&mut self, now: At) -> Vec<Effect> {
        let mut effects = Vec::new();
        loop {
            while self.walk_over(&mut effects) {}
            let waiting = self.waiting();
            let mut tossed = false;
            for spot in waiting {
                if self.toss(spot) {
                    effects.push(Effect::Decided(spot));
                    tossed = true;
                } else if self.settings.pace == Pace::Own {
                    effects.push(self.call(spot, now));
                }
            }
            // A coin may let others be played.
            if !tossed {
                return effects;
            }
        }
    }

    /// The next game that an operator may ask for.
    #[must_use]
    pub fn next(&self) -> Option<Spot> {
        self.waiting().first().copied()
    }

    /// A side is there.
    ///
    /// # Errors
    /// Its game is not called.
    pub fn show_up(&mut self, spot: Spot, side: Side) -> Result<Vec<Effect>, Refused> {
        match self.games.get_mut(&spot).map(|game| &mut game.state) {
            Some(State::Called { here, .. }) => {
                *here.of_mut(side) = true;
                let both = here.first && here.second;
                Ok(if both { vec![Effect::Begin(spot)] } else { Vec::new() })
            }
            Some(State::Playing { .. }) => Ok(Vec::new()),
            Some(State::Waiting | State::Stalled | State::Decided { .. }) | None => {
                Err(Refused::NotCalled)
            }
        }
    }

    /// A side that was there is not any more.
    pub fn leave(&mut self, spot: Spot, side: Side) {
        if let Some(State::Called { here, .. }) = self.games.get_mut(&spot).map(|it| &mut it.state)
        {
            *here.of_mut(side) = false;
        }
    }

    /// A match of it was made.
    pub fn began(&mut self, spot: Spot, match_id: MatchId) {
        let game = self.game(spot);
        game.state = State::Playing { match_id };
        game.last_match = Some(match_id);
    }

    /// A match has ended. One that is not the game's any more changes nothing.
    #[must_use = "each effect is carried out once"]
    pub fn ended(&mut self, spot: Spot, match_id: MatchId, ending: Ending, now: At) -> Vec<Effect> {
        let needed = self.settings.wins_needed();
        let series = self.settings.best_of > 1;
        let draws_count = !self.settings.format.eliminates() && !series;
        let Some(game) = self.games.get_mut(&spot) else { return Vec::new() };
        if game.state != (State::Playing { match_id }) {
            return Vec::new();
        }
        match ending {
            Ending::Decided(Outcome::Won { winner, .. }, score) => {
                *game.wins.of_mut(winner) += 1;
                let score = if series { game.wins } else { score };
                if *game.wins.of(winner) >= needed {
                    let decided = Decided { verdict: Verdict::Won(winner), score };
                    return self.decide(spot, decided, How::Played, now);
                }
                self.again(spot, now)
            }
            Ending::Decided(Outcome::Drawn { .. }, score) if draws_count => {
                let decided = Decided { verdict: Verdict::Drawn, score };
                self.decide(spot, decided, How::Played, now)
            }
            Ending::Void(Some(gone)) => {
                let decided = Decided { verdict: Verdict::Won(gone.other()), score: game.wins };
                self.decide(spot, decided, How::Walkover, now)
            }
            Ending::Decided(Outcome::Drawn { .. }, _) | Ending::Void(None) => {
                game.tries += 1;
                self.again(spot, now)
            }
        }
    }

    /// The time to show up may be over.
    #[must_use = "each effect is carried out once"]
    pub fn run_out(&mut self, spot: Spot, now: At) -> Vec<Effect> {
        let Some(State::Called { here, until }) = self.games.get(&spot).map(|it| it.state) else {
            return Vec::new();
        };
        if until > now {
            return vec![Effect::Called(spot, until)];
        }
        let verdict = match (here.first, here.second) {
            (true, false) => Verdict::Won(Side::First),
            (false, true) => Verdict::Won(Side::Second),
            (false, false) | (true, true) => self.neither(spot),
        };
        let score = self.games.get(&spot).map(|it| it.wins).unwrap_or_default();
        self.decide(spot, Decided { verdict, score }, How::Walkover, now)
    }

    /// An operator says what came of a game. The same again changes nothing.
    ///
    /// # Errors
    /// There is no such game, it is decided otherwise, or it needs a winner.
    pub fn rule(&mut self, spot: Spot, decided: Decided, now: At) -> Result<Vec<Effect>, Refused> {
        self.bracket().at(spot).and_then(Pairing::met).ok_or(Refused::NoGame)?;
        if self.settings.format.eliminates() && !matches!(decided.verdict, Verdict::Won(_)) {
            return Err(Refused::NeedsWinner);
        }
        match self.games.get(&spot).map(|game| game.state) {
            Some(State::Decided { decided: stands, .. }) if stands.verdict == decided.verdict => {
                Ok(Vec::new())
            }
            Some(State::Decided { .. }) => Err(Refused::Stands),
            Some(
                State::Waiting | State::Called { .. } | State::Playing { .. } | State::Stalled,
            )
            | None => Ok(self.decide(spot, decided, How::Ruled, now)),
        }
    }

    /// An operator has a game played again from where its series stands.
    ///
    /// # Errors
    /// It is decided, or was never called.
    pub fn replay(&mut self, spot: Spot, now: At) -> Result<Vec<Effect>, Refused> {
        match self.games.get_mut(&spot) {
            Some(game) => match game.state {
                State::Called { .. } | State::Playing { .. } | State::Stalled => {
                    game.tries = 0;
                    Ok(self.again(spot, now))
                }
                State::Waiting | State::Decided { .. } => Err(Refused::NotOpen),
            },
            None => Err(Refused::NotOpen),
        }
    }

    fn waiting(&self) -> Vec<Spot> {
        let open = |spot: &Spot| match self.games.get(spot).map(|game| game.state) {
            None | Some(State::Waiting) => true,
            Some(
                State::Called { .. }
                | State::Playing { .. }
                | State::Stalled
                | State::Decided { .. },
            ) => false,
        };
        let playable = self.bracket().playable(&self.results());
        playable.into_iter().filter(open).collect()
    }

    fn toss(&mut self, spot: Spot) -> bool {
        let idle = |seed: &Seed| self.player(*seed).is_idle;
        let met = self.bracket().at(spot).and_then(Pairing::met);
        if !met.is_some_and(|met| met.iter().all(idle)) {
            return false;
        }
        let verdict = Verdict::Won(self.lots.coin(spot));
        let decided = Decided { verdict, score: Sides::default() };
        self.game(spot).state = State::Decided { decided, how: How::Coin };
        true
    }

    /// Where one has to go on, it is the better seed.
    fn neither(&self, spot: Spot) -> Verdict {
        match self.bracket().at(spot).and_then(Pairing::met) {
            Some([first, second]) if self.settings.format.eliminates() => {
                Verdict::Won(if first < second { Side::First } else { Side::Second })
            }
            Some(_) | None => Verdict::Neither,
        }
    }

    fn call(&mut self, spot: Spot, now: At) -> Effect {
        let until = now + self.settings.show_up;
        self.game(spot).state = State::Called { here: Sides::default(), until };
        Effect::Called(spot, until)
    }

    fn again(&mut self, spot: Spot, now: At) -> Vec<Effect> {
        let game = self.game(spot);
        if game.tries >= TRIES_MAX {
            game.state = State::Stalled;
            return vec![Effect::Stalled(spot)];
        }
        game.state = State::Waiting;
        let mut effects = vec![Effect::Again(spot)];
        if self.settings.pace == Pace::Own {
            effects.push(self.call(spot, now));
        }
        effects
    }

    fn decide(&mut self, spot: Spot, decided: Decided, how: How, now: At) -> Vec<Effect> {
        self.game(spot).state = State::Decided { decided, how };
        let mut effects = vec![Effect::Closed(spot), Effect::Decided(spot)];
        effects.extend(self.go_on(now));
        effects
    }

    fn game(&mut self, spot: Spot) -> &mut Game {
        self.games.entry(spot).or_insert_with(|| Game {
            state: State::Waiting,
            wins: Sides::default(),
            tries: 0,
            last_match: None,
        })
    }
}
