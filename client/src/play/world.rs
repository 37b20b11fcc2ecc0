//! One game: two fighters, who holds their controllers, and when it is decided.
//!
//! A clone goes on exactly as the original would; that is what makes a rollback possible.

use arena_protocol::melee::Frame;

use super::{
    action::Action,
    combat,
    fighter::Fighter,
    pilot::{Input, Pilot},
    stage::Stage,
};

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) number: i32,
    stage: &'static Stage,
    fighters: [Fighter; 2],
    pilots: [Pilot; 2],
    inputs: [Input; 2],
    /// Frames since someone lost the last stock.
    over_for: u32,
}

/// How a game was decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// The index of the winner.
    pub(super) winner: usize,
    pub(super) method: &'static str,
}

/// Which inputs a frame is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inputs {
    /// Those of both.
    Known,
    /// Those of the first; the other's have not arrived and are taken to be as before.
    Guessed,
}

impl World {
    pub(super) fn new(stage: &'static Stage, fighters: [Fighter; 2], pilots: [Pilot; 2]) -> Self {
        let inputs = [Input::default(); 2];
        Self { number: FIRST_FRAME - 1, stage, fighters, pilots, inputs, over_for: 0 }
    }

    pub(super) fn tick(&mut self, inputs: Inputs) -> Frame {
        self.number += 1;
        if self.number >= 0 {
            self.press(inputs);
        }
        for (fighter, input) in self.fighters.iter_mut().zip(self.inputs) {
            if self.number == 0 {
                fighter.begin(Action::Wait);
            }
            fighter.tick(input, self.stage);
        }
        combat::meet(&mut self.fighters);
        let is_over = self.fighters.iter().any(|fighter| fighter.stocks == 0);
        self.over_for += u32::from(is_over);
        Frame { number: self.number, players: self.fighters.iter().map(Fighter::player).collect() }
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        let [first, second] = &self.fighters;
        let method = match () {
            () if self.over_for > LAST_LOOK => "stocks",
            () if self.number >= TIME => "timeout",
            () => return None,
        };
        let leads = first.stocks > second.stocks
            || first.stocks == second.stocks && first.percent <= second.percent;
        Some(Verdict { winner: if leads { 0 } else { 1 }, method })
    }

    fn press(&mut self, inputs: Inputs) {
        let [first, second] = &self.fighters;
        let [mine, theirs] = &mut self.pilots;
        self.inputs[0] = mine.decide(first, second, self.stage);
        match inputs {
            Inputs::Known => self.inputs[1] = theirs.decide(second, first, self.stage),
            Inputs::Guessed => {}
        }
        if self.over_for > 0 {
            self.inputs = [Input::default(); 2];
        }
    }
}

/// Melee counts down until frame 0.
const FIRST_FRAME: i32 = -123;
/// Two minutes and twenty seconds, so that a match of three games ends within eight minutes.
const TIME: i32 = 8_400;
/// How long the one who is left is shown.
const LAST_LOOK: u32 = 90;
