//! The chain's side against a real EVM: anvil, which is asked where `ARENA_TEST_ANVIL` names its
//! binary, which `./test` does, through a proxy that does what nodes do at their worst.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

mod anvil;
mod escrows;
mod follower;
mod nodes;
mod proxy;
mod sender;
mod stakes;
mod table;
mod vouching;
mod world;
