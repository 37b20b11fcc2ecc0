//! Who holds a controller: sees both fighters, answers with what it presses.
//!
//! It decides every few frames and holds on to its decision in between, as someone with a reaction
//! time does.

use super::{
    action::{
        Action, Attack, BACK_AIR, DASH_ATTACK, DOWN_AIR, DOWN_SMASH, DOWN_TILT, FORWARD_AIR,
        FORWARD_SMASH, FORWARD_TILT, JAB, NEUTRAL_AIR, UP_AIR, UP_SMASH, UP_TILT,
    },
    fighter::Fighter,
    rng::Rng,
    stage::Stage,
};

/// What is pressed in one frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Input {
    /// -1 to the left, 1 to the right.
    pub(super) stick: f32,
    pub(super) drop: bool,
    pub(super) jump: bool,
    pub(super) shield: bool,
    pub(super) dodge: bool,
    pub(super) recover: bool,
    pub(super) attack: Option<&'static Attack>,
}

#[derive(Clone, Debug)]
pub(super) struct Pilot {
    rng: Rng,
    /// In percent: how often an opening is taken, how often an attack is seen coming.
    courage: u16,
    caution: u16,
    held: Input,
    holds_for: u16,
}

impl Pilot {
    pub(super) fn new(mut rng: Rng) -> Self {
        let courage = 55 + rng.below(40);
        let caution = 15 + rng.below(40);
        Self { rng, courage, caution, held: Input::default(), holds_for: 0 }
    }

    pub(super) fn decide(&mut self, me: &Fighter, foe: &Fighter, stage: &Stage) -> Input {
        if me.is_off(stage) {
            self.holds_for = 0;
            return self.come_back(me, stage);
        }
        if self.holds_for > 0 {
            self.holds_for -= 1;
            // A button is pressed once, only the stick and the shield are held.
            return Input { stick: self.held.stick, shield: self.held.shield, ..Input::default() };
        }
        self.holds_for = 2 + self.rng.below(6);
        self.held = self.plan(me, foe, stage);
        self.held
    }

    fn come_back(&mut self, me: &Fighter, stage: &Stage) -> Input {
        let sinks = me.vy < 0.0 && me.y < 8.0;
        let inwards = if me.x > 0.0 { -1.0 } else { 1.0 };
        let is_far = me.x.abs() > stage.edge + 25.0 || me.y < -18.0;
        Input {
            stick: inwards,
            jump: sinks && me.air_jumps > 0 && self.rng.chance(30),
            recover: sinks && me.air_jumps == 0 && is_far && self.rng.chance(25),
            ..Input::default()
        }
    }

    fn plan(&mut self, me: &Fighter, foe: &Fighter, stage: &Stage) -> Input {
        let (across, up) = (foe.x - me.x, foe.y - me.y);
        let (far, towards) = (across.abs(), if across < 0.0 { -1.0 } else { 1.0 });
        let comes = matches!(foe.action, Action::Attack(_)) && far < 26.0 && up.abs() < 20.0;
        if comes && self.rng.chance(self.caution) {
            return self.evade(towards);
        }
        if foe.action.is_dead() || foe.invincible > 20 {
            return self.keep_away(me, towards, far);
        }
        if foe.is_off(stage) {
            return self.guard_edge(me, foe, stage);
        }
        if far < 17.0 && up > -14.0 && up < 26.0 && self.rng.chance(self.courage) {
            let attack = self.attack(me, across * me.facing, up);
            return Input { stick: towards * 0.2, attack: Some(attack), ..Input::default() };
        }
        let jump = up > 12.0 || self.rng.chance(if far < 60.0 { 15 } else { 6 });
        let attack = (me.runs() && far < 28.0 && self.rng.chance(8)).then_some(&DASH_ATTACK);
        Input {
            stick: if self.rng.chance(12) { -towards } else { towards },
            drop: up < -10.0,
            jump: jump && far < 70.0,
            attack,
            ..Input::default()
        }
    }

    fn evade(&mut self, towards: f32) -> Input {
        match self.rng.below(5) {
            0 => Input { stick: -towards, dodge: true, ..Input::default() },
            1 => Input { stick: -towards, jump: true, ..Input::default() },
            2 => Input { dodge: true, ..Input::default() },
            _ => {
                self.holds_for = 10 + self.rng.below(20);
                Input { shield: true, ..Input::default() }
            }
        }
    }

    fn keep_away(&mut self, me: &Fighter, towards: f32, far: f32) -> Input {
        let inwards = if me.x > 0.0 { -1.0 } else { 1.0 };
        let stick = match () {
            () if me.x.abs() > 40.0 => inwards,
            () if far < 35.0 => -towards,
            () => 0.0,
        };
        Input { stick, jump: self.rng.chance(8), ..Input::default() }
    }

    /// Waits at the edge, or goes out to meet who comes back.
    fn guard_edge(&mut self, me: &Fighter, foe: &Fighter, stage: &Stage) -> Input {
        let side = if foe.x > 0.0 { 1.0 } else { -1.0 };
        let to_go = side * (stage.edge - 12.0) - me.x;
        let meets = (foe.x - me.x).abs() < 34.0 && foe.y > -30.0;
        let air = if me.facing * side > 0.0 { &FORWARD_AIR } else { &BACK_AIR };
        Input {
            stick: if to_go.abs() < 6.0 { 0.0 } else { (to_go / 10.0).clamp(-1.0, 1.0) },
            jump: meets && self.rng.chance(self.courage / 3),
            attack: (meets && !me.grounded).then_some(air),
            ..Input::default()
        }
    }

    fn attack(&mut self, me: &Fighter, ahead: f32, up: f32) -> &'static Attack {
        let choice: &[&'static Attack] = match (me.grounded, up > 9.0, ahead > 0.0) {
            (true, true, _) => &[&UP_TILT, &UP_SMASH],
            (true, false, true) if me.runs() => {
                &[&DASH_ATTACK, &JAB, &FORWARD_TILT, &FORWARD_SMASH]
            }
            (true, false, true) => &[&JAB, &JAB, &FORWARD_TILT, &DOWN_TILT, &FORWARD_SMASH],
            (true, false, false) => &[&DOWN_SMASH, &UP_TILT],
            (false, true, _) => &[&UP_AIR],
            (false, false, _) if up < -8.0 => &[&DOWN_AIR, &NEUTRAL_AIR],
            (false, false, true) => &[&NEUTRAL_AIR, &FORWARD_AIR],
            (false, false, false) => &[&BACK_AIR],
        };
        let attack: &&'static Attack = self.rng.pick(choice);
        attack
    }
}
