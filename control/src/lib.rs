//! The control plane decides who meets whom, and what came of it. It never touches a frame.
#![forbid(unsafe_code)]

pub mod ids;
pub mod queue;
pub mod ratings;
pub mod time;
