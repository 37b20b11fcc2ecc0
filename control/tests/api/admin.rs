//! What an operator does, and the lines that it leaves.

use arena_control::time::Span;
use arena_control::{Config, invariants};
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

fn config() -> Config {
    Config { admin_token: Some("boss".into()), ..Config::default() }
}

impl TestControl {
    async fn operator_sees(&self, path: &str) -> Json {
        let answer = self.bearing("boss", Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.body
    }

    /// The lines of operators, as kind, who and why.
    async fn acts(&self) -> Vec<(String, String, String)> {
        let log = self.operator_sees("/v1/admin/events?limit=1000").await;
        let events = log["events"].as_array().unwrap().clone();
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let acts = events.iter().filter(|it| text(&it["kind"]).starts_with("admin."));
        acts.map(|it| (text(&it["kind"]), text(&it["body"]["by"]), text(&it["body"]["why"])))
            .collect()
    }

    async fn signed_up(&self, name: &str) -> Json {
        let body = json!({ "name": name, "password": "correct horse" });
        self.post("/v1/auth/register", &body).await.body
    }

    async fn me_by(&self, token: &Json) -> StatusCode {
        self.bearing(token.as_str().unwrap(), Method::GET, "/v1/me", None).await.status
    }

    async fn duel_of(&self, names: [&str; 2]) -> (String, Vec<String>) {
        let mut tickets = Vec::new();
        for name in names {
            let asked = json!({ "connect_code": name, "tier": "gold" });
            let answer = self.post("/v1/queues/code_duel/join", &asked).await;
            tickets.push(answer.body["queue_id"].as_str().unwrap().to_owned());
            self.clock.advance(Span(1));
        }
        self.pass(Span::seconds(2)).await;
        let met = self.get(&format!("/queue/{}", tickets[0])).await.body;
        (met["match_id"].as_str().unwrap().to_owned(), tickets)
    }
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (status, Some(code)));
}

#[tokio::test]
async fn nobody_operates_without_the_token_or_the_role() {
    let all = [
        (Method::GET, "/v1/admin/users"),
        (Method::POST, "/v1/admin/users"),
        (Method::GET, "/v1/admin/users/ada"),
        (Method::POST, "/v1/admin/users/ada/role"),
        (Method::POST, "/v1/admin/users/ada/disable"),
        (Method::POST, "/v1/admin/users/ada/enable"),
        (Method::GET, "/v1/admin/users/ada/keys"),
        (Method::POST, "/v1/admin/users/ada/keys"),
        (Method::POST, "/v1/admin/users/ada/keys/x/revoke"),
        (Method::GET, "/v1/admin/queues"),
        (Method::GET, "/v1/admin/queues/melee"),
        (Method::POST, "/v1/admin/queues/melee/door"),
        (Method::POST, "/v1/admin/matches/x/void"),
        (Method::POST, "/v1/admin/matches/x/resolve"),
        (Method::POST, "/v1/admin/matches/x/requeue"),
        (Method::POST, "/v1/admin/entries/x/priority"),
        (Method::POST, "/v1/admin/lobbies/x/finish"),
        (Method::POST, "/v1/admin/lobbies/x/void"),
        (Method::GET, "/v1/admin/chain"),
        (Method::GET, "/v1/admin/chain/jobs"),
        (Method::POST, "/v1/admin/chain/retry"),
        (Method::POST, "/v1/admin/tournaments"),
        (Method::POST, "/v1/admin/tournaments/x/close"),
        (Method::POST, "/v1/admin/tournaments/x/decide"),
        (Method::POST, "/v1/admin/tournaments/x/replay"),
        (Method::POST, "/v1/admin/tournaments/x/end"),
        (Method::POST, "/v1/admin/tournaments/x/withdraw"),
        (Method::GET, "/v1/admin/events"),
        (Method::GET, "/v1/admin/invariants"),
        (Method::POST, "/v1/admin/keys/rotate"),
    ];
    let described = TestControl::start().await.get("/openapi.json").await.body;
    for config in [Config::default(), config()] {
        let control = TestControl::with(config).await;
        let ada = control.signed_up("ada").await;
        for (method, path) in &all {
            for token in ["", "bosh", "ak_x"] {
                let answer = control.bearing(token, method.clone(), path, Some(&json!({}))).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {token}");
            }
            let token = ada["access_token"].as_str().unwrap();
            let answer = control.bearing(token, method.clone(), path, Some(&json!({}))).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: a player");
        }
    }
    let paths = described["paths"].as_object().unwrap();
    let admin = paths.iter().filter(|(path, _)| path.starts_with("/v1/admin/"));
    let count: usize = admin.map(|(_, methods)| methods.as_object().unwrap().len()).sum();
    assert_eq!(count, all.len(), "all that there are, and all described");
}

#[tokio::test]
async fn who_is_disabled_is_shut_out_at_once_and_in_every_way() {
    let control = TestControl::with(config()).await;
    let ada = control.signed_up("ada").await;
    let access = ada["access_token"].clone();
    let key = json!({ "name": "bot", "scopes": ["queue"] });
    let key = control.bearing(access.as_str().unwrap(), Method::POST, "/v1/keys", Some(&key)).await;
    let key = key.body["secret"].clone();
    assert_eq!(control.me_by(&access).await, StatusCode::OK);
    let why = json!({ "why": "she cheats" });
    for _ in 0..2 {
        let shut = control.operate("/v1/admin/users/ada/disable", &why).await;
        assert_eq!(shut.status, StatusCode::OK);
        assert!(shut.body["disabled_at"].is_i64());
    }
    let log_in = json!({ "name": "ada", "password": "correct horse" });
    refused(&control.post("/v1/auth/login", &log_in).await, 403, "forbidden");
    let refresh = json!({ "refresh_token": ada["refresh_token"] });
    refused(&control.post("/v1/auth/refresh", &refresh).await, 401, "unauthorized");
    for token in [&access, &key] {
        assert_eq!(control.me_by(token).await, StatusCode::FORBIDDEN);
    }
    let control = control.restarted().await;
    assert_eq!(control.me_by(&key).await, StatusCode::FORBIDDEN, "over a restart, too");
    control.operate("/v1/admin/users/ada/enable", &json!({ "why": "she does not" })).await;
    assert_eq!(control.post("/v1/auth/login", &log_in).await.status, StatusCode::OK);
    assert_eq!(control.me_by(&key).await, StatusCode::OK);
    let by = |kind: &str, why: &str| (kind.to_owned(), "admin_token".to_owned(), why.to_owned());
    let acts = control.acts().await;
    assert_eq!(
        acts,
        [by("admin.user_disabled", "she cheats"), by("admin.user_enabled", "she does not")],
        "what was so already leaves no line"
    );
}

#[tokio::test]
async fn a_role_is_given_and_taken_back_at_once() {
    for control in [TestControl::with(config()).await] {
        let ada = control.signed_up("ada").await;
        let token = ada["access_token"].as_str().unwrap();
        let asks = || control.bearing(token, Method::GET, "/v1/admin/queues", None);
        assert_eq!(asks().await.status, StatusCode::FORBIDDEN);
        let role = |role: &str| json!({ "role": role, "why": "night shift" });
        control.operate("/v1/admin/users/ADA/role", &role("admin")).await;
        assert_eq!(asks().await.status, StatusCode::OK);
        let admins = control.operator_sees("/v1/admin/users?role=admin").await;
        assert_eq!(admins["users"].as_array().unwrap().len(), 1);
        let why = json!({ "door": "draining", "why": "an update" });
        control.bearing(token, Method::POST, "/v1/admin/queues/melee/door", Some(&why)).await;
        control.operate("/v1/admin/users/ada/role", &role("player")).await;
        assert_eq!(asks().await.status, StatusCode::FORBIDDEN);
        let acts = control.acts().await;
        assert_eq!(acts[1].1, ada["identity"]["id"].as_str().unwrap(), "the log names who did it");
        for (body, word) in [
            (json!({ "role": "king", "why": "x y" }), "king"),
            (json!({ "role": "admin", "why": " " }), "why"),
            (json!({ "role": "admin" }), "why"),
        ] {
            let bad = control.operate("/v1/admin/users/ada/role", &body).await;
            assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(bad.body["detail"].as_str().unwrap().contains(word), "{bad:?}");
        }
        let nobody = control.operate("/v1/admin/users/eve/role", &role("admin")).await;
        refused(&nobody, 404, "not_found");
    }
}

#[tokio::test]
async fn a_queue_is_drained_closed_and_opened() {
    for control in TestControl::on_each_database_with(&config()).await {
        let door = |door: &str| json!({ "door": door, "why": "an update" });
        let waits = control.join("A#1").await;
        let path = "/v1/admin/queues/melee/door";
        control.operate(path, &door("draining")).await;
        let join = json!({ "connect_code": "B#2" });
        refused(&control.post("/queue/join", &join).await, 409, "queue_closed");
        let crew = control.signed_up("ada").await["access_token"].clone();
        control.operate("/v1/admin/queues/proxy_war/door", &door("draining")).await;
        let form = control
            .bearing(crew.as_str().unwrap(), Method::POST, "/v1/queues/proxy_war/crews", None)
            .await;
        refused(&form, 409, "queue_closed");
        let entry = format!("/queue/{}", waits["queue_id"].as_str().unwrap());
        assert_eq!(
            control.get(&entry).await.body["status"],
            "waiting",
            "it may still meet somebody"
        );
        let shown = control.operator_sees("/v1/admin/queues/melee").await;
        assert_eq!(shown["entries"][0]["connect_code"], "A#1");
        assert!(!shown.to_string().contains(waits["queue_id"].as_str().unwrap()), "no secrets");
        let closed = control.operate(path, &door("closed")).await;
        assert_eq!(closed.body["put_out"], 1);
        assert_eq!(control.get(&entry).await.body["status"], "cancelled");
        let control = control.restarted().await;
        refused(&control.post("/queue/join", &join).await, 409, "queue_closed");
        let queues = control.operator_sees("/v1/admin/queues").await;
        assert_eq!(queues["queues"][0]["door"], "closed");
        control.operate(path, &door("open")).await;
        assert_eq!(control.join("B#2").await["status"], "waiting");
        assert_eq!(control.acts().await.len(), 4);
        let nowhere = control.operate("/v1/admin/queues/chess/door", &door("open")).await;
        refused(&nowhere, 404, "not_found");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_match_is_taken_back_and_its_sides_wait_again() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, tickets) = control.duel_of(["A#1", "B#2"]).await;
        let path = format!("/v1/admin/matches/{id}/requeue");
        let why = json!({ "why": "the server stood still" });
        let taken = control.operate(&path, &why).await;
        assert_eq!(taken.body["course"]["reason"]["reason"], "voided", "{taken:?}");
        let mut positions = Vec::new();
        for ticket in &tickets {
            let entry = control.get(&format!("/queue/{ticket}")).await.body;
            positions.push((entry["status"].clone(), entry["position"].clone()));
        }
        let waiting = json!("waiting");
        assert_eq!(positions, [(waiting.clone(), json!(1)), (waiting, json!(2))], "as they came");
        refused(&control.operate(&path, &why).await, 409, "match_state");
        control.pass(Span::seconds(2)).await;
        let again = control.get(&format!("/queue/{}", tickets[0])).await.body;
        assert_eq!(again["status"], "matched", "and meet again");
        assert_ne!(again["match_id"], json!(id));
        assert_eq!(control.acts().await[0].0, "admin.match_requeued");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn only_what_is_disputed_is_resolved() {
    let control = TestControl::with(config()).await;
    let (id, _) = control.duel_of(["A#1", "B#2"]).await;
    let path = format!("/v1/admin/matches/{id}/resolve");
    let why = |winner: &str| json!({ "winner": winner, "why": "seen the replay" });
    let early = control.operate(&path, &why("p1")).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{early:?}");
    assert!(early.body["detail"].as_str().unwrap().len() > 10);
    assert_eq!(control.operate(&path, &why("p3")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = "/v1/admin/matches/018bcfe5-6800-7000-8000-000000000000/resolve";
    assert_eq!(control.operate(nothing, &why("p1")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(control.acts().await, [], "nothing was done, nothing is told");
}
