//! CODE DUEL: two type the same line of code, and who types it first and cleanly wins.
//!
//! Everything is decided here from the keystrokes that arrive; what a client says about its own
//! progress is not asked for. Nothing here reads a clock or rolls dice.
//!
//! - `sequence`: the line, from a seed.
//! - `commitment`: the promise of it that both get before they see it.
//! - `typing`: one side's keystrokes, and which cannot be.
//! - `progress`: how far a side is, for its opponent and for spectators.
//! - `rules`: who wins, and when.

pub mod commitment;
pub mod progress;
pub mod rules;
pub mod sequence;
pub mod typing;
