//! The melee/1 bytes that every client in every language agrees on.

#[path = "support/melee.rs"]
mod melee;
#[expect(dead_code, reason = "only its hex is of use here")]
mod support;

use arena_protocol::melee::{Record, decode, encode};
use serde::Deserialize;
use support::{hex, unhex};

#[derive(Deserialize)]
struct Vector {
    name: String,
    hex: String,
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Malformed {
    name: String,
    hex: String,
}

#[test]
fn records_have_their_golden_bytes_in_both_directions() {
    let golden = vectors(include_str!("vectors/melee.json"));
    let ours = melee::samples();
    assert_eq!(golden.len(), ours.len(), "write the vectors anew: example melee_vectors");
    for (vector, (name, records)) in golden.iter().zip(&ours) {
        assert_eq!(vector.name, *name, "write the vectors anew: example melee_vectors");
        melee::assert_same(&vector.records, records);
        assert_eq!(hex(&encode(records).unwrap()), vector.hex, "{name}");
        melee::assert_same(&decode(&unhex(&vector.hex)).unwrap(), records);
    }
}

#[test]
fn a_decoder_accepts_more_than_our_encoder_tells() {
    for Vector { name, hex, records } in vectors(include_str!("vectors/melee_wasteful.json")) {
        melee::assert_same(&decode(&unhex(&hex)).unwrap(), &records);
        assert!(encode(&records).unwrap().len() < hex.len() / 2, "{name}");
    }
}

#[test]
fn every_malformed_payload_is_refused() {
    let golden: Vec<Malformed> =
        serde_json::from_str(include_str!("vectors/melee_malformed.json")).unwrap();
    for Malformed { name, hex } in golden {
        assert!(decode(&unhex(&hex)).is_err(), "{name}");
    }
}

fn vectors(json: &str) -> Vec<Vector> {
    serde_json::from_str(json).expect("vectors are JSON")
}
