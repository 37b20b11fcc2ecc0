//! Benchmarks, each named as the question that it answers: `cargo bench --workspace`.
//!
//! - `decode.rs`: what bytes cost before anybody is sent anything.
//! - `ring.rs`: what writer and readers of a channel cost each other.
//! - `fan_out.rs`: what a batch costs from a publisher to its viewers, without a network.
//! - `matching.rs`: what a round of matching costs while 100,000 wait.
