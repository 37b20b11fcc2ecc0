//! How somebody's duels went: shown to opponents before they play.
//!
//! Invariant: a duel is counted once for each side, with the line of the log that decides it.

use crate::matches::rules::{Outcome, Side};
use crate::queue::rules::Owner;

/// Of all the duels that had a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Won.
    pub wins: i64,
    /// Neither won nor lost.
    pub draws: i64,
    /// Lost.
    pub losses: i64,
    /// Words a minute, of all of them together.
    pub wpm_sum: i64,
}

impl Record {
    /// Of one duel.
    #[must_use]
    pub fn of(outcome: Outcome, side: Side, wpm: u64) -> Self {
        let (wins, draws, losses) = match outcome {
            Outcome::Won { winner, .. } if winner == side => (1, 0, 0),
            Outcome::Won { .. } => (0, 0, 1),
            Outcome::Drawn { .. } => (0, 1, 0),
        };
        Self { wins, draws, losses, wpm_sum: i64::try_from(wpm).unwrap_or(i64::MAX) }
    }

    /// Words a minute on the average; none before the first.
    #[must_use]
    pub fn wpm(self) -> Option<i64> {
        self.wpm_sum.checked_div(self.wins + self.draws + self.losses)
    }
}

/// Whose record it is: an identity's, or a connect code's where nobody has logged in. Who has
/// neither has none.
#[must_use]
pub fn owner_of(owner: &Owner) -> Option<String> {
    let code = || owner.connect_code.as_ref().map(|code| format!("code:{code}"));
    owner.identity.map(|identity| identity.to_string()).or_else(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matches::rules::How;

    #[test]
    fn a_duel_counts_for_both_and_the_average_is_of_all() {
        let how = How::Played;
        let won = Outcome::Won { winner: Side::Second, how };
        assert_eq!(Record::of(won, Side::Second, 80).wins, 1);
        assert_eq!(Record::of(won, Side::First, 60).losses, 1);
        assert_eq!(Record::of(Outcome::Drawn { how }, Side::First, 60).draws, 1);
        assert_eq!(Record { wins: 2, draws: 0, losses: 1, wpm_sum: 200 }.wpm(), Some(66));
        assert_eq!(Record::default().wpm(), None);
    }
}
