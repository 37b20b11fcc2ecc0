//! What follows for a tournament that is played from who withdraws.

use super::super::game::{Effect, How, State};
use super::super::single::number;
use super::super::{Decided, Seed, Verdict};
use super::Course;
use crate::matches::rules::Side;
use crate::time::At;

impl Course<'_> {
    /// An entry takes part no more: whatever it has left to play is lost. Again, it changes nothing.
    #[must_use = "each effect is carried out once"]
    pub fn withdraw(&mut self, seed: Seed, now: At) -> Vec<Effect> {
        let drawn = number(self.bracket().rounds.len());
        match self.players.get_mut(usize::from(seed.0)) {
            Some(player) if player.gone_from.is_none() => player.gone_from = Some(drawn),
            Some(_) | None => return Vec::new(),
        }
        self.go_on(now)
    }

    /// Decides what is lost by who has withdrawn; whether there was any such game, which may let
    /// others be known.
    pub(super) fn walk_over(&mut self, effects: &mut Vec<Effect>) -> bool {
        let (bracket, results) = (self.bracket(), self.results());
        let mut any = false;
        for game in bracket.games().filter(|game| !results.contains_key(&game.spot)) {
            let Some([first, second]) = game.met() else { continue };
            let verdict = match (bracket.is_gone(first), bracket.is_gone(second)) {
                (false, false) => continue,
                (false, true) => Verdict::Won(Side::First),
                (true, false) => Verdict::Won(Side::Second),
                (true, true) => self.neither(game.spot),
            };
            let open = self.game(game.spot);
            if let State::Called { .. } = open.state {
                effects.push(Effect::Closed(game.spot));
            }
            let decided = Decided { verdict, score: open.wins };
            open.state = State::Decided { decided, how: How::Walkover };
            effects.push(Effect::Decided(game.spot));
            any = true;
        }
        any
    }
}
