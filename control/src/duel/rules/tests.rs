use super::*;
use crate::duel::typing::Key;

const LINE: &str = "let sum = 7;";
const FIRST: Side = Side::First;
const SECOND: Side = Side::Second;

/// When somebody does what.
type Act = (i64, Side, Does);

/// What somebody does: so many right keys, so many wrong ones, or the connection.
#[derive(Clone, Copy)]
enum Does {
    Types(usize, usize),
    Drops,
    Returns,
    Waits,
}
use Does::{Drops, Returns, Types, Waits};

fn won(winner: Side, how: How) -> Option<Verdict> {
    Some(Verdict::Decided(Outcome::Won { winner, how }))
}

fn drawn(how: How) -> Option<Verdict> {
    Some(Verdict::Decided(Outcome::Drawn { how }))
}

fn played(script: &[Act]) -> Option<Verdict> {
    let mut duel = Duel::new(LINE.into(), At(0));
    for (ms, side, does) in script {
        let now = At(*ms);
        let verdict = match does {
            Types(right, wrong) => types(&mut duel, *side, (*right, *wrong), now),
            Drops => {
                duel.away(*side);
                duel.time_passed(now)
            }
            Returns => {
                duel.back(*side, now);
                duel.time_passed(now)
            }
            Waits => duel.time_passed(now),
        };
        if verdict.is_some() {
            return verdict;
        }
    }
    None
}

/// The keys come one each 100 ms, the last of them now.
fn types(duel: &mut Duel, side: Side, keys: (usize, usize), now: At) -> Option<Verdict> {
    let (right, wrong) = keys;
    let typing = duel.typing.of(side);
    let text = "#".repeat(wrong) + &LINE[typing.right..typing.right + right];
    let from = now.0.unsigned_abs() - 100 * (text.len() as u64 - 1);
    let times = (from..).step_by(100);
    let keys = text.chars().zip(times).map(|(typed, at_ms)| Key { typed, at_ms }).collect();
    let batch = Batch { first: typing.keys(), keys };
    duel.typed(side, &batch, now).unwrap()
}

/// What a duel comes to, each with a word on it.
fn assert_all(duels: &[(&str, &[Act], Option<Verdict>)]) {
    for (name, script, expected) in duels {
        assert_eq!(played(script), *expected, "{name}");
    }
}

#[test]
fn the_first_to_finish_wins_if_it_was_careful() {
    let finishes = |wrong| (2_000, FIRST, Types(12, wrong));
    let follows = |wrong| (8_000, SECOND, Types(12, wrong));
    let at_once = (2_000, SECOND, Types(12, 2));
    assert_all(&[
        ("nobody yet", &[(2_000, FIRST, Types(5, 0))], None),
        ("either may be first", &[(2_000, SECOND, Types(12, 0))], won(SECOND, How::Played)),
        ("ninety percent is enough", &[finishes(1)], won(FIRST, How::Played)),
        ("less is not", &[finishes(2)], None),
        ("a careful second wins", &[finishes(2), follows(0)], won(SECOND, How::Played)),
        ("or the less careless", &[finishes(3), follows(2)], won(SECOND, How::Played)),
        ("or else the faster", &[finishes(2), follows(2)], won(FIRST, How::Played)),
        ("or neither", &[finishes(2), at_once], drawn(How::Played)),
    ]);
}

#[test]
fn who_types_nothing_for_ten_seconds_forfeits() {
    let types = |ms, side| (ms, side, Types(2, 0));
    let looks = |ms| (ms, FIRST, Waits);
    assert_all(&[
        ("after ten", &[types(5_000, SECOND), looks(10_000)], won(SECOND, How::Forfeited)),
        ("not before", &[types(5_000, SECOND), looks(9_999)], None),
        ("nor if both do", &[looks(10_000)], Some(Verdict::Void)),
        (
            "nor if both stop at once",
            &[types(5_000, FIRST), types(5_000, SECOND), looks(20_000)],
            Some(Verdict::Void),
        ),
        (
            "the first to stop, whenever somebody looks",
            &[types(5_000, FIRST), types(6_000, SECOND), looks(59_000)],
            won(SECOND, How::Forfeited),
        ),
        (
            "who is away is not idle",
            &[(5_000, FIRST, Drops), types(9_000, SECOND), looks(18_000)],
            None,
        ),
        (
            "until ten seconds after it came back",
            &[
                (1_000, FIRST, Drops),
                types(9_000, SECOND),
                (9_000, FIRST, Returns),
                types(18_000, SECOND),
                looks(19_000),
            ],
            won(SECOND, How::Forfeited),
        ),
    ]);
}

#[test]
fn when_the_time_is_over_progress_and_accuracy_decide() {
    let until_the_end = |last: &[Act]| {
        let each = |n: i64| [FIRST, SECOND].map(|side| (n * 9_000, side, Types(1, 0)));
        let mut script: Vec<_> = (1..=6).flat_map(each).collect();
        script.extend_from_slice(last);
        script.push((60_000, FIRST, Waits));
        script
    };
    let more = until_the_end(&[(58_000, FIRST, Types(1, 0))]);
    let careless = until_the_end(&[(58_000, FIRST, Types(0, 1))]);
    let both = until_the_end(&[(58_000, FIRST, Types(1, 3))]);
    let late = until_the_end(&[(60_000, FIRST, Types(6, 0))]);
    assert_all(&[
        ("more progress", &more, won(FIRST, How::TimedOut)),
        ("more accuracy", &careless, won(SECOND, How::TimedOut)),
        ("both together", &both, won(SECOND, How::TimedOut)),
        ("nothing between them", &until_the_end(&[]), drawn(How::TimedOut)),
        ("what comes at the end is late", &late, drawn(How::TimedOut)),
    ]);
}

#[test]
fn the_next_question_is_due_when_somebody_may_be_idle_or_the_time_over() {
    let mut duel = Duel::new(LINE.into(), At(0));
    assert_eq!(duel.due_at(), At(10_000));
    assert_eq!(types(&mut duel, FIRST, (12, 2), At(3_000)), None);
    assert_eq!(duel.due_at(), At(10_000), "who has finished is not idle");
    duel.away(SECOND);
    assert_eq!(duel.due_at(), At(60_000));
}
