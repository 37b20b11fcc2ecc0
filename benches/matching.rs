//! What a round of matching costs while 100,000 wait in one tier.
//!
//! Each question is a way in which they could wait; whoever has waited a minute reaches anybody,
//! so that bad preferences would make a plain search look at all the others each time.

use std::hint::black_box;

use arena_control::ids::{PlayerId, TicketId};
use arena_control::queue::rules::pairing::pairs;
use arena_control::queue::rules::window::Window;
use arena_control::queue::rules::{Entry, Owner, Preferences};
use arena_control::ratings::rules::Rating;
use arena_control::time::{At, Span};
use criterion::{Criterion, criterion_group, criterion_main};

/// The binary's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WAITING: u32 = 100_000;
const NOW: At = At(1_000_000);

/// Always the same numbers, and good enough to scatter ratings and waits.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = self.0 >> 33;
        u32::try_from(high % u64::from(bound)).expect("it is below a u32")
    }

    /// Near 1200 for most, 300 to 2,100 for all.
    fn rating(&mut self) -> Rating {
        let sum: u32 = (0..6).map(|_| self.below(301)).sum();
        Rating(300 + i32::try_from(sum).expect("at most 1,800"))
    }
}

fn entry(number: u32, numbers: &mut Numbers) -> Entry {
    let waited = Span(u64::from(numbers.below(300_000)));
    Entry {
        ticket: TicketId(u128::from(number)),
        owner: Owner {
            identity: Some(PlayerId(u128::from(number) << 64)),
            connect_code: None,
            wallet: Some(format!("0x{number:040x}")),
        },
        tier: Some("gold".into()),
        rating: numbers.rating(),
        preferences: Preferences::default(),
        priority: 0,
        since: NOW - waited,
        held_until: NOW - waited,
        fresh_at: NOW - waited,
    }
}

/// As a database hands them out: the oldest first.
fn waiting(change: impl Fn(&mut Entry, &mut Numbers)) -> Vec<Entry> {
    let mut numbers = Numbers(1);
    let mut entries: Vec<_> = (0..WAITING).map(|number| entry(number, &mut numbers)).collect();
    for entry in &mut entries {
        change(entry, &mut numbers);
    }
    entries.sort_by_key(Entry::place);
    entries
}

fn around(rating: Rating, from: i32, to: i32) -> Preferences {
    Preferences {
        min_rating: Some(Rating(rating.0 + from)),
        max_rating: Some(Rating(rating.0 + to)),
        ..Preferences::default()
    }
}

fn questions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("what_does_a_round_cost");
    group.sample_size(20);
    let mut ask = |name: &str, entries: Vec<Entry>| {
        let window = Window::default();
        group.bench_function(name, |bench| {
            bench.iter(|| pairs(black_box(&entries), Some(&window), NOW).len());
        });
    };
    ask("with_nothing_special", waiting(|_, _| ()));
    ask("with_all_at_one_rating", waiting(|entry, _| entry.rating = Rating(1200)));
    ask("with_all_just_come", waiting(|entry, _| entry.since = NOW));
    ask(
        "with_a_third_that_stays_narrow",
        waiting(|entry, numbers| entry.preferences.expand_search = numbers.below(3) > 0),
    );
    ask(
        "with_preferences_of_their_own",
        waiting(|entry, numbers| {
            let reach = i32::try_from(numbers.below(400)).expect("small");
            entry.preferences = around(entry.rating, -reach, reach);
        }),
    );
    ask(
        "with_preferences_that_nobody_fits",
        waiting(|entry, _| entry.preferences = around(entry.rating, 5_000, 6_000)),
    );
    ask(
        "with_preferences_that_never_agree",
        waiting(|entry, _| entry.preferences = around(entry.rating, 1, 5_000)),
    );
    ask(
        "with_priorities",
        waiting(|entry, numbers| entry.priority = u8::from(numbers.below(10) == 0)),
    );
    ask("with_all_of_one_identity", waiting(|entry, _| entry.owner.identity = Some(PlayerId(1))));
}

criterion_group!(benches, questions);
criterion_main!(benches);
