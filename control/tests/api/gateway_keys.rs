//! Keys that nobody can have typed, keys of others, and keys that come too early or too late.

use arena_control::time::Span;
use serde_json::{Value as Json, json};

use crate::gateway::keys;
use crate::sockets::{Client, Served};
use crate::support::TestControl;

/// Where a side stands, by what its own socket is shown.
async fn stands(client: &mut Client, side: &str) -> Json {
    let state = client.ask("state.get", json!({})).await;
    let far = &state["data"]["duel"][side];
    json!([far["current_position"], far["next"], far["accuracy"]])
}

#[tokio::test]
async fn what_no_hand_can_have_typed_is_refused_and_changes_nothing() {
    let served = Served::start(TestControl::start().await).await;
    let ([mut ada, mut bob], _, id, line) = served.duel().await;
    let send = |first: Json, keys: Json| json!({ "match_id": id, "first": first, "keys": keys });
    served.control.clock.advance(Span::seconds(2));
    ada.ask("game.keys", send(json!(0), keys(&line, 0, 5, 100))).await;
    let before = stands(&mut ada, "p1").await;
    let at = |typed: &str, at_ms: Json| json!([{ "typed": typed, "at_ms": at_ms }]);
    let pasted: Json =
        line.chars().skip(5).take(20).map(|it| json!({ "typed": it, "at_ms": 1_900 })).collect();
    let evenly = |every: usize, count: usize| -> Json {
        let keys = line.chars().skip(5).take(count).enumerate();
        keys.map(|(n, it)| json!({ "typed": it, "at_ms": 400 + n * every })).collect()
    };
    let machine: Json = (0..60).map(|n| json!({ "typed": "x", "at_ms": 400 + n * 26 })).collect();
    let right = line[5..6].to_owned();
    let endless: Json = vec![json!({ "typed": "\u{8}", "at_ms": 1_500 }); 64].into();
    for (name, first, keys, code) in [
        ("pasted", json!(5), pasted, "impossible_keys"),
        ("too fast", json!(5), evenly(20, 30), "impossible_keys"),
        ("as fast as a machine", json!(5), machine, "impossible_keys"),
        ("out of order", json!(9), at(&right, json!(1_500)), "impossible_keys"),
        ("far out of order", json!(u64::MAX), at(&right, json!(1_500)), "impossible_keys"),
        ("backwards in time", json!(5), at(&right, json!(10)), "impossible_keys"),
        ("from the future", json!(5), at(&right, json!(60_000)), "impossible_keys"),
        ("from no time", json!(5), at(&right, json!(u64::MAX)), "impossible_keys"),
        ("a flood of backspaces", json!(5), endless, "impossible_keys"),
        ("more than a message holds", json!(5), evenly(5, 65), "impossible_keys"),
        ("before the game", json!(5), at(&right, json!(-1)), "bad_message"),
        ("a number below none", json!(-1), at(&right, json!(1_500)), "bad_message"),
        ("half a key", json!(5), at("", json!(1_500)), "bad_message"),
        ("two keys in one", json!(5), at("ab", json!(1_500)), "bad_message"),
        ("a key of two characters", json!(5), at("e\u{301}", json!(1_500)), "bad_message"),
        ("no keys", json!(5), json!("abc"), "bad_message"),
        ("no time", json!(5), json!([{ "typed": "a" }]), "bad_message"),
    ] {
        let answer = ada.ask("game.keys", send(first, keys)).await;
        assert_eq!(answer["data"]["code"], code, "{name}: {answer}");
        assert_eq!(stands(&mut ada, "p1").await, before, "{name}");
        // A second's requests are not for all of these.
        served.control.clock.advance(Span(100));
    }
    assert_eq!(stands(&mut bob, "p2").await[1], 0, "and nothing of it was the other's");
}

#[tokio::test]
async fn keys_count_for_the_side_that_sends_them_and_only_while_it_plays() {
    let served = Served::start(TestControl::start().await).await;
    let ([mut ada, mut bob], _, id, line) = served.duel().await;
    let some = json!({ "match_id": id, "first": 0, "keys": keys(&line, 0, 4, 100) });
    let mut eve = served.client().await;
    eve.ask("spectate.join", json!({ "match_id": id })).await;
    served.control.clock.advance(Span::seconds(1));
    assert_eq!(eve.ask("game.keys", some.clone()).await["data"]["code"], "forbidden");
    ada.ask("game.keys", some).await;
    assert_eq!(stands(&mut bob, "p2").await[1], 0);
    served.control.clock.advance(Span::seconds(3));
    let rest = line.chars().count() - 4;
    let all = json!({ "match_id": id, "first": 4, "keys": keys(&line, 4, rest, 500) });
    ada.ask("game.keys", all).await;
    ada.hear("game.result").await;
    let result = bob.hear("game.result").await;
    let late = json!({ "match_id": id, "first": 0, "keys": keys(&line, 0, 9, 3_000) });
    let answer = bob.ask("game.keys", late).await;
    assert_eq!(answer["data"]["next"], 0, "{answer}");
    assert_eq!(
        (&result["data"]["winner"], &result["data"]["your_stats"]["keys"]),
        (&json!("p1"), &json!(0))
    );
}

#[tokio::test]
async fn nobody_types_before_the_start() {
    let served = Served::start(TestControl::start().await).await;
    let (mut ada, _) = served.duellist("ADA#1").await;
    let (mut bob, _) = served.duellist("BOB#2").await;
    served.control.pass(Span::seconds(2)).await;
    let id = ada.hear("match.found").await["data"]["match_id"].as_str().unwrap().to_owned();
    ada.accept(&id).await;
    bob.accept(&id).await;
    bob.hear("match.countdown").await;
    let early = json!({ "match_id": id, "first": 0, "keys": [{ "typed": "l", "at_ms": 0 }] });
    assert_eq!(ada.ask("game.keys", early).await["data"]["code"], "impossible_keys");
}
