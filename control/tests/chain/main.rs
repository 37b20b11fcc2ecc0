//! The chain's side against a real EVM: anvil, whose binary `ARENA_TEST_ANVIL` names, as
//! `./test` does, through a proxy that does what nodes do at their worst.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

mod anvil;
mod bets;
mod escrows;
mod follower;
mod former;
mod nodes;
mod others;
mod proxy;
mod sender;
mod stakes;
mod table;
mod vouching;
mod world;
