//! What a fighter may be doing, as Melee numbers it, and what its attacks do.

/// What a fighter does; how long is the fighter's to count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    Entry,
    Wait,
    Turn,
    Dash,
    Run,
    Brake,
    Squat,
    Jump,
    JumpBack,
    AirJump,
    Fall,
    /// After the recovery move, until there is ground.
    Helpless,
    Land,
    LandHard,
    LandAttacking(&'static Attack),
    Attack(&'static Attack),
    Recover,
    ShieldUp,
    Shield,
    ShieldDown,
    ShieldHit,
    Dizzy,
    Dodge,
    RollForward,
    RollBack,
    /// Hit, and on the ground or nearly so.
    Hurt,
    /// Hit so hard as to fly.
    Flung,
    Tumble,
    LieDown,
    StandUp,
    Catch,
    Hang,
    Climb,
    DieBelow,
    DieLeft,
    DieRight,
    DieAbove,
    Return,
    ReturnWait,
}

impl Action {
    /// Melee's number.
    pub(super) fn state(self) -> i32 {
        match self {
            Self::DieBelow => 0,
            Self::DieLeft => 1,
            Self::DieRight => 2,
            Self::DieAbove => 3,
            Self::Return => 12,
            Self::ReturnWait => 13,
            Self::Wait => 14,
            Self::Turn => 18,
            Self::Dash => 20,
            Self::Run => 21,
            Self::Brake => 23,
            Self::Squat => 24,
            Self::Jump => 25,
            Self::JumpBack => 26,
            Self::AirJump => 27,
            Self::Fall => 29,
            Self::Helpless => 35,
            Self::Tumble => 38,
            Self::Land => 42,
            Self::LandHard => 43,
            Self::LandAttacking(attack) => attack.landing_state,
            Self::Attack(attack) => attack.state,
            Self::Hurt => 78,
            Self::Flung => 88,
            Self::ShieldUp => 178,
            Self::Shield => 179,
            Self::ShieldDown => 180,
            Self::ShieldHit => 181,
            Self::LieDown => 183,
            Self::StandUp => 186,
            Self::Dizzy => 211,
            Self::RollForward => 233,
            Self::RollBack => 234,
            Self::Dodge => 235,
            Self::Catch => 252,
            Self::Hang => 253,
            Self::Climb => 255,
            Self::Entry => 322,
            Self::Recover => 356,
        }
    }

    /// Whether the shield can be seen, and with it its health.
    pub(super) fn shows_shield(self) -> bool {
        matches!(self, Self::ShieldUp | Self::Shield | Self::ShieldDown)
    }

    pub(super) fn blocks(self) -> bool {
        matches!(self, Self::ShieldUp | Self::Shield | Self::ShieldHit)
    }

    pub(super) fn is_dead(self) -> bool {
        matches!(self, Self::DieBelow | Self::DieLeft | Self::DieRight | Self::DieAbove)
    }

    pub(super) fn hangs(self) -> bool {
        matches!(self, Self::Catch | Self::Hang)
    }

    /// Frames after which it begins anew, for what goes on and on.
    pub(super) fn cycle(self) -> Option<u32> {
        match self {
            Self::Wait => Some(60),
            Self::Run => Some(20),
            Self::Fall | Self::Helpless | Self::Tumble => Some(8),
            _ => None,
        }
    }
}

/// One attack: a circle that is there for a while, and what it does to who is in it.
#[derive(Debug, PartialEq)]
pub(super) struct Attack {
    state: i32,
    landing_state: i32,
    /// The first and the last frame on which it hits.
    pub(super) active: (u32, u32),
    pub(super) len: u32,
    /// The circle: how far ahead, how high, how large.
    pub(super) ahead: f32,
    pub(super) height: f32,
    pub(super) radius: f32,
    pub(super) damage: f32,
    /// Where it sends: away and up, together of length 1.
    pub(super) away: (f32, f32),
    pub(super) base: f32,
    pub(super) growth: f32,
}

const fn attack(states: [i32; 2], frames: [u32; 3], circle: [f32; 3], hit: [f32; 5]) -> Attack {
    let [state, landing_state] = states;
    let [first, last, len] = frames;
    let [ahead, height, radius] = circle;
    let [damage, across, up, base, growth] = hit;
    let active = (first, last);
    let away = (across, up);
    Attack { state, landing_state, active, len, ahead, height, radius, damage, away, base, growth }
}

pub(super) static JAB: Attack =
    attack([44, 42], [2, 3, 17], [9.0, 8.0, 4.0], [4.0, 0.94, 0.342, 0.0, 100.0]);
pub(super) static DASH_ATTACK: Attack =
    attack([50, 42], [4, 14, 36], [7.0, 6.0, 5.0], [7.0, 0.309, 0.951, 35.0, 90.0]);
pub(super) static FORWARD_TILT: Attack =
    attack([53, 42], [5, 8, 26], [11.0, 7.0, 5.0], [9.0, 0.809, 0.588, 10.0, 100.0]);
pub(super) static UP_TILT: Attack =
    attack([56, 42], [5, 11, 23], [0.0, 14.0, 7.0], [9.0, -0.174, 0.985, 18.0, 120.0]);
pub(super) static DOWN_TILT: Attack =
    attack([57, 42], [7, 9, 29], [10.0, 2.0, 5.0], [10.0, 0.174, 0.985, 25.0, 125.0]);
pub(super) static FORWARD_SMASH: Attack =
    attack([60, 42], [12, 20, 39], [13.0, 7.0, 6.0], [16.0, 0.799, 0.602, 20.0, 103.0]);
pub(super) static UP_SMASH: Attack =
    attack([63, 42], [7, 15, 41], [3.0, 14.0, 8.0], [17.0, 0.174, 0.985, 30.0, 112.0]);
pub(super) static DOWN_SMASH: Attack =
    attack([64, 42], [6, 10, 46], [0.0, 3.0, 13.0], [14.0, 0.906, 0.423, 20.0, 65.0]);
pub(super) static NEUTRAL_AIR: Attack =
    attack([65, 70], [4, 31, 40], [3.0, 6.0, 7.0], [11.0, 0.809, 0.588, 10.0, 100.0]);
pub(super) static FORWARD_AIR: Attack =
    attack([66, 71], [6, 16, 39], [9.0, 7.0, 6.0], [10.0, 0.766, 0.643, 16.0, 110.0]);
pub(super) static BACK_AIR: Attack =
    attack([67, 72], [4, 18, 38], [-9.0, 6.0, 6.0], [14.0, -0.809, 0.588, 8.0, 100.0]);
pub(super) static UP_AIR: Attack =
    attack([68, 73], [8, 14, 35], [1.0, 15.0, 7.0], [13.0, 0.087, 0.996, 30.0, 108.0]);
pub(super) static DOWN_AIR: Attack =
    attack([69, 74], [5, 24, 49], [1.0, -1.0, 6.0], [12.0, 0.5, -0.866, 10.0, 80.0]);
