//! What keeps two entries from each other: the one definition of who may meet whom.
//!
//! Invariant: it is mutual. Whatever keeps one from the other keeps the other from the one.

use serde::Serialize;
use utoipa::ToSchema;

use super::Entry;
use super::window::Window;
use crate::time::At;

/// Why two entries cannot meet now; the first reason that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hindrance {
    /// Both are known by the same identity, connect code or wallet.
    Oneself,
    /// They play for different stakes.
    Tier,
    /// One of them is held back for a moment, so that nobody can choose whom to meet.
    Held,
    /// I asked for another rating.
    MyPreference,
    /// They asked for another rating.
    TheirPreference,
    /// I do not want to reach further by waiting.
    MyNarrowSearch,
    /// They do not want to be reached from further away.
    TheirNarrowSearch,
    /// Neither has waited long enough for ratings so far apart.
    Distance,
}

/// What keeps `mine` from `theirs` now. Without a window, ratings do not count.
#[must_use]
pub fn hindrance(
    mine: &Entry,
    theirs: &Entry,
    window: Option<&Window>,
    now: At,
) -> Option<Hindrance> {
    if mine.owner.is_also(&theirs.owner) {
        return Some(Hindrance::Oneself);
    }
    if mine.tier != theirs.tier {
        return Some(Hindrance::Tier);
    }
    if mine.is_held(now) || theirs.is_held(now) {
        return Some(Hindrance::Held);
    }
    by_rating(mine, theirs, window?, now)
}

fn by_rating(mine: &Entry, theirs: &Entry, window: &Window, now: At) -> Option<Hindrance> {
    if !mine.preferences.admit(theirs.rating) {
        return Some(Hindrance::MyPreference);
    }
    if !theirs.preferences.admit(mine.rating) {
        return Some(Hindrance::TheirPreference);
    }
    let distance = mine.rating.distance(theirs.rating);
    // Either side that stays narrow keeps the pair narrow, however long the other has waited.
    if distance > window.narrowest() {
        if !mine.preferences.expand_search {
            return Some(Hindrance::MyNarrowSearch);
        }
        if !theirs.preferences.expand_search {
            return Some(Hindrance::TheirNarrowSearch);
        }
    }
    let longer_wait = mine.waited(now).max(theirs.waited(now));
    (distance > window.reach(longer_wait)).then_some(Hindrance::Distance)
}

#[cfg(test)]
mod tests {
    use super::super::tests::entry;
    use super::super::{Owner, Preferences};
    use super::*;
    use crate::ratings::rules::Rating;

    const NOW: At = At(100_000);

    fn rated(ticket: u128, rating: i32, waited_ms: i64) -> Entry {
        Entry { rating: Rating(rating), since: At(NOW.0 - waited_ms), ..entry(ticket) }
    }

    fn between(mine: &Entry, theirs: &Entry) -> Option<Hindrance> {
        let window = Window::default();
        let found = hindrance(mine, theirs, Some(&window), NOW);
        let mirrored = hindrance(theirs, mine, Some(&window), NOW);
        assert_eq!(found.is_some(), mirrored.is_some(), "it is mutual");
        found
    }

    #[test]
    fn the_longer_wait_of_the_two_decides_how_far_they_reach() {
        for (mine_ms, theirs_ms, distance, meets) in [
            (0, 0, 100, true),
            (0, 0, 101, false),
            (15_000, 0, 200, true),
            (0, 15_000, 200, true),
            (14_999, 14_999, 200, false),
            (30_000, 15_000, 300, true),
            (30_000, 30_000, 301, false),
            (0, 60_000, 2_000, true),
        ] {
            let found = between(&rated(1, 1200, mine_ms), &rated(2, 1200 + distance, theirs_ms));
            assert_eq!(found.is_none(), meets, "{mine_ms} {theirs_ms} {distance}: {found:?}");
        }
    }

    #[test]
    fn a_side_that_does_not_expand_keeps_the_pair_narrow() {
        let narrow = Preferences { expand_search: false, ..Preferences::default() };
        let (old, other) = (rated(1, 1200, 90_000), rated(2, 1301, 90_000));
        assert_eq!(between(&old, &other), None);
        let stays = Entry { preferences: narrow, ..old.clone() };
        assert_eq!(between(&stays, &other), Some(Hindrance::MyNarrowSearch));
        let stays = Entry { preferences: narrow, ..other };
        assert_eq!(between(&old, &stays), Some(Hindrance::TheirNarrowSearch));
        assert_eq!(between(&rated(1, 1201, 90_000), &stays), None, "100 is near enough");
    }

    #[test]
    fn what_either_asked_for_holds_however_long_they_wait() {
        let asks =
            |min, max| Preferences { min_rating: min, max_rating: max, ..Preferences::default() };
        let old = rated(1, 1200, 3_600_000);
        let above = Entry { preferences: asks(Some(Rating(1201)), None), ..rated(2, 1200, 0) };
        assert_eq!(between(&old, &above), Some(Hindrance::TheirPreference));
        assert_eq!(between(&above, &old), Some(Hindrance::MyPreference));
        let exact = asks(Some(Rating(1200)), Some(Rating(1200)));
        assert_eq!(between(&old, &Entry { preferences: exact, ..rated(2, 1900, 0) }), None);
    }

    #[test]
    fn nobody_meets_himself_another_tier_or_who_is_held_back() {
        let me = rated(1, 1200, 90_000);
        let mut twin = rated(2, 1200, 90_000);
        twin.owner = Owner { wallet: Some("0xA".into()), ..me.owner.clone() };
        assert_eq!(between(&me, &twin), Some(Hindrance::Oneself));
        let rich = Entry { tier: Some("gold".into()), ..rated(2, 1200, 90_000) };
        assert_eq!(between(&me, &rich), Some(Hindrance::Tier));
        let held = Entry { held_until: NOW + crate::time::Span(1), ..rated(2, 1200, 90_000) };
        assert_eq!(between(&me, &held), Some(Hindrance::Held));
        assert_eq!(between(&me, &Entry { held_until: NOW, ..held }), None);
    }

    #[test]
    fn without_a_window_ratings_do_not_count() {
        let picky = Preferences { min_rating: Some(Rating(9_000)), ..Preferences::default() };
        let me = Entry { preferences: picky, ..rated(1, 0, 0) };
        assert_eq!(hindrance(&me, &rated(2, 3_000, 0), None, NOW), None);
    }
}
