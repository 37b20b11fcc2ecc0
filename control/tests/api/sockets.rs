//! An arena with a port, and clients with sockets. Every message that a client hears is held
//! against the schema that the API's description gives for it.

use std::time::Duration;

use arena_control::time::Span;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::TestControl;

/// How long anything may take that takes no time.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at whether time has to pass for something to be heard.
const LOOK: Duration = Duration::from_millis(20);

/// An arena with a port, for as long as it is kept.
pub(crate) struct Served {
    pub(crate) control: TestControl,
    address: std::net::SocketAddr,
    schemas: Schemas,
    _serving: JoinSet<()>,
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    asked: u32,
    schemas: Schemas,
}

impl Served {
    pub(crate) async fn start(control: TestControl) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = control.router.clone();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let schemas = Schemas(control.get("/openapi.json").await.body.into());
        Self { control, address, schemas, _serving: serving }
    }

    pub(crate) async fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let url = format!("ws://{}/v1/gateway", self.address);
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        Client { socket, asked: 0, schemas: self.schemas.clone() }
    }

    /// The status that answers a page of an origin.
    pub(crate) async fn status_for(&self, origins: &[&str]) -> u16 {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let url = format!("ws://{}/v1/gateway", self.address);
        let mut request = url.into_client_request().unwrap();
        for origin in origins {
            request.headers_mut().append("origin", origin.parse().unwrap());
        }
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((_, response)) => response.status().as_u16(),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                response.status().as_u16()
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// What somebody hears once enough time has passed, a little at a time.
    pub(crate) async fn later(&self, client: &mut Client, kind: &str) -> Json {
        for _ in 0..100 {
            if let Ok(heard) = tokio::time::timeout(LOOK, client.hear(kind)).await {
                return heard;
            }
            self.control.clock.advance(Span(50));
        }
        panic!("{kind} is not heard, however much time passes")
    }

    /// Two who play a duel: their sockets and entries, the match, and its line.
    pub(crate) async fn duel(&self) -> ([Client; 2], [String; 2], String, String) {
        let (mut ada, ada_ticket) = self.duellist("ADA#1").await;
        let (mut bob, bob_ticket) = self.duellist("BOB#2").await;
        self.control.pass(Span::seconds(2)).await;
        let id = ada.hear("match.found").await["data"]["match_id"].as_str().unwrap().to_owned();
        ada.accept(&id).await;
        bob.accept(&id).await;
        self.control.pass(Span::seconds(5)).await;
        let line = ada.hear("game.started").await["data"]["line"].as_str().unwrap().to_owned();
        bob.hear("game.started").await;
        ([ada, bob], [ada_ticket, bob_ticket], id, line)
    }

    /// Somebody who waits for a duel, and the entry.
    pub(crate) async fn duellist(&self, code: &str) -> (Client, String) {
        let mut client = self.client().await;
        let data =
            json!({ "game_type": "code_duel", "stake_tier": "bronze", "connect_code": code });
        let answer = client.ask("queue.enter", data).await;
        assert_eq!(
            (&answer["type"], &answer["data"]["status"]),
            (&json!("queue.update"), &json!("waiting"))
        );
        let ticket = answer["data"]["queue_id"].as_str().unwrap().to_owned();
        self.control.clock.advance(Span(1));
        (client, ticket)
    }
}

impl Client {
    pub(crate) async fn say(&mut self, id: &str, kind: &str, data: &Json) {
        let text = json!({ "type": kind, "id": id, "ts": 0, "data": data }).to_string();
        self.socket.send(Frame::text(text)).await.unwrap();
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask(&mut self, kind: &str, data: Json) -> Json {
        self.asked += 1;
        let id = format!("ask-{}", self.asked);
        self.say(&id, kind, &data).await;
        self.until(|message| message["id"] == id.as_str()).await
    }

    pub(crate) async fn accept(&mut self, id: &str) {
        let yes = json!({ "match_id": id, "response": "accept" });
        assert_eq!(self.ask("match.ready", yes).await["type"], "ok");
    }

    /// What comes next of a kind.
    pub(crate) async fn hear(&mut self, kind: &str) -> Json {
        self.until(|message| message["type"] == kind).await
    }

    pub(crate) async fn until(&mut self, wanted: impl Fn(&Json) -> bool) -> Json {
        let mut heard = Vec::new();
        let listening = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Frame::Text(text))) => {
                        let message: Json = serde_json::from_str(&text).unwrap();
                        self.schemas.check(&message);
                        if wanted(&message) {
                            return message;
                        }
                        heard.push(message);
                    }
                    other => panic!("the socket ended: {other:?}"),
                }
            }
        };
        match tokio::time::timeout(PATIENCE, listening).await {
            Ok(message) => message,
            Err(_) => panic!("not heard; what was: {heard:#?}"),
        }
    }

    /// The code that the arena closes with.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.socket.next().await {
                Some(Ok(Frame::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close: {other:?}"),
            }
        }
    }
}

/// The messages that the API's description knows.
#[derive(Clone)]
struct Schemas(std::sync::Arc<Json>);

impl Schemas {
    fn named(&self, name: &str) -> &Json {
        &self.0["components"]["schemas"][name]
    }

    fn check(&self, message: &Json) {
        let kind = &message["type"];
        let all = self.named("Say")["oneOf"].as_array().unwrap();
        let known = all.iter().find(|it| it["properties"]["type"]["enum"][0] == *kind);
        let known = known.unwrap_or_else(|| panic!("{kind} has no schema: {message}"));
        self.check_value(&known["properties"]["data"], &message["data"], message);
    }

    /// Whether what is there may be there, and what has to be there is.
    fn check_value(&self, schema: &Json, value: &Json, message: &Json) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return self.check_value(self.named(name), value, message);
        }
        if let Some(any) = schema["oneOf"].as_array() {
            let one = any.iter().find(|one| value.is_null() == (one["type"] == "null"));
            return self.check_value(one.unwrap_or(&Json::Null), value, message);
        }
        let kind = &schema["type"];
        let types = kind.as_array().map_or_else(|| std::slice::from_ref(kind), Vec::as_slice);
        let types: Vec<_> = types.iter().filter_map(Json::as_str).collect();
        if types.is_empty() {
            return;
        }
        let is = match value {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(number) if number.is_f64() => "number",
            Json::Number(_) => "integer",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        };
        assert!(types.contains(&is), "{value} is not {types:?} in {message}");
        let Some(properties) = schema["properties"].as_object() else { return };
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(!value[name.as_str().unwrap()].is_null(), "{name} is missing in {message}");
        }
        for (name, field) in value.as_object().into_iter().flatten() {
            if let Some(schema) = properties.get(name) {
                self.check_value(schema, field, message);
            } else {
                // Only what the log tells has more than what is named.
                assert!(properties.contains_key("kind"), "{name} has no schema: {message}");
            }
        }
    }
}
