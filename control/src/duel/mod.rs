//! CODE DUEL: two type the same line of code, and who types it first and cleanly wins.
//!
//! Everything is decided here from the keystrokes that arrive; what a client says about its own
//! progress is not asked for. Nothing here reads a clock or rolls dice.
//!
//! - `sequence`: the line, from a seed.
//! - `commitment`: the promise of it that both get before they see it.
//! - `typing`: one side's keystrokes, and which cannot be.
//! - `progress`: how far a side is, for its opponent and for spectators.
//! - `records`: how somebody's duels went.
//! - `rules`: who wins, and when.
//! - `service`: a duel's rows.
//! - `shown`: duels as channels of a relay.
//! - `stage`: the duels that go on, for whoever shows them elsewhere.

pub mod commitment;
pub mod progress;
pub mod records;
pub mod rules;
pub mod sequence;
pub(crate) mod service;
pub mod shown;
pub mod stage;
pub mod typing;

use crate::random::Chance;

/// The queue whose matches are duels.
pub const QUEUE: &str = "code_duel";

/// What a duel's line and promise are made of.
#[derive(Clone, Copy)]
pub(crate) struct Secret {
    seed: [u8; 32],
    salt: [u8; 32],
}

/// A duel as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) line: String,
    /// In hex.
    pub(crate) salt: String,
    /// From the start on.
    pub(crate) game: Option<rules::Duel>,
    pub(crate) version: i64,
}

impl Secret {
    pub(crate) fn draw(chance: &Chance) -> Self {
        Self { seed: chance.bytes(), salt: chance.bytes() }
    }

    pub(crate) fn salt_hex(&self) -> String {
        commitment::hex(&self.salt)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

impl Kept {
    /// What both are told before they see the line.
    pub(crate) fn commitment(&self) -> String {
        commitment::of_hex(&self.salt, &self.line)
    }
}

/// The line of a match that is a duel.
pub(crate) fn line_of(queue: &str, tier: Option<&str>, secret: &Secret) -> Option<String> {
    let tier = tier.filter(|_| queue == QUEUE)?;
    let (_, band) = sequence::BANDS.into_iter().find(|(name, _)| *name == tier)?;
    Some(sequence::line(band, &secret.seed))
}
