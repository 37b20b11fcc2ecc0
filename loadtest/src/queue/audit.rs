//! Whether what the arena said about everybody fits together. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::book::{Entry, Joined, Status};

/// What became of all who joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    /// Joins that left.
    pub(crate) joins: u64,
    pub(crate) unanswered: u64,
    /// Answered, but not with an entry; the errors say why.
    pub(crate) refused: u64,
    pub(crate) matched: u64,
    pub(crate) waiting: u64,
    /// In the queue once, and now neither waiting nor in a match, though nobody left.
    pub(crate) lost: u64,
    pub(crate) in_two_matches: u64,
    pub(crate) matches: u64,
    /// Matches whose sides do not name each other, or are not two.
    pub(crate) mismatched: u64,
    /// Matches with somebody who is not of this run.
    pub(crate) with_strangers: u64,
}

/// Whose code it is; none if it is a stranger's.
pub(crate) fn judge(entries: &[Entry], number: impl Fn(&str) -> Option<usize>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut sides: BTreeMap<&str, Vec<Side>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        verdict.count(entry);
        for meeting in &entry.meetings {
            let side = Side { at, opponent: number(&meeting.opponent) };
            sides.entry(&meeting.match_id).or_default().push(side);
        }
    }
    let mut matches_of: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); entries.len()];
    for (id, sides) in &sides {
        for side in sides {
            matches_of[side.at].insert(id);
            if let Some(opponent) = side.opponent {
                matches_of[opponent].insert(id);
            }
        }
        verdict.matches += 1;
        match agreed(sides, entries) {
            Agreed::Yes | Agreed::Unknown => {}
            Agreed::No => verdict.mismatched += 1,
            Agreed::WithStranger => verdict.with_strangers += 1,
        }
    }
    verdict.in_two_matches = matches_of.iter().filter(|matches| matches.len() > 1).count() as u64;
    verdict
}

/// One who says to be in a match, and whom with.
#[derive(Clone, Copy, Debug)]
struct Side {
    at: usize,
    opponent: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Agreed {
    Yes,
    No,
    /// The other side was not heard of at the end.
    Unknown,
    WithStranger,
}

fn agreed(sides: &[Side], entries: &[Entry]) -> Agreed {
    match sides {
        [Side { opponent: None, .. }] => Agreed::WithStranger,
        [Side { at, opponent: Some(opponent) }] => {
            if at == opponent || entries[*opponent].looked {
                Agreed::No
            } else {
                Agreed::Unknown
            }
        }
        [one, other] if one.opponent == Some(other.at) && other.opponent == Some(one.at) => {
            Agreed::Yes
        }
        [] | [_, ..] => Agreed::No,
    }
}

impl Verdict {
    fn count(&mut self, entry: &Entry) {
        let counted = match entry.joined {
            Joined::Unsent => return,
            Joined::Unanswered => &mut self.unanswered,
            Joined::Refused => &mut self.refused,
            Joined::In => match entry.status {
                Some(Status::Matched) if !entry.meetings.is_empty() => &mut self.matched,
                Some(Status::Waiting) => &mut self.waiting,
                Some(Status::Matched | Status::Cancelled | Status::Expired) | None => {
                    &mut self.lost
                }
            },
        };
        *counted += 1;
        self.joins += 1;
    }

    /// What is wrong, one sentence each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let Self { joins, unanswered, refused, lost, in_two_matches, mismatched, .. } = *self;
        let table = [
            (lost, "entries were lost: neither waiting nor in a match, and nobody left"),
            (in_two_matches, "entries were in more than one match"),
            (mismatched, "matches did not have two sides that name each other"),
            (unanswered, "joins were not answered"),
            (refused, "joins were refused"),
            (u64::from(joins == 0), "run measured nothing: nobody joined"),
        ];
        let faults = table.into_iter().filter(|(count, _)| *count > 0);
        faults.map(|(count, what)| format!("{count} {what}")).collect()
    }

    /// Those who could have met each other when all was over; an odd one has nobody to meet.
    pub(crate) fn stranded(&self) -> Option<String> {
        let Self { waiting, .. } = self;
        let what = "entries waited at the end, and could have met each other";
        (*waiting > 1).then(|| format!("{waiting} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::Meeting;
    use super::*;

    fn entry(status: Status, meetings: &[(&str, &str)]) -> Entry {
        let meeting = |&(match_id, opponent): &(&str, &str)| Meeting {
            match_id: match_id.into(),
            opponent: opponent.into(),
        };
        Entry {
            joined: Joined::In,
            status: Some(status),
            looked: true,
            meetings: meetings.iter().map(meeting).collect(),
            ..Entry::default()
        }
    }

    fn matched(meetings: &[(&str, &str)]) -> Entry {
        entry(Status::Matched, meetings)
    }

    fn judged(entries: &[Entry]) -> Verdict {
        judge(entries, |code| code.parse().ok())
    }

    #[test]
    fn pairs_that_name_each_other_and_an_odd_one_are_right() {
        let entries = [
            matched(&[("m", "1")]),
            matched(&[("m", "0")]),
            entry(Status::Waiting, &[]),
            Entry::default(),
        ];
        let verdict = judged(&entries);
        let right = Verdict { joins: 3, matched: 2, waiting: 1, matches: 1, ..Verdict::default() };
        assert_eq!(verdict, right);
        assert!(verdict.faults().is_empty(), "one that never left is nobody");
    }

    #[test]
    fn a_booking_that_was_overwritten_is_two_matches_of_one() {
        let entries =
            [matched(&[("m", "1"), ("n", "2")]), matched(&[("m", "0")]), matched(&[("n", "0")])];
        assert_eq!(judged(&entries).in_two_matches, 1);
        // The same, if he himself only heard of the second one.
        let entries = [matched(&[("n", "2")]), matched(&[("m", "0")]), matched(&[("n", "0")])];
        let verdict = judged(&entries);
        assert_eq!((verdict.in_two_matches, verdict.mismatched), (1, 1));
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        let unanswered = Entry { joined: Joined::Unanswered, ..Entry::default() };
        let refused = Entry { joined: Joined::Refused, ..Entry::default() };
        let missing = Entry { status: None, ..entry(Status::Waiting, &[]) };
        let waiting = || entry(Status::Waiting, &[]);
        let table: [(&str, &[Entry]); 8] = [
            ("not answered", &[unanswered]),
            ("refused", &[refused]),
            ("lost", &[missing]),
            ("lost", &[entry(Status::Cancelled, &[])]),
            ("lost", &[matched(&[])]),
            ("name each other", &[matched(&[("m", "0")])]),
            ("name each other", &[matched(&[("m", "1")]), waiting()]),
            ("nobody joined", &[]),
        ];
        for (part, entries) in table {
            let faults = judged(entries).faults().join("; ");
            assert!(faults.contains(part), "{part}: {faults}");
        }
    }

    #[test]
    fn two_who_wait_at_the_end_could_have_met() {
        let waiting = entry(Status::Waiting, &[]);
        assert_eq!(judged(std::slice::from_ref(&waiting)).stranded(), None);
        assert!(judged(&[waiting.clone(), waiting]).stranded().is_some());
    }

    #[test]
    fn an_opponent_who_was_not_heard_of_is_no_contradiction() {
        let entries =
            [matched(&[("m", "1")]), Entry { looked: false, ..entry(Status::Waiting, &[]) }];
        assert_eq!(judged(&entries).mismatched, 0);
        let stranger = [matched(&[("m", "somebody")])];
        let verdict = judged(&stranger);
        assert_eq!((verdict.with_strangers, verdict.faults().len()), (1, 0));
    }
}
