//! The picture and the table of `docs/matches.md`, made by asking the function itself.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{
    Cancelled, Event, How, Next, Outcome, Presence, Side, Sides, Stake, State, Step, Timing,
    Verdict, open, step,
};
use crate::time::{At, Span};

/// Stands before and after what is made, in the document.
pub const MARKS: [&str; 2] = ["<!-- made -->", "<!-- /made -->"];

const NOW: At = At(0);
const LATER: At = At(3_600_000);
const WON: Outcome = Outcome::Won { winner: Side::First, how: How::Played };
const TIMING: Timing = Timing {
    ready_check: Some(Span::seconds(15)),
    staking: None,
    countdown: Span::seconds(5),
    grace: Span::seconds(30),
    length: Span::seconds(60),
    dispute: Span::seconds(600),
    settlement: Span::seconds(600),
};
/// The same for stakes.
const STAKED: Timing = Timing { staking: Some(Span::seconds(60)), ..TIMING };

/// The document with its made part made anew; empty if a mark is missing.
#[must_use]
pub fn renewed(document: &str) -> Option<String> {
    let (before, rest) = document.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    let [open, close] = MARKS;
    Some(format!("{before}{open}\n{}\n{}\n{close}{after}", picture(), table()))
}

fn picture() -> String {
    let mut arrows = BTreeSet::new();
    let Step { state, .. } = open(&TIMING, NOW);
    arrows.insert(("[*]", state.name(), "two met"));
    let melee = Timing { ready_check: None, countdown: Span::ZERO, ..TIMING };
    arrows.insert(("[*]", open(&melee, NOW).state.name(), "two met, no ready check"));
    for (_, state) in states() {
        for (name, event) in events() {
            for timing in [TIMING, STAKED] {
                let Ok(Next::Changed(after)) = step(&timing, &state, event, NOW) else {
                    continue;
                };
                if after.state.name() != state.name() {
                    arrows.insert((state.name(), after.state.name(), name));
                }
            }
        }
        // Only the first thing that is due.
        let Some(due) = state.deadlines().first().map(|deadline| deadline.due_at) else {
            arrows.insert((state.name(), "[*]", ""));
            continue;
        };
        if let Ok(Next::Changed(after)) = step(&TIMING, &state, Event::TimePassed, due)
            && after.state.name() != state.name()
        {
            arrows.insert((state.name(), after.state.name(), "time"));
        }
    }
    let mut picture = String::from("```mermaid\nstateDiagram-v2\n");
    let pairs: BTreeSet<_> = arrows.iter().map(|(from, to, _)| (*from, *to)).collect();
    for (from, to) in pairs {
        let words = arrows.iter().filter(|(one, other, _)| (*one, *other) == (from, to));
        let words: Vec<_> = words.map(|(_, _, word)| *word).filter(|it| !it.is_empty()).collect();
        let label =
            if words.is_empty() { String::new() } else { format!(" : {}", words.join(", ")) };
        let _ = writeln!(picture, "    {from} --> {to}{label}");
    }
    picture + "```\n"
}

fn table() -> String {
    let states = states();
    let mut table = String::from("| event |");
    for (name, _) in &states {
        let _ = write!(table, " {name} |");
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(states.len()));
    table.push('\n');
    for (name, event) in events() {
        let _ = write!(table, "| {name} |");
        for (_, state) in &states {
            let _ = write!(table, " {} |", cell(state, event, NOW));
        }
        table.push('\n');
    }
    table.push_str("| nothing, long enough |");
    for (_, state) in &states {
        let due = state.deadlines().first().map_or(LATER, |deadline| deadline.due_at);
        let _ = write!(table, " {} |", cell(state, Event::TimePassed, due));
    }
    table + "\n"
}

fn cell(state: &State, event: Event, now: At) -> String {
    let [plain, staked] = [TIMING, STAKED].map(|timing| told(&timing, state, event, now));
    if plain == staked { plain } else { format!("{plain}; for a stake, {staked}") }
}

fn told(timing: &Timing, state: &State, event: Event, now: At) -> String {
    match step(timing, state, event, now) {
        Ok(Next::Changed(after)) if after.state.name() == state.name() => "noted".into(),
        Ok(Next::Changed(after)) => format!("**{}**", after.state.name()),
        Ok(Next::Same) => "same".into(),
        Err(refused) => refused.to_string(),
    }
}

/// One of each kind, seen by the first side.
fn states() -> Vec<(&'static str, State)> {
    let both = |presence| Sides { first: presence, second: Presence::Here };
    let answer_by = NOW + Span::seconds(15);
    let asked = |first, second| State::Matched { accepted: Sides { first, second }, answer_by };
    let active =
        |presence| State::Active { presence: both(presence), ends_by: NOW + Span::seconds(60) };
    let lock_by = NOW + Span::seconds(60);
    let staking =
        |first, second| State::Staking { stakes: Sides { first, second }, opened: true, lock_by };
    let until = NOW + Span::seconds(600);
    let away = Presence::Away { until: NOW + Span::seconds(30) };
    let both_left = State::Active {
        presence: Sides { first: Presence::Gone, second: away },
        ends_by: NOW + Span::seconds(60),
    };
    vec![
        ("matched", asked(false, false)),
        ("matched, it has accepted", asked(true, false)),
        ("matched, the other has", asked(false, true)),
        ("staking", staking(Stake::Owed, Stake::Owed)),
        ("staking, its stake is there", staking(Stake::Locked, Stake::Owed)),
        ("ready", State::Ready { starts_at: NOW + Span::seconds(5) }),
        ("active", active(Presence::Here)),
        ("active, it is away", active(away)),
        ("active, it is gone, the other away", both_left),
        ("resolved", State::Resolved { verdict: Verdict::Decided(WON), until }),
        ("resolved, disputed", State::Resolved { verdict: Verdict::Disputed, until }),
        ("settled", State::Settled { outcome: WON }),
        ("cancelled", State::Cancelled { reason: Cancelled::Deserted }),
        ("expired", State::Expired),
    ]
}

fn events() -> Vec<(&'static str, Event)> {
    let side = Side::First;
    let has = |first, second| Event::Stakes(Sides { first, second });
    vec![
        ("accept", Event::Accept(side)),
        ("decline", Event::Decline(side)),
        ("one stake", has(Stake::Locked, Stake::Owed)),
        ("both stakes", has(Stake::Locked, Stake::Locked)),
        ("no stake", has(Stake::Owed, Stake::Owed)),
        ("drop", Event::Drop(side)),
        ("return", Event::Return(side)),
        ("abandon", Event::Abandon(side)),
        ("forfeit", Event::Forfeit(side)),
        ("finish", Event::Finish(WON)),
        ("finish otherwise", Event::Finish(Outcome::Drawn { how: How::Played })),
        ("dispute", Event::Dispute),
        ("rule", Event::Rule(WON)),
        ("settle", Event::Settle),
        ("void", Event::Void),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_shows_what_the_code_does() {
        let document = include_str!("../../../../docs/matches.md");
        let renewed = renewed(document).expect("both marks are there");
        assert!(document == renewed, "run: cargo run -p arena-control --example matches_diagram",);
    }
}
