//! The ring against a `VecDeque` that does the same the plain way.

use std::collections::VecDeque;

use proptest::prelude::*;

use crate::ring::{Get, ring};

#[derive(Clone, Debug)]
enum Op {
    Push { weight: usize },
    Get { seq: u64 },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let push = (0_usize..40).prop_map(|weight| Op::Push { weight });
    let get = (0_u64..80).prop_map(|seq| Op::Get { seq });
    proptest::collection::vec(prop_oneof![push, get], 0..200)
}

proptest! {
    #[test]
    fn the_ring_holds_what_a_queue_would(ops in ops(), len in 1_usize..9, weight_max in 1_usize..100) {
        let (mut writer, shared) = ring(len);
        let mut model: VecDeque<(u64, usize)> = VecDeque::new();
        let mut next = 0;
        for op in ops {
            match op {
                Op::Push { weight } => {
                    model.push_back((next, weight));
                    let over = |model: &VecDeque<(u64, usize)>| {
                        model.iter().map(|(_, weight)| weight).sum::<usize>() > weight_max
                    };
                    while model.len() > len || (over(&model) && model.len() > 1) {
                        model.pop_front();
                    }
                    prop_assert_eq!(writer.push(next, weight, weight_max), next);
                    next += 1;
                }
                Op::Get { seq } => {
                    let held = model.iter().any(|(held, _)| *held == seq);
                    match shared.get(seq) {
                        Get::Item(item) => prop_assert!(held && item.seq == seq && item.item == seq),
                        Get::NotYet => prop_assert!(seq >= next),
                        Get::Lapped { oldest } => {
                            prop_assert!(!held && seq < next);
                            prop_assert_eq!(oldest, model.front().map_or(next, |(held, _)| *held));
                        }
                    }
                }
            }
            prop_assert_eq!(shared.head(), next);
            prop_assert_eq!(shared.oldest(), model.front().map_or(next, |(held, _)| *held));
        }
    }
}

#[test]
fn readers_on_other_threads_see_every_item_or_count_it_as_missed() {
    const ITEMS: u64 = 50_000;
    let (mut writer, shared) = ring(64);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let (mut next, mut seen, mut missed) = (0, 0, 0);
                while next < ITEMS {
                    match shared.get(next) {
                        Get::Item(item) => {
                            assert_eq!((item.seq, item.item), (next, next));
                            (next, seen) = (next + 1, seen + 1);
                        }
                        Get::Lapped { oldest } => {
                            assert!(oldest > next);
                            (next, missed) = (oldest, missed + oldest - next);
                        }
                        Get::NotYet => std::hint::spin_loop(),
                    }
                }
                assert_eq!(seen + missed, ITEMS);
            });
        }
        for item in 0..ITEMS {
            writer.push(item, 1, usize::MAX);
        }
    });
}
