//! melee/1 as a stranger meets it: round trips to the bit, damage, random bytes, bounded memory.

#[path = "support/melee.rs"]
mod support;

use arena_protocol::melee::{
    Fighter, Frame, GameEnd, Malformed, MatchEnd, Player, Record, Start, decode, encode, runs,
};
use proptest::{collection::vec, prelude::*, sample::select};

use support::{FOOTPRINT_PER_BYTE, assert_same, footprint};

proptest! {
    #[test]
    fn whatever_is_encoded_comes_back_bit_for_bit(records in vec(record(), 0..4)) {
        let records: Vec<Record> = records.into_iter().flatten().collect();
        let payload = encode(&records).unwrap();
        assert_same(&decode(&payload).unwrap(), &records);
    }

    #[test]
    fn a_payload_cut_within_a_record_is_refused(record in record()) {
        let payload = encode(&record).unwrap();
        let mut boundaries: Vec<usize> =
            (0..record.len()).map(|count| encode(&record[..count]).unwrap().len()).collect();
        boundaries.push(payload.len());
        for cut in 0..payload.len() {
            match decode(&payload[..cut]) {
                Ok(_) => prop_assert!(boundaries.contains(&cut)),
                Err(why) => {
                    prop_assert!(!boundaries.contains(&cut));
                    prop_assert_eq!(why, Malformed::Truncated);
                }
            }
        }
    }

    #[test]
    fn a_damaged_payload_is_refused_or_says_no_more_than_it_pays_for(
        record in record(), at in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let mut payload = encode(&record).unwrap();
        prop_assume!(!payload.is_empty());
        let at = at.index(payload.len());
        payload[at] ^= flip;
        if let Ok(records) = decode(&payload) {
            prop_assert!(encode(&records).unwrap().len() <= payload.len());
        }
    }

    #[test]
    fn random_bytes_decode_in_bounded_memory(payload in vec(likely_byte(), 0..400)) {
        if let Ok(records) = decode(&payload) {
            prop_assert!(footprint(&records) <= FOOTPRINT_PER_BYTE * payload.len());
        }
    }
}

#[test]
fn the_densest_payloads_decode_in_bounded_memory() {
    for (header, body) in [
        // Frames without players, of a step each.
        (vec![2, 0xff, 0xff, 0x03, 0, 0], vec![0; 65_534]),
        // Frames of eight players that go on as before.
        (vec![2, 0xff, 0xff, 0x03, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7], vec![0; 8 + 9 * 65_534]),
        (vec![], [4, 2, 0].repeat(20_000)),
        (vec![], [2, 1, 0, 0].repeat(20_000)),
    ] {
        let payload = [header, body].concat();
        let records = decode(&payload).unwrap();
        assert!(footprint(&records) <= FOOTPRINT_PER_BYTE * payload.len());
    }
}

/// One record, or the runs of frames whose ports changed.
fn record() -> impl Strategy<Value = Vec<Record>> {
    let start = (any::<u32>(), int(), vec(any::<u32>(), 0..=8), vec(fighter(), 0..=8));
    let game_end = (any::<u32>(), int(), text());
    prop_oneof![
        start.prop_map(|(game, stage, score, players)| {
            vec![Record::Start(Start { game, stage, score, players })]
        }),
        vec(frames(), 1..3).prop_map(|frames| runs(frames.into_iter().flatten())),
        game_end.prop_map(|(game, winner_port, end_method)| {
            vec![Record::GameEnd(GameEnd { game, winner_port, end_method })]
        }),
        (int(), vec(int(), 0..=8)).prop_map(|(winner_port, final_score)| {
            vec![Record::MatchEnd(MatchEnd { winner_port, final_score })]
        }),
    ]
}

fn fighter() -> impl Strategy<Value = Fighter> {
    (any::<u8>(), int(), text(), proptest::option::of(text()))
        .prop_map(|(port, character, code, name)| Fighter { port, character, code, name })
}

fn frames() -> impl Strategy<Value = Vec<Frame>> {
    proptest::sample::subsequence((0..10).collect::<Vec<u8>>(), 0..=8)
        .prop_shuffle()
        .prop_flat_map(|ports| {
            let players: Vec<_> = ports.into_iter().map(player).collect();
            vec((number(), players), 1..8)
        })
        .prop_map(|frames| {
            frames.into_iter().map(|(number, players)| Frame { number, players }).collect()
        })
}

fn player(port: u8) -> impl Strategy<Value = Player> {
    let place = (float(), float(), float(), proptest::option::of(float()));
    let numbers = (int(), int(), int(), int());
    (place, numbers, any::<[bool; 2]>()).prop_map(
        move |(
            (x, y, percent, shield_health),
            (action_state, action_frame, facing_direction, stocks),
            [is_invincible, is_in_hitstun],
        )| Player {
            port,
            x,
            y,
            action_state,
            action_frame,
            facing_direction,
            percent,
            stocks,
            shield_health,
            is_invincible,
            is_in_hitstun,
        },
    )
}

/// Few enough usual values that some stay the same from one frame to the next.
fn float() -> impl Strategy<Value = f32> {
    let usual = [0.0, -0.0, 1.0, 60.0, -85.57, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
    let odd = [1, 0x8000_0001, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffbf_ffff];
    prop_oneof![
        select(usual.to_vec()),
        select(odd.to_vec()).prop_map(f32::from_bits),
        (-200.0_f32..200.0),
        any::<u32>().prop_map(f32::from_bits),
    ]
}

fn int() -> impl Strategy<Value = i32> {
    prop_oneof![-2..6, select(vec![i32::MIN, i32::MAX]), any::<i32>()]
}

fn number() -> impl Strategy<Value = i32> {
    prop_oneof![-123..-110, int()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z]{1,4}#[0-9]{1,3}", "\\PC{0,16}", Just("x".repeat(64))]
}

fn likely_byte() -> impl Strategy<Value = u8> {
    prop_oneof![0_u8..10, 0_u8..10, any::<u8>()]
}
