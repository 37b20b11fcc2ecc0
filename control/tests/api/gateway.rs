//! The gateway: two agents meet, play a duel and are watched, over sockets.

use arena_control::invariants;
use arena_control::time::Span;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::sockets::{Client, Served};
use crate::support::TestControl;

/// So many right keys from a place in a line on, 50 ms each.
pub(crate) fn keys(line: &str, from: usize, count: usize, from_ms: usize) -> Json {
    let keys = line.chars().skip(from).take(count).enumerate();
    keys.map(|(n, typed)| json!({ "typed": typed, "at_ms": from_ms + n * 50 })).collect()
}

#[tokio::test]
async fn two_meet_play_a_duel_and_are_watched() {
    for control in TestControl::on_each_database().await {
        let served = Served::start(control).await;
        let (mut ada, ada_ticket) = served.duellist("ADA#1").await;
        let (mut bob, bob_ticket) = served.duellist("BOB#2").await;
        served.control.pass(Span::seconds(2)).await;
        let found = ada.hear("match.found").await;
        assert_eq!(
            (&found["data"]["you"], &found["data"]["opponent"]["connect_code"]),
            (&json!("p1"), &json!("BOB#2"))
        );
        assert!(!found.to_string().contains(&bob_ticket), "the other's ticket is the other's");
        let id = found["data"]["match_id"].as_str().unwrap().to_owned();
        assert_eq!(bob.hear("match.found").await["data"]["match_id"], id);
        ada.accept(&id).await;
        bob.accept(&id).await;
        let promised = ada.hear("match.countdown").await["data"]["commitment"].clone();
        assert!(promised.is_string());
        let mut carl = served.client().await;
        let watched = carl.ask("spectate.join", json!({ "match_id": id })).await;
        assert_eq!(watched["data"]["match"]["course"]["state"], "ready", "{watched}");
        served.control.pass(Span::seconds(5)).await;
        let started = ada.hear("game.started").await;
        let line = started["data"]["line"].as_str().unwrap().to_owned();

        served.control.clock.advance(Span::seconds(2));
        let some = json!({ "match_id": id, "first": 0, "keys": keys(&line, 0, 20, 100) });
        let mine = ada.ask("game.keys", some.clone()).await;
        assert_eq!((&mine["type"], &mine["data"]["next"]), (&json!("game.progress"), &json!(20)));
        let theirs = bob.hear("game.opponent_progress").await;
        assert_eq!(theirs["data"]["current_position"], 20);
        let seen = served.later(&mut carl, "spectate.update").await;
        assert_eq!(
            (&seen["data"]["p1"]["accuracy"], &seen["data"]["p2"]["progress"]),
            (&json!(100), &json!(0))
        );
        assert!(!seen.to_string().contains("position"), "spectators are not told where they are");
        assert_eq!(ada.ask("game.keys", some).await["data"]["next"], 20, "counted once");
        refused(&mut ada, &mut bob, &mut carl, &id).await;

        drop(bob);
        assert_eq!(ada.hear("match.disconnected").await["data"]["side"], "p2");
        let mut bob = served.client().await;
        let seen = found["number"].as_i64().unwrap();
        let back = bob.ask("auth", json!({ "queue_id": bob_ticket, "after": seen })).await;
        assert_eq!(back["type"], "auth.success");
        let state = bob.hear("state.snapshot").await;
        assert_eq!(
            (&state["data"]["you"], &state["data"]["duel"]["p1"]["next"]),
            (&json!("p2"), &json!(20))
        );
        assert_eq!(bob.hear("game.started").await["data"]["line"], line.as_str(), "told again");
        assert_eq!(ada.hear("match.reconnected").await["data"]["side"], "p2");

        served.control.clock.advance(Span::seconds(2));
        let rest = json!({ "match_id": id, "first": 20, "keys": keys(&line, 20, 60, 1_200) });
        ada.ask("game.keys", rest).await;
        won_by_the_first(&mut ada, "p1").await;
        won_by_the_first(&mut bob, "p2").await;
        let result = served.later(&mut carl, "game.result").await;
        assert_eq!(
            (&result["data"]["winner"], &result["data"]["you"]),
            (&json!("p1"), &Json::Null)
        );
        assert_eq!(invariants::broken(&served.control.ctx).await.unwrap(), []);
        let told = served.control.get(&format!("/v1/matches/{id}/events")).await.body.to_string();
        assert!(!told.contains(&ada_ticket));
    }
}

/// The first side typed all of it: so it is told to who played this one.
async fn won_by_the_first(player: &mut Client, you: &str) {
    let result = player.hear("game.result").await;
    let data = &result["data"];
    assert_eq!((&data["winner"], &data["how"]), (&json!("p1"), &json!("played")), "{data}");
    let first_has = if you == "p1" { "your_stats" } else { "opponent_stats" };
    assert_eq!((&data["you"], &data[first_has]["progress"]), (&json!(you), &json!(1.0)), "{data}");
    assert_eq!((&data["prize"], &data["tx_hash"]), (&Json::Null, &Json::Null));
}

/// What is asked for in vain while two play.
async fn refused(ada: &mut Client, bob: &mut Client, carl: &mut Client, id: &str) {
    let claim = ada.ask("game.progress", json!({ "match_id": id, "progress": 1.0 })).await;
    assert_eq!(claim["data"]["code"], "claims_do_not_count");
    let pasted: Vec<_> = (0..20).map(|_| json!({ "typed": "x", "at_ms": 1900 })).collect();
    let pasted = bob.ask("game.keys", json!({ "match_id": id, "first": 0, "keys": pasted })).await;
    assert_eq!(pasted["data"]["code"], "impossible_keys");
    let bet = json!({ "match_id": id, "on_player": "p1", "amount": "10" });
    assert_eq!(carl.ask("spectate.bet", bet).await["data"]["code"], "no_pool");
}

#[tokio::test]
async fn a_request_that_comes_again_is_answered_again_and_done_once() {
    let served = Served::start(TestControl::start().await).await;
    let mut ada = served.client().await;
    let data = json!({ "game_type": "melee", "connect_code": "ADA#1" });
    ada.say("same", "queue.enter", &data).await;
    let first = ada.hear("queue.update").await;
    ada.say("same", "queue.enter", &data).await;
    let again = ada.until(|message| message["id"] == "same").await;
    assert_eq!(first, again);
    let ticket = first["data"]["queue_id"].as_str().unwrap();
    let entry = served.control.get(&format!("/queue/{ticket}")).await.body;
    assert_eq!(entry["status"], "waiting", "a second entry would have cancelled it");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_the_socket_goes_on() {
    let served = Served::start(TestControl::start().await).await;
    let mut ada = served.client().await;
    for text in [
        "",
        "{",
        "[]",
        "null",
        r#"{"id":"x"}"#,
        r#"{"id":"x","type":"no.such","data":{}}"#,
        r#"{"id":"x","type":"queue.enter","data":{}}"#,
        r#"{"id":5,"type":"queue.leave","data":{}}"#,
        r#"{"id":"","type":"queue.leave","data":{}}"#,
        r#"{"id":"x","type":"match.ready","data":{"match_id":"1","response":"accept"}}"#,
    ] {
        ada.socket.send(Frame::text(text)).await.unwrap();
        let refused = ada.hear("error").await;
        assert_eq!(refused["data"]["code"], "bad_message", "{text}");
    }
    let nobody = "018bcfe5-6800-7000-8000-000000000000";
    for (kind, data, code) in [
        ("queue.leave", json!({}), "not_found"),
        ("queue.enter", json!({ "game_type": "chess", "connect_code": "A" }), "not_found"),
        ("queue.enter", json!({ "game_type": "code_duel", "connect_code": "A" }), "invalid"),
        ("queue.enter", json!({ "game_type": "melee" }), "invalid"),
        ("match.ready", json!({ "match_id": nobody, "response": "accept" }), "forbidden"),
        ("match.leave", json!({ "match_id": nobody }), "forbidden"),
        ("game.keys", json!({ "match_id": nobody, "first": 0, "keys": [] }), "forbidden"),
        ("spectate.join", json!({ "match_id": nobody }), "not_found"),
        ("spectate.leave", json!({ "match_id": nobody }), "ok"),
        (
            "spectate.bet",
            json!({ "match_id": nobody, "on_player": "p1", "amount": "1" }),
            "not_found",
        ),
        (
            "spectate.bet",
            json!({ "match_id": nobody, "on_player": "p1", "amount": "0" }),
            "invalid",
        ),
        (
            "spectate.bet",
            json!({ "match_id": nobody, "on_player": "p2", "amount": "1e9" }),
            "invalid",
        ),
        (
            "spectate.bet",
            json!({ "match_id": nobody, "on_player": "p2", "amount": "9".repeat(79) }),
            "invalid",
        ),
        ("auth", json!({ "token": "x" }), "unauthorized"),
        ("auth", json!({ "token": "x\ny" }), "unauthorized"),
        ("auth", json!({ "queue_id": nobody }), "unauthorized"),
        ("auth", json!({}), "unauthorized"),
        ("team.form", json!({ "game_type": "proxy_war" }), "unauthorized"),
    ] {
        let refused = ada.ask(kind, data.clone()).await;
        let said = refused["data"]["code"].as_str().unwrap_or("ok");
        assert_eq!(said, code, "{kind} {data} {refused}");
    }
    assert_eq!(ada.ask("state.get", json!({})).await["data"]["queue_id"], Json::Null);
    ada.socket.send(Frame::text("x".repeat(20_000))).await.unwrap();
    while let Some(Ok(_)) = ada.socket.next().await {}
    let plain = served.control.get("/v1/gateway").await;
    assert_eq!(plain.body["code"], "not_a_websocket");
}

#[tokio::test]
async fn who_asks_too_often_is_told_to_wait() {
    let served = Served::start(TestControl::start().await).await;
    let mut ada = served.client().await;
    for n in 0..200 {
        ada.say(&format!("{n}"), "state.get", &json!({})).await;
    }
    assert_eq!(ada.hear("error").await["data"]["code"], "too_many_requests");
}
