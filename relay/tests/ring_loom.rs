//! Every interleaving of the ring's writer with its readers.
//!
//! The ring's source is compiled here a second time over loom's primitives. A slot is a loom mutex,
//! so this proves the order of the ring's own steps; `arc-swap` answers for the slot itself.

mod sync {
    use std::sync::Arc;

    use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};

    #[derive(Debug)]
    pub(crate) struct Slot<T>(Mutex<Option<Arc<T>>>);

    impl<T> Slot<T> {
        pub(crate) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn put(&self, item: Option<Arc<T>>) {
            *self.0.lock().expect("loom poisons nothing") = item;
        }

        pub(crate) fn get(&self) -> Option<Arc<T>> {
            self.0.lock().expect("loom poisons nothing").clone()
        }
    }
}

#[path = "../src/ring.rs"]
mod ring;

use std::sync::Arc;

use ring::{Get, Ring};

/// Reads until `until`, checking that each number is seen, in order, or named as missing.
fn follow(ring: &Ring<u64>, until: u64) {
    let mut next = 0;
    while next < until {
        match ring.get(next) {
            Get::Item(held) => {
                assert_eq!((held.seq, held.item), (next, next * 10));
                next += 1;
            }
            Get::Lapped { oldest } => {
                assert!(oldest > next, "lapped at {next}, but {oldest} is held");
                assert!(oldest <= ring.head(), "what is held was written");
                next = oldest;
            }
            Get::NotYet => loom::thread::yield_now(),
        }
    }
}

#[test]
fn a_reader_sees_each_number_once_or_learns_that_it_is_gone() {
    loom::model(|| {
        let (mut writer, shared) = ring::ring(2);
        let reader = {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || follow(&shared, 3))
        };
        for seq in 0..3 {
            assert_eq!(writer.push(seq * 10, 1, usize::MAX), seq);
        }
        reader.join().unwrap();
    });
}

#[test]
fn what_is_let_go_for_its_weight_is_never_read_as_something_else() {
    loom::model(|| {
        let (mut writer, shared) = ring::ring(4);
        let readers = [0, 1].map(|seq| {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || match shared.get(seq) {
                Get::Item(held) => assert_eq!((held.seq, held.item), (seq, seq * 10)),
                Get::Lapped { oldest } => assert!(oldest > seq),
                Get::NotYet => {}
            })
        });
        for seq in 0..3 {
            writer.push(seq * 10, 2, 2);
        }
        assert_eq!(writer.weight(), 2);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}
