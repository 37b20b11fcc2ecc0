//! What is known of the streams, what control has heard of it, and what has to be said next.
//!
//! Invariant: whatever control has not heard of is said again, with what is true by then. A stream
//! that ended is kept until control has heard that it did, up to `KEPT_MAX`.

use std::collections::BTreeMap;
use std::time::Duration;

use arena_protocol::report::{Heard, Report, STREAMS_MAX, State, Stream};
use arena_relay::Counted;

/// A sign of life, if there is nothing else to say: a third of the silence that control bears.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often numbers are said that change all the time.
const NUMBERS_EVERY: Duration = Duration::from_secs(5);
/// Streams that are kept. Over it, those that ended first are forgotten unheard.
const KEPT_MAX: usize = 20_000;

#[derive(Debug)]
pub(super) struct Ledger {
    relay: String,
    boot: u64,
    number: u64,
    /// By channel, its newest life.
    known: BTreeMap<String, Stream>,
    /// What control has heard of them.
    heard: BTreeMap<String, Stream>,
    /// When control heard something, and when it heard all numbers.
    last: Option<Duration>,
    numbers: Option<Duration>,
}

impl Ledger {
    pub(super) fn new(relay: String, boot: u64) -> Self {
        let (known, heard) = (BTreeMap::new(), BTreeMap::new());
        Self { relay, boot, number: 0, known, heard, last: None, numbers: None }
    }

    /// Takes down what goes on now.
    pub(super) fn note(&mut self, counted: Vec<Counted>) {
        let now: BTreeMap<_, _> = counted.into_iter().map(stream).collect();
        for (channel, known) in &mut self.known {
            if !now.contains_key(channel) && known.state != State::Ended {
                let reason = Some("the relay forgot it".to_owned());
                *known = Stream { state: State::Ended, viewers: 0, reason, ..known.clone() };
            }
        }
        let heard = &self.heard;
        // What ended and was heard of is forgotten when the relay forgets it.
        self.known.retain(|channel, known| {
            now.contains_key(channel)
                || known.state != State::Ended
                || heard.get(channel) != Some(known)
        });
        self.known.extend(now);
        self.heard.retain(|channel, _| self.known.contains_key(channel));
        let excess = self.known.len().saturating_sub(KEPT_MAX);
        if excess > 0 {
            let over = self.known.iter().filter(|(_, known)| known.state == State::Ended);
            let mut over: Vec<_> = over.map(|(name, it)| (it.epoch, name.clone())).collect();
            over.sort_unstable();
            for (_, channel) in over.into_iter().take(excess) {
                self.known.remove(&channel);
            }
        }
    }

    /// What has to be said now, if anything has. `now` counts from any moment.
    pub(super) fn next(&mut self, now: Duration) -> Option<Report> {
        let due = |last: Option<Duration>, every| last.is_none_or(|last| now >= last + every);
        let numbers = due(self.numbers, NUMBERS_EVERY);
        let news = self.known.iter().filter(|(channel, known)| match self.heard.get(*channel) {
            None => true,
            Some(heard) if numbers => heard != *known,
            Some(heard) => {
                let Stream { last_seq, viewers, .. } = (*known).clone();
                Stream { last_seq, viewers, ..heard.clone() } != **known
            }
        });
        let streams: Vec<_> = news.map(|(_, known)| known.clone()).take(STREAMS_MAX).collect();
        if streams.is_empty() {
            if numbers {
                self.numbers = Some(now);
            }
            if !due(self.last, HEARTBEAT) {
                return None;
            }
        }
        self.number += 1;
        let (relay, boot, number) = (self.relay.clone(), self.boot, self.number);
        Some(Report { relay, boot, number, streams })
    }

    /// Control has heard a report.
    pub(super) fn heard(&mut self, report: Report, heard: Heard, now: Duration) {
        self.last = Some(now);
        if heard.resend {
            self.heard.clear();
        }
        let streams = report.streams.into_iter();
        self.heard.extend(streams.map(|stream| (stream.channel.clone(), stream)));
    }
}

fn stream(counted: Counted) -> (String, Stream) {
    let Counted { channel, epoch, schema, publishing, ended, last_seq, viewers } = counted;
    let state = match (&ended, publishing) {
        (Some(_), _) => State::Ended,
        (None, true) => State::Live,
        (None, false) => State::Away,
    };
    let channel = channel.to_string();
    let viewers = if state == State::Ended { 0 } else { viewers as u64 };
    let stream =
        Stream { channel: channel.clone(), epoch, schema, state, reason: ended, last_seq, viewers };
    (channel, stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn counted(name: &str, last_seq: u64, ended: Option<&str>) -> Counted {
        Counted {
            channel: name.parse().unwrap(),
            epoch: 7,
            schema: "melee/1".into(),
            publishing: ended.is_none(),
            ended: ended.map(str::to_owned),
            last_seq: Some(last_seq),
            viewers: 3,
        }
    }

    fn names(report: &Report) -> Vec<(&str, State)> {
        report.streams.iter().map(|it| (it.channel.as_str(), it.state)).collect()
    }

    #[test]
    fn what_changes_is_said_at_once_and_numbers_now_and_then() {
        let mut ledger = Ledger::new("here".into(), 1);
        let first = ledger.next(Duration::ZERO).expect("a first sign of life");
        assert_eq!((first.number, first.streams.len()), (1, 0));
        ledger.heard(first, Heard::default(), Duration::ZERO);
        ledger.note(vec![counted("match/a", 0, None)]);
        let up = ledger.next(SECOND).expect("a stream is up");
        assert_eq!(names(&up), [("match/a", State::Live)]);
        ledger.heard(up, Heard::default(), SECOND);
        ledger.note(vec![counted("match/a", 60, None)]);
        assert_eq!(ledger.next(2 * SECOND), None, "only its number has changed");
        let later = ledger.next(6 * SECOND).expect("by now it is said");
        assert_eq!(later.streams[0].last_seq, Some(60));
        ledger.heard(later, Heard::default(), 6 * SECOND);
        ledger.note(vec![counted("match/a", 61, Some("done"))]);
        let down = ledger.next(7 * SECOND).expect("it ended");
        assert_eq!(names(&down), [("match/a", State::Ended)]);
        ledger.heard(down, Heard::default(), 7 * SECOND);
        ledger.note(vec![]);
        assert!(ledger.known.is_empty() && ledger.heard.is_empty(), "nothing is kept of it");
        assert_eq!(ledger.next(8 * SECOND), None);
        assert!(ledger.next(18 * SECOND).is_some(), "a sign of life");
    }

    #[test]
    fn what_was_not_heard_is_said_again_with_what_is_true_by_then() {
        let mut ledger = Ledger::new("here".into(), 1);
        ledger.note(vec![counted("match/a", 0, None)]);
        let lost = ledger.next(SECOND).unwrap();
        ledger.note(vec![counted("match/a", 9, Some("done"))]);
        let again = ledger.next(2 * SECOND).unwrap();
        assert_eq!((lost.number, again.number), (1, 2));
        assert_eq!(names(&again), [("match/a", State::Ended)]);
        // The relay forgets it before control can be reached.
        ledger.note(vec![]);
        let third = ledger.next(90 * SECOND).unwrap();
        assert_eq!((names(&third), third.number), (vec![("match/a", State::Ended)], 3));
    }

    #[test]
    fn control_that_forgot_is_told_everything() {
        let mut ledger = Ledger::new("here".into(), 1);
        ledger.note(vec![counted("match/a", 0, None), counted("match/b", 0, None)]);
        let both = ledger.next(SECOND).unwrap();
        ledger.heard(both, Heard::default(), SECOND);
        let beat = ledger.next(12 * SECOND).unwrap();
        assert!(beat.streams.is_empty());
        ledger.heard(beat, Heard { resend: true }, 12 * SECOND);
        let all = ledger.next(13 * SECOND).unwrap();
        assert_eq!(all.streams.len(), 2);
    }

    #[test]
    fn many_streams_come_in_several_reports_and_never_more_are_kept_than_the_limit() {
        let mut ledger = Ledger::new("here".into(), 1);
        let many: Vec<_> = (0..450).map(|n| counted(&format!("match/{n}"), 0, None)).collect();
        ledger.note(many);
        let mut told = 0;
        while let Some(report) = ledger.next(SECOND) {
            told += report.streams.len();
            ledger.heard(report, Heard::default(), SECOND);
        }
        assert_eq!(told, 450);
        for round in 0..3 {
            let many =
                (0..KEPT_MAX / 2).map(|n| counted(&format!("match/{round}-{n}"), 0, Some("x")));
            ledger.note(many.collect());
            assert!(ledger.known.len() <= KEPT_MAX);
        }
    }
}
