//! Two nodes of one chain: what ails the first does not keep the second from being asked.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes};
use arena_control::chain::node::{Error, Node as _};
use arena_control::chain::rpc::Rpc;
use arena_control::clock::VirtualClock;
use arena_control::random::Chance;
use arena_control::time::{At, Span};

use crate::anvil::Anvil;
use crate::proxy::{Fault, Proxy};
use crate::world::CHAIN_ID;

struct Two {
    anvil: Anvil,
    first: Proxy,
    second: Proxy,
    clock: Arc<VirtualClock>,
    rpc: Rpc,
}

impl Two {
    async fn new() -> Self {
        let anvil = Anvil::start();
        let (first, second) = (Proxy::before(&anvil.url).await, Proxy::before(&anvil.url).await);
        let clock = Arc::new(VirtualClock::at(At(1_700_000_000_000)));
        let rpc = nodes(&[&first.url, &second.url], &clock);
        Self { anvil, first, second, clock, rpc }
    }

    async fn newest(&self) -> u64 {
        self.rpc.head().await.unwrap().number
    }

    /// What is wrong with the first; nothing ever is with the second.
    fn trouble(&self) -> Option<String> {
        let [first, second] = self.rpc.conditions().try_into().unwrap();
        assert_eq!((second.trouble, second.failures), (None, 0));
        first.trouble
    }
}

fn nodes(urls: &[&str], clock: &Arc<VirtualClock>) -> Rpc {
    let urls: Vec<_> = urls.iter().map(|url| (*url).to_owned()).collect();
    let chance = Arc::new(Chance::of_the_system());
    Rpc::new(&urls, CHAIN_ID, Arc::clone(clock) as _, chance).unwrap()
}

#[tokio::test]
async fn whatever_becomes_of_the_first_node_the_second_is_asked() {
    let two = Two::new().await;
    for fault in [
        Fault::Down,
        Fault::Status(401),
        Fault::Status(402),
        Fault::Status(403),
        Fault::Status(429),
        Fault::Status(500),
    ] {
        two.first.is_well();
        two.clock.advance(Span::seconds(60));
        two.newest().await;
        assert_eq!(two.trouble(), None, "before {fault:?}");
        two.first.fail(fault);
        assert!(two.rpc.balance(Address::ZERO).await.is_ok(), "{fault:?}");
        assert!(two.trouble().is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_node_that_is_gone_or_of_another_chain_is_named_from_the_start() {
    let two = Two::new().await;
    two.first.fail(Fault::OtherChain);
    two.newest().await;
    assert_eq!(two.trouble().unwrap(), "it is of chain 1, not of chain 31337");
    let alone = nodes(&[&two.first.url], &two.clock);
    let Err(Error::Unreachable(told)) = alone.head().await else {
        panic!("it is of another chain")
    };
    assert!(told.contains("it is of chain 1, not of chain 31337"), "{told}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let rpc = nodes(&[&format!("http://{nobody}"), &two.second.url], &two.clock);
    assert!(rpc.head().await.is_ok());
    assert!(rpc.conditions()[0].trouble.as_deref().unwrap().starts_with("it cannot be reached"));
}

#[tokio::test]
async fn a_node_whose_newest_block_stands_still_is_left_until_it_has_caught_up() {
    let two = Two::new().await;
    let stands = two.newest().await;
    two.first.fail(Fault::StandsAt(stands));
    assert_eq!(two.newest().await, stands);
    // Nobody goes on: it is none the worse for that.
    two.clock.advance(Span::seconds(20));
    assert_eq!(two.newest().await, stands);
    assert_eq!(two.trouble(), None);
    two.anvil.mine(5).await;
    assert_eq!(two.newest().await, stands, "it is believed for a while");
    for _ in 0..3 {
        two.clock.advance(Span::seconds(20));
        assert_eq!(two.newest().await, stands + 5);
        assert!(two.trouble().unwrap().starts_with("its newest block stands still"));
    }
    two.first.is_well();
    two.clock.advance(Span::seconds(20));
    assert_eq!(two.newest().await, stands + 5);
    assert_eq!(two.trouble(), None);
}

#[tokio::test]
async fn what_the_chain_refuses_is_the_fault_of_no_node() {
    let two = Two::new().await;
    let proof = two.anvil.deploy("MatchProof", &[]).await;
    let refused = two.rpc.call(proof, Bytes::from_static(&[1, 2, 3, 4])).await.unwrap_err();
    assert!(refused.is_a_bare_revert(), "{refused}");
    assert_eq!(two.trouble(), None);
    // Where nobody knows better, it is the answer.
    let known = nodes(&[&two.first.url], &two.clock);
    known.head().await.unwrap();
    two.first.fail(Fault::Status(500));
    let refused = known.balance(Address::ZERO).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused { .. }), "{refused}");
}
