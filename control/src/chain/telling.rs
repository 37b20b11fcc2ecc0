//! What the contracts tell, in the words of the domains that keep it: a domain, an arm in each of the
//! two functions of [`Sink`].
//!
//! Invariant: every event that a domain acts on reaches it, with its place, and every block that is
//! forgotten is forgotten by all of them.

use alloy::primitives::{Address, B256};

use super::contracts::DuelEscrow::DuelEscrowEvents;
use super::contracts::PredictionPool::PredictionPoolEvents;
use super::contracts::Wager::WagerEvents;
use super::follower::{Event, Place, Sink, Told};
use super::intents::Asked;
use crate::escrows::rules::standing as escrow;
use crate::matches::rules::Sides;
use crate::onchain::{Account, Block, MatchKey};
use crate::pools::rules::tally;
use crate::store::{self, Tx};
use crate::time::At;
use crate::uint::{EscrowId, PoolId, WagerId, Wei};
use crate::wagers::rules::standing;
use crate::{escrows, pools, wagers};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Telling;

impl Sink for Telling {
    fn observe<'a>(
        &'a self,
        tx: &'a mut Tx,
        told: &'a Told,
        now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        let (block, log) = place(&told.at);
        Box::pin(async move {
            match &told.event {
                Event::Wager(event) => {
                    let (id, said) = of_wager(event);
                    wagers::contract::observe(tx, id, &said, &block, log, now).await
                }
                Event::Pool(event) => {
                    let (id, said) = of_pool(event, told.rake_bps);
                    pools::contract::observe(tx, id, &said, &block, log, now).await
                }
                Event::Escrow(event) => {
                    let (id, said) = of_escrow(event);
                    escrows::contract::observe(tx, id, &said, &block, log, now).await
                }
            }
        })
    }

    fn forget<'a>(
        &'a self,
        tx: &'a mut Tx,
        block: B256,
        now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        let hash = block.to_string();
        Box::pin(async move {
            wagers::contract::forget_block(tx, &hash, now).await?;
            pools::contract::forget_block(tx, &hash, now).await?;
            escrows::contract::forget_block(tx, &hash, now).await
        })
    }
}

fn of_wager(event: &WagerEvents) -> (WagerId, standing::Said) {
    use standing::Said;
    match event {
        WagerEvents::WagerProposed(it) => {
            let (proposer, opponent) = (account(it.proposer), account(it.opponent));
            let (amount, game) = (Wei(it.amount), Some(it.gameId.clone()));
            (WagerId(it.wagerId), Said::Proposed { proposer, opponent, amount, game })
        }
        WagerEvents::WagerBound(it) => {
            (WagerId(it.wagerId), Said::Bound { match_key: match_key(it.matchId) })
        }
        WagerEvents::WagerAccepted(it) => {
            (WagerId(it.wagerId), Said::Accepted { by: account(it.opponent) })
        }
        WagerEvents::WagerSettled(it) => {
            let (match_key, winner) = (match_key(it.matchId), account(it.winner));
            (WagerId(it.wagerId), Said::Settled { match_key, winner })
        }
        WagerEvents::WagerCancelled(it) => (WagerId(it.wagerId), Said::Cancelled),
        WagerEvents::WagerVoided(it) => (WagerId(it.wagerId), Said::Voided),
    }
}

fn of_pool(event: &PredictionPoolEvents, rake_bps: Option<u16>) -> (PoolId, tally::Said) {
    use tally::Said;
    match event {
        PredictionPoolEvents::PoolCreated(it) => {
            let (a, b) = (account(it.playerA), account(it.playerB));
            (PoolId(it.poolId), Said::Created { match_key: match_key(it.matchId), a, b, rake_bps })
        }
        PredictionPoolEvents::BetPlaced(it) => {
            let (bettor, amount) = (account(it.bettor), Wei(it.amount));
            (PoolId(it.poolId), Said::Bet { bettor, on_a: it.betOnA, amount })
        }
        PredictionPoolEvents::PoolResolved(it) => {
            (PoolId(it.poolId), Said::Resolved { winner: account(it.winner) })
        }
        PredictionPoolEvents::PoolCancelled(it) => (PoolId(it.poolId), Said::Cancelled),
        PredictionPoolEvents::PayoutClaimed(it) => {
            let (bettor, amount) = (account(it.bettor), Wei(it.amount));
            (PoolId(it.poolId), Said::Claimed { bettor, amount })
        }
    }
}

fn of_escrow(event: &DuelEscrowEvents) -> (EscrowId, escrow::Said) {
    use escrow::Said;
    match event {
        DuelEscrowEvents::MatchCreated(it) => {
            let number = EscrowId(it.matchId);
            let players = Sides { first: account(it.player1), second: account(it.player2) };
            let agreed = escrow::Agreed { players, tier: it.tier, stake: Wei(it.stake) };
            (number, Said::Created { key: match_key(it.nonce), number, agreed })
        }
        DuelEscrowEvents::PlayerJoined(it) => {
            (EscrowId(it.matchId), Said::Joined { player: account(it.player) })
        }
        DuelEscrowEvents::MatchStarted(it) => (EscrowId(it.matchId), Said::Started),
        DuelEscrowEvents::MatchResolved(it) => {
            (EscrowId(it.matchId), Said::Resolved { winner: account(it.winner) })
        }
        DuelEscrowEvents::MatchCancelled(it) => (EscrowId(it.matchId), Said::Cancelled),
        DuelEscrowEvents::PlayerPaidOut(it) => {
            let (player, amount) = (account(it.player), Wei(it.payout));
            (EscrowId(it.matchId), Said::Paid { player, amount })
        }
    }
}

fn account(address: Address) -> Account {
    Account::from(address)
}

fn match_key(id: B256) -> MatchKey {
    MatchKey::from(id)
}

fn place(at: &Place) -> (Block, i64) {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let block = Block { number: signed(at.number), hash: at.block.to_string(), at: at.time };
    (block, signed(at.log_index))
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{U256, address, b256};

    use super::*;
    use crate::chain::contracts::{PredictionPool, Wager};

    #[test]
    fn what_contracts_tell_is_kept_in_the_spelling_that_rows_have() {
        let (id, said) = of_wager(&WagerEvents::WagerProposed(Wager::WagerProposed {
            wagerId: U256::MAX,
            proposer: address!("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"),
            opponent: Address::ZERO,
            gameId: "melee".to_owned(),
            amount: U256::from(7),
        }));
        assert_eq!(id, WagerId(U256::MAX));
        let standing::Said::Proposed { proposer, opponent, amount, game } = said else {
            panic!("it is a proposal")
        };
        assert_eq!(proposer.to_string(), "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
        assert!(opponent.is_nobody());
        assert_eq!((amount, game.as_deref()), (Wei::small(7), Some("melee")));
        let key = b256!("0x11e594f481958c10e3015d0bf0447a22f068a8a647f475df15ce2c7ab4b8f3f1");
        let id = "00000000-0000-4000-8000-000000000001".parse().unwrap();
        let created = PredictionPoolEvents::PoolCreated(PredictionPool::PoolCreated {
            poolId: U256::ZERO,
            matchId: key,
            playerA: Address::repeat_byte(1),
            playerB: Address::repeat_byte(2),
        });
        let tally::Said::Created { match_key, .. } = of_pool(&created, None).1 else {
            panic!("it is a new pool")
        };
        assert_eq!(match_key, MatchKey::of(id));
        assert_eq!(match_key.hash(), Some(key));
    }
}
