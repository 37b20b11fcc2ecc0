//! What strangers do on the chain before the arena does: believed once it counts, and done by the
//! arena if a reorganisation takes it back.

use alloy::primitives::{Bytes, U256};
use alloy::sol_types::SolEvent as _;
use arena_control::chain::contracts::MatchProof::MatchRecorded;
use arena_control::chain::contracts::PredictionPool::PoolCreated;
use arena_control::chain::contracts::Wager::{WagerSettled, settleWagerCall};
use arena_control::chain::keep_looking;
use arena_control::time::Span;
use arena_protocol::result::match_id;
use serde_json::{Value as Json, json};

use crate::anvil::number;
use crate::table::{A_GAME, BETTORS, Table};
use crate::world::{CONFIRMATIONS, World, key};

const STAKE: u64 = 1_000_000;

/// Somebody else records a match, in a block of its own.
async fn stranger_records(world: &World, name: &str) {
    let data: Bytes = world.record_call(name).await;
    let call = json!({ "from": BETTORS[0], "to": world.match_proof, "data": data });
    world.anvil.transact(call).await;
}

async fn sent(world: &World) -> u64 {
    let nonce = json!([key().address(), "latest"]);
    number(&world.anvil.ask("eth_getTransactionCount", nonce).await)
}

#[tokio::test]
async fn a_record_that_a_stranger_made_counts_with_its_confirmations() {
    let mut world = World::new().await;
    world.anvil.mine(5).await;
    stranger_records(&world, "match 0").await;
    world.ask(1).await;
    world.turn().await;
    let waits = world.jobs("ready").await;
    assert!(waits[0]["error"].as_str().unwrap().contains("may still go"), "{waits:?}");
    world.anvil.mine(CONFIRMATIONS - 1).await;
    world.clock.advance(Span::seconds(1));
    world.turn().await;
    world.is_recorded().await;
    assert_eq!(sent(&world).await, 0, "by the stranger alone");
}

#[tokio::test]
async fn a_record_of_a_stranger_that_a_reorganisation_takes_is_made_again() {
    for blocks in [0, CONFIRMATIONS, 40] {
        let mut world = World::new().await;
        world.anvil.mine(5).await;
        stranger_records(&world, "match 0").await;
        world.ask(1).await;
        world.anvil.mine(blocks).await;
        world.turn().await;
        let state = if blocks == 0 { "ready" } else { "done" };
        assert_eq!(world.jobs(state).await.len(), 1, "{blocks}");
        world.anvil.reorganise(blocks + 1).await;
        assert!(!world.has("match 0").await, "it is gone");
        world.settle().await;
        world.turn().await;
        world.settle().await;
        world.is_recorded().await;
        assert_eq!(world.anvil.logs(world.match_proof, MatchRecorded::SIGNATURE_HASH).await, 1);
        assert_eq!(sent(&world).await, 1, "by the arena");
    }
}

#[tokio::test]
async fn a_wager_that_a_stranger_settled_is_settled_again_after_a_reorganisation() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.wager(&met, STAKE).await;
    table.pass(A_GAME).await;
    table.report(&met, [2, 0]).await;
    table.record(&met).await;
    for _ in 0..CONFIRMATIONS {
        table.mine().await;
    }
    // The arena has it asked for, and the stranger is first.
    table.clock.advance(Span::seconds(86_400));
    table.sweep().await;
    let wanted = |job: &Json| job["kind"] == "settle_wager";
    assert!(table.jobs("ready").await.iter().any(wanted));
    let stranger = BETTORS[0].parse().unwrap();
    let settle = settleWagerCall { wagerId: U256::ZERO, matchId: match_id(&met.id) };
    let wager = table.wager;
    table.transact(stranger, wager, &settle, 0).await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "paid");
    table.turn().await;
    assert!(table.jobs("done").await.iter().any(wanted), "what was read of the chain says so");
    table.anvil.reorganise(2).await;
    table.follow().await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "locked");
    // What others did is looked at every few seconds.
    table.clock.advance(Span::seconds(3));
    table.turn().await;
    assert!(table.jobs("ready").await.iter().any(wanted), "{:#?}", table.jobs("done").await);
    table.settle().await;
    assert_eq!(table.wager_of(&met).await["standing"]["chain"], "paid");
    assert_eq!(table.anvil.logs(wager, WagerSettled::SIGNATURE_HASH).await, 1);
    assert_eq!(table.balance(wager).await, U256::ZERO);
}

#[tokio::test]
async fn a_pool_that_never_came_leaves_nothing_to_close() {
    let mut table = Table::new().await;
    let met = table.meet_at_once(None).await;
    table.clock.advance(A_GAME);
    table.sweep().await;
    table.report(&met, [2, 0]).await;
    table.sign(&met).await;
    table.settle().await;
    let done = table.done().await;
    for kind in ["create_pool", "close_pool", "resolve_pool", "record_match"] {
        assert_eq!(done.get(kind), Some(&1), "{done:?}");
    }
    assert_eq!(table.anvil.logs(table.pool, PoolCreated::SIGNATURE_HASH).await, 0);
}

/// Until so many things are wrong.
async fn until(world: &World, trouble: usize) {
    while world.status().await["chain"]["trouble"].as_array().unwrap().len() != trouble {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_contract_that_is_not_there_is_told_of_and_nothing_is_sent() {
    let mut world = World::new().await;
    let code = json!([world.match_proof, "latest"]);
    let code = world.anvil.ask("eth_getCode", code).await;
    let put = async |world: &World, code: &Json| {
        world.anvil.ask("anvil_setCode", json!([world.match_proof, code])).await;
    };
    put(&world, &json!("0x")).await;
    arena_control::chain::open(&world.ctx, Some(world.settings())).await.unwrap();
    keep_looking(world.ctx.clone(), until(&world, 1)).await;
    let told = world.status().await["chain"]["trouble"][0].as_str().unwrap().to_owned();
    assert!(told.contains("match-proof") && told.contains("another address"), "{told}");
    assert_eq!(world.get("/health").await["chain"], "trouble");
    let missing = "arena_control_chain_contract_missing{contract=\"match-proof\"} 1\n";
    assert!(world.text("/metrics").await.contains(missing));
    world.ask(1).await;
    world.turn().await;
    let waits = world.jobs("ready").await;
    assert!(waits[0]["error"].as_str().unwrap().contains("no contract at"), "{waits:?}");
    assert_eq!((&waits[0]["attempts"], sent(&world).await), (&json!(0), 0));
    put(&world, &code).await;
    keep_looking(world.ctx.clone(), until(&world, 0)).await;
    assert_eq!(world.get("/health").await["chain"], "ok");
    world.settle().await;
    world.is_recorded().await;
}
