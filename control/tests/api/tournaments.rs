//! Tournaments of every format, from the first entry to the champion.

use std::collections::BTreeMap;

use arena_control::time::Span;
use arena_control::{Config, invariants};
use axum::http::{Method, StatusCode};
use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

const MINUTE: Span = Span::seconds(60);

fn config() -> Config {
    Config { admin_token: Some("boss".into()), ..Config::default() }
}

/// A tournament and the keys of its entries, by name.
struct Cup {
    control: TestControl,
    id: String,
    keys: BTreeMap<String, String>,
}

impl Cup {
    /// One that `names` have entered, closed.
    async fn closed(control: TestControl, settings: &Json, names: &[&str]) -> Self {
        let mut cup = Self::made(control, settings).await;
        for name in names {
            cup.enter(name).await;
        }
        let closed = cup.operate("close", &json!({ "why": "all are there" })).await;
        assert_eq!(closed.status, StatusCode::OK, "{closed:?}");
        cup
    }

    async fn made(control: TestControl, settings: &Json) -> Self {
        let mut asked = json!({ "name": "Cup", "show_up_s": 60, "why": "it is Friday" });
        for (key, value) in settings.as_object().unwrap() {
            asked[key] = value.clone();
        }
        let made = control.operate("/v1/admin/tournaments", &asked).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        assert_eq!(made.body["seed"], Json::Null, "nobody knows it yet");
        let id = made.body["id"].as_str().unwrap().to_owned();
        Self { control, id, keys: BTreeMap::new() }
    }

    async fn enter(&mut self, name: &str) {
        let asked = json!({ "name": name, "connect_code": format!("{name}#1") });
        let entered = self.post("entries", &asked).await;
        assert_eq!(entered.status, StatusCode::OK, "{entered:?}");
        let key = entered.body["entry_key"].as_str().unwrap();
        self.keys.insert(name.to_owned(), key.to_owned());
    }

    async fn post(&self, call: &str, body: &Json) -> Answer {
        self.control.post(&format!("/v1/tournaments/{}/{call}", self.id), body).await
    }

    async fn operate(&self, call: &str, body: &Json) -> Answer {
        self.control.operate(&format!("/v1/admin/tournaments/{}/{call}", self.id), body).await
    }

    async fn get(&self, call: &str) -> Json {
        let answer = self.control.get(&format!("/v1/tournaments/{}{call}", self.id)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }

    async fn show_up(&self, name: &str) -> Answer {
        self.post("show-up", &json!({ "entry_key": self.keys[name] })).await
    }

    async fn games(&self) -> Vec<Json> {
        let bracket = self.get("/bracket").await;
        let rounds = bracket["rounds"].as_array().unwrap().iter();
        rounds.flat_map(|round| round.as_array().unwrap().clone()).collect()
    }

    async fn called(&self) -> Vec<(String, String)> {
        let name = |side: &Json| side["name"].as_str().unwrap().to_owned();
        let games = self.games().await;
        let called = games.iter().filter(|game| game["state"] == "called");
        called.map(|game| (name(&game["a"]), name(&game["b"]))).collect()
    }

    /// Both sides show up: the match and what each speaks with.
    async fn begin(&self, one: &str, other: &str) -> (String, [String; 2]) {
        let first = self.show_up(one).await;
        assert_eq!(first.body["state"], "called", "{first:?}");
        let second = self.show_up(other).await;
        assert_eq!(second.body["state"], "playing", "{second:?}");
        let first = self.show_up(one).await;
        let text = |of: &Answer, key: &str| of.body[key].as_str().unwrap().to_owned();
        assert_eq!(first.body["match_id"], second.body["match_id"]);
        let tickets = [text(&first, "queue_id"), text(&second, "queue_id")];
        (text(&first, "match_id"), tickets)
    }

    /// Whoever is called plays, and who comes first in the alphabet wins; until all is over.
    async fn play_out(&self) -> usize {
        let mut played = 0;
        loop {
            let called = self.called().await;
            if called.is_empty() {
                return played;
            }
            for (one, other) in called {
                let (id, [first, second]) = self.begin(&one, &other).await;
                let score = if one < other { [3, 1] } else { [0, 2] };
                self.control.report(&id, &first, score[0], score[1]).await;
                self.control.report(&id, &second, score[1], score[0]).await;
                played += 1;
            }
        }
    }

    async fn names_by_standing(&self) -> Vec<String> {
        let standings = self.get("/standings").await;
        let all = standings["standings"].as_array().unwrap().iter();
        all.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn lines(&self) -> Vec<String> {
        let log = self.control.bearing("boss", Method::GET, "/v1/admin/events?limit=1000", None);
        let log = log.await.body;
        assert!(!log.to_string().contains(self.keys.values().next().map_or("?", |key| key)));
        let kinds = log["events"].as_array().unwrap().iter().map(|it| &it["kind"]);
        let kinds = kinds.map(|kind| kind.as_str().unwrap().to_owned());
        kinds.filter(|kind| kind.contains("tournament")).collect()
    }

    async fn is_sound(&self) {
        assert_eq!(invariants::broken(&self.control.ctx).await.unwrap(), []);
    }
}

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
