//! Arena's Rust SDK.

pub mod play;
