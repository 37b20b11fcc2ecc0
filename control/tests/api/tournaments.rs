//! Tournaments of every format, from the first entry to the champion.

use arena_control::time::Span;
use axum::http::Method;
use axum::http::StatusCode;
use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};

use crate::cups::{Cup, config};
use crate::support::TestControl;

#[tokio::test]
async fn every_format_is_played_from_the_first_entry_to_the_champion() {
    let names = ["ada", "bob", "eve", "ida", "oto"];
    for (format, games) in [("single", 4), ("double", 8), ("round_robin", 10), ("swiss", 6)] {
        for control in TestControl::on_each_database_with(&config()).await {
            let cup = Cup::closed(control, &json!({ "format": format }), &names).await;
            let control = cup.control.restarted().await;
            let cup = Cup { control, ..cup };
            assert_eq!(cup.play_out().await, games, "{format}");
            let end = cup.get("").await;
            assert_eq!(end["status"], "complete", "{format}");
            assert_eq!(end["champion"], json!(cup.names_by_standing().await[0]));
            if format != "swiss" {
                // In three rounds two of five may have won all, and not have met.
                assert_eq!(end["champion"], "ada", "{format}");
            }
            let lines = cup.lines().await;
            assert_eq!(lines.iter().filter(|kind| *kind == "tournament.decided").count(), games);
            assert_eq!(lines.last().unwrap(), "tournament.won");
            assert_eq!(cup.show_up("ada").await.body["code"], "tournament_over");
            cup.is_sound().await;
        }
    }
}

#[tokio::test]
async fn anybody_can_check_the_order_of_the_entries() {
    let control = TestControl::with(config()).await;
    let mut cup = Cup::made(control, &json!({})).await;
    let promised = cup.get("").await["seed_hash"].clone();
    for name in ["ada", "bob", "eve", "ida"] {
        cup.enter(name).await;
    }
    cup.operate("close", &json!({ "why": "all are there" })).await;
    let closed = cup.get("").await;
    let seed = closed["seed"].as_str().unwrap();
    let bytes: Vec<_> =
        (0..32).map(|at| u8::from_str_radix(&seed[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    assert_eq!(promised, json!(hex(digest(&SHA256, &bytes).as_ref())));
    let mut expected = ["ada", "bob", "eve", "ida"];
    expected.sort_by_key(|name| hex(digest(&SHA256, format!("{seed}:{name}").as_bytes()).as_ref()));
    let order = closed["entries"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap());
    assert!(order.eq(expected));
}

#[tokio::test]
async fn who_is_rated_higher_is_seeded_higher() {
    let control = TestControl::with(config()).await;
    let met = json!({ "connect_code": "eve#1" });
    let met = control.meet(&met, &json!({ "connect_code": "bob#1" })).await;
    control.decide(&met, 3, 0).await;
    let cup = Cup::closed(control, &json!({ "seeding": "rating" }), &["ada", "bob", "eve"]).await;
    let closed = cup.get("").await;
    let of = |at: usize| {
        (closed["entries"][at]["name"].clone(), closed["entries"][at]["rating"].clone())
    };
    assert_eq!(of(0), (json!("eve"), json!(1516)));
    assert_eq!(of(1), (json!("bob"), json!(1484)), "who has not played comes last");
}

#[tokio::test]
async fn only_its_owner_speaks_for_an_entry_and_nobody_enters_twice() {
    for control in TestControl::on_each_database_with(&config()).await {
        let cup = Cup::made(control, &json!({ "entries_max": 3 })).await;
        let body = json!({ "name": "ada", "password": "correct horse battery" });
        let ada = cup.control.post("/v1/auth/register", &body).await.body;
        let token = ada["access_token"].as_str().unwrap();
        let path = format!("/v1/tournaments/{}/entries", cup.id);
        let asked = json!({ "name": "Ada" });
        let entered = cup.control.bearing(token, Method::POST, &path, Some(&asked)).await;
        assert_eq!(entered.status, StatusCode::OK, "{entered:?}");
        let again = json!({ "name": "Ada II" });
        let again = cup.control.bearing(token, Method::POST, &path, Some(&again)).await;
        assert_eq!(again.body["code"], "taken");
        for (asked, code) in [
            (json!({ "name": "ADA", "connect_code": "X#1" }), "taken"),
            (json!({ "name": "bob" }), "invalid"),
            (json!({ "name": " ", "connect_code": "X#1" }), "invalid"),
            (json!({ "name": "x".repeat(101), "connect_code": "X#1" }), "invalid"),
        ] {
            assert_eq!(cup.post("entries", &asked).await.body["code"], code, "{asked}");
        }
        let close = json!({ "why": "it is late" });
        assert_eq!(cup.operate("close", &close).await.body["code"], "too_few_entries");
        cup.post("entries", &json!({ "name": "bob", "wallet_address": "0xAB" })).await;
        let same = json!({ "name": "eve", "wallet_address": "0xab" });
        assert_eq!(cup.post("entries", &same).await.body["code"], "taken");
        cup.post("entries", &json!({ "name": "eve", "connect_code": "E#1" })).await;
        let late = json!({ "name": "oto", "connect_code": "O#1" });
        assert_eq!(cup.post("entries", &late).await.body["code"], "tournament_full");
        cup.operate("close", &close).await;
        assert_eq!(cup.post("entries", &late).await.body["code"], "registration_closed");
        assert_eq!(cup.post("show-up", &json!({})).await.status, StatusCode::FORBIDDEN);
        let stranger = json!({ "entry_key": "018bcfe5-6800-7000-8000-000000000000" });
        assert_eq!(cup.post("show-up", &stranger).await.status, StatusCode::FORBIDDEN);
        let path = format!("/v1/tournaments/{}/show-up", cup.id);
        let mine = cup.control.bearing(token, Method::POST, &path, Some(&json!({}))).await;
        assert!([200, 409].contains(&mine.status.as_u16()), "{mine:?}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason() {
    let control = TestControl::with(config()).await;
    for (wrong, word) in [
        (json!({ "queue": "chess" }), "queue"),
        (json!({ "queue": "proxy_war" }), "queue"),
        (json!({ "tier": "bronze" }), "tier"),
        (json!({ "queue": "code_duel" }), "tier"),
        (json!({ "best_of": 2 }), "best_of"),
        (json!({ "show_up_s": 9 }), "show_up_s"),
        (json!({ "entries_max": 65 }), "entries_max"),
        (json!({ "rounds": 3 }), "rounds"),
        (json!({ "format": "swiss", "rounds": 0 }), "rounds"),
        (json!({ "format": "ladder" }), "ladder"),
        (json!({ "why": "" }), "why"),
    ] {
        let mut asked = json!({ "name": "Cup", "why": "it is Friday" });
        asked.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let answer = control.operate("/v1/admin/tournaments", &asked).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{asked}");
        assert!(answer.body["detail"].as_str().unwrap().contains(word), "{answer:?}");
    }
    assert_eq!(control.get("/v1/tournaments").await.body["tournaments"], json!([]));
    for path in ["/v1/tournaments/00c0ffee", "/v1/tournaments/x", "/v1/tournaments/x/bracket"] {
        assert_eq!(control.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/v1/tournaments?limit=0", "/v1/tournaments?before=x"] {
        assert_eq!(control.get(path).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_an_ended_tournament_is_over() {
    for control in TestControl::on_each_database_with(&config()).await {
        let mut ids = Vec::new();
        for _ in 0..3 {
            let cup = Cup::made(control.clone(), &json!({})).await;
            ids.push(cup.id);
            control.clock.advance(Span(1));
        }
        let page = control.get("/v1/tournaments?limit=2").await.body;
        let next = page["next"].as_str().unwrap();
        let rest = control.get(&format!("/v1/tournaments?limit=2&before={next}")).await.body;
        let of = |page: &Json, at: usize| page["tournaments"][at]["id"].clone();
        assert_eq!(
            [of(&page, 0), of(&page, 1), of(&rest, 0)],
            [&ids[2], &ids[1], &ids[0]].map(|id| json!(id))
        );
        assert_eq!(rest["next"], Json::Null);
        let why = json!({ "why": "it rains" });
        let ended = control.operate(&format!("/v1/admin/tournaments/{}/end", ids[0]), &why).await;
        assert_eq!(
            (&ended.body["status"], &ended.body["champion"]),
            (&json!("complete"), &Json::Null)
        );
        let late = json!({ "name": "ada", "connect_code": "A#1" });
        let late = control.post(&format!("/v1/tournaments/{}/entries", ids[0]), &late).await;
        assert_eq!(late.body["code"], "registration_closed");
    }
}
