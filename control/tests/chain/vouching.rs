//! Accounts that are contracts are asked for their signatures, within bounds.

use alloy::primitives::{Address, B256};
use arena_control::signatures::contract::Answer;
use arena_control::time::Span;
use serde_json::json;

use crate::proxy::Fault;
use crate::world::World;

/// Accepts every signature.
const WALLET: &str = "0x631626ba7e60e01b60005260206000f3";
/// Accepts every signature if it is given more than a million and a half of gas, and else reverts.
const GREEDY: &str = "0x630016e3605a11600f5760006000fd5b631626ba7e60e01b60005260206000f3";
/// Comes to no end.
const ENDLESS: &str = "0x5b600056";
/// It has a key, and no code.
const BARE: Address = Address::repeat_byte(0xb0);

async fn asked(world: &World, account: Address) -> Answer {
    world.ctx.contracts.get().unwrap().ask(account, B256::ZERO, &[0; 65]).await
}

async fn contract(world: &World, code: &str) -> Address {
    let at = Address::from_slice(&alloy::primitives::keccak256(code)[..20]);
    world.anvil.ask("anvil_setCode", json!([at, code])).await;
    at
}

#[tokio::test]
async fn a_contract_is_asked_with_so_much_gas_and_no_more() {
    let world = World::new().await;
    arena_control::chain::open(&world.ctx, Some(world.settings())).await.unwrap();
    for (code, answer) in [
        (WALLET, Answer::Accepts),
        (GREEDY, Answer::Refuses),
        (ENDLESS, Answer::Refuses),
        ("0x", Answer::NoContract),
    ] {
        let at = contract(&world, code).await;
        assert_eq!(asked(&world, at).await, answer, "{code}");
    }
    // A node that refuses for its own reasons does not speak for the contract.
    world.proxy.fail(Fault::Refuses("eth_call", "header not found"));
    let at = contract(&world, WALLET).await;
    assert_eq!(asked(&world, at).await, Answer::Unreachable);
}

#[tokio::test]
async fn an_account_that_was_none_is_known_to_be_none_while_nobody_can_be_asked() {
    let world = World::new().await;
    arena_control::chain::open(&world.ctx, Some(world.settings())).await.unwrap();
    let wallet = contract(&world, WALLET).await;
    assert_eq!(asked(&world, wallet).await, Answer::Accepts);
    assert_eq!(asked(&world, BARE).await, Answer::NoContract);
    world.proxy.fail(Fault::Down);
    assert_eq!(asked(&world, BARE).await, Answer::NoContract);
    assert_eq!(asked(&world, wallet).await, Answer::Unreachable);
    world.clock.advance(Span::seconds(601));
    assert_eq!(asked(&world, BARE).await, Answer::Unreachable, "it may be one by now");
}
