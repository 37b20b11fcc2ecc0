use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { confirmations: 3, buried: 64, fee_max: 1_000 };
const NOW: At = At(1_000_000);

fn block(number: u64, fork: u8) -> Mined {
    Mined { hash: B256::repeat_byte(1), number, block: B256::repeat_byte(fork), ok: true }
}

fn pending() -> Standing {
    Standing {
        nonce: 5,
        phase: Phase::Pending,
        fees: Fees { max: 100, tip: 10 },
        fills: false,
        signed_at: NOW,
        sent_at: Some(NOW),
        refused: None,
        missing: None,
        can_be_asked: true,
    }
}

fn quiet() -> Seen {
    Seen { head: 10, nonce: 5, market: Market { base: 50, tip: 10 }, mined: None }
}

type Case = (&'static str, Standing, Seen, Decision);

fn all_hold<const N: usize>(cases: [Case; N]) {
    for (what, tx, seen, expected) in cases {
        assert_eq!(decide(&tx, &seen, &LIMITS, NOW), expected, "{what}");
    }
}

fn ago(seconds: u64) -> At {
    NOW - Span::seconds(seconds)
}

#[test]
fn what_waits_is_sent_again_and_offered_more() {
    let raised = Fees { max: 113, tip: 12 };
    let refused = |why, seconds| Standing { refused: Some((why, ago(seconds))), ..pending() };
    let other = || Refusal::Other("exceeds the block's limit".to_owned());
    all_hold([
        ("just sent", pending(), quiet(), Decision::Wait),
        ("never sent", Standing { sent_at: None, ..pending() }, quiet(), Decision::Send),
        (
            "sent a while ago",
            Standing { sent_at: Some(ago(6)), ..pending() },
            quiet(),
            Decision::Send,
        ),
        (
            "nobody took the offer",
            Standing { signed_at: ago(16), ..pending() },
            quiet(),
            Decision::Raise(raised),
        ),
        (
            "another one is before it",
            Standing { signed_at: ago(16), nonce: 6, ..pending() },
            quiet(),
            Decision::Wait,
        ),
        (
            "the limit is reached",
            Standing {
                fees: Fees { max: 1_000, tip: 10 },
                signed_at: ago(16),
                sent_at: Some(ago(6)),
                ..pending()
            },
            quiet(),
            Decision::Send,
        ),
        ("a node says so", refused(Refusal::TooCheap, 0), quiet(), Decision::Raise(raised)),
        ("no money", refused(Refusal::NoFunds, 3600), quiet(), Decision::Wait),
        ("refused for a moment", refused(other(), 1), quiet(), Decision::Wait),
        ("refused for long", refused(other(), 31), quiet(), Decision::Fill(raised)),
    ]);
}

#[test]
fn what_is_in_a_block_counts_once_it_is_deep_enough() {
    all_hold([
        (
            "in a block",
            pending(),
            Seen { mined: Some(block(9, 1)), ..quiet() },
            Decision::Mined(block(9, 1)),
        ),
        (
            "deep enough at once",
            pending(),
            Seen { mined: Some(block(8, 1)), ..quiet() },
            Decision::Confirmed(block(8, 1)),
        ),
        (
            "not deeper than before",
            Standing { phase: Phase::Mined(block(9, 1)), ..pending() },
            Seen { mined: Some(block(9, 1)), ..quiet() },
            Decision::Wait,
        ),
        (
            "gone from its block",
            Standing { phase: Phase::Mined(block(9, 1)), ..pending() },
            quiet(),
            Decision::Unmined,
        ),
        (
            "gone after it counted",
            Standing { phase: Phase::Confirmed(block(8, 1)), ..pending() },
            quiet(),
            Decision::Unmined,
        ),
        (
            "in another block after it counted",
            Standing { phase: Phase::Confirmed(block(8, 1)), ..pending() },
            Seen { mined: Some(block(8, 2)), ..quiet() },
            Decision::Mined(block(8, 2)),
        ),
        (
            "deep enough to be forgotten",
            Standing { phase: Phase::Confirmed(block(8, 1)), ..pending() },
            Seen { head: 72, mined: Some(block(8, 1)), ..quiet() },
            Decision::Buried,
        ),
    ]);
}

#[test]
fn a_nonce_that_was_used_otherwise_is_given_up_for_good_reason_only() {
    all_hold([
        ("nonce gone", pending(), Seen { nonce: 6, ..quiet() }, Decision::Missing),
        (
            "nonce there again",
            Standing { missing: Some((10, ago(60))), ..pending() },
            quiet(),
            Decision::Unmined,
        ),
        (
            "nonce gone for a moment",
            Standing { missing: Some((10, ago(60))), ..pending() },
            Seen { nonce: 6, ..quiet() },
            Decision::Wait,
        ),
        (
            "nonce gone for good",
            Standing { missing: Some((7, ago(60))), ..pending() },
            Seen { nonce: 6, ..quiet() },
            Decision::Lost,
        ),
        (
            "nonce gone, and nothing else keeps the effect from happening twice",
            Standing { missing: Some((7, ago(60))), can_be_asked: false, ..pending() },
            Seen { nonce: 6, ..quiet() },
            Decision::Wait,
        ),
        (
            "nonce gone for minutes",
            Standing { missing: Some((7, ago(180))), can_be_asked: false, ..pending() },
            Seen { nonce: 6, ..quiet() },
            Decision::Lost,
        ),
    ]);
}

#[test]
fn holes_are_filled_and_the_end_is_freed() {
    for (chain, next, held, expected) in [
        (5, 5, &[][..], None),
        (5, 8, &[5, 6, 7], None),
        (5, 8, &[], Some(Heal::FreeFrom(5))),
        (5, 8, &[3, 4], Some(Heal::FreeFrom(5))),
        (5, 8, &[5, 7], Some(Heal::Fill(vec![6]))),
        (5, 8, &[6, 7], Some(Heal::Fill(vec![5]))),
        (5, 9, &[6, 8], Some(Heal::Fill(vec![5, 7]))),
        (5, 8, &[5], Some(Heal::FreeFrom(6))),
        (9, 8, &[], None),
    ] {
        assert_eq!(heal(chain, next, held), expected, "{chain} {next} {held:?}");
    }
}

proptest! {
    #[test]
    fn healing_ends_with_no_hole(
        chain in 0_u64..20,
        more in 0_u64..20,
        held in proptest::collection::btree_set(0_u64..40, 0..20),
    ) {
        let mut next = chain + more;
        let mut held: Vec<_> = held.into_iter().filter(|nonce| *nonce < next).collect();
        for _ in 0..2 {
            match heal(chain, next, &held) {
                Some(Heal::FreeFrom(nonce)) => { prop_assert!(nonce < next); next = nonce; }
                Some(Heal::Fill(nonces)) => {
                    for nonce in nonces {
                        prop_assert!(!held.contains(&nonce) && nonce < next);
                        held.push(nonce);
                    }
                    held.sort_unstable();
                }
                None => break,
            }
        }
        prop_assert_eq!(heal(chain, next, &held), None);
        prop_assert!((chain..next).all(|nonce| held.contains(&nonce)));
    }

    #[test]
    fn a_transaction_is_given_up_only_when_its_nonce_is_gone(
        nonce in 0_u64..4, chain in 0_u64..4, head in 0_u64..100, age in 0_u64..100,
        missing in proptest::option::of(0_u64..100),
    ) {
        let ago = NOW - Span::seconds(age);
        let missing = missing.map(|block| (block, ago));
        let tx = Standing { nonce, signed_at: ago, sent_at: Some(ago), missing, ..pending() };
        let seen = Seen { head, nonce: chain, ..quiet() };
        if decide(&tx, &seen, &LIMITS, NOW) == Decision::Lost {
            prop_assert!(chain > nonce && head >= missing.unwrap().0 + LIMITS.confirmations);
        }
    }
}
