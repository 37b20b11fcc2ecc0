//! The bytes that every client in every language agrees on.

mod support;

use arena_protocol::{FromClient, FromRelay, Malformed};
use bytes::Bytes;
use serde_json::Value;
use support::{Sample, samples, unhex};

fn vectors(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("vectors are JSON")
}

fn decode(from: &str, hex: &str) -> Result<Sample, Malformed> {
    let bytes = Bytes::from(unhex(hex));
    match from {
        "client" => FromClient::decode(bytes).map(Sample::Client),
        _ => FromRelay::decode(bytes).map(Sample::Relay),
    }
}

#[test]
fn messages_have_their_golden_bytes_in_both_directions() {
    let golden = vectors(include_str!("vectors/messages.json"));
    let ours = samples();
    assert_eq!(golden.len(), ours.len(), "write the vectors anew: example message_vectors");
    for (vector, (name, sample)) in golden.iter().zip(&ours) {
        let hex = vector["hex"].as_str().unwrap();
        assert_eq!(vector["name"], *name);
        assert_eq!(support::hex(&sample.bare()), hex, "{name}");
        assert_eq!(sample.json(), vector["message"], "{name}");
        let read = decode(sample.from(), hex).unwrap();
        assert_eq!(read.json(), vector["message"], "{name}");
    }
}

#[test]
fn every_malformed_message_is_refused() {
    for vector in vectors(include_str!("vectors/messages_malformed.json")) {
        let (from, hex) = (vector["from"].as_str().unwrap(), vector["hex"].as_str().unwrap());
        assert!(decode(from, hex).is_err(), "{}", vector["name"]);
    }
}

#[test]
fn every_truncation_of_every_message_is_refused() {
    for (name, sample) in samples() {
        let bytes = sample.bare();
        for len in 0..bytes.len() {
            let cut = support::hex(&bytes[..len]);
            assert!(decode(sample.from(), &cut).is_err(), "{name}, {len} bytes");
        }
        let longer = support::hex(&[&bytes[..], &[0]].concat());
        assert!(decode(sample.from(), &longer).is_err(), "{name}, a byte more");
    }
}
