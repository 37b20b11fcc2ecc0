//! After whatever went wrong, each match is recorded once, and nothing is stuck.

use alloy::primitives::{Bytes, U256};
use arena_control::chain::fees::Fees;
use arena_control::chain::intents::Kind;
use arena_control::chain::key::Unsigned;
use arena_control::time::Span;
use serde_json::json;

use crate::anvil::number;
use crate::proxy::Fault;
use crate::world::{CHAIN_ID, CONFIRMATIONS, LIMITS, World, key};

const SEND: &str = "eth_sendRawTransaction";

#[tokio::test]
async fn matches_are_recorded() {
    let mut world = World::new().await;
    world.ask(100).await;
    world.settle().await;
    world.is_recorded().await;
    let status = world.status().await;
    assert_eq!(status["jobs"], json!([{ "kind": "record_match", "state": "done", "count": 100 }]));
}

#[tokio::test]
async fn a_node_that_is_down_for_a_minute_delays_and_loses_nothing() {
    let mut world = World::new().await;
    world.ask(2).await;
    world.turn().await;
    world.ask(2).await;
    world.proxy.fail(Fault::Down);
    for _ in 0..20 {
        world.turn().await;
        world.clock.advance(Span::seconds(3));
    }
    assert_eq!(world.jobs("ready").await.len(), 4);
    world.proxy.is_well();
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_transaction_was_accepted_costs_nothing() {
    let mut world = World::new().await;
    world.ask(5).await;
    world.proxy.fail_times(3, Fault::Unheard(SEND));
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_process_that_dies_before_or_after_it_sent_is_taken_up_by_another() {
    for fault in [Fault::Swallows(SEND), Fault::Hangs(SEND)] {
        for method in [None, Some("eth_estimateGas"), Some("eth_getBalance")] {
            let mut world = World::new().await;
            world.ask(3).await;
            world.proxy.fail(method.map_or(fault, Fault::Hangs));
            world.die_while_waiting().await;
            world.proxy.is_well();
            world.settle().await;
            world.is_recorded().await;
        }
    }
    let mut world = World::new().await;
    world.ask(3).await;
    world.turn().await;
    world.anvil.mine(1).await;
    world.proxy.fail(Fault::Hangs("eth_getTransactionReceipt"));
    world.die_while_waiting().await;
    world.proxy.is_well();
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_process_that_stops_in_good_order_is_taken_up_at_once() {
    let mut world = World::new().await;
    world.ask(3).await;
    world.proxy.fail(Fault::Hangs(SEND));
    world.stop_while_waiting().await;
    world.proxy.is_well();
    // Not a second has passed; of one that had died, the lease would still hold.
    world.turn().await;
    world.settle().await;
    world.is_recorded().await;
    let metrics = world.text("/metrics").await;
    for line in [
        "chain_job_seconds_count 3",
        "chain_sends 0",
        "chain_transactions{state=\"pending\"} 0",
        "chain_transactions{state=\"mined\"} 3",
        "chain_trouble{what=\"sender\"} 0",
    ] {
        assert!(metrics.contains(&format!("arena_control_{line}\n")), "{line} in {metrics}");
    }
    assert!(metrics.contains("arena_control_chain_key_balance_wei 1"), "{metrics}");
}

/// A transaction of the same key that the arena knows nothing of.
async fn foreign(world: &World) {
    let key = key();
    let nonce = world.anvil.ask("eth_getTransactionCount", json!([key.address(), "latest"])).await;
    let fees = Fees { max: 400_000_000_000, tip: 100_000_000_000 };
    let (nonce, to, data) = (number(&nonce), key.address(), Bytes::new());
    let (to, value) = (to.into(), Default::default());
    let tx = Unsigned { chain_id: CHAIN_ID, nonce, fees, gas: 21_000, to, value, data };
    world.anvil.ask(SEND, json!([key.sign(&tx).unwrap().raw])).await;
    world.anvil.mine(1).await;
}

#[tokio::test]
async fn a_nonce_that_somebody_else_used_is_given_up_for_another() {
    let mut world = World::new().await;
    foreign(&world).await;
    world.ask(1).await;
    world.turn().await;
    // Takes the place of the one that waits.
    foreign(&world).await;
    world.ask(2).await;
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn transactions_that_a_node_forgot_are_sent_again() {
    let mut world = World::new().await;
    world.ask(4).await;
    world.turn().await;
    world.anvil.ask("anvil_dropAllTransactions", json!([])).await;
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_hole_among_the_nonces_is_closed() {
    let mut world = World::new().await;
    world.ask(4).await;
    world.turn().await;
    let hash = |job: &serde_json::Value| (job["nonce"].as_i64(), job["hash"].clone());
    let first = world.jobs("ready").await.iter().map(hash).min_by_key(|(nonce, _)| *nonce);
    world.anvil.ask("anvil_dropTransaction", json!([first.unwrap().1])).await;
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_fee_that_is_not_enough_any_more_is_raised() {
    let mut world = World::new().await;
    world.ask(3).await;
    world.turn().await;
    let spike = json!([U256::from(100_000_000_000_u64)]);
    world.anvil.ask("anvil_setNextBlockBaseFeePerGas", spike).await;
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_replacement_that_is_refused_is_offered_more() {
    let mut world = World::new().await;
    world.ask(1).await;
    world.proxy.fail_times(3, Fault::Refuses(SEND, "replacement transaction underpriced"));
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_transaction_that_nodes_never_take_does_not_hold_up_those_behind_it() {
    let mut world = World::new().await;
    world.ask(2).await;
    world.proxy.fail(Fault::Refuses(SEND, "this node has its moods"));
    for _ in 0..15 {
        world.turn().await;
        world.clock.advance(Span::seconds(3));
    }
    world.ask(2).await;
    world.proxy.is_well();
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn a_key_without_money_goes_on_once_it_has_some() {
    let mut world = World::new().await;
    world.ask(1).await;
    world.turn().await;
    world.anvil.set_balance(key().address(), U256::ZERO).await;
    world.ask(2).await;
    for _ in 0..5 {
        world.turn().await;
        world.clock.advance(Span::seconds(6));
    }
    let says =
        |job: &serde_json::Value| job["error"].as_str().is_some_and(|it| it.contains("cannot pay"));
    assert!(world.jobs("ready").await.iter().any(says));
    world.anvil.set_balance(key().address(), U256::from(u64::MAX)).await;
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn what_the_contract_refuses_is_given_up_in_the_end_and_holds_up_nothing() {
    let mut world = World::new().await;
    world.ask_for("forged match").await;
    world.ask(3).await;
    world.settle().await;
    world.is_recorded().await;
    assert!(!world.has("forged match").await);
    for _ in 0..40 {
        world.clock.advance(Span::seconds(300));
        world.turn().await;
    }
    let failed = world.get("/v1/admin/chain/jobs?state=failed").await;
    assert_eq!(failed["jobs"][0]["business_id"], "forged match", "{failed}");
    assert!(failed["jobs"][0]["error"].as_str().unwrap().contains("revert"), "{failed}");
}

#[tokio::test]
async fn a_reorganisation_before_the_confirmations_is_made_good() {
    for depth in 1..CONFIRMATIONS {
        let mut world = World::new().await;
        world.ask(3).await;
        world.turn().await;
        world.anvil.mine(depth).await;
        world.clock.advance(Span::seconds(1));
        world.turn().await;
        world.anvil.reorganise(depth).await;
        assert!(!world.has("match 0").await, "it is gone");
        world.settle().await;
        world.is_recorded().await;
    }
}

#[tokio::test]
async fn a_reorganisation_of_up_to_sixty_four_blocks_after_the_confirmations_is_made_good() {
    for depth in [CONFIRMATIONS, 8, 32, 64] {
        let mut world = World::new().await;
        world.ask(2).await;
        world.settle().await;
        let since = world.anvil.height().await;
        world.anvil.mine(depth).await;
        world.turn().await;
        assert!(world.anvil.height().await >= since + depth);
        world.anvil.reorganise(depth + CONFIRMATIONS + 1).await;
        assert!(!world.has("match 0").await, "it is gone");
        world.ask(1).await;
        world.settle().await;
        world.is_recorded().await;
    }
}

/// How many transactions of the key are in blocks.
async fn sent(world: &World) -> u64 {
    let nonce = json!([key().address(), "latest"]);
    number(&world.anvil.ask("eth_getTransactionCount", nonce).await)
}

/// The next transaction passes the estimate, whatever it does.
async fn revert_once(world: &mut World) {
    world.proxy.fail(Fault::Answers("eth_estimateGas", "0x30d40"));
    world.turn().await;
    world.proxy.is_well();
    world.anvil.mine(CONFIRMATIONS).await;
    world.clock.advance(Span::seconds(1));
    world.turn().await;
}

#[tokio::test]
async fn what_reverts_on_the_chain_is_tried_a_bounded_number_of_times() {
    let mut world = World::new().await;
    world.ask_for("forged match").await;
    for _ in 0..40 {
        revert_once(&mut world).await;
        world.clock.advance(Span::seconds(300));
    }
    assert_eq!(sent(&world).await, 30);
    let failed = world.get("/v1/admin/chain/jobs?state=failed").await;
    assert_eq!(failed["jobs"][0]["business_id"], "forged match", "{failed}");
    assert!(failed["jobs"][0]["error"].as_str().unwrap().contains("reverted"), "{failed}");
    world.ask(2).await;
    for _ in 0..10 {
        world.turn().await;
        world.anvil.mine(1).await;
    }
    world.is_recorded().await;
}

#[tokio::test]
async fn a_wallet_that_takes_no_coin_costs_no_gas() {
    let mut world = World::new().await;
    world.ask_kind(Kind::FundWallet, "a contract").await;
    for _ in 0..5 {
        world.turn().await;
        world.anvil.mine(1).await;
        world.clock.advance(Span::seconds(60));
    }
    assert_eq!(sent(&world).await, 0);
    let waits = world.jobs("ready").await;
    assert!(waits[0]["error"].as_str().unwrap().contains("revert"), "{waits:?}");
}

#[tokio::test]
async fn what_reverted_is_looked_after_until_no_reorganisation_can_bring_it_back() {
    let mut world = World::new().await;
    world.ask_for("forged match").await;
    revert_once(&mut world).await;
    world.anvil.reorganise(CONFIRMATIONS + 1).await;
    assert_eq!(sent(&world).await, 0, "it is gone");
    world.turn().await;
    world.anvil.mine(1).await;
    assert_eq!(sent(&world).await, 1, "its bytes were sent again at once");
}

#[tokio::test]
async fn what_only_our_rows_keep_from_happening_twice_is_not_sent_again_before_it_is_buried() {
    let mut world = World::new().await;
    world.ask_kind(Kind::FundWallet, "a contract").await;
    revert_once(&mut world).await;
    for _ in 0..5 {
        world.clock.advance(Span::seconds(300));
        revert_once(&mut world).await;
    }
    assert_eq!(sent(&world).await, 1);
    world.anvil.mine(LIMITS.buried).await;
    world.turn().await;
    world.clock.advance(Span::seconds(300));
    revert_once(&mut world).await;
    assert_eq!(sent(&world).await, 2);
}
