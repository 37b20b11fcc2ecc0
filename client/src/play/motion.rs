//! How a fighter moves: speeds, gravity, floors, ledges and the lines beyond which it is lost.
//!
//! Additions, multiplications, divisions and roots of f32 only, so every platform computes the
//! same match.

use super::{action::Action, fighter::Fighter, pilot::Input, stage::Stage};

impl Fighter {
    /// The speed of this frame.
    pub(super) fn drive(&mut self, input: Input, stage: &Stage) {
        let body = self.character;
        self.knock = slowed(self.knock);
        match self.action {
            Action::Dash | Action::Run => self.vx = approach(self.vx, self.facing * body.run, 0.15),
            Action::RollForward => self.vx = self.facing * 1.3,
            Action::RollBack => self.vx = self.facing * -1.3,
            Action::Climb if self.age == 1 => {
                self.y = 0.0;
                self.x = self.facing * -stage.edge;
                (self.vx, self.grounded) = (0.0, true);
            }
            Action::Climb => self.vx = if self.age < 20 { self.facing * 0.5 } else { 0.0 },
            Action::Recover if self.age < 14 => (self.vx, self.vy) = (0.0, 0.0),
            Action::Recover if self.age < 32 => {
                (self.vx, self.vy) = (self.facing * 2.1, 3.1);
            }
            Action::Catch | Action::Hang | Action::ReturnWait | Action::Entry => {
                (self.vx, self.vy) = (0.0, 0.0);
            }
            Action::Return => (self.vx, self.vy) = (0.0, -0.75),
            _ if self.grounded => self.vx = approach(self.vx, 0.0, body.friction),
            _ => {
                self.vy = (self.vy - body.gravity).max(-body.fall);
                let steers = self.stun == 0;
                let drift = if steers { input.stick * body.drift } else { self.vx };
                self.vx = approach(self.vx, drift, 0.05);
            }
        }
    }

    /// The way of this frame, and where it ends.
    pub(super) fn travel(&mut self, input: Input, stage: &Stage) {
        if self.action.is_dead() {
            return;
        }
        let from_y = self.y;
        self.x += self.vx + self.knock.0;
        if self.grounded {
            self.stay_or_fall(input, stage);
        } else {
            self.y += self.vy + self.knock.1;
            self.land_or_hang(input, stage, from_y);
        }
        self.be_lost(stage);
    }

    fn stay_or_fall(&mut self, input: Input, stage: &Stage) {
        if self.knock.1 > 0.0 {
            self.grounded = false;
            self.y += self.knock.1;
            return;
        }
        let walks_off = matches!(self.action, Action::Dash | Action::Run) && input.stick != 0.0;
        let is_main = self.y == 0.0;
        let beyond = self.x.abs() > stage.edge;
        if is_main && beyond && !walks_off && self.stun == 0 {
            self.x = self.x.clamp(-stage.edge, stage.edge);
            self.vx = 0.0;
        }
        let drops = input.drop && !is_main && self.is_free();
        if drops || !stage.holds(self.x, self.y) {
            self.grounded = false;
            self.vy = 0.0;
            if drops {
                self.y -= 0.5;
            }
            if self.stun == 0 {
                self.begin(Action::Fall);
            }
        }
    }

    fn land_or_hang(&mut self, input: Input, stage: &Stage, from_y: f32) {
        let floats = matches!(self.action, Action::Return | Action::ReturnWait);
        if floats || self.action.hangs() {
            return;
        }
        let drops = input.drop && self.stun == 0;
        if let Some(y) = stage.floor(self.x, from_y, self.y, drops) {
            self.y = y;
            return self.land();
        }
        if self.y < 0.0 && self.y > -40.0 && self.x.abs() < stage.edge {
            self.x = if self.x > 0.0 { stage.edge } else { -stage.edge };
        }
        let is_near = (stage.edge..stage.edge + 9.0).contains(&self.x.abs());
        let is_low = (-24.0..-4.0).contains(&self.y);
        let sinks = self.vy < 0.0 || self.action == Action::Recover;
        if is_near && is_low && sinks && self.stun == 0 {
            self.hang(stage);
        }
    }

    fn land(&mut self) {
        let was_hit = matches!(self.action, Action::Flung | Action::Tumble);
        (self.grounded, self.air_jumps, self.vy) = (true, 1, 0.0);
        self.knock = (self.knock.0 * 0.5, 0.0);
        self.begin(match self.action {
            Action::Attack(attack) => Action::LandAttacking(attack),
            Action::Helpless | Action::Recover => Action::LandHard,
            Action::Hurt => Action::Hurt,
            _ if was_hit => Action::LieDown,
            _ => Action::Land,
        });
        if was_hit {
            self.stun = 0;
        }
    }

    fn hang(&mut self, stage: &Stage) {
        let side = if self.x > 0.0 { 1.0 } else { -1.0 };
        (self.x, self.y) = (side * (stage.edge + 1.2), -14.6);
        (self.vx, self.vy, self.knock) = (0.0, 0.0, (0.0, 0.0));
        self.facing = -side;
        self.air_jumps = 1;
        self.invincible = self.invincible.max(37);
        self.begin(Action::Catch);
    }

    fn be_lost(&mut self, stage: &Stage) {
        let death = match (self.x, self.y) {
            (_, y) if y < stage.bottom => Action::DieBelow,
            (x, _) if x < -stage.side => Action::DieLeft,
            (x, _) if x > stage.side => Action::DieRight,
            (_, y) if y > stage.top && self.stun > 0 => Action::DieAbove,
            _ => return,
        };
        self.stocks = self.stocks.saturating_sub(1);
        (self.vx, self.vy, self.knock) = (0.0, 0.0, (0.0, 0.0));
        (self.stun, self.invincible, self.freeze, self.grounded) = (0, 0, 0, false);
        self.begin(death);
    }

    fn is_free(&self) -> bool {
        matches!(self.action, Action::Wait | Action::Dash | Action::Run)
    }
}

fn approach(speed: f32, wanted: f32, step: f32) -> f32 {
    if speed < wanted { (speed + step).min(wanted) } else { (speed - step).max(wanted) }
}

/// A knock loses the same from its length in every frame, whatever its direction.
fn slowed((x, y): (f32, f32)) -> (f32, f32) {
    let len = (x * x + y * y).sqrt();
    if len <= DECAY {
        return (0.0, 0.0);
    }
    let left = (len - DECAY) / len;
    (x * left, y * left)
}

const DECAY: f32 = 0.051;
