//! Tournaments as the runners and pages of the old API know them.

use arena_control::pools::rules::Terms;
use arena_control::{Config, invariants};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

const OBJECT: [&str; 8] =
    ["id", "name", "status", "current_round", "current_slot", "featured", "entries", "bracket"];
const GAME: [&str; 10] = [
    "round",
    "slot",
    "entry_a",
    "entry_b",
    "winner",
    "score_a",
    "score_b",
    "pool_id",
    "status",
    "arena_match_id",
];
const ENTRY: [&str; 6] =
    ["name", "character", "strategy", "connect_code", "wallet_address", "registrant"];

fn config() -> Config {
    Config { admin_token: Some("boss".into()), ..Config::default() }
}

impl TestControl {
    async fn fight_night(&self, body: &Json) -> String {
        let made = self.operate("/tournaments", body).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        made.body["id"].as_str().unwrap().to_owned()
    }

    async fn run(&self, id: &str, call: &str, body: &Json) -> Answer {
        self.operate(&format!("/tournaments/{id}/{call}"), body).await
    }

    /// Begins the next game and lets the first side of it win.
    async fn play_next(&self, id: &str) -> Json {
        let next = self.run(id, "next", &json!({})).await;
        if next.body["queued"] == true {
            let text = |key: &str| next.body[key].as_str().unwrap().to_owned();
            let match_id = next.body["match"]["arena_match_id"].as_str().unwrap();
            assert_eq!(next.body["match"]["status"], "playing");
            self.report(match_id, &text("queue_id_a"), 3, 1).await;
            self.report(match_id, &text("queue_id_b"), 1, 3).await;
        }
        next.body
    }
}

fn has_keys(value: &Json, keys: &[&str]) {
    let object = value.as_object().unwrap();
    keys.iter().for_each(|key| assert!(object.contains_key(*key), "{key} of {value}"));
}

fn fighter(number: u32, strategy: &str) -> Json {
    json!({ "name": format!("fighter {number}"), "character": "FOX", "strategy": strategy,
        "connect_code": format!("F#{number}") })
}

#[tokio::test]
async fn a_runner_plays_a_whole_tournament_and_results_reach_the_bracket() {
    for control in TestControl::on_each_database_with(&config()).await {
        let entries: Vec<_> = (0..5).map(|it| fighter(it, "phillip")).collect();
        let id = control.fight_night(&json!({ "name": "Fight Night", "entries": entries })).await;
        let made = control.get(&format!("/tournaments/{id}")).await.body;
        has_keys(&made, &OBJECT);
        has_keys(&made["entries"][0], &ENTRY);
        assert_eq!((&made["status"], &made["bracket"]["size"]), (&json!("pending"), &json!(8)));
        let rounds = made["bracket"]["rounds"].as_array().unwrap();
        rounds.iter().flat_map(|it| it.as_array().unwrap()).for_each(|it| has_keys(it, &GAME));
        let byes = rounds[0].as_array().unwrap().iter().filter(|it| it["status"] == "bye").count();
        assert_eq!(byes, 3);
        let mut played = 0;
        while control.play_next(&id).await["queued"] == true {
            played += 1;
        }
        assert_eq!(played, 4);
        let bracket = control.get(&format!("/tournaments/{id}/bracket")).await.body;
        has_keys(&bracket, &["tournament_id", "name", "status", "entries", "champion", "bracket"]);
        assert_eq!(bracket["status"], "complete");
        has_keys(&bracket["champion"], &ENTRY);
        let last = &bracket["bracket"]["rounds"][2][0];
        assert_eq!((&last["winner"], &last["score_a"]), (&bracket["champion"], &json!(3)));
        let over = control.run(&id, "next", &json!({})).await.body;
        assert_eq!((&over["queued"], &over["champion"]), (&json!(false), &bracket["champion"]));
        assert!(over["message"].is_string());
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn people_register_and_only_they_see_their_address() {
    for control in TestControl::on_each_database_with(&config()).await {
        let id = control.fight_night(&json!({ "name": "Open" })).await;
        let at = |call: &str| format!("/tournaments/{id}/{call}");
        assert_eq!(control.get(&format!("/tournaments/{id}")).await.body["status"], "registration");
        let ada = json!({ "name": "ada", "character": "FOX", "email": "Ada@example.org",
            "wallet_address": "0xAB" });
        let entered = control.post(&at("self-register"), &ada).await;
        assert_eq!(entered.status, StatusCode::OK, "{entered:?}");
        assert_eq!(
            (&entered.body["success"], &entered.body["entry"]["email"]),
            (&json!(true), &json!("Ada@example.org"))
        );
        assert_eq!(entered.body["entry"]["connect_code"], "NOJN#001");
        has_keys(&entered.body["tournament"], &OBJECT);
        assert!(!entered.body["tournament"].to_string().contains("example.org"));
        let mut same = ada.clone();
        same["email"] = json!("other@example.org");
        assert_eq!(control.post(&at("self-register"), &same).await.status, StatusCode::BAD_REQUEST);
        let same = json!({ "name": "bob", "character": "FOX", "email": "ada@example.org" });
        assert_eq!(control.post(&at("self-register"), &same).await.status, StatusCode::CONFLICT);
        let odd = json!({ "name": "bob", "character": "FOX", "email": "nowhere" });
        let odd = control.post(&at("self-register"), &odd).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mine = control.get(&at("my-entry?email=ada@EXAMPLE.org")).await.body;
        assert_eq!(
            (&mine["found"], &mine["entry"]["email"]),
            (&json!(true), &json!("Ada@example.org"))
        );
        let by_wallet = control.get(&at("my-entry?wallet=0xab")).await.body;
        assert_eq!(
            (&by_wallet["found"], &by_wallet["entry"]["email"]),
            (&json!(true), &Json::Null)
        );
        let nobody = control.get(&at("my-entry?email=eve@example.org")).await.body;
        assert_eq!(nobody, json!({ "found": false, "entry": null }));
        for path in ["", "/bracket"] {
            let seen = control.get(&format!("/tournaments/{id}{path}")).await.body.to_string();
            assert!(!seen.contains("xample"), "{seen}");
        }
        let few = control.run(&id, "close-registration", &json!({})).await;
        assert_eq!(few.status, StatusCode::BAD_REQUEST);
        let bob = json!({ "name": "bob", "character": "MARTH", "registrant": "Bob B.",
            "email": "bob@example.org" });
        let registered = control.run(&id, "register", &bob).await.body;
        assert_eq!(registered["entries"][1]["connect_code"], "NOJN#002");
        assert_eq!(registered["entries"][1]["strategy"], "phillip");
        let closed = control.run(&id, "close-registration", &json!({})).await;
        assert_eq!(closed.body["status"], "pending", "{closed:?}");
        let late = json!({ "name": "eve", "character": "FOX", "email": "eve@example.org" });
        let late = control.post(&at("self-register"), &late).await;
        assert_eq!(
            (late.status, &late.body["detail"]),
            (StatusCode::BAD_REQUEST, &json!("Registration is closed"))
        );
    }
}

#[tokio::test]
async fn a_tournament_is_full_at_thirty_two() {
    let control = TestControl::with(config()).await;
    let id = control.fight_night(&json!({ "name": "Open" })).await;
    let at = format!("/tournaments/{id}/self-register");
    for number in 0..=32 {
        let who = json!({ "name": format!("p{number}"), "character": "FOX",
            "email": format!("p{number}@example.org") });
        let status = control.post(&at, &who).await.status;
        let expected = if number < 32 { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(status, expected, "{number}");
    }
}

#[tokio::test]
async fn the_featured_one_is_that_which_is_played_else_featured_open_or_newest() {
    for control in TestControl::on_each_database_with(&config()).await {
        let featured = async || control.get("/tournaments/featured").await;
        assert_eq!(featured().await.status, StatusCode::NOT_FOUND);
        let pair = json!([fighter(1, "phillip"), fighter(2, "phillip")]);
        let pending = control.fight_night(&json!({ "name": "one", "entries": pair })).await;
        control.clock.advance(arena_control::time::Span(1));
        let open = control.fight_night(&json!({ "name": "two" })).await;
        control.clock.advance(arena_control::time::Span(1));
        let newest = control.fight_night(&json!({ "name": "three", "entries": pair })).await;
        assert_eq!(featured().await.body["id"], json!(open), "open before newest");
        control.run(&newest, "feature", &json!({})).await;
        assert_eq!(featured().await.body["id"], json!(newest), "featured before open");
        control.run(&pending, "next", &json!({})).await;
        assert_eq!(featured().await.body["id"], json!(pending), "played before all");
        let listed = control.get("/tournaments").await.body;
        assert_eq!(listed["count"], 3);
        let first = &listed["tournaments"][0];
        has_keys(first, &["id", "name", "status", "created_at"]);
        assert_eq!((&first["featured"], &first["entry_count"]), (&json!(true), &json!(2)));
        control.run(&newest, "feature", &json!({})).await;
        let listed = control.get("/tournaments").await.body;
        assert_eq!(listed["tournaments"][0]["featured"], false, "it is a toggle");
    }
}

#[tokio::test]
async fn an_operator_advances_by_hand_and_is_not_contradicted_later() {
    for control in TestControl::on_each_database_with(&config()).await {
        let pair = json!([fighter(1, "phillip"), fighter(2, "smashbot")]);
        let id = control.fight_night(&json!({ "name": "Duel", "entries": pair })).await;
        let begun = control.run(&id, "next", &json!({})).await.body;
        let winner = begun["match"]["entry_b"]["name"].clone();
        let mut asked = json!({ "round": 0, "slot": 0, "winner_name": winner, "score_b": 4 });
        let odd = json!({ "round": 0, "slot": 0, "winner_name": "nobody" });
        let odd = control.run(&id, "advance", &odd).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        let nowhere = json!({ "round": 7, "slot": 0, "winner_name": winner });
        assert_eq!(control.run(&id, "advance", &nowhere).await.status, StatusCode::NOT_FOUND);
        let advanced = control.run(&id, "advance", &asked).await.body;
        let game = &advanced["bracket"]["rounds"][0][0];
        assert_eq!((&game["winner"]["name"], &game["score_b"]), (&winner, &json!(4)));
        assert_eq!(advanced["status"], "complete");
        assert_eq!(control.run(&id, "advance", &asked).await.status, StatusCode::OK, "so it is");
        asked["winner_name"] = begun["match"]["entry_a"]["name"].clone();
        let path = format!("/admin/tournaments/{id}/force-advance");
        let other = control.operate(&path, &asked).await;
        assert_eq!(
            (other.status, &other.body["code"]),
            (StatusCode::CONFLICT, &json!("game_decided"))
        );
        let match_id = begun["match"]["arena_match_id"].as_str().unwrap();
        let seen = control.get(&format!("/matches/{match_id}")).await.body;
        assert_eq!(seen["status"], "expired", "the match is taken back");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn two_that_would_do_nothing_toss_a_coin() {
    let control = TestControl::with(config()).await;
    let four: Vec<_> = (0..4).map(|it| fighter(it, "do-nothing")).collect();
    let id = control.fight_night(&json!({ "name": "Idle", "entries": four })).await;
    let seen = control.get(&format!("/tournaments/{id}")).await.body;
    assert_eq!(seen["status"], "complete");
    assert_eq!(seen["bracket"]["rounds"][1][0]["status"], "coinflip");
}

#[tokio::test]
async fn statuses_are_set_by_hand_as_far_as_they_may() {
    let control = TestControl::with(config()).await;
    let id = control.fight_night(&json!({ "name": "Open" })).await;
    let path = format!("/admin/tournaments/{id}/set-status");
    let set = async |status: &str| control.operate(&path, &json!({ "status": status })).await;
    assert_eq!(set("pending").await.status, StatusCode::BAD_REQUEST, "nobody is there");
    for number in 0..2 {
        control.run(&id, "register", &fighter(number, "random")).await;
    }
    assert_eq!(set("active").await.body["status"], "active");
    assert_eq!(set("pending").await.body["status"], "pending");
    assert_eq!(set("registration").await.body["code"], "tournament_state");
    assert_eq!(set("complete").await.body["status"], "complete");
    assert_eq!(set("active").await.body["code"], "tournament_state");
    assert_eq!(set("paused").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn whoever_asks_for_the_next_game_twice_with_a_key_gets_one() {
    for control in TestControl::on_each_database_with(&config()).await {
        let four: Vec<_> = (0..4).map(|it| fighter(it, "phillip")).collect();
        let id = control.fight_night(&json!({ "name": "Keyed", "entries": four })).await;
        let ask = async || {
            let request = Request::post(format!("/tournaments/{id}/next"))
                .header(header::AUTHORIZATION, "Bearer boss")
                .header("idempotency-key", "once");
            control.send(request.body(Body::empty()).unwrap()).await
        };
        let (first, second) = (ask().await, ask().await);
        assert_eq!(first.status, StatusCode::OK, "{first:?}");
        assert_eq!(first.body, second.body);
        let games = control.get(&format!("/tournaments/{id}/bracket")).await.body;
        let round = games["bracket"]["rounds"][0].as_array().unwrap();
        assert_eq!(round.iter().filter(|it| it["status"] == "playing").count(), 1);
    }
}

#[tokio::test]
async fn what_changes_a_tournament_is_an_operators() {
    let control = TestControl::with(config()).await;
    let id = control.fight_night(&json!({ "name": "Open" })).await;
    let entry = fighter(1, "phillip");
    let advance = json!({ "round": 0, "slot": 0, "winner_name": "x" });
    for (path, body) in [
        ("/tournaments".to_owned(), json!({ "name": "Mine" })),
        (format!("/tournaments/{id}/register"), entry),
        (format!("/tournaments/{id}/close-registration"), json!({})),
        (format!("/tournaments/{id}/feature"), json!({})),
        (format!("/tournaments/{id}/advance"), advance.clone()),
        (format!("/tournaments/{id}/next"), json!({})),
        (format!("/admin/tournaments/{id}/force-advance"), advance),
        (format!("/admin/tournaments/{id}/distribute"), json!({ "round": 0, "slot": 0 })),
        (format!("/admin/tournaments/{id}/set-status"), json!({ "status": "complete" })),
    ] {
        assert_eq!(control.post(&path, &body).await.status, StatusCode::UNAUTHORIZED, "{path}");
        let wrong = control.bearing("bosh", Method::POST, &path, Some(&body)).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let pools = format!("/admin/tournaments/{id}/pools");
    assert_eq!(control.get(&pools).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn spectators_bet_on_the_games_of_a_tournament() {
    let control = TestControl::with(config().with_betting("melee", Terms::melee())).await;
    let wallet = |digit: &str| format!("0x{}", digit.repeat(40));
    let mut pair = [fighter(1, "phillip"), fighter(2, "phillip")];
    pair[0]["wallet_address"] = json!(wallet("a"));
    pair[1]["wallet_address"] = json!(wallet("b"));
    let id = control.fight_night(&json!({ "name": "Bets", "entries": pair })).await;
    let path = format!("/admin/tournaments/{id}/distribute");
    let spot = json!({ "round": 0, "slot": 0 });
    assert_eq!(control.operate(&path, &spot).await.body["code"], "no_pool", "not begun");
    control.play_next(&id).await;
    let pools = format!("/admin/tournaments/{id}/pools");
    let pools = control.bearing("boss", Method::GET, &pools, None).await.body;
    let pool = &pools["pools"]["0:0"];
    has_keys(pool, &["pool_id", "round", "slot", "status", "winner"]);
    // It was over while bets were taken.
    assert_eq!((&pool["status"], pool["winner"].is_string()), (&json!("cancel"), true));
    let asked = control.operate(&path, &spot).await.body;
    assert_eq!(asked, json!({ "distributed": false, "pool_id": null }), "the chain has none");
}
