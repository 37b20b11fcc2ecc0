//! What a melee/1 payload says, as values.
//!
//! Any value of these types may be handed to the encoder, which refuses the few that the format
//! cannot hold. Their JSON is that of the test vectors; it does not survive NaN, the bytes do.

use serde::{Deserialize, Serialize};

/// One statement of a payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Record {
    /// A game begins, or is named again for those who join late.
    Start(Start),
    /// Frames in the order in which the agent saw them, all with the same ports.
    Frames {
        /// Never empty on the wire.
        frames: Vec<Frame>,
    },
    /// A game is decided.
    GameEnd(GameEnd),
    /// The match is decided.
    MatchEnd(MatchEnd),
}

/// What stays the same during one game.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Which game of the match, from 1.
    pub game: u32,
    /// The stage, as libmelee numbers them.
    pub stage: i32,
    /// Games won so far, in the order of `players`.
    pub score: Vec<u32>,
    /// Who plays.
    pub players: Vec<Fighter>,
}

/// Who plays on one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fighter {
    /// The controller port, usually 1 to 4.
    pub port: u8,
    /// The character, as libmelee numbers them.
    pub character: i32,
    /// The connect code, such as `FOX#1`.
    pub code: String,
    /// The name to show instead of the code.
    pub name: Option<String>,
}

/// One sixtieth of a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// From -123 in each game; repeats or goes back when a rollback corrects what was shown.
    pub number: i32,
    /// One for each port of the run.
    pub players: Vec<Player>,
}

/// One player in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Player {
    /// The controller port.
    pub port: u8,
    /// To the right, in stage units.
    pub x: f32,
    /// Upwards, in stage units.
    pub y: f32,
    /// What the fighter does, as Melee numbers it.
    #[serde(rename = "actionState")]
    pub action_state: i32,
    /// For how many frames it has done so.
    #[serde(rename = "actionFrame")]
    pub action_frame: i32,
    /// 1 to the right, -1 to the left.
    #[serde(rename = "facing")]
    pub facing_direction: i32,
    /// Damage taken.
    pub percent: f32,
    /// Lives left.
    pub stocks: i32,
    /// What is left of the shield, while it is up.
    #[serde(rename = "shield")]
    pub shield_health: Option<f32>,
    /// Whether hits pass through.
    #[serde(rename = "invincible")]
    pub is_invincible: bool,
    /// Whether the fighter is still thrown by a hit.
    #[serde(rename = "hitstun")]
    pub is_in_hitstun: bool,
}

/// How a game ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GameEnd {
    /// Which game of the match, from 1.
    pub game: u32,
    /// Who won it.
    pub winner_port: i32,
    /// `stocks`, `timeout` or `lras`, though nothing insists.
    pub end_method: String,
}

/// How the match ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchEnd {
    /// Who won it.
    pub winner_port: i32,
    /// Games won by each.
    pub final_score: Vec<i32>,
}

/// Puts frames into as many `Frames` records as they need: one until the ports change or the
/// record is full.
#[must_use]
pub fn runs(frames: impl IntoIterator<Item = Frame>) -> Vec<Record> {
    let mut runs: Vec<Vec<Frame>> = Vec::new();
    for frame in frames {
        match runs.last_mut() {
            Some(run) if run.len() < FRAMES_MAX && run[0].has_ports_of(&frame) => run.push(frame),
            Some(_) | None => runs.push(vec![frame]),
        }
    }
    runs.into_iter().map(|frames| Record::Frames { frames }).collect()
}

impl Frame {
    /// The order counts: it is that of the bytes.
    pub(super) fn has_ports_of(&self, other: &Self) -> bool {
        let ports = self.players.iter().map(|player| player.port);
        ports.eq(other.players.iter().map(|player| player.port))
    }
}

/// Frames in one record.
pub const FRAMES_MAX: usize = 65_535;
/// Players in a frame or a start, scores in a start or an end.
pub const PLAYERS_MAX: usize = 8;
/// Bytes of a code, a name or an end method.
pub const TEXT_LEN_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melee::state::origin;

    #[test]
    fn a_run_lasts_until_the_ports_change() {
        let frames = [vec![1, 2], vec![1, 2], vec![2, 1], vec![2], vec![2]].map(with_ports);
        let lens: Vec<_> = runs(frames).iter().map(len).collect();
        assert_eq!(lens, [2, 1, 2]);
    }

    #[test]
    fn a_run_is_never_longer_than_a_record_holds() {
        let frames = vec![with_ports(vec![]); FRAMES_MAX + 1];
        let lens: Vec<_> = runs(frames).iter().map(len).collect();
        assert_eq!(lens, [FRAMES_MAX, 1]);
    }

    #[test]
    fn no_frames_are_no_records() {
        assert_eq!(runs([]), []);
    }

    fn with_ports(ports: Vec<u8>) -> Frame {
        Frame { number: 0, players: ports.into_iter().map(origin).collect() }
    }

    fn len(record: &Record) -> usize {
        let Record::Frames { frames } = record else { panic!("runs makes frames only") };
        frames.len()
    }
}
