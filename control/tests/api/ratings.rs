//! What results do to ratings, and how those are looked at.

use arena_control::time::Span;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::TestControl;

#[tokio::test]
async fn both_are_rated_once_from_what_they_had_before() {
    for control in TestControl::on_each_database().await {
        for (winner, loser) in [("A#1", "B#2"), ("A#1", "C#3"), ("C#3", "A#1"), ("B#2", "C#3")] {
            let met = control.meet_by_code(winner, loser).await;
            control.decide(&met, 2, 0).await;
            control.report(&met.id, &met.first, 2, 0).await;
            control.clock.advance(Span(1));
        }
        // By hand, from the table of known matches' rule.
        let ladder = control.get("/v1/ratings/melee").await.body;
        let ladder = ladder["ratings"].as_array().unwrap().iter();
        let ladder: Vec<_> = ladder
            .map(|it| (it["player"].clone(), it["rating"].clone(), it["wins"].clone()))
            .collect();
        let line = |player, rating, wins| (json!(player), json!(rating), json!(wins));
        assert_eq!(
            ladder,
            [line("code:A#1", 1513, 2), line("code:B#2", 1501, 1), line("code:C#3", 1486, 1)]
        );
        let history = control.get("/v1/ratings/melee/code:A%231/history?limit=2").await.body;
        let of = |key: &str| {
            let changes = history["changes"].as_array().unwrap().iter();
            changes.map(|change| change[key].clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            (of("score"), of("before")),
            (vec![json!("lost"), json!("won")], vec![json!(1531), json!(1516)])
        );
        let rest = format!("/v1/ratings/melee/code:A%231/history?before={}", history["next"]);
        assert_eq!(control.get(&rest).await.body["changes"].as_array().unwrap().len(), 1);
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn a_match_counts_for_what_its_sides_had_when_it_started() {
    for control in TestControl::on_each_database().await {
        // Two matches of the same two at once: both count as 1500 against 1500.
        let one = control.meet_by_code("A#1", "B#2").await;
        let two = control.meet_by_code("A#1", "B#2").await;
        control.clock.advance(Span(1_000));
        control.decide(&one, 1, 0).await;
        control.clock.advance(Span(1_000));
        control.decide(&two, 1, 0).await;
        assert_eq!(control.rating("melee", "code:A#1").await["rating"], 1532);
        assert_eq!(control.rating("melee", "code:B#2").await["rating"], 1468);
        control.assert_sound().await;
        let three = control.meet_by_code("A#1", "B#2").await;
        let seen = control.get(&format!("/v1/matches/{}", three.id)).await.body;
        assert_eq!((&seen["p1"]["rating"], &seen["p2"]["rating"]), (&json!(1532), &json!(1468)));
    }
}

#[tokio::test]
async fn the_ladder_is_read_page_by_page_while_others_climb() {
    for control in TestControl::on_each_database().await {
        for pair in 0..6 {
            let met = control.meet_by_code(&format!("W#{pair}"), &format!("L#{pair}")).await;
            control.decide(&met, 1, 0).await;
        }
        let (mut path, mut seen) = ("/v1/ratings/melee?limit=5".to_owned(), Vec::new());
        loop {
            let page = control.get(&path).await.body;
            let lines = page["ratings"].as_array().unwrap().iter();
            seen.extend(lines.map(|it| (it["place"].as_u64().unwrap(), it["player"].clone())));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/ratings/melee?limit=5&after={next}");
            // Who is on an earlier page by now is not seen twice, nor is anybody left out.
            let met = control.meet_by_code("W#0", "N#0").await;
            control.decide(&met, 1, 0).await;
        }
        let places: Vec<_> = seen.iter().map(|(place, _)| *place).collect();
        assert!(places.is_sorted() && places[0] == 1);
        for code in (0..6).flat_map(|pair| [format!("code:W#{pair}"), format!("code:L#{pair}")]) {
            assert_eq!(seen.iter().filter(|(_, name)| *name == json!(code)).count(), 1, "{code}");
        }
        for bad in ["?after=nonsense", "?limit=0", "?limit=101", "?before=1"] {
            let answer = control.get(&format!("/v1/ratings/melee{bad}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        assert_eq!(control.get("/v1/ratings/chess").await.status, StatusCode::NOT_FOUND);
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn a_duel_is_rated_with_its_uncertainty_and_reported_by_nobody() {
    for control in TestControl::on_each_database().await {
        let join = async |code: &str| {
            let asked = json!({ "connect_code": code, "tier": "gold" });
            control.post("/v1/queues/code_duel/join", &asked).await.body["queue_id"].clone()
        };
        let first = join("A#1").await;
        control.clock.advance(Span(1));
        let second = join("B#2").await;
        control.pass(Span::seconds(2)).await;
        let entry = control.get(&format!("/queue/{}", first.as_str().unwrap())).await.body;
        let id = entry["match_id"].as_str().unwrap().to_owned();
        for side in [&first, &second] {
            let accept = json!({ "queue_id": side, "response": "accept" });
            control.post(&format!("/v1/matches/{id}/ready"), &accept).await;
        }
        control.pass(Span::seconds(5)).await;
        let report = control.report(&id, first.as_str().unwrap(), 1, 0).await;
        assert_eq!(
            (report.status, &report.body["code"]),
            (StatusCode::CONFLICT, &json!("decided_here"))
        );
        let leave = json!({ "queue_id": second });
        control.post(&format!("/v1/matches/{id}/leave"), &leave).await;
        let rating = control.rating("code_duel", "code:A#1").await;
        assert_eq!((&rating["rating"], &rating["wins"]), (&json!(1216), &json!(1)));
        let skill = &rating["skill"];
        assert_eq!(skill["skill"].as_i64().unwrap() / 1_000, 27_635);
        assert!(skill["uncertainty"].as_i64().unwrap() < 8_333_333);
        control.assert_sound().await;
        // Whoever is rated higher is shown so when it joins again.
        control.pass(Span::seconds(1)).await;
        let again = join("A#1").await;
        control.clock.advance(Span(1));
        let third = join("C#3").await;
        control.pass(Span::seconds(2)).await;
        let entry = control.get(&format!("/queue/{}", again.as_str().unwrap())).await.body;
        assert_eq!(entry["opponent_code"], "C#3", "{third}");
        let id = entry["match_id"].as_str().unwrap();
        let seen = control.get(&format!("/v1/matches/{id}")).await.body;
        assert_eq!(seen["p1"]["rating"], 1216);
    }
}

#[tokio::test]
async fn two_are_held_against_each_other_by_the_games_between_them() {
    for control in TestControl::on_each_database().await {
        for (won, lost) in [("A#1", "B#2"), ("B#2", "A#1"), ("A#1", "B#2"), ("A#1", "C#3")] {
            let met = control.meet_by_code(won, lost).await;
            control.decide(&met, 1, 0).await;
        }
        let path = "/v1/ratings/melee/code:A%231/against/code:B%232";
        let against = control.get(&format!("{path}?limit=2")).await.body;
        let counts = [&against["wins"], &against["draws"], &against["losses"]];
        assert_eq!(counts, [&json!(2), &json!(0), &json!(1)]);
        let games = against["games"].as_array().unwrap();
        let scores: Vec<_> = games.iter().map(|game| game["score"].clone()).collect();
        assert_eq!(scores, [json!("won"), json!("lost")], "the newest first");
        assert_eq!(games[1]["other_before"], 1484);
        let next = &against["next"];
        let rest = control.get(&format!("{path}?limit=2&before={next}")).await.body;
        assert_eq!(rest["games"][0]["after"], 1516);
        assert_eq!(rest["next"], Json::Null);
        let ada = control.get("/v1/players/code:A%231").await.body;
        assert_eq!(ada["ratings"]["melee"]["wins"], 3);
        assert_eq!(ada["name"], Json::Null);
        let nobody = control.get("/v1/players/code:nobody").await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    }
}
