//! Games of tournaments that do not go their usual way.

use arena_control::time::Span;
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::cups::{Cup, config};
use crate::support::TestControl;

const MINUTE: Span = Span::seconds(60);

#[tokio::test]
async fn who_does_not_show_up_loses_at_the_deadline_whatever_was_restarted() {
    for control in TestControl::on_each_database_with(&config()).await {
        let cup = Cup::closed(control, &json!({}), &["ada", "bob"]).await;
        cup.show_up("bob").await;
        let control = cup.control.restarted().await;
        let cup = Cup { control, ..cup };
        cup.control.pass(Span::seconds(59)).await;
        assert_eq!(cup.get("").await["status"], "active");
        cup.control.pass(Span::seconds(1)).await;
        let end = cup.get("").await;
        assert_eq!((&end["status"], &end["champion"]), (&json!("complete"), &json!("bob")));
        assert_eq!(cup.games().await[0]["how"], "walkover");
        cup.is_sound().await;
    }
}

#[tokio::test]
async fn where_nobody_shows_up_the_better_seed_goes_on() {
    let control = TestControl::with(config()).await;
    let cup = Cup::closed(control, &json!({}), &["ada", "bob", "eve", "ida"]).await;
    let best = cup.get("").await["entries"][0]["name"].clone();
    cup.control.pass(MINUTE).await;
    cup.control.pass(MINUTE).await;
    let end = cup.get("").await;
    assert_eq!((&end["status"], &end["champion"]), (&json!("complete"), &best));
}

#[tokio::test]
async fn a_match_that_decides_nothing_is_played_again_and_then_an_operator_decides() {
    for control in TestControl::on_each_database_with(&config()).await {
        let cup = Cup::closed(control, &json!({}), &["ada", "bob"]).await;
        let why = json!({ "why": "the server stood still" });
        for tries in 1..=5 {
            let (id, tickets) = cup.begin("ada", "bob").await;
            if tries == 1 {
                // A draw needs one more match.
                cup.control.report(&id, &tickets[0], 1, 1).await;
                cup.control.report(&id, &tickets[1], 1, 1).await;
            } else if tries == 2 {
                cup.control.pass(Span::seconds(1800)).await;
            } else {
                cup.control.operate(&format!("/v1/admin/matches/{id}/void"), &why).await;
            }
            assert_eq!(cup.games().await[0]["tries"], tries);
        }
        assert_eq!(cup.games().await[0]["state"], "stalled");
        assert_eq!(cup.show_up("ada").await.body["code"], "not_called");
        let spot = json!({ "round": 0, "slot": 0, "why": "they asked for it" });
        assert_eq!(cup.operate("replay", &spot).await.status, StatusCode::OK);
        let (id, _) = cup.begin("ada", "bob").await;
        let mut ruling = spot.clone();
        ruling["winner"] = json!("draw");
        assert_eq!(cup.operate("decide", &ruling).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        ruling["winner"] = json!("b");
        let ruled = cup.operate("decide", &ruling).await;
        assert_eq!(ruled.body["champion"], ruled.body["rounds"][0][0]["b"]["name"], "{ruled:?}");
        let taken_back = cup.control.get(&format!("/v1/matches/{id}")).await.body;
        assert_eq!(taken_back["course"]["reason"]["reason"], "voided");
        assert_eq!(cup.operate("decide", &ruling).await.status, StatusCode::OK, "so it is");
        ruling["winner"] = json!("a");
        assert_eq!(cup.operate("decide", &ruling).await.body["code"], "game_decided");
        cup.is_sound().await;
    }
}

#[tokio::test]
async fn a_dispute_holds_the_bracket_up_until_it_is_decided() {
    let control = TestControl::with(config()).await;
    let cup = Cup::closed(control, &json!({}), &["ada", "bob"]).await;
    let (id, tickets) = cup.begin("ada", "bob").await;
    cup.control.report(&id, &tickets[0], 3, 0).await;
    cup.control.report(&id, &tickets[1], 3, 0).await;
    assert_eq!(cup.games().await[0]["state"], "playing");
    let ruling = json!({ "winner": "p1", "why": "seen the replay" });
    cup.control.operate(&format!("/v1/admin/matches/{id}/resolve"), &ruling).await;
    assert_eq!(cup.get("").await["status"], "complete");
}

#[tokio::test]
async fn most_matches_of_a_series_win_the_game() {
    let control = TestControl::with(config()).await;
    let cup = Cup::closed(control, &json!({ "best_of": 3 }), &["ada", "bob"]).await;
    for (ada, bob) in [(3, 0), (1, 1), (0, 2), (2, 0)] {
        let (id, tickets) = cup.begin("ada", "bob").await;
        cup.control.report(&id, &tickets[0], ada, bob).await;
        cup.control.report(&id, &tickets[1], bob, ada).await;
    }
    let game = &cup.games().await[0];
    let mut score = [game["score_a"].as_i64(), game["score_b"].as_i64()];
    score.sort_unstable();
    assert_eq!((score, &game["winner"]), ([Some(1), Some(2)], &json!("ada")));
}

#[tokio::test]
async fn whoever_leaves_a_duel_before_it_starts_loses_and_the_other_does_not_wait_among_strangers()
{
    for control in TestControl::on_each_database_with(&config()).await {
        let settings = json!({ "queue": "code_duel", "tier": "bronze" });
        let cup = Cup::closed(control, &settings, &["ada", "bob"]).await;
        let join = json!({ "connect_code": "ada#1", "tier": "bronze" });
        let waits = cup.control.post("/v1/queues/code_duel/join", &join).await.body;
        let (id, tickets) = cup.begin("ada", "bob").await;
        let entry = |id: &Json| format!("/queue/{}", id.as_str().unwrap());
        let left = cup.control.get(&entry(&waits["queue_id"])).await.body;
        assert_eq!(left["status"], "cancelled", "nobody waits while it plays");
        let gone = json!({ "queue_id": tickets[1] });
        cup.control.post(&format!("/v1/matches/{id}/leave"), &gone).await;
        let end = cup.get("").await;
        assert_eq!((&end["status"], &end["champion"]), (&json!("complete"), &json!("ada")));
        assert_eq!(cup.control.get(&entry(&json!(tickets[0]))).await.body["status"], "cancelled");
        cup.is_sound().await;
    }
}

#[tokio::test]
async fn who_plays_elsewhere_has_not_shown_up() {
    let control = TestControl::with(config()).await;
    let settings = json!({ "queue": "code_duel", "tier": "bronze" });
    let cup = Cup::closed(control, &settings, &["ada", "bob"]).await;
    for code in ["ada#1", "oto#1"] {
        let join = json!({ "connect_code": code, "tier": "bronze" });
        cup.control.post("/v1/queues/code_duel/join", &join).await;
    }
    cup.control.pass(Span::seconds(3)).await;
    assert_eq!(cup.show_up("ada").await.body["code"], "already_playing");
    cup.show_up("bob").await;
    cup.control.pass(Span::seconds(15)).await;
    assert_eq!(cup.show_up("ada").await.body["state"], "playing", "nobody accepted that one");
    // An operator may take the match back, and does not send anybody to the queue.
    let game = cup.games().await[0].clone();
    let path = format!("/v1/admin/matches/{}/requeue", game["match_id"].as_str().unwrap());
    let taken = cup.control.operate(&path, &json!({ "why": "once more" })).await;
    assert_eq!(taken.status, StatusCode::OK, "{taken:?}");
    assert_eq!(cup.called().await.len(), 1);
    let queue = cup.control.bearing("boss", Method::GET, "/v1/admin/queues/code_duel", None).await;
    assert_eq!(queue.body["waiting"], 0);
    cup.is_sound().await;
}
