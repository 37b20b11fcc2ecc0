//! What happens when an attack meets a body: damage, knockback, hitstun, or a worn shield.

use super::{
    action::{Action, Attack},
    fighter::Fighter,
};

/// Both are looked at before either is hurt, so that two attacks may trade.
pub(super) fn meet(fighters: &mut [Fighter; 2]) {
    let [left, right] = fighters;
    let (by_left, by_right) = (hit(left, right), hit(right, left));
    if let Some(attack) = by_left {
        strike(attack, left, right);
    }
    if let Some(attack) = by_right {
        strike(attack, right, left);
    }
    keep_apart(left, right);
}

fn hit(from: &Fighter, to: &Fighter) -> Option<&'static Attack> {
    let Action::Attack(attack) = from.action else { return None };
    let (first, last) = attack.active;
    let is_active = (first..=last).contains(&from.age) && !from.connected && from.freeze == 0;
    if !is_active || to.invincible > 0 || to.action.is_dead() || to.action.hangs() {
        return None;
    }
    let across = from.x + from.facing * attack.ahead - to.x;
    let up = from.y + attack.height - (to.y + BODY_HEIGHT);
    let reach = attack.radius + BODY_RADIUS;
    (across * across + up * up <= reach * reach).then_some(attack)
}

fn strike(attack: &Attack, from: &mut Fighter, to: &mut Fighter) {
    from.connected = true;
    // Fades with what was dealt already, as a move does that is used again and again.
    let damage = attack.damage * (1.2 - 0.1 * (to.percent / (to.percent + 60.0)));
    let pause = if damage > 12.0 { 7 } else { 5 };
    (from.freeze, to.freeze) = (pause, pause);
    let side = from.facing;
    if to.action.blocks() {
        to.shield = (to.shield - damage * 0.7).max(0.1);
        to.vx = side * damage * 0.09;
        to.begin(Action::ShieldHit);
        return;
    }
    to.percent += damage;
    let force = force(attack, damage, to);
    let (across, up) = attack.away;
    to.knock = (side * across * force * SPEED, up * force * SPEED);
    if to.grounded && to.knock.1 < 0.0 {
        to.knock.1 = -to.knock.1 * 0.8;
    }
    (to.vx, to.vy) = (0.0, 0.0);
    to.facing = if across * side > 0.0 { -1.0 } else { 1.0 };
    to.stun = stun(force);
    to.begin(if force > 80.0 { Action::Flung } else { Action::Hurt });
}

fn force(attack: &Attack, damage: f32, to: &Fighter) -> f32 {
    let worn = to.percent / 10.0 + to.percent * damage / 20.0;
    let weighed = worn * 200.0 / (to.character.weight + 100.0) * 1.4 + 18.0;
    weighed * attack.growth / 100.0 + attack.base
}

/// Four tenths of a frame for each unit of force.
fn stun(force: f32) -> u32 {
    (0..200).find(|&frames: &u16| f32::from(frames + 1) > force * 0.4).unwrap_or(200).into()
}

/// Two bodies on the ground do not stand in the same place.
fn keep_apart(left: &mut Fighter, right: &mut Fighter) {
    let apart = right.x - left.x;
    let stand = left.grounded && right.grounded && left.y == right.y;
    let push = matches!(left.action, Action::RollForward | Action::RollBack)
        || matches!(right.action, Action::RollForward | Action::RollBack);
    if stand && !push && apart.abs() < 6.0 && left.freeze == 0 && right.freeze == 0 {
        let step = if apart < 0.0 { -0.3 } else { 0.3 };
        left.x -= step;
        right.x += step;
    }
}

/// Units per frame for each unit of force; a little more than Melee's, for shorter games.
const SPEED: f32 = 0.033;
const BODY_HEIGHT: f32 = 7.0;
const BODY_RADIUS: f32 = 6.0;
