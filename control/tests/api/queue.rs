//! The queue as the clients of the old API know it, and its rule that nobody is in two matches.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::TestControl;
use arena_control::time::Span;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

#[tokio::test]
async fn the_first_waits_and_the_second_meets_it() {
    for control in TestControl::on_each_database().await {
        let wallet = "0xAbC";
        let asked = json!({ "connect_code": "FOX#1", "wallet_address": wallet, "agent_id": "7", "more": 1 });
        let first = control.post("/queue/join", &asked).await.body;
        let keys: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
        let all = [
            "match_id",
            "opponent_agent_id",
            "opponent_code",
            "opponent_wallet",
            "position",
            "queue_id",
            "status",
        ];
        assert_eq!(keys, all, "all seven keys, always");
        assert_eq!((&first["status"], &first["position"]), (&json!("waiting"), &json!(1)));
        let second = control.join("PUFF#2").await;
        assert_eq!(second["status"], "matched");
        assert_eq!(second["position"], Json::Null);
        assert_eq!(second["opponent_code"], "FOX#1");
        assert_eq!(second["opponent_wallet"], wallet, "as it was given");
        assert_eq!(second["opponent_agent_id"], 7);
        let path = format!("/queue/{}", first["queue_id"].as_str().unwrap());
        let first = control.get(&path).await.body;
        assert_eq!(
            (&first["status"], &first["opponent_code"]),
            (&json!("matched"), &json!("PUFF#2"))
        );
        assert_eq!(first["match_id"], second["match_id"]);
        let path = format!("/matches/{}", first["match_id"].as_str().unwrap());
        let met = control.get(&path).await.body;
        assert_eq!(met.as_object().unwrap().len(), 21);
        assert_eq!(
            (&met["p1_connect_code"], &met["p2_connect_code"]),
            (&json!("FOX#1"), &json!("PUFF#2"))
        );
        assert_eq!((&met["status"], &met["p1_wallet"]), (&json!("playing"), &json!(wallet)));
        assert_eq!(met["created_at"], "2027-01-15T08:00:00.000000+00:00");
        let told = control.get(&format!("/v1{path}/events")).await.body;
        assert_eq!(told["events"][0]["kind"], "match.made");
        let ticket = first["queue_id"].as_str().unwrap();
        assert!(!told.to_string().contains(ticket), "who knows a ticket may speak for its side");
    }
}

#[tokio::test]
async fn nobody_meets_himself_and_joining_again_cancels_what_waited() {
    for control in TestControl::on_each_database().await {
        let first = control.join("FOX#1").await;
        let again = control.join("FOX#1").await;
        assert_eq!((&again["status"], &again["position"]), (&json!("waiting"), &json!(1)));
        let path = format!("/queue/{}", first["queue_id"].as_str().unwrap());
        assert_eq!(control.get(&path).await.body["status"], "cancelled");
        let other_code = json!({ "connect_code": "FOX#2", "wallet_address": "0xaa" });
        let met = control.post("/queue/join", &other_code).await.body;
        assert_eq!(met["status"], "matched");
        let upper = json!({ "connect_code": "A", "wallet_address": "0xAA" });
        let lower = json!({ "connect_code": "B", "wallet_address": "0xaa" });
        assert_eq!(control.post("/queue/join", &upper).await.body["status"], "waiting");
        assert_eq!(control.post("/queue/join", &lower).await.body["status"], "waiting");
        assert_eq!(control.get("/health").await.body["queue_size"], 1);
    }
}

#[tokio::test]
async fn who_leaves_is_not_met() {
    for control in TestControl::on_each_database().await {
        let first = control.join("FOX#1").await;
        let path = format!("/queue/{}", first["queue_id"].as_str().unwrap());
        assert_eq!(control.delete(&path).await.body, json!({ "success": true }));
        assert_eq!(control.delete(&path).await.body, json!({ "success": false }));
        assert_eq!(control.delete("/queue/nobody").await.body, json!({ "success": false }));
        assert_eq!(control.join("PUFF#2").await["status"], "waiting");
        assert_eq!(control.get(&path).await.body["status"], "cancelled");
    }
}

#[tokio::test]
async fn an_entry_lives_for_300_s_after_its_last_poll() {
    for control in TestControl::on_each_database().await {
        let first = control.join("FOX#1").await;
        let path = format!("/queue/{}", first["queue_id"].as_str().unwrap());
        control.pass(Span::seconds(299)).await;
        assert_eq!(control.get(&path).await.body["status"], "waiting");
        control.pass(Span::seconds(300)).await;
        assert_eq!(control.get(&path).await.body["status"], "waiting");
        control.pass(Span::seconds(311)).await;
        assert_eq!(control.get(&path).await.body["status"], "expired");
        assert_eq!(control.join("PUFF#2").await["status"], "waiting");
    }
}

#[tokio::test]
async fn a_match_that_nobody_reports_expires() {
    let control = TestControl::start().await;
    control.join("FOX#1").await;
    let met = control.join("PUFF#2").await;
    let path = format!("/matches/{}", met["match_id"].as_str().unwrap());
    control.pass(Span::seconds(1799)).await;
    assert_eq!(control.get(&path).await.body["status"], "playing");
    control.pass(Span::seconds(1)).await;
    assert_eq!(control.get(&path).await.body["status"], "expired");
}

#[tokio::test]
async fn a_poll_that_waits_is_answered_when_somebody_comes() {
    for control in TestControl::on_each_database().await {
        let first = control.join("FOX#1").await;
        let path = format!("/queue/{}?wait=25", first["queue_id"].as_str().unwrap());
        let (held, met) = tokio::join!(control.get(&path), async {
            tokio::task::yield_now().await;
            control.join("PUFF#2").await
        });
        assert_eq!(held.body["status"], "matched");
        assert_eq!(held.body["match_id"], met["match_id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_thousand_joins_nobody_is_lost_or_in_two_matches() {
    for at_once in [16, 64] {
        for control in TestControl::on_each_database().await {
            let mut workers = JoinSet::new();
            for worker in 0..at_once {
                let control = control.clone();
                workers.spawn(async move {
                    let mine = (worker..2000).step_by(at_once);
                    let mut answers = Vec::new();
                    for n in mine {
                        answers.push(control.join(&format!("P#{n}")).await);
                    }
                    answers
                });
            }
            let answers: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
            assert_eq!(answers.len(), 2000);
            let mut matches = BTreeMap::<String, BTreeSet<String>>::new();
            for answer in &answers {
                let ticket = answer["queue_id"].as_str().unwrap().to_owned();
                let now = control.get(&format!("/queue/{ticket}")).await.body;
                assert_eq!(now["status"], "matched", "2,000 is even, so everybody meets somebody");
                let met = now["match_id"].as_str().unwrap().to_owned();
                assert!(matches.entry(met).or_default().insert(ticket));
            }
            assert_eq!(matches.len(), 1000);
            assert!(matches.values().all(|sides| sides.len() == 2));
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_word_on_why() {
    let control = TestControl::start().await;
    let long = format!(r#"{{"connect_code":"{}"}}"#, "x".repeat(257));
    let huge = format!(r#"{{"connect_code":"{}"}}"#, "x".repeat(1 << 20));
    for (body, status, word) in [
        ("{", 422, "not JSON"),
        (r#"["FOX#1"]"#, 422, "not a list"),
        ("{}", 422, "connect_code"),
        (r#"{"connect_code":5}"#, 422, "connect_code: invalid type: integer"),
        (r#"{"connect_code":null}"#, 422, "connect_code"),
        (r#"{"connect_code":"A","agent_id":"x"}"#, 422, "agent_id: expected a whole number"),
        (r#"{"connect_code":"A","agent_id":1.5}"#, 422, "agent_id"),
        (r#"{"connect_code":"A","agent_id":-7}"#, 422, "agent_id: expected the agent's number"),
        (r#"{"connect_code":"A","agent_id":99999999999999999999}"#, 422, "agent_id"),
        (r#"{"connect_code":"A","connect_code":"B"}"#, 422, "connect_code"),
        (r#"{"connect_code":"a\u0000b"}"#, 422, "no text may hold NUL"),
        (r#"{"connect_code":"\ud800"}"#, 422, ""),
        (&long, 422, "connect_code: expected at most 256"),
        (&huge, 413, "send less"),
    ] {
        let answer = control.ask(Method::POST, "/queue/join", Some(body.to_owned())).await;
        assert_eq!(answer.status.as_u16(), status, "{body:.60}: {answer:?}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{body:.60}: {detail}");
        assert_eq!(answer.body["status"], status);
    }
    assert_eq!(control.get("/health").await.body["queue_size"], 0, "and nothing has changed");
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let control = TestControl::start().await;
    for (method, path, status, code) in [
        (Method::GET, "/nothing", 404, "not_found"),
        (Method::GET, "/queue/join", 404, "not_found"),
        (Method::GET, "/queue/018bcfe5-6800-7000-8000-000000000000", 404, "not_found"),
        (Method::GET, "/queue/018bcfe5-6800-7000-8000-000000000000?wait=-1", 422, "invalid"),
        (Method::GET, "/matches/1", 404, "not_found"),
        (Method::POST, "/matches/1", 405, "method_not_allowed"),
        (Method::PUT, "/queue/join", 405, "method_not_allowed"),
    ] {
        let answer = control.ask(method, path, None).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["code"]),
            (status, &json!(code)),
            "{path}"
        );
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
    }
    let text = axum::http::Request::post("/queue/join").body("{}".into()).unwrap();
    assert_eq!(control.send(text).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(control.get("/queue/join").await.body["detail"], "Queue entry not found");
}
