//! What both sides tell of a match, and what is made of it.

pub mod rules;
