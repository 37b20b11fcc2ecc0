//! Entrants withdraw from tournaments, or are taken out.

use arena_control::time::Span;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::cups::{Cup, config};
use crate::support::TestControl;

#[tokio::test]
async fn who_withdraws_before_it_is_closed_leaves_a_free_place() {
    for control in TestControl::on_each_database_with(&config()).await {
        let mut cup = Cup::made(control, &json!({ "entries_max": 2 })).await;
        cup.enter("ada").await;
        cup.enter("bob").await;
        let late = json!({ "name": "eve", "connect_code": "eve#1" });
        assert_eq!(cup.post("entries", &late).await.body["code"], "tournament_full");
        let left = cup.withdraw("ada").await;
        assert_eq!((left.status, &left.body["entry_count"]), (StatusCode::OK, &json!(1)));
        assert_eq!(cup.withdraw("ada").await.status, StatusCode::FORBIDDEN, "it is nobody's entry");
        cup.enter("eve").await;
        assert_eq!(
            cup.get("").await["entries"][1]["number"],
            4,
            "nobody gets a number that was given"
        );
        let why = json!({ "why": "it is time", "name": "EVE" });
        let taken_out = cup.operate("withdraw", &why).await;
        assert_eq!(taken_out.body["entry_count"], 1, "{taken_out:?}");
        cup.enter("ada").await;
        let closed = cup.operate("close", &json!({ "why": "all are there" })).await;
        assert_eq!(closed.body["status"], "active");
        cup.is_sound().await;
    }
}

#[tokio::test]
async fn who_withdraws_from_a_bracket_loses_what_is_left_and_another_wins_in_every_format() {
    for format in ["single", "double", "round_robin", "swiss"] {
        for control in TestControl::on_each_database_with(&config()).await {
            let names = ["ada", "bob", "eve", "ida", "oto"];
            let cup = Cup::closed(control, &json!({ "format": format }), &names).await;
            let left = cup.withdraw("ada").await;
            assert_eq!(left.status, StatusCode::OK, "{left:?}");
            let again = cup.withdraw("ada").await;
            assert_eq!(again.body, left.body, "so it is already");
            let is_gone = |it: &serde_json::Value| it["withdrawn_at"].is_i64();
            let entries = left.body["entries"].as_array().unwrap();
            let gone: Vec<_> = entries.iter().filter(|it| is_gone(it)).collect();
            assert_eq!((gone.len(), &gone[0]["name"]), (1, &json!("ada")), "{format}");
            assert_eq!(cup.show_up("ada").await.body["code"], "withdrawn");
            let called = cup.called().await;
            assert!(called.iter().all(|(one, other)| one != "ada" && other != "ada"), "{called:?}");
            let control = cup.control.restarted().await;
            let cup = Cup { control, ..cup };
            cup.play_out().await;
            let end = cup.get("").await;
            assert_eq!(end["status"], "complete", "{format}");
            assert_ne!(end["champion"], "ada", "{format}");
            let standings = cup.get("/standings").await;
            let all = standings["standings"].as_array().unwrap();
            let of_ada = all.iter().find(|it| it["name"] == "ada").unwrap();
            assert_eq!(
                (&of_ada["withdrawn"], &of_ada["won"]),
                (&json!(true), &json!(0)),
                "{format}"
            );
            assert_eq!(cup.withdraw("bob").await.body["code"], "tournament_over");
            cup.is_sound().await;
        }
    }
}

#[tokio::test]
async fn a_match_that_is_played_is_lost_by_who_withdraws() {
    for control in TestControl::on_each_database_with(&config()).await {
        let cup = Cup::closed(control, &json!({ "best_of": 3 }), &["ada", "bob"]).await;
        let (id, _) = cup.begin("ada", "bob").await;
        let why = json!({ "name": "ada", "why": "she cheats" });
        let left = cup.operate("withdraw", &why).await;
        assert_eq!(
            (&left.body["status"], &left.body["champion"]),
            (&json!("complete"), &json!("bob")),
            "{left:?}"
        );
        assert_eq!(cup.games().await[0]["how"], "walkover");
        let lost = cup.control.get(&format!("/v1/matches/{id}")).await.body;
        assert_eq!(lost["course"]["state"], "resolved", "{lost}");
        assert_eq!(lost["course"]["verdict"]["how"], "forfeited", "{lost}");
        assert!(cup.lines().await.contains(&"admin.tournament_withdrawn".to_owned()));
        cup.is_sound().await;
    }
}

#[tokio::test]
async fn the_last_but_one_to_withdraw_leaves_a_champion_and_nobody_is_called_any_more() {
    let control = TestControl::with(config()).await;
    let cup = Cup::closed(control, &json!({}), &["ada", "bob", "eve", "ida"]).await;
    for name in ["bob", "ida", "ada"] {
        assert_eq!(cup.withdraw(name).await.status, StatusCode::OK);
    }
    assert_eq!(cup.get("").await["champion"], "eve");
    cup.control.pass(Span::seconds(3600)).await;
    assert_eq!(cup.called().await, []);
    cup.is_sound().await;
}

#[tokio::test]
async fn who_entered_with_an_account_withdraws_with_it_and_nobody_else_does() {
    let control = TestControl::with(config()).await;
    let cup = Cup::made(control, &json!({})).await;
    let token = cup.account("ada").await;
    let path = |call: &str| format!("/v1/tournaments/{}/{call}", cup.id);
    let asked = json!({ "name": "Ada" });
    cup.control.bearing(&token, Method::POST, &path("entries"), Some(&asked)).await;
    let nobody = cup.post("withdraw", &json!({})).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN, "{nobody:?}");
    let other = cup.account("mallory").await;
    let nobody =
        cup.control.bearing(&other, Method::POST, &path("withdraw"), Some(&json!({}))).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
    let unknown = json!({ "name": "bob", "why": "he asked for it" });
    assert_eq!(cup.operate("withdraw", &unknown).await.body["code"], "invalid");
    let mine = cup.control.bearing(&token, Method::POST, &path("withdraw"), Some(&json!({}))).await;
    assert_eq!((mine.status, &mine.body["entry_count"]), (StatusCode::OK, &json!(0)));
}

#[tokio::test]
async fn an_older_runner_is_given_the_next_game_of_those_who_are_left() {
    let control = TestControl::with(config()).await;
    let settings = json!({ "pace": "asked" });
    let cup = Cup::closed(control, &settings, &["ada", "bob", "eve"]).await;
    cup.withdraw("eve").await;
    let next = cup.control.operate(&format!("/tournaments/{}/next", cup.id), &json!({})).await;
    assert_eq!(next.body["queued"], true, "{next:?}");
    let mut names = [&next.body["match"]["entry_a"], &next.body["match"]["entry_b"]]
        .map(|entry| entry["name"].as_str().unwrap_or_default());
    names.sort_unstable();
    assert_eq!(names, ["ada", "bob"]);
}
