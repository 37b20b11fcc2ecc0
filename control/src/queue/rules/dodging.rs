//! What it costs to leave others waiting: to decline a ready check, to let it run out, to drop
//! out of it or of the countdown.

use crate::time::{At, Span};

/// Dodges that lie further back are forgotten.
pub const REMEMBERED: Span = Span::seconds(3_600);

/// How long nobody may queue after so many dodges. The first costs nothing: connections fail.
const COOL_DOWNS: [Span; 4] =
    [Span::ZERO, Span::seconds(30), Span::seconds(120), Span::seconds(600)];

/// Until when somebody may not queue who has dodged at these times; empty if it may now.
#[must_use]
pub fn cool_down(dodges: &[At], now: At) -> Option<At> {
    let last = *dodges.iter().max()?;
    let counted = dodges.iter().filter(|at| last.since(**at) < REMEMBERED).count();
    let steps = COOL_DOWNS.len().min(counted);
    let until = last + COOL_DOWNS[..steps].last().copied().unwrap_or(Span::ZERO);
    (now < until).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dodge_within_an_hour_costs_more_than_the_one_before() {
        let at = |s: u64| At(0) + Span::seconds(s);
        for (dodges, until) in [
            (vec![], None),
            (vec![100], None),
            (vec![40, 100], Some(130)),
            (vec![100, 40, 20], Some(220)),
            (vec![10, 20, 40, 100], Some(700)),
            (vec![5, 10, 20, 40, 100], Some(700)),
        ] {
            let dodges: Vec<_> = dodges.into_iter().map(at).collect();
            assert_eq!(cool_down(&dodges, at(100)), until.map(at), "{dodges:?}");
            if let Some(until) = until {
                assert_eq!(cool_down(&dodges, at(until)), None, "it ends");
            }
        }
    }

    #[test]
    fn what_lies_an_hour_back_is_forgotten() {
        let late = At(0) + REMEMBERED;
        assert_eq!(cool_down(&[At(0), late], late), None);
        assert!(cool_down(&[At(1), late], late).is_some());
    }

    #[test]
    fn a_clock_that_goes_back_does_not_forgive() {
        assert!(cool_down(&[At(5_000), At(6_000)], At(0)).is_some());
    }
}
