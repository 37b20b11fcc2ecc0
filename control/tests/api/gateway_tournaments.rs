//! Who takes part in a tournament is told of it on a socket.

use arena_control::time::{At, Span};
use axum::http::Method;
use serde_json::json;

use crate::cups::{Cup, config};
use crate::sockets::Served;
use crate::support::{START, TestControl};

#[tokio::test]
async fn an_entrant_is_called_to_a_game_and_plays_it_on_the_same_socket() {
    for control in TestControl::on_each_database_with(&config()).await {
        let served = Served::start(control.clone()).await;
        let mut cup = Cup::made(control, &json!({ "queue": "code_duel", "tier": "bronze" })).await;
        let token = cup.account("ada").await;
        let mut ada = served.client().await;
        ada.ask("auth", json!({ "token": token })).await;
        let path = format!("/v1/tournaments/{}/entries", cup.id);
        let asked = json!({ "name": "ada" });
        let entered = cup.control.bearing(&token, Method::POST, &path, Some(&asked)).await.body;
        cup.keys.insert("ada".to_owned(), entered["entry_key"].as_str().unwrap().to_owned());
        assert_eq!(ada.hear("tournament.update").await["data"]["kind"], "tournament.entered");
        cup.enter("bob").await;
        let mut bob = served.client().await;
        let known = bob.ask("auth", json!({ "entry_key": cup.keys["bob"] })).await;
        assert_eq!(known["type"], "auth.success", "{known}");
        assert_eq!(bob.hear("state.snapshot").await["data"]["games"], json!([]));
        cup.operate("close", &json!({ "why": "all are there" })).await;

        let called = ada.hear("tournament.match_called").await;
        let until = START.0 + Span::seconds(60).0 as i64;
        let data = &called["data"];
        assert_eq!((&data["you"], &data["opponent"]), (&json!("ada"), &json!("bob")), "{called}");
        assert!(data["until"].as_i64().is_some_and(|at| At(at) >= At(until)), "{called}");
        assert_eq!(data["tournament_id"], json!(cup.id));
        assert_eq!(bob.hear("tournament.match_called").await["data"]["you"], "bob");
        let mut again = served.client().await;
        again.ask("auth", json!({ "entry_key": cup.keys["bob"] })).await;
        let shown = again.hear("state.snapshot").await["data"]["games"][0].clone();
        assert_eq!((&shown["state"], &shown["opponent"]), (&json!("called"), &json!("ada")));

        let (id, tickets) = cup.begin("ada", "bob").await;
        let begun = ada.hear("tournament.match_begun").await["data"].clone();
        assert_eq!((&begun["match_id"], &begun["queue_id"]), (&json!(id), &json!(tickets[0])));
        let begun = bob.hear("tournament.match_begun").await["data"].clone();
        assert_eq!(begun["queue_id"], json!(tickets[1]), "each speaks for itself");
        let playing = bob.ask("auth", json!({ "queue_id": begun["queue_id"] })).await;
        assert_eq!(playing["type"], "auth.success");
        let state = bob.hear("state.snapshot").await["data"].clone();
        assert_eq!(
            (&state["match"]["id"], &state["games"][0]["state"]),
            (&json!(id), &json!("playing"))
        );

        assert_eq!(cup.withdraw("bob").await.body["champion"], "ada");
        let mut heard = Vec::new();
        while heard.last().is_none_or(|kind| kind != "tournament.won") {
            let kind = ada.hear("tournament.update").await["data"]["kind"].clone();
            heard.push(kind.as_str().unwrap().to_owned());
        }
        assert!(heard.contains(&"tournament.withdrawn".to_owned()), "{heard:?}");
        assert!(heard.contains(&"tournament.decided".to_owned()), "{heard:?}");
    }
}

#[tokio::test]
async fn a_socket_hears_of_one_entry_of_a_tournament_until_that_is_over() {
    let control = TestControl::with(config()).await;
    let served = Served::start(control.clone()).await;
    let mut cup = Cup::made(control, &json!({})).await;
    for name in ["ada", "bob"] {
        cup.enter(name).await;
    }
    let mut ada = served.client().await;
    let by = |name: &str| json!({ "entry_key": cup.keys[name] });
    let (own, other) = (by("ada"), by("bob"));
    for _again in [1, 2] {
        assert_eq!(ada.ask("auth", own.clone()).await["type"], "auth.success");
        ada.hear("state.snapshot").await;
    }
    assert_eq!(ada.ask("auth", other.clone()).await["data"]["code"], "other_entry");
    cup.operate("end", &json!({ "why": "it rains" })).await;
    while ada.hear("tournament.update").await["data"]["kind"] != "tournament.ended" {}
    assert_eq!(ada.ask("auth", other).await["type"], "auth.success", "there is room again");
}

#[tokio::test]
async fn a_stranger_hears_nothing_of_a_tournament_and_a_wrong_key_is_refused() {
    let control = TestControl::with(config()).await;
    let served = Served::start(control.clone()).await;
    let mut cup = Cup::made(control, &json!({})).await;
    let mut carl = served.client().await;
    let wrong = json!({ "entry_key": "018bcfe5-6800-7000-8000-000000000000" });
    assert_eq!(carl.ask("auth", wrong).await["data"]["code"], "unauthorized");
    for name in ["ada", "bob"] {
        cup.enter(name).await;
    }
    cup.operate("close", &json!({ "why": "all are there" })).await;
    let state = carl.ask("state.get", json!({})).await;
    assert_eq!((&state["type"], &state["data"]["games"]), (&json!("state.snapshot"), &json!([])));
}
