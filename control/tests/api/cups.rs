//! A tournament and whoever plays in it.

use std::collections::BTreeMap;

use arena_control::{Config, invariants};
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

pub(crate) fn config() -> Config {
    Config { admin_token: Some("boss".into()), ..Config::default() }
}

/// A tournament and the keys of its entries, by name.
pub(crate) struct Cup {
    pub(crate) control: TestControl,
    pub(crate) id: String,
    pub(crate) keys: BTreeMap<String, String>,
}

impl Cup {
    /// One that `names` have entered, closed.
    pub(crate) async fn closed(control: TestControl, settings: &Json, names: &[&str]) -> Self {
        let mut cup = Self::made(control, settings).await;
        for name in names {
            cup.enter(name).await;
        }
        let closed = cup.operate("close", &json!({ "why": "all are there" })).await;
        assert_eq!(closed.status, StatusCode::OK, "{closed:?}");
        cup
    }

    pub(crate) async fn made(control: TestControl, settings: &Json) -> Self {
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

    pub(crate) async fn enter(&mut self, name: &str) {
        let asked = json!({ "name": name, "connect_code": format!("{name}#1") });
        let entered = self.post("entries", &asked).await;
        assert_eq!(entered.status, StatusCode::OK, "{entered:?}");
        let key = entered.body["entry_key"].as_str().unwrap();
        self.keys.insert(name.to_owned(), key.to_owned());
    }

    pub(crate) async fn post(&self, call: &str, body: &Json) -> Answer {
        self.control.post(&format!("/v1/tournaments/{}/{call}", self.id), body).await
    }

    pub(crate) async fn operate(&self, call: &str, body: &Json) -> Answer {
        self.control.operate(&format!("/v1/admin/tournaments/{}/{call}", self.id), body).await
    }

    pub(crate) async fn get(&self, call: &str) -> Json {
        let answer = self.control.get(&format!("/v1/tournaments/{}{call}", self.id)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }

    pub(crate) async fn show_up(&self, name: &str) -> Answer {
        self.post("show-up", &json!({ "entry_key": self.keys[name] })).await
    }

    pub(crate) async fn withdraw(&self, name: &str) -> Answer {
        self.post("withdraw", &json!({ "entry_key": self.keys[name] })).await
    }

    /// The access token of a new account.
    pub(crate) async fn account(&self, name: &str) -> String {
        let body = json!({ "name": name, "password": "correct horse battery" });
        let made = self.control.post("/v1/auth/register", &body).await.body;
        made["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn games(&self) -> Vec<Json> {
        let bracket = self.get("/bracket").await;
        let rounds = bracket["rounds"].as_array().unwrap().iter();
        rounds.flat_map(|round| round.as_array().unwrap().clone()).collect()
    }

    pub(crate) async fn called(&self) -> Vec<(String, String)> {
        let name = |side: &Json| side["name"].as_str().unwrap().to_owned();
        let games = self.games().await;
        let called = games.iter().filter(|game| game["state"] == "called");
        called.map(|game| (name(&game["a"]), name(&game["b"]))).collect()
    }

    /// Both sides show up: the match and what each speaks with.
    pub(crate) async fn begin(&self, one: &str, other: &str) -> (String, [String; 2]) {
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
    pub(crate) async fn play_out(&self) -> usize {
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

    pub(crate) async fn names_by_standing(&self) -> Vec<String> {
        let standings = self.get("/standings").await;
        let all = standings["standings"].as_array().unwrap().iter();
        all.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn lines(&self) -> Vec<String> {
        let log = self.control.bearing("boss", Method::GET, "/v1/admin/events?limit=1000", None);
        let log = log.await.body;
        assert!(!log.to_string().contains(self.keys.values().next().map_or("?", |key| key)));
        let kinds = log["events"].as_array().unwrap().iter().map(|it| &it["kind"]);
        let kinds = kinds.map(|kind| kind.as_str().unwrap().to_owned());
        kinds.filter(|kind| kind.contains("tournament")).collect()
    }

    pub(crate) async fn is_sound(&self) {
        assert_eq!(invariants::broken(&self.control.ctx).await.unwrap(), []);
    }
}
