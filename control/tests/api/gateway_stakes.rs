//! Who plays and who watches hears of stakes: wagers, pools, bets, odds and prizes.

use arena_control::Config;
use arena_control::pools::rules::Terms;
use arena_control::time::Span;
use arena_control::uint::Wei;
use serde_json::{Value as Json, json};

use crate::gateway::keys;
use crate::pools::{BETTORS, bet, created};
use crate::sockets::Served;
use crate::support::TestControl;
use crate::wagers::{B, accepted, bound_to, proposed_on};

fn config() -> Config {
    Config::default().with_wager_contract().with_betting("code_duel", Terms::arcade())
}

#[tokio::test]
async fn what_is_staked_on_a_match_is_told_to_who_plays_and_who_watches() {
    for control in TestControl::on_each_database_with(&config()).await {
        let (id, first, second) = control.asked().await;
        let served = Served::start(control).await;
        let control = &served.control;
        let [mut ada, mut bob, mut carl] =
            [served.client().await, served.client().await, served.client().await];
        ada.ask("auth", json!({ "queue_id": first })).await;
        bob.ask("auth", json!({ "queue_id": second })).await;
        carl.ask("spectate.join", json!({ "match_id": id })).await;
        let on = |side: &str, coins| json!({ "match_id": id, "on_player": side, "amount": Wei::coins(coins) });
        assert_eq!(carl.ask("spectate.bet", on("p1", 10)).await["data"]["code"], "no_pool");

        control.propose(&id, &first, "5", 7).await;
        let told = bob.hear("wager.update").await;
        assert_eq!(
            (&told["data"]["kind"], &told["data"]["amount"], &told["data"]["proposer"]),
            (&json!("wager.proposed"), &json!("5"), &json!("p1"))
        );
        control.contract(1, 7, proposed_on("code_duel", "5")).await;
        control.contract(10, 7, bound_to(&id)).await;
        control.contract(2, 7, accepted(B)).await;
        control.says(&id, &second, "accept").await;
        let locked = |message: &Json| message["data"]["standing"]["chain"] == "locked";
        bob.until(locked).await;

        control.pool_says((1, 0), 0, 5, created(&id)).await;
        let found = carl.ask("spectate.bet", on("p1", 9)).await;
        assert_eq!(found["data"]["code"], "invalid", "too little: {found}");
        control.pool_says((2, 0), 0, 5, bet(0, true, 500)).await;
        control.pool_says((2, 0), 1, 5, bet(1, true, 300)).await;
        control.pool_says((3, 0), 0, 5, bet(2, false, 400)).await;
        let receipt = ada.hear("spectate.bet_receipt").await["data"].clone();
        assert_eq!(
            (&receipt["bettor"], &receipt["on_player"], &receipt["amount"], &receipt["pool_id"]),
            (&json!(BETTORS[0]), &json!("p1"), &json!(Wei::coins(500)), &json!("5"))
        );
        served.later(&mut carl, "spectate.bet_receipt").await;
        let quote = carl.ask("spectate.bet", on("p2", 400)).await;
        assert_eq!(quote["type"], "spectate.bet_quote", "{quote}");
        let data = &quote["data"];
        assert_eq!(
            (&data["payout"], &data["odds"], &data["bet_on_a"]),
            (&json!(Wei::coins(760)), &json!("1.9000"), &json!(false))
        );
        assert_eq!(ada.ask("spectate.bet", on("p1", 10)).await["data"]["code"], "forbidden");

        control.both_ready(&id, [&first, &second]).await;
        control.pass(Span::seconds(5)).await;
        ada.until(|message| message["data"]["kind"] == "pool.closed").await;
        let started = bob.hear("game.started").await;
        let line = started["data"]["line"].as_str().unwrap().to_owned();
        assert_eq!(carl.ask("spectate.bet", on("p1", 10)).await["data"]["code"], "betting_closed");
        control.clock.advance(Span::seconds(2));
        let typed = json!({ "match_id": id, "first": 0, "keys": keys(&line, 0, 20, 100) });
        bob.ask("game.keys", typed).await;
        let seen = served.later(&mut carl, "spectate.update").await;
        assert_eq!(seen["data"]["bet_odds"], json!({ "p1": "1.4250", "p2": "2.8500" }));

        control.loses(&id, &first).await;
        for player in [&mut ada, &mut bob] {
            let result = player.hear("game.result").await;
            assert_eq!(
                (&result["data"]["winner"], &result["data"]["prize"]),
                (&json!("p2"), &json!("10"))
            );
        }
        let result = served.later(&mut carl, "game.result").await;
        assert_eq!(result["data"]["prize"], "10");
        control.sound().await;
    }
}
