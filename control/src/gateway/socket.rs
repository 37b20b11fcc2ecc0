//! The loop of one socket: notes, requests and time go in, texts go out.

use std::time::Duration;

use arena_protocol::Code;
use axum::extract::ws::{CloseFrame, Message as Frame};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use serde_json::json;

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
    Expired,
}

/// What is heard next.
enum Heard {
    Note(Option<Note>),
    Frame(Option<Result<Frame, axum::Error>>),
    Time,
}

/// What a socket is to its loop; a WebSocket, but for tests.
pub(super) trait Duplex:
    Stream<Item = Result<Frame, axum::Error>> + Sink<Frame, Error = axum::Error> + Unpin
{
}

impl<S> Duplex for S where
    S: Stream<Item = Result<Frame, axum::Error>> + Sink<Frame, Error = axum::Error> + Unpin
{
}

pub(super) async fn run(ctx: Ctx, mut socket: impl Duplex) {
    let mut session = Session::new(&ctx);
    let mut ping_at = ctx.clock.instant() + PING_EVERY;
    let mut pong_by = None;
    let end = loop {
        let wake = [Some(pong_by.unwrap_or(ping_at)), session.due_at()].into_iter().flatten().min();
        let heard = tokio::select! {
            biased;
            note = session.seat.notes.recv() => Heard::Note(note),
            frame = socket.next() => Heard::Frame(frame),
            () = ctx.clock.sleep_until(wake.unwrap_or(ping_at)) => Heard::Time,
        };
        let texts = match heard {
            Heard::Note(None) => break End::TooSlow,
            Heard::Note(Some(Note::TakenOver)) => break End::TakenOver,
            Heard::Note(Some(note)) => Box::pin(session.heard(note)).await,
            Heard::Frame(None | Some(Err(_)) | Some(Ok(Frame::Close(_)))) => break End::Gone,
            Heard::Frame(Some(Ok(frame))) => {
                // Whatever is said is a sign of life.
                pong_by = None;
                ping_at = ctx.clock.instant() + PING_EVERY;
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
                let now = ctx.clock.instant();
                if pong_by.is_some_and(|by| by <= now) {
                    break End::Silent;
                }
                if session.is_expired() {
                    break End::Expired;
                }
                let mut texts = session.due();
                if pong_by.is_none() && ping_at <= now {
                    pong_by = Some(now + PONG_WITHIN);
                    texts.push(ping(&ctx));
                }
                texts
            }
        };
        if !Box::pin(send(&ctx, &mut socket, texts)).await {
            break End::TooSlow;
        }
    };
    if let Some((code, reason)) = end.words() {
        let frame = Frame::Close(Some(CloseFrame { code, reason: reason.into() }));
        let _unless_it_reads_nothing = send_one(&ctx, &mut socket, frame).await;
    }
    drop(socket);
    // Whoever has come with another socket is not gone.
    if end != End::TakenOver {
        Box::pin(session.gone()).await;
    }
}

/// Whether everything left in time.
async fn send(ctx: &Ctx, socket: &mut impl Duplex, texts: Vec<String>) -> bool {
    for text in texts {
        if !send_one(ctx, socket, Frame::Text(text.into())).await {
            return false;
        }
    }
    true
}

async fn send_one(ctx: &Ctx, socket: &mut impl Duplex, frame: Frame) -> bool {
    let late = ctx.clock.sleep_until(ctx.clock.instant() + SEND_TIME);
    tokio::select! {
        biased;
        sent = socket.send(frame) => sent.is_ok(),
        () = late => false,
    }
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
            Self::Expired => (Code::BadToken, "the token has expired: log in again, then resume"),
            Self::TooSlow => (Code::TooSlow, "too slow: read what you are sent, then resume"),
            Self::TakenOver => (Code::Conflict, "the same identity has come with another socket"),
        };
        Some((code.websocket(), reason))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use tokio::sync::mpsc;
    use tokio::task::JoinSet;

    use super::*;
    use crate::Config;
    use crate::clock::{Clock as _, VirtualClock};
    use crate::random::Chance;
    use crate::store::Store;
    use crate::time::{At, Span};

    /// A client that says what it is told to say, and reads nothing.
    struct Deaf(mpsc::Receiver<Frame>);

    impl Stream for Deaf {
        type Item = Result<Frame, axum::Error>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_recv(cx).map(|frame| frame.map(Ok))
        }
    }

    impl Sink<Frame> for Deaf {
        type Error = axum::Error;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }

        fn start_send(self: Pin<&mut Self>, _: Frame) -> Result<(), Self::Error> {
            Ok(())
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_let_go_after_5_s() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", dir.path().join("a.db").display())).await;
        let clock = Arc::new(VirtualClock::at(At(1)));
        let timer = Arc::clone(&clock);
        let ctx = Ctx::open(store.unwrap(), timer, Chance::seeded(1), Config::default()).await;
        let ctx = ctx.unwrap();
        let (says, said) = mpsc::channel(1);
        let mut running = JoinSet::new();
        running.spawn(run(ctx.clone(), Deaf(said)));
        let asked = r#"{"id":"1","type":"state.get","data":{}}"#;
        says.send(Frame::Text(asked.into())).await.unwrap();
        let (mut gone, began) = (false, clock.now());
        while !gone {
            clock.advance(Span(500));
            gone =
                tokio::time::timeout(Duration::from_millis(20), running.join_next()).await.is_ok();
            assert!(clock.now().since(began) < Span::seconds(60), "it is waited for");
        }
        // The answer, and the close that says why.
        assert!(clock.now().since(began) >= Span::seconds(10));
        assert_eq!(ctx.hub.count(), 0);
    }
}
