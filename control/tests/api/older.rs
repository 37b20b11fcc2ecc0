//! What operators of the older interface call: no body, no reason, and a line in the log all the same.

use arena_control::{Config, invariants};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

fn config() -> Config {
    Config { admin_token: Some("boss".into()), ..Config::default() }
}

impl TestControl {
    async fn called(&self, path: &str) -> Answer {
        self.bearing("boss", Method::POST, path, None).await
    }

    async fn operators_lines(&self) -> Vec<Json> {
        let path = "/v1/admin/events?limit=1000";
        let log = self.bearing("boss", Method::GET, path, None).await.body;
        let events = log["events"].as_array().unwrap().clone();
        let ours = |event: &Json| event["kind"].as_str().unwrap().starts_with("admin.");
        events.into_iter().filter(ours).collect()
    }

    async fn who_met(&self, first: &str, second: &str) -> (String, [Json; 2]) {
        let waits = self.join(first).await;
        let meets = self.join(second).await;
        let id = meets["match_id"].as_str().unwrap().to_owned();
        (id, [waits["queue_id"].clone(), meets["queue_id"].clone()])
    }

    async fn unbroken(&self) {
        assert_eq!(invariants::broken(&self.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_cleanup_ends_what_waits_and_what_is_played_and_leaves_results_alone() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (decided, entries) = control.who_met("A#1", "B#2").await;
        for (entry, mine, other) in [(&entries[0], 2, 0), (&entries[1], 0, 2)] {
            let report = json!({ "queue_id": entry, "outcome": "COMPLETED",
                "stocks_remaining": mine, "opponent_stocks": other });
            control.post(&format!("/matches/{decided}/result"), &report).await;
        }
        let (played, _) = control.who_met("C#3", "D#4").await;
        let waits = control.join("E#5").await["queue_id"].clone();
        let cleaned = control.called("/admin/cleanup").await;
        let expected = json!({ "expired_queue_entries": 1, "expired_matches": 1,
            "queue_size": 0, "active_matches": 0 });
        assert_eq!(cleaned.body, expected);
        let status = |answer: Answer| answer.body["status"].clone();
        let entry = format!("/queue/{}", waits.as_str().unwrap());
        assert_eq!(status(control.get(&entry).await), "expired");
        assert_eq!(status(control.get(&format!("/matches/{played}")).await), "expired");
        assert_eq!(status(control.get(&format!("/matches/{decided}")).await), "completed");
        let again = control.called("/admin/cleanup").await;
        assert_eq!((&again.body["expired_matches"], again.status), (&json!(0), StatusCode::OK));
        let lines = control.operators_lines().await;
        let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["admin.entries_expired", "admin.match_expired"]);
        assert_eq!(lines[1]["body"]["why"], "asked for by POST /admin/cleanup");
        control.unbroken().await;
    }
}

#[tokio::test]
async fn a_match_is_expired_once_and_a_result_never() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, _) = control.who_met("A#1", "B#2").await;
        let path = format!("/admin/matches/{id}/expire");
        for changed in [true, false] {
            let ended = control.called(&path).await;
            let expected = json!({ "match_id": id, "status": "expired", "changed": changed });
            assert_eq!(ended.body, expected);
        }
        let unknown = "/admin/matches/00000000-0000-4000-8000-000000000001/expire";
        for path in [unknown, "/admin/matches/x/expire"] {
            let answer = control.called(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert_eq!(answer.body["detail"], "Match not found");
        }
        assert_eq!(control.operators_lines().await.len(), 1);
        control.unbroken().await;
    }
}

#[tokio::test]
async fn a_rematch_is_played_by_fresh_entries_and_ends_other_waits() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, before) = control.who_met("A#1", "B#2").await;
        let waits = control.join("A#1").await["queue_id"].clone();
        let made = control.called(&format!("/admin/matches/{id}/rematch")).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        let made = made.body;
        assert_eq!([&made["p1_connect_code"], &made["p2_connect_code"]], ["A#1", "B#2"]);
        assert_ne!(made["new_match_id"], json!(id));
        assert!(
            !before.contains(&made["p1_queue_id"]) && made["p1_queue_id"] != made["p2_queue_id"]
        );
        let entry = |id: &Json| format!("/queue/{}", id.as_str().unwrap());
        let seen = control.get(&entry(&made["p2_queue_id"])).await.body;
        assert_eq!((&seen["status"], &seen["opponent_code"]), (&json!("matched"), &json!("A#1")));
        assert_eq!(control.get(&entry(&waits)).await.body["status"], "cancelled");
        let path = format!("/matches/{}/result", made["new_match_id"].as_str().unwrap());
        let report = json!({ "queue_id": made["p1_queue_id"], "outcome": "won" });
        assert_eq!(control.post(&path, &report).await.status, StatusCode::OK);
        let line = control.operators_lines().await.pop().unwrap();
        assert_eq!(line["kind"], "admin.match_repeated");
        assert_eq!(line["body"]["new_match_id"], made["new_match_id"]);
        control.unbroken().await;
    }
}

#[tokio::test]
async fn a_wallet_is_filled_in_from_the_account_and_never_from_a_name_anybody_may_use() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, _) = control.who_met("A#1", "B#2").await;
        let wallet = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
        let claim = json!({ "connect_code": "A#1", "wallet_address": wallet });
        control.post("/queue/join", &claim).await;
        let filled = control.called(&format!("/admin/matches/{id}/backfill-wallets")).await;
        assert_eq!(filled.body, json!({ "p1_wallet": null, "p2_wallet": null }));
        assert_eq!(control.operators_lines().await.len(), 0, "nothing was done");
        control.unbroken().await;
    }
}

#[tokio::test]
async fn an_open_arena_lets_everybody_operate_but_pages_of_other_sites() {
    let ours = "http://127.0.0.1:8000";
    let open = Config { admin_open: true, origins: vec![ours.into()], ..Config::default() };
    let asked = |origin: Option<&str>| {
        let request = Request::post("/admin/cleanup");
        let request = origin.iter().fold(request, |request, it| request.header("origin", *it));
        request.body(Body::empty()).unwrap()
    };
    let control = TestControl::with(open.clone()).await;
    for (origin, status) in [(None, 200), (Some(ours), 200), (Some("http://evil.example"), 401)] {
        assert_eq!(control.send(asked(origin)).await.status.as_u16(), status, "{origin:?}");
    }
    let guarded = Config { admin_token: Some("boss".into()), ..open };
    let control = TestControl::with(guarded).await;
    assert_eq!(control.send(asked(None)).await.status, StatusCode::UNAUTHORIZED);
    let closed = TestControl::start().await;
    assert_eq!(closed.send(asked(None)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_act_of_an_operator_leaves_a_line_with_its_reason() {
    let control = TestControl::with(config()).await;
    let waits = control.join("A#1").await["queue_id"].clone();
    let path = format!("/v1/admin/entries/{}/priority", waits.as_str().unwrap());
    let unexplained = control.operate(&path, &json!({ "priority": 5 })).await;
    assert_eq!(unexplained.status, StatusCode::UNPROCESSABLE_ENTITY);
    control.operate(&path, &json!({ "priority": 5, "why": "a show match" })).await;
    let id = control.join("B#2").await["match_id"].as_str().unwrap().to_owned();
    let ruling = json!({ "winner": "p1", "p1_score": 2, "why": "both sent a recording" });
    let ruled = control.operate(&format!("/v1/admin/matches/{id}/resolve"), &ruling).await;
    assert_eq!(ruled.status, StatusCode::OK, "{ruled:?}");
    let retry = json!({ "kind": null, "business_id": null, "why": "the node is back" });
    assert_eq!(control.operate("/v1/admin/chain/retry", &retry).await.body["retried"], 0);
    let lines = control.operators_lines().await;
    let said: Vec<_> =
        lines.iter().map(|it| [it["kind"].clone(), it["body"]["why"].clone()]).collect();
    assert_eq!(
        said,
        [
            ["admin.entry_preferred", "a show match"],
            ["admin.match_resolved", "both sent a recording"],
        ]
    );
}
