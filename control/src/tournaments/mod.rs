//! Tournaments: who enters, who meets whom, and who wins.
//!
//! - `rules`: formats, seeding, brackets, standings, and a tournament's course, as functions.

pub mod rules;
