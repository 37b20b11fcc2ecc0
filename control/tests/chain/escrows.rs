//! Two who play for stakes, and an escrow on a real EVM that holds them: whatever the chain and the
//! process do meanwhile, each stake ends where the rules say, once.

use std::sync::Arc;

use alloy::primitives::{Address, B256, U256, address, hex};
use alloy::sol_types::{SolEvent as _, SolValue as _};
use arena_control::chain::contracts::Contracts;
use arena_control::chain::contracts::DuelEscrow::{MatchCreated, MatchResolved, PlayerPaidOut};
use arena_control::chain::follower::{Follower, Step};
use arena_control::chain::rpc::Rpc;
use arena_control::chain::rules::Limits;
use arena_control::chain::sender::{Chain, Sender, Trouble, Turn};
use arena_control::chain::{Domains, Telling};
use arena_control::clock::VirtualClock;
use arena_control::escrows::rules::Terms;
use arena_control::random::Chance;
use arena_control::store::Store;
use arena_control::time::{At, Span};
use arena_control::{Config, Ctx, deadlines, invariants, queue};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::anvil::{Anvil, number};
use crate::proxy::{Fault, Proxy};
use crate::world::{CHAIN_ID, CONFIRMATIONS, key};

const SEND: &str = "eth_sendRawTransaction";
/// The third and the fourth account of anvil's usual words.
const PLAYERS: [Address; 2] = [
    address!("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"),
];
const TREASURY: Address = Address::repeat_byte(0x77);

struct Arena {
    anvil: Anvil,
    proxy: Proxy,
    ctx: Ctx,
    clock: Arc<VirtualClock>,
    token: Address,
    escrow: Address,
    sender: Sender<Rpc, Domains>,
    follower: Follower<Rpc, Telling>,
}

/// A match that both sides have accepted.
struct Met {
    id: String,
    tickets: [String; 2],
}

impl Arena {
    async fn new() -> Self {
        let anvil = Anvil::start();
        let proxy = Proxy::before(&anvil.url).await;
        let oracle = key().address();
        let token = anvil.deploy("DevToken", &[]).await;
        let arguments = (token, oracle, oracle, TREASURY, U256::from(1_000)).abi_encode_params();
        let escrow = anvil.deploy("DuelEscrow", &arguments).await;
        for player in PLAYERS {
            // mint(address,uint256) and approve(address,uint256), by their selectors.
            let mint = [&hex!("40c10f19")[..], &(player, tokens(300)).abi_encode_params()].concat();
            let approve =
                [&hex!("095ea7b3")[..], &(escrow, U256::MAX).abi_encode_params()].concat();
            for data in [mint, approve] {
                let data = hex::encode_prefixed(data);
                anvil.transact(json!({ "from": player, "to": token, "data": data })).await;
            }
        }
        let latest = anvil.ask("eth_getBlockByNumber", json!(["latest", false])).await;
        let start = At(i64::try_from(number(&latest["timestamp"])).unwrap() * 1_000);
        let clock = Arc::new(VirtualClock::at(start));
        let (contract, stake) = (escrow.into(), None);
        let terms = Terms { chain_id: CHAIN_ID, contract, confirmations: CONFIRMATIONS, stake };
        let config = Config::default().with_stakes("code_duel", terms).unwrap();
        let store = Store::open("sqlite::memory:").await.unwrap();
        let time = Arc::clone(&clock);
        let ctx = Ctx::open(store, time, Chance::of_the_system(), config).await.unwrap();
        let sender = sender(&ctx, &proxy.url, escrow);
        let contracts = contracts(escrow);
        let node = node(&ctx, &proxy.url);
        let follower =
            Follower::new(ctx.clone(), node, Arc::new(Telling), CHAIN_ID, contracts, Some(0));
        Self { anvil, proxy, ctx, clock, token, escrow, sender, follower }
    }

    /// Time passes for everybody, the sender has its turn, and a block comes.
    async fn tick(&mut self, seconds: u64) {
        self.clock.advance(Span::seconds(seconds));
        let turn = self.sender.turn().await;
        assert!(matches!(turn, Ok(Turn::Idle | Turn::Busy) | Err(Trouble::Node(_))), "{turn:?}");
        let now = self.ctx.clock.now().0 / 1_000;
        self.anvil.ask("evm_setNextBlockTimestamp", json!([now])).await;
        self.anvil.mine(1).await;
        self.hear().await;
        while deadlines::sweep(&self.ctx).await.unwrap().0 > 0 {}
    }

    async fn hear(&mut self) {
        while let Ok(Step::More) = self.follower.step().await {}
    }

    /// The process dies while it waits for an answer, and another takes over.
    async fn die_while_sending(&mut self, fault: Fault) {
        self.proxy.fail(fault);
        tokio::select! {
            biased;
            () = self.proxy.stuck() => {}
            turn = self.sender.turn() => panic!("it waits for an answer: {turn:?}"),
        }
        self.proxy.is_well();
        self.sender = sender(&self.ctx, &self.proxy.url, self.escrow);
        self.clock.advance(Span::seconds(15));
    }

    async fn until(&mut self, what: &str, seconds: u64, is_so: impl AsyncFn(&Self) -> bool) {
        for _ in 0..seconds {
            if is_so(self).await {
                return;
            }
            self.tick(1).await;
        }
        panic!("{what}: not within {seconds} s");
    }

    /// Two with wallets meet and are there.
    async fn meet(&mut self) -> Met {
        let mut tickets = Vec::new();
        for (code, wallet) in [("FOX#1", PLAYERS[0]), ("FALCO#2", PLAYERS[1])] {
            let body = json!({ "connect_code": code, "wallet_address": wallet, "tier": "gold" });
            let entry = self.post("/v1/queues/code_duel/join", &body).await;
            tickets.push(entry["queue_id"].as_str().unwrap().to_owned());
            self.clock.advance(Span(1));
        }
        self.clock.advance(Span::seconds(2));
        queue::round(&self.ctx).await.unwrap();
        let entry = self.get(&format!("/queue/{}", tickets[0])).await;
        let id = entry["match_id"].as_str().unwrap().to_owned();
        for ticket in &tickets {
            let body = json!({ "queue_id": ticket, "response": "accept" });
            self.post(&format!("/v1/matches/{id}/ready"), &body).await;
        }
        Met { id, tickets: tickets.try_into().unwrap() }
    }

    async fn is_open(&mut self, met: &Met) {
        self.until("the escrow is open", 30, async |arena| {
            !arena.stakes(&met.id).await["escrow"].is_null()
        })
        .await;
    }

    /// As the API told it.
    async fn pay(&self, met: &Met, player: Address) {
        let join = self.stakes(&met.id).await["join"].clone();
        let call = json!({ "from": player, "to": join["to"], "data": join["data"] });
        self.anvil.transact(call).await;
    }

    async fn is_in(&mut self, met: &Met, state: &str, seconds: u64) {
        self.until(state, seconds, async |arena| arena.course(&met.id).await["state"] == state)
            .await;
    }

    async fn have(&mut self, coins: [u64; 2], seconds: u64) {
        self.until("the balances", seconds, async |arena| arena.balances().await == coins).await;
        // What is done stays done.
        for _ in 0..5 {
            self.tick(1).await;
        }
        assert_eq!(self.balances().await, coins);
    }

    async fn balances(&self) -> [u64; 2] {
        let [first, second] = PLAYERS;
        [self.balance(first).await, self.balance(second).await]
    }

    async fn balance(&self, of: Address) -> u64 {
        // balanceOf(address), by its selector.
        let data = [&hex!("70a08231")[..], &of.abi_encode()].concat();
        let wei = U256::abi_decode(&self.anvil.call(self.token, data).await).unwrap();
        (wei / tokens(1)).to()
    }

    async fn said(&self, topic: B256) -> usize {
        self.anvil.logs(self.escrow, topic).await
    }

    async fn course(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}")).await["course"].clone()
    }

    async fn stakes(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}/stakes")).await
    }

    async fn sound(&self) {
        assert_eq!(invariants::broken(&self.ctx).await.unwrap(), []);
    }

    async fn get(&self, path: &str) -> Json {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Json) -> Json {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Json {
        let router = arena_control::http::router(self.ctx.clone());
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let body: Json = serde_json::from_slice(&body).unwrap();
        assert!(status.is_success(), "{status} {body}");
        body
    }
}

fn tokens(count: u64) -> U256 {
    U256::from(count) * U256::from(1_000_000_000_000_000_000_u64)
}

fn contracts(escrow: Address) -> Contracts {
    Contracts { duel_escrow: Some(escrow), ..Contracts::default() }
}

fn node(ctx: &Ctx, url: &str) -> Arc<Rpc> {
    let (clock, chance) = (Arc::clone(&ctx.clock), Arc::clone(&ctx.chance));
    Arc::new(Rpc::new(&[url.to_owned()], CHAIN_ID, clock, chance).unwrap())
}

fn sender(ctx: &Ctx, url: &str, escrow: Address) -> Sender<Rpc, Domains> {
    let limits = Limits { confirmations: CONFIRMATIONS, buried: 128, fee_max: 500_000_000_000 };
    let chain = Chain { id: CHAIN_ID, contracts: contracts(escrow), limits };
    let domains = Arc::new(Domains::new(ctx.clone()));
    Sender::new(ctx.clone(), node(ctx, url), domains, Arc::new(key()), chain)
}

/// What happens to the process while it sends something.
#[derive(Clone, Copy, Debug)]
enum Accident {
    /// Nothing.
    None,
    /// Answers are lost.
    Unheard,
    /// It dies, before or after the chain has heard of it.
    Death(Fault),
}

async fn befalls(arena: &mut Arena, accident: Accident) {
    match accident {
        Accident::None => {}
        Accident::Unheard => arena.proxy.fail_times(2, Fault::Unheard(SEND)),
        Accident::Death(fault) => arena.die_while_sending(fault).await,
    }
}

#[tokio::test]
async fn two_lock_their_stakes_and_the_winner_is_paid_once_whatever_befalls_the_sender() {
    let deaths = [Fault::Swallows(SEND), Fault::Hangs(SEND)].map(Accident::Death);
    for accident in [Accident::None, Accident::Unheard].into_iter().chain(deaths) {
        let mut arena = Arena::new().await;
        let met = arena.meet().await;
        assert_eq!(arena.course(&met.id).await["state"], "staking");
        befalls(&mut arena, accident).await;
        arena.is_open(&met).await;
        for player in PLAYERS {
            assert_eq!(arena.course(&met.id).await["state"], "staking", "{accident:?}");
            arena.pay(&met, player).await;
            arena.hear().await;
        }
        let stakes = arena.stakes(&met.id).await;
        assert_eq!(stakes["p2"]["stake"], "seen", "a block is not enough: {stakes}");
        assert_eq!(arena.balances().await, [0, 0]);
        arena.is_in(&met, "ready", 10).await;
        arena.is_in(&met, "active", 10).await;
        arena
            .post(&format!("/v1/matches/{}/leave", met.id), &json!({ "queue_id": met.tickets[1] }))
            .await;
        befalls(&mut arena, accident).await;
        arena
            .until("the result", 30, async |arena| {
                arena.stakes(&met.id).await["p1"]["stake"] == "paid"
            })
            .await;
        if let Accident::Death(_) = accident {
            befalls(&mut arena, accident).await;
        }
        arena.have([540, 0], 60).await;
        assert_eq!(arena.balance(arena.escrow).await, 60, "what the treasury has not fetched");
        assert_eq!(arena.said(MatchCreated::SIGNATURE_HASH).await, 1, "{accident:?}");
        assert_eq!(arena.said(MatchResolved::SIGNATURE_HASH).await, 1, "{accident:?}");
        assert_eq!(arena.said(PlayerPaidOut::SIGNATURE_HASH).await, 1, "{accident:?}");
        arena.sound().await;
    }
}

#[tokio::test]
async fn who_has_locked_when_the_other_has_not_gets_his_stake_back() {
    let mut arena = Arena::new().await;
    let met = arena.meet().await;
    arena.is_open(&met).await;
    arena.pay(&met, PLAYERS[0]).await;
    arena.is_in(&met, "cancelled", 70).await;
    assert_eq!(arena.course(&met.id).await["reason"]["reason"], "unstaked");
    assert_eq!(arena.get(&format!("/queue/{}", met.tickets[0])).await["status"], "waiting");
    assert_eq!(arena.balances().await, [0, 300]);
    arena.proxy.fail(Fault::Down);
    arena.tick(120).await;
    arena.tick(120).await;
    arena.proxy.is_well();
    arena.have([300, 300], 60).await;
    assert_eq!(arena.stakes(&met.id).await["p1"]["stake"], "returned");
    assert_eq!(arena.said(PlayerPaidOut::SIGNATURE_HASH).await, 1);
    arena.sound().await;
}

#[tokio::test]
async fn a_match_whose_stake_the_chain_took_back_does_not_begin() {
    let mut arena = Arena::new().await;
    let met = arena.meet().await;
    arena.is_open(&met).await;
    arena.pay(&met, PLAYERS[0]).await;
    for _ in 0..3 {
        arena.tick(1).await;
    }
    arena.pay(&met, PLAYERS[1]).await;
    // Before it counts: it is owed again, and may be paid again.
    arena.hear().await;
    assert_eq!(arena.stakes(&met.id).await["p2"]["stake"], "seen");
    arena.anvil.reorganise(1).await;
    arena.hear().await;
    assert_eq!(arena.stakes(&met.id).await["p2"]["stake"], "owed");
    arena.pay(&met, PLAYERS[1]).await;
    arena.is_in(&met, "ready", 10).await;
    // While it is counted down: deeper than what counts.
    arena.anvil.reorganise(CONFIRMATIONS + 1).await;
    arena.hear().await;
    let course = arena.course(&met.id).await;
    assert_eq!(course["reason"]["reason"], "unlocked", "{course}");
    for ticket in &met.tickets {
        assert_eq!(arena.get(&format!("/queue/{ticket}")).await["status"], "waiting");
    }
    arena.tick(300).await;
    arena.have([300, 300], 60).await;
    arena.sound().await;
}

#[tokio::test]
async fn a_match_that_nobody_plays_gives_both_stakes_back_at_once() {
    let mut arena = Arena::new().await;
    let met = arena.meet().await;
    arena.is_open(&met).await;
    for player in PLAYERS {
        arena.pay(&met, player).await;
    }
    arena.is_in(&met, "active", 20).await;
    // Neither types a key.
    arena.is_in(&met, "cancelled", 80).await;
    assert_eq!(arena.stakes(&met.id).await["fate"], "void");
    arena.have([300, 300], 60).await;
    arena.sound().await;
}
