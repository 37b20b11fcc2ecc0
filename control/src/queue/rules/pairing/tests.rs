use proptest::prelude::*;

use super::*;
use crate::ids::TicketId;
use crate::queue::rules::tests::entry;
use crate::queue::rules::{Owner, Preferences};
use crate::ratings::rules::Rating;
use crate::time::Span;

const NOW: At = At(100_000);

fn tickets(pairs: &[Pair<'_>]) -> Vec<(u128, u128)> {
    pairs.iter().map(|pair| (pair.first.ticket.0, pair.second.ticket.0)).collect()
}

/// The rule as it is written, with nothing clever: whoever's turn it is looks at all others.
fn pairs_by_the_book<'a>(waiting: &'a [Entry], window: Option<&Window>, now: At) -> Vec<Pair<'a>> {
    let mut line: Vec<&Entry> = waiting.iter().filter(|entry| entry.held_until <= now).collect();
    line.sort_by_key(|entry| entry.place());
    let mut stand: Vec<&Entry> = Vec::new();
    for entry in line {
        if !stand.iter().any(|before| before.owner.is_also(&entry.owner)) {
            stand.push(entry);
        }
    }
    let mut pairs = Vec::new();
    while !stand.is_empty() {
        let first = stand.remove(0);
        let choice = stand
            .iter()
            .enumerate()
            .filter(|(_, other)| hindrance(first, other, window, now).is_none())
            .min_by_key(|(_, other)| {
                (window.map(|_| first.rating.distance(other.rating)), other.place())
            })
            .map(|(at, _)| at);
        if let Some(at) = choice {
            pairs.push(Pair { first, second: stand.remove(at) });
        }
    }
    pairs.sort_by_key(|pair| (pair.first.tier.clone(), pair.first.place()));
    pairs
}

/// Few ratings, names and waits, so that everything meets everything.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let bound = || proptest::option::weighted(0.2, 800..1_600_i32);
    let preferences =
        (proptest::bool::weighted(0.8), bound(), bound()).prop_map(|(expand_search, min, max)| {
            Preferences { expand_search, min_rating: min.map(Rating), max_rating: max.map(Rating) }
        });
    let name = || proptest::option::weighted(0.5, 0..60_u128);
    let owner = (name(), name(), name()).prop_map(|(identity, code, wallet)| Owner {
        identity: identity.map(PlayerId),
        connect_code: code.map(|code| format!("A#{code}")),
        wallet: wallet.map(|wallet| format!("0x{wallet}")),
    });
    let since = (0..100_000_i64).prop_map(At);
    let held = prop_oneof![9 => Just(At(0)), 1 => Just(NOW + Span(1))];
    let tier = prop_oneof![Just(None), Just(Some("gold".to_owned()))];
    let priority = prop_oneof![8 => Just(0_u8), 1 => Just(1), 1 => Just(7)];
    let rating = prop_oneof![3 => 900..1_500_i32, 1 => (10..14_i32).prop_map(|n| n * 100)];
    let entry = (owner, tier, rating, preferences, priority, since, held).prop_map(
        |(owner, tier, rating, preferences, priority, since, held_until)| Entry {
            ticket: TicketId(0),
            owner,
            tier,
            rating: Rating(rating),
            preferences,
            priority,
            since,
            held_until,
            fresh_at: since,
        },
    );
    proptest::collection::vec(entry, 0..60).prop_map(|mut entries| {
        for (entry, ticket) in entries.iter_mut().zip(1..) {
            entry.ticket = TicketId(ticket);
        }
        entries
    })
}

fn windows() -> impl Strategy<Value = Option<Window>> {
    prop_oneof![4 => Just(Some(Window::default())), 1 => Just(None)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_fast_search_finds_what_the_rule_says(entries in entries(), window in windows()) {
        let found = pairs(&entries, window.as_ref(), NOW);
        let by_the_book = pairs_by_the_book(&entries, window.as_ref(), NOW);
        prop_assert_eq!(tickets(&found), tickets(&by_the_book));
    }

    #[test]
    fn every_pair_may_meet_and_nobody_is_in_two(entries in entries(), window in windows()) {
        let mut seen = HashSet::new();
        for Pair { first, second } in pairs(&entries, window.as_ref(), NOW) {
            prop_assert_eq!(hindrance(first, second, window.as_ref(), NOW), None);
            prop_assert!(!first.owner.is_also(&second.owner));
            if window.is_some() {
                prop_assert!(first.preferences.admit(second.rating));
                prop_assert!(second.preferences.admit(first.rating));
            }
            prop_assert!(first.place() < second.place());
            prop_assert!(seen.insert(first.ticket) && seen.insert(second.ticket));
        }
    }

    #[test]
    fn nobody_is_left_waiting_who_could_have_met(entries in entries(), window in windows()) {
        let line = in_line(&entries, NOW);
        let found = pairs(&entries, window.as_ref(), NOW);
        let paired: HashSet<_> =
            found.iter().flat_map(|pair| [pair.first.ticket, pair.second.ticket]).collect();
        let left: Vec<_> =
            line.iter().filter(|entry| !paired.contains(&entry.ticket)).collect();
        for (at, one) in left.iter().enumerate() {
            for other in &left[at + 1..] {
                prop_assert!(hindrance(one, other, window.as_ref(), NOW).is_some());
            }
        }
    }

    #[test]
    fn the_order_in_which_they_are_handed_in_does_not_matter(
        (entries, shuffled) in entries().prop_flat_map(|entries| {
            (Just(entries.clone()), Just(entries).prop_shuffle())
        }),
        window in windows(),
    ) {
        let one = pairs(&entries, window.as_ref(), NOW);
        let other = pairs(&shuffled, window.as_ref(), NOW);
        prop_assert_eq!(tickets(&one), tickets(&other));
    }

    #[test]
    fn who_comes_last_meets_whom_a_round_would_give_it(entries in entries()) {
        let window = Window::default();
        let mut waiting = entries;
        let Some(mut last) = waiting.pop() else { return Ok(()) };
        (last.since, last.priority) = (NOW, 0);
        // A newcomer is asked for when nobody else could meet.
        let paired: HashSet<_> = pairs(&waiting, Some(&window), NOW)
            .iter()
            .flat_map(|pair| [pair.first.ticket, pair.second.ticket])
            .collect();
        let line: HashSet<_> = in_line(&waiting, NOW).iter().map(|entry| entry.ticket).collect();
        waiting.retain(|entry| line.contains(&entry.ticket) && !paired.contains(&entry.ticket));
        let may = waiting.iter().filter(|entry| hindrance(&last, entry, Some(&window), NOW).is_none());
        let may = may.count();
        let found = partner(&last, &waiting, Some(&window), NOW);
        prop_assert_eq!(found.is_some(), may > 0);
    }
}

fn rated(ticket: u128, rating: i32, since: i64) -> Entry {
    Entry { rating: Rating(rating), since: At(since), ..entry(ticket) }
}

#[test]
fn the_oldest_goes_first_and_takes_the_nearest() {
    let entries = [
        rated(1, 1250, 50_000),
        rated(2, 1200, 10_000),
        rated(3, 1290, 60_000),
        rated(4, 1210, 90_000),
    ];
    let found = pairs(&entries, Some(&Window::default()), NOW);
    assert_eq!(tickets(&found), [(2, 4), (1, 3)]);
}

#[test]
fn of_two_that_are_as_near_the_older_is_met() {
    let entries = [rated(1, 1200, 0), rated(2, 1250, 20_000), rated(3, 1150, 10_000)];
    assert_eq!(tickets(&pairs(&entries, Some(&Window::default()), NOW)), [(1, 3)]);
    let entries = [rated(1, 1200, 0), rated(2, 1150, 20_000), rated(3, 1250, 10_000)];
    assert_eq!(tickets(&pairs(&entries, Some(&Window::default()), NOW)), [(1, 3)]);
}

#[test]
fn who_has_waited_a_minute_meets_anybody() {
    let entries = [rated(1, 800, 40_000), rated(2, 2_400, 100_000)];
    assert_eq!(tickets(&pairs(&entries, Some(&Window::default()), NOW)), [(1, 2)]);
    let entries = [rated(1, 800, 40_001), rated(2, 2_400, 100_000)];
    assert_eq!(tickets(&pairs(&entries, Some(&Window::default()), NOW)), []);
}

#[test]
fn a_priority_goes_before_an_older_entry_and_no_further() {
    let entries = [
        rated(1, 1200, 0),
        Entry { priority: 1, ..rated(2, 1205, 99_000) },
        rated(3, 1900, 30_000),
    ];
    let found = pairs(&entries, Some(&Window::default()), NOW);
    assert_eq!(tickets(&found), [(2, 1)], "and it takes the nearest, not the oldest");
}

#[test]
fn in_a_queue_without_ratings_they_meet_as_they_came() {
    let entries = [rated(3, 0, 30), rated(1, 2_000, 10), rated(4, 500, 40), rated(2, 9, 20)];
    assert_eq!(tickets(&pairs(&entries, None, NOW)), [(1, 2), (3, 4)]);
    let mut entries = entries;
    entries[3].owner = entries[1].owner.clone();
    assert_eq!(tickets(&pairs(&entries, None, NOW)), [(1, 3)], "and not with themselves");
}

#[test]
fn extreme_ratings_and_times_are_no_panic() {
    let entries = [
        rated(1, i32::MIN, i64::MIN),
        rated(2, i32::MAX, i64::MAX),
        Entry { priority: 255, ..rated(3, 0, 0) },
    ];
    assert_eq!(pairs(&entries, Some(&Window::default()), NOW).len(), 1);
    assert_eq!(pairs(&entries, Some(&Window::default()), At(i64::MAX)).len(), 1);
}
