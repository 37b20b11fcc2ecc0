//! The queue of an arena under joins: everybody joins, waits for a match, and is asked about it at
//! the end.
//!
//! Invariant: what is said about an entry is what the arena answered about it; what it was not
//! asked, or did not answer, counts as nothing good.
//!
//! | to learn | read |
//! |---|---|
//! | what can be asked for | `arguments.rs` |
//! | the phases of a run | `run.rs` |
//! | how joins leave, and who waits for a match | `players.rs` |
//! | joins and notices over sockets | `gateway.rs` |
//! | what is known about each entry | `book.rs` |
//! | whether that is right | `audit.rs` |

mod arguments;
mod audit;
mod book;
mod gateway;
pub(crate) mod http;
mod past;
mod players;
mod report;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use self::arguments::Queue;
pub(crate) use self::run::run;
