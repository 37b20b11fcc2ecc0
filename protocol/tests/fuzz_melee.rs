//! Any bytes at all: refused, or records that come back the same from an encoding no longer.

#[path = "support/melee.rs"]
mod support;

use arena_protocol::melee::{decode, encode};

use support::{FOOTPRINT_PER_BYTE, assert_same, footprint};

/// Bytes as such rather than generated values, so that a corpus file is a payload.
#[test]
fn any_bytes() {
    bolero::check!().with_iterations(3_000).with_max_len(1_024).for_each(|payload: &[u8]| {
        let Ok(records) = decode(payload) else { return };
        assert!(footprint(&records) <= FOOTPRINT_PER_BYTE * payload.len());
        let again = encode(&records).unwrap();
        assert!(again.len() <= payload.len());
        assert_same(&decode(&again).unwrap(), &records);
    });
}
