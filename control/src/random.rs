//! The control plane's one source of chance. Whoever needs it is handed [`Chance`].

use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};

use crate::time::At;

/// Random bits: the system's, or those of a seed.
#[derive(Debug)]
pub struct Chance(Option<Mutex<StdRng>>);

impl Chance {
    /// Nobody can guess them.
    pub const fn of_the_system() -> Self {
        Self(None)
    }

    /// The same every time: for tests and simulations.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills with random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            None => rand::rng().fill_bytes(&mut bytes),
            Some(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// 128 bits for an id, a UUID of version 7: the time first, so that indexes grow at their end
    /// and do not slow down with their size, then 74 bits that nobody can guess.
    pub fn id(&self, now: At) -> u128 {
        let time = u128::from(now.0.unsigned_abs()) & 0xffff_ffff_ffff;
        let bits = u128::from_be_bytes(self.bytes());
        let random = bits & !(0xffff_ffff_ffff << 80) & !(0xf << 76) & !(0x3 << 62);
        time << 80 | 0x7 << 76 | 0x2 << 62 | random
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MatchId;

    #[test]
    fn ids_are_in_the_order_of_time_and_never_twice() {
        let chance = Chance::seeded(1);
        let early = MatchId(chance.id(At(1_700_000_000_000))).to_string();
        let late = MatchId(chance.id(At(1_700_000_000_001))).to_string();
        assert!(early < late);
        assert_eq!(&early[..15], "018bcfe5-6800-7");
        assert!("89ab".contains(&early[19..20]), "{early}");
        assert_ne!(chance.id(At(5)), chance.id(At(5)));
    }
}
