//! Who may publish a match and who may watch it; and what relays tell of it.

use arena_control::Config;
use arena_control::invariants;
use arena_control::streams::report;
use arena_control::time::Span;
use arena_protocol::report::{Heard, Report, State, Stream};
use arena_protocol::token::{self, Act, Denied, Grant, KeySet};
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{START, TestControl};

const NOW_S: u64 = (START.0 / 1000).unsigned_abs();

impl TestControl {
    /// A match of two that wait no longer, and what its sides prove themselves with.
    async fn paired(&self, names: [&str; 2]) -> (String, String, String) {
        let first = self.join(names[0]).await;
        let second = self.join(names[1]).await;
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        (text(&second["match_id"]), text(&first["queue_id"]), text(&second["queue_id"]))
    }

    async fn keys(&self) -> KeySet {
        KeySet::from_jwks(&self.get("/.well-known/jwks.json").await.body.to_string()).unwrap()
    }

    async fn grant(&self, token: &Json, act: Act, channel: &str, at: u64) -> Result<Grant, Denied> {
        let channel = channel.parse().unwrap();
        token::check(token["token"].as_str(), &self.keys().await, act, &channel, at)
    }

    async fn heard(&self, number: u64, boot: u64, streams: Vec<Stream>) -> Heard {
        report(&self.ctx, Report { relay: "edge".into(), boot, number, streams }).await.unwrap()
    }

    async fn lines(&self, id: &str) -> Vec<String> {
        let told = self.get(&format!("/v1/matches/{id}/events")).await.body;
        let kinds =
            told["events"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap());
        kinds.filter(|kind| kind.starts_with("stream.")).map(str::to_owned).collect()
    }
}

fn stream(id: &str, epoch: u64, state: State, last_seq: u64) -> Stream {
    Stream {
        channel: format!("match/{id}"),
        epoch,
        schema: "melee/1".into(),
        state,
        reason: None,
        last_seq: Some(last_seq),
        viewers: 3,
    }
}

#[tokio::test]
async fn each_side_gets_a_token_to_publish_and_everybody_one_to_watch() {
    let control = TestControl::start().await;
    let (id, first, second) = control.paired(["A#1", "B#2"]).await;
    let (path, channel) = (format!("/v1/matches/{id}/stream"), format!("match/{id}"));
    let mut subjects = Vec::new();
    for ticket in [&first, &second] {
        let answer = control.post(&path, &json!({ "queue_id": ticket })).await;
        assert_eq!((answer.status, &answer.body["channel"]), (StatusCode::OK, &json!(channel)));
        let publish = &answer.body["publish"];
        let grant = control.grant(publish, Act::Publish, &channel, NOW_S).await.unwrap();
        assert_eq!(grant.delay_ms, None, "melee is shown as it happens");
        assert_eq!(grant.expires_at, NOW_S + 1_800 + 60, "as long as the match may take");
        subjects.push(grant.subject);
        let elsewhere = control.grant(publish, Act::Publish, "match/other", NOW_S).await;
        assert_eq!(elsewhere, Err(Denied::NotCovered));
        let watching = control.grant(publish, Act::Watch, &channel, NOW_S).await;
        assert_eq!(watching, Err(Denied::NotCovered));
    }
    assert_ne!(subjects[0], subjects[1], "neither takes over what the other publishes");
    let seen = control.get(&path).await.body;
    assert_eq!(seen["publish"], Json::Null);
    let grant = control.grant(&seen["watch"], Act::Watch, &channel, NOW_S).await.unwrap();
    assert_eq!((grant.delay_ms, &*grant.subject), (None, "spectator"));
    assert_eq!(
        control.grant(&seen["watch"], Act::Publish, &channel, NOW_S).await,
        Err(Denied::NotCovered)
    );
    let late = control.grant(&seen["watch"], Act::Watch, &channel, NOW_S + 4_000).await;
    assert_eq!(late, Err(Denied::Expired));
}

#[tokio::test]
async fn a_key_that_was_rotated_away_invalidates_no_stream() {
    let config = Config { admin_token: Some("boss".into()), ..Config::default() };
    let control = TestControl::with(config).await;
    let (id, first, _) = control.paired(["A#1", "B#2"]).await;
    let (path, channel) = (format!("/v1/matches/{id}/stream"), format!("match/{id}"));
    let before = control.post(&path, &json!({ "queue_id": first })).await.body;
    let rotated = control.operate("/v1/admin/keys/rotate", &json!({})).await;
    assert_eq!(rotated.status, StatusCode::OK);
    control.clock.advance(Span::seconds(61));
    let after = control.post(&path, &json!({ "queue_id": first })).await.body;
    for body in [&before, &after] {
        let at = NOW_S + 61;
        assert!(control.grant(&body["publish"], Act::Publish, &channel, at).await.is_ok());
    }
    assert_ne!(before["publish"], after["publish"]);
}

#[tokio::test]
async fn who_is_no_side_of_a_match_does_not_publish_it() {
    let control = TestControl::start().await;
    let (id, first, _) = control.paired(["A#1", "B#2"]).await;
    let (_, stranger, _) = control.paired(["C#3", "D#4"]).await;
    let path = format!("/v1/matches/{id}/stream");
    for (path, body, status, word) in [
        (&path, json!({ "queue_id": stranger }), 403, "side"),
        (&path, json!({}), 401, "queue_id"),
        (&path, json!({ "queue_id": "x" }), 422, "id"),
        (&path, json!({ "queue_id": first, "more": 1 }), 422, "more"),
        (&"/v1/matches/x/stream".to_owned(), json!({ "queue_id": first }), 404, "Match"),
    ] {
        let answer = control.post(path, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert!(answer.body["detail"].as_str().unwrap().contains(word), "{answer:?}");
    }
    control.pass(Span::seconds(1_800)).await;
    let over = control.post(&path, &json!({ "queue_id": first })).await;
    assert_eq!((over.status, &over.body["code"]), (StatusCode::CONFLICT, &json!("match_over")));
    assert_eq!(control.get(&path).await.status, StatusCode::OK, "it may still be watched");
}

#[tokio::test]
async fn what_a_relay_tells_appears_on_the_match_and_in_its_history() {
    for control in TestControl::on_each_database().await {
        let (id, _, _) = control.paired(["A#1", "B#2"]).await;
        let (other, _, _) = control.paired(["C#3", "D#4"]).await;
        assert_eq!(control.get(&format!("/v1/matches/{id}")).await.body["stream"], Json::Null);
        let unknown = stream("018bcfe5-6800-7000-8000-000000000000", 1, State::Live, 0);
        let foreign = Stream { channel: "demo".into(), ..stream(&id, 1, State::Live, 0) };
        let live = stream(&id, 5, State::Live, 0);
        let first = vec![live.clone(), unknown, foreign];
        assert_eq!(control.heard(1, 9, first.clone()).await, Heard::default());
        assert_eq!(control.heard(1, 9, first).await, Heard::default(), "again");
        control.heard(2, 9, vec![Stream { last_seq: Some(60), viewers: 8, ..live }]).await;
        control.heard(1, 9, vec![stream(&id, 5, State::Ended, 0)]).await;
        for path in [format!("/v1/matches/{id}"), format!("/matches/{id}")] {
            let seen = control.get(&path).await.body["stream"].clone();
            assert_eq!(
                (&seen["state"], &seen["last_seq"], &seen["viewers"]),
                (&json!("live"), &json!(60), &json!(8)),
                "{path}"
            );
        }
        assert_eq!(control.lines(&id).await, ["stream.up"], "viewers are no news");
        let live = control.get("/v1/live").await.body;
        assert_eq!(live["matches"].as_array().unwrap().len(), 1);
        assert_eq!(live["matches"][0]["stream"]["channel"], format!("match/{id}"));
        let listed = control.get("/matches").await.body["matches"].clone();
        let of = |id: &str| listed.as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
        assert_eq!(of(&id)["stream"]["viewers"], 8);
        assert_eq!(of(&other)["stream"], Json::Null);
        assert_eq!(control.get("/health").await.body["live_match_ids"], json!([id]));
        control.heard(3, 9, vec![stream(&id, 5, State::Ended, 99)]).await;
        assert_eq!(control.lines(&id).await, ["stream.up", "stream.down"]);
        assert_eq!(control.get("/v1/live").await.body["matches"], json!([]));
        let both = control.get("/health").await.body["live_match_ids"].clone();
        assert_eq!(both.as_array().unwrap().len(), 2, "without streams, all that are played");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_relay_that_falls_silent_or_starts_anew_has_lost_its_streams() {
    for control in TestControl::on_each_database().await {
        let (id, _, _) = control.paired(["A#1", "B#2"]).await;
        control.heard(1, 9, vec![stream(&id, 5, State::Live, 0)]).await;
        control.pass(Span::seconds(20)).await;
        control.heard(2, 9, vec![]).await;
        control.pass(Span::seconds(20)).await;
        assert_eq!(control.lines(&id).await, ["stream.up"], "a sign of life is enough");
        control.pass(Span::seconds(20)).await;
        assert_eq!(control.lines(&id).await, ["stream.up", "stream.down"]);
        // It was only cut off, and comes back.
        assert!(control.heard(3, 9, vec![]).await.resend);
        control.heard(4, 9, vec![stream(&id, 5, State::Live, 700)]).await;
        assert_eq!(control.lines(&id).await.len(), 3);
        // It starts anew.
        assert_eq!(control.heard(1, 10, vec![]).await, Heard::default());
        assert_eq!(control.lines(&id).await.len(), 4);
        assert!(!control.heard(5, 9, vec![stream(&id, 5, State::Live, 800)]).await.resend);
        assert_eq!(control.lines(&id).await.len(), 4, "its earlier run has nothing to say");
    }
}

#[tokio::test]
async fn only_a_relay_reports() {
    let config = Config { admin_token: Some("boss".into()), ..Config::default() };
    let control = TestControl::with(config).await;
    let body = json!({ "relay": "edge", "boot": 1, "number": 1, "streams": [] });
    let path = "/v1/relay/reports";
    assert_eq!(control.post(path, &body).await.status, StatusCode::UNAUTHORIZED);
    let mut secrets = Vec::new();
    for (name, role, scope) in
        [("edge", "relay", "reports"), ("idle", "relay", "queue"), ("ada", "player", "reports")]
    {
        let made = json!({ "name": name, "role": role, "why": "a test" });
        assert_eq!(control.operate("/v1/admin/users", &made).await.status, StatusCode::CREATED);
        let key = json!({ "name": "main", "scopes": [scope], "why": "a test" });
        let key = control.operate(&format!("/v1/admin/users/{name}/keys"), &key).await;
        assert_eq!(key.status, StatusCode::CREATED, "{key:?}");
        secrets.push(key.body["secret"].as_str().unwrap().to_owned());
    }
    let mut told = Vec::new();
    for secret in &secrets {
        told.push(control.bearing(secret, Method::POST, path, Some(&body)).await.status);
    }
    assert_eq!(told, [StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN]);
    for bad in [
        json!({ "relay": "", "boot": 1, "number": 1, "streams": [] }),
        json!({ "relay": "edge", "boot": 1, "number": 0, "streams": [] }),
        json!({ "relay": "edge", "boot": u64::MAX, "number": 1, "streams": [] }),
        json!({ "relay": "edge", "boot": 1, "number": 1 }),
        json!({ "relay": "edge", "boot": 1, "number": 2, "streams": vec![stream("x", 1, State::Live, 0); 201] }),
    ] {
        let refused = control.bearing(&secrets[0], Method::POST, path, Some(&bad)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:.80}");
    }
}

#[tokio::test]
async fn what_goes_on_is_measured() {
    let control = TestControl::start().await;
    let (id, _, _) = control.paired(["A#1", "B#2"]).await;
    control.heard(1, 9, vec![stream(&id, 5, State::Live, 0)]).await;
    control.join("C#3").await;
    // What the log tells is counted when it comes by, right behind the answer.
    let text = loop {
        let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
        let text = control.text(request).await;
        if text.contains("kind=\"stream.up\"") {
            break text;
        }
    };
    for sample in [
        "arena_control_up 1",
        "arena_control_queue_size{queue=\"melee\"} 1",
        "arena_control_matches_active{queue=\"melee\",state=\"active\"} 1",
        "arena_control_matches_created_total{queue=\"melee\"} 1",
        "arena_control_queue_wait_seconds_count 2",
        "arena_control_streams_up 1",
        "arena_control_stream_viewers 3",
        "arena_control_deadlines_late 0",
        "arena_control_gateway_sockets 0",
        "arena_control_http_requests_total{route=\"/queue/join\",method=\"POST\",status=\"200\"} 3",
        "arena_control_http_request_seconds_count{route=\"/queue/join\"} 3",
    ] {
        assert!(text.lines().any(|line| line == sample), "{sample} in\n{text}");
    }
    let mut named = std::collections::BTreeMap::<&str, u32>::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        *named.entry(line.split(' ').next().unwrap()).or_default() += 1;
    }
    assert!(named.values().all(|times| *times == 1), "each is explained once: {named:?}");
    let commits =
        text.lines().find_map(|line| line.strip_prefix("arena_control_commit_seconds_count "));
    assert!(commits.unwrap().parse::<u64>().unwrap() >= 3);
}
