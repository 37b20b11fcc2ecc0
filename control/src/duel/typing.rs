//! One side's keystrokes: which are right, and which no hand can have typed.
//!
//! A right key goes one character on. A wrong one stays and counts against the accuracy; nothing
//! is taken back. Each key comes with its number and the client's own time since the start. That
//! time serves to find what cannot be; what counts for winning is when it arrived here.
//!
//! Invariant: what is refused changes nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::{At, Span};

/// Keys in one message.
pub const BATCH_MAX: usize = 64;
/// A client's clock may be so much ahead of ours: the start reached it late, and clocks drift.
pub const AHEAD_MAX: Span = Span(250);
/// A key may have been under way for so long. Later, its time is not believed.
pub const UNDER_WAY_MAX: Span = Span(5_000);
/// Nobody types more than so many keys within [`BURST_WITHIN`]: rolling fingers make three or
/// four; what is pasted comes all at once.
pub const BURST_MAX: usize = 8;
/// See [`BURST_MAX`].
pub const BURST_WITHIN: Span = Span(200);
/// Nor more than so many a second in the long run, which is 360 words a minute.
pub const PER_S_MAX: u64 = 30;

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// The character that it made.
    #[schema(value_type = String, min_length = 1, max_length = 1)]
    pub typed: char,
    /// When, in milliseconds since the start, by the client's clock.
    pub at_ms: u64,
}

/// Keys, as they come in one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The number of the first; the first of the game is 0.
    pub first: usize,
    /// In the order in which they were typed.
    pub keys: Vec<Key>,
}

/// What somebody has typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typing {
    /// Right keys, which is also where it stands in the line.
    pub right: usize,
    /// Wrong keys.
    pub wrong: usize,
    /// When the last key counted arrived.
    pub last_arrived: Option<At>,
    /// When the last character of the line arrived.
    pub finished_at: Option<At>,
    /// The client's times of the last keys, for bursts; at most [`BURST_MAX`].
    pub(super) recent_ms: Vec<u64>,
    /// The client's time of the first key.
    #[serde(default)]
    pub(super) first_ms: Option<u64>,
}

/// Where and when keys arrive.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The line, in ASCII.
    pub line: &'a str,
    /// When the game started.
    pub started_at: At,
    /// When the message came.
    pub now: At,
}

/// Why keys are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// The game has not started.
    #[error("the game has not started")]
    TooEarly,
    /// More than one message may hold.
    #[error("more than {BATCH_MAX} keys in one message")]
    TooMany,
    /// Keys before these are missing.
    #[error("keys are missing: go on at number {expected}")]
    OutOfOrder {
        /// The number that comes next.
        expected: usize,
    },
    /// A key is older than the one before it.
    #[error("time goes backwards")]
    Backwards,
    /// A key has not been pressed yet.
    #[error("a key from the future")]
    Future,
    /// A key was under way for too long.
    #[error("a key that is too old")]
    Stale,
    /// That many keys at once are pasted or made by a program.
    #[error("faster than anybody types")]
    Burst,
}

impl Typing {
    /// All keys that were counted, which is also the number of the next.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.right + self.wrong
    }

    /// Counts what has come. What was counted before may come again, and is not looked at.
    ///
    /// # Errors
    /// Says what cannot be; nothing of the message is counted then.
    pub fn take(&mut self, batch: &Batch, arrival: Arrival<'_>) -> Result<(), Impossible> {
        if arrival.now < arrival.started_at {
            return Err(Impossible::TooEarly);
        }
        if batch.keys.len() > BATCH_MAX {
            return Err(Impossible::TooMany);
        }
        let expected = self.keys();
        let known = expected.checked_sub(batch.first).ok_or(Impossible::OutOfOrder { expected })?;
        let fresh = batch.keys.get(known..).unwrap_or_default();
        if fresh.is_empty() || self.finished_at.is_some() {
            return Ok(());
        }
        let mut after = self.clone();
        for key in fresh {
            after.check(key, arrival)?;
            after.count(*key, arrival);
            if after.finished_at.is_some() {
                break;
            }
        }
        *self = after;
        Ok(())
    }

    fn check(&self, key: &Key, arrival: Arrival<'_>) -> Result<(), Impossible> {
        let elapsed = arrival.now.since(arrival.started_at);
        if key.at_ms > elapsed.0.saturating_add(AHEAD_MAX.0) {
            return Err(Impossible::Future);
        }
        if key.at_ms.saturating_add(UNDER_WAY_MAX.0) < elapsed.0 {
            return Err(Impossible::Stale);
        }
        let Some(last) = self.recent_ms.last() else {
            return Ok(());
        };
        if key.at_ms < *last {
            return Err(Impossible::Backwards);
        }
        let full = self.recent_ms.len() == BURST_MAX;
        if full && key.at_ms - self.recent_ms[0] < BURST_WITHIN.0 {
            return Err(Impossible::Burst);
        }
        let typed_ms = key.at_ms.saturating_sub(self.first_ms.unwrap_or(key.at_ms));
        let beyond = self.keys().saturating_sub(BURST_MAX) as u64;
        if beyond * 1_000 > typed_ms.saturating_mul(PER_S_MAX) {
            return Err(Impossible::Burst);
        }
        Ok(())
    }

    fn count(&mut self, key: Key, arrival: Arrival<'_>) {
        if self.recent_ms.len() == BURST_MAX {
            self.recent_ms.remove(0);
        }
        self.recent_ms.push(key.at_ms);
        self.first_ms.get_or_insert(key.at_ms);
        self.last_arrived = Some(arrival.now);
        let expected = arrival.line.as_bytes().get(self.right).map(|byte| char::from(*byte));
        if expected != Some(key.typed) {
            self.wrong += 1;
            return;
        }
        self.right += 1;
        if self.right == arrival.line.len() {
            self.finished_at = Some(arrival.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: &str = "let sum = 7;";

    fn arrival(now: i64) -> Arrival<'static> {
        Arrival { line: LINE, started_at: At(1_000), now: At(1_000 + now) }
    }

    /// One key each 100 ms, from so long after the start.
    fn batch(first: usize, text: &str, from_ms: u64) -> Batch {
        let times = (from_ms..).step_by(100);
        let keys = text.chars().zip(times).map(|(typed, at_ms)| Key { typed, at_ms }).collect();
        Batch { first, keys }
    }

    #[test]
    fn right_keys_go_on_and_wrong_keys_stay() {
        let mut typing = Typing::default();
        typing.take(&batch(0, "lett sum", 0), arrival(900)).unwrap();
        assert_eq!((typing.right, typing.wrong, typing.keys()), (7, 1, 8));
        typing.take(&batch(8, " = 7;too late", 800), arrival(2_100)).unwrap();
        assert_eq!((typing.right, typing.wrong), (12, 1), "what comes after the end is nothing");
        assert_eq!(typing.finished_at, Some(At(3_100)), "when it arrived, not when it says");
    }

    #[test]
    fn what_comes_again_is_counted_once() {
        let mut typing = Typing::default();
        typing.take(&batch(0, "let", 0), arrival(400)).unwrap();
        let before = typing.clone();
        typing.take(&batch(0, "let", 0), arrival(500)).unwrap();
        typing.take(&batch(1, "xx", 0), arrival(500)).unwrap();
        assert_eq!(typing, before);
        typing.take(&batch(1, "et sum", 100), arrival(700)).unwrap();
        assert_eq!((typing.right, typing.wrong), (7, 0), "and goes on where it was");
    }

    #[test]
    fn what_no_hand_can_have_typed_is_refused_and_changes_nothing() {
        let key = |typed, at_ms| Key { typed, at_ms };
        let pasted: Vec<_> = LINE.chars().map(|typed| key(typed, 2_000)).collect();
        let fast = LINE.chars().zip((2_000..).step_by(24)).map(|(it, ms)| key(it, ms)).collect();
        for (name, first, keys, now, why) in [
            ("a gap", 4, vec![key('s', 2_000)], 2_000, Impossible::OutOfOrder { expected: 3 }),
            ("backwards", 3, vec![key(' ', 199)], 2_000, Impossible::Backwards),
            ("within", 3, vec![key(' ', 900), key('s', 899)], 2_000, Impossible::Backwards),
            ("from the future", 3, vec![key(' ', 2_251)], 2_000, Impossible::Future),
            ("very old", 3, vec![key(' ', 1_999)], 7_000, Impossible::Stale),
            ("never", 3, vec![key(' ', u64::MAX)], 2_000, Impossible::Future),
            ("pasted", 3, pasted, 2_000, Impossible::Burst),
            ("too fast", 3, fast, 2_300, Impossible::Burst),
            ("too many", 3, vec![key(' ', 500); 65], 2_000, Impossible::TooMany),
            ("too early", 3, vec![key(' ', 0)], -1, Impossible::TooEarly),
        ] {
            let mut typing = Typing::default();
            typing.take(&batch(0, "let", 0), arrival(400)).unwrap();
            let before = typing.clone();
            assert_eq!(typing.take(&Batch { first, keys }, arrival(now)), Err(why), "{name}");
            assert_eq!(typing, before, "{name}");
        }
    }

    #[test]
    fn forty_keys_a_second_are_the_most_and_thirty_in_the_long_run() {
        let typed = |every_ms: usize, count: usize| {
            let times = (0..).step_by(every_ms);
            let keys = times.map(|at_ms| Key { typed: 'x', at_ms }).take(count).collect();
            Typing::default().take(&Batch { first: 0, keys }, arrival(2_500))
        };
        assert_eq!(typed(25, 9), Ok(()));
        assert_eq!(typed(24, 9), Err(Impossible::Burst));
        assert_eq!(typed(25, 32), Ok(()), "for a second");
        assert_eq!(typed(25, 40), Err(Impossible::Burst), "and not for longer");
        assert_eq!(typed(34, 64), Ok(()));
    }

    #[test]
    fn what_is_no_key_of_the_line_is_a_wrong_one_whatever_it_is() {
        let wrong = ['\u{8}', '\u{7f}', '\0', '\n', 'ｌ', 'ⅼ', '\u{301}', '🦀', char::MAX];
        let keys = wrong.iter().zip((0..).step_by(100));
        let keys = keys.map(|(typed, at_ms)| Key { typed: *typed, at_ms }).collect();
        let mut typing = Typing::default();
        typing.take(&Batch { first: 0, keys }, arrival(900)).unwrap();
        assert_eq!((typing.right, typing.wrong), (0, wrong.len()), "and nothing is taken back");
        typing.take(&batch(wrong.len(), "let", 900), arrival(1_200)).unwrap();
        assert_eq!(typing.right, 3);
    }

    proptest! {
        #[test]
        fn no_message_is_a_panic_and_no_key_is_counted_twice(
            batches in proptest::collection::vec(
                (0..20_usize, proptest::collection::vec((any::<char>(), 0..3_000_u64), 0..70)),
                0..8,
            ),
            now in -100..4_000_i64,
        ) {
            let mut typing = Typing::default();
            for (first, keys) in batches {
                let keys: Vec<_> =
                    keys.into_iter().map(|(typed, at_ms)| Key { typed, at_ms }).collect();
                let before = typing.clone();
                let end = first + keys.len();
                match typing.take(&Batch { first, keys }, arrival(now)) {
                    Ok(()) => prop_assert!(typing.keys() <= end.max(before.keys())),
                    Err(_) => prop_assert_eq!(&typing, &before),
                }
                prop_assert!(typing.right <= LINE.len());
            }
        }
    }
}
