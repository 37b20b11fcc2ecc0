//! How far a side is: all of it for its opponent, less of it for spectators, who could otherwise
//! tell a player what the other is doing, or bet on what others see later.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::typing::Typing;
use crate::time::{At, Span};

/// A word, for counting words a minute.
const CHARACTERS_PER_WORD: u64 = 5;
const BASIS: usize = 10_000;

/// How far a side is, as far as it is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Right characters so far.
    pub position: usize,
    /// Of the line, in hundredths of a percent, rounded down.
    pub done_bp: usize,
    /// Right keys of all keys, in hundredths of a percent, rounded down; 0 before the first.
    pub accuracy_bp: usize,
    /// Words a minute, rounded down.
    pub wpm: u64,
}

/// What spectators see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeenProgress)]
pub struct Seen {
    /// Whole percents, rounded down.
    pub progress: usize,
    /// Rounded down to fives.
    pub wpm: u64,
    /// Whole percents, rounded down.
    pub accuracy: usize,
}

impl Progress {
    /// Of somebody who has typed this much of a line so long.
    #[must_use]
    pub fn of(typing: &Typing, line_len: usize, started_at: At, now: At) -> Self {
        let took = typing.finished_at.unwrap_or(now).since(started_at);
        Self {
            position: typing.right,
            done_bp: share(typing.right, line_len),
            accuracy_bp: share(typing.right, typing.keys()),
            wpm: words_per_minute(typing.right, took),
        }
    }

    /// What spectators may see.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let (progress, accuracy) = (self.done_bp / 100, self.accuracy_bp / 100);
        Seen { progress, wpm: self.wpm - self.wpm % 5, accuracy }
    }
}

fn share(part: usize, of: usize) -> usize {
    (part * BASIS).checked_div(of).unwrap_or(0)
}

/// Within the first second nobody is counted as faster than after it: a single key would be
/// thousands of words.
fn words_per_minute(characters: usize, took: Span) -> u64 {
    characters as u64 * 60_000 / (CHARACTERS_PER_WORD * took.0.max(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing(right: usize, wrong: usize, finished_at: Option<At>) -> Typing {
        Typing { right, wrong, finished_at, ..Typing::default() }
    }

    #[test]
    fn known_typing_gives_known_progress() {
        for (right, wrong, took_ms, done_bp, accuracy_bp, wpm, seen) in [
            (0, 0, 0, 0, 0, 0, (0, 0, 0)),
            (1, 0, 10, 200, 10_000, 12, (2, 10, 100)),
            (25, 0, 30_000, 5_000, 10_000, 10, (50, 10, 100)),
            (17, 3, 10_000, 3_400, 8_500, 20, (34, 20, 85)),
            (49, 2, 7_000, 9_800, 9_607, 84, (98, 80, 96)),
            (50, 5, 12_345, 10_000, 9_090, 48, (100, 45, 90)),
        ] {
            let progress = Progress::of(&typing(right, wrong, None), 50, At(0), At(took_ms));
            let expected = Progress { position: right, done_bp, accuracy_bp, wpm };
            assert_eq!(progress, expected, "{right} {wrong} {took_ms}");
            let (done, words, accuracy) = seen;
            assert_eq!(progress.seen(), Seen { progress: done, wpm: words, accuracy });
        }
    }

    #[test]
    fn who_has_finished_gets_no_slower() {
        let done = typing(50, 0, Some(At(10_000)));
        assert_eq!(Progress::of(&done, 50, At(0), At(60_000)).wpm, 60);
    }

    #[test]
    fn spectators_are_not_told_the_position() {
        let seen = Progress::of(&typing(7, 0, None), 50, At(0), At(5_000)).seen();
        assert_eq!(
            serde_json::to_string(&seen).unwrap(),
            r#"{"progress":14,"wpm":15,"accuracy":100}"#,
        );
    }
}
