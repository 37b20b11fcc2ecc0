//! What was last seen of each queue: who waits there, and how long others waited before they met.
//!
//! It may be a moment old and is the same for all who ask within that moment, so that however many
//! wait, asking where one stands and why costs no look at all the others in the database.
//! Invariant: nothing is decided by it. Who meets whom is decided by what is in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::rules::Entry;
use crate::context::Ctx;
use crate::store::{self, queue as rows};
use crate::time::{At, Span};

/// How old the line may be. Rounds show theirs about ten times a second.
const LINE_AGE_MAX: Span = Span::seconds(1);
const WAITS_AGE_MAX: Span = Span::seconds(5);

/// What was seen of all queues.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<HashMap<String, Sight>>);

/// What was seen of one queue.
#[derive(Debug, Default)]
struct Sight {
    line: Seen<[Entry]>,
    waits: Seen<[Span]>,
}

#[derive(Debug)]
struct Seen<T: ?Sized> {
    what: Arc<T>,
    /// Never, or when somebody last went to look.
    at: Option<At>,
}

impl<T> Default for Seen<[T]> {
    fn default() -> Self {
        Self { what: Arc::new([]), at: None }
    }
}

impl<T: ?Sized> Seen<T> {
    /// Whether whoever asks has to go and look. Others are shown the old sight meanwhile.
    fn goes_stale(&mut self, now: At, age_max: Span) -> bool {
        let stale = self.at.is_none_or(|at| now.since(at) >= age_max);
        if stale {
            self.at = Some(now);
        }
        stale
    }
}

impl Board {
    /// Shows who waits in a queue, in their order.
    pub(super) fn show(&self, queue: &str, line: Arc<[Entry]>, now: At) {
        self.lock().entry(queue.to_owned()).or_default().line = Seen { what: line, at: Some(now) };
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who waits in a queue, in their order.
pub(crate) async fn line(ctx: &Ctx, queue: &str) -> Result<Arc<[Entry]>, store::Error> {
    let now = ctx.clock.now();
    let stale = {
        let mut sights = ctx.board.lock();
        let line = &mut sights.entry(queue.to_owned()).or_default().line;
        if !line.goes_stale(now, LINE_AGE_MAX) {
            return Ok(Arc::clone(&line.what));
        }
        queue.to_owned()
    };
    let tickets = ctx.store.read(async move |tx| rows::all_waiting(tx, &stale).await).await?;
    let line: Arc<[Entry]> = tickets.into_iter().map(|ticket| ticket.entry).collect();
    ctx.board.show(queue, Arc::clone(&line), now);
    Ok(line)
}

/// How long those waited who met somebody last, if they had to wait.
pub(super) async fn waits(ctx: &Ctx, queue: &str) -> Result<Arc<[Span]>, store::Error> {
    let now = ctx.clock.now();
    let stale = {
        let mut sights = ctx.board.lock();
        let waits = &mut sights.entry(queue.to_owned()).or_default().waits;
        if !waits.goes_stale(now, WAITS_AGE_MAX) {
            return Ok(Arc::clone(&waits.what));
        }
        queue.to_owned()
    };
    let waits = ctx.store.read(async move |tx| rows::last_waits(tx, &stale).await).await?;
    let waits: Arc<[Span]> = waits.into();
    let mut sights = ctx.board.lock();
    sights.entry(queue.to_owned()).or_default().waits =
        Seen { what: Arc::clone(&waits), at: Some(now) };
    Ok(waits)
}

/// From 1: how many of a line go before an entry, and itself.
pub(super) fn place(line: &[Entry], mine: &Entry) -> i64 {
    let before = line.partition_point(|entry| entry.place() < mine.place());
    i64::try_from(before).unwrap_or(i64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::entry;
    use super::*;

    #[test]
    fn a_place_is_counted_from_those_who_go_before() {
        let line: Vec<_> = (0..1000_u32)
            .map(|n| Entry { since: At(i64::from(n) * 10), ..entry(n.into()) })
            .collect();
        assert_eq!(place(&line, &line[0]), 1);
        assert_eq!(place(&line, &line[700]), 701);
        let newcomer = Entry { since: At(50_000), ..entry(5_000) };
        assert_eq!(place(&line, &newcomer), 1001);
        assert_eq!(place(&line, &Entry { priority: 1, ..newcomer }), 1);
        assert_eq!(place(&[], &line[700]), 1);
    }

    #[test]
    fn one_goes_to_look_and_the_others_are_shown_the_old_sight() {
        let mut seen = Seen::<[Span]>::default();
        assert!(seen.goes_stale(At(0), WAITS_AGE_MAX));
        assert!(!seen.goes_stale(At(0), WAITS_AGE_MAX));
        assert!(!seen.goes_stale(At(4_999), WAITS_AGE_MAX));
        assert!(seen.goes_stale(At(5_000), WAITS_AGE_MAX));
        assert!(!seen.goes_stale(At(5_000), WAITS_AGE_MAX));
    }
}
