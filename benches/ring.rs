//! What writer and readers of a channel cost each other.
//!
//! The ring is the relay's own business, so its source is compiled here once more.
#![expect(dead_code, reason = "the ring's source, out of its crate")]

#[path = "../relay/src/ring.rs"]
mod ring;
#[path = "../relay/src/sync.rs"]
mod sync;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use criterion::{Criterion, criterion_group, criterion_main};
use ring::{Get, ring};

const LEN: usize = 1024;

fn questions(criterion: &mut Criterion) {
    criterion.bench_function("what_does_a_push_cost", |bench| {
        let (mut writer, _shared) = ring::<[u64; 8]>(LEN);
        bench.iter(|| writer.push(black_box([0; 8]), 1_200, usize::MAX));
    });
    criterion.bench_function("what_does_a_push_cost_while_another_thread_reads", |bench| {
        let (mut writer, shared) = ring::<[u64; 8]>(LEN);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut next = 0;
                while !done.load(Ordering::Relaxed) {
                    match shared.get(next) {
                        Get::Item(_) => next += 1,
                        Get::Lapped { oldest } => next = oldest,
                        Get::NotYet => std::hint::spin_loop(),
                    }
                }
            });
            bench.iter(|| writer.push(black_box([0; 8]), 1_200, usize::MAX));
            done.store(true, Ordering::Relaxed);
        });
    });
    for readers in [1_u64, 10, 1_000] {
        let name = format!("what_does_a_batch_cost_for_{readers}_readers");
        criterion.bench_function(&name, |bench| {
            let (mut writer, shared) = ring::<[u64; 8]>(LEN);
            bench.iter(|| {
                let seq = writer.push([0; 8], 1_200, usize::MAX);
                for _ in 0..readers {
                    assert!(matches!(black_box(shared.get(seq)), Get::Item(_)));
                }
            });
        });
    }
}

criterion_group!(benches, questions);
criterion_main!(benches);
