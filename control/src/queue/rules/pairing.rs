//! Who meets whom: the oldest first, and of those it may meet the nearest in rating, then the
//! oldest.
//!
//! Invariant: no two that are left over could have met; nobody is in two pairs; the same entries
//! give the same pairs, in whatever order they are handed in.

use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;

use super::Entry;
use super::hindrance::hindrance;
use super::nearest::Field;
use super::window::Window;
use crate::ids::PlayerId;
use crate::time::At;

/// Two that meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Whose turn it was: the older, or who goes first by priority.
    pub first: &'a Entry,
    /// Whom it met.
    pub second: &'a Entry,
}

/// All pairs among those that wait, in the order in which they were found. Without a window,
/// whoever came next is the nearest.
///
/// It costs n log² n at the very worst, whatever preferences they have.
#[must_use]
pub fn pairs<'a>(waiting: &'a [Entry], window: Option<&Window>, now: At) -> Vec<Pair<'a>> {
    let mut by_tier: BTreeMap<Option<&str>, Vec<&Entry>> = BTreeMap::new();
    for entry in in_line(waiting, now) {
        let line = || Vec::with_capacity(waiting.len());
        by_tier.entry(entry.tier.as_deref()).or_insert_with(line).push(entry);
    }
    let mut pairs = Vec::with_capacity(waiting.len() / 2);
    for line in by_tier.values() {
        match window {
            None => {
                pairs.extend(line.chunks_exact(2).map(|two| Pair { first: two[0], second: two[1] }))
            }
            Some(window) => nearest_pairs(line, window, now, &mut pairs),
        }
    }
    pairs
}

/// Whom somebody who has just come may meet at once, by the same rule.
#[must_use]
pub fn partner<'a>(
    mine: &Entry,
    waiting: &'a [Entry],
    window: Option<&Window>,
    now: At,
) -> Option<&'a Entry> {
    waiting
        .iter()
        .filter(|theirs| hindrance(mine, theirs, window, now).is_none())
        .min_by_key(|theirs| (window.map(|_| mine.rating.distance(theirs.rating)), theirs.place()))
}

/// Those that may meet somebody now, in their order. Of entries that share an identity, a connect
/// code or a wallet the first stands for all: joining again cancels the one before, so there are
/// none, but if there were, nobody may meet himself, nor make the search slow.
fn in_line(waiting: &[Entry], now: At) -> Vec<&Entry> {
    let mut line = Vec::with_capacity(waiting.len());
    line.extend(waiting.iter().filter(|entry| !entry.is_held(now)));
    // The usual storage hands them out in this order, and a sorted line is only looked over.
    line.sort_by_key(|entry| entry.place());
    let mut known = Known::of(&line);
    line.retain(|entry| known.is_new(entry));
    line
}

/// The names that stand in line. Strangers choose them, so the hash is one with a secret.
struct Known<'a> {
    identities: HashSet<PlayerId, RandomState>,
    codes: HashSet<&'a str, RandomState>,
    wallets: HashSet<Wallet<'a>, RandomState>,
}

impl<'a> Known<'a> {
    /// With room for all of a line.
    fn of(line: &[&Entry]) -> Self {
        let count = |has: fn(&Entry) -> bool| line.iter().filter(|entry| has(entry)).count();
        let (identities, codes, wallets) = (
            count(|entry| entry.owner.identity.is_some()),
            count(|entry| entry.owner.connect_code.is_some()),
            count(|entry| entry.owner.wallet.is_some()),
        );
        Self {
            identities: HashSet::with_capacity_and_hasher(identities, RandomState::default()),
            codes: HashSet::with_capacity_and_hasher(codes, RandomState::default()),
            wallets: HashSet::with_capacity_and_hasher(wallets, RandomState::default()),
        }
    }

    fn is_new(&mut self, entry: &'a Entry) -> bool {
        let owner = &entry.owner;
        let wallet = owner.wallet.as_deref().map(Wallet);
        let code = owner.connect_code.as_deref();
        let known = owner.identity.is_some_and(|identity| self.identities.contains(&identity))
            || code.is_some_and(|code| self.codes.contains(code))
            || wallet.as_ref().is_some_and(|wallet| self.wallets.contains(wallet));
        if known {
            return false;
        }
        self.identities.extend(owner.identity);
        self.codes.extend(code);
        self.wallets.extend(wallet);
        true
    }
}

/// A wallet's address, whatever case its letters have.
struct Wallet<'a>(&'a str);

impl PartialEq for Wallet<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Wallet<'_> {}

impl Hash for Wallet<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (words, rest) = self.0.as_bytes().as_chunks::<8>();
        for mut word in words.iter().copied() {
            word.make_ascii_lowercase();
            state.write_u64(u64::from_le_bytes(word));
        }
        for byte in rest {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

fn nearest_pairs<'a>(line: &[&'a Entry], window: &Window, now: At, pairs: &mut Vec<Pair<'a>>) {
    let mut field = Field::of(line, window, now);
    for (rank, first) in line.iter().enumerate() {
        if let Some(partner) = field.meet(rank) {
            pairs.push(Pair { first, second: line[partner] });
        }
    }
}

#[cfg(test)]
mod tests;
