//! Writes `tests/vectors/melee.json` anew, and the corpus of the fuzz target:
//! `cargo run -p arena-protocol --example melee_vectors`.

#[path = "../tests/support/melee.rs"]
mod melee;
#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "only its hex is of use here")]
mod support;

use std::error::Error;
use std::fs;
use std::path::Path;

use arena_protocol::melee::encode;
use serde_json::{json, to_value};

fn main() -> Result<(), Box<dyn Error>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let corpus = tests.join("__fuzz__/any_bytes/corpus");
    fs::create_dir_all(&corpus)?;
    let mut vectors = Vec::new();
    for (name, records) in melee::samples() {
        let bytes = encode(&records)?;
        fs::write(corpus.join(name.replace([' ', ','], "-")), &bytes)?;
        // By way of `to_value`, which widens an f32 instead of printing its shortest form.
        let records = to_value(&records)?;
        vectors.push(json!({ "name": name, "hex": support::hex(&bytes), "records": records }));
    }
    let path = tests.join("vectors/melee.json");
    Ok(fs::write(path, serde_json::to_string_pretty(&vectors)? + "\n")?)
}
