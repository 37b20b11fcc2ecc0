//! What the two do who play, and those who bet: over HTTP, and on the contracts themselves.

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolEvent as _;
use arena_control::chain::contracts::MatchProof;
use arena_protocol::result::{MatchResult, match_id};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use super::{BETTORS, Registry, Stakes, Table};

/// The third and the fourth of anvil's usual accounts, who play.
const KEYS: [&str; 2] = [
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
];

/// A match of two.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) id: String,
    pub(crate) tickets: [String; 2],
}

impl Table {
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
        let topic = Registry::Registered::SIGNATURE_HASH;
        let log = logs.iter().find(|log| log["topics"][0] == json!(topic)).unwrap();
        log["topics"][1].as_str().unwrap().parse::<U256>().unwrap().to()
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
