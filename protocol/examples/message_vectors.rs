//! Writes `tests/vectors/messages.json` anew: `cargo run -p arena-protocol --example message_vectors`.

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "the tests use what this does not")]
mod support;

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let vectors: Vec<_> = support::samples()
        .iter()
        .map(|(name, sample)| {
            serde_json::json!({
                "name": name,
                "from": sample.from(),
                "hex": support::hex(&sample.bare()),
                "message": sample.json(),
            })
        })
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/messages.json");
    fs::write(path, serde_json::to_string_pretty(&vectors)? + "\n")
}
