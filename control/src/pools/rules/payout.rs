//! Who gets how much of a pool that is decided.
//!
//! Invariant: payouts and the rake are the pool, to the last wei. A payout is rounded down and
//! depends on nobody else's claim; what rounding leaves over goes with the rake.

use super::odds::Stakes;
use crate::matches::rules::Side;
use crate::uint::Wei;

/// Ten thousand hundredths of a percent are everything.
const ALL_BPS: u64 = 10_000;

/// How a pool ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A side won.
    Won(Side),
    /// Every bet goes back.
    Void,
}

/// What is left of a pool for those who won it. Nothing is kept if a side is empty: then nobody
/// lost anything.
#[must_use]
pub fn net_of(stakes: &Stakes, rake_bps: u16) -> Wei {
    let pool = stakes.total();
    if stakes.a == Wei::ZERO || stakes.b == Wei::ZERO {
        return pool;
    }
    pool.minus(pool.share(Wei::small(u64::from(rake_bps)), Wei::small(ALL_BPS)))
}

/// How a pool ends if a side wins: nobody wins where nobody bet on that side.
#[must_use]
pub fn end(stakes: &Stakes, winner: Side) -> End {
    if on(stakes, winner) == Wei::ZERO { End::Void } else { End::Won(winner) }
}

/// What somebody gets who staked so much on each side.
#[must_use]
pub fn payout(stakes: &Stakes, end: End, rake_bps: u16, bets: &Stakes) -> Wei {
    match end {
        End::Void => bets.total(),
        End::Won(winner) => net_of(stakes, rake_bps).share(on(bets, winner), on(stakes, winner)),
    }
}

/// What is kept, once all have been paid: the rake, and what rounding left over.
#[must_use]
pub fn kept(stakes: &Stakes, paid: Wei) -> Wei {
    stakes.total().minus(paid)
}

fn on(stakes: &Stakes, side: Side) -> Wei {
    match side {
        Side::First => stakes.a,
        Side::Second => stakes.b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_winners_of_a_pool_share_it_after_the_rake() {
        let stakes = Stakes { a: Wei::coins(800), b: Wei::coins(400) };
        let bet = |a, b| Stakes { a: Wei::coins(a), b: Wei::coins(b) };
        let paid = |end, bets: Stakes| payout(&stakes, end, 500, &bets);
        assert_eq!(paid(End::Won(Side::First), bet(800, 0)), Wei::coins(1140));
        assert_eq!(paid(End::Won(Side::First), bet(80, 0)), Wei::coins(114));
        assert_eq!(paid(End::Won(Side::First), bet(0, 400)), Wei::ZERO);
        assert_eq!(paid(End::Won(Side::Second), bet(0, 40)), Wei::coins(114));
        assert_eq!(paid(End::Won(Side::Second), bet(10, 40)), Wei::coins(114));
        assert_eq!(paid(End::Void, bet(10, 40)), Wei::coins(50));
        assert_eq!(kept(&stakes, Wei::coins(1140)), Wei::coins(60));
    }

    #[test]
    fn who_won_alone_against_nobody_is_paid_back() {
        let stakes = Stakes { a: Wei::coins(100), b: Wei::ZERO };
        assert_eq!(end(&stakes, Side::Second), End::Void);
        assert_eq!(end(&stakes, Side::First), End::Won(Side::First));
        assert_eq!(payout(&stakes, End::Void, 500, &stakes), Wei::coins(100));
        assert_eq!(payout(&stakes, End::Won(Side::First), 500, &stakes), Wei::coins(100));
    }

    proptest! {
        #[test]
        fn payouts_and_the_rake_are_the_pool_to_the_wei(
            bets in proptest::collection::vec((amounts(), any::<bool>()), 0..40),
            rake_bps in 0_u16..=1_000,
            first_won: bool,
        ) {
            let one = |(amount, on_a): &(u128, bool)| {
                let amount: Wei = amount.to_string().parse().unwrap();
                let nothing = Wei::ZERO;
                if *on_a { Stakes { a: amount, b: nothing } } else { Stakes { a: nothing, b: amount } }
            };
            let bets: Vec<_> = bets.iter().map(one).collect();
            let stakes = bets.iter().fold(Stakes::default(), |sum, bet| {
                Stakes { a: sum.a.plus(bet.a), b: sum.b.plus(bet.b) }
            });
            let winner = if first_won { Side::First } else { Side::Second };
            let end = end(&stakes, winner);
            let paid = bets.iter().fold(Wei::ZERO, |sum, bet| {
                sum.plus(payout(&stakes, end, rake_bps, bet))
            });
            let kept = kept(&stakes, paid);
            prop_assert_eq!(paid.plus(kept), stakes.total());
            let rake = match end {
                End::Won(_) => stakes.total().minus(net_of(&stakes, rake_bps)),
                End::Void => Wei::ZERO,
            };
            let dust = kept.minus(rake);
            prop_assert!(kept >= rake && dust <= Wei::small(bets.len() as u64), "{kept:?} {rake:?}");
        }
    }

    fn amounts() -> impl Strategy<Value = u128> {
        prop_oneof![1_u128..20, 1_u128..=u128::MAX / 64]
    }
}
