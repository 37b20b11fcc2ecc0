//! A duel as a channel: two type over sockets of the control plane, and somebody watches the relay.
//! The real binary, as one process and as two.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use arena_client::{Delivery, Event, FROM_THE_FIRST, Server, WatchOptions, Watcher, unix_us};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

/// Between two keys: fast, and not faster than a hand.
const KEY_MS: usize = 50;
const KEYS: usize = 10;

/// A process that ends with its test.
struct Arena {
    child: Child,
    http: String,
}

impl Arena {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_arena"))
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let http = line.split("http=http://").nth(1).expect("it is ready");
        let http = http.split_whitespace().next().unwrap().to_owned();
        Self { child, http }
    }

    async fn get(&self, path: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut socket = TcpStream::connect(&self.http).await.unwrap();
        let ask =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.http);
        socket.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Somebody who plays.
struct Player(WebSocketStream<TcpStream>);

impl Player {
    async fn enter(control: &Arena, code: &str) -> Self {
        let stream = TcpStream::connect(&control.http).await.unwrap();
        let url = format!("ws://{}/v1/gateway", control.http);
        let mut player = Self(tokio_tungstenite::client_async(url, stream).await.unwrap().0);
        let data =
            json!({ "game_type": "code_duel", "stake_tier": "bronze", "connect_code": code });
        player.say("queue.enter", data).await;
        player.hear("queue.update").await;
        player
    }

    async fn say(&mut self, kind: &str, data: Json) {
        let id = unix_us().to_string();
        let text = json!({ "type": kind, "id": id, "data": data }).to_string();
        self.0.send(Frame::text(text)).await.unwrap();
    }

    async fn hear(&mut self, kind: &str) -> Json {
        let listening = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Frame::Text(text))) => {
                        let message: Json = serde_json::from_str(&text).unwrap();
                        assert_ne!(message["type"], "error", "{message}");
                        if message["type"] == kind {
                            return message["data"].clone();
                        }
                    }
                    Some(Ok(_)) => {}
                    other => panic!("the socket ended: {other:?}"),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), listening).await.expect("it is said")
    }
}

/// Two play one duel to its end; which match it is, is told as soon as it is known.
async fn play(control: &Arena, found: impl FnOnce(&str)) {
    let mut ada = Player::enter(control, "ADA#1").await;
    let mut bob = Player::enter(control, "BOB#2").await;
    let id = ada.hear("match.found").await["match_id"].as_str().unwrap().to_owned();
    found(&id);
    for player in [&mut ada, &mut bob] {
        player.say("match.ready", json!({ "match_id": id, "response": "accept" })).await;
    }
    let line = ada.hear("game.started").await["line"].as_str().unwrap().to_owned();
    let mut pace = tokio::time::interval(Duration::from_millis((KEYS * KEY_MS) as u64));
    pace.tick().await;
    let line: Vec<_> = line.chars().collect();
    for (place, some) in line.chunks(KEYS).enumerate() {
        // Whoever types takes his time, and it is the machine's.
        pace.tick().await;
        let first = place * KEYS;
        let key =
            |(n, typed): (usize, &char)| json!({ "typed": typed, "at_ms": (first + n) * KEY_MS });
        let keys: Vec<_> = some.iter().enumerate().map(key).collect();
        ada.say("game.keys", json!({ "match_id": id, "first": first, "keys": keys })).await;
        ada.hear("game.progress").await;
    }
    bob.hear("game.opponent_progress").await;
    assert_eq!(bob.hear("game.result").await["how"], "played");
}

/// Everything that is shown of a duel, and by how much the earliest of it came late.
async fn watch(server: Server, id: String, token: Option<String>) -> (Vec<Json>, u64) {
    let options = WatchOptions {
        token,
        after: Some(FROM_THE_FIRST),
        delivery: Delivery::Complete,
        ..WatchOptions::new(format!("match/{id}/duel").parse().unwrap())
    };
    let mut watcher = Watcher::connect(&server, options).await.unwrap();
    let (mut scenes, mut late_us) = (Vec::new(), u64::MAX);
    while let Some(event) = watcher.next().await.unwrap() {
        match event {
            Event::Start(start) => {
                assert_eq!(start.schema, "duel/1+json");
                let meta: Json = serde_json::from_slice(&start.meta).unwrap();
                assert_eq!(meta["tier"], "bronze");
                assert!(["ADA#1", "BOB#2"].contains(&meta["p1"]["connect_code"].as_str().unwrap()));
            }
            Event::Batch(batch) => {
                late_us = late_us.min(unix_us().saturating_sub(batch.header().captured_us));
                scenes.push(serde_json::from_slice(&batch.payload()).unwrap());
            }
            Event::Ended(_) => return (scenes, late_us),
            Event::Gap(gap) => panic!("{gap:?}"),
            Event::Reconnecting { .. } => {}
        }
    }
    panic!("it has no end")
}

fn check(scenes: &[Json]) {
    let phase = |scene: &Json| scene["phase"].as_str().unwrap().to_owned();
    let phases: Vec<_> = scenes.iter().map(phase).collect();
    assert_eq!(phases.first().map(String::as_str), Some("countdown"), "{phases:?}");
    assert_eq!(phases.last().map(String::as_str), Some("over"), "{phases:?}");
    assert_eq!(phases.iter().filter(|phase| *phase == "over").count(), 1, "{phases:?}");
    for scene in scenes {
        assert_eq!(scene["line"].is_null(), scene["phase"] == "countdown", "{scene}");
        let text = scene.to_string();
        assert!(!text.contains("position") && !text.contains("ticket"), "{text}");
    }
    let of = |side: &str| {
        let shown = scenes.iter().filter_map(|scene| scene[side]["progress"].as_u64());
        shown.collect::<Vec<_>>()
    };
    let typed = if of("p1").last() == Some(&100) { of("p1") } else { of("p2") };
    assert!(typed.is_sorted() && typed.len() >= 3, "{typed:?}");
    let last = scenes.last().unwrap();
    let winner = last["end"]["winner"].as_str().unwrap();
    assert_eq!((&last[winner]["progress"], &last[winner]["accuracy"]), (&json!(100), &json!(100)));
}

#[tokio::test]
async fn a_duel_is_a_channel_of_the_relay_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let any = ["--http", "127.0.0.1:0", "--quic", "127.0.0.1:0", "--db", "sqlite:arena.db"];
    let arena = Arena::start(folder.path(), &[&["serve", "--no-demo"], &any[..]].concat());
    let server: Server = format!("http://{}", arena.http).parse().unwrap();
    let mut watching = tokio::task::JoinSet::new();
    let found = |id: &str| {
        watching.spawn(watch(server, id.to_owned(), None));
    };
    play(&arena, found).await;
    check(&watching.join_next().await.unwrap().unwrap().0);
}

#[tokio::test]
async fn a_duel_is_a_channel_of_another_relay_which_keeps_the_delay() {
    let folder = tempfile::tempdir().unwrap();
    let control = ["control", "--http", "127.0.0.1:0", "--db", "sqlite:arena.db"];
    let first = Arena::start(folder.path(), &control);
    // The relay is told the keys that the control plane signs with, and one that makes tokens.
    let mut keys: Json = serde_json::from_str(&first.get("/.well-known/jwks.json").await).unwrap();
    drop(first);
    let own = arena_protocol::token::SigningKey::from_seed(&[7; 32]);
    let own_keys: Json = serde_json::from_str(&own.public().to_jwks()).unwrap();
    let list = keys["keys"].as_array_mut().unwrap();
    list.extend(own_keys["keys"].as_array().unwrap().clone());
    std::fs::write(folder.path().join("jwks.json"), keys.to_string()).unwrap();
    let relay = ["relay", "--http", "127.0.0.1:0", "--quic", "127.0.0.1:0", "--keys", "jwks.json"];
    let relay = Arena::start(folder.path(), &relay);
    let url = format!("http://{}", relay.http);
    let control = Arena::start(folder.path(), &[&control[..], &["--relay", &url]].concat());
    let server: Server = url.parse().unwrap();
    let mut watching = tokio::task::JoinSet::new();
    let found = |id: &str| {
        let act = arena_protocol::token::Act::Watch;
        let channel = format!("match/{id}/duel");
        let ends_s = unix_us() / 1_000_000 + 600;
        let claims = arena_protocol::token::Claims::new("carl", act, &channel, ends_s);
        watching.spawn(watch(server, id.to_owned(), Some(claims.sign(&own))));
    };
    play(&control, found).await;
    let (scenes, late_us) = watching.join_next().await.unwrap().unwrap();
    check(&scenes);
    assert!(late_us >= 500_000, "the earliest came {late_us} us late");
}
