//! One fighter: what it does now, and what it does next.
//!
//! [`super::motion`] moves it, [`super::combat`] hits it.

use arena_protocol::melee::Player;

use super::{action::Action, pilot::Input, roster::Character, stage::Stage};

#[derive(Clone, Debug)]
pub(super) struct Fighter {
    pub(super) port: u8,
    pub(super) character: &'static Character,
    pub(super) x: f32,
    pub(super) y: f32,
    /// Its own speed; what a hit gave it comes on top.
    pub(super) vx: f32,
    pub(super) vy: f32,
    pub(super) knock: (f32, f32),
    /// 1 or -1.
    pub(super) facing: f32,
    pub(super) percent: f32,
    pub(super) stocks: u8,
    pub(super) shield: f32,
    pub(super) action: Action,
    /// Frames in the action, from 1.
    pub(super) age: u32,
    pub(super) grounded: bool,
    pub(super) air_jumps: u8,
    /// Frames left of each.
    pub(super) invincible: u32,
    pub(super) stun: u32,
    pub(super) freeze: u32,
    /// Whether the attack under way has hit already.
    pub(super) connected: bool,
}

impl Fighter {
    pub(super) fn new(port: u8, character: &'static Character, x: f32) -> Self {
        Self {
            port,
            character,
            x,
            y: 0.0,
            vx: 0.0,
            vy: 0.0,
            knock: (0.0, 0.0),
            facing: if x > 0.0 { -1.0 } else { 1.0 },
            percent: 0.0,
            stocks: 4,
            shield: SHIELD,
            action: Action::Entry,
            age: 0,
            grounded: true,
            air_jumps: 1,
            invincible: 0,
            stun: 0,
            freeze: 0,
            connected: false,
        }
    }

    /// One frame on, hits not counted.
    pub(super) fn tick(&mut self, input: Input, stage: &Stage) {
        if self.freeze > 0 {
            self.freeze -= 1;
            return;
        }
        self.age += 1;
        if self.action.cycle().is_some_and(|cycle| self.age > cycle) {
            self.age = 1;
        }
        self.invincible = self.invincible.saturating_sub(1);
        self.stun = self.stun.saturating_sub(1);
        if !self.action.blocks() {
            self.shield = (self.shield + 0.07).min(SHIELD);
        }
        self.act(input);
        self.drive(input, stage);
        self.travel(input, stage);
    }

    pub(super) fn begin(&mut self, action: Action) {
        self.action = action;
        self.age = 1;
        self.connected = false;
    }

    pub(super) fn is_off(&self, stage: &Stage) -> bool {
        !self.grounded && self.x.abs() > stage.edge
    }

    pub(super) fn runs(&self) -> bool {
        matches!(self.action, Action::Dash | Action::Run)
    }

    pub(super) fn player(&self) -> Player {
        Player {
            port: self.port,
            x: self.x,
            y: self.y,
            action_state: self.action.state(),
            action_frame: i32::try_from(self.age).unwrap_or(i32::MAX),
            facing_direction: if self.facing > 0.0 { 1 } else { -1 },
            percent: self.percent,
            stocks: self.stocks.into(),
            shield_health: self.action.shows_shield().then_some(self.shield),
            is_invincible: self.invincible > 0,
            is_in_hitstun: self.stun > 0,
        }
    }

    fn act(&mut self, input: Input) {
        match self.action {
            Action::Wait
            | Action::Turn
            | Action::Dash
            | Action::Run
            | Action::Brake
            | Action::Jump
            | Action::JumpBack
            | Action::AirJump
            | Action::Fall => self.choose(input),
            Action::Shield | Action::ShieldUp => self.hold_shield(input),
            Action::Hurt | Action::Flung if self.stun == 0 => {
                self.begin(if self.grounded { Action::Wait } else { Action::Tumble });
            }
            Action::Tumble if input.jump || input.attack.is_some() => self.choose(input),
            Action::Squat if self.age > self.character.squat => self.leave_ground(input),
            Action::ReturnWait if self.age > 15 && input.stick != 0.0 => self.drop_in(),
            Action::Hang if self.age > 12 => self.begin(Action::Climb),
            Action::DieBelow | Action::DieLeft | Action::DieRight | Action::DieAbove => {
                if self.age > 60 && self.stocks > 0 {
                    self.come_back();
                }
            }
            _ => self.finish(),
        }
    }

    /// What is over after a time, and what comes then.
    fn finish(&mut self) {
        let (len, next) = match self.action {
            Action::Land => (4, Action::Wait),
            Action::LandHard => (20, Action::Wait),
            Action::LandAttacking(_) => (9, Action::Wait),
            Action::Attack(attack) if self.grounded => (attack.len, Action::Wait),
            Action::Attack(attack) => (attack.len, Action::Fall),
            Action::Recover => (40, Action::Helpless),
            Action::ShieldDown => (15, Action::Wait),
            Action::ShieldHit => (9, Action::Shield),
            Action::Dizzy => (150, Action::Wait),
            Action::Dodge => (22, Action::Wait),
            Action::RollForward | Action::RollBack => (31, Action::Wait),
            Action::LieDown => (26, Action::StandUp),
            Action::StandUp => (30, Action::Wait),
            Action::Catch => (7, Action::Hang),
            Action::Climb => (32, Action::Wait),
            Action::Return => (60, Action::ReturnWait),
            Action::ReturnWait if self.age > 90 => return self.drop_in(),
            _ => return,
        };
        if self.age > len {
            self.begin(next);
        }
    }

    fn choose(&mut self, input: Input) {
        if let Some(attack) = input.attack {
            return self.begin(Action::Attack(attack));
        }
        match (self.grounded, input) {
            (true, Input { dodge: true, .. }) => self.dodge(input.stick),
            (true, Input { shield: true, .. }) => self.begin(Action::ShieldUp),
            (true, Input { jump: true, .. }) => self.begin(Action::Squat),
            (true, _) => self.walk(input.stick),
            (false, Input { recover: true, .. }) => {
                self.facing = if input.stick < 0.0 { -1.0 } else { 1.0 };
                self.begin(Action::Recover);
            }
            (false, Input { jump: true, .. }) if self.air_jumps > 0 => {
                self.air_jumps -= 1;
                self.vy = self.character.air_jump;
                self.vx = input.stick * self.character.drift;
                self.begin(Action::AirJump);
            }
            (false, _) if self.action != Action::Fall && self.vy < -0.5 => {
                self.begin(Action::Fall);
            }
            (false, _) => {}
        }
    }

    fn walk(&mut self, stick: f32) {
        let turns = stick * self.facing < 0.0;
        match self.action {
            _ if turns => {
                self.facing = -self.facing;
                self.begin(if self.runs() { Action::Brake } else { Action::Turn });
            }
            Action::Turn if self.age > 4 => self.begin(Action::Wait),
            Action::Brake if self.age > 12 => self.begin(Action::Wait),
            Action::Wait if stick != 0.0 => self.begin(Action::Dash),
            Action::Dash if self.age > 12 => self.begin(Action::Run),
            Action::Run | Action::Dash if stick == 0.0 => self.begin(Action::Brake),
            _ => {}
        }
    }

    fn dodge(&mut self, stick: f32) {
        self.invincible = 18;
        self.begin(match stick * self.facing {
            ahead if ahead > 0.0 => Action::RollForward,
            ahead if ahead < 0.0 => Action::RollBack,
            _ => Action::Dodge,
        });
    }

    fn hold_shield(&mut self, input: Input) {
        self.shield -= 0.28;
        match self.action {
            _ if self.shield <= 0.0 => {
                self.shield = SHIELD / 2.0;
                self.begin(Action::Dizzy);
            }
            Action::Shield if !input.shield => self.begin(Action::ShieldDown),
            Action::ShieldUp if self.age > 8 => self.begin(Action::Shield),
            _ => {}
        }
    }

    fn leave_ground(&mut self, input: Input) {
        self.grounded = false;
        self.vy = self.character.jump;
        self.vx = input.stick * self.character.drift + self.vx * 0.7;
        let ahead = input.stick * self.facing >= 0.0;
        self.begin(if ahead { Action::Jump } else { Action::JumpBack });
    }

    fn come_back(&mut self) {
        let side = if self.port % 2 == 1 { -1.0 } else { 1.0 };
        (self.x, self.y) = (side * 20.0, 95.0);
        (self.vx, self.vy, self.knock) = (0.0, 0.0, (0.0, 0.0));
        self.facing = -side;
        self.percent = 0.0;
        self.shield = SHIELD;
        self.invincible = 300;
        self.begin(Action::Return);
    }

    fn drop_in(&mut self) {
        self.invincible = 120;
        self.air_jumps = 1;
        self.begin(Action::Fall);
    }
}

const SHIELD: f32 = 60.0;
