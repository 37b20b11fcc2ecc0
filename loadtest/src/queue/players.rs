//! Those who join, those who wait for a match, and those who ask at the end.
//!
//! A join leaves when it was meant to, or as soon as one of the connections is free after that;
//! what it waited for one counts as its latency. What breaks under way is not sent again, so that
//! nothing is joined twice behind our back.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use hyper::{Method, StatusCode};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};

use super::arguments::{Notice, Pace};
use super::book::{Book, Status, Ticket};
use super::http::{Answer, Ask, Connection, Place};
use crate::shared::{Shared, add};

pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(10);
/// For so long the arena is asked to hold an answer back; it may take longer to give it.
const LONG_POLL_S: u64 = 25;
/// Between two questions that got no further.
const PAUSE: Duration = Duration::from_millis(100);
/// At the end everybody is asked for so often, if there is no answer.
const LOOKS_MAX: u32 = 3;

/// What came of asking for an entry.
enum Look {
    Found(Ticket),
    /// The arena does not know it.
    Missing,
    NoWord,
}

/// What all of them share.
pub(crate) struct Players<'a> {
    pub(crate) book: &'a Book,
    pub(crate) shared: &'a Shared,
}

/// Does it for each number, over all connections at once.
pub(crate) async fn each(
    numbers: std::ops::Range<usize>,
    connections: &mut [Connection],
    act: impl AsyncFn(usize, &mut Connection),
) {
    let next = Cell::new(numbers.start);
    let workers = connections.iter_mut().map(async |connection| {
        while next.get() < numbers.end {
            let at = next.replace(next.get() + 1);
            act(at, connection).await;
        }
    });
    join_all(workers).await;
}

impl Players<'_> {
    /// Everybody of these numbers joins; who has to wait is told to `waiting`.
    pub(crate) async fn join(
        &self,
        numbers: std::ops::Range<usize>,
        pace: Pace,
        connections: &mut [Connection],
        waiting: &mpsc::Sender<usize>,
    ) {
        let (first, start_us) = (numbers.start, self.shared.clock.now_us());
        each(numbers, connections, async |at, connection| {
            let meant_us = match pace {
                Pace::Closed => self.shared.clock.now_us(),
                Pace::Open { rate } => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "saturates"
                    )]
                    let after_us = ((at - first) as f64 * 1e6 / rate) as u64;
                    start_us + after_us
                }
            };
            // Even for what is due a timer takes its millisecond.
            if meant_us > self.shared.clock.now_us() {
                sleep_until(self.shared.clock.instant(meant_us).into()).await;
            }
            self.join_one(at, meant_us, connection).await;
            if self.book.status(at) == Some(Status::Waiting) {
                // It holds as many as can join.
                let _nobody_waits = waiting.try_send(at);
            }
        })
        .await;
    }

    async fn join_one(&self, at: usize, meant_us: u64, connection: &mut Connection) {
        // Nothing is sent yet: whoever looks out for the arena decides how long this goes on.
        while let Err(error) = connection.open().await {
            self.book.erred(error.to_string());
            sleep(PAUSE).await;
        }
        self.book.sends(at, meant_us, self.shared.clock.now_us());
        let body = self.book.join(at);
        let ask = Ask { method: Method::POST, path: "/queue/join", body, time: ANSWER_TIME };
        let answer = match connection.ask(ask).await {
            Ok(answer) => answer,
            Err(error) => {
                self.book.erred(format!("join: {error}"));
                // An arena that is going down does not take all that is left with it.
                return sleep(PAUSE).await;
            }
        };
        let now_us = self.shared.clock.now_us();
        add(&self.shared.delivered, 1);
        match self.read("join", &answer) {
            Some(ticket) => self.book.joined(at, ticket, now_us),
            None => self.book.refused(at, now_us),
        }
    }

    /// Waits with everybody it is told of, until nobody is told any more and all have a match.
    pub(crate) async fn wait(
        &self,
        how: Notice,
        place: &Arc<Place>,
        at_once: usize,
        told: &mut mpsc::Receiver<usize>,
    ) {
        let mut idle: Vec<Connection> = Vec::new();
        let mut watching = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(connection) = watching.next() => idle.push(connection),
                Some(at) = told.recv(), if watching.len() < at_once => {
                    let connection = idle.pop().unwrap_or_else(|| Connection::new(place));
                    watching.push(self.watch(at, how, connection));
                }
                else => return,
            }
        }
    }

    async fn watch(&self, at: usize, how: Notice, mut connection: Connection) -> Connection {
        let id = self.book.queue_id(at);
        let path = match how {
            Notice::LongPoll => format!("/queue/{id}?wait={LONG_POLL_S}"),
            Notice::Poll => format!("/queue/{id}"),
            Notice::None => return connection,
        };
        loop {
            match self.look(&path, &mut connection).await {
                Look::Found(ticket) => {
                    self.book.seen(at, ticket, self.shared.clock.now_us());
                }
                Look::Missing => self.book.missing(at),
                Look::NoWord => {}
            }
            if self.book.status(at) != Some(Status::Waiting) {
                return connection;
            }
            // Also where an arena does not know long polls, and answers at once.
            sleep(PAUSE).await;
        }
    }

    /// Asks for everybody once more: this is what the arena is judged by.
    pub(crate) async fn ask_for_all(&self, connections: &mut [Connection], len: usize) {
        each(0..len, connections, async |at, connection| {
            let id = self.book.queue_id(at);
            if id.is_empty() {
                return;
            }
            let path = format!("/queue/{id}");
            for _ in 0..LOOKS_MAX {
                match self.look(&path, connection).await {
                    Look::Found(ticket) => return self.book.seen_at_end(at, ticket),
                    Look::Missing => return self.book.missing(at),
                    Look::NoWord => sleep(PAUSE).await,
                }
            }
        })
        .await;
    }

    /// Nobody who stays behind meets those who come after this run.
    pub(crate) async fn leave(&self, connections: &mut [Connection], len: usize) {
        each(0..len, connections, async |at, connection| {
            if self.book.status(at) != Some(Status::Waiting) {
                return;
            }
            let path = format!("/queue/{}", self.book.queue_id(at));
            let ask =
                Ask { method: Method::DELETE, path: &path, body: String::new(), time: ANSWER_TIME };
            if let Err(error) = connection.ask(ask).await {
                self.book.erred(format!("leave: {error}"));
            }
        })
        .await;
    }

    async fn look(&self, path: &str, connection: &mut Connection) -> Look {
        let time = ANSWER_TIME + Duration::from_secs(LONG_POLL_S);
        let ask = Ask { method: Method::GET, path, body: String::new(), time };
        let answer = match connection.ask(ask).await {
            Ok(answer) => answer,
            Err(error) => {
                self.book.erred(format!("look: {error}"));
                return Look::NoWord;
            }
        };
        add(&self.shared.delivered, 1);
        match self.read("look", &answer) {
            Some(ticket) => Look::Found(ticket),
            None if answer.status == StatusCode::NOT_FOUND => Look::Missing,
            None => Look::NoWord,
        }
    }

    fn read(&self, what: &str, answer: &Answer) -> Option<Ticket> {
        if !answer.status.is_success() {
            self.book.erred(format!("{what}: {}", answer.status.as_u16()));
            return None;
        }
        let read = serde_json::from_slice(&answer.body);
        if read.is_err() {
            self.book.erred(format!("{what}: an answer that makes no sense"));
        }
        read.ok()
    }
}
