//! Publishing a channel, come what may: batches are kept until the relay has them, and are sent
//! again on the next session.

mod task;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::error::{ConnectError, PublishError};
use crate::options::PublishOptions;
use crate::outbox::{Draft, Outbox, Progress};
use crate::server::Server;
use task::Task;

/// Publishes one channel. When it is dropped, the session closes and the channel waits for a
/// publisher to take it over; [`Publisher::finish`] ends it.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use arena_client::{Draft, PublishOptions, Publisher, Server, unix_us};
///
/// let server: Server = "http://127.0.0.1:8000".parse()?;
/// let options = PublishOptions::new("match/1".parse()?, "json");
/// let mut publisher = Publisher::connect(&server, options).await?;
/// for turn in 0..10 {
///     let payload = format!(r#"{{"turn":{turn}}}"#);
///     let draft = Draft {
///         captured_us: unix_us(),
///         first_frame: turn,
///         frames: 1,
///         key: true,
///         payload: payload.as_bytes(),
///     };
///     publisher.send(draft).await?;
/// }
/// publisher.finish("done").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Publisher {
    shared: Arc<Shared>,
    progress: watch::Receiver<Progress>,
    /// The task that speaks with the relay; it ends when this is dropped.
    _task: JoinSet<()>,
}

/// What the publisher and its task have in common.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Tells the task that there is something to send.
    work: Notify,
    /// Tells the reading half of the task that the end was sent.
    ended: Notify,
    /// Tells the publisher that there is room, or that it is over.
    room: Notify,
}

#[derive(Debug)]
struct State {
    outbox: Outbox,
    /// How it went, once the task is over.
    outcome: Option<Result<(), PublishError>>,
}

impl Publisher {
    /// Opens the channel. The first failure is the answer; later ones are met with reconnecting.
    pub async fn connect(server: &Server, options: PublishOptions) -> Result<Self, ConnectError> {
        let connection = Connection::connect(server, options.transport).await?;
        let session = connection.publish(&options).await?;
        let mut outbox = Outbox::new(options.queue_len);
        outbox.welcome(session.welcome().epoch, session.welcome().next_seq);
        let (progress_to, progress) = watch::channel(outbox.progress());
        let state = Mutex::new(State { outbox, outcome: None });
        let (work, ended, room) = (Notify::new(), Notify::new(), Notify::new());
        let shared = Arc::new(Shared { state, work, ended, room });
        let task = Task::new(server.clone(), options, Arc::clone(&shared), progress_to);
        let mut tasks = JoinSet::new();
        tasks.spawn(task.run(session));
        Ok(Self { shared, progress, _task: tasks })
    }

    /// Hands over a batch and returns its number; waits while the queue is full. Safe to drop: then
    /// nothing was handed over.
    pub async fn send(&mut self, draft: Draft<'_>) -> Result<u64, PublishError> {
        loop {
            match self.try_send(draft) {
                Err(PublishError::Full) => self.shared.room.notified().await,
                done => return done,
            }
        }
    }

    /// Hands over a batch and returns its number, or [`PublishError::Full`] at once.
    ///
    /// The number may change when the relay has lost the channel: see [`Progress::renumbered`].
    pub fn try_send(&mut self, draft: Draft<'_>) -> Result<u64, PublishError> {
        if draft.payload.is_empty() {
            return Err(PublishError::Empty);
        }
        let mut state = self.shared.state();
        if let Some(Err(error)) = &state.outcome {
            return Err(error.clone());
        }
        if state.outbox.is_full() {
            return Err(PublishError::Full);
        }
        let seq = state.outbox.push(draft);
        drop(state);
        self.shared.work.notify_one();
        Ok(seq)
    }

    /// How far the relay has come, and how often it had to be reached again. Closes when the
    /// publisher gave up; the next call of `send` or `finish` says why.
    pub fn accepted(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Ends the channel for the reason given, and waits until the relay has everything.
    pub async fn finish(self, reason: &str) -> Result<Progress, PublishError> {
        self.shared.state().outbox.end(reason.to_owned());
        self.shared.work.notify_one();
        loop {
            if let Some(outcome) = &self.shared.state().outcome {
                return outcome.clone().map(|()| *self.progress.borrow());
            }
            self.shared.room.notified().await;
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
