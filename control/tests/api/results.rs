//! What both sides tell of a match, and what is made of it.

use arena_control::time::Span;
use arena_control::{Config, invariants, ratings};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

const ADMIN: &str = "an operator's token";

/// A match between two who have just met.
pub(crate) struct Met {
    pub(crate) id: String,
    pub(crate) first: String,
    pub(crate) second: String,
}

impl TestControl {
    pub(crate) async fn meet(&self, first: &Json, second: &Json) -> Met {
        let one = self.post("/queue/join", first).await.body;
        let other = self.post("/queue/join", second).await.body;
        let text = |of: &Json, key: &str| of[key].as_str().unwrap().to_owned();
        let (id, first) = (text(&other, "match_id"), text(&one, "queue_id"));
        Met { id, first, second: text(&other, "queue_id") }
    }

    pub(crate) async fn meet_by_code(&self, first: &str, second: &str) -> Met {
        self.meet(&json!({ "connect_code": first }), &json!({ "connect_code": second })).await
    }

    pub(crate) async fn report(&self, id: &str, entry: &str, own: u8, other: u8) -> Answer {
        let body = json!({
            "queue_id": entry, "outcome": "COMPLETED", "duration_seconds": 192.5,
            "stocks_remaining": own, "opponent_stocks": other,
        });
        self.post(&format!("/matches/{id}/result"), &body).await
    }

    pub(crate) async fn decide(&self, met: &Met, first: u8, second: u8) {
        let answer = self.report(&met.id, &met.first, first, second).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({ "success": true })));
        let answer = self.report(&met.id, &met.second, second, first).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    pub(crate) async fn seen_as_before(&self, id: &str) -> Json {
        self.get(&format!("/matches/{id}")).await.body
    }

    async fn state(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}")).await.body["course"]["state"].clone()
    }

    async fn rule(&self, id: &str, ruling: &Json) -> Answer {
        let mut ruling = ruling.clone();
        ruling["why"] = json!("both sent a recording");
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/v1/admin/matches/{id}/resolve"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {ADMIN}"))
            .body(Body::from(ruling.to_string()));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn rating(&self, queue: &str, player: &str) -> Json {
        let player = player.replace('#', "%23");
        self.get(&format!("/v1/ratings/{queue}/{player}")).await.body
    }

    pub(crate) async fn assert_sound(&self) {
        assert_eq!(invariants::broken(&self.ctx).await.unwrap(), []);
        let found = ratings::recompute(&self.ctx.store).await.unwrap();
        assert_eq!(found.differences, []);
    }
}

fn with_operator() -> Config {
    Config { admin_token: Some(ADMIN.into()), ..Config::default() }
}

#[tokio::test]
async fn two_reports_that_agree_make_a_result_as_clients_of_the_old_api_read_it() {
    for control in TestControl::on_each_database().await {
        let wallets = ["0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "0xanything"];
        let side =
            |code: &str, wallet: &str| json!({ "connect_code": code, "wallet_address": wallet });
        let met = control.meet(&side("A#1", wallets[0]), &side("B#2", wallets[1])).await;
        control.report(&met.id, &met.first, 0, 2).await;
        let waiting = control.seen_as_before(&met.id).await;
        assert_eq!(
            (&waiting["status"], &waiting["winner_wallet"]),
            (&json!("playing"), &Json::Null)
        );
        assert_eq!(
            (&waiting["p1_result"], &waiting["p2_result"]),
            (&json!("COMPLETED"), &Json::Null)
        );
        control.clock.advance(Span(1_500));
        control.report(&met.id, &met.second, 2, 0).await;
        let seen = control.seen_as_before(&met.id).await;
        for (key, value) in [
            ("status", json!("completed")),
            ("p1_result", json!("COMPLETED")),
            ("p2_result", json!("COMPLETED")),
            ("winner_wallet", json!(wallets[1])),
            ("loser_wallet", json!(wallets[0])),
            ("winner_score", json!(2)),
            ("loser_score", json!(0)),
            ("result_timestamp", json!(1_800_000_001)),
        ] {
            assert_eq!(seen[key], value, "{key}");
        }
        let result = control.get(&format!("/v1/matches/{}/result", met.id)).await.body;
        assert_eq!(result["result"]["winner"], "p2");
        assert_eq!(result["result"]["score"], json!({ "p1": 0, "p2": 2 }));
        assert_eq!(result["result"]["ratings"]["p2"], json!({ "before": 1500, "after": 1516 }));
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn a_result_never_changes() {
    for control in TestControl::on_each_database().await {
        let met = control.meet_by_code("A#1", "B#2").await;
        control.decide(&met, 3, 1).await;
        let before = control.seen_as_before(&met.id).await;
        let again = control.report(&met.id, &met.first, 3, 1).await;
        assert_eq!(again.body, json!({ "success": true }), "the same once more is fine");
        let other = control.report(&met.id, &met.first, 4, 0).await;
        assert_eq!(
            (other.status, &other.body["code"]),
            (StatusCode::CONFLICT, &json!("told_otherwise"))
        );
        assert_eq!(control.seen_as_before(&met.id).await, before);
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.state(&met.id).await, "settled");
        assert_eq!(control.report(&met.id, &met.second, 1, 3).await.status, StatusCode::OK);
        assert_eq!(control.seen_as_before(&met.id).await, before);
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn equal_stocks_are_a_draw_and_given_to_nobody() {
    for control in TestControl::on_each_database().await {
        let met = control.meet_by_code("A#1", "B#2").await;
        control.decide(&met, 0, 0).await;
        let seen = control.seen_as_before(&met.id).await;
        assert_eq!((&seen["status"], &seen["winner_wallet"]), (&json!("completed"), &Json::Null));
        assert_eq!((&seen["winner_score"], &seen["loser_score"]), (&json!(0), &json!(0)));
        let rating = control.rating("melee", "code:A#1").await;
        assert_eq!((&rating["rating"], &rating["draws"]), (&json!(1500), &json!(1)));
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn reports_that_contradict_each_other_are_a_dispute_that_its_deadline_voids() {
    for control in TestControl::on_each_database().await {
        let met = control.meet_by_code("A#1", "B#2").await;
        control.report(&met.id, &met.first, 2, 1).await;
        control.report(&met.id, &met.second, 3, 0).await;
        assert_eq!(control.seen_as_before(&met.id).await["status"], "playing");
        let told = control.get(&format!("/v1/matches/{}/events", met.id)).await.body;
        let told = told["events"].as_array().unwrap().iter().map(|event| &event["kind"]);
        let kinds = ["match.made", "match.reported", "match.reported", "match.disputed"];
        assert_eq!(told.collect::<Vec<_>>(), kinds);
        let result = control.get(&format!("/v1/matches/{}/result", met.id)).await.body;
        assert_eq!(result["reported"], json!({ "p1": true, "p2": true }));
        assert_eq!(result["result"], Json::Null);
        control.pass(Span::seconds(86_400)).await;
        let course = control.get(&format!("/v1/matches/{}", met.id)).await.body["course"].clone();
        assert_eq!(course, json!({ "state": "cancelled", "reason": { "reason": "unresolved" } }));
        assert_eq!(
            control.rating("melee", "code:A#1").await["code"],
            "not_found",
            "nobody is rated"
        );
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn disputes_are_found_however_many_matches_came_after_them() {
    for control in TestControl::on_each_database().await {
        let mut disputed = Vec::new();
        for pair in 0..3 {
            let met = control.meet_by_code(&format!("A#{pair}"), &format!("B#{pair}")).await;
            control.report(&met.id, &met.first, 2, 1).await;
            control.report(&met.id, &met.second, 3, 0).await;
            disputed.insert(0, met.id);
            control.clock.advance(Span(1));
            let decided = control.meet_by_code(&format!("C#{pair}"), &format!("D#{pair}")).await;
            control.decide(&decided, 2, 0).await;
            control.clock.advance(Span(1));
        }
        let found = async |query: &str| {
            let page = control.get(&format!("/matches?verdict=disputed{query}")).await.body;
            let ids = page["matches"].as_array().unwrap().iter();
            let ids: Vec<_> = ids.map(|it| it["id"].as_str().unwrap().to_owned()).collect();
            (ids, page["next"].as_str().map(str::to_owned))
        };
        assert_eq!(found("").await, (disputed.clone(), None));
        let (first, next) = found("&limit=2").await;
        assert_eq!(first, disputed[..2]);
        let next = next.expect("there is more");
        assert_eq!(found(&format!("&limit=2&before={next}")).await.0, disputed[2..]);
        assert_eq!(found("&queue=melee").await.0, disputed);
        assert_eq!(found("&queue=code_duel").await.0, [""; 0]);
        assert_eq!(found("&connect_code=A%231").await.0, disputed[1..2]);
        assert_eq!(found("&connect_code=C%231").await.0, [""; 0]);
        for bad in ["verdict=decided", "verdict=disputed&state=resolved"] {
            let answer = control.get(&format!("/matches?{bad}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
    }
}

#[tokio::test]
async fn an_operator_decides_a_dispute_once() {
    let control = TestControl::with(with_operator()).await;
    let met = control.meet_by_code("A#1", "B#2").await;
    control.report(&met.id, &met.first, 2, 1).await;
    control.report(&met.id, &met.second, 3, 0).await;
    let less = json!({ "winner": "p1", "p1_score": 0, "p2_score": 1 });
    assert_eq!(control.rule(&met.id, &less).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let beyond = json!({ "winner": "p1", "p1_score": 256, "p2_score": 1 });
    assert_eq!(control.rule(&met.id, &beyond).await.body["detail"], "p1_score: expected 0 to 255");
    let ruling = json!({ "winner": "p2", "p1_score": 0, "p2_score": 3 });
    let unsigned = control.post(&format!("/v1/admin/matches/{}/resolve", met.id), &ruling).await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    for _twice in 0..2 {
        let ruled = control.rule(&met.id, &ruling).await;
        assert_eq!(ruled.status, StatusCode::OK, "{ruled:?}");
    }
    let other = json!({ "winner": "p1", "p1_score": 2, "p2_score": 1 });
    assert_eq!(control.rule(&met.id, &other).await.body["code"], "match_state");
    let result =
        control.get(&format!("/v1/matches/{}/result", met.id)).await.body["result"].clone();
    assert_eq!((&result["winner"], &result["how"]), (&json!("p2"), &json!("ruled")));
    assert_eq!(result["score"], json!({ "p1": 0, "p2": 3 }));
    control.assert_sound().await;
}

#[tokio::test]
async fn what_cannot_be_a_report_is_refused_and_changes_nothing() {
    let control = TestControl::start().await;
    let met = control.meet_by_code("A#1", "B#2").await;
    let stranger = control.join("C#3").await["queue_id"].clone();
    let path = format!("/matches/{}/result", met.id);
    let report = |entry: &Json, more: Json| {
        let mut body = json!({ "queue_id": entry, "outcome": "COMPLETED" });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let entry = json!(met.first);
    for (body, status, detail) in [
        (report(&stranger, json!({})), 403, "this entry plays no side of this match"),
        (report(&json!("nonsense"), json!({})), 403, "this entry plays no side of this match"),
        (report(&Json::Null, json!({})), 401, "send what joining answered"),
        (
            report(&entry, json!({ "stocks_remaining": 256 })),
            422,
            "stocks_remaining: expected 0 to 255",
        ),
        (
            report(&entry, json!({ "stocks_remaining": -1 })),
            422,
            "stocks_remaining: expected 0 to 255",
        ),
        (
            report(&entry, json!({ "opponent_stocks": 1_000_000_000 })),
            422,
            "opponent_stocks: expected 0 to 255",
        ),
        (report(&entry, json!({ "duration_seconds": -0.5 })), 422, "duration_seconds: expected"),
        (report(&entry, json!({ "duration_seconds": 1e300 })), 422, "duration_seconds: expected"),
        (report(&entry, json!({ "outcome": "x".repeat(65) })), 422, "outcome: expected at most 64"),
        (report(&entry, json!({ "outcome": "a\0b" })), 422, "the body does not fit"),
        (report(&entry, json!({ "outcome": 5 })), 422, "the body does not fit"),
        (json!({ "queue_id": met.first }), 422, "the body does not fit"),
    ] {
        let answer = control.post(&path, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {answer:?}");
        assert!(answer.body["detail"].as_str().unwrap().starts_with(detail), "{answer:?}");
    }
    let nowhere = "/matches/00000000-0000-4000-8000-000000000001/result";
    let unknown = control.post(nowhere, &report(&entry, json!({}))).await;
    assert_eq!(
        (unknown.status, &unknown.body["detail"]),
        (StatusCode::NOT_FOUND, &json!("Match not found"))
    );
    let result = control.get(&format!("/v1/matches/{}/result", met.id)).await.body;
    assert_eq!(result["reported"], json!({ "p1": false, "p2": false }));
    control.pass(Span::seconds(1_800)).await;
    let late = control.report(&met.id, &met.first, 4, 0).await;
    assert_eq!(
        (late.status, &late.body["detail"]),
        (StatusCode::CONFLICT, &json!("the match is over"))
    );
    control.assert_sound().await;
}

#[tokio::test]
async fn reports_at_once_decide_once() {
    for control in TestControl::on_each_database().await {
        let mut decided = Vec::new();
        for pair in 0..8 {
            let met = control.meet_by_code(&format!("A#{pair}"), &format!("B#{pair}")).await;
            let (one, other) = tokio::join!(
                control.report(&met.id, &met.first, 2, 1),
                control.report(&met.id, &met.second, 1, 2),
            );
            assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
            decided.push(met.id);
        }
        for id in decided {
            assert_eq!(control.seen_as_before(&id).await["status"], "completed");
        }
        control.assert_sound().await;
    }
}
