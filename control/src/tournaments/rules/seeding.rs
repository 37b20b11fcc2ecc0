//! Who comes first, so that anybody can check it: the seed's sum is published when the tournament
//! is made, the seed itself when nobody can enter any more.
//!
//! An entry's lot is the SHA-256 of the seed in hex, a colon and the entry's name; lots are put in
//! the order of their bytes. Where ratings count they come first, and lots tell equal ones apart.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use ring::digest::{SHA256, digest};

use super::Spot;
use crate::matches::rules::Side;
use crate::ratings::rules::Rating;

/// What chance there is in a tournament: 32 bytes, 64 digits in hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lots(pub [u8; 32]);

/// The text is no seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a seed: expected 64 digits in hex")]
pub struct NotLots;

impl Lots {
    /// What is published beforehand: the SHA-256 of the 32 bytes, in hex.
    #[must_use]
    pub fn commitment(&self) -> String {
        hex(digest(&SHA256, &self.0).as_ref())
    }

    /// An entry's lot.
    #[must_use]
    pub fn of(&self, name: &str) -> [u8; 32] {
        let sum = digest(&SHA256, format!("{self}:{name}").as_bytes());
        let mut lot = [0; 32];
        lot.copy_from_slice(sum.as_ref());
        lot
    }

    /// The order of entries, by name and, where that counts, by rating: indexes into `entries`.
    #[must_use]
    pub fn order(&self, entries: &[(&str, Option<Rating>)]) -> Vec<usize> {
        let mut order: Vec<_> = (0..entries.len()).collect();
        order.sort_by_key(|at| {
            let (name, rating) = entries[*at];
            (Reverse(rating.map(|rating| rating.0)), self.of(name))
        });
        order
    }

    /// Who wins where neither side would do anything: the lot of `coin ROUND SLOT` is odd or even.
    #[must_use]
    pub fn coin(&self, spot: Spot) -> Side {
        let lot = self.of(&format!("coin {} {}", spot.round, spot.slot));
        if lot[31].is_multiple_of(2) { Side::First } else { Side::Second }
    }
}

impl fmt::Display for Lots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for Lots {
    type Err = NotLots;

    fn from_str(text: &str) -> Result<Self, NotLots> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 || !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Err(NotLots);
        }
        let mut lots = [0; 32];
        for (at, byte) in lots.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| NotLots)?;
        }
        Ok(Self(lots))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Python's hashlib, which shares no code with this.
    const OF_ZEROS: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";

    #[test]
    fn the_commitment_is_the_sum_of_the_bytes() {
        assert_eq!(Lots([0; 32]).commitment(), OF_ZEROS);
        let text = Lots([0xa7; 32]).to_string();
        assert_eq!(text.parse(), Ok(Lots([0xa7; 32])));
        assert_eq!("a7".parse::<Lots>(), Err(NotLots));
        assert_eq!("é".repeat(32).parse::<Lots>(), Err(NotLots));
    }

    #[test]
    fn an_order_depends_on_the_seed_and_the_names_and_not_on_who_came_first() {
        let lots = Lots([7; 32]);
        let names = ["ada", "bob", "eve", "mallory"];
        let as_names = |names: &[&'static str]| -> Vec<&str> {
            let entries: Vec<_> = names.iter().map(|name| (*name, None)).collect();
            lots.order(&entries).into_iter().map(|at| names[at]).collect()
        };
        let order = as_names(&names);
        assert_eq!(order, as_names(&["mallory", "eve", "bob", "ada"]));
        assert_ne!(Lots([8; 32]).of("ada"), lots.of("ada"));
    }

    #[test]
    fn ratings_come_before_lots() {
        let rated = |rating| Some(Rating(rating));
        let entries = [("ada", rated(1400)), ("bob", rated(1600)), ("eve", rated(1500))];
        assert_eq!(Lots([7; 32]).order(&entries), [1, 2, 0]);
    }
}
