//! How strong somebody is, by what came of their matches.

pub mod rules;
