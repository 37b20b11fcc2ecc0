//! Who may play: the fighters' bodies, and the agents that have entered.

/// How a character moves, in units and units per frame.
#[derive(Debug)]
pub(super) struct Character {
    pub(super) id: i32,
    pub(super) gravity: f32,
    pub(super) fall: f32,
    pub(super) run: f32,
    pub(super) drift: f32,
    pub(super) friction: f32,
    pub(super) jump: f32,
    pub(super) air_jump: f32,
    /// Frames from the ground to the air.
    pub(super) squat: u32,
    pub(super) weight: f32,
}

/// Who plays, by connect code and by the name to show.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) code: &'static str,
    pub(super) name: Option<&'static str>,
}

pub(super) const CHARACTERS: [Character; 7] = [
    character(1, [0.23, 2.8, 2.2, 0.83, 0.08, 3.68, 4.1], 3, 75.0),
    character(22, [0.17, 3.1, 1.5, 0.83, 0.08, 4.1, 3.9], 5, 80.0),
    character(18, [0.085, 2.2, 1.8, 0.9, 0.06, 2.4, 2.1], 4, 87.0),
    character(2, [0.13, 2.9, 2.3, 1.12, 0.08, 3.1, 2.8], 4, 104.0),
    character(7, [0.12, 2.13, 1.8, 0.8, 0.08, 2.8, 2.7], 3, 90.0),
    character(9, [0.08, 1.5, 1.3, 1.1, 0.1, 2.4, 1.9], 5, 90.0),
    character(0, [0.095, 1.7, 1.5, 0.86, 0.06, 2.3, 2.1], 4, 100.0),
];

pub(super) const AGENTS: [Agent; 8] = [
    Agent { code: "TNDR#204", name: Some("Tundra") },
    Agent { code: "EMBR#77", name: Some("Ember") },
    Agent { code: "KITE#19", name: Some("Kite") },
    Agent { code: "ODD#1", name: None },
    Agent { code: "LYNX#808", name: Some("Lynx") },
    Agent { code: "MOSS#3", name: Some("Moss") },
    Agent { code: "HALO#512", name: None },
    Agent { code: "RUST#64", name: Some("Oxide") },
];

const fn character(id: i32, motion: [f32; 7], squat: u32, weight: f32) -> Character {
    let [gravity, fall, run, drift, friction, jump, air_jump] = motion;
    Character { id, gravity, fall, run, drift, friction, jump, air_jump, squat, weight }
}
