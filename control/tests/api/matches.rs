//! The life of a match: the ready check, who comes back to the queue, what a restart leaves.

use std::collections::BTreeSet;

use arena_control::clock::Clock as _;
use arena_control::invariants;
use arena_control::time::Span;
use axum::http::StatusCode;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

const HELD: Span = Span::seconds(2);

impl TestControl {
    async fn duel(&self, code: &str) -> Answer {
        let asked = json!({ "connect_code": code, "tier": "gold" });
        self.post("/v1/queues/code_duel/join", &asked).await
    }

    async fn duellist(&self, code: &str) -> String {
        let answer = self.duel(code).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body["queue_id"].as_str().unwrap().to_owned()
    }

    /// Two that have met, and their match.
    async fn met(&self) -> (String, String, String) {
        let first = self.duellist("A#1").await;
        self.clock.advance(Span(1));
        let second = self.duellist("B#2").await;
        self.pass(HELD).await;
        let entry = self.entry(&first).await;
        assert_eq!(entry["status"], "matched");
        (entry["match_id"].as_str().unwrap().to_owned(), first, second)
    }

    async fn entry(&self, ticket: &str) -> Json {
        self.get(&format!("/queue/{ticket}")).await.body
    }

    async fn course(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}")).await.body["course"].clone()
    }

    async fn answer(&self, id: &str, ticket: &str, response: &str) -> Answer {
        let body = json!({ "queue_id": ticket, "response": response });
        self.post(&format!("/v1/matches/{id}/ready"), &body).await
    }

    async fn leave_match(&self, id: &str, ticket: &str) -> Answer {
        self.post(&format!("/v1/matches/{id}/leave"), &json!({ "queue_id": ticket })).await
    }

    async fn kinds(&self, id: &str) -> Vec<String> {
        let told = self.get(&format!("/v1/matches/{id}/events")).await.body;
        let kinds = told["events"].as_array().unwrap().iter();
        kinds.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_match_that_both_accept_counts_down_starts_and_ends() {
    for control in TestControl::on_each_database().await {
        let (id, first, second) = control.met().await;
        assert_eq!(control.course(&id).await["state"], "matched");
        assert_eq!(control.answer(&id, &first, "accept").await.status, StatusCode::OK);
        assert_eq!(control.answer(&id, &first, "accept").await.status, StatusCode::OK, "again");
        let declined = control.answer(&id, &first, "decline").await;
        assert_eq!(declined.status, StatusCode::CONFLICT);
        assert_eq!(declined.body["code"], "match_state");
        control.answer(&id, &second, "accept").await;
        assert_eq!(control.course(&id).await["state"], "ready");
        control.pass(Span::seconds(5)).await;
        assert_eq!(control.course(&id).await["state"], "active");
        let told = control.get(&format!("/v1/matches/{id}/events")).await.body;
        let events = told["events"].as_array().unwrap();
        let of = |kind: &str| events.iter().find(|event| event["kind"] == kind).unwrap();
        let promised = of("match.countdown")["body"]["commitment"].as_str().unwrap();
        let started = &of("match.started")["body"];
        let line = started["line"].as_str().unwrap();
        let mut salt = [0; 32];
        let hex = started["salt"].as_str().unwrap();
        for (byte, digits) in salt.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        }
        assert!(arena_control::duel::commitment::keeps(promised, &salt, line));
        assert!((80..=100).contains(&line.len()), "as long as gold says");
        assert_eq!(control.duel("A#1").await.body["code"], "already_playing");
        control.leave_match(&id, &second).await;
        let course = control.course(&id).await;
        assert_eq!(
            (&course["state"], &course["verdict"]["winner"]),
            (&json!("resolved"), &json!("p1"))
        );
        assert_eq!(control.get(&format!("/matches/{id}")).await.body["status"], "completed");
        assert_eq!(control.duel("A#1").await.status, StatusCode::OK, "both are free");
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.course(&id).await["state"], "settled");
        let kinds = ["made", "accepted", "countdown", "started", "decided", "settled"];
        let mut told = control.kinds(&id).await;
        told.retain(|kind| kind.starts_with("match."));
        assert_eq!(told, kinds.map(|kind| format!("match.{kind}")));
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn whose_match_others_spoil_waits_again_at_its_old_place() {
    for control in TestControl::on_each_database().await {
        for spoilt in ["declined", "left", "late"] {
            let (id, first, second) = control.met().await;
            control.answer(&id, &first, "accept").await;
            match spoilt {
                "declined" => drop(control.answer(&id, &second, "decline").await),
                "left" => drop(control.leave_match(&id, &second).await),
                _late => control.pass(Span::seconds(15)).await,
            }
            assert_eq!(control.course(&id).await["state"], "cancelled", "{spoilt}");
            let waits = control.entry(&first).await;
            assert_eq!((&waits["status"], &waits["match_id"]), (&json!("waiting"), &Json::Null));
            assert_eq!(control.entry(&second).await["status"], "matched", "and it is spent");
            let third = control.duellist("C#3").await;
            assert_eq!(control.entry(&third).await["position"], 2, "behind who came before");
            control.pass(HELD).await;
            let again = control.entry(&first).await;
            assert_eq!(
                (&again["status"], &again["opponent_code"]),
                (&json!("matched"), &json!("C#3"))
            );
            let id = again["match_id"].as_str().unwrap();
            control.leave_match(id, &first).await;
            control.delete(&format!("/queue/{third}")).await;
            assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
            // Long enough to be forgiven.
            control.pass(Span::seconds(3_600)).await;
        }
    }
}

#[tokio::test]
async fn who_dodges_again_has_to_wait_before_the_next_match() {
    let control = TestControl::start().await;
    for dodge in 1..=2 {
        let (id, first, second) = control.met().await;
        control.answer(&id, &second, "decline").await;
        control.delete(&format!("/queue/{first}")).await;
        let again = control.duel("B#2").await;
        if dodge == 1 {
            assert_eq!(again.status, StatusCode::OK, "once is free");
        } else {
            assert_eq!(again.body["code"], "cooling_down");
            assert_eq!(again.headers["retry-after"], "30");
        }
    }
    assert_eq!(control.join("B#2").await["status"], "waiting", "where nobody is asked, it may");
    control.pass(Span::seconds(31)).await;
    assert_eq!(control.duel("B#2").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_ready_check_changes_nothing() {
    for control in TestControl::on_each_database().await {
        let (id, first, second) = control.met().await;
        control.answer(&id, &first, "accept").await;
        let before = control.course(&id).await;
        let control = control.restarted().await;
        assert_eq!(control.course(&id).await, before);
        control.pass(Span::seconds(14)).await;
        assert_eq!(control.course(&id).await["state"], "matched");
        control.pass(Span::seconds(1)).await;
        assert_eq!(control.course(&id).await["reason"]["reason"], "unanswered");
        assert_eq!(control.entry(&first).await["status"], "waiting");
        assert_eq!(control.entry(&second).await["status"], "matched");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_entry_that_nobody_meets_is_warned_and_then_expires() {
    for control in TestControl::on_each_database().await {
        let alone = control.duellist("A#1").await;
        control.pass(Span::seconds(120)).await;
        assert_eq!(control.entry(&alone).await["status"], "waiting");
        control.pass(Span::seconds(180)).await;
        assert_eq!(control.entry(&alone).await["status"], "expired");
    }
}

#[tokio::test]
async fn matches_are_listed_page_by_page() {
    for control in TestControl::on_each_database().await {
        for pair in 0..5 {
            control.clock.advance(Span(1));
            control.join(&format!("A#{pair}")).await;
            control.join(&format!("B#{pair}")).await;
        }
        let (duel, first, _) = control.met().await;
        let mut seen = Vec::new();
        let mut path = "/matches?limit=2".to_owned();
        loop {
            let page = control.get(&path).await.body;
            let ids = page["matches"].as_array().unwrap().iter();
            seen.extend(ids.map(|it| it["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/matches?limit=2&before={next}");
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.is_sorted_by(|one, next| one > next), "the newest first, each once");
        for (query, count) in [
            ("queue=melee", 5),
            ("queue=code_duel", 1),
            ("state=active", 5),
            ("state=matched&queue=code_duel", 1),
            ("state=matched&queue=melee", 0),
            ("connect_code=A%233", 1),
            ("connect_code=A%231&queue=code_duel", 1),
            ("connect_code=A%231&state=active", 1),
            ("player=00000000-0000-4000-8000-000000000001", 0),
        ] {
            let answer = control.get(&format!("/matches?{query}")).await;
            let found = answer.body["matches"].as_array().map(Vec::len);
            assert_eq!(found, Some(count), "{query} {answer:?}");
            assert!(!answer.body.to_string().contains(&first), "tickets are their owners'");
        }
        for bad in ["state=gone", "limit=0", "limit=101", "before=1", "player=x", "other=1"] {
            let answer = control.get(&format!("/matches?{bad}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        assert_eq!(control.get(&format!("/matches/{duel}")).await.body["status"], "playing");
    }
}

#[tokio::test]
async fn only_a_side_speaks_for_a_side_and_only_an_operator_takes_back() {
    let config = arena_control::Config {
        admin_token: Some("boss".into()),
        ..arena_control::Config::default()
    };
    let control = TestControl::with(config).await;
    let (id, ..) = control.met().await;
    let stranger = control.duellist("C#3").await;
    assert_eq!(control.answer(&id, &stranger, "accept").await.status, StatusCode::FORBIDDEN);
    let nothing = "018bcfe5-6800-7000-8000-000000000000";
    assert_eq!(control.answer(nothing, &stranger, "accept").await.status, StatusCode::NOT_FOUND);
    assert_eq!(control.answer("x", &stranger, "accept").await.status, StatusCode::NOT_FOUND);
    let bad = control.answer(&id, &stranger, "perhaps").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path = format!("/v1/admin/matches/{id}/void");
    assert_eq!(control.post(&path, &json!({})).await.status, StatusCode::UNAUTHORIZED);
    let void = control.operate(&path, &json!({ "why": "a test" })).await;
    assert_eq!(
        (void.status, &void.body["course"]["reason"]["reason"]),
        (StatusCode::OK, &json!("voided"))
    );
}

/// What the whole system promises, whatever its clients do and in whatever order.
#[tokio::test]
async fn no_order_of_events_breaks_a_rule() {
    let mut met = 0;
    for seed in 0..6 {
        let mut control = TestControl::start().await;
        let mut chance = StdRng::seed_from_u64(seed);
        let mut tickets = Vec::<String>::new();
        let mut matches = BTreeSet::<String>::new();
        for step in 0..120 {
            match chance.random_range(0..100) {
                0..30 => {
                    let code = format!("P#{}", chance.random_range(0..10));
                    let queue = if chance.random_bool(0.7) { "code_duel" } else { "melee" };
                    let tier = if queue == "melee" { Json::Null } else { json!("gold") };
                    let asked = json!({ "connect_code": code, "tier": tier });
                    let answer = control.post(&format!("/v1/queues/{queue}/join"), &asked).await;
                    assert!(!answer.status.is_server_error(), "{seed} {step} {answer:?}");
                    tickets.extend(answer.body["queue_id"].as_str().map(str::to_owned));
                }
                30..75 if !tickets.is_empty() => {
                    let ticket = tickets[chance.random_range(0..tickets.len())].clone();
                    let entry = control.entry(&ticket).await;
                    let Some(id) = entry["match_id"].as_str() else { continue };
                    matches.insert(id.to_owned());
                    let answer = match chance.random_range(0..10) {
                        0 => control.answer(id, &ticket, "decline").await,
                        1 => control.leave_match(id, &ticket).await,
                        _more => control.answer(id, &ticket, "accept").await,
                    };
                    assert!(!answer.status.is_server_error(), "{seed} {step} {answer:?}");
                }
                75..80 if !tickets.is_empty() => {
                    let ticket = &tickets[chance.random_range(0..tickets.len())];
                    control.delete(&format!("/queue/{ticket}")).await;
                }
                80..97 => control.pass(Span(chance.random_range(0..6_000))).await,
                97 => control.pass(Span::seconds(chance.random_range(0..600))).await,
                98..100 => control = control.restarted().await,
                _nobody_there => {}
            }
            let broken = invariants::broken(&control.ctx).await.unwrap();
            assert_eq!(broken, [], "seed {seed}, step {step}");
        }
        met += matches.len();
        // Who had accepted comes back to the queue first, and may meet once more.
        for _ in 0..3 {
            control.pass(Span::seconds(100_000)).await;
        }
        let live = control.get("/health").await.body;
        assert_eq!((&live["active_matches"], &live["queue_size"]), (&json!(0), &json!(0)));
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
    assert!(met > 30, "only {met} matches");
}

#[tokio::test]
async fn matches_are_found_by_when_they_were_made() {
    for control in TestControl::on_each_database().await {
        let start = control.clock.now().0;
        for pair in 0..3 {
            control.join(&format!("A#{pair}")).await;
            control.join(&format!("B#{pair}")).await;
            control.clock.advance(Span::seconds(60));
        }
        let count = async |query: String| {
            let answer = control.get(&format!("/matches?{query}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            answer.body["matches"].as_array().unwrap().len()
        };
        let second = start + 60_000;
        assert_eq!(count(format!("since={second}")).await, 2);
        assert_eq!(count(format!("until={second}")).await, 1);
        assert_eq!(count(format!("since={second}&until={}&queue=melee", second + 1)).await, 1);
        assert_eq!(count(format!("since={second}&connect_code=A%230")).await, 0);
        for bad in ["since=-1", "until=253402300800000", "since=yesterday"] {
            let answer = control.get(&format!("/matches?{bad}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
    }
}
