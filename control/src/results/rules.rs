//! What both sides tell of a match, and what is made of it.
//!
//! Invariant: a result needs both sides, and both are asked alike: nothing is given to one because
//! the other was silent, came second or told it differently.

use serde::{Deserialize, Serialize};

use crate::matches::rules::{How, Outcome, Refused, Side, Sides, State, Verdict};
use crate::time::Span;

/// What one side tells of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// In the side's own words; [`Claim::of`] says what is understood of it.
    pub outcome: String,
    /// Its own, if it knows.
    pub stocks: Option<u8>,
    /// The other's, if it knows.
    pub opponent_stocks: Option<u8>,
    /// How long the game took, if it knows.
    pub took: Option<Span>,
}

/// What a side says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// It won.
    Won,
    /// It lost.
    Lost,
    /// Neither did.
    Drew,
    /// It does not say: it tells how the game ended, or something else.
    Nothing,
}

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// It is this side's.
    First,
    /// It is the same again.
    Same,
}

/// This side told something else before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this side has reported already, and differently: a report does not change")]
pub struct ToldOtherwise;

/// What both reports come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Somebody has not reported.
    Waiting,
    /// Both tell the same.
    Agreed(Canonical),
    /// They do not.
    Dispute {
        /// The first thing on which they differ.
        over: Difference,
    },
}

/// The result that both sides sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canonical {
    /// Who won, or that neither did.
    pub outcome: Outcome,
    /// What each had left.
    pub stocks: Sides<u8>,
}

/// On what two reports differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// What the first had left.
    FirstStocks,
    /// What the second had left.
    SecondStocks,
    /// What a side says of itself is not what was left, or both say they won.
    Winner,
}

/// Whether a side may report this.
///
/// # Errors
/// It told something else before.
pub fn file(before: Option<&Report>, report: &Report) -> Result<Filed, ToldOtherwise> {
    match before {
        None => Ok(Filed::First),
        Some(before) if before == report => Ok(Filed::Same),
        Some(_) => Err(ToldOtherwise),
    }
}

/// Whether the match is where sides report.
///
/// # Errors
/// It is not there yet, or not any more.
pub fn may_report(state: &State) -> Result<(), Refused> {
    match state {
        State::Matched { .. } | State::Staking { .. } | State::Ready { .. } => {
            Err(Refused::NotStarted)
        }
        State::Active { .. } => Ok(()),
        State::Resolved { verdict: Verdict::Disputed, .. } => Err(Refused::Disputed),
        State::Resolved { verdict: Verdict::Decided(_), .. } | State::Settled { .. } => {
            Err(Refused::ResultStands)
        }
        State::Cancelled { .. } | State::Expired => Err(Refused::Over),
    }
}

/// Whether an outcome and a score go together: nobody wins with less, and a draw is one of equals.
///
/// # Errors
/// They do not; the outcome in a word.
pub fn may_rule(winner: Option<Side>, score: Sides<u8>) -> Result<(), &'static str> {
    match winner {
        Some(winner) if score.of(winner) < score.of(winner.other()) => Err("won"),
        None if score.first != score.second => Err("drawn"),
        Some(_) | None => Ok(()),
    }
}

/// What the reports come to: more stocks remaining wins, equal stocks are a draw.
#[must_use]
pub fn decide(reports: &Sides<Option<Report>>) -> Decision {
    let (Some(first), Some(second)) = (&reports.first, &reports.second) else {
        return Decision::Waiting;
    };
    let Ok(first_stocks) = agreed(first.stocks, second.opponent_stocks) else {
        return Decision::Dispute { over: Difference::FirstStocks };
    };
    let Ok(second_stocks) = agreed(second.stocks, first.opponent_stocks) else {
        return Decision::Dispute { over: Difference::SecondStocks };
    };
    // What nobody knows counts as nothing, as it always has.
    let stocks = Sides { first: first_stocks.unwrap_or(0), second: second_stocks.unwrap_or(0) };
    let told = first_stocks.is_some() || second_stocks.is_some();
    let by_stocks = told.then(|| ahead(stocks));
    let claims = [Claim::of(&first.outcome).as_first(), Claim::of(&second.outcome).as_second()];
    let mut winners = by_stocks.into_iter().chain(claims.into_iter().flatten());
    let winner = winners.next().unwrap_or(None);
    if winners.any(|other| other != winner) {
        return Decision::Dispute { over: Difference::Winner };
    }
    let how = How::Played;
    let outcome = match winner {
        Some(winner) => Outcome::Won { winner, how },
        None => Outcome::Drawn { how },
    };
    Decision::Agreed(Canonical { outcome, stocks })
}

/// What is known of a number that both may tell.
fn agreed(one: Option<u8>, other: Option<u8>) -> Result<Option<u8>, ()> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(()),
        (one, other) => Ok(one.or(other)),
    }
}

fn ahead(stocks: Sides<u8>) -> Option<Side> {
    match stocks.first.cmp(&stocks.second) {
        std::cmp::Ordering::Greater => Some(Side::First),
        std::cmp::Ordering::Less => Some(Side::Second),
        std::cmp::Ordering::Equal => None,
    }
}

impl Claim {
    /// What is understood of a side's words. How the game ended (`COMPLETED`, `DISCONNECT`,
    /// `ERROR`) says nothing about who won.
    #[must_use]
    pub fn of(words: &str) -> Self {
        match words.trim().to_ascii_lowercase().as_str() {
            "won" | "win" => Self::Won,
            "lost" | "loss" => Self::Lost,
            "draw" | "drew" | "tie" => Self::Drew,
            _ => Self::Nothing,
        }
    }

    /// Who won by that, if the first says it; the inner is empty for a draw.
    fn as_first(self) -> Option<Option<Side>> {
        match self {
            Self::Won => Some(Some(Side::First)),
            Self::Lost => Some(Some(Side::Second)),
            Self::Drew => Some(None),
            Self::Nothing => None,
        }
    }

    fn as_second(self) -> Option<Option<Side>> {
        self.as_first().map(|winner| winner.map(Side::other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn report(outcome: &str, stocks: Option<u8>, opponent_stocks: Option<u8>) -> Report {
        Report { outcome: outcome.into(), stocks, opponent_stocks, took: None }
    }

    fn decided(first: Report, second: Report) -> Decision {
        decide(&Sides { first: Some(first), second: Some(second) })
    }

    fn won(winner: Side, first: u8, second: u8) -> Decision {
        let outcome = Outcome::Won { winner, how: How::Played };
        Decision::Agreed(Canonical { outcome, stocks: Sides { first, second } })
    }

    fn drawn(stocks: u8) -> Decision {
        let outcome = Outcome::Drawn { how: How::Played };
        Decision::Agreed(Canonical { outcome, stocks: Sides { first: stocks, second: stocks } })
    }

    fn dispute(over: Difference) -> Decision {
        Decision::Dispute { over }
    }

    #[test]
    fn two_reports_come_to_one_result_or_to_a_dispute() {
        let told = |stocks, opponent| report("COMPLETED", Some(stocks), Some(opponent));
        let own = |words: &str, stocks| report(words, Some(stocks), None);
        let words = |words: &str| report(words, None, None);
        let second = Difference::SecondStocks;
        for (name, one, other, decision) in [
            ("both tell the same", told(3, 0), told(0, 3), won(Side::First, 3, 0)),
            ("the second won", told(0, 2), told(2, 0), won(Side::Second, 0, 2)),
            (
                "each knows its own",
                own("COMPLETED", 1),
                own("COMPLETED", 0),
                won(Side::First, 1, 0),
            ),
            ("equal stocks", told(2, 2), told(2, 2), drawn(2)),
            ("both broke off", told(0, 0), told(0, 0), drawn(0)),
            ("no stocks, no words", words("COMPLETED"), words("ERROR"), drawn(0)),
            ("one knows all", told(2, 1), words("COMPLETED"), won(Side::First, 2, 1)),
            ("words alone", words("won"), words("LOST"), won(Side::First, 0, 0)),
            (
                "how it ended may differ",
                told(3, 0),
                report("DISCONNECT", Some(0), Some(3)),
                won(Side::First, 3, 0),
            ),
            ("another score", told(2, 1), told(0, 3), dispute(Difference::FirstStocks)),
            ("another loser's score", told(2, 1), told(0, 2), dispute(second)),
            ("both won", words("won"), words("won"), dispute(Difference::Winner)),
            (
                "words against stocks",
                own("won", 0),
                own("COMPLETED", 2),
                dispute(Difference::Winner),
            ),
            ("won and a draw", words("won"), words("draw"), dispute(Difference::Winner)),
        ] {
            assert_eq!(decided(one, other), decision, "{name}");
        }
    }

    #[test]
    fn nobody_is_ruled_to_have_won_with_less() {
        let score = |first, second| Sides { first, second };
        assert_eq!(may_rule(Some(Side::First), score(2, 1)), Ok(()));
        assert_eq!(may_rule(Some(Side::First), score(0, 0)), Ok(()), "the score may be unknown");
        assert_eq!(may_rule(Some(Side::First), score(1, 2)), Err("won"));
        assert_eq!(may_rule(None, score(2, 2)), Ok(()));
        assert_eq!(may_rule(None, score(2, 1)), Err("drawn"));
    }

    #[test]
    fn one_side_alone_decides_nothing() {
        let one = report("won", Some(4), Some(0));
        let silent = Sides { first: Some(one.clone()), second: None };
        assert_eq!(decide(&silent), Decision::Waiting);
        assert_eq!(decide(&Sides { first: None, second: Some(one) }), Decision::Waiting);
        assert_eq!(decide(&Sides { first: None, second: None }), Decision::Waiting);
    }

    #[test]
    fn the_same_report_again_is_fine_and_another_is_refused() {
        let told = report("COMPLETED", Some(2), Some(0));
        assert_eq!(file(None, &told), Ok(Filed::First));
        assert_eq!(file(Some(&told), &told.clone()), Ok(Filed::Same));
        let better = report("COMPLETED", Some(4), Some(0));
        assert_eq!(file(Some(&told), &better), Err(ToldOtherwise));
    }

    proptest! {
        #[test]
        fn who_is_first_does_not_matter(
            one in reports(), other in reports(),
        ) {
            let mirrored = decided(other.clone(), one.clone());
            match (decided(one, other), mirrored) {
                (Decision::Agreed(it), Decision::Agreed(mirrored)) => {
                    let Sides { first, second } = mirrored.stocks;
                    prop_assert_eq!(it.stocks, Sides { first: second, second: first });
                    match (it.outcome, mirrored.outcome) {
                        (Outcome::Won { winner, .. }, Outcome::Won { winner: other, .. }) => {
                            prop_assert_eq!(winner, other.other());
                        }
                        (one, other) => prop_assert_eq!(one, other),
                    }
                }
                (Decision::Dispute { .. }, Decision::Dispute { .. }) => {}
                (one, other) => prop_assert!(false, "{one:?} {other:?}"),
            }
        }
    }

    fn reports() -> impl Strategy<Value = Report> {
        let stocks = || proptest::option::of(0..3_u8);
        let words = prop_oneof![Just("won"), Just("lost"), Just("draw"), Just("COMPLETED")];
        (words, stocks(), stocks()).prop_map(|(words, own, other)| report(words, own, other))
    }
}
