//! The sockets of the gateway: pings, takeovers, ends, and what a client gets that comes back.

use arena_control::Config;
use arena_control::time::Span;
use serde_json::{Value as Json, json};

use crate::gateway::keys;
use crate::sockets::{Client, Served};
use crate::support::TestControl;

const UUID: &str = "2c5ea4c0-4067-41a2-9f6a-0d2f0d0c2f11";

/// Who has an account, and a token of it.
async fn token(control: &TestControl, name: &str) -> String {
    let asked = json!({ "name": name, "password": "correct horse battery" });
    let answer = control.post("/v1/auth/register", &asked).await;
    answer.body["access_token"].as_str().unwrap().to_owned()
}

/// So that its loop waits, and has seen the time.
async fn settle(client: &mut Client) {
    client.ask("state.get", json!({})).await;
}

#[tokio::test]
async fn who_is_silent_is_asked_after_15_s_and_let_go_5_s_later() {
    let served = Served::start(TestControl::start().await).await;
    let mut ada = served.client().await;
    settle(&mut ada).await;
    for _ in 0..3 {
        served.control.clock.advance(Span(15_000));
        ada.hear("ping").await;
        ada.say("pong", "pong", &json!({})).await;
        settle(&mut ada).await;
    }
    served.control.clock.advance(Span(15_000));
    ada.hear("ping").await;
    served.control.clock.advance(Span(5_000));
    assert_eq!(ada.closed().await, 4408);
}

#[tokio::test]
async fn the_newest_socket_of_an_entry_takes_over_and_the_entry_stays() {
    let served = Served::start(TestControl::start().await).await;
    let (mut old, ticket) = served.duellist("ADA#1").await;
    let mut new = served.client().await;
    new.ask("auth", json!({ "queue_id": ticket })).await;
    assert_eq!(old.closed().await, 4409);
    served.control.pass(Span::seconds(10)).await;
    let entry = served.control.get(&format!("/queue/{ticket}")).await.body;
    assert_eq!(entry["status"], "waiting", "it was not left");
}

#[tokio::test]
async fn who_goes_has_a_moment_to_come_back_and_then_leaves_the_queue() {
    let served = Served::start(TestControl::start().await).await;
    let (ada, ticket) = served.duellist("ADA#1").await;
    let path = format!("/queue/{ticket}");
    let status = async || served.control.get(&path).await.body["status"].clone();
    drop(ada);
    let mut back = served.client().await;
    back.ask("auth", json!({ "queue_id": ticket })).await;
    for _ in 0..10 {
        served.control.pass(Span::seconds(1)).await;
        assert_eq!(status().await, "waiting", "it has come back");
    }
    settle(&mut back).await;
    drop(back);
    let gone_at = served.control.clock.clone();
    let since = arena_control::clock::Clock::now(&*gone_at);
    while status().await == "waiting" {
        served.control.pass(Span(500)).await;
        tokio::task::yield_now().await;
    }
    let now = arena_control::clock::Clock::now(&*gone_at);
    assert!(now.since(since) >= Span::seconds(5), "{now:?} {since:?}");
    let (mut bob, _) = served.duellist("BOB#2").await;
    assert_eq!(bob.ask("queue.leave", json!({})).await["type"], "ok");
    assert_eq!(bob.hear("queue.update").await["data"]["status"], "cancelled");
}

#[tokio::test]
async fn a_request_that_is_a_uuid_makes_one_entry_on_whatever_socket_it_arrives() {
    for control in TestControl::on_each_database().await {
        let served = Served::start(control).await;
        let data =
            json!({ "game_type": "code_duel", "stake_tier": "gold", "connect_code": "ADA#1" });
        let mut lost = served.client().await;
        lost.say(UUID, "queue.enter", &data).await;
        // It is done before the next socket asks; read later, it would speak for the entry instead.
        lost.until(|message| message["id"] == UUID).await;
        drop(lost);
        let mut ada = served.client().await;
        ada.say(UUID, "queue.enter", &data).await;
        let first = ada.until(|message| message["id"] == UUID).await;
        assert_eq!(first["data"]["status"], "waiting", "{first}");
        served.control.clock.advance(Span(1));
        let other = match served.control.twin().await {
            Some(twin) => Served::start(twin).await,
            None => Served::start(served.control.clone()).await,
        };
        let mut again = other.client().await;
        again.say(UUID, "queue.enter", &data).await;
        let second = again.until(|message| message["id"] == UUID).await;
        assert_eq!(first["data"], second["data"], "the same answer");
        assert_eq!(ada.closed().await, 4409, "one socket speaks for it, on whatever process");
        served.control.pass(Span::seconds(10)).await;
        let path = format!("/queue/{}", first["data"]["queue_id"].as_str().unwrap());
        assert_eq!(served.control.get(&path).await.body["status"], "waiting", "one entry, alive");

        let mut otherwise = other.client().await;
        let silver =
            json!({ "game_type": "code_duel", "stake_tier": "silver", "connect_code": "ADA#1" });
        otherwise.say(UUID, "queue.enter", &silver).await;
        let refused = otherwise.until(|message| message["id"] == UUID).await;
        assert_eq!(refused["data"]["code"], "asked_otherwise");
        let mut short = other.client().await;
        short.say("1", "queue.enter", &data).await;
        let fresh = short.until(|message| message["id"] == "1").await;
        assert_ne!(fresh["data"]["queue_id"], first["data"]["queue_id"]);
    }
}

#[tokio::test]
async fn a_token_that_ends_is_announced_renewed_on_the_same_socket_or_ends_it() {
    let served = Served::start(TestControl::start().await).await;
    let ada = token(&served.control, "ada").await;
    let mut client = served.client().await;
    let known = client.ask("auth", json!({ "token": ada })).await;
    let ends = known["data"]["session_expires"].as_i64().unwrap();
    let left = |ends: i64| {
        let now = arena_control::clock::Clock::now(&*served.control.clock);
        u64::try_from(ends - now.0).unwrap()
    };
    settle(&mut client).await;
    served.control.clock.advance(Span(left(ends) - 60_000));
    assert_eq!(client.hear("auth.expiring").await["data"]["session_expires"], ends);
    let asked = json!({ "name": "ada", "password": "correct horse battery" });
    let fresh = served.control.post("/v1/auth/login", &asked).await.body["access_token"].clone();
    let renewed = client.ask("auth", json!({ "token": fresh })).await;
    let later = renewed["data"]["session_expires"].as_i64().unwrap();
    assert!(later > ends, "{renewed}");
    let bob = token(&served.control, "bob").await;
    let other = client.ask("auth", json!({ "token": bob })).await;
    assert_eq!(other["data"]["code"], "other_identity");
    settle(&mut client).await;
    served.control.clock.advance(Span(left(later) - 60_000));
    client.hear("auth.expiring").await;
    settle(&mut client).await;
    served.control.clock.advance(Span(60_000));
    assert_eq!(client.closed().await, 4401);
}

#[tokio::test]
async fn only_pages_of_known_origins_open_sockets() {
    let origins = vec!["https://arena.example".to_owned()];
    let control = TestControl::with(Config { origins, ..Config::default() }).await;
    let served = Served::start(control).await;
    for (origins, status) in [
        (&[][..], 101),
        (&["https://arena.example"], 101),
        (&["https://ARENA.example:443"], 101),
        (&["https://evil.example"], 403),
        (&["http://arena.example"], 403),
        (&["null"], 403),
        (&["https://arena.example", "https://evil.example"], 403),
    ] {
        assert_eq!(served.status_for(origins).await, status, "{origins:?}");
    }
}

#[tokio::test]
async fn an_opponent_is_told_at_most_every_50_ms_and_of_the_newest() {
    let served = Served::start(TestControl::start().await).await;
    let ([mut ada, mut bob], _, id, line) = served.duel().await;
    served.control.clock.advance(Span::seconds(3));
    for step in 0..5 {
        let some = keys(&line, step * 4, 4, 100 + step * 200);
        ada.ask("game.keys", json!({ "match_id": id, "first": step * 4, "keys": some })).await;
    }
    let position = |heard: &Json| heard["data"]["current_position"].clone();
    assert_eq!(position(&bob.hear("game.opponent_progress").await), 4);
    let none = bob.ask("state.get", json!({})).await;
    assert_eq!(none["data"]["duel"]["p1"]["next"], 20, "and nothing was told before this");
    served.control.clock.advance(Span(50));
    assert_eq!(position(&bob.hear("game.opponent_progress").await), 20);
}

#[tokio::test]
async fn a_duel_goes_on_when_its_sides_and_spectators_are_on_different_processes() {
    for control in TestControl::on_each_database().await {
        let Some(twin) = control.twin().await else { continue };
        let (here, there) = (Served::start(control).await, Served::start(twin).await);
        let (mut ada, _) = here.duellist("ADA#1").await;
        let (mut bob, ticket) = there.duellist("BOB#2").await;
        here.control.pass(Span::seconds(2)).await;
        let id = ada.hear("match.found").await["data"]["match_id"].as_str().unwrap().to_owned();
        bob.hear("match.found").await;
        ada.accept(&id).await;
        bob.accept(&id).await;
        let mut carl = there.client().await;
        carl.ask("spectate.join", json!({ "match_id": id })).await;
        here.control.pass(Span::seconds(5)).await;
        let line = ada.hear("game.started").await["data"]["line"].as_str().unwrap().to_owned();
        bob.hear("game.started").await;
        here.control.clock.advance(Span::seconds(2));
        let some = json!({ "match_id": id, "first": 0, "keys": keys(&line, 0, 9, 100) });
        ada.ask("game.keys", some).await;
        assert_eq!(bob.hear("game.opponent_progress").await["data"]["current_position"], 9);
        let seen = there.later(&mut carl, "spectate.update").await;
        assert_eq!(seen["data"]["spectator_count"], 1, "{seen}");
        let mut moved = here.client().await;
        moved.ask("auth", json!({ "queue_id": ticket })).await;
        assert_eq!(bob.closed().await, 4409, "its newer socket is on the other process");
        let here = moved.ask("state.get", json!({})).await;
        assert_eq!(here["data"]["match"]["course"]["presence"]["p2"]["presence"], "here", "{here}");
    }
}

#[tokio::test]
async fn who_comes_back_is_told_what_came_behind_a_number_each_once() {
    let served = Served::start(TestControl::start().await).await;
    let (mut ada, _) = served.duellist("ADA#1").await;
    let (mut bob, ticket) = served.duellist("BOB#2").await;
    served.control.pass(Span::seconds(2)).await;
    let found = ada.hear("match.found").await;
    let id = found["data"]["match_id"].as_str().unwrap().to_owned();
    let seen = bob.hear("match.found").await["number"].as_i64().unwrap();
    ada.accept(&id).await;
    bob.accept(&id).await;
    drop(bob);
    ada.hear("match.cancelled").await;
    let mut back = served.client().await;
    let known = back.ask("auth", json!({ "queue_id": ticket, "after": seen })).await;
    assert_eq!(known["type"], "auth.success");
    let state = back.hear("state.snapshot").await;
    let mut numbers = Vec::new();
    let last = loop {
        let told = back.until(|message| message["number"].is_i64()).await;
        numbers.push(told["number"].as_i64().unwrap());
        if told["type"] == "match.cancelled" {
            break told;
        }
    };
    assert!(numbers.iter().all(|number| *number > seen), "{numbers:?}");
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    assert!(state["data"]["number"].as_i64() >= last["number"].as_i64());
    let mut quiet = served.client().await;
    quiet.ask("auth", json!({ "queue_id": ticket })).await;
    quiet.hear("state.snapshot").await;
    settle(&mut quiet).await;
    assert_eq!(back.closed().await, 4409);
}
