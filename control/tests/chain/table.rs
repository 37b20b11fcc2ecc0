//! Two who play for stakes, and those who bet on them: a control plane with all that it does with a
//! chain, whose time is the chain's.
#![expect(clippy::too_many_arguments, reason = "what is generated takes as many as an event has")]

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol;
use alloy::sol_types::{SolCall, SolValue as _};
use arena_control::chain::contracts::Contracts;
use arena_control::chain::effects::{Asking, Prepared, prepare};
use arena_control::chain::follower::{Follower, Step};
use arena_control::chain::intents::Intent;
use arena_control::chain::rpc::Rpc;
use arena_control::chain::sender::{Chain, Sender, Trouble, Turn};
use arena_control::chain::{Domains, Telling, follower};
use arena_control::clock::{Clock as _, VirtualClock};
use arena_control::pools::rules::Terms;
use arena_control::random::Chance;
use arena_control::store::Store;
use arena_control::time::{At, Span};
use arena_control::{Config, Ctx, Signing, deadlines, invariants, queue, ratings};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::anvil::{Anvil, number};
use crate::proxy::Proxy;
use crate::world::{CHAIN_ID, LIMITS, key};

/// The fifth to the seventh, who bet.
pub(crate) const BETTORS: [&str; 3] = [
    "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
    "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
];
const TOKEN: &str = "an operator";
/// Longer than bets are taken.
pub(crate) const A_GAME: Span = Span::seconds(120);

sol! {
    /// What players and bettors call.
    interface Stakes {
        function proposeWager(address opponent, string gameId) external payable returns (uint256);
        function proposeWagerOnMatch(address opponent, string gameId, bytes32 matchId) external payable returns (uint256);
        function acceptWager(uint256 wagerId) external payable;
        function settleWager(uint256 wagerId, bytes32 matchId) external;
        function bet(uint256 poolId, bool betOnA) external payable;
        function claim(uint256 poolId) external;
        function claimRefund(uint256 poolId) external;
        function register() external returns (uint256);
    }

    interface Registry {
        event NewFeedback(uint256 indexed agentId, address indexed clientAddress, uint64 feedbackIndex, int128 value, uint8 valueDecimals, string indexed indexedTag1, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash);
        event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    }
}

mod players;

pub(crate) use players::player;

pub(crate) struct Table {
    pub(crate) anvil: Anvil,
    pub(crate) proxy: Proxy,
    pub(crate) ctx: Ctx,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) wager: Address,
    pub(crate) pool: Address,
    pub(crate) reputation: Address,
    identity: Address,
    signing: Signing,
    sender: Sender<Rpc, Domains>,
    follower: Follower<Rpc, Telling>,
}

impl Table {
    pub(crate) async fn new() -> Self {
        Self::with_rake(0).await
    }

    /// Whose pools keep something, in hundredths of a percent.
    pub(crate) async fn with_rake(bps: u64) -> Self {
        let anvil = Anvil::start();
        let proxy = Proxy::before(&anvil.url).await;
        let match_proof = anvil.deploy("MatchProof", &[]).await;
        let wager = anvil.deploy("Wager", &match_proof.abi_encode()).await;
        let arguments = (match_proof, key().address(), U256::from(bps)).abi_encode_params();
        let pool = anvil.deploy("PredictionPool", &arguments).await;
        let identity = anvil.deploy("IdentityRegistry", &[]).await;
        let reputation = anvil.deploy("ReputationRegistry", &identity.abi_encode()).await;
        let contracts = Contracts {
            match_proof: Some(match_proof),
            wager: Some(wager),
            prediction_pool: Some(pool),
            reputation_registry: Some(reputation),
            ..Contracts::default()
        };
        let signing = Signing { chain_id: CHAIN_ID, contract: match_proof };
        let config = Config { admin_token: Some(TOKEN.to_owned()), signing, ..Config::default() };
        let config = config.with_wager_contract().with_betting(queue::MELEE, Terms::melee());
        let clock = Arc::new(VirtualClock::at(At(1_000 * time(&anvil).await)));
        let store = Store::open("sqlite::memory:").await.unwrap();
        let now = Arc::clone(&clock);
        let ctx = Ctx::open(store, now, Chance::of_the_system(), config).await.unwrap();
        let node = || {
            let (clock, chance) = (Arc::clone(&ctx.clock), Arc::clone(&ctx.chance));
            Arc::new(Rpc::new(std::slice::from_ref(&proxy.url), CHAIN_ID, clock, chance).unwrap())
        };
        let chain = Chain { id: CHAIN_ID, contracts, limits: LIMITS };
        let domains = Arc::new(Domains::new(ctx.clone()));
        let sender = Sender::new(ctx.clone(), node(), domains, Arc::new(key()), chain);
        let telling = Arc::new(Telling);
        let follower = Follower::new(ctx.clone(), node(), telling, CHAIN_ID, contracts, Some(0));
        Self {
            anvil,
            proxy,
            ctx,
            clock,
            wager,
            pool,
            reputation,
            identity,
            signing,
            sender,
            follower,
        }
    }

    /// A block, a second later.
    pub(crate) async fn mine(&self) {
        self.clock.advance(Span::seconds(1));
        let now = self.clock.now().0 / 1_000;
        let next = now.max(time(&self.anvil).await + 1);
        self.clock.jump(At(1_000 * next));
        self.anvil.ask("evm_setNextBlockTimestamp", json!([next])).await;
        self.anvil.mine(1).await;
    }

    /// What is due happens.
    pub(crate) async fn sweep(&self) {
        while deadlines::sweep(&self.ctx).await.unwrap().0 > 0 {}
    }

    /// What is due happens, what is asked for is sent, a block comes, and its logs are read.
    pub(crate) async fn turn(&mut self) {
        self.sweep().await;
        let turn = self.sender.turn().await;
        assert!(matches!(turn, Ok(Turn::Idle | Turn::Busy) | Err(Trouble::Node(_))), "{turn:?}");
        self.mine().await;
        self.follow().await;
    }

    pub(crate) async fn follow(&mut self) {
        loop {
            match self.follower.step().await {
                Ok(Step::More) => {}
                Ok(Step::UpToDate) | Err(follower::Trouble::Node(_)) => return,
                other @ (Ok(Step::NotOurs) | Err(_)) => panic!("{other:?}"),
            }
        }
    }

    /// Turns until nothing is left to do.
    pub(crate) async fn settle(&mut self) {
        for _ in 0..100 {
            self.turn().await;
            if self.jobs("ready").await.is_empty() {
                assert_eq!(self.jobs("failed").await, Vec::<Json>::new());
                assert_eq!(invariants::broken(&self.ctx).await.unwrap(), []);
                let found = ratings::recompute(&self.ctx.store).await.unwrap();
                assert_eq!(found.differences, []);
                return;
            }
        }
        panic!("stuck: {:#?}", self.jobs("ready").await);
    }

    /// Time passes, on the chain as well.
    pub(crate) async fn pass(&mut self, span: Span) {
        self.clock.advance(span);
        self.turn().await;
    }

    /// What the chain would be told for an effect.
    pub(crate) async fn prepared(&self, intent: &Intent) -> Prepared {
        let (clock, chance) = (Arc::clone(&self.ctx.clock), Arc::clone(&self.ctx.chance));
        let urls = std::slice::from_ref(&self.proxy.url);
        let node = Rpc::new(urls, CHAIN_ID, clock, chance).unwrap();
        let contracts = &Contracts {
            match_proof: Some(self.signing.contract),
            wager: Some(self.wager),
            prediction_pool: Some(self.pool),
            ..Contracts::default()
        };
        let confirmations = LIMITS.confirmations;
        let (chain_id, key) = (CHAIN_ID, &key());
        let asking = Asking { node: &node, chain_id, contracts, key, confirmations };
        prepare(&asking, intent).await.unwrap()
    }

    /// A transaction that succeeds, in a block of its own, whose logs are read.
    pub(crate) async fn transact(
        &mut self,
        from: Address,
        to: Address,
        call: &impl SolCall,
        wei: u64,
    ) -> Json {
        let data = Bytes::from(call.abi_encode());
        let call = json!({ "from": from, "to": to, "data": data, "value": U256::from(wei), "gas": "0x7a120" });
        let hash = self.anvil.ask("eth_sendTransaction", json!([call])).await;
        self.mine().await;
        let receipt = self.anvil.ask("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        self.follow().await;
        receipt
    }

    pub(crate) async fn balance(&self, of: Address) -> U256 {
        let balance = self.anvil.ask("eth_getBalance", json!([of, "latest"])).await;
        balance.as_str().unwrap().parse().unwrap()
    }

    /// The jobs of a state, as kinds.
    pub(crate) async fn done(&self) -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::new();
        for job in self.jobs("done").await {
            *kinds.entry(job["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        kinds
    }

    pub(crate) async fn jobs(&self, state: &str) -> Vec<Json> {
        let path = format!("/v1/admin/chain/jobs?limit=1000&state={state}");
        self.get(&path).await["jobs"].as_array().unwrap().clone()
    }

    pub(crate) async fn get(&self, path: &str) -> Json {
        self.ask(Method::GET, path, Body::empty()).await
    }

    async fn post(&self, path: &str, body: &Json) -> Json {
        self.ask(Method::POST, path, Body::from(body.to_string())).await
    }

    async fn ask(&self, method: Method, path: &str, body: Body) -> Json {
        let (status, body) = self.answer(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    async fn answer(&self, method: Method, path: &str, body: Body) -> (StatusCode, Json) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let operates = path.starts_with("/v1/admin");
        let bearer = operates.then(|| format!("Bearer {TOKEN}"));
        let request = bearer
            .into_iter()
            .fold(request, |request, bearer| request.header(header::AUTHORIZATION, bearer));
        let router = arena_control::http::router(self.ctx.clone());
        let answer = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

async fn time(anvil: &Anvil) -> i64 {
    let head = anvil.ask("eth_getBlockByNumber", json!(["latest", false])).await;
    i64::try_from(number(&head["timestamp"])).unwrap()
}
