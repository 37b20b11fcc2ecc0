//! Where more than two gather before a game: crews against each other, and everybody for himself.

pub mod rules;
