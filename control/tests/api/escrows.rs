//! Stakes as both sides and the contract see them.

use arena_control::escrows::contract;
use arena_control::escrows::rules::{Agreed, Said, Terms};
use arena_control::escrows::work::{self, Payment};
use arena_control::ids::MatchId;
use arena_control::matches::rules::{Side, Sides};
use arena_control::onchain::{Block, Due, MatchKey};
use arena_control::time::{At, Span};
use arena_control::uint::{EscrowId, Wei};
use arena_control::{Config, store};
use axum::http::StatusCode;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};

use crate::support::TestControl;
use crate::wagers::{A, B};

const CONTRACT: &str = "0x3333333333333333333333333333333333333333";
const NOBODY: &str = "0x0000000000000000000000000000000000000000";

fn config() -> Config {
    let contract = CONTRACT.parse().unwrap();
    let terms = Terms { chain_id: 31_337, contract, confirmations: 1, stake: None };
    let config = Config { admin_token: Some("boss".to_owned()), ..Config::default() };
    config.with_stakes("code_duel", terms).unwrap()
}

fn created(id: &str, number: u64) -> Said {
    let players = Sides { first: A.parse().unwrap(), second: B.parse().unwrap() };
    let agreed = Agreed { players, tier: 2, stake: Wei::coins(300) };
    let key = MatchKey::of(id.parse().unwrap());
    Said::Created { key, number: EscrowId::small(number), agreed }
}

fn joined(player: &str) -> Said {
    Said::Joined { player: player.parse().unwrap() }
}

fn resolved(winner: &str) -> Said {
    Said::Resolved { winner: winner.parse().unwrap() }
}

fn paid(player: &str, coins: u64) -> Said {
    Said::Paid { player: player.parse().unwrap(), amount: Wei::coins(coins) }
}

impl TestControl {
    /// In a block of its own, twice.
    async fn escrow_says(&self, block: i64, number: u64, said: &[Said]) {
        let now = self.ctx.clock.now();
        let block = Block { number: block, hash: format!("block {block}"), at: now };
        for (log, said) in (0..).zip(said) {
            let (said, block) = (said.clone(), block.clone());
            let work = async move |tx: &mut store::Tx| {
                let number = EscrowId::small(number);
                contract::observe(tx, number, &said, &block, log, now).await?;
                contract::observe(tx, number, &said, &block, log, now).await
            };
            self.ctx.store.write::<_, store::Error, _>(work).await.unwrap();
        }
    }

    async fn escrow_block_is_gone(&self, block: i64) {
        let (now, hash) = (self.ctx.clock.now(), format!("block {block}"));
        let work = async move |tx: &mut store::Tx| contract::forget_block(tx, &hash, now).await;
        self.ctx.store.write::<_, store::Error, _>(work).await.unwrap();
    }

    async fn stakes(&self, id: &str) -> Json {
        let answer = self.get(&format!("/v1/matches/{id}/stakes")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }

    async fn match_course(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}")).await.body["course"].clone()
    }

    /// Two who are there and have to stake.
    async fn staking(&self) -> (String, String, String) {
        let (id, first, second) = self.asked().await;
        self.both_ready(&id, [&first, &second]).await;
        assert_eq!(self.match_course(&id).await["state"], "staking");
        (id, first, second)
    }

    /// Two whose game has begun.
    async fn staked(&self) -> (String, String, String) {
        let (id, first, second) = self.staking().await;
        self.escrow_says(1, 7, &[created(&id, 7)]).await;
        self.escrow_says(2, 7, &[joined(A)]).await;
        self.escrow_says(3, 7, &[joined(B), Said::Started]).await;
        assert_eq!(self.match_course(&id).await["state"], "ready");
        self.pass(Span::seconds(5)).await;
        assert_eq!(self.match_course(&id).await["state"], "active");
        (id, first, second)
    }

    async fn status_of(&self, ticket: &str) -> String {
        let entry = self.get(&format!("/queue/{ticket}")).await.body;
        entry["status"].as_str().unwrap().to_owned()
    }

    async fn payment(&self, id: &str, side: Side) -> Due<Payment> {
        let (business, now) = (work::payment(id.parse().unwrap(), side), self.ctx.clock.now());
        let due = async move |tx: &mut store::Tx| work::to_pay(tx, &business, now).await;
        self.ctx.store.read::<_, store::Error, _>(due).await.unwrap()
    }

    async fn verdict(&self, id: &str) -> Due<(Option<String>, u8)> {
        let (id, now): (MatchId, At) = (id.parse().unwrap(), self.ctx.clock.now());
        let due = async move |tx: &mut store::Tx| work::to_result(tx, id, now).await;
        match self.ctx.store.read::<_, store::Error, _>(due).await.unwrap() {
            Due::Now(it) => Due::Now((it.winner.map(|winner| winner.to_string()), it.outcome)),
            Due::Later => Due::Later,
            Due::Done => Due::Done,
        }
    }
}

#[tokio::test]
async fn a_game_begins_when_both_stakes_are_locked_and_its_winner_is_paid_once() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, _first, second) = control.staking().await;
        assert_eq!(control.jobs("create_escrow").await, 1);
        let asked = control.stakes(&id).await;
        assert_eq!((&asked["contract"], &asked["chain_id"]), (&json!(CONTRACT), &json!(31_337)));
        assert_eq!((&asked["amount"], &asked["escrow"]), (&json!(Wei::coins(300)), &Json::Null));
        assert_eq!((&asked["join"], &asked["p1"]["stake"]), (&Json::Null, &json!("owed")));
        control.pass(Span::seconds(50)).await;
        control.escrow_says(1, 7, &[created(&id, 7)]).await;
        let open = control.stakes(&id).await;
        let data = format!("0x{}{:064x}", "1784fd1e", 7);
        assert_eq!(open["escrow"], "7");
        assert_eq!(open["join"]["to"], CONTRACT);
        assert_eq!(open["join"]["data"].as_str().unwrap()[10..], data[10..]);
        let lock_by = control.ctx.clock.now() + Span::seconds(60);
        assert_eq!(open["lock_by"], lock_by.0, "the time to pay begins when that can be done");
        control.pass(Span::seconds(59)).await;
        control.escrow_says(2, 7, &[joined(A)]).await;
        assert_eq!(control.match_course(&id).await["stakes"]["p1"], "locked");
        assert_eq!(control.match_course(&id).await["state"], "staking");
        control.escrow_says(3, 7, &[joined(B), Said::Started]).await;
        assert_eq!(control.match_course(&id).await["state"], "ready");
        control.pass(Span::seconds(5)).await;
        assert_eq!(control.match_course(&id).await["state"], "active");
        assert_eq!(control.verdict(&id).await, Due::Later);
        control.sound().await;
        control.post(&format!("/v1/matches/{id}/leave"), &json!({ "queue_id": second })).await;
        assert_eq!(control.jobs("escrow_result").await, 1);
        let winner = Some(A.to_lowercase());
        assert_eq!(control.verdict(&id).await, Due::Now((winner, 3)), "a forfeit");
        assert_eq!(control.payment(&id, Side::First).await, Due::Later);
        control.sound().await;
        control.escrow_says(4, 7, &[resolved(A), paid(A, 540)]).await;
        assert_eq!(control.verdict(&id).await, Due::Done);
        assert_eq!(control.jobs("pay_escrow").await, 1);
        assert!(matches!(control.payment(&id, Side::First).await, Due::Now(_)));
        assert_eq!(control.payment(&id, Side::Second).await, Due::Done);
        let over = control.stakes(&id).await;
        assert_eq!((&over["p1"]["stake"], &over["p2"]["stake"]), (&json!("paid"), &json!("lost")));
        assert_eq!((&over["fate"], &over["winner"]), (&json!("won"), &json!("p1")));
        assert_eq!(over["p1"]["paid"], json!(Wei::coins(540)));
        let told = control.get(&format!("/v1/matches/{id}/events")).await.body;
        let told = told["events"].as_array().unwrap().iter();
        let stakes = told.filter(|event| event["kind"] == "match.stakes").count();
        assert!(stakes >= 6, "asked, open, one, both, won, paid: {stakes}");
        control.sound().await;
    }
}

#[tokio::test]
async fn who_has_paid_gets_it_back_and_waits_at_his_old_place_when_the_other_has_not() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, first, second) = control.staking().await;
        control.escrow_says(1, 7, &[created(&id, 7)]).await;
        control.escrow_says(2, 7, &[joined(B)]).await;
        control.pass(Span::seconds(60)).await;
        let course = control.match_course(&id).await;
        assert_eq!(course["state"], "cancelled");
        let late = json!({ "reason": "unstaked", "paid": { "p1": false, "p2": true } });
        assert_eq!(course["reason"], late);
        assert_eq!(control.status_of(&second).await, "waiting");
        assert_eq!(control.status_of(&first).await, "matched", "it is spent");
        assert_eq!(control.jobs("escrow_result").await, 0, "it never had both");
        assert_eq!(control.jobs("pay_escrow").await, 0, "the contract still waits for the other");
        control.sound().await;
        control.pass(Span::seconds(242)).await;
        assert_eq!(control.jobs("pay_escrow").await, 1);
        let Due::Now(payment) = control.payment(&id, Side::Second).await else {
            panic!("it is due");
        };
        assert_eq!(payment.player.to_string(), B.to_lowercase());
        control.escrow_says(9, 7, &[Said::Cancelled, paid(B, 300)]).await;
        assert_eq!(control.payment(&id, Side::Second).await, Due::Done);
        assert_eq!(control.stakes(&id).await["p2"]["stake"], "returned");
        control.sound().await;
    }
}

#[tokio::test]
async fn a_stake_that_comes_late_goes_back_at_once_and_starts_nothing() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, ..) = control.staking().await;
        control.escrow_says(1, 7, &[created(&id, 7)]).await;
        control.escrow_says(2, 7, &[joined(A)]).await;
        control.pass(Span::seconds(61)).await;
        control.escrow_says(3, 7, &[joined(B), Said::Started]).await;
        assert_eq!(control.match_course(&id).await["state"], "cancelled");
        assert_eq!(control.jobs("escrow_result").await, 1);
        assert_eq!(control.verdict(&id).await, Due::Now((None, 4)));
        control.escrow_says(4, 7, &[Said::Cancelled]).await;
        assert_eq!(control.jobs("pay_escrow").await, 2);
        control.sound().await;
    }
}

#[tokio::test]
async fn without_an_escrow_in_time_nobody_is_at_fault() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, first, second) = control.staking().await;
        control.clock.advance(Span::seconds(60));
        while arena_control::deadlines::sweep(&control.ctx).await.unwrap().0 > 0 {}
        assert_eq!(control.match_course(&id).await["reason"]["reason"], "no_escrow");
        for ticket in [&first, &second] {
            assert_eq!(control.status_of(ticket).await, "waiting");
        }
        let open = async move |tx: &mut store::Tx| work::to_create(tx, id.parse().unwrap()).await;
        let due = control.ctx.store.read::<_, store::Error, _>(open).await.unwrap();
        assert_eq!(due, Due::Done, "nobody waits for it any more");
        control.sound().await;
    }
}

#[tokio::test]
async fn a_stake_that_the_chain_takes_back_stops_the_match_until_it_has_begun() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, first, second) = control.staking().await;
        control.escrow_says(1, 7, &[created(&id, 7)]).await;
        control.escrow_says(2, 7, &[joined(A)]).await;
        control.escrow_block_is_gone(2).await;
        assert_eq!(control.stakes(&id).await["p1"]["stake"], "owed");
        control.escrow_says(3, 7, &[joined(A), joined(B), Said::Started]).await;
        assert_eq!(control.match_course(&id).await["state"], "ready");
        control.escrow_block_is_gone(3).await;
        assert_eq!(control.match_course(&id).await["reason"]["reason"], "unlocked");
        for ticket in [&first, &second] {
            assert_eq!(control.status_of(ticket).await, "waiting");
        }
        control.sound().await;
    }
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, _first, second) = control.staked().await;
        control.escrow_block_is_gone(3).await;
        assert_eq!(control.match_course(&id).await["state"], "active", "they play on");
        control.post(&format!("/v1/matches/{id}/leave"), &json!({ "queue_id": second })).await;
        assert_eq!(control.jobs("escrow_result").await, 0, "it has nothing to decide about");
        control.escrow_says(4, 7, &[joined(B), Said::Started]).await;
        assert_eq!(control.jobs("escrow_result").await, 1);
        control.sound().await;
    }
}

#[tokio::test]
async fn stakes_of_a_match_that_an_operator_takes_back_go_back() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, ..) = control.staked().await;
        let answer = control
            .operate(&format!("/v1/admin/matches/{id}/void"), &json!({ "why": "a test" }))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(control.jobs("escrow_result").await, 1);
        assert_eq!(control.verdict(&id).await, Due::Now((None, 4)));
        assert_eq!(control.jobs("pay_escrow").await, 0, "not before the contract says so");
        control.sound().await;
        // Nobody could tell the contract.
        control.pass(Span::seconds(178)).await;
        assert_eq!(control.jobs("pay_escrow").await, 2, "180 s after both had paid");
        for side in Side::BOTH {
            assert!(matches!(control.payment(&id, side).await, Due::Now(_)));
        }
        control.sound().await;
    }
}

#[tokio::test]
async fn who_cannot_be_paid_may_not_enter_and_what_is_not_staked_says_so() {
    for control in TestControl::on_each_database_with(&config()).await {
        for wallet in [json!(null), json!("fox.eth"), json!(NOBODY)] {
            let body = json!({ "connect_code": "FOX#1", "wallet_address": wallet, "tier": "gold" });
            let answer = control.post("/v1/queues/code_duel/join", &body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
            assert!(answer.body["detail"].as_str().unwrap().contains("wallet"), "{answer:?}");
        }
        // It is nobody's in other queues, too.
        for path in ["/queue/join", "/v1/queues/melee/join"] {
            let body = json!({ "connect_code": "FOX#1", "wallet_address": NOBODY });
            let answer = control.post(path, &body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {answer:?}");
            assert!(answer.body["detail"].as_str().unwrap().contains("zero address"), "{answer:?}");
        }
        let (id, ..) = control.pair().await;
        let none = control.get(&format!("/v1/matches/{id}/stakes")).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
        assert_eq!(none.body["detail"], "nothing is staked on this match");
        let missing = control.get("/v1/matches/0/stakes").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
    }
}

/// Blocks come and go at random; what is shown in the end is what somebody is shown who has only
/// heard what is left of them.
#[tokio::test]
async fn whatever_the_chain_says_and_takes_back_the_stakes_are_those_of_the_blocks_that_are_left() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, ..) = control.staking().await;
        control.pass(Span::seconds(120)).await;
        let blocks: Vec<(i64, Vec<Said>)> = vec![
            (1, vec![created(&id, 7)]),
            (2, vec![joined(A)]),
            (3, vec![joined(B), Said::Started]),
            (4, vec![resolved(NOBODY), paid(A, 270), paid(B, 270)]),
        ];
        let mut random = StdRng::seed_from_u64(5);
        for _ in 0..30 {
            let at = random.random_range(0..blocks.len());
            if random.random() {
                control.escrow_says(blocks[at].0, 7, &blocks[at].1).await;
            } else {
                control.escrow_block_is_gone(blocks[at].0).await;
            }
        }
        for (block, _) in &blocks {
            control.escrow_block_is_gone(*block).await;
        }
        assert_eq!(control.stakes(&id).await["escrow"], Json::Null);
        // The newest is heard first.
        for (block, said) in blocks.iter().take(3).rev() {
            control.escrow_says(*block, 7, said).await;
        }
        let shown = control.stakes(&id).await;
        assert_eq!((&shown["escrow"], &shown["fate"]), (&json!("7"), &json!("void")));
        assert_eq!(
            (&shown["p1"]["stake"], &shown["p2"]["stake"]),
            (&json!("locked"), &json!("locked"))
        );
        control.sound().await;
    }
}
