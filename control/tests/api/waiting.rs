//! What whoever waits is told: where it stands, how long it may take, why nobody has come yet, and
//! that its time is running out.

use arena_control::Config;
use arena_control::time::Span;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

const HELD: Span = Span::seconds(2);

impl TestControl {
    async fn waits_for(&self, tier: &str, code: &str) -> String {
        let asked = json!({ "connect_code": code, "tier": tier });
        let answer = self.post("/v1/queues/code_duel/join", &asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body["queue_id"].as_str().unwrap().to_owned()
    }

    async fn seen(&self, ticket: &str) -> Json {
        self.get(&format!("/v1/entries/{ticket}")).await.body
    }

    async fn prefers(&self, ticket: &str, priority: u8) -> Answer {
        let request = Request::post(format!("/v1/admin/entries/{ticket}/priority"))
            .header("authorization", "Bearer boss")
            .header("content-type", "application/json")
            .body(Body::from(json!({ "priority": priority, "why": "a show match" }).to_string()));
        self.send(request.unwrap()).await
    }
}

#[tokio::test]
async fn who_waits_is_told_how_long_it_took_others() {
    for control in TestControl::on_each_database().await {
        let alone = control.waits_for("gold", "A#0").await;
        let outlook = control.seen(&alone).await["outlook"].clone();
        assert_eq!(outlook["position"], 1);
        assert_eq!(outlook["estimated_wait"], json!({ "waits": 0 }), "nothing is known yet");
        assert_eq!(control.delete(&format!("/queue/{alone}")).await.body["success"], true);
        for n in 0..5_u64 {
            control.waits_for("gold", &format!("A#{n}")).await;
            control.clock.advance(Span::seconds(4 * n));
            control.waits_for("gold", &format!("B#{n}")).await;
            control.pass(HELD).await;
        }
        let entry = control.waits_for("gold", "C#1").await;
        let outlook = control.seen(&entry).await["outlook"].clone();
        // Of each pair one waited for 2 s, the other for 2, 6, 10, 14, 18.
        let all = json!({ "waits": 10, "lower_ms": 2_000, "median_ms": 2_000, "upper_ms": 10_000 });
        assert_eq!((&outlook["estimated_wait"], &outlook["waited_ms"]), (&all, &json!(0)));
        control.clock.advance(Span::seconds(5));
        let outlook = control.seen(&entry).await["outlook"].clone();
        assert_eq!(outlook["estimated_wait"], json!({ "waits": 4 }), "few waited for as long");
        assert_eq!(outlook["waited_ms"], 5_000);
    }
}

#[tokio::test]
async fn an_entry_can_be_asked_why_nobody_has_come() {
    for control in TestControl::on_each_database().await {
        let mine = control.waits_for("gold", "A#1").await;
        for (tier, code) in [("silver", "B#2"), ("silver", "C#3"), ("bronze", "D#4")] {
            control.waits_for(tier, code).await;
        }
        control.clock.advance(HELD);
        let why = control.get(&format!("/v1/entries/{mine}/explain")).await;
        assert_eq!(why.status, StatusCode::OK);
        let body = &why.body;
        assert_eq!((&body["considered"], &body["may_meet"]), (&json!(3), &json!(0)));
        assert_eq!(body["ruled_out"], json!({ "tier": 3 }));
        assert_eq!((&body["reach"], &body["waited_ms"]), (&json!(100), &json!(2_000)));
        for name in ["#2", "#3", "#4", "queue_id", "ticket"] {
            assert!(!body.to_string().contains(name), "{name} is nobody else's business: {body}");
        }
        control.waits_for("gold", "E#5").await;
        control.pass(HELD).await;
        let why = control.get(&format!("/v1/entries/{mine}/explain")).await;
        assert_eq!((why.status, &why.body["code"]), (StatusCode::CONFLICT, &json!("not_waiting")));
        assert_eq!(control.seen(&mine).await["outlook"], Json::Null);
        let nobody = "/v1/entries/018bcfe5-6800-7000-8000-000000000000";
        for path in [nobody.to_owned(), format!("{nobody}/explain"), "/v1/entries/x".to_owned()] {
            assert_eq!(control.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[tokio::test]
async fn behind_hundreds_a_place_is_told_as_well() {
    for control in TestControl::on_each_database().await {
        let mut all = Vec::new();
        for n in 0..300 {
            // Four tiers, and never two that may meet.
            let asked = json!({ "connect_code": format!("A#{n}"), "tier": "gold",
                "preferences": { "min_rating": 5_000 } });
            let answer = control.post("/v1/queues/code_duel/join", &asked).await.body;
            assert_eq!(answer["status"], "waiting");
            all.push(answer["queue_id"].as_str().unwrap().to_owned());
            control.clock.advance(Span(1));
        }
        control.pass(HELD).await;
        for place in [1, 255, 256, 257, 258, 300] {
            let entry = control.get(&format!("/queue/{}", all[place - 1])).await.body;
            assert_eq!(entry["position"], place);
        }
        let joins = json!({ "connect_code": "B#1", "tier": "silver" });
        let last = control.post("/v1/queues/code_duel/join", &joins).await.body;
        assert_eq!(last["position"], 301);
    }
}

#[tokio::test]
async fn an_entry_is_warned_after_120_s_and_over_after_300_s() {
    for control in TestControl::on_each_database().await {
        let entry = control.waits_for("gold", "A#1").await;
        let expires_at = control.seen(&entry).await["outlook"]["expires_at"].as_i64().unwrap();
        let looks = async |span, lines| {
            control.pass(span).await;
            let seen = control.seen(&entry).await;
            let expiring = seen["outlook"]["expiring"].as_bool();
            (seen["status"].as_str().unwrap().to_owned(), expiring, control.told(lines).await)
        };
        let waiting = |expiring, told| ("waiting".to_owned(), Some(expiring), told);
        assert_eq!(looks(Span(119_999), 1).await, waiting(false, 1));
        assert_eq!(looks(Span(1), 2).await, waiting(true, 2), "whoever listens is told, once");
        // Here a look is no sign of life.
        assert_eq!(control.seen(&entry).await["outlook"]["expires_at"], expires_at);
        assert_eq!(looks(Span(179_999), 2).await, waiting(true, 2));
        assert_eq!(looks(Span(1), 3).await, ("expired".to_owned(), None, 3));
    }
}

#[tokio::test]
async fn an_operator_lets_somebody_go_first() {
    let config = Config { admin_token: Some("boss".into()), ..Config::default() };
    let control = TestControl::with(config).await;
    let far = json!({ "min_rating": 1_200, "max_rating": 1_200 });
    for code in ["A#1", "B#2"] {
        let asked = json!({ "connect_code": code, "tier": "gold", "preferences": far });
        control.post("/v1/queues/code_duel/join", &asked).await;
        control.clock.advance(Span(1));
    }
    let late = control.waits_for("gold", "C#3").await;
    assert_eq!(control.seen(&late).await["outlook"]["position"], 3);
    assert_eq!(control.prefers(&late, 9).await.status, StatusCode::OK);
    assert_eq!(control.seen(&late).await["outlook"]["position"], 1);
    control.pass(HELD).await;
    let met = control.seen(&late).await;
    assert_eq!(met["status"], "matched", "two of three meet, and it went first");
    assert_eq!(control.prefers(&late, 1).await.body["code"], "not_waiting");
    assert_eq!(control.prefers(&late, 10).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nobody = "018bcfe5-6800-7000-8000-000000000000";
    assert_eq!(control.prefers(nobody, 1).await.status, StatusCode::NOT_FOUND);
    let path = format!("/v1/admin/entries/{late}/priority");
    let stranger = control.post(&path, &json!({ "priority": 1 })).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}
