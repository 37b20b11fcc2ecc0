//! Stakes on a real EVM: whatever the chain and its nodes do, each effect is there once, everybody has
//! what is theirs, and nothing is stuck.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use alloy::sol_types::{SolCall as _, SolEvent};
use arena_control::chain::contracts::PredictionPool::{PoolCancelled, PoolResolved};
use arena_control::chain::contracts::Wager::{WagerSettled, WagerVoided, claimTimeoutCall};
use arena_control::chain::effects::Prepared;
use arena_control::chain::intents::Intent;
use arena_control::time::Span;
use arena_protocol::result::match_id;
use serde_json::json;

use crate::proxy::Fault;
use crate::table::{A_GAME, BETTORS, Registry, Stakes, Table, player};
use crate::world::key;

pub(crate) const SEND: &str = "eth_sendRawTransaction";
const STAKE: u64 = 1_000_000;

impl Table {
    /// How often a contract has said something.
    pub(crate) async fn said<E: SolEvent>(&self, of: Address) -> usize {
        self.anvil.logs(of, E::SIGNATURE_HASH).await
    }

    pub(crate) async fn claims(&mut self, bettor: usize, refund: bool) {
        let (from, pool, id) = (BETTORS[bettor].parse().unwrap(), self.pool, U256::ZERO);
        if refund {
            self.transact(from, pool, &Stakes::claimRefundCall { poolId: id }, 0).await;
        } else {
            self.transact(from, pool, &Stakes::claimCall { poolId: id }, 0).await;
        }
    }

    pub(crate) async fn due(&self, bettor: usize) -> serde_json::Value {
        self.get(&format!("/v1/pools/0/claims/{}", BETTORS[bettor])).await["due"].clone()
    }

    pub(crate) async fn owes_nothing(&self) {
        for contract in [self.wager, self.pool] {
            assert_eq!(self.balance(contract).await, U256::ZERO);
        }
    }
}

pub(crate) fn kinds(expected: &[&str]) -> BTreeMap<String, u64> {
    expected.iter().map(|kind| ((*kind).to_owned(), 1)).collect()
}

#[tokio::test]
async fn a_wager_is_paid_to_the_winner_by_the_record_of_its_match() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "locked");
    table.proxy.fail_times(3, Fault::Unheard(SEND));
    table.pass(A_GAME).await;
    table.report(&met, [2, 0]).await;
    let before = table.balance(player(0)).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!(table.balance(player(0)).await - before, U256::from(2 * STAKE));
    let wager = table.wager_of(&met).await;
    assert_eq!((&wager["standing"]["chain"], &wager["due"]), (&json!("paid"), &json!(null)));
    let shown = table.get(&format!("/matches/{}/wager", met.id)).await;
    assert_eq!(shown["wager_status"], "settled");
    assert_eq!(table.said::<WagerSettled>(table.wager).await, 1);
    let done =
        kinds(&["record_match", "settle_wager", "create_pool", "close_pool", "resolve_pool"]);
    assert_eq!(table.done().await, done);
    table.owes_nothing().await;
}

#[tokio::test]
async fn stakes_of_a_match_without_a_result_go_back_after_the_contracts_hour() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    let before = [table.balance(player(0)).await, table.balance(player(1)).await];
    table.pass(Span::seconds(1_800)).await;
    assert_eq!(table.wager_of(&met).await["course"]["why"], "no_result");
    table.settle().await;
    assert_eq!(table.said::<WagerVoided>(table.wager).await, 0, "the hour is not over");
    table.pass(Span::seconds(1_800)).await;
    table.settle().await;
    let after = [table.balance(player(0)).await, table.balance(player(1)).await];
    for side in [0, 1] {
        assert_eq!(after[side] - before[side], U256::from(STAKE));
    }
    assert_eq!(table.said::<WagerVoided>(table.wager).await, 1);
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "returned");
    table.owes_nothing().await;
}

#[tokio::test]
async fn what_stands_without_both_signatures_gives_bets_and_stakes_back() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    table.bet(0, true, 300).await;
    table.pass(A_GAME).await;
    table.report(&met, [1, 0]).await;
    table.settle().await;
    assert_eq!(table.said::<PoolCancelled>(table.pool).await, 0, "it may still be signed");
    table.pass(Span::seconds(86_400)).await;
    table.settle().await;
    assert_eq!(table.said::<PoolCancelled>(table.pool).await, 1);
    assert_eq!(table.said::<WagerVoided>(table.wager).await, 1);
    table.claims(0, true).await;
    table.owes_nothing().await;
}

#[tokio::test]
async fn a_payment_that_a_reorganisation_takes_back_is_made_again() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    table.pass(A_GAME).await;
    table.report(&met, [2, 0]).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "paid");
    table.anvil.reorganise(8).await;
    table.follow().await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "locked");
    // The jobs are ready again once the sender has seen it.
    table.turn().await;
    table.settle().await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "paid");
    assert_eq!(table.said::<WagerSettled>(table.wager).await, 1);
    table.owes_nothing().await;
}

#[tokio::test]
async fn a_key_without_money_pays_everybody_once_it_has_some() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    let money = table.balance(key().address()).await;
    table.pass(A_GAME).await;
    table.anvil.set_balance(key().address(), U256::ZERO).await;
    table.report(&met, [2, 0]).await;
    table.sign(&met).await;
    for _ in 0..5 {
        table.pass(Span::seconds(6)).await;
    }
    let open = table.jobs("ready").await;
    let says = |job: &serde_json::Value| job["error"].as_str().unwrap().contains("cannot pay");
    assert!(open.iter().any(|job| job["kind"] == "record_match" && says(job)), "{open:#?}");
    table.anvil.set_balance(key().address(), money).await;
    table.settle().await;
    assert_eq!(table.said::<WagerSettled>(table.wager).await, 1);
    table.owes_nothing().await;
}

#[tokio::test]
async fn both_agents_ratings_are_posted_once() {
    let mut table = Table::new().await;
    let agents = [table.register(0).await, table.register(1).await];
    let met = table.meet(Some(agents)).await;
    // The reorganisation is not to reach what is before the game.
    for _ in 0..10 {
        table.turn().await;
    }
    table.proxy.fail_times(4, Fault::Unheard(SEND));
    table.pass(A_GAME).await;
    table.report(&met, [2, 0]).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!(table.said::<Registry::NewFeedback>(table.reputation).await, 2);
    assert_eq!(table.done().await["post_rating"], 2);
    table.anvil.reorganise(12).await;
    table.follow().await;
    table.turn().await;
    table.settle().await;
    assert_eq!(table.said::<Registry::NewFeedback>(table.reputation).await, 2);
}

#[tokio::test]
async fn a_number_of_somebody_elses_agent_has_nothing_posted() {
    let mut table = Table::new().await;
    let [first, second] = [table.register(0).await, table.register(1).await];
    for agents in [[second, first], [first, 1_000]] {
        let met = table.meet(Some(agents)).await;
        table.pass(A_GAME).await;
        table.report(&met, [2, 0]).await;
        table.sign(&met).await;
        for _ in 0..8 {
            table.turn().await;
        }
    }
    assert_eq!(table.said::<Registry::NewFeedback>(table.reputation).await, 1, "its own agent's");
    let failed = table.jobs("failed").await;
    let told = |job: &serde_json::Value| job["error"].as_str().unwrap().contains("who played for");
    assert!(failed.len() == 3 && failed.iter().all(told), "{failed:#?}");
}

#[tokio::test]
async fn a_record_that_the_players_made_themselves_pays_the_winner_and_the_bets() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    table.bet(0, true, 300).await;
    table.bet(1, false, 100).await;
    table.pass(A_GAME).await;
    table.report(&met, [1, 0]).await;
    table.record(&met).await;
    let before = table.balance(player(0)).await;
    table.clock.advance(Span::seconds(86_400));
    table.mine().await;
    table.proxy.fail_times(1, Fault::Refuses("eth_estimateGas", "header not found"));
    let back = Intent::RefundWager { wager_id: U256::ZERO, match_id: match_id(&met.id) };
    let moody = table.prepared(&back).await;
    assert!(matches!(moody, Prepared::NotYet(_)), "no word of the contract: {moody:?}");
    table.settle().await;
    assert_eq!(table.balance(player(0)).await - before, U256::from(2 * STAKE));
    assert_eq!(table.said::<WagerVoided>(table.wager).await, 0);
    assert_eq!(table.said::<PoolResolved>(table.pool).await, 1);
    table.claims(0, false).await;
    table.owes_nothing().await;
}

#[tokio::test]
async fn a_wager_on_another_game_is_not_secured_and_its_stakes_go_back() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.offer("ultimate", &met, STAKE).await;
    let why = table.why_not(&met, STAKE).await;
    assert!(why.contains("another proposer, opponent, game or amount"), "{why}");
    table.take_up(STAKE).await;
    table.pass(A_GAME).await;
    table.report(&met, [1, 0]).await;
    table.sign(&met).await;
    table.settle().await;
    let (wager_id, match_id) = (U256::ZERO, match_id(&met.id));
    let settle = Intent::SettleWager { wager_id, match_id };
    let early = table.prepared(&settle).await;
    assert!(matches!(early, Prepared::NotYet(_)), "{early:?}");
    table.pass(Span::seconds(3_600)).await;
    let Prepared::Call(call) = table.prepared(&settle).await else { panic!("it can go back") };
    assert_eq!(call.data, claimTimeoutCall { wagerId: wager_id }.abi_encode());
}

#[tokio::test]
async fn stakes_that_were_locked_on_other_terms_than_agreed_are_given_back_by_the_arena() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.agree(&met, STAKE).await;
    table.offer("ultimate", &met, STAKE + 1).await;
    table.take_up(STAKE + 1).await;
    let wager = table.wager_of(&met).await;
    assert_eq!(
        (&wager["course"]["why"], &wager["due"]),
        (&json!("contradicted"), &json!("refund"))
    );
    table.pass(A_GAME).await;
    table.report(&met, [2, 0]).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!(table.said::<WagerVoided>(table.wager).await, 0, "the hour is not over");
    let before = [table.balance(player(0)).await, table.balance(player(1)).await];
    table.pass(Span::seconds(3_600)).await;
    table.settle().await;
    let after = [table.balance(player(0)).await, table.balance(player(1)).await];
    for side in [0, 1] {
        assert_eq!(after[side] - before[side], U256::from(STAKE + 1));
    }
    assert_eq!(table.done().await["refund_wager"], 1);
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "returned");
    table.owes_nothing().await;
}

#[tokio::test]
async fn the_loser_of_a_wager_that_names_no_match_may_settle_it_by_another_and_it_is_said() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.offer_any(STAKE).await;
    table.agree(&met, STAKE).await;
    table.take_up(STAKE).await;
    let open = table.get(&format!("/matches/{}/wager", met.id)).await;
    assert_eq!((&open["bound"], &open["secured"]), (&json!(false), &json!(false)));
    let another = table.meet(None).await;
    table.pass(A_GAME).await;
    table.report(&met, [2, 0]).await;
    table.report(&another, [0, 2]).await;
    table.record(&another).await;
    table.settle_by(&another).await;
    table.sign(&met).await;
    table.settle().await;
    let wager = table.wager_of(&met).await;
    assert_eq!(wager["course"], json!({ "state": "won", "winner": "p1" }));
    assert_eq!(wager["standing"], json!({ "chain": "paid_elsewhere", "winner": "p2" }));
    assert!(wager["detail"].as_str().unwrap().contains("by another match of the two"), "{wager}");
    let shown = table.get(&format!("/matches/{}/wager", met.id)).await;
    assert_eq!(shown["wager_status"], "voided");
    table.owes_nothing().await;
}
