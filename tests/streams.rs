//! Matches and their streams, from the queue to the viewer, on the real binary: who may publish,
//! what the match says of it, and that relay and control need each other for nothing meanwhile.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

mod arena;

use arena_client::{
    Code, ConnectError, Event, FROM_THE_FIRST, PublishOptions, Publisher, Server, Transport,
    WatchOptions, Watcher,
};
use serde_json::{Value as Json, json};

use arena::{Arena, Asked};

const EVERY: [Transport; 2] = [Transport::Quic, Transport::WebSocket];

struct Met {
    channel: String,
    path: String,
    tickets: [String; 2],
}

/// Two meet, logged in or without an account.
async fn met(control: &Asked, accounts: Option<[&str; 2]>) -> Met {
    let mut told = Vec::new();
    for side in [0, 1] {
        let token = match accounts {
            None => None,
            Some(names) => {
                let body = json!({ "name": names[side], "password": "correct horse" });
                Some(control.post("/v1/auth/register", &body).await["access_token"].clone())
            }
        };
        let token = token.as_ref().and_then(Json::as_str);
        let body = json!({ "connect_code": format!("SIDE#{side}") });
        told.push(control.post_as(token, "/queue/join", &body).await);
    }
    let id = told[1]["match_id"].as_str().unwrap();
    let ticket = |at: usize| told[at]["queue_id"].as_str().unwrap().to_owned();
    Met {
        channel: format!("match/{id}"),
        path: format!("/v1/matches/{id}"),
        tickets: [ticket(0), ticket(1)],
    }
}

impl Met {
    async fn token(&self, control: &Asked, side: usize) -> String {
        let body = json!({ "queue_id": self.tickets[side] });
        let answer = control.post(&format!("{}/stream", self.path), &body).await;
        answer["publish"]["token"].as_str().unwrap().to_owned()
    }

    async fn watch_token(&self, control: &Asked) -> String {
        let answer = control.get(&format!("{}/stream", self.path)).await;
        answer["watch"]["token"].as_str().unwrap().to_owned()
    }

    async fn stream(&self, control: &Asked) -> Json {
        control.get(&self.path).await["stream"].clone()
    }

    async fn kinds(&self, control: &Asked) -> Vec<String> {
        let events = control.get(&format!("{}/events", self.path)).await["events"].clone();
        let kinds =
            events.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap().to_owned());
        kinds.filter(|kind| kind.starts_with("stream.")).collect()
    }
}

async fn publish(
    server: &Server,
    channel: &str,
    token: Option<&str>,
    transport: Transport,
) -> Result<Publisher, ConnectError> {
    let options = PublishOptions::new(channel.parse().unwrap(), "opaque");
    let token = token.map(str::to_owned);
    Publisher::connect(server, PublishOptions { transport, token, ..options }).await
}

async fn watch(
    server: &Server,
    channel: &str,
    token: Option<&str>,
    transport: Transport,
) -> Result<Watcher, ConnectError> {
    let options = WatchOptions::new(channel.parse().unwrap());
    let (token, after) = (token.map(str::to_owned), Some(FROM_THE_FIRST));
    Watcher::connect(server, WatchOptions { transport, token, after, ..options }).await
}

fn refused<T>(outcome: Result<T, ConnectError>) -> Option<u16> {
    match outcome {
        Err(ConnectError::Refused(refused)) => Some(refused.code),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

async fn send(publisher: &mut Publisher, count: u64) {
    for number in 0..count {
        let payload = number.to_le_bytes();
        let draft = arena_client::Draft {
            captured_us: 1,
            first_frame: 0,
            frames: 1,
            key: true,
            payload: &payload,
        };
        publisher.send(draft).await.unwrap();
    }
}

/// How many batches come until the end.
async fn received(mut watcher: Watcher) -> usize {
    let mut batches = 0;
    while let Some(event) = watcher.next().await.unwrap() {
        batches += usize::from(matches!(event, Event::Batch(_)));
    }
    batches
}

#[tokio::test]
async fn only_the_players_of_a_match_publish_it_and_the_match_tells_of_it() {
    for access in ["open", "required"] {
        let arena = Arena::serve(&["--access", access]);
        for transport in EVERY {
            let server = arena.server();
            let names = [format!("ada-{transport}"), format!("eve-{transport}")];
            let accounts = (access == "required").then_some([&*names[0], &*names[1]]);
            let met = met(arena.asked(), accounts).await;
            let none = publish(&server, &met.channel, None, transport).await;
            assert_eq!(refused(none), Some(Code::BadToken.number()), "{access} {transport}");
            let watching = met.watch_token(arena.asked()).await;
            let stranger = publish(&server, &met.channel, Some(&watching), transport).await;
            assert_eq!(refused(stranger), Some(Code::Forbidden.number()));
            let token = met.token(arena.asked(), 0).await;
            let elsewhere = publish(&server, "match/other", Some(&token), transport).await;
            assert_eq!(refused(elsewhere), Some(Code::Forbidden.number()));
            let mut publisher =
                publish(&server, &met.channel, Some(&token), transport).await.unwrap();
            let other = met.token(arena.asked(), 1).await;
            let second = publish(&server, &met.channel, Some(&other), transport).await;
            assert_eq!(refused(second), Some(Code::Conflict.number()), "one publishes");
            let free = watch(&server, &met.channel, None, transport).await;
            match access {
                "open" => assert!(free.is_ok()),
                _required => assert_eq!(refused(free), Some(Code::BadToken.number())),
            }
            let watcher = watch(&server, &met.channel, Some(&watching), transport).await.unwrap();
            send(&mut publisher, 100).await;
            arena.until(|| async { met.stream(arena.asked()).await["state"] == "live" }).await;
            let health = arena.asked().get("/health").await;
            let id = met.channel.trim_start_matches("match/");
            assert!(health["live_match_ids"].as_array().unwrap().contains(&json!(id)), "{health}");
            publisher.finish("that was all").await.unwrap();
            assert_eq!(received(watcher).await, 100);
            arena.until(|| async { met.stream(arena.asked()).await["state"] == "ended" }).await;
            let stream = met.stream(arena.asked()).await;
            assert_eq!((&stream["last_seq"], &stream["schema"]), (&json!(99), &json!("opaque")));
            assert_eq!(met.kinds(arena.asked()).await, ["stream.up", "stream.down"]);
        }
    }
}

#[tokio::test]
async fn one_page_of_health_and_one_of_metrics_tell_of_both_planes() {
    let arena = Arena::serve(&[]);
    met(arena.asked(), None).await;
    let health = arena.asked().get("/health").await;
    assert_eq!((&health["status"], &health["queue_size"]), (&json!("ok"), &json!(0)));
    assert_eq!(health["active_matches"], 1);
    let metrics = arena.asked().text("/metrics").await;
    for line in ["arena_relay_sessions_open 0", "arena_control_up 1"] {
        assert!(metrics.lines().any(|it| it == line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn a_relay_goes_on_without_control_and_tells_it_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut control = Arena::control(folder.path(), "127.0.0.1:0");
    let key = control.relay_key().await;
    let url = format!("http://{}", control.http());
    let relay = Arena::relay(&["--access", "required", "--control-url", &url], &key);
    relay.until(|| async { relay.asked().status("/readyz").await == 200 }).await;
    let met = met(control.asked(), None).await;
    let token = met.token(control.asked(), 0).await;
    let watching = met.watch_token(control.asked()).await;
    let mut publisher =
        publish(&relay.server(), &met.channel, Some(&token), Transport::Quic).await.unwrap();
    control.until(|| async { met.stream(control.asked()).await["state"] == "live" }).await;
    let http = control.http().to_owned();
    control.kill();
    // Tokens are checked and batches fanned out with control away.
    let watcher =
        watch(&relay.server(), &met.channel, Some(&watching), Transport::WebSocket).await.unwrap();
    send(&mut publisher, 50).await;
    publisher.finish("done").await.unwrap();
    assert_eq!(received(watcher).await, 50);
    let control = Arena::control(folder.path(), &http);
    control.until(|| async { met.stream(control.asked()).await["state"] == "ended" }).await;
    assert_eq!(met.stream(control.asked()).await["last_seq"], 49);
    assert_eq!(met.kinds(control.asked()).await, ["stream.up", "stream.down"]);
}

#[tokio::test]
async fn an_operator_acts_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let control = Arena::control(folder.path(), "127.0.0.1:0");
    let met = met(control.asked(), None).await;
    let id = met.channel.trim_start_matches("match/");
    let table = control.admin(&["matches", "list"]).await;
    assert!(table.starts_with(Some(0), "id "), "{table:?}");
    assert!(table.text.contains(id));
    let void = control.admin(&["matches", "void", id, "--why", "a test"]).await;
    assert!(void.text.contains("course.state: cancelled"), "{void:?}");
    let json = control.admin(&["--json", "events", "--match", id]).await;
    let events: Json = serde_json::from_str(&json.text).unwrap();
    let last = events["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["kind"], &last["body"]["why"]),
        (&json!("admin.match_voided"), &json!("a test"))
    );
    let none = control.admin(&["invariants"]).await;
    assert_eq!((none.code, &*none.text), (Some(0), "none\n"));
    let nobody = control.admin(&["users", "show", "eve"]).await;
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.error.contains("no such user"), "{nobody:?}");
    let wrong = control.admin(&["--token", "guess", "queues", "list"]).await;
    assert!(wrong.code == Some(1) && wrong.error.contains("operator"), "{wrong:?}");
    let unclear = control.admin(&["matches", "void", id]).await;
    assert_eq!(unclear.code, Some(2), "why?");
}
