//! Until when a token holds, and what a relay's word changes in what is known.

use arena_protocol::report::{self, State};

use super::Stream;
use crate::ids::MatchId;
use crate::matches::rules::{State as Course, Timing};
use crate::time::{At, Span};

/// What a stream may take longer than its match: the last words, and clocks that differ.
const AFTERWARDS: Span = Span::seconds(60);
/// No token lives longer, whatever a queue allows its matches: keys are kept for a day.
const LONGEST: Span = Span::seconds(12 * 3600);
/// How long a spectator's token holds at least; it is asked for again after.
const WATCHED_FOR: Span = Span::seconds(15 * 60);

/// Until when a side may publish; `None` once there is nothing left to publish.
#[must_use]
pub fn publish_until(course: &Course, timing: &Timing, now: At) -> Option<At> {
    let over_by = match course {
        // The escrow has as long to be opened as both have to pay into it.
        Course::Matched { answer_by, .. } => {
            let staking = timing.staking.unwrap_or_default();
            *answer_by + staking + staking + timing.countdown + timing.length
        }
        Course::Staking { lock_by, .. } => {
            let paying = timing.staking.unwrap_or_default();
            *lock_by + paying + timing.countdown + timing.length
        }
        Course::Ready { starts_at } => *starts_at + timing.length,
        Course::Active { ends_by, .. } => *ends_by,
        Course::Resolved { .. }
        | Course::Settled { .. }
        | Course::Cancelled { .. }
        | Course::Expired => return None,
    };
    Some((over_by + AFTERWARDS).min(now + LONGEST))
}

/// Until when somebody may watch: as long as it is played, or for a while.
#[must_use]
pub fn watch_until(course: &Course, timing: &Timing, now: At) -> At {
    publish_until(course, timing, now).unwrap_or(now).max(now + WATCHED_FOR)
}

/// A life of a channel began or ended; a line for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Something can be watched.
    Up,
    /// This life, which was up, is over.
    Down,
}

/// What a relay's word comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is known, or older than what is known.
    Nothing,
    /// This is known now, and these lines are told of it, in order. `before` ends first, if it is
    /// another life that was still up.
    Changed {
        /// The life that takes its place ended it.
        before: Option<Box<Stream>>,
        /// What is known now.
        stream: Stream,
        /// What is told of it.
        lines: Vec<Line>,
    },
}

/// Holds a relay's word against what is known.
#[must_use]
pub fn merge(
    known: Option<&Stream>,
    of: MatchId,
    relay: &str,
    told: &report::Stream,
    now: At,
) -> Merged {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let epoch = number(told.epoch);
    let same = known.filter(|known| known.epoch == epoch && known.relay == relay);
    if same.is_none() && known.is_some_and(|known| known.epoch >= epoch) {
        return Merged::Nothing;
    }
    let ended = told.state == State::Ended;
    let stream = Stream {
        match_id: of,
        channel: told.channel.clone(),
        relay: relay.to_owned(),
        epoch,
        schema: told.schema.clone(),
        state: told.state,
        last_seq: told.last_seq.map(number),
        viewers: if ended { 0 } else { number(told.viewers) },
        began_at: same.map_or(now, |same| same.began_at),
        ended_at: ended.then(|| same.and_then(|same| same.ended_at).unwrap_or(now)),
    };
    if same == Some(&stream) {
        return Merged::Nothing;
    }
    let was_up = same.is_some_and(|same| same.ended_at.is_none());
    let lines = match (was_up, ended) {
        (true, true) => vec![Line::Down],
        (false, false) => vec![Line::Up],
        // So short that nobody heard of it while it lived.
        (false, true) if same.is_none() => vec![Line::Up, Line::Down],
        (true, false) | (false, true) => Vec::new(),
    };
    let before = known.filter(|known| same.is_none() && known.ended_at.is_none());
    let before = before.map(|known| Box::new(over(known, now)));
    Merged::Changed { before, stream, lines }
}

/// A stream that is not there any more.
#[must_use]
pub fn over(stream: &Stream, now: At) -> Stream {
    Stream { state: State::Ended, viewers: 0, ended_at: Some(now), ..stream.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matches::rules::{Outcome, Presence, Sides, Verdict};
    use crate::queue::rules::config::defaults;

    const NOW: At = At(1_800_000_000_000);

    fn told(epoch: u64, state: State, last_seq: u64) -> report::Stream {
        report::Stream {
            channel: "match/x".into(),
            epoch,
            schema: "melee/1".into(),
            state,
            reason: None,
            last_seq: Some(last_seq),
            viewers: 2,
        }
    }

    fn merged(known: Option<&Stream>, told: &report::Stream) -> Merged {
        merge(known, MatchId(1), "here", told, NOW)
    }

    fn changed(merged: Merged) -> (Stream, Vec<Line>) {
        match merged {
            Merged::Changed { stream, lines, .. } => (stream, lines),
            Merged::Nothing => panic!("something changed"),
        }
    }

    #[test]
    fn a_life_is_told_up_once_and_down_once() {
        let (live, lines) = changed(merged(None, &told(1, State::Live, 0)));
        assert_eq!(lines, [Line::Up]);
        let (more, lines) = changed(merged(Some(&live), &told(1, State::Live, 9)));
        assert_eq!((more.last_seq, lines), (Some(9), vec![]));
        let (away, lines) = changed(merged(Some(&more), &told(1, State::Away, 9)));
        assert_eq!(lines, []);
        let (ended, lines) = changed(merged(Some(&away), &told(1, State::Ended, 9)));
        assert_eq!((ended.ended_at, lines), (Some(NOW), vec![Line::Down]));
        assert_eq!(merged(Some(&ended), &told(1, State::Ended, 9)), Merged::Nothing);
    }

    #[test]
    fn a_life_so_short_that_nobody_heard_of_it_is_told_all_the_same() {
        let (_, lines) = changed(merged(None, &told(1, State::Ended, 3)));
        assert_eq!(lines, [Line::Up, Line::Down]);
    }

    #[test]
    fn the_next_life_ends_the_one_before_and_an_older_word_changes_nothing() {
        let (first, _) = changed(merged(None, &told(1, State::Live, 0)));
        let next = merged(Some(&first), &told(2, State::Live, 0));
        let Merged::Changed { before: Some(before), stream, lines } = next else {
            panic!("{next:?}")
        };
        assert_eq!((before.epoch, before.ended_at), (1, Some(NOW)));
        assert_eq!((stream.epoch, lines), (2, vec![Line::Up]));
        assert_eq!(merged(Some(&stream), &told(1, State::Live, 99)), Merged::Nothing);
    }

    #[test]
    fn a_relay_that_was_thought_to_be_gone_brings_its_streams_back() {
        let (live, _) = changed(merged(None, &told(1, State::Live, 0)));
        let (back, lines) = changed(merged(Some(&over(&live, NOW)), &told(1, State::Live, 5)));
        assert_eq!((back.ended_at, lines), (None, vec![Line::Up]));
    }

    proptest! {
        /// In whatever order words come, each line is told at its turn.
        #[test]
        fn ups_and_downs_take_turns(words in proptest::collection::vec((1..4_u64, 0..3_u8, 0..9_u64), 0..40)) {
            let mut known: Option<Stream> = None;
            let mut up = false;
            for (epoch, state, seq) in words {
                let state = [State::Live, State::Away, State::Ended][usize::from(state)];
                let Merged::Changed { before, stream, lines } = merged(known.as_ref(), &told(epoch, state, seq)) else { continue };
                if before.is_some() {
                    prop_assert!(up);
                    up = false;
                }
                for line in lines {
                    prop_assert_eq!(up, line == Line::Down);
                    up = line == Line::Up;
                }
                prop_assert_eq!(up, stream.ended_at.is_none());
                known = Some(stream);
            }
        }
    }

    #[test]
    fn a_side_may_publish_until_its_match_has_to_be_over() {
        let timing = &defaults()[0].timing;
        let in_s = |s| NOW + Span::seconds(s);
        let presence = Sides { first: Presence::Here, second: Presence::Here };
        let outcome = Outcome::Drawn { how: crate::matches::rules::How::Played };
        let verdict = Verdict::Decided(outcome);
        for (course, until) in [
            (Course::Ready { starts_at: in_s(5) }, Some(in_s(5 + 1_800 + 60))),
            (Course::Active { presence, ends_by: in_s(100) }, Some(in_s(160))),
            (Course::Active { presence, ends_by: in_s(100_000) }, Some(in_s(12 * 3600))),
            (Course::Resolved { verdict, until: in_s(9) }, None),
            (Course::Expired, None),
        ] {
            assert_eq!(publish_until(&course, timing, NOW), until, "{course:?}");
            assert!(watch_until(&course, timing, NOW) >= in_s(900));
        }
    }
}
