//! [`Reorder`] against a model: a channel of groups on streams that are interleaved, cut off by
//! resets, repeated after a reconnection, with gaps that claim too much.

use std::collections::BTreeSet;

use arena_protocol::{Gap, Why};
use proptest::prelude::*;

use super::{Out, Reorder};

/// What happens to one group's stream.
#[derive(Clone, Debug)]
struct Group {
    len: u64,
    /// So many of its batches come; the others are named by a gap.
    come: u64,
    /// The gap also names so many that came.
    claimed: u64,
    /// The whole group comes again.
    repeated: bool,
}

#[derive(Clone, Debug)]
enum Told {
    Batch(u64),
    Gap(Gap),
}

fn group() -> impl Strategy<Value = Group> {
    (1_u64..6, 0_u64..8, 0_u64..4, any::<bool>()).prop_map(|(len, come, claimed, repeated)| {
        let come = come.min(len);
        Group { len, come, claimed: claimed.min(come), repeated }
    })
}

/// One queue per stream, and one for what is said on the session's own.
fn streams(groups: &[Group]) -> (Vec<Vec<Told>>, u64) {
    let mut streams = vec![Vec::new()];
    let mut at = 0;
    for group in groups {
        let batches: Vec<_> = (at..at + group.come).map(Told::Batch).collect();
        if group.repeated {
            streams.push(batches.clone());
        }
        streams.push(batches);
        let (from, to) = (at + group.come - group.claimed, at + group.len - 1);
        if group.come < group.len {
            streams[0].push(Told::Gap(Gap { from, to, why: Why::Lagged }));
        }
        at += group.len;
    }
    (streams, at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_number_comes_out_once_in_order_as_an_item_or_in_one_gap(
        groups in prop::collection::vec(group(), 0..12),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 300),
    ) {
        let (mut streams, len) = streams(&groups);
        let mut reorder = Reorder::new(Some(0));
        let mut came = BTreeSet::new();
        let mut next = 0;
        let mut picks = picks.into_iter().cycle();
        while streams.iter().any(|stream| !stream.is_empty()) {
            streams.retain(|stream| !stream.is_empty());
            let pick = picks.next().unwrap().index(streams.len());
            match streams[pick].remove(0) {
                Told::Batch(number) => {
                    came.insert(number);
                    reorder.insert(number, 1, number);
                }
                Told::Gap(gap) => reorder.lose(gap),
            }
            while let Some(out) = reorder.pop() {
                match out {
                    Out::Item(number) => {
                        prop_assert_eq!(number, next);
                        next += 1;
                    }
                    Out::Gap(gap) => {
                        prop_assert_eq!(gap.from, next);
                        prop_assert!(gap.to >= gap.from && gap.to < len);
                        prop_assert!((gap.from..=gap.to).all(|number| !came.contains(&number)));
                        next = gap.to + 1;
                    }
                }
            }
        }
        prop_assert_eq!(next, len);
        prop_assert!(!reorder.is_waiting());
    }

    #[test]
    fn giving_up_at_any_time_keeps_the_order_and_names_the_rest(
        numbers in prop::collection::vec(0_u64..40, 0..60),
        give_up in prop::collection::vec(any::<bool>(), 60),
    ) {
        let mut reorder = Reorder::new(Some(0));
        let mut named = Vec::new();
        let name = |out, named: &mut Vec<u64>| match out {
            Out::Item(number) => named.push(number),
            Out::Gap(gap) => named.extend(gap.from..=gap.to),
        };
        for (number, give_up) in numbers.iter().zip(give_up) {
            reorder.insert(*number, 1, *number);
            if give_up && let Some(gap) = reorder.give_up() {
                name(Out::Gap(gap), &mut named);
            }
            while let Some(out) = reorder.pop() {
                name(out, &mut named);
            }
        }
        reorder.finish(Some(39), Why::Lagged);
        while let Some(out) = reorder.pop() {
            name(out, &mut named);
        }
        prop_assert_eq!(named, (0..40).collect::<Vec<_>>());
    }
}
