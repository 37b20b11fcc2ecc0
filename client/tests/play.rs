//! The simulated match: the same for a seed, worth watching, and small on the wire.

use std::collections::BTreeSet;

use arena_client::play::Play;
use arena_protocol::melee::{Frame, Player, Record, Start, decode, encode, runs};
use serde_json::{Value, json};

const SECOND: usize = 60;
const MINUTE: usize = 60 * SECOND;

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = |seed| {
        let mut play = Play::new(seed).with_rollbacks();
        let frames = (0..2 * MINUTE).map(|_| play.step().frame);
        encode(&runs(frames)).unwrap()
    };
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
}

#[test]
fn every_record_round_trips() {
    let mut play = Play::new(3).with_rollbacks();
    for _ in 0..8 * MINUTE {
        let step = play.step();
        let mut records: Vec<Record> = step.start.map(Record::Start).into_iter().collect();
        records.extend(runs([step.frame]));
        records.extend(step.events);
        assert_eq!(decode(&encode(&records).unwrap()).unwrap(), records);
    }
}

#[test]
fn a_match_ends_within_eight_minutes() {
    for seed in 0..12 {
        let mut play = Play::new(seed).with_rollbacks();
        let ends = |record: &Record| matches!(record, Record::MatchEnd(_));
        let frames = (0..).take_while(|_| !play.step().events.iter().any(ends)).count();
        assert!((MINUTE..8 * MINUTE).contains(&frames), "seed {seed}: {frames} frames");
        let next = play.step();
        assert_eq!(next.start.map(|start| (start.game, start.score)), Some((1, vec![0, 0])));
        assert_eq!(next.frame.number, -123);
    }
}

#[test]
fn numbers_go_up_by_one_unless_rollbacks_are_on() {
    let goes_back = |mut play: Play| {
        let mut last = play.step().frame.number;
        let mut back = 0;
        for _ in 0..MINUTE {
            let number = play.step().frame.number;
            assert!((last - 8..=last + 1).contains(&number));
            back += usize::from(number <= last);
            last = number;
        }
        back
    };
    assert_eq!(goes_back(Play::new(1)), 0);
    assert!((5..60).contains(&goes_back(Play::new(1).with_rollbacks())));
}

#[test]
fn a_match_has_everything_that_is_worth_watching() {
    let mut play = Play::new(5);
    let players: Vec<Player> = (0..6 * MINUTE).flat_map(|_| play.step().frame.players).collect();
    let states: BTreeSet<i32> = players.iter().map(|player| player.action_state).collect();
    for (what, state) in [
        ("run", 21),
        ("jump", 25),
        ("double jump", 27),
        ("forward smash", 60),
        ("shield", 179),
        ("flight", 88),
        ("ledge", 253),
        ("return", 13),
    ] {
        assert!(states.contains(&state), "no {what}");
    }
    assert!(players.iter().any(|player| player.percent > 100.0));
    assert!(players.iter().any(|player| player.is_in_hitstun));
    assert!(players.iter().any(|player| player.is_invincible));
    assert!(players.iter().any(|player| player.stocks == 0));
}

/// Against the `frame` messages in which a viewer of JSON gets the same six frames.
#[test]
fn a_key_batch_is_a_tenth_of_its_json_at_most() {
    let mut sizes = Vec::new();
    for seed in 0..6 {
        let mut play = Play::new(seed).with_rollbacks();
        for _ in 0..10 * MINUTE / 6 {
            let (start, frames) = batch(&mut play);
            sizes.push(Sizes::of(&start, frames));
        }
    }
    let mean = |size: fn(&Sizes) -> usize| {
        sizes.iter().map(size).sum::<usize>() as f64 / sizes.len() as f64
    };
    let json = mean(|sizes| sizes.json);
    println!("mean of {}: JSON {json:.0}", sizes.len());
    for (name, size) in
        [("key", (|sizes| sizes.key) as fn(&Sizes) -> usize), ("between", |sizes| sizes.between)]
    {
        let worst = sizes.iter().map(|sizes| (size(sizes), sizes.json));
        let largest = worst.clone().max().unwrap();
        let ratio = worst.map(|(size, json)| json as f64 / size as f64).fold(f64::MAX, f64::min);
        let (bytes, saved) = (mean(size), json / mean(size));
        println!(
            "{name}: mean {bytes:.1} B, 1:{saved:.1}; largest {largest:?}; worst 1:{ratio:.1}"
        );
    }
    assert!(sizes.iter().all(|sizes| sizes.key * 10 <= sizes.json));
}

/// Six frames of one game; the few that are left over at its end are not measured.
fn batch(play: &mut Play) -> (Start, Vec<Frame>) {
    let mut frames = Vec::new();
    let mut start = play.start().clone();
    while frames.len() < 6 {
        let step = play.step();
        frames.push(step.frame);
        if !step.events.is_empty() && frames.len() < 6 {
            frames.clear();
            start = play.start().clone();
        }
    }
    (start, frames)
}

struct Sizes {
    json: usize,
    key: usize,
    between: usize,
}

impl Sizes {
    fn of(start: &Start, frames: Vec<Frame>) -> Self {
        let json = frames.iter().map(|frame| message(frame).to_string().len()).sum();
        let mut records = vec![Record::Start(start.clone())];
        records.extend(runs(frames));
        let len = |records| encode(records).map_or(usize::MAX, |payload| payload.len());
        Self { json, key: len(&records), between: len(&records[1..]) }
    }
}

fn message(frame: &Frame) -> Value {
    let player = |player: &Player| {
        json!({
            "port": player.port,
            "x": player.x,
            "y": player.y,
            "actionStateId": player.action_state,
            "actionFrame": player.action_frame,
            "facingDirection": player.facing_direction,
            "percent": player.percent,
            "stocks": player.stocks,
            "shieldHealth": player.shield_health,
            "isInvincible": player.is_invincible,
            "isInHitstun": player.is_in_hitstun,
        })
    };
    let players: Vec<Value> = frame.players.iter().map(player).collect();
    json!({ "type": "frame", "frame": frame.number, "players": players })
}
