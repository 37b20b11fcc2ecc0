//! Who waits for an opponent, and who meets whom.

pub mod rules;
