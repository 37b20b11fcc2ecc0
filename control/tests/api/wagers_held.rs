//! Wagers whose stakes a contract holds: what it says of them, what is sent to it, and what is told.

use arena_control::onchain::{Due, MatchKey};
use arena_control::time::Span;
use arena_control::wagers::contract;
use arena_control::wagers::rules::standing::Said;
use arena_control::{Config, invariants, store};
use axum::http::StatusCode;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};

use crate::support::TestControl;
use crate::wagers::{A, AMOUNT, B, accepted, bound_to, proposed_on};

const C: &str = "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69";
/// A match that is not here.
const OTHER: &str = "018bcfe5-6800-7000-8000-000000000000";

impl TestControl {
    async fn reorganised(&self, number: i64) {
        let now = self.ctx.clock.now();
        let hash = format!("0x{number:064x}");
        let work = async move |tx: &mut store::Tx| contract::forget_block(tx, &hash, now).await;
        self.ctx.store.write::<_, store::Error, _>(work).await.unwrap();
    }
}

pub(crate) fn proposed(amount: &str) -> Said {
    proposed_on("melee", amount)
}

/// Two with a wager that the contract holds, by an offer that names no match: the match, and both.
async fn unbound(control: &TestControl, number: u64, at: i64) -> (String, String, String) {
    let (id, first, second) = control.pair().await;
    control.propose(&id, &first, "5", number).await;
    control.contract(at, number, proposed("5")).await;
    control.contract(at + 1, number, accepted(B)).await;
    control.says(&id, &second, "accept").await;
    (id, first, second)
}

fn settled_by(id: &str) -> Said {
    let match_key = MatchKey::of(id.parse().unwrap());
    Said::Settled { match_key, winner: B.parse().unwrap() }
}

pub(crate) async fn with_contract() -> Vec<TestControl> {
    TestControl::on_each_database_with(&Config::default().with_wager_contract()).await
}

#[tokio::test]
async fn stakes_that_the_contract_holds_are_paid_by_a_job() {
    for control in with_contract().await {
        let (id, first, second) = control.pair().await;
        let made = control.propose(&id, &first, AMOUNT, 7).await;
        assert!(made.body["detail"].as_str().unwrap().contains("not been heard of"), "{made:?}");
        control.contract(1, 7, proposed(AMOUNT)).await;
        control.contract(100, 7, bound_to(&id)).await;
        control.says(&id, &second, "accept").await;
        assert_eq!(control.wager(&id).await["standing"]["chain"], "open");
        assert_eq!(control.wager_seen(&id).await["secured"], false, "one stake is not both");
        control.contract(2, 7, accepted(B)).await;
        let shown = control.wager_seen(&id).await;
        assert_eq!((&shown["secured"], &shown["wager_status"]), (&json!(true), &json!("accepted")));
        assert_eq!(shown["bound"], true);
        control.pass(Span::seconds(60)).await;
        assert_eq!(control.wager_status(&id).await, "accepted", "it is secure");
        control.loses(&id, &first).await;
        assert_eq!(control.jobs("settle_wager").await, 0, "the result may still be recorded");
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.jobs("settle_wager").await, 1);
        let wager = control.wager(&id).await;
        assert_eq!((&wager["due"], &wager["course"]["winner"]), (&json!("settle"), &json!("p2")));
        assert_eq!(control.wager_status(&id).await, "accepted", "it is not paid yet");
        let key = MatchKey::of(id.parse().unwrap());
        let work = async |tx: &mut store::Tx| {
            contract::to_settle(tx, arena_control::uint::WagerId::small(7)).await
        };
        let due = control.ctx.store.read::<_, store::Error, _>(work).await.unwrap();
        assert_eq!(due, Due::Now(id.parse().unwrap()));
        control.sound().await;
        let paid = Said::Settled { match_key: key, winner: B.parse().unwrap() };
        control.contract(3, 7, paid.clone()).await;
        assert_eq!(control.wager_status(&id).await, "settled");
        assert_eq!(control.wager(&id).await["due"], Json::Null);
        control.reorganised(3).await;
        assert_eq!(control.wager_status(&id).await, "accepted", "it was never paid");
        assert_eq!(control.wager(&id).await["due"], "settle");
        control.contract(4, 7, paid).await;
        assert_eq!(control.wager_status(&id).await, "settled");
        control.sound().await;
    }
}

#[tokio::test]
async fn stakes_of_a_match_without_a_result_go_back_when_the_contract_gives_them() {
    for control in with_contract().await {
        let (id, _, _) = unbound(&control, 7, 1).await;
        control.pass(Span::seconds(1_800)).await;
        assert_eq!(control.wager_status(&id).await, "voided");
        assert_eq!(control.wager(&id).await["due"], "refund");
        assert_eq!(control.jobs("refund_wager").await, 0, "the contract would refuse it");
        control.sound().await;
        let control = control.restarted().await;
        control.pass(Span::seconds(1_800)).await;
        assert_eq!(control.jobs("refund_wager").await, 1);
        control.sound().await;
        control.contract(3, 7, Said::Voided).await;
        assert_eq!(control.wager(&id).await["due"], Json::Null);
        control.sound().await;
    }
}

#[tokio::test]
async fn what_the_contract_says_otherwise_is_void_or_refused() {
    for control in with_contract().await {
        let terms = [("another amount", proposed("6")), ("taken by another", accepted(C))];
        for (wager, (name, said)) in (10..).zip(terms) {
            let (id, first, second) = control.pair().await;
            control.propose(&id, &first, "5", wager).await;
            control.says(&id, &second, "accept").await;
            control.contract(100 + i64::try_from(wager).unwrap(), wager, said).await;
            let course = json!({ "state": "void", "why": "contradicted" });
            assert_eq!(control.wager(&id).await["course"], course, "{name}");
            control.loses(&id, &first).await;
            control.pass(Span::seconds(86_400)).await;
            assert_eq!(control.wager_status(&id).await, "voided", "{name}");
        }
        // A wager that nobody locked a stake for in time.
        let (id, first, second) = control.pair().await;
        control.propose(&id, &first, "5", 20).await;
        control.says(&id, &second, "accept").await;
        control.pass(Span::seconds(60)).await;
        let course = json!({ "state": "void", "why": "unsecured" });
        assert_eq!(control.wager(&id).await["course"], course);
        // What is settled, accepted or somebody else's already is not proposed again.
        control.contract(201, 21, proposed("5")).await;
        let (one, first, second) = control.pair().await;
        assert_eq!(control.propose(&one, &first, "5", 21).await.status, StatusCode::OK);
        let (two, other_first, _) = control.pair().await;
        let twice = control.propose(&two, &other_first, "5", 21).await;
        assert!(twice.body["detail"].as_str().unwrap().contains("another match"), "{twice:?}");
        control.says(&one, &second, "accept").await;
        control.contract(202, 21, accepted(B)).await;
        let taken = control.propose(&two, &other_first, "5", 21).await;
        assert_eq!(taken.status, StatusCode::BAD_REQUEST, "{taken:?}");
        control.loses(&one, &first).await;
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.jobs("settle_wager").await, 1);
        // Without an account nobody can stake.
        let nobody = control.join("NOBODY#1").await["queue_id"].as_str().unwrap().to_owned();
        let met = control.join("NOBODY#2").await;
        let id = met["match_id"].as_str().unwrap();
        let bare = control.propose(id, &nobody, "5", 30).await;
        assert!(bare.body["detail"].as_str().unwrap().contains("need a wallet"), "{bare:?}");
        control.sound().await;
    }
}

#[tokio::test]
async fn stakes_that_are_locked_once_the_winner_is_known_win_nothing() {
    for control in with_contract().await {
        let (id, first, second) = control.pair().await;
        control.propose(&id, &first, "5", 7).await;
        control.contract(1, 7, proposed("5")).await;
        control.says(&id, &second, "accept").await;
        control.loses(&id, &first).await;
        control.contract(2, 7, accepted(B)).await;
        let wager = control.wager(&id).await;
        assert_eq!(wager["course"], json!({ "state": "void", "why": "unsecured" }));
        assert_eq!(wager["due"], "refund");
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.jobs("settle_wager").await, 0);
        assert_eq!(control.jobs("refund_wager").await, 1);
        control.sound().await;
    }
}

#[tokio::test]
async fn an_offer_that_names_no_match_is_not_secured_and_may_be_paid_by_another() {
    for control in with_contract().await {
        let (id, _, second) = unbound(&control, 7, 1).await;
        let told = control.wager_seen(&id).await;
        assert_eq!((&told["bound"], &told["secured"]), (&json!(false), &json!(false)));
        assert!(told["detail"].as_str().unwrap().contains("whichever match of the two"), "{told}");
        control.loses(&id, &second).await;
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.wager(&id).await["due"], "settle", "it is paid if it can be");
        control.contract(3, 7, settled_by(OTHER)).await;
        let told = control.wager(&id).await;
        assert_eq!(told["standing"], json!({ "chain": "paid_elsewhere", "winner": "p2" }));
        assert_eq!((&told["due"], &told["secured"]), (&Json::Null, &json!(false)));
        assert!(told["detail"].as_str().unwrap().contains("by another match"), "{told}");
        assert_eq!(control.wager_status(&id).await, "voided");
        control.sound().await;
        control.reorganised(3).await;
        assert_eq!(control.wager(&id).await["due"], "settle", "it was never paid elsewhere");
        // While it is played, such a payment ends it.
        let (id, _, _) = unbound(&control, 8, 11).await;
        control.contract(13, 8, settled_by(OTHER)).await;
        let course = json!({ "state": "void", "why": "paid_elsewhere" });
        assert_eq!(control.wager(&id).await["course"], course);
        control.sound().await;
    }
}

#[tokio::test]
async fn stakes_that_are_locked_on_other_terms_go_back_after_the_contracts_hour() {
    for (said, key) in [
        (vec![proposed("6")], None),
        (vec![proposed_on("ultimate", "5")], None),
        (vec![proposed("5"), bound_to(OTHER)], Some(OTHER)),
    ] {
        for control in with_contract().await {
            let (id, first, second) = control.pair().await;
            control.propose(&id, &first, "5", 7).await;
            control.says(&id, &second, "accept").await;
            for (block, said) in (1..).zip(&said) {
                control.contract(block, 7, said.clone()).await;
            }
            assert_eq!(control.wager(&id).await["course"]["why"], "contradicted");
            assert_eq!(control.wager(&id).await["due"], Json::Null, "nothing is locked");
            control.contract(5, 7, accepted(B)).await;
            assert_eq!(control.wager(&id).await["due"], "refund");
            control.sound().await;
            control.pass(Span::seconds(3_599)).await;
            assert_eq!(control.jobs("refund_wager").await, 0, "the contract would refuse it");
            control.pass(Span::seconds(1)).await;
            assert_eq!(control.jobs("refund_wager").await, 1);
            let now = control.ctx.clock.now();
            let of = arena_control::uint::WagerId::small(7);
            let work = async move |tx: &mut store::Tx| contract::to_refund(tx, of, now).await;
            let due = control.ctx.store.read::<_, store::Error, _>(work).await.unwrap();
            let key = MatchKey::of(key.unwrap_or(&id).parse().unwrap());
            assert_eq!(due, Due::Now(key), "a record is paid by first");
            control.contract(6, 7, Said::Voided).await;
            assert_eq!(control.wager(&id).await["due"], Json::Null);
            assert_eq!(control.wager(&id).await["standing"]["chain"], "returned");
            control.sound().await;
        }
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_winner_where_a_wager_has_none() {
    for control in with_contract().await {
        let (id, first, _) = control.pair().await;
        control.propose(&id, &first, "5", 7).await;
        control.contract(1, 7, proposed("5")).await;
        control.contract(2, 7, bound_to(&id)).await;
        control.contract(3, 7, accepted(B)).await;
        control.pass(Span::seconds(15)).await;
        let told = control.wager_seen(&id).await;
        assert_eq!((&told["wager_status"], &told["secured"]), (&json!("expired"), &json!(false)));
        assert!(told["detail"].as_str().unwrap().contains("go back an hour after"), "{told}");
        control.contract(4, 7, settled_by(&id)).await;
        let told = control.wager_seen(&id).await;
        assert!(told["detail"].as_str().unwrap().contains("nobody wins this wager here"), "{told}");
        assert_eq!(told["secured"], false);
        control.sound().await;
    }
}

/// Whatever both sides, the contract and the chain's branches do, and in whatever order.
#[tokio::test]
async fn no_order_of_events_breaks_a_rule_of_wagers() {
    let mut won = 0;
    for seed in 0..4 {
        let mut control = with_contract().await.swap_remove(0);
        let mut chance = StdRng::seed_from_u64(seed);
        let mut games = Vec::new();
        for step in 0..100_i64 {
            if games.is_empty() || chance.random_bool(0.1) {
                games.push(control.pair().await);
            }
            let (id, first, second) = games[chance.random_range(0..games.len())].clone();
            let mine = if chance.random_bool(0.5) { &first } else { &second };
            let wager = chance.random_range(0..6);
            let answer = match chance.random_range(0..12) {
                0..3 => Some(control.propose(&id, mine, "5", wager).await),
                3..5 => Some(control.says(&id, mine, "accept").await),
                5 if chance.random_bool(0.3) => Some(control.says(&id, mine, "decline").await),
                6..8 => {
                    let usual = [proposed("5"), accepted(B)];
                    let said = [
                        proposed("6"),
                        accepted(A),
                        bound_to(&id),
                        bound_to(OTHER),
                        settled_by(OTHER),
                        Said::Cancelled,
                    ];
                    let rarely = chance.random_bool(0.3);
                    let said = if rarely { &said[..] } else { &usual[..] };
                    let at = chance.random_range(0..said.len());
                    control.contract(step, wager, said[at].clone()).await;
                    None
                }
                8 => {
                    control.reorganised(chance.random_range(0..=step)).await;
                    None
                }
                9 => {
                    let body = json!({ "queue_id": mine });
                    Some(control.post(&format!("/v1/matches/{id}/leave"), &body).await)
                }
                10 => {
                    control.pass(Span(chance.random_range(0..20_000))).await;
                    None
                }
                _rarely if chance.random_bool(0.2) => {
                    control = control.restarted().await;
                    None
                }
                _nothing => None,
            };
            if let Some(answer) = answer {
                assert!(!answer.status.is_server_error(), "{seed} {step} {answer:?}");
            }
            assert_eq!(invariants::broken(&control.ctx).await.unwrap(), [], "{seed} {step}");
        }
        control.pass(Span::seconds(200_000)).await;
        control.pass(Span::seconds(200_000)).await;
        for (id, ..) in &games {
            let status = control.wager_status(id).await;
            assert_ne!(status, "proposed", "nothing is left open");
            won += u32::from(control.wager(id).await["course"]["state"] == "won");
        }
        control.sound().await;
    }
    assert!(won > 0, "some were won");
}
