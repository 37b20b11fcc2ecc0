//! Pools as spectators, players and the contract see them.

use std::collections::BTreeMap;

use arena_control::onchain::{Block, Due, MatchKey};
use arena_control::pools::contract;
use arena_control::pools::rules::Terms;
use arena_control::pools::rules::tally::Said;
use arena_control::pools::work;
use arena_control::time::Span;
use arena_control::uint::{PoolId, Wei};
use arena_control::{Config, store};
use axum::http::{Request, StatusCode};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};
use crate::wagers::{A, B};

pub(crate) const BETTORS: [&str; 3] = [
    "0x6813eb9362372eef6200f3b1dbc3f819671cba69",
    "0x1eff47bc3a10a45d4b230b5d10e37751fe6aa718",
    "0xe1ab8145f7e55dc933d51a18c793f901a3a0b276",
];

fn config() -> Config {
    let config = Config { admin_token: Some("boss".into()), ..Config::default() };
    config.with_betting("melee", Terms::melee()).with_betting("code_duel", Terms::arcade())
}

pub(crate) fn created(id: &str) -> Said {
    let match_key = MatchKey::of(id.parse().unwrap());
    Said::Created { match_key, a: A.parse().unwrap(), b: B.parse().unwrap(), rake_bps: None }
}

pub(crate) fn bet(bettor: usize, on_a: bool, coins: u64) -> Said {
    let bettor = BETTORS[bettor].parse().unwrap();
    Said::Bet { bettor, on_a, amount: Wei::coins(coins) }
}

impl TestControl {
    pub(crate) async fn pool_says(&self, block: (i64, i64), log: i64, pool: u64, said: Said) {
        let now = self.ctx.clock.now();
        let (number, branch) = block;
        let block = Block { number, hash: format!("{number}-{branch}"), at: now };
        let work = async move |tx: &mut store::Tx| {
            contract::observe(tx, PoolId::small(pool), &said, &block, log, now).await?;
            contract::observe(tx, PoolId::small(pool), &said, &block, log, now).await
        };
        self.ctx.store.write::<_, store::Error, _>(work).await.unwrap();
    }

    /// Pool 5, with 800 on the first side and 400 on the second.
    async fn pool_of_1200(&self, id: &str) {
        self.pool_says((1, 0), 0, 5, created(id)).await;
        self.pool_says((2, 0), 0, 5, bet(0, true, 500)).await;
        self.pool_says((2, 0), 1, 5, bet(1, true, 300)).await;
        self.pool_says((3, 0), 0, 5, bet(2, false, 400)).await;
    }

    async fn block_is_gone(&self, block: (i64, i64)) {
        let now = self.ctx.clock.now();
        let hash = format!("{}-{}", block.0, block.1);
        let work = async move |tx: &mut store::Tx| contract::forget_block(tx, &hash, now).await;
        self.ctx.store.write::<_, store::Error, _>(work).await.unwrap();
    }

    async fn book(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}/pool")).await.body
    }

    async fn quote(&self, pool: u64, on: &str, amount: &Json, bettor: Option<&str>) -> Answer {
        let body = json!({ "on": on, "amount": amount, "bettor": bettor });
        self.post(&format!("/v1/pools/{pool}/quote"), &body).await
    }

    async fn claims(&self, pool: u64, bettor: &str) -> Answer {
        self.get(&format!("/v1/pools/{pool}/claims/{bettor}")).await
    }

    async fn due<T: Send + 'static>(
        &self,
        what: impl AsyncFn(&mut store::Tx) -> Result<Due<T>, store::Error> + Send + 'static,
    ) -> Due<T> {
        self.ctx.store.read::<_, store::Error, _>(what).await.unwrap()
    }
}

fn wei(coins: u64) -> Json {
    json!(Wei::coins(coins))
}

fn refused(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains(words), "{detail}");
}

#[tokio::test]
async fn bets_are_taken_from_the_meeting_to_the_start_and_paid_by_the_result() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, first, second) = control.asked().await;
        assert_eq!(control.jobs("create_pool").await, 1);
        let opened = control.book(&id).await;
        assert_eq!((&opened["betting"], &opened["pool_id"]), (&json!("open"), &Json::Null));
        assert_eq!((&opened["rake_bps"], &opened["bet_max"]), (&json!(500), &wei(500)));
        let of = id.parse().unwrap();
        let Due::Now(order) = control.due(async move |tx| work::to_create(tx, of).await).await
        else {
            panic!("a pool is to be made");
        };
        assert_eq!(order.match_key, MatchKey::of(of));
        let latest = control.ctx.clock.now() + Span::seconds(20);
        assert!(order.closes_at <= latest && order.closes_at > control.ctx.clock.now());
        control.pool_of_1200(&id).await;
        let odds = control.get("/pools/5/odds").await.body;
        assert_eq!((&odds["odds_a"], &odds["odds_b"]), (&json!("1.4250"), &json!("2.8500")));
        assert_eq!(
            (&odds["total_a"], &odds["total_b"], &odds["total"]),
            (&wei(800), &wei(400), &wei(1200))
        );
        assert_eq!((&odds["pct_a"], &odds["pct_b"]), (&json!(66), &json!(34)));
        assert_eq!((&odds["pool_id"], &odds["status"]), (&json!(5), &json!(0)));
        are_listed(&control, &id).await;
        let shown = control.get(&format!("/matches/{id}/pool")).await.body;
        assert_eq!(shown, json!({ "match_id": id, "pool_id": 5 }));
        assert_eq!(control.get(&format!("/matches/{id}")).await.body["pool_id"], 5);
        let quote = control.quote(5, "p2", &wei(400), None).await;
        assert_eq!(quote.body["payout"], wei(760), "half of 1600 less 5 %: {quote:?}");
        assert_eq!(
            (&quote.body["odds"], &quote.body["bet_on_a"]),
            (&json!("1.9000"), &json!(false))
        );
        for bettor in BETTORS {
            refused(&control.claims(5, bettor).await, 409, "not resolved yet");
        }
        control.both_ready(&id, [&first, &second]).await;
        assert_eq!(control.book(&id).await["betting"], "open", "the countdown runs");
        control.clock.advance(Span::seconds(5));
        // Nobody has looked at the match yet; it began all the same.
        refused(&control.quote(5, "p1", &wei(10), None).await, 409, "betting is closed");
        control.pass(Span(0)).await;
        assert_eq!(control.book(&id).await["betting"], "closed");
        assert_eq!(control.jobs("close_pool").await, 1);
        let told = control.get(&format!("/v1/matches/{id}/events")).await.body;
        let events = told["events"].as_array().unwrap();
        let number = |kind: &str| {
            events.iter().find(|event| event["kind"] == kind).map(|event| event["number"].as_i64())
        };
        assert!(number("bet.placed") < number("pool.closed"), "the cut-off has a number");
        control.clock.advance(Span::seconds(2));
        control.post(&format!("/v1/matches/{id}/leave"), &json!({ "queue_id": second })).await;
        assert_eq!(control.jobs("resolve_pool").await, 0, "the result may still be recorded");
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.jobs("resolve_pool").await, 1);
        let now = control.ctx.clock.now();
        let due = control.due(async move |tx| work::to_resolve(tx, of, now).await).await;
        assert_eq!(due, Due::Now(PoolId::small(5)));
        control.pool_says((9, 0), 0, 5, Said::Resolved { winner: A.parse().unwrap() }).await;
        let due = control.due(async move |tx| work::to_resolve(tx, of, now).await).await;
        assert_eq!(due, Due::Done);
        control.sound().await;
    }
}

/// The books of all matches in one answer: this is the only one.
async fn are_listed(control: &TestControl, id: &str) {
    let all = control.get("/v1/pools?limit=1").await.body;
    assert_eq!(all["pools"], json!([control.book(id).await]), "all of them at once");
    assert_eq!(
        (&all["next"], &all["pools"][0]["p1_wallet"]),
        (&json!(id), &json!(A.to_lowercase()))
    );
    let older = control.get(&format!("/v1/pools?before={id}")).await.body;
    assert_eq!(older, json!({ "pools": [], "next": null }));
    assert_eq!(control.get("/v1/pools?limit=101").await.status, 422);
}

#[tokio::test]
async fn what_was_won_is_shown_until_it_is_fetched() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, first, second) = control.asked().await;
        control.pool_of_1200(&id).await;
        control.both_ready(&id, [&first, &second]).await;
        control.pass(Span::seconds(7)).await;
        control.post(&format!("/v1/matches/{id}/leave"), &json!({ "queue_id": second })).await;
        control.pass(Span::seconds(86_400)).await;
        control.pool_says((9, 0), 0, 5, Said::Resolved { winner: A.parse().unwrap() }).await;
        let claim = control.claims(5, BETTORS[1]).await.body;
        let expected = Wei::coins(1140).share(Wei::coins(300), Wei::coins(800));
        assert_eq!((&claim["payout"], &claim["due"]), (&json!(expected), &json!(expected)));
        let fetched = Said::Claimed { bettor: BETTORS[1].parse().unwrap(), amount: expected };
        control.pool_says((10, 0), 0, 5, fetched).await;
        let claim = control.claims(5, BETTORS[1]).await.body;
        assert_eq!((&claim["claimed"], &claim["due"]), (&json!(expected), &json!(Wei::ZERO)));
        assert_eq!(control.claims(5, BETTORS[2]).await.body["payout"], json!(Wei::ZERO), "it lost");
        refused(&control.claims(5, A).await, 404, "no bet in this pool");
        let listed = control.get("/pools").await.body;
        assert_eq!(listed["count"], 1);
        let pool = &listed["pools"][0];
        assert_eq!((&pool["id"], &pool["pool_id"]), (&json!(id), &json!(5)));
        assert_eq!((&pool["winner_wallet"], &pool["loser_wallet"]), (&json!(A), &json!(B)));
        assert_eq!(pool["status"], "completed");
        control.sound().await;
    }
}

#[tokio::test]
async fn what_cannot_be_bet_or_claimed_is_told_why() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, ..) = control.asked().await;
        for pool in ["5", "x", "-1", "05", &"9".repeat(79)] {
            for path in [
                format!("/pools/{pool}/odds"),
                format!("/pools/{pool}/bets"),
                format!("/v1/pools/{pool}/claims/{A}"),
            ] {
                refused(&control.get(&path).await, 404, "no pool of this number");
            }
        }
        refused(&control.quote(5, "p1", &wei(10), None).await, 404, "no pool");
        refused(&control.get("/matches/x/pool").await, 404, "Match not found");
        control.pool_says((1, 0), 0, 5, created(&id)).await;
        let largest =
            "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        for amount in [json!(0), json!(largest), wei(9), wei(501), json!("9999999999999999999")] {
            let limits = "expected 10000000000000000000 to 500000000000000000000 wei";
            refused(&control.quote(5, "p1", &amount, None).await, 422, limits);
        }
        for (on, amount) in
            [("p3", json!(1)), ("p1", json!(-1)), ("p1", json!("ten")), ("p1", Json::Null)]
        {
            assert_eq!(
                control.quote(5, on, &amount, None).await.status.as_u16(),
                422,
                "{on} {amount}"
            );
        }
        refused(&control.quote(5, "p1", &wei(10), Some("fox")).await, 422, "expected an account");
        refused(&control.quote(5, "p1", &wei(10), Some(A)).await, 403, "on their own match");
        control.pool_says((2, 0), 0, 5, bet(0, false, 495)).await;
        refused(&control.quote(5, "p1", &wei(10), Some(BETTORS[0])).await, 422, "expected");
        assert_eq!(control.quote(5, "p1", &wei(10), Some(BETTORS[1])).await.status, StatusCode::OK);
        refused(&control.claims(5, "0x1").await, 422, "expected an account");
        for bad in ["limit=0", "limit=501", "before=1", "other=1"] {
            assert_eq!(control.get(&format!("/pools?{bad}")).await.status.as_u16(), 422, "{bad}");
        }
        let cancel = "/admin/pools/5/cancel";
        assert_eq!(control.post(cancel, &json!({})).await.status, StatusCode::UNAUTHORIZED);
        let as_boss = |path: &str| {
            let request = Request::post(path).header("authorization", "Bearer boss");
            request.body(axum::body::Body::empty()).unwrap()
        };
        refused(&control.send(as_boss("/admin/pools/6/cancel")).await, 404, "no pool");
        let done = control.send(as_boss(cancel)).await;
        assert_eq!(done.body, json!({ "pool_id": 5, "cancelled": true }));
        assert_eq!(control.jobs("cancel_pool").await, 1);
        refused(&control.quote(5, "p1", &wei(10), None).await, 409, "betting is closed");
        control.pool_says((3, 0), 0, 5, Said::Cancelled).await;
        assert_eq!(control.claims(5, BETTORS[0]).await.body["due"], wei(495), "all of it");
        assert_eq!(control.get("/pools/5/odds").await.body["status"], 2);
    }
}

#[tokio::test]
async fn where_nobody_could_hold_a_bet_there_are_no_pools() {
    let control = TestControl::start().await;
    let (id, ..) = control.pair().await;
    for path in ["/pools/1/odds", "/pools/1/bets", &format!("/v1/pools/1/claims/{A}")] {
        refused(&control.get(path).await, 404, "no chain is set up");
    }
    refused(&control.quote(1, "p1", &wei(10), None).await, 404, "no chain is set up");
    assert_eq!(control.get("/pools").await.body, json!({ "pools": [], "count": 0, "next": null }));
    let none = control.get(&format!("/matches/{id}/pool")).await;
    assert_eq!(none.body, json!({ "match_id": id, "pool_id": null }));
    refused(&control.get(&format!("/v1/matches/{id}/pool")).await, 404, "nobody can bet");
    assert_eq!(control.jobs("create_pool").await, 0);
}

#[tokio::test]
async fn a_match_whose_start_is_not_seen_takes_bets_for_a_while() {
    for control in TestControl::on_each_database_with(&config()).await {
        let bare = control.join("NOBODY#1").await["queue_id"].as_str().unwrap().to_owned();
        let met = control.join("NOBODY#2").await;
        let id = met["match_id"].as_str().unwrap();
        refused(&control.get(&format!("/v1/matches/{id}/pool")).await, 404, "nobody can bet");
        control.delete(&format!("/queue/{bare}")).await;
        let (id, ..) = control.pair().await;
        control.pool_says((1, 0), 0, 1, created(&id)).await;
        assert_eq!(control.quote(1, "p1", &json!(1), None).await.status, StatusCode::OK);
        let control = control.restarted().await;
        control.pass(Span::seconds(59)).await;
        assert_eq!(control.book(&id).await["betting"], "open");
        control.pass(Span::seconds(1)).await;
        assert_eq!(control.book(&id).await["betting"], "closed");
        // It runs out: every bet goes back.
        control.pass(Span::seconds(1_800)).await;
        assert_eq!(control.book(&id).await["betting"], "cancel");
        assert_eq!(control.jobs("cancel_pool").await, 1);
        let (of, now) = (id.parse().unwrap(), control.ctx.clock.now());
        let due = control.due(async move |tx| work::to_cancel(tx, of, now).await).await;
        assert_eq!(due, Due::Now(PoolId::small(1)));
        control.sound().await;
    }
}

#[tokio::test]
async fn a_result_that_is_there_while_bets_are_taken_gives_every_bet_back_at_once() {
    for control in TestControl::on_each_database_with(&config()).await {
        for (pool, after, betting) in [(1, 59, "cancel"), (2, 60, "cancel"), (3, 61, "closed")] {
            let (id, first, _) = control.pair().await;
            control.pool_says((pool, 0), 0, pool.unsigned_abs(), created(&id)).await;
            control.pass(Span::seconds(after)).await;
            control.loses(&id, &first).await;
            assert_eq!(control.book(&id).await["betting"], betting, "after {after} s");
            let late = control.quote(pool.unsigned_abs(), "p2", &json!(1), None).await;
            refused(&late, 409, "betting is closed");
            let told = control.get(&format!("/v1/matches/{id}/events")).await.body;
            let kinds = told["events"].as_array().unwrap().iter().map(|it| &it["kind"]);
            assert_eq!(kinds.filter(|kind| **kind == "pool.closed").count(), 1, "the cut-off");
        }
        assert_eq!(control.jobs("cancel_pool").await, 2);
        assert_eq!(control.jobs("resolve_pool").await, 0);
        control.sound().await;
    }
}

#[tokio::test]
async fn a_pool_is_of_the_match_that_it_says_as_long_as_the_chain_says_so() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (one, ..) = control.pair().await;
        let (two, ..) = control.pair().await;
        let pool_of = async |id: &str| control.book(id).await["pool_id"].clone();
        control.pool_says((1, 0), 0, 3, created(&one)).await;
        assert_eq!((pool_of(&one).await, pool_of(&two).await), (json!("3"), Json::Null));
        // Another branch, in which the same number is another match's.
        control.pool_says((1, 1), 1, 3, created(&two)).await;
        control.block_is_gone((1, 0)).await;
        assert_eq!((pool_of(&one).await, pool_of(&two).await), (Json::Null, json!("3")));
        control.block_is_gone((1, 1)).await;
        assert_eq!((pool_of(&one).await, pool_of(&two).await), (Json::Null, Json::Null));
        refused(&control.get("/pools/3/odds").await, 404, "no pool");
        // A pool of strangers, and one the wrong way round, are nobody's.
        let mut strangers = created(&one);
        if let Said::Created { a, .. } = &mut strangers {
            *a = BETTORS[0].parse().unwrap();
        }
        control.pool_says((2, 0), 0, 4, strangers).await;
        assert_eq!(pool_of(&one).await, Json::Null);
        control.sound().await;
    }
}

/// Blocks come, go and come again in any order: what is shown is what the blocks that are there say.
#[tokio::test]
async fn any_order_of_blocks_comes_to_what_is_there() {
    for seed in 0..3 {
        for control in TestControl::on_each_database_with(&config()).await {
            let mut chance = StdRng::seed_from_u64(seed);
            let (id, ..) = control.pair().await;
            let said = |block: i64, log: i64| match (block + log) % 5 {
                0 => created(&id),
                1 => Said::Resolved { winner: B.parse().unwrap() },
                n => {
                    bet(usize::try_from(n - 2).unwrap(), block % 2 == 0, 10 + block.unsigned_abs())
                }
            };
            let mut there = BTreeMap::new();
            for _ in 0..60 {
                let block = (chance.random_range(0..8), chance.random_range(0..2));
                if chance.random_bool(0.3) {
                    control.block_is_gone(block).await;
                    there.retain(|(number, _, branch), _| (*number, *branch) != block);
                } else {
                    let log = chance.random_range(0..4);
                    control.pool_says(block, log, 1, said(block.0, log)).await;
                    there.insert((block.0, log, block.1), said(block.0, log));
                }
                control.sound().await;
            }
            let mut tally = arena_control::pools::rules::tally::Tally::default();
            there.values().for_each(|said| tally.add(said));
            tally.fated(there.values());
            let odds = control.get("/pools/1/odds").await;
            assert_eq!(odds.status == StatusCode::OK, tally.opened.is_some(), "seed {seed}");
            if tally.opened.is_some() {
                assert_eq!(odds.body["total_a"], json!(tally.a), "seed {seed}");
                assert_eq!(odds.body["total_b"], json!(tally.b));
                assert_eq!(odds.body["status"], tally.status());
            }
            let bets = control.get("/pools/1/bets").await.body;
            let shown = bets["bets"].as_array().map_or(0, Vec::len);
            assert_eq!(i64::try_from(shown).unwrap(), tally.bets);
        }
    }
}
