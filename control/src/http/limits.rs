//! How often somebody may ask: budgets by address prefix and by identity.
//!
//! A budget is one number, the time at which it will be full again (GCRA). What is full is as good
//! as unknown, so the table forgets it.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::ids::PlayerId;
use crate::time::At;

const SHARDS: usize = 16;
/// Budgets that are kept in a shard; when they are more, those that are full go, and if none is,
/// strangers are refused until one fills.
const SHARD_MAX: usize = 8192;

/// What one address, and one identity, may ask.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Any request.
    pub any: Rate,
    /// Requests that cost much: passwords, registrations, challenges.
    pub costly: Rate,
    /// Whether addresses of this machine are asked for moderation too.
    pub loopback: bool,
}

/// So many a second, and so many at once.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// A second, in the long run.
    pub per_s: f64,
    /// At once.
    pub burst: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            any: Rate { per_s: 50.0, burst: 200 },
            costly: Rate { per_s: 0.5, burst: 20 },
            loopback: false,
        }
    }
}

/// Whose budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// An address and those of the same hand: one of IPv4, a /64 of IPv6.
    Prefix(u64, bool),
    Identity(PlayerId),
}

impl Payer {
    /// Of an address; costly requests have a budget of their own.
    pub(crate) fn address(address: IpAddr, costly: bool) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::Prefix(u64::from(v4.to_bits()), costly),
            // The upper half is never that of an IPv4 address: those have 32 bits.
            IpAddr::V6(v6) => Self::Prefix((v6.to_bits() >> 64) as u64 | 1 << 63, costly),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Limiter {
    rates: Rates,
    hasher: RandomState,
    shards: [Mutex<HashMap<Payer, i64>>; SHARDS],
}

impl Limiter {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            rates,
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    pub(crate) fn spares(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() && !self.rates.loopback
    }

    /// Takes one request out of a budget, or says after how many seconds there will be one.
    pub(crate) fn take(&self, payer: Payer, costly: bool, now: At) -> Result<(), u64> {
        let rate = if costly { self.rates.costly } else { self.rates.any };
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of configured rates")]
        let each_ms = (1000.0 / rate.per_s) as i64;
        let burst_ms = each_ms * i64::from(rate.burst);
        #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
        let shard = &self.shards[self.hasher.hash_one(payer) as usize % SHARDS];
        let mut budgets = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= SHARD_MAX && !budgets.contains_key(&payer) {
            budgets.retain(|_, full_at| *full_at > now.0);
            if budgets.len() >= SHARD_MAX {
                return Err(1);
            }
        }
        let full_at = budgets.entry(payer).or_insert(now.0);
        // Only a clock that went back leaves it so far ahead; nobody is shut out for as long as that.
        if *full_at > now.0 + burst_ms {
            *full_at = now.0;
        }
        let full_then = (*full_at).max(now.0) + each_ms;
        if full_then - now.0 > burst_ms {
            let wait_ms = full_then - now.0 - burst_ms;
            return Err(u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000));
        }
        *full_at = full_then;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_allows_its_burst_and_then_its_rate() {
        let any = Rate { per_s: 10.0, burst: 5 };
        let limiter = Limiter::new(Rates { any, ..Rates::default() });
        let payer = Payer::address([192, 0, 2, 1].into(), false);
        let take = |ms| limiter.take(payer, false, At(ms));
        assert!((0..5).all(|_| take(0).is_ok()), "the burst");
        assert_eq!(take(0), Err(1));
        assert_eq!(take(99), Err(1));
        assert_eq!(take(100), Ok(()));
        assert_eq!(take(100), Err(1));
        let other = Payer::address([192, 0, 2, 2].into(), false);
        assert!(limiter.take(other, false, At(0)).is_ok(), "another address has its own");
        assert_eq!(take(-10_000_000), Ok(()), "clocks may go back");
        assert_eq!(take(-10_000_000), Ok(()));
    }

    #[test]
    fn who_has_many_addresses_of_one_prefix_has_one_budget() {
        let of = |address: &str| Payer::address(address.parse().unwrap(), false);
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
