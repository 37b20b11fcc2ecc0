//! The line that both type: looks like code, and is as long as its tier says.
//!
//! Invariant: one seed gives one line, for ever: published seeds can be checked. It is drawn from
//! SHA-256 of the seed and a counter, so that lines of the past tell nothing about the next.

use ring::digest::{SHA256, digest};

/// How long a line may be, in characters, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Band {
    /// The shortest.
    pub min: usize,
    /// The longest.
    pub max: usize,
}

/// By the names of the tiers; a name that is not here has none.
pub const BANDS: [(&str, Band); 4] = [
    ("bronze", Band { min: 40, max: 60 }),
    ("silver", Band { min: 60, max: 80 }),
    ("gold", Band { min: 80, max: 100 }),
    ("diamond", Band { min: 100, max: 120 }),
];

const NAMES: [&str; 12] =
    ["acc", "buf", "cur", "end", "idx", "key", "len", "map", "out", "row", "sum", "tmp"];
const VERBS: [&str; 8] = ["get", "set", "pop", "put", "len", "min", "max", "abs"];
const SIGNS: [&str; 6] = ["<", ">", "==", "!=", "<=", ">="];

/// No statement is longer, so one more always fits while a band's minimum is not reached.
const STATEMENT_MAX: usize = 19;

/// The line of this seed.
#[must_use]
pub fn line(band: Band, seed: &[u8; 32]) -> String {
    let mut draws = Draws { seed, counter: 0 };
    let mut line = statement(&mut draws);
    while line.len() < band.min {
        line.push(' ');
        line.push_str(&statement(&mut draws));
    }
    debug_assert!(line.len() <= band.max && band.max - band.min > STATEMENT_MAX);
    line
}

fn statement(draws: &mut Draws<'_>) -> String {
    let name = draws.one_of(&NAMES);
    let other = draws.one_of(&NAMES);
    let verb = draws.one_of(&VERBS);
    let number = draws.below(100);
    match draws.below(6) {
        0 => format!("let {name} = {number};"),
        1 => format!("{name} = {other} + {number};"),
        2 => format!("{name}.{verb}({other}, {number});"),
        3 => format!("{name} = {verb}({other});"),
        4 => format!("if ({name} {} {number}) {{}}", draws.one_of(&SIGNS)),
        _ => format!("{name}[{number}] = {other};"),
    }
}

struct Draws<'a> {
    seed: &'a [u8; 32],
    counter: u32,
}

impl Draws<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        let drawn = digest(&SHA256, &[&self.seed[..], &self.counter.to_be_bytes()].concat());
        self.counter += 1;
        let mut first = [0; 4];
        first.copy_from_slice(&drawn.as_ref()[..4]);
        // At most one draw in forty million falls differently than it should.
        u32::from_be_bytes(first) % bound
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        let count = u32::try_from(words.len()).unwrap_or(u32::MAX);
        words[self.below(count) as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_line_is_as_long_as_its_tier_says_and_can_be_typed(seed: [u8; 32]) {
            for (tier, band) in BANDS {
                let line = line(band, &seed);
                prop_assert!((band.min..=band.max).contains(&line.len()), "{tier}: {line}");
                prop_assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
                prop_assert!(!line.contains("  ") && line.trim() == line, "{line:?}");
            }
        }

        #[test]
        fn no_statement_is_longer_than_the_bands_allow(seed: [u8; 32]) {
            let mut draws = Draws { seed: &seed, counter: 0 };
            for _ in 0..20 {
                let statement = statement(&mut draws);
                prop_assert!(statement.len() <= STATEMENT_MAX, "{statement}");
            }
        }
    }

    #[test]
    fn known_seeds_give_known_lines() {
        let lines: Vec<_> = BANDS.iter().map(|(_, band)| line(*band, &[7; 32])).collect();
        assert_eq!(lines, KNOWN);
        assert_ne!(line(BANDS[0].1, &[8; 32]), lines[0]);
    }

    const KNOWN: [&str; 4] = [
        "if (end < 91) {} let end = 37; let tmp = 23;",
        "if (end < 91) {} let end = 37; let tmp = 23; let key = 24; let out = 82;",
        "if (end < 91) {} let end = 37; let tmp = 23; let key = 24; let out = 82; if (cur <= 90) {}",
        "if (end < 91) {} let end = 37; let tmp = 23; let key = 24; let out = 82; if (cur <= 90) {} row = idx + 94;",
    ];
}
