//! The control plane as its clients see it: every request goes through the whole router.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod cups;
#[cfg(test)]
mod escrows;
#[cfg(test)]
mod faucet;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod gateway_docs;
#[cfg(test)]
mod gateway_keys;
#[cfg(test)]
mod gateway_sockets;
mod gateway_stakes;
#[cfg(test)]
mod gateway_tournaments;
#[cfg(test)]
mod identities;
#[cfg(test)]
mod lobbies;
#[cfg(test)]
mod matches;
#[cfg(test)]
mod older;
#[cfg(test)]
mod once;
#[cfg(test)]
mod pools;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod ratings;
#[cfg(test)]
mod results;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod signatures_of_contracts;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tournaments;
#[cfg(test)]
mod tournaments_before;
#[cfg(test)]
mod tournaments_games;
#[cfg(test)]
mod tournaments_left;
#[cfg(test)]
mod wagers;
#[cfg(test)]
mod wagers_held;
mod wagers_named;
#[cfg(test)]
mod waiting;
#[cfg(test)]
mod whole_match;
