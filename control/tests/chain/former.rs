//! A key that was changed, and a chain that was: what was begun under them ends, once.

use alloy::primitives::U256;
use arena_control::chain::dev;
use arena_control::chain::intents::Kind;
use arena_control::chain::key::{Key, Source};
use arena_control::time::Span;
use serde_json::json;

use crate::anvil::{KEY, number};
use crate::proxy::Fault;
use crate::world::{CHAIN_ID, World, key};

/// What the proxy says the other chain is.
const OTHER_CHAIN: u64 = 1;
/// The key that takes over: one that has coin.
const NEXT: &str = dev::AGENTS[1];

fn next() -> Key {
    Key::read(&Source::Hex(NEXT.to_owned())).unwrap()
}

async fn sent(world: &World, of: &Key) -> u64 {
    let nonce = json!([of.address(), "latest"]);
    number(&world.anvil.ask("eth_getTransactionCount", nonce).await)
}

/// The process ends, and another begins that has another key.
async fn change_key(world: &mut World) {
    world.sender.give_back().await;
    world.sender = world.sender_of(CHAIN_ID, NEXT);
}

/// Whatever the nodes had in their memory is gone.
async fn forget(world: &World) {
    world.anvil.ask("anvil_dropAllTransactions", json!([])).await;
}

#[tokio::test]
async fn what_a_former_key_signed_is_sent_again_and_counts() {
    let mut world = World::new().await;
    world.ask(3).await;
    world.turn().await;
    forget(&world).await;
    change_key(&mut world).await;
    world.turn().await;
    let settings = arena_control::chain::Settings {
        key: Some(Source::Hex(NEXT.to_owned())),
        ..world.settings()
    };
    arena_control::chain::open(&world.ctx, Some(settings)).await.unwrap();
    let former = key().address().to_string();
    let status = world.status().await;
    assert_eq!(status["chain"]["former"], json!([{ "key": former, "open": 3 }]), "{status:#}");
    let waits = world.jobs("ready").await;
    assert_eq!(waits[0]["key"], json!(former));
    assert!(waits[0]["error"].as_str().unwrap().contains("not here any more"), "{waits:?}");
    assert!(world.text("/metrics").await.contains("chain_former_transactions 3\n"));
    world.ask(2).await;
    world.settle().await;
    world.is_recorded().await;
    assert_eq!((sent(&world, &key()).await, sent(&world, &next()).await), (3, 2));
}

#[tokio::test]
async fn a_reorganisation_takes_back_what_a_former_key_had_and_it_is_had_again() {
    let mut world = World::new().await;
    let before = world.anvil.height().await;
    world.ask(2).await;
    world.settle().await;
    change_key(&mut world).await;
    world.turn().await;
    world.anvil.reorganise(world.anvil.height().await - before).await;
    assert!(!world.has("match 0").await, "it is gone");
    world.turn().await;
    world.settle().await;
    world.is_recorded().await;
}

#[tokio::test]
async fn what_no_block_takes_of_a_former_key_is_had_by_the_present_one() {
    let mut world = World::new().await;
    world.ask(2).await;
    world.turn().await;
    forget(&world).await;
    world.anvil.set_balance(key().address(), U256::ZERO).await;
    change_key(&mut world).await;
    for _ in 0..10 {
        world.turn().await;
        world.clock.advance(Span::seconds(20));
    }
    assert_eq!(world.jobs("ready").await.len(), 2, "it may still be taken");
    world.clock.advance(Span::seconds(300));
    world.settle().await;
    world.is_recorded().await;
    assert_eq!((sent(&world, &key()).await, sent(&world, &next()).await), (0, 2));
}

#[tokio::test]
async fn what_only_the_rows_keep_from_happening_twice_waits_for_an_operator() {
    let mut world = World::new().await;
    world.ask_kind(Kind::FundWallet, "a contract").await;
    // It passes the estimate, whatever it does.
    world.proxy.fail(Fault::Answers("eth_estimateGas", "0x30d40"));
    world.turn().await;
    forget(&world).await;
    world.proxy.is_well();
    world.anvil.set_balance(key().address(), U256::ZERO).await;
    change_key(&mut world).await;
    for _ in 0..5 {
        world.turn().await;
        world.clock.advance(Span::seconds(300));
    }
    assert_eq!(world.jobs("ready").await[0]["tx"], "pending", "it is sent again and again");
    let settings = arena_control::chain::Settings {
        key: Some(Source::Hex(NEXT.to_owned())),
        ..world.settings()
    };
    arena_control::chain::open(&world.ctx, Some(settings)).await.unwrap();
    let retry = "/v1/admin/chain/retry";
    world.post(retry, &json!({ "kind": "fund_wallet", "why": "all of them" })).await;
    assert_eq!(world.jobs("ready").await[0]["tx"], "pending", "it was not named");
    let named = json!({ "kind": "fund_wallet", "business_id": "a contract", "why": "it is lost" });
    assert_eq!(world.post(retry, &named).await["retried"], 1);
    world.turn().await;
    let waits = world.jobs("ready").await;
    assert_eq!(waits[0]["tx"], json!(null));
    assert!(waits[0]["error"].as_str().unwrap().contains("revert"), "it was asked for: {waits:?}");
}

#[tokio::test]
async fn what_goes_by_a_number_of_another_chain_is_not_had_on_this_one() {
    let mut world = World::new().await;
    let mut before = world.sender_of(OTHER_CHAIN, KEY);
    let kinds: Vec<_> = Kind::ALL.into_iter().filter(|kind| kind.goes_by_number()).collect();
    for kind in &kinds {
        world.ask_kind(*kind, kind.name()).await;
    }
    world.proxy.fail(Fault::OtherChain);
    before.turn().await.unwrap();
    before.give_back().await;
    world.proxy.is_well();
    world.turn().await;
    let failed = world.jobs("failed").await;
    let told =
        |job: &serde_json::Value| job["error"].as_str().unwrap().contains("was of chain 1, and");
    assert!(failed.len() == 5 && failed.iter().all(told), "{failed:#?}");
    assert_eq!((kinds.len(), sent(&world, &key()).await), (5, 0));
}

#[tokio::test]
async fn what_another_chain_was_to_have_is_had_on_this_one() {
    let mut world = World::new().await;
    let mut before = world.sender_of(OTHER_CHAIN, KEY);
    world.ask(2).await;
    world.proxy.fail(Fault::OtherChain);
    before.turn().await.unwrap();
    world.proxy.is_well();
    assert_eq!(world.jobs("ready").await[0]["tx"], "pending");
    world.turn().await;
    assert_eq!(world.jobs("ready").await[0]["tx"], "pending", "somebody looks after it");
    before.give_back().await;
    // The present one has its own lease renewed, and looks again.
    world.clock.advance(Span::seconds(6));
    world.turn().await;
    let waits = world.jobs("ready").await;
    let told = |job: &serde_json::Value| job["error"].as_str().unwrap_or_default().to_owned();
    let says =
        waits.iter().all(|job| told(job).contains("was of chain 1") || job["tx"] == "pending");
    assert!(says, "{waits:#?}");
    world.settle().await;
    world.is_recorded().await;
}
