//! What the contracts tell is known once, and what a reorganisation took back is not known any more.

use std::sync::{Arc, Mutex};

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::SolValue as _;
use arena_control::chain::contracts::Contracts;
use arena_control::chain::contracts::Wager::WagerEvents;
use arena_control::chain::follower::{Event, Follower, Sink, Step, Told};
use arena_control::chain::intents::Asked;
use arena_control::chain::rpc::Rpc;
use arena_control::store;
use arena_control::time::{At, Span};
use serde_json::json;

use crate::anvil::Anvil;
use crate::proxy::Fault;
use crate::world::{CHAIN_ID, World};

/// The third account of anvil's usual words.
const PROPOSER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

/// Keeps what it is told.
#[derive(Default)]
struct Kept(Mutex<Vec<Told>>);

impl Sink for Kept {
    fn observe<'a>(
        &'a self,
        _tx: &'a mut store::Tx,
        told: &'a Told,
        _now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        let mut kept = self.0.lock().unwrap();
        assert!(kept.iter().all(|known| known.at != told.at), "told twice: {told:?}");
        kept.push(told.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn forget<'a>(
        &'a self,
        _tx: &'a mut store::Tx,
        block: B256,
        _now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        self.0.lock().unwrap().retain(|told| told.at.block != block);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Kept {
    /// The numbers of the wagers that were proposed.
    fn proposed(&self) -> Vec<u64> {
        let number = |told: &Told| match &told.event {
            Event::Wager(WagerEvents::WagerProposed(event)) => event.wagerId.to::<u64>(),
            other @ (Event::Wager(_) | Event::Pool(_) | Event::Escrow(_)) => {
                panic!("nobody did this: {other:?}")
            }
        };
        self.0.lock().unwrap().iter().map(number).collect()
    }
}

async fn propose(anvil: &Anvil, wager: Address) {
    // proposeWager(address,string), by its selector.
    let arguments = (Address::ZERO, "melee".to_owned()).abi_encode_params();
    let data = format!("0xbda2419d{}", alloy::primitives::hex::encode(arguments));
    let (from, value) = (PROPOSER, U256::from(7));
    anvil.transact(json!({ "from": from, "to": wager, "data": data, "value": value })).await;
}

fn follower(world: &World, wager: Address, sink: &Arc<Kept>) -> Follower<Rpc, Kept> {
    follower_from(world, wager, sink, Some(0))
}

fn follower_from(
    world: &World,
    wager: Address,
    sink: &Arc<Kept>,
    from: Option<u64>,
) -> Follower<Rpc, Kept> {
    let contracts = Contracts { wager: Some(wager), ..Contracts::default() };
    let (clock, chance) = (Arc::clone(&world.ctx.clock), Arc::clone(&world.ctx.chance));
    let urls = [world.proxy.url.clone()];
    let node = Arc::new(Rpc::new(&urls, CHAIN_ID, clock, chance).unwrap());
    Follower::new(world.ctx.clone(), node, Arc::clone(sink), CHAIN_ID, contracts, from)
}

async fn catch_up(follower: &mut Follower<Rpc, Kept>) {
    while follower.step().await.unwrap() == Step::More {}
}

#[tokio::test]
async fn what_the_contracts_told_is_known_and_a_reorganisation_takes_it_back() {
    let world = World::new().await;
    let wager = world.anvil.deploy("Wager", &world.match_proof.abi_encode()).await;
    let sink = Arc::new(Kept::default());
    let mut following = follower(&world, wager, &sink);
    propose(&world.anvil, wager).await;
    // Far enough that the first is read in a range, and the next block by block.
    world.anvil.mine(300).await;
    propose(&world.anvil, wager).await;
    catch_up(&mut following).await;
    assert_eq!(sink.proposed(), [0, 1]);
    for depth in [1, 3, 64] {
        world.anvil.mine(depth - 1).await;
        catch_up(&mut following).await;
        world.anvil.reorganise(depth).await;
        catch_up(&mut following).await;
        assert_eq!(sink.proposed(), [0], "a reorganisation of {depth}");
        propose(&world.anvil, wager).await;
        catch_up(&mut following).await;
        assert_eq!(sink.proposed(), [0, 1]);
    }
    // Another process goes on where this one was, and tells nothing twice.
    world.clock.advance(Span::seconds(15));
    let mut next = follower(&world, wager, &sink);
    propose(&world.anvil, wager).await;
    catch_up(&mut next).await;
    assert_eq!(sink.proposed(), [0, 1, 2]);
    assert_eq!(following.step().await.unwrap(), Step::NotOurs);
}

#[tokio::test]
async fn ranges_that_a_node_refuses_are_split_until_it_does_not() {
    let world = World::new().await;
    let wager = world.anvil.deploy("Wager", &world.match_proof.abi_encode()).await;
    let sink = Arc::new(Kept::default());
    let mut following = follower(&world, wager, &sink);
    propose(&world.anvil, wager).await;
    world.anvil.mine(300).await;
    world.proxy.fail_times(5, Fault::Refuses("eth_getLogs", "block range is too large"));
    catch_up(&mut following).await;
    assert_eq!(sink.proposed(), [0]);
    assert_eq!(world.status().await["chain"], json!(null), "this process has no chain of its own");
}

#[tokio::test]
async fn without_a_first_block_it_begins_at_the_newest_and_goes_on_from_there() {
    let world = World::new().await;
    let wager = world.anvil.deploy("Wager", &world.match_proof.abi_encode()).await;
    let sink = Arc::new(Kept::default());
    propose(&world.anvil, wager).await;
    world.anvil.mine(1).await;
    let mut following = follower_from(&world, wager, &sink, None);
    assert_eq!(following.newest(), None);
    catch_up(&mut following).await;
    assert_eq!(following.newest(), Some(world.anvil.height().await));
    propose(&world.anvil, wager).await;
    catch_up(&mut following).await;
    assert_eq!(sink.proposed(), [1], "what was before is nobody's here");
    // Another process goes on where this one was, not at the newest.
    propose(&world.anvil, wager).await;
    world.clock.advance(Span::seconds(15));
    world.anvil.mine(1).await;
    catch_up(&mut follower_from(&world, wager, &sink, None)).await;
    assert_eq!(sink.proposed(), [1, 2]);
}

#[tokio::test]
async fn nodes_that_do_not_agree_are_not_asked_again_at_once() {
    let world = World::new().await;
    let wager = world.anvil.deploy("Wager", &world.match_proof.abi_encode()).await;
    let sink = Arc::new(Kept::default());
    let mut following = follower(&world, wager, &sink);
    catch_up(&mut following).await;
    propose(&world.anvil, wager).await;
    world.proxy.fail(Fault::GoesAnotherWay);
    assert_eq!(following.step().await.unwrap(), Step::UpToDate);
    assert!(sink.proposed().is_empty());
    world.proxy.is_well();
    catch_up(&mut following).await;
    assert_eq!(sink.proposed(), [0]);
}
