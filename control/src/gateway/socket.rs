//! The loop of one socket: notes, requests and time go in, texts go out.

use std::time::Duration;

use arena_protocol::Code;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket};
use serde_json::json;
use tokio::time::Instant;

use super::hub::Note;
use super::session::Session;
use crate::context::Ctx;

/// Between pings, and how long an answer may take: whoever is dead is found within 20 s.
const PING_EVERY: Duration = Duration::from_secs(15);
const PONG_WITHIN: Duration = Duration::from_secs(5);
/// How long a text may wait for the client to read.
const SEND_TIME: Duration = Duration::from_secs(5);

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Gone,
    Silent,
    TooSlow,
    TakenOver,
}

/// What is heard next.
enum Heard {
    Note(Option<Note>),
    Frame(Option<Result<Frame, axum::Error>>),
    Time,
}

pub(super) async fn run(ctx: Ctx, mut socket: WebSocket) {
    let mut session = Session::new(&ctx);
    let mut ping_at = Instant::now() + PING_EVERY;
    let mut pong_by = None;
    let end = loop {
        let wake = [Some(pong_by.unwrap_or(ping_at)), session.due_at()].into_iter().flatten().min();
        let heard = tokio::select! {
            biased;
            note = session.seat.notes.recv() => Heard::Note(note),
            frame = socket.recv() => Heard::Frame(frame),
            () = tokio::time::sleep_until(wake.unwrap_or(ping_at)) => Heard::Time,
        };
        let texts = match heard {
            Heard::Note(None) => break End::TooSlow,
            Heard::Note(Some(Note::TakenOver)) => break End::TakenOver,
            Heard::Note(Some(note)) => Box::pin(session.heard(note)).await,
            Heard::Frame(None | Some(Err(_)) | Some(Ok(Frame::Close(_)))) => break End::Gone,
            Heard::Frame(Some(Ok(frame))) => {
                // Whatever is said is a sign of life.
                pong_by = None;
                ping_at = Instant::now() + PING_EVERY;
                match frame {
                    Frame::Text(text) => Box::pin(session.asked(&text)).await,
                    Frame::Binary(bytes) => match std::str::from_utf8(&bytes) {
                        Ok(text) => Box::pin(session.asked(text)).await,
                        Err(_no_text) => Box::pin(session.asked("")).await,
                    },
                    Frame::Ping(_) | Frame::Pong(_) | Frame::Close(_) => Vec::new(),
                }
            }
            Heard::Time => {
                let now = Instant::now();
                if pong_by.is_some_and(|by| by <= now) {
                    break End::Silent;
                }
                let mut texts = session.due();
                if pong_by.is_none() && ping_at <= now {
                    pong_by = Some(now + PONG_WITHIN);
                    texts.push(ping(&ctx));
                }
                texts
            }
        };
        if !Box::pin(send(&mut socket, texts)).await {
            break End::TooSlow;
        }
    };
    if let Some((code, reason)) = end.words() {
        let frame = Frame::Close(Some(CloseFrame { code, reason: reason.into() }));
        let _unless_it_reads_nothing = tokio::time::timeout(SEND_TIME, socket.send(frame)).await;
    }
    drop(socket);
    // Whoever has come with another socket is not gone.
    if end != End::TakenOver {
        Box::pin(session.gone()).await;
    }
}

/// Whether everything left in time.
async fn send(socket: &mut WebSocket, texts: Vec<String>) -> bool {
    for text in texts {
        let sent = tokio::time::timeout(SEND_TIME, socket.send(Frame::Text(text.into()))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return false;
        }
    }
    true
}

fn ping(ctx: &Ctx) -> String {
    let now = ctx.clock.now().0;
    json!({ "type": "ping", "id": format!("ping-{now}"), "ts": now, "data": {} }).to_string()
}

impl End {
    /// The code and the reason of the close, by the registry that every transport uses.
    fn words(self) -> Option<(u16, &'static str)> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::Silent => (Code::Timeout, "no answer to a ping within 5 s"),
            Self::TooSlow => (Code::TooSlow, "too slow: read what you are sent, then resume"),
            Self::TakenOver => (Code::Conflict, "the same identity has come with another socket"),
        };
        Some((code.websocket(), reason))
    }
}
