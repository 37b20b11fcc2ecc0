//! What a socket watches: later than it happens, less often, in order, and bounded.
//!
//! Invariant: what is shown of a match comes in the order in which it happened, and its last
//! progress is never the one that is left out.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::duel::progress::Seen;
use crate::ids::MatchId;
use crate::matches::rules::Sides;

/// Matches that one socket watches.
pub(super) const WATCHED_MAX: usize = 8;
/// What spectators see is so old, and up to so much older by chance.
const DELAY: Duration = Duration::from_millis(500);
const JITTER_MS: u32 = 200;
/// Between two reports of progress.
const EVERY: Duration = Duration::from_millis(200);
/// Texts that wait to be shown; the oldest go.
const LINE_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Watching {
    matches: Vec<Watched>,
    line: VecDeque<(Instant, String)>,
    delay: Duration,
}

#[derive(Debug)]
struct Watched {
    id: MatchId,
    /// The newest progress that has not been put into the line.
    pending: Option<Sides<Seen>>,
    shown_at: Option<Instant>,
}

impl Watching {
    /// With some chance, so that nobody can tell how old it is.
    pub(super) fn new(chance: u32) -> Self {
        let delay = DELAY + Duration::from_millis((chance % JITTER_MS).into());
        Self { matches: Vec::new(), line: VecDeque::new(), delay }
    }

    pub(super) fn contains(&self, id: MatchId) -> bool {
        self.matches.iter().any(|watched| watched.id == id)
    }

    /// Whether there is room for one more.
    pub(super) fn add(&mut self, id: MatchId) -> bool {
        if self.contains(id) {
            return true;
        }
        let room = self.matches.len() < WATCHED_MAX;
        if room {
            self.matches.push(Watched { id, pending: None, shown_at: None });
        }
        room
    }

    pub(super) fn remove(&mut self, id: MatchId) {
        self.matches.retain(|watched| watched.id != id);
    }

    /// Somebody has typed.
    pub(super) fn progressed(&mut self, id: MatchId, sides: Sides<Seen>) {
        if let Some(watched) = self.matches.iter_mut().find(|watched| watched.id == id) {
            watched.pending = Some(sides);
        }
    }

    /// Something else has happened to a match: its progress so far goes first.
    pub(super) fn happened(
        &mut self,
        id: MatchId,
        text: String,
        now: Instant,
        say: impl Fn(MatchId, Sides<Seen>) -> String,
    ) {
        let watched = self.matches.iter_mut().find(|watched| watched.id == id);
        if let Some(sides) = watched.and_then(|watched| watched.pending.take()) {
            self.push(say(id, sides), now);
        }
        self.push(text, now);
    }

    /// What is to be shown by now.
    pub(super) fn due(
        &mut self,
        now: Instant,
        say: impl Fn(MatchId, Sides<Seen>) -> String,
    ) -> Vec<String> {
        let mut fresh = Vec::new();
        for watched in &mut self.matches {
            if watched.shown_at.is_none_or(|at| now.duration_since(at) >= EVERY)
                && let Some(sides) = watched.pending.take()
            {
                watched.shown_at = Some(now);
                fresh.push(say(watched.id, sides));
            }
        }
        fresh.into_iter().for_each(|text| self.push(text, now));
        let mut texts = Vec::new();
        while let Some((_, text)) = self.line.pop_front_if(|(at, _)| *at <= now) {
            texts.push(text);
        }
        texts
    }

    /// When something is to be shown next.
    pub(super) fn due_at(&self, now: Instant) -> Option<Instant> {
        let pending = self.matches.iter().filter(|watched| watched.pending.is_some());
        let sampled = pending.map(|watched| watched.shown_at.map_or(now, |at| at + EVERY));
        self.line.front().map(|(at, _)| *at).into_iter().chain(sampled).min()
    }

    fn push(&mut self, text: String, now: Instant) {
        if self.line.len() >= LINE_MAX {
            self.line.pop_front();
        }
        self.line.push_back((now + self.delay, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MatchId = MatchId(1);

    fn sides(progress: usize) -> Sides<Seen> {
        let of = |progress| Seen { progress, wpm: 0, accuracy: 0 };
        Sides { first: of(progress), second: of(0) }
    }

    fn say(_: MatchId, sides: Sides<Seen>) -> String {
        sides.first.progress.to_string()
    }

    /// What is shown from a time on, with how long after it, in milliseconds.
    fn shown(watching: &mut Watching, from: Instant, for_ms: u64) -> Vec<(u64, String)> {
        let at = |ms| (ms, from + Duration::from_millis(ms));
        let times = (0..for_ms).map(at);
        times
            .flat_map(|(ms, now)| watching.due(now, say).into_iter().map(move |text| (ms, text)))
            .collect()
    }

    #[test]
    fn progress_comes_late_and_seldom_and_its_last_is_not_left_out() {
        let (mut watching, mut now) = (Watching::new(JITTER_MS + 7), Instant::now());
        assert!(watching.add(ID));
        let mut all = Vec::new();
        for step in 0..10 {
            watching.progressed(ID, sides(step));
            all.extend(shown(&mut watching, now, 50));
            now += Duration::from_millis(50);
        }
        all.extend(shown(&mut watching, now, 1_000));
        let texts: Vec<_> = all.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0", "4", "8", "9"]);
        assert_eq!(watching.due_at(now), None, "and then there is nothing to wake up for");
    }

    #[test]
    fn what_happens_comes_behind_the_progress_before_it_half_a_second_late() {
        let (mut watching, now) = (Watching::new(7), Instant::now());
        watching.add(ID);
        watching.progressed(ID, sides(1));
        assert!(watching.due(now, say).is_empty());
        watching.progressed(ID, sides(2));
        watching.happened(ID, "over".into(), now, say);
        let shown = shown(&mut watching, now, 600);
        assert_eq!(shown, [(507, "1".into()), (507, "2".into()), (507, "over".into())]);
    }

    #[test]
    fn a_line_that_nobody_reads_is_bounded_and_so_is_what_is_watched() {
        let (mut watching, now) = (Watching::new(0), Instant::now());
        for n in 0..200 {
            watching.happened(ID, n.to_string(), now, say);
        }
        assert_eq!(watching.line.len(), LINE_MAX);
        assert!((0..8).all(|id| watching.add(MatchId(id))));
        assert!(!watching.add(MatchId(9)) && watching.add(MatchId(3)));
        watching.remove(MatchId(3));
        assert!(watching.add(MatchId(9)));
    }
}
