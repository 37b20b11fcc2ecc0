//! What is offered for a transaction: a ladder that starts at the market and ends at a limit.
//!
//! Invariant: a replacement offers at least an eighth more of both, which every node accepts, and
//! never more than the limit.

/// Wei for a unit of gas: at most, and of it to whoever makes the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// At most, the block's own fee included.
    pub max: u128,
    /// To whoever makes the block.
    pub tip: u128,
}

/// What the chain asks for now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// A block's own fee.
    pub base: u128,
    /// What others give on top.
    pub tip: u128,
}

impl Fees {
    /// What to begin with: the base fee may double before it is not enough.
    #[must_use]
    pub fn first(market: Market, limit: u128) -> Self {
        let max = market.base.saturating_mul(2).saturating_add(market.tip).clamp(1, limit.max(1));
        Self { max, tip: market.tip.min(max) }
    }

    /// What takes the place of an offer that was not taken, or none if the limit forbids it.
    #[must_use]
    pub fn raised(self, market: Market, limit: u128) -> Option<Self> {
        let first = Self::first(market, limit);
        let max = eighth_more(self.max);
        let tip = eighth_more(self.tip).max(first.tip);
        let max = max.max(first.max).max(tip);
        (max <= limit).then_some(Self { max, tip })
    }
}

fn eighth_more(fee: u128) -> u128 {
    fee.saturating_add(fee.div_ceil(8)).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_ladder_rises_by_a_tenth_at_least_and_ends_at_the_limit(
            base in 0_u128..1_000_000_000_000,
            tip in 0_u128..1_000_000_000_000,
            limit in 1_u128..10_000_000_000_000,
            markets in proptest::collection::vec(0_u128..2_000_000_000_000, 0..200),
        ) {
            let mut fees = Fees::first(Market { base, tip }, limit);
            prop_assert!(fees.max <= limit && fees.tip <= fees.max);
            for base in markets {
                let Some(next) = fees.raised(Market { base, tip }, limit) else { break };
                prop_assert!(next.max <= limit && next.tip <= next.max);
                prop_assert!(next.max * 10 >= fees.max * 11 && next.tip * 10 >= fees.tip * 11);
                fees = next;
            }
        }
    }

    #[test]
    fn a_market_that_jumped_is_met_in_one_step() {
        let fees = Fees { max: 10, tip: 1 };
        let market = Market { base: 1_000, tip: 7 };
        assert_eq!(fees.raised(market, 10_000), Some(Fees { max: 2_007, tip: 7 }));
        assert_eq!(fees.raised(market, 2_000), Some(Fees { max: 2_000, tip: 7 }));
        assert_eq!(Fees { max: 2_000, tip: 7 }.raised(market, 2_000), None);
    }
}
