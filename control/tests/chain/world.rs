//! A control plane with a chain, and matches that both sides have signed.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall as _, SolEvent as _, SolStruct as _, eip712_domain};
use arena_control::chain::contracts::Contracts;
use arena_control::chain::contracts::MatchProof::{
    MatchRecorded, MatchResult, recordMatchCall, recordedCall,
};
use arena_control::chain::intents::{Asked, Intent, JobId, Kind, Known, Particulars};
use arena_control::chain::key::{Key, Source};
use arena_control::chain::rpc::Rpc;
use arena_control::chain::rules::Limits;
use arena_control::chain::sender::{Chain, Sender, Trouble, Turn};
use arena_control::chain::{Settings, keep_looking, keep_sending};
use arena_control::clock::VirtualClock;
use arena_control::random::Chance;
use arena_control::store::{self, Store};
use arena_control::time::{At, Span};
use arena_control::{Config, Ctx, jobs};
use axum::body::Body;
use axum::http::Request;
use serde_json::Value as Json;
use tower::ServiceExt as _;

use crate::anvil::{Anvil, KEY, is_true};
use crate::proxy::Proxy;

pub(crate) const CHAIN_ID: u64 = 31_337;
pub(crate) const CONFIRMATIONS: u64 = 3;
pub(crate) const LIMITS: Limits =
    Limits { confirmations: CONFIRMATIONS, buried: 128, fee_max: 500_000_000_000 };
const TOKEN: &str = "an operator";

pub(crate) struct World {
    pub(crate) anvil: Anvil,
    pub(crate) proxy: Proxy,
    pub(crate) ctx: Ctx,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) match_proof: Address,
    pub(crate) sender: Sender<Rpc, Signed>,
    asked: u32,
}

/// Every match is signed by both, but those whose name says that they are not.
pub(crate) struct Signed {
    match_proof: Address,
}

impl Particulars for Signed {
    fn of<'a>(&'a self, job: &'a JobId) -> Asked<'a, Result<Known, store::Error>> {
        if job.kind == Kind::FundWallet {
            // A contract that takes no coin.
            let (to, wei) = (self.match_proof, U256::from(1));
            let intent = Intent::FundWallet { to, wei, tops_up: false };
            return Box::pin(std::future::ready(Ok(Known::Intent(Box::new(intent)))));
        }
        let id = &job.business_id;
        let (winner, loser) = (wallet(&format!("{id} winner")), wallet(&format!("{id} loser")));
        let result = MatchResult {
            matchId: keccak256(id),
            winner: winner.address(),
            loser: loser.address(),
            gameId: "melee".to_owned(),
            winnerScore: 3,
            loserScore: 1,
            replayHash: B256::ZERO,
            timestamp: U256::from(1_700_000_000),
        };
        let domain = eip712_domain! {
            name: "NoJohns",
            version: "1",
            chain_id: CHAIN_ID,
            verifying_contract: self.match_proof,
        };
        let hash = result.eip712_signing_hash(&domain);
        let second = if id.starts_with("forged") { &winner } else { &loser };
        let sign =
            |by: &PrivateKeySigner| Bytes::from(by.sign_hash_sync(&hash).unwrap().as_bytes());
        let (first, second) = (sign(&winner), sign(second));
        let intent = Intent::RecordMatch { result, first, second };
        Box::pin(std::future::ready(Ok(Known::Intent(Box::new(intent)))))
    }

    fn done<'a>(
        &'a self,
        _tx: &'a mut store::Tx,
        _job: &'a JobId,
        _now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn wallet(of: &str) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&keccak256(of)).unwrap()
}

pub(crate) fn key() -> Key {
    Key::read(&Source::Hex(KEY.to_owned())).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let anvil = Anvil::start();
        let proxy = Proxy::before(&anvil.url).await;
        let match_proof = anvil.deploy("MatchProof", &[]).await;
        let store = Store::open("sqlite::memory:").await.unwrap();
        let clock = Arc::new(VirtualClock::at(At(1_700_000_000_000)));
        let config = Config { admin_token: Some(TOKEN.to_owned()), ..Config::default() };
        let time = Arc::clone(&clock);
        let ctx = Ctx::open(store, time, Chance::of_the_system(), config).await.unwrap();
        let sender = sender(&ctx, &proxy.url, match_proof, (CHAIN_ID, KEY));
        Self { anvil, proxy, ctx, clock, match_proof, sender, asked: 0 }
    }

    /// Matches that are to be recorded, from now on.
    pub(crate) async fn ask(&mut self, count: u32) {
        for n in self.asked..self.asked + count {
            self.ask_for(&format!("match {n}")).await;
        }
        self.asked += count;
    }

    pub(crate) async fn ask_for(&self, name: &str) {
        self.ask_kind(Kind::RecordMatch, name).await;
    }

    pub(crate) async fn ask_kind(&self, kind: Kind, name: &str) {
        let (name, now) = (name.to_owned(), self.ctx.clock.now());
        let ask = async move |tx: &mut store::Tx| {
            jobs::ask(tx, kind.name(), &name, "", now);
            Ok::<_, store::Error>(())
        };
        self.ctx.store.write(ask).await.unwrap();
    }

    /// A turn; trouble with the chain is what these tests make.
    pub(crate) async fn turn(&mut self) {
        let turn = self.sender.turn().await;
        assert!(matches!(turn, Ok(Turn::Idle | Turn::Busy) | Err(Trouble::Node(_))), "{turn:?}");
    }

    /// The process stops in good order while it waits for an answer.
    pub(crate) async fn stop_while_waiting(&self) {
        arena_control::chain::open(&self.ctx, Some(self.settings())).await.unwrap();
        let signed = Signed { match_proof: self.match_proof };
        let seen = async {
            while self.status().await["chain"]["balance_wei"].is_null() {
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(
            keep_sending(self.ctx.clone(), signed, self.proxy.stuck()),
            keep_looking(self.ctx.clone(), seen),
        );
    }

    pub(crate) fn settings(&self) -> Settings {
        let match_proof = Some(self.match_proof);
        let contracts = Contracts { match_proof, ..Contracts::default() };
        Settings {
            name: "local".to_owned(),
            id: CHAIN_ID,
            rpc: vec![self.proxy.url.clone()],
            contracts,
            limits: LIMITS,
            key: Some(Source::Hex(KEY.to_owned())),
            first_block: Some(0),
        }
    }

    /// Another process, of another key or chain.
    pub(crate) fn sender_of(&self, chain_id: u64, key: &str) -> Sender<Rpc, Signed> {
        sender(&self.ctx, &self.proxy.url, self.match_proof, (chain_id, key))
    }

    /// The call that records a match, with the signatures of both.
    pub(crate) async fn record_call(&self, name: &str) -> Bytes {
        let (kind, business_id) = (Kind::RecordMatch, name.to_owned());
        let known = Signed { match_proof: self.match_proof };
        let known = known.of(&JobId { kind, business_id }).await.unwrap();
        let Known::Intent(intent) = known else { panic!("{known:?}") };
        let Intent::RecordMatch { result, first, second } = *intent else { panic!("{intent:?}") };
        recordMatchCall { result, sigA: first, sigB: second }.abi_encode().into()
    }

    /// As an operator.
    pub(crate) async fn post(&self, path: &str, body: &Json) -> Json {
        let request = Request::post(path).header("content-type", "application/json");
        let text = self.answer(request, Body::from(body.to_string())).await;
        serde_json::from_str(&text).unwrap()
    }

    /// The process dies while it waits for an answer, and another takes over.
    pub(crate) async fn die_while_waiting(&mut self) {
        tokio::select! {
            biased;
            () = self.proxy.stuck() => {}
            turn = self.sender.turn() => panic!("it waits for an answer: {turn:?}"),
        }
        self.sender = self.sender_of(CHAIN_ID, KEY);
        self.clock.advance(Span::seconds(15));
    }

    /// Turns and blocks until every job is done.
    pub(crate) async fn settle(&mut self) {
        for _ in 0..100 {
            self.turn().await;
            self.anvil.mine(1).await;
            self.clock.advance(Span::seconds(3));
            let open = self.jobs("ready").await;
            if open.is_empty() {
                return;
            }
        }
        panic!("stuck: {:#?} {:#}", self.jobs("ready").await, self.status().await);
    }

    /// Each match once, and none of it undone.
    pub(crate) async fn is_recorded(&self) {
        for n in 0..self.asked {
            assert!(self.has(&format!("match {n}")).await, "match {n}");
        }
        let logs = self.anvil.logs(self.match_proof, MatchRecorded::SIGNATURE_HASH).await;
        assert_eq!(logs, self.asked as usize);
        assert_eq!(self.jobs("done").await.len(), self.asked as usize);
    }

    pub(crate) async fn has(&self, name: &str) -> bool {
        let call = recordedCall { matchId: keccak256(name) };
        is_true(&self.anvil.call(self.match_proof, call.abi_encode()).await)
    }

    pub(crate) async fn jobs(&self, state: &str) -> Vec<Json> {
        let path = format!("/v1/admin/chain/jobs?limit=1000&state={state}");
        let jobs = self.get(&path).await["jobs"].as_array().unwrap().clone();
        jobs.into_iter()
            .filter(|job| !job["business_id"].as_str().unwrap().starts_with("forged"))
            .collect()
    }

    pub(crate) async fn status(&self) -> Json {
        self.get("/v1/admin/chain").await
    }

    pub(crate) async fn get(&self, path: &str) -> Json {
        serde_json::from_str(&self.text(path).await).unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.answer(Request::get(path), Body::empty()).await
    }

    async fn answer(&self, request: axum::http::request::Builder, body: Body) -> String {
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        let router = arena_control::http::router(self.ctx.clone());
        let answer = router.oneshot(request.body(body).unwrap()).await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }
}

fn sender(
    ctx: &Ctx,
    url: &str,
    match_proof: Address,
    (chain_id, key): (u64, &str),
) -> Sender<Rpc, Signed> {
    let contracts = Contracts { match_proof: Some(match_proof), ..Contracts::default() };
    let chain = Chain { id: chain_id, contracts, limits: LIMITS };
    let (clock, chance) = (Arc::clone(&ctx.clock), Arc::clone(&ctx.chance));
    let node = Arc::new(Rpc::new(&[url.to_owned()], chain_id, clock, chance).unwrap());
    let key = Arc::new(Key::read(&Source::Hex(key.to_owned())).unwrap());
    Sender::new(ctx.clone(), node, Arc::new(Signed { match_proof }), key, chain)
}
