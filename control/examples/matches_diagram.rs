//! Makes the picture in `docs/matches.md` anew: `cargo run -p arena-control --example matches_diagram`.

use std::path::Path;
use std::{fs, io};

use arena_control::matches::rules::diagram::renewed;

fn main() -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/matches.md");
    let document = renewed(&fs::read_to_string(&path)?)
        .ok_or_else(|| io::Error::other("the marks are not in docs/matches.md"))?;
    fs::write(path, document)
}
