//! What a side of a pool is worth, in whole numbers.

use super::payout::net_of;
use crate::uint::Wei;

/// What is staked on each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stakes {
    /// On the first.
    pub a: Wei,
    /// On the second.
    pub b: Wei,
}

/// What one staked coin becomes, in ten-thousandths, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds(pub Wei);

/// As much again, as long as nobody has bet on a side.
const EVEN: Odds = Odds(Wei::small(2 * PLACES));
const PLACES: u64 = 10_000;

impl Stakes {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Wei {
        self.a.plus(self.b)
    }

    /// Both sides' odds after the rake.
    #[must_use]
    pub fn odds(&self, rake_bps: u16) -> [Odds; 2] {
        let net = net_of(self, rake_bps);
        [self.a, self.b].map(|side| {
            if side == Wei::ZERO { EVEN } else { Odds(net.share(Wei::small(PLACES), side)) }
        })
    }

    /// The sides' parts in hundredths, which are a hundred together; halves if there is nothing.
    #[must_use]
    pub fn percents(&self) -> [u8; 2] {
        let total = self.total();
        if total == Wei::ZERO {
            return [50, 50];
        }
        let a = self.a.share(Wei::small(100), total).0.saturating_to::<u8>().min(100);
        [a, 100 - a]
    }
}

impl std::fmt::Display for Odds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places = ruint::aliases::U256::from(PLACES);
        let (whole, part) = self.0.0.div_rem(places);
        write!(f, "{whole}.{:04}", part.saturating_to::<u64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odds(a: u64, b: u64) -> [String; 2] {
        let stakes = Stakes { a: Wei::coins(a), b: Wei::coins(b) };
        stakes.odds(500).map(|odds| odds.to_string())
    }

    #[test]
    fn the_odds_are_those_that_players_were_told() {
        for (a, b, expected) in [
            (800, 400, ["1.4250", "2.8500"]),
            (0, 0, ["2.0000", "2.0000"]),
            (100, 0, ["1.0000", "2.0000"]),
            (0, 100, ["2.0000", "1.0000"]),
            (1, 2, ["2.8500", "1.4250"]),
        ] {
            assert_eq!(odds(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn percents_are_a_hundred_together() {
        for (a, b, expected) in
            [(0, 0, [50, 50]), (1, 2, [33, 67]), (5, 0, [100, 0]), (0, 5, [0, 100])]
        {
            let stakes = Stakes { a: Wei::small(a), b: Wei::small(b) };
            assert_eq!(stakes.percents(), expected, "{a} {b}");
        }
        let largest = Wei(ruint::aliases::U256::MAX);
        assert_eq!(Stakes { a: largest, b: Wei::ZERO }.percents(), [100, 0]);
    }
}
