//! Clocks that jump, a day ahead or an hour back: whatever was decided stays decided, nothing is
//! stuck or doubled, and who asks is answered.

use arena_control::invariants;
use arena_control::time::{At, Span};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::support::TestControl;

const HOUR: Span = Span::seconds(3600);
const DAY: Span = Span::seconds(24 * 3600);

impl TestControl {
    /// The clock jumps, and everything is looked at that is due by it.
    async fn jump(&self, to: At) {
        self.clock.jump(to);
        self.pass(Span::ZERO).await;
        assert_eq!(invariants::broken(&self.ctx).await.unwrap(), [], "after a jump");
    }

    async fn status(&self, entry: &Json) -> String {
        let id = entry["queue_id"].as_str().unwrap();
        let now = self.get(&format!("/queue/{id}")).await;
        now.body["status"].as_str().unwrap().to_owned()
    }

    async fn old_status_of_match(&self, entry: &Json) -> String {
        let id = entry["match_id"].as_str().unwrap();
        let now = self.get(&format!("/matches/{id}")).await;
        now.body["status"].as_str().unwrap().to_owned()
    }

    async fn sign_up(&self, name: &str) -> Json {
        let body = json!({ "name": name, "password": "correct horse" });
        self.post("/v1/auth/register", &body).await.body
    }

    async fn knows(&self, tokens: &Json) -> StatusCode {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let request = Request::get("/v1/me").header(header::AUTHORIZATION, bearer);
        self.send(request.body(Body::empty()).unwrap()).await.status
    }

    async fn refreshed(&self, tokens: &Json) -> Json {
        let body = json!({ "refresh_token": tokens["refresh_token"] });
        let answer = self.post("/v1/auth/refresh", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }
}

#[tokio::test]
async fn a_day_ahead_ends_what_had_a_time_once_and_the_next_go_on() {
    for control in TestControl::on_each_database().await {
        control.join("A#1").await;
        let met = control.join("B#2").await;
        let waits = control.join("C#3").await;
        let start = control.ctx.clock.now();
        control.jump(start + DAY).await;
        assert_eq!(control.status(&waits).await, "expired");
        assert_eq!(control.old_status_of_match(&met).await, "expired");
        let told = control.ctx.store.told();
        let last = *told.borrow();
        control.jump(start + DAY).await;
        control.jump(start).await;
        assert_eq!(*told.borrow(), last, "it ended once, and is not taken back");
        control.join("A#1").await;
        let again = control.join("C#3").await;
        assert_eq!(again["status"], "matched", "nobody is shut out by a time that has not come");
        assert_eq!(control.old_status_of_match(&again).await, "playing");
    }
}

#[tokio::test]
async fn an_hour_back_leaves_who_waits_where_he_is_and_he_is_met() {
    for control in TestControl::on_each_database().await {
        let start = control.ctx.clock.now();
        let waits = control.join("A#1").await;
        control.jump(At(start.0 - 3_600_000)).await;
        assert_eq!(control.status(&waits).await, "waiting");
        let other = control.join("B#2").await;
        assert_eq!(
            (&other["status"], control.status(&waits).await.as_str()),
            (&json!("matched"), "matched")
        );
        assert_eq!(other["opponent_code"], "A#1");
        control.jump(start).await;
        assert_eq!(
            control.old_status_of_match(&other).await,
            "expired",
            "30 min have passed on it"
        );
    }
}

#[tokio::test]
async fn who_waits_since_a_time_to_come_expires_all_the_same() {
    for control in TestControl::on_each_database().await {
        let start = control.ctx.clock.now();
        control.jump(start + HOUR).await;
        let early = control.join("A#1").await;
        control.jump(start).await;
        assert_eq!(control.status(&early).await, "waiting", "not a moment of its time has passed");
        control.jump(start + HOUR + Span::seconds(311)).await;
        assert_eq!(control.status(&early).await, "expired");
    }
}

#[tokio::test]
async fn who_was_held_back_for_a_moment_is_not_held_for_an_hour() {
    let control = TestControl::start().await;
    let duel = async |code: &str| {
        let asked = json!({ "connect_code": code, "tier": "gold" });
        control.post("/v1/queues/code_duel/join", &asked).await.body
    };
    let start = control.ctx.clock.now();
    let first = duel("A#1").await;
    control.jump(At(start.0 - 3_600_000)).await;
    let second = duel("B#2").await;
    control.pass(Span::seconds(3)).await;
    assert_eq!(control.status(&first).await, "matched", "its hold does not last for an hour");
    assert_eq!(control.status(&second).await, "matched");
}

#[tokio::test]
async fn tokens_are_judged_by_the_clock_as_it_is() {
    for control in TestControl::on_each_database().await {
        let start = control.ctx.clock.now();
        let tokens = control.sign_up("ada").await;
        control.jump(At(start.0 - 3_600_000)).await;
        assert_eq!(control.knows(&tokens).await, StatusCode::OK, "made in a time to come");
        control.jump(start + DAY).await;
        assert_eq!(control.knows(&tokens).await, StatusCode::UNAUTHORIZED, "it has ended");
        let tokens = control.refreshed(&tokens).await;
        assert_eq!(control.knows(&tokens).await, StatusCode::OK);
        control.jump(start).await;
        assert_eq!(control.knows(&tokens).await, StatusCode::OK);
        let nonce = control.post("/v1/auth/nonce", &json!({})).await;
        assert_eq!(nonce.status, StatusCode::OK, "and nobody is shut out");
    }
}
