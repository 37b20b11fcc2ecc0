//! What both directions know of a player when its next frame comes: the same, by construction.

use super::{
    float::{History, Order, same},
    records::Player,
};

/// One port's past within one `Frames` record.
#[derive(Debug)]
pub(super) struct State {
    pub(super) last: Player,
    pub(super) x: History,
    pub(super) y: History,
    /// What the next shield is told against: the last one that was up.
    pub(super) shield: f32,
}

impl State {
    pub(super) fn new(port: u8) -> Self {
        Self { last: origin(port), x: History::default(), y: History::default(), shield: 0.0 }
    }

    /// The player as it is if no field is told but, perhaps, the action state.
    pub(super) fn expected(&self, action_state: i32) -> Player {
        let goes_on = action_state == self.last.action_state;
        Player {
            x: self.x.predict(Order::Linear),
            y: self.y.predict(Order::Linear),
            action_state,
            action_frame: if goes_on { self.last.action_frame.wrapping_add(1) } else { 1 },
            ..self.last
        }
    }

    pub(super) fn push(&mut self, player: Player) {
        self.x.push(player.x);
        self.y.push(player.y);
        self.shield = player.shield_health.unwrap_or(self.shield);
        self.last = player;
    }
}

/// Where everyone stands before the first frame of a record.
pub(super) fn origin(port: u8) -> Player {
    Player {
        port,
        x: 0.0,
        y: 0.0,
        action_state: 0,
        action_frame: 0,
        facing_direction: 1,
        percent: 0.0,
        stocks: 4,
        shield_health: None,
        is_invincible: false,
        is_in_hitstun: false,
    }
}

/// Which fields a player's bytes tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) mask: u8,
    pub(super) more: u8,
}

impl Told {
    /// The fields in which `player` differs from what `state` expects.
    pub(super) fn of(player: &Player, state: &State) -> Self {
        let expected = state.expected(player.action_state);
        let bit = |is_told: bool, bit: u8| if is_told { bit } else { 0 };
        let more = bit(expected.facing_direction != player.facing_direction, FACING)
            | bit(expected.stocks != player.stocks, STOCKS)
            | match (expected.shield_health, player.shield_health) {
                (None, None) => 0,
                (Some(before), Some(now)) if same(before, now) => 0,
                (Some(_), None) => SHIELD_DOWN,
                (Some(_) | None, Some(_)) => SHIELD,
            };
        let mask = bit(!same(expected.x, player.x), X)
            | bit(!same(expected.y, player.y), Y)
            | bit(state.last.action_state != player.action_state, ACTION_STATE)
            | bit(expected.action_frame != player.action_frame, ACTION_FRAME)
            | bit(!same(expected.percent, player.percent), PERCENT)
            | bit(expected.is_invincible != player.is_invincible, INVINCIBLE)
            | bit(expected.is_in_hitstun != player.is_in_hitstun, HITSTUN)
            | bit(more != 0, MORE);
        Self { mask, more }
    }

    pub(super) fn has(self, bit: u8) -> bool {
        self.mask & bit != 0
    }

    pub(super) fn has_more(self, bit: u8) -> bool {
        self.more & bit != 0
    }
}

pub(super) const X: u8 = 1;
pub(super) const Y: u8 = 1 << 1;
pub(super) const ACTION_STATE: u8 = 1 << 2;
pub(super) const ACTION_FRAME: u8 = 1 << 3;
pub(super) const PERCENT: u8 = 1 << 4;
pub(super) const INVINCIBLE: u8 = 1 << 5;
pub(super) const HITSTUN: u8 = 1 << 6;
pub(super) const MORE: u8 = 1 << 7;

/// Bits of the second mask.
pub(super) const FACING: u8 = 1;
pub(super) const STOCKS: u8 = 1 << 1;
pub(super) const SHIELD_DOWN: u8 = 1 << 2;
pub(super) const SHIELD: u8 = 1 << 3;
