//! One node of several: how it is, and how long it rests when it is not well.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::random::Chance;
use crate::time::{At, Span};

/// How long a node rests after it did not answer: doubled from the first up to the last.
const REST: Span = Span(250);
const REST_MAX: Span = Span::seconds(15);
/// A node of another chain is asked again whether it is, after so long.
const WRONG_REST: Span = Span::seconds(60);
/// A newest block that is no other for so long is held against those of the other nodes.
const STILL: Span = Span::seconds(10);

/// A node of the configuration.
pub(super) struct Endpoint {
    pub(super) url: reqwest::Url,
    health: Mutex<Health>,
    /// How often it did not answer.
    failures: AtomicU64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// Whether it has said that it is of our chain since it last failed.
    pub(super) known: bool,
    failures: u32,
    rests_until: At,
    trouble: Option<String>,
    newest: Newest,
    /// The block that another node had and it had not: it is asked nothing before it has that.
    pub(super) owes: Option<u64>,
}

/// The highest block that a node had, and since when it shows no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Newest {
    number: u64,
    since: At,
}

/// How a node is, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Which, without what may be a secret in its address.
    pub host: String,
    /// What is wrong with it, if something is.
    pub trouble: Option<String>,
    /// How often it did not answer.
    pub failures: u64,
}

/// Why a node is not asked.
pub(super) enum Unwell {
    /// For now.
    Passing(String),
    /// It is of another chain.
    OfAnother(String),
}

impl Endpoint {
    pub(super) fn new(url: reqwest::Url) -> Self {
        Self { url, health: Mutex::default(), failures: AtomicU64::new(0) }
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub(super) fn condition(&self) -> Condition {
        Condition {
            host: self.host(),
            trouble: self.health().trouble.clone(),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }

    pub(super) fn rests(&self, now: At) -> bool {
        self.health().rests_until > now
    }

    pub(super) fn went_well(&self) {
        let mut health = self.health();
        if health.trouble.is_some() {
            tracing::info!(node = self.host(), "a node of the chain answers again");
        }
        let newest = health.newest;
        *health = Health { known: true, newest, ..Health::default() };
    }

    pub(super) fn failed(&self, now: At, unwell: Unwell, chance: &Chance) {
        // A count, and nothing that it publishes.
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut health = self.health();
        let (why, rest) = match unwell {
            Unwell::Passing(why) => {
                health.failures = health.failures.saturating_add(1);
                (why, rest(health.failures, chance.bytes()))
            }
            Unwell::OfAnother(why) => (why, WRONG_REST),
        };
        if health.trouble.as_ref() != Some(&why) {
            tracing::warn!(node = self.host(), why, "a node of the chain is not asked for a while");
        }
        health.known = false;
        health.trouble = Some(why);
        health.rests_until = now + rest;
    }

    /// Notes its newest block; whether that has stood still for so long that others are to be asked.
    pub(super) fn stands_still(&self, number: u64, now: At) -> bool {
        self.health().newest.stands_still(number, now)
    }
}

impl Newest {
    fn stands_still(&mut self, number: u64, now: At) -> bool {
        if number > self.number {
            *self = Self { number, since: now };
            return false;
        }
        let still = now >= self.since + STILL;
        if still {
            self.since = now;
        }
        still
    }
}

/// A pause that doubles, of which half is left to chance, so that many do not return together.
fn rest(failures: u32, chance: [u8; 1]) -> Span {
    let doubled = REST.0.saturating_mul(1 << failures.clamp(1, 16).saturating_sub(1));
    let whole = doubled.min(REST_MAX.0);
    Span(whole / 2 + whole * u64::from(chance[0]) / 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_up_to_a_limit_and_half_of_them_is_chance() {
        let rests = |chance| [1, 2, 3, 40].map(|failures| rest(failures, [chance]).0);
        assert_eq!(rests(0), [125, 250, 500, 7_500]);
        assert!(rests(255).into_iter().all(|span| span < REST_MAX.0));
        assert!(rest(3, [255]) > rest(3, [0]));
    }

    #[test]
    fn a_block_that_stays_the_newest_is_doubted_now_and_then() {
        let mut newest = Newest::default();
        let doubted = [(5, 0), (5, 9), (5, 10), (5, 11), (4, 19), (5, 20), (6, 31), (6, 40)]
            .map(|(number, second)| newest.stands_still(number, At(0) + Span::seconds(second)));
        assert_eq!(doubted, [false, false, true, false, false, true, false, false]);
    }
}
