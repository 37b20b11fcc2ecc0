//! Why somebody is not matched yet: who was considered, and what ruled them out.
//!
//! Invariant: nothing in it tells who the others are. A ticket is a capability and an identity is
//! nobody's business; ratings and waits are enough to understand.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Entry;
use super::hindrance::{Hindrance, hindrance};
use super::window::{ANY, Window};
use crate::ratings::rules::Rating;
use crate::time::{At, Span};

/// So many of those who were considered are shown.
pub const SHOWN: usize = 10;

/// Why an entry waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// How long, counted from when the wait began.
    #[serde(rename = "waited_ms")]
    #[schema(value_type = u64)]
    pub waited: Span,
    /// It meets nobody before.
    #[schema(value_type = Option<i64>)]
    pub held_until: Option<At>,
    /// How far it reaches by its own wait; empty if that is any distance, or does not count.
    pub reach: Option<u32>,
    /// When waiting lets it reach further; empty if it never will.
    #[schema(value_type = Option<i64>)]
    pub reaches_further_at: Option<At>,
    /// All others that wait in this queue.
    pub considered: usize,
    /// How many each reason rules out; the first reason counts.
    #[schema(value_type = Object)]
    pub ruled_out: BTreeMap<Hindrance, usize>,
    /// Those that nothing rules out. The next round pairs it, unless an older entry is nearer.
    pub may_meet: usize,
    /// The nearest of all, those it may meet first.
    pub nearest: Vec<Other>,
}

/// Another entry, as far as others may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Other {
    /// How strong it is.
    #[schema(value_type = i32)]
    pub rating: Rating,
    /// How long it has waited itself.
    #[serde(rename = "waited_ms")]
    #[schema(value_type = u64)]
    pub waited: Span,
    /// What rules it out, if anything does.
    pub hindrance: Option<Hindrance>,
}

/// Explains why `mine` waits among all that wait in its queue; it may be one of them itself.
#[must_use]
pub fn explain(mine: &Entry, waiting: &[Entry], window: Option<&Window>, now: At) -> Explanation {
    let mut ruled_out = BTreeMap::new();
    let mut others: Vec<_> = waiting
        .iter()
        .filter(|other| other.ticket != mine.ticket)
        .map(|other| (hindrance(mine, other, window, now), other))
        .collect();
    for hindrance in others.iter().filter_map(|(hindrance, _)| *hindrance) {
        *ruled_out.entry(hindrance).or_insert(0) += 1;
    }
    let considered = others.len();
    let may_meet = considered - ruled_out.values().sum::<usize>();
    let nearness = |(hindrance, other): &(Option<Hindrance>, &Entry)| {
        (hindrance.is_some(), mine.rating.distance(other.rating), other.place())
    };
    if others.len() > SHOWN {
        others.select_nth_unstable_by_key(SHOWN, nearness);
        others.truncate(SHOWN);
    }
    others.sort_unstable_by_key(nearness);
    let shown = |(hindrance, other): (Option<Hindrance>, &Entry)| Other {
        rating: other.rating,
        waited: other.waited(now),
        hindrance,
    };
    let reach = window.map(|window| reach(mine, window, now));
    Explanation {
        waited: mine.waited(now),
        held_until: mine.is_held(now).then_some(mine.held_until),
        reach: reach.filter(|reach| *reach != ANY),
        reaches_further_at: window
            .filter(|_| mine.preferences.expand_search)
            .and_then(|window| window.widens_at(mine.since, now)),
        considered,
        ruled_out,
        may_meet,
        nearest: others.into_iter().map(shown).collect(),
    }
}

fn reach(mine: &Entry, window: &Window, now: At) -> u32 {
    if mine.preferences.expand_search { window.reach(mine.waited(now)) } else { window.narrowest() }
}

#[cfg(test)]
mod tests {
    use super::super::Preferences;
    use super::super::tests::entry;
    use super::*;

    const NOW: At = At(20_000);

    fn rated(ticket: u128, rating: i32) -> Entry {
        Entry { rating: Rating(rating), ..entry(ticket) }
    }

    #[test]
    fn every_reason_is_counted_and_the_nearest_are_named() {
        let mine = rated(1, 1200);
        let tier = Entry { tier: Some("gold".into()), ..rated(2, 1200) };
        let held = Entry { held_until: At(20_001), ..rated(3, 1210) };
        let waiting = [mine.clone(), tier, held, rated(4, 1500), rated(5, 1401), rated(6, 1000)];
        let explanation = explain(&mine, &waiting, Some(&Window::default()), NOW);
        assert_eq!(explanation.considered, 5);
        assert_eq!(explanation.may_meet, 1);
        let counted = [(Hindrance::Tier, 1), (Hindrance::Held, 1), (Hindrance::Distance, 2)];
        assert_eq!(explanation.ruled_out, BTreeMap::from(counted));
        let ratings: Vec<_> = explanation.nearest.iter().map(|other| other.rating.0).collect();
        assert_eq!(ratings, [1000, 1200, 1210, 1401, 1500], "whom it may meet, then the nearest");
        assert_eq!(
            (explanation.reach, explanation.reaches_further_at),
            (Some(200), Some(At(30_000)))
        );
    }

    #[test]
    fn who_does_not_expand_is_told_that_waiting_changes_nothing() {
        let preferences = Preferences { expand_search: false, ..Preferences::default() };
        let mine = Entry { preferences, ..rated(1, 1200) };
        let explanation = explain(&mine, &[rated(2, 1301)], Some(&Window::default()), NOW);
        assert_eq!((explanation.reach, explanation.reaches_further_at), (Some(100), None));
        assert_eq!(explanation.ruled_out, BTreeMap::from([(Hindrance::MyNarrowSearch, 1)]));
    }

    #[test]
    fn of_many_only_some_are_shown_and_none_is_named() {
        let mine = rated(1, 1200);
        let waiting: Vec<_> = (2..100).zip(1201..).map(|(n, rating)| rated(n, rating)).collect();
        let explanation = explain(&mine, &waiting, Some(&Window::default()), NOW);
        assert_eq!((explanation.considered, explanation.nearest.len()), (98, SHOWN));
        let json = serde_json::to_string(&explanation).unwrap();
        assert!(!json.contains("0000-0000"), "{json}");
    }

    #[test]
    fn without_a_window_it_says_nothing_about_reach() {
        let explanation = explain(&rated(1, 1200), &[], None, NOW);
        assert_eq!((explanation.reach, explanation.reaches_further_at), (None, None));
        assert_eq!((explanation.considered, explanation.may_meet), (0, 0));
    }
}
