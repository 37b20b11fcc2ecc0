//! `Idempotency-Key`: whoever asks again with the same key gets the same answer, and nothing is
//! done twice.

use std::collections::BTreeSet;

use arena_control::time::Span;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::support::TestControl;

/// What came back, to the byte.
#[derive(Debug, PartialEq, Eq)]
struct Raw {
    status: StatusCode,
    body: Bytes,
}

impl Raw {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn code(&self) -> String {
        // Some answers have no body.
        let body: Json = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestControl {
    async fn keyed(&self, path: &str, key: &str, body: &Json) -> (Raw, HeaderMap) {
        self.keyed_by(path, key, body, None).await
    }

    async fn keyed_by(
        &self,
        path: &str,
        key: &str,
        body: &Json,
        token: Option<&str>,
    ) -> (Raw, HeaderMap) {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (Raw { status: head.status, body }, head.headers)
    }

    async fn waiting(&self) -> Json {
        self.get("/health").await.body["queue_size"].clone()
    }
}

#[tokio::test]
async fn the_same_key_gets_the_same_bytes_also_after_a_restart() {
    for control in TestControl::on_each_database().await {
        let fox = json!({ "connect_code": "FOX#1" });
        let (first, headers) = control.keyed("/queue/join", "k-1", &fox).await;
        assert_eq!(first.status, StatusCode::OK);
        assert!(!headers.contains_key("idempotent-replayed"));
        let (again, headers) = control.keyed("/queue/join", "k-1", &fox).await;
        assert_eq!(again, first);
        assert_eq!(
            (&headers["idempotent-replayed"], &headers["content-type"]),
            (&"true".parse().unwrap(), &"application/json".parse().unwrap())
        );
        assert_eq!(control.told(1).await, 1, "it joined once");
        // What has become of the entry changes nothing in what was answered.
        control.join("PUFF#2").await;
        let control = control.restarted().await;
        let (again, _) = control.keyed("/queue/join", "k-1", &fox).await;
        assert_eq!(again, first);
        assert_eq!(control.waiting().await, 0, "it did not join again");
        let (new, _) = control.keyed("/queue/join", "k-2", &fox).await;
        assert_ne!(new.json()["queue_id"], first.json()["queue_id"]);
    }
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    for control in TestControl::on_each_database().await {
        let fox = json!({ "connect_code": "FOX#1" });
        control.keyed("/queue/join", "k-1", &fox).await;
        let others = [
            ("/queue/join", json!({ "connect_code": "FOX#2" })),
            ("/queue/join?a=1", fox.clone()),
            ("/v1/queues/melee/join", fox.clone()),
        ];
        for (path, body) in others {
            let (answer, _) = control.keyed(path, "k-1", &body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}");
            assert_eq!(answer.code(), "idempotency_key_reused");
        }
        assert_eq!(control.waiting().await, 1, "and nothing was done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_once_one_is_done() {
    for control in TestControl::on_each_database().await {
        let mut asking = JoinSet::new();
        for _ in 0..100 {
            let control = control.clone();
            asking.spawn(async move {
                let fox = json!({ "connect_code": "FOX#1" });
                control.keyed("/queue/join", "k-1", &fox).await
            });
        }
        let mut bodies = BTreeSet::new();
        for (answer, headers) in asking.join_all().await {
            match answer.status {
                StatusCode::OK => drop(bodies.insert(answer.body)),
                StatusCode::CONFLICT => {
                    assert_eq!(answer.code(), "in_flight");
                    assert_eq!(headers["retry-after"], "1");
                }
                other => panic!("{other}"),
            }
        }
        assert_eq!(bodies.len(), 1, "all who were answered were told the same");
        assert_eq!(control.told(1).await, 1);
    }
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    for control in TestControl::on_each_database().await {
        let duel = "/v1/queues/code_duel/join";
        let of = |code: &str| json!({ "connect_code": code, "tier": "gold" });
        let first = control.post(duel, &of("A#1")).await.body["queue_id"].clone();
        control.post(duel, &of("B#2")).await;
        control.pass(Span::seconds(2)).await;
        let (refused, _) = control.keyed(duel, "k-1", &of("A#1")).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::CONFLICT, "already_matched".into())
        );
        let entry = control.get(&format!("/queue/{}", first.as_str().unwrap())).await.body;
        let path = format!("/v1/matches/{}/leave", entry["match_id"].as_str().unwrap());
        let left = control.keyed(&path, "k-2", &json!({ "queue_id": first })).await.0;
        assert_eq!(left.status, StatusCode::OK);
        let again = control.keyed(&path, "k-2", &json!({ "queue_id": first })).await.0;
        assert_eq!(left, again);
        let (joined, headers) = control.keyed(duel, "k-1", &of("A#1")).await;
        assert_eq!(joined.status, StatusCode::OK, "the reason has passed: {joined:?}");
        assert!(!headers.contains_key("idempotent-replayed"));
    }
}

#[tokio::test]
async fn a_key_is_its_holders() {
    for control in TestControl::on_each_database().await {
        let mut tickets = BTreeSet::new();
        for name in ["ada", "bob"] {
            let account = json!({ "name": name, "password": "correct horse battery" });
            let account = control.post("/v1/auth/register", &account).await.body;
            let token = account["access_token"].as_str().unwrap();
            let body = json!({ "tier": "gold" });
            let path = "/v1/queues/code_duel/join";
            let (joined, _) = control.keyed_by(path, "1", &body, Some(token)).await;
            assert_eq!(joined.status, StatusCode::OK, "{joined:?}");
            tickets.insert(joined.json()["queue_id"].as_str().unwrap().to_owned());
            let (forged, _) = control.keyed_by(path, "1", &body, Some("x.y.z")).await;
            assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(tickets.len(), 2, "the same key, and two entries");
        control.pass(Span::seconds(2)).await;
        // Both sides answer with the same key: each speaks for its own entry.
        for (ticket, state) in tickets.iter().zip(["matched", "ready"]) {
            let entry = control.get(&format!("/queue/{ticket}")).await.body;
            let path = format!("/v1/matches/{}/ready", entry["match_id"].as_str().unwrap());
            let body = json!({ "queue_id": ticket, "response": "accept" });
            let (answer, _) = control.keyed(&path, "1", &body).await;
            assert_eq!(answer.json()["course"]["state"], state, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_is_forgotten_after_a_day() {
    for control in TestControl::on_each_database().await {
        let fox = json!({ "connect_code": "FOX#1" });
        let (first, _) = control.keyed("/queue/join", "k-1", &fox).await;
        control.pass(Span::seconds(86_399)).await;
        assert_eq!(control.keyed("/queue/join", "k-1", &fox).await.0, first);
        control.clock.advance(Span::seconds(1));
        let (new, _) = control.keyed("/queue/join", "k-1", &fox).await;
        assert_ne!(new, first, "also before it is swept away");
        control.pass(Span::seconds(86_460)).await;
        let (newer, _) = control.keyed("/queue/join", "k-1", &fox).await;
        assert_ne!(newer, new);
    }
}

#[tokio::test]
async fn every_call_that_is_documented_to_take_a_key_takes_one() {
    let control = TestControl::start().await;
    let api = control.get("/openapi.json").await.body;
    let mut with = 0;
    for (path, calls) in api["paths"].as_object().unwrap() {
        let Some(call) = calls.get("post") else { continue };
        let takes = call["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it["name"] == "Idempotency-Key"));
        let mut real = String::new();
        for part in path.split('/').skip(1) {
            real += "/";
            real += if part.starts_with('{') { "x" } else { part };
        }
        let (answer, _) = control.keyed(&real, &"x".repeat(256), &json!({})).await;
        assert_eq!(answer.code() == "idempotency_key", takes, "{path}: {answer:?}");
        let shows_secrets = path.starts_with("/v1/auth/") || path.contains("/keys");
        assert!(!(takes && shows_secrets), "{path}: secrets are not kept");
        with += usize::from(takes);
    }
    assert!(with >= 12);
}
