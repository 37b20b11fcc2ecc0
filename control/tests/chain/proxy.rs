//! A node that does what nodes do at their worst: between the arena and a real one.

use std::sync::{Arc, Mutex, MutexGuard};

use alloy::primitives::B256;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::anvil::http;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It answers nothing at all but HTTP 503.
    Down,
    /// The answer to a method is lost after the node has acted.
    Unheard(&'static str),
    /// The answer to a method never comes, after the node has acted.
    Hangs(&'static str),
    /// The question of a method never arrives, and no answer comes.
    Swallows(&'static str),
    /// A method is refused, with these words.
    Refuses(&'static str, &'static str),
    /// A method is answered with this, whatever the node would say.
    Answers(&'static str, &'static str),
    /// Every question is answered with this status, and a refusal inside.
    Status(u16),
    /// It says that it is of another chain.
    OtherChain,
    /// Its newest block stays this one.
    StandsAt(u64),
    /// Each block has another parent: those of a number come from a node that went another way.
    GoesAnotherWay,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    inner: Arc<Inner>,
    _serving: JoinSet<()>,
}

struct Inner {
    node: String,
    http: reqwest::Client,
    state: Mutex<Trouble>,
    /// Somebody waits for an answer that never comes.
    stuck: Notify,
}

#[derive(Default)]
struct Trouble {
    fault: Option<Fault>,
    /// How many more questions it meets; none for all.
    times: Option<u32>,
}

impl Proxy {
    pub(crate) async fn before(node: &str) -> Self {
        let state = Mutex::default();
        let stuck = Notify::new();
        let inner = Arc::new(Inner { node: node.to_owned(), http: http(), state, stuck });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner, _serving: serving }
    }

    pub(crate) fn fail(&self, fault: Fault) {
        *self.inner.lock() = Trouble { fault: Some(fault), times: None };
    }

    pub(crate) fn fail_times(&self, times: u32, fault: Fault) {
        *self.inner.lock() = Trouble { fault: Some(fault), times: Some(times) };
    }

    pub(crate) fn is_well(&self) {
        *self.inner.lock() = Trouble::default();
    }

    /// Somebody waits for an answer that never comes.
    pub(crate) async fn stuck(&self) {
        self.inner.stuck.notified().await;
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Trouble> {
        self.state.lock().unwrap()
    }

    /// The fault that meets this question.
    fn fault(&self, method: &str) -> Option<Fault> {
        let mut trouble = self.lock();
        let fault = trouble.fault?;
        let meets = match fault {
            Fault::Down | Fault::Status(_) => true,
            Fault::OtherChain => method == "eth_chainId",
            Fault::StandsAt(_) => ["eth_blockNumber", "eth_getBlockByNumber"].contains(&method),
            Fault::GoesAnotherWay => method == "eth_getBlockByNumber",
            Fault::Unheard(it)
            | Fault::Hangs(it)
            | Fault::Swallows(it)
            | Fault::Refuses(it, _)
            | Fault::Answers(it, _) => it == method,
        };
        if !meets {
            return None;
        }
        match &mut trouble.times {
            Some(0) => return None,
            Some(times) => *times -= 1,
            None => {}
        }
        Some(fault)
    }

    async fn forward(&self, body: Bytes) -> Vec<u8> {
        let request = self.http.post(&self.node).header("content-type", "application/json");
        request.body(body).send().await.unwrap().bytes().await.unwrap().to_vec()
    }
}

async fn answer(State(inner): State<Arc<Inner>>, body: Bytes) -> (StatusCode, Vec<u8>) {
    let question: Json = serde_json::from_slice(&body).unwrap();
    let fault = inner.fault(question["method"].as_str().unwrap());
    match fault {
        Some(Fault::Down) => (StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
        Some(Fault::Refuses(_, words)) => (StatusCode::OK, refusal(words)),
        Some(Fault::Status(status)) => {
            (StatusCode::from_u16(status).unwrap(), refusal("this key may not ask"))
        }
        Some(Fault::OtherChain) => (StatusCode::OK, result(&json!("0x1"))),
        Some(Fault::StandsAt(number)) if question["method"] == "eth_blockNumber" => {
            (StatusCode::OK, result(&json!(format!("{number:#x}"))))
        }
        Some(Fault::StandsAt(number)) => {
            let mut question = question;
            question["params"][0] = json!(format!("{number:#x}"));
            (StatusCode::OK, inner.forward(question.to_string().into()).await)
        }
        Some(Fault::GoesAnotherWay) => {
            let mut answer: Json = serde_json::from_slice(&inner.forward(body).await).unwrap();
            if answer["result"].is_object() {
                answer["result"]["parentHash"] = json!(B256::repeat_byte(0xee));
            }
            (StatusCode::OK, answer.to_string().into_bytes())
        }
        Some(Fault::Answers(_, said)) => (StatusCode::OK, result(&json!(said))),
        Some(Fault::Unheard(_)) => {
            inner.forward(body).await;
            (StatusCode::BAD_GATEWAY, Vec::new())
        }
        Some(Fault::Hangs(_)) => {
            inner.forward(body).await;
            inner.stuck.notify_one();
            std::future::pending().await
        }
        Some(Fault::Swallows(_)) => {
            inner.stuck.notify_one();
            std::future::pending().await
        }
        None => (StatusCode::OK, inner.forward(body).await),
    }
}

fn refusal(words: &str) -> Vec<u8> {
    let error = json!({ "code": -32000, "message": words });
    json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string().into_bytes()
}

fn result(result: &Json) -> Vec<u8> {
    json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string().into_bytes()
}
