//! What the tests of melee/1 share: equality to the bit, how much memory records hold, and the
//! records of the golden vectors.

#![allow(dead_code, reason = "each test uses its part")]

use arena_protocol::melee::{Fighter, Frame, GameEnd, MatchEnd, Player, Record, Start};

/// Decoded bytes held for each byte of payload: a frame without players costs one byte and is a
/// header, and vectors may have grown to twice what they hold.
pub(crate) const FOOTPRINT_PER_BYTE: usize = 128;

/// Like `assert_eq`, but NaN equals itself and -0.0 is not 0.0.
pub(crate) fn assert_same(left: &[Record], right: &[Record]) {
    assert_eq!(bits(left), bits(right));
    assert_eq!(without_floats(left), without_floats(right));
}

/// The bytes that `records` keep allocated.
pub(crate) fn footprint(records: &Vec<Record>) -> usize {
    records.capacity() * size_of::<Record>()
        + records
            .iter()
            .map(|record| match record {
                Record::Start(start) => {
                    let texts = |fighter: &Fighter| {
                        fighter.code.capacity() + fighter.name.as_ref().map_or(0, String::capacity)
                    };
                    start.score.capacity() * size_of::<u32>()
                        + start.players.capacity() * size_of::<Fighter>()
                        + start.players.iter().map(texts).sum::<usize>()
                }
                Record::Frames { frames } => {
                    let players = |frame: &Frame| frame.players.capacity() * size_of::<Player>();
                    frames.capacity() * size_of::<Frame>()
                        + frames.iter().map(players).sum::<usize>()
                }
                Record::GameEnd(end) => end.end_method.capacity(),
                Record::MatchEnd(end) => end.final_score.capacity() * size_of::<i32>(),
            })
            .sum::<usize>()
}

/// The records of each golden vector. All floats are finite, for JSON has no others.
pub(crate) fn samples() -> Vec<(&'static str, Vec<Record>)> {
    let game_end = GameEnd { game: 1, winner_port: 1, end_method: "stocks".into() };
    let match_end = MatchEnd { winner_port: -1, final_score: vec![2, -1, i32::MAX, i32::MIN] };
    vec![
        ("nothing", vec![]),
        ("start", vec![Record::Start(start())]),
        ("start with the least and the most", vec![Record::Start(odd_start())]),
        ("where everyone begins", vec![frames(-123, [[STILL; 2]; 2])]),
        ("a run at an even speed", vec![frames(-60, run())]),
        ("a jump", vec![frames(400, jump())]),
        ("odd floats", vec![frames(0, odd_floats())]),
        ("a shield, a hit and a respawn", vec![frames(1_000, hit())]),
        ("action frames that skip, start over and wrap", vec![frames(7, actions())]),
        ("rollbacks and the ends of the numbers", vec![rollbacks()]),
        ("nobody plays", vec![frames(5, [[]; 3])]),
        ("eight play", vec![frames(5, [[STILL; 8]; 2])]),
        ("game end and match end", vec![Record::GameEnd(game_end), Record::MatchEnd(match_end)]),
        ("key batch whose ports change", {
            vec![Record::Start(start()), frames(-123, run()), frames(-119, [[STILL]])]
        }),
    ]
}

fn start() -> Start {
    let fighter = |port, character, code: &str, name: Option<&str>| Fighter {
        port,
        character,
        code: code.into(),
        name: name.map(Into::into),
    };
    Start {
        game: 2,
        stage: 25,
        score: vec![1, 0],
        players: vec![fighter(1, 1, "FOX#1", Some("Füchsin")), fighter(2, 22, "BIRD#42", None)],
    }
}

fn odd_start() -> Start {
    let fighter =
        Fighter { port: 255, character: i32::MIN, code: String::new(), name: Some("x".repeat(64)) };
    Start { game: u32::MAX, stage: i32::MAX, score: vec![u32::MAX; 8], players: vec![fighter] }
}

fn run() -> [[Player; 2]; 4] {
    let mut x = -60.0;
    [1, 2, 3, 4].map(|action_frame| {
        x += 2.2;
        [at(x, 0.0, 20, action_frame), at(60.0, 0.0, 14, action_frame + 30)]
    })
}

fn jump() -> [[Player; 1]; 6] {
    let (mut y, mut speed) = (0.0, 3.68);
    [1, 2, 3, 4, 5, 6].map(|action_frame| {
        y += speed;
        speed -= 0.23;
        [at(-1.1, y, 25, action_frame)]
    })
}

fn odd_floats() -> [[Player; 1]; 7] {
    let smallest = f32::from_bits(1);
    [-0.0, 0.0, smallest, -smallest, f32::MAX, -f32::MAX, 0.1].map(|value| {
        [Player { percent: value, shield_health: Some(value), ..at(value, -value, 0, 0) }]
    })
}

fn hit() -> [[Player; 1]; 8] {
    let shield = |health, action_frame| Player {
        shield_health: Some(health),
        ..at(12.5, 0.0, 179, action_frame)
    };
    let thrown = Player {
        facing_direction: -1,
        percent: 14.4,
        is_in_hitstun: true,
        ..at(14.25, 3.5, 88, 1)
    };
    let back = Player { stocks: 3, is_invincible: true, ..at(0.0, 35.0, 13, 1) };
    [
        shield(60.0, 1),
        shield(59.72, 2),
        at(12.5, 0.0, 14, 1),
        shield(59.72, 1),
        thrown,
        Player { x: 16.0, y: 7.0, action_frame: 2, ..thrown },
        back,
        Player { action_frame: 2, is_invincible: false, ..back },
    ]
    .map(|player| [player])
}

fn actions() -> [[Player; 1]; 7] {
    [(14, 5), (14, 6), (14, 9), (21, 1), (21, 1), (-1, i32::MAX), (-1, i32::MIN)]
        .map(|(action_state, action_frame)| [at(0.0, 0.0, action_state, action_frame)])
}

fn rollbacks() -> Record {
    let numbers = [200, 201, 202, 201, 202, 203, 203, i32::MAX, i32::MIN, i32::MIN + 1];
    let frame = |number| Frame { number, players: vec![Player { port: 1, ..STILL }] };
    Record::Frames { frames: numbers.map(frame).into() }
}

/// Frames in a row, with ports from 1.
fn frames<const N: usize>(first: i32, frames: impl IntoIterator<Item = [Player; N]>) -> Record {
    let players = |players: [Player; N]| {
        players.into_iter().zip(1..).map(|(player, port)| Player { port, ..player }).collect()
    };
    let frames = frames.into_iter().zip(first..);
    Record::Frames {
        frames: frames.map(|(row, number)| Frame { number, players: players(row) }).collect(),
    }
}

fn at(x: f32, y: f32, action_state: i32, action_frame: i32) -> Player {
    Player { x, y, action_state, action_frame, ..STILL }
}

const STILL: Player = Player {
    port: 0,
    x: 0.0,
    y: 0.0,
    action_state: 0,
    action_frame: 1,
    facing_direction: 1,
    percent: 0.0,
    stocks: 4,
    shield_health: None,
    is_invincible: false,
    is_in_hitstun: false,
};

fn bits(records: &[Record]) -> Vec<[Option<u32>; 4]> {
    players(&mut records.to_vec())
        .map(|player| {
            let Player { x, y, percent, shield_health, .. } = *player;
            [Some(x), Some(y), Some(percent), shield_health].map(|float| float.map(f32::to_bits))
        })
        .collect()
}

fn without_floats(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    for player in players(&mut records) {
        *player = Player { x: 0.0, y: 0.0, percent: 0.0, shield_health: None, ..*player };
    }
    records
}

fn players(records: &mut [Record]) -> impl Iterator<Item = &mut Player> {
    records
        .iter_mut()
        .filter_map(|record| match record {
            Record::Frames { frames } => Some(frames),
            Record::Start(_) | Record::GameEnd(_) | Record::MatchEnd(_) => None,
        })
        .flatten()
        .flat_map(|frame| &mut frame.players)
}
