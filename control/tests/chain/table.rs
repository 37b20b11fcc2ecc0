//! Two who play for stakes, and those who bet on them: a control plane with all that it does with a
//! chain, whose time is the chain's.
#![expect(clippy::too_many_arguments, reason = "what is generated takes as many as an event has")]

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol;
use alloy::sol_types::{SolCall, SolValue as _};
use arena_control::chain::contracts::{Contracts, MatchProof};
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
use arena_protocol::result::{MatchResult, match_id};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::anvil::{Anvil, number};
use crate::proxy::Proxy;
use crate::world::{CHAIN_ID, LIMITS, key};

/// The third and the fourth of anvil's usual accounts, who play.
const KEYS: [&str; 2] = [
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
];
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

/// A match of two.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) id: String,
    pub(crate) tickets: [String; 2],
}

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

    /// Two meet, with their wallets, and with their agents' numbers if they have any; and the match
    /// has its pool.
    pub(crate) async fn meet(&mut self, agents: Option<[u64; 2]>) -> Met {
        let met = self.meet_at_once(agents).await;
        self.turn().await;
        self.turn().await;
        met
    }

    /// The same, and nothing is sent yet.
    pub(crate) async fn meet_at_once(&self, agents: Option<[u64; 2]>) -> Met {
        let mut tickets = Vec::new();
        let mut id = None;
        for side in [0, 1] {
            let body = json!({
                "connect_code": format!("CODE#{side}"), "wallet_address": player(side).to_string(),
                "agent_id": agents.map(|agents| agents[side]),
            });
            let ticket = self.post("/queue/join", &body).await;
            tickets.push(ticket["queue_id"].as_str().unwrap().to_owned());
            id = ticket["match_id"].as_str().map(str::to_owned);
        }
        Met { id: id.unwrap(), tickets: tickets.try_into().unwrap() }
    }

    /// Both report the same.
    pub(crate) async fn report(&self, met: &Met, stocks: [u8; 2]) {
        for side in [0, 1] {
            let body = json!({
                "queue_id": met.tickets[side], "outcome": "COMPLETED", "duration_seconds": 90,
                "stocks_remaining": stocks[side], "opponent_stocks": stocks[1 - side],
            });
            self.post(&format!("/matches/{}/result", met.id), &body).await;
        }
    }

    /// Both sign what is recorded.
    pub(crate) async fn sign(&self, met: &Met) {
        let (_, signatures) = self.signed(met).await;
        for side in [0, 1] {
            let address = player(side).to_string();
            let body = json!({ "address": address, "signature": hex::encode(&signatures[side]) });
            self.post(&format!("/matches/{}/signature", met.id), &body).await;
        }
    }

    /// Both sign, and record it without asking the arena.
    pub(crate) async fn record(&mut self, met: &Met) {
        let (result, [first, second]) = self.signed(met).await;
        let result = MatchProof::MatchResult {
            matchId: result.match_id,
            winner: result.winner,
            loser: result.loser,
            gameId: result.game_id,
            winnerScore: result.winner_score,
            loserScore: result.loser_score,
            replayHash: result.replay_hash,
            timestamp: U256::from(result.timestamp),
        };
        let call = MatchProof::recordMatchCall { result, sigA: first, sigB: second };
        let (from, to) = (BETTORS[2].parse().unwrap(), self.signing.contract);
        self.transact(from, to, &call, 0).await;
    }

    async fn signed(&self, met: &Met) -> (MatchResult, [Bytes; 2]) {
        let seen = self.get(&format!("/matches/{}", met.id)).await;
        let account = |key: &str| seen[key].as_str().unwrap().parse().unwrap();
        let score = |key: &str| u8::try_from(seen[key].as_u64().unwrap()).unwrap();
        let result = MatchResult {
            match_id: match_id(&met.id),
            winner: account("winner_wallet"),
            loser: account("loser_wallet"),
            game_id: "melee".into(),
            winner_score: score("winner_score"),
            loser_score: score("loser_score"),
            replay_hash: B256::ZERO,
            timestamp: seen["result_timestamp"].as_u64().unwrap(),
        };
        let digest = result.digest(&self.signing);
        let sign = |side| signer(side).sign_hash_sync(&digest).unwrap().as_bytes();
        (result, [0, 1].map(|side| Bytes::from(sign(side))))
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

    /// A wager of the contract on a match, proposed and accepted, there and here.
    pub(crate) async fn wager(&mut self, met: &Met, amount: u64) {
        self.offer("melee", met, amount).await;
        self.post(&format!("/matches/{}/wager/propose", met.id), &wish(met, amount)).await;
        self.take_up(amount).await;
        let body = json!({ "queue_id": met.tickets[1] });
        self.post(&format!("/matches/{}/wager/accept", met.id), &body).await;
    }

    /// Both agree here, before the contract has been heard of it.
    pub(crate) async fn agree(&mut self, met: &Met, amount: u64) {
        self.post(&format!("/matches/{}/wager/propose", met.id), &wish(met, amount)).await;
        let body = json!({ "queue_id": met.tickets[1] });
        self.post(&format!("/matches/{}/wager/accept", met.id), &body).await;
    }

    /// An offer as clients of the first deployment make it: it names no match.
    pub(crate) async fn offer_any(&mut self, amount: u64) {
        let offer = Stakes::proposeWagerCall { opponent: player(1), gameId: "melee".to_owned() };
        self.transact(player(0), self.wager, &offer, amount).await;
    }

    /// The contract is told by somebody else which match its wager is settled by.
    pub(crate) async fn settle_by(&mut self, met: &Met) {
        let call = Stakes::settleWagerCall { wagerId: U256::ZERO, matchId: match_id(&met.id) };
        self.transact(player(1), self.wager, &call, 0).await;
    }

    /// An offer of the contract alone, of a game that need not be the match's.
    pub(crate) async fn offer(&mut self, game: &str, met: &Met, amount: u64) {
        let offer = Stakes::proposeWagerOnMatchCall {
            opponent: player(1),
            gameId: game.to_owned(),
            matchId: match_id(&met.id),
        };
        self.transact(player(0), self.wager, &offer, amount).await;
    }

    /// The other side takes the contract's offer up.
    pub(crate) async fn take_up(&mut self, amount: u64) {
        let accept = Stakes::acceptWagerCall { wagerId: U256::ZERO };
        self.transact(player(1), self.wager, &accept, amount).await;
    }

    /// Why the contract's offer is not what a match may be played for.
    pub(crate) async fn why_not(&self, met: &Met, amount: u64) -> String {
        let path = format!("/matches/{}/wager/propose", met.id);
        let body = Body::from(wish(met, amount).to_string());
        let (status, body) = self.answer(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        body["detail"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn wager_of(&self, met: &Met) -> Json {
        self.get(&format!("/v1/matches/{}/wager", met.id)).await
    }

    pub(crate) async fn bet(&mut self, bettor: usize, on_a: bool, amount: u64) {
        let bet = Stakes::betCall { poolId: U256::ZERO, betOnA: on_a };
        self.transact(BETTORS[bettor].parse().unwrap(), self.pool, &bet, amount).await;
    }

    pub(crate) async fn book(&self, met: &Met) -> Json {
        self.get(&format!("/v1/matches/{}/pool", met.id)).await
    }

    /// An agent of the registry, whose owner is a player.
    pub(crate) async fn register(&mut self, side: usize) -> u64 {
        let receipt = self.transact(player(side), self.identity, &Stakes::registerCall {}, 0).await;
        let logs = receipt["logs"].as_array().unwrap();
        let topic = <Registry::Registered as alloy::sol_types::SolEvent>::SIGNATURE_HASH;
        let log = logs.iter().find(|log| log["topics"][0] == json!(topic)).unwrap();
        number(&json!(format!(
            "{:#x}",
            log["topics"][1].as_str().unwrap().parse::<U256>().unwrap()
        )))
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

fn wish(met: &Met, amount: u64) -> Json {
    json!({ "queue_id": met.tickets[0], "amount_wei": amount, "wager_id": 0 })
}

fn signer(side: usize) -> PrivateKeySigner {
    KEYS[side].parse().unwrap()
}

pub(crate) fn player(side: usize) -> Address {
    signer(side).address()
}

async fn time(anvil: &Anvil) -> i64 {
    let head = anvil.ask("eth_getBlockByNumber", json!(["latest", false])).await;
    i64::try_from(number(&head["timestamp"])).unwrap()
}
