//! Who wins a duel, and when.
//!
//! In this order: who first has the whole line with at least 90 % accuracy; when both have all of
//! it and neither is that accurate, the more accurate; when the time is over, who has more of
//! progress and accuracy together. Between equals the faster, and else nobody. Who types nothing
//! for ten seconds has lost, unless the other does the same.
//!
//! Invariant: a duel is decided once, and by what had arrived by then.

use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::typing::{Arrival, Batch, Impossible, Typing};
use crate::matches::rules::{How, Outcome, Side, Sides};
use crate::time::{At, Span};

/// How long a duel takes at most.
pub const LENGTH: Span = Span::seconds(60);
/// How long somebody may type nothing.
pub const IDLE_MAX: Span = Span::seconds(10);
/// Below this accuracy, in hundredths of a percent, having finished does not win.
pub const ACCURACY_BP: usize = 9_000;

/// A duel that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duel {
    /// What both type, in ASCII.
    pub line: String,
    /// When it began.
    pub started_at: At,
    /// What each has typed.
    pub typing: Sides<Typing>,
    /// Since when each has typed nothing; empty while it is not connected: then the match's grace
    /// runs, and it is longer.
    idle_since: Sides<Option<At>>,
}

/// What came of a duel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It has an outcome.
    Decided(Outcome),
    /// Both did nothing: there was no game.
    Void,
}

impl Duel {
    /// Begins now.
    #[must_use]
    pub fn new(line: String, started_at: At) -> Self {
        let idle_since = Sides { first: Some(started_at), second: Some(started_at) };
        Self { line, started_at, typing: Sides::default(), idle_since }
    }

    /// Counts what one side has typed, and says whether that decides the duel.
    ///
    /// # Errors
    /// Says what cannot be; the duel is as it was.
    pub fn typed(
        &mut self,
        side: Side,
        batch: &Batch,
        now: At,
    ) -> Result<Option<Verdict>, Impossible> {
        if let Some(verdict) = self.time_passed(now) {
            return Ok(Some(verdict));
        }
        let typing = self.typing.of_mut(side);
        let before = typing.keys();
        typing.take(batch, Arrival { line: &self.line, started_at: self.started_at, now })?;
        if typing.keys() > before {
            *self.idle_since.of_mut(side) = Some(now);
        }
        Ok(self.finished(side, now))
    }

    /// A side has lost its connection: it is not idle, it is away.
    pub fn away(&mut self, side: Side) {
        *self.idle_since.of_mut(side) = None;
    }

    /// A side has a connection again.
    pub fn back(&mut self, side: Side, now: At) {
        self.idle_since.of_mut(side).get_or_insert(now);
    }

    /// How far a side is.
    #[must_use]
    pub fn progress(&self, side: Side, now: At) -> Progress {
        Progress::of(self.typing.of(side), self.line.len(), self.started_at, now)
    }

    /// What is decided because time has passed, if anything is.
    #[must_use]
    pub fn time_passed(&self, now: At) -> Option<Verdict> {
        let ends_at = self.started_at + LENGTH;
        let idle = |side| self.idle_at(side).filter(|at| *at <= now && *at < ends_at);
        let forfeit = |side: Side| {
            let (winner, how) = (side.other(), How::Forfeited);
            Some(Verdict::Decided(Outcome::Won { winner, how }))
        };
        match (idle(Side::First), idle(Side::Second)) {
            (Some(first), Some(second)) if first == second => Some(Verdict::Void),
            (Some(first), Some(second)) if second < first => forfeit(Side::Second),
            (Some(_), _) => forfeit(Side::First),
            (None, Some(_)) => forfeit(Side::Second),
            (None, None) if now >= ends_at => Some(self.timed_out(ends_at)),
            (None, None) => None,
        }
    }

    /// When to ask again, if nobody types until then.
    #[must_use]
    pub fn due_at(&self) -> At {
        let idle = Side::BOTH.into_iter().filter_map(|side| self.idle_at(side));
        idle.fold(self.started_at + LENGTH, At::min)
    }

    fn idle_at(&self, side: Side) -> Option<At> {
        let types = self.typing.of(side).finished_at.is_none();
        self.idle_since.of(side).filter(|_| types).map(|since| since + IDLE_MAX)
    }

    /// Called for whoever typed last, so of two that have finished it is the later.
    fn finished(&self, side: Side, now: At) -> Option<Verdict> {
        self.typing.of(side).finished_at?;
        if self.progress(side, now).accuracy_bp >= ACCURACY_BP {
            let how = How::Played;
            return Some(Verdict::Decided(Outcome::Won { winner: side, how }));
        }
        self.typing.of(side.other()).finished_at?;
        Some(self.better(How::Played, now, |progress| progress.accuracy_bp))
    }

    fn timed_out(&self, ends_at: At) -> Verdict {
        self.better(How::TimedOut, ends_at, |progress| progress.done_bp + progress.accuracy_bp)
    }

    fn better(&self, how: How, at: At, merit: impl Fn(&Progress) -> usize) -> Verdict {
        let of = |side| {
            let progress = self.progress(side, at);
            (merit(&progress), progress.wpm)
        };
        let won = |winner| Outcome::Won { winner, how };
        Verdict::Decided(match of(Side::First).cmp(&of(Side::Second)) {
            std::cmp::Ordering::Greater => won(Side::First),
            std::cmp::Ordering::Less => won(Side::Second),
            std::cmp::Ordering::Equal => Outcome::Drawn { how },
        })
    }
}

#[cfg(test)]
mod tests;
