//! The publisher's task: one session after the other, until everything is there or all is in vain.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use arena_protocol::{Code, FromClient, FromRelay, GoAway};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Shared;
use crate::backoff::Backoff;
use crate::connection::Connection;
use crate::error::{ConnectError, Lost, PublishError};
use crate::options::PublishOptions;
use crate::outbox::{Next, Progress};
use crate::server::Server;
use crate::session::{Receiver, Sender, Session};
use crate::watcher::GOOD_AFTER;

/// How long a relay may take to say why it takes no more, and to close when it has everything.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Task {
    server: Server,
    options: PublishOptions,
    shared: Arc<Shared>,
    progress: watch::Sender<Progress>,
    backoff: Backoff,
}

/// Why a session is over.
enum Over {
    /// The relay has everything, the end included.
    Done,
    Left,
    Lost(Lost),
}

impl Task {
    pub(super) fn new(
        server: Server,
        options: PublishOptions,
        shared: Arc<Shared>,
        progress: watch::Sender<Progress>,
    ) -> Self {
        // Only the first session may begin a new life.
        let options = PublishOptions { resume: true, ..options };
        Self { server, options, shared, progress, backoff: Backoff::default() }
    }

    pub(super) async fn run(mut self, first: Session) {
        let outcome = self.sessions(first).await;
        if let Err(error) = &outcome {
            tracing::debug!(channel = %self.options.channel, %error, "gave up publishing");
        }
        self.shared.state().outcome = Some(outcome);
        self.shared.room.notify_one();
    }

    async fn sessions(&mut self, first: Session) -> Result<(), PublishError> {
        let mut session = first;
        loop {
            let since = Instant::now();
            match self.serve(session).await {
                Over::Done => return Ok(()),
                Over::Left => session = self.reach(None).await?,
                Over::Lost(lost) => {
                    if since.elapsed() >= GOOD_AFTER {
                        self.backoff.reset();
                    }
                    // A relay that started anew has another certificate.
                    self.server.forget();
                    // Who was replaced would only replace the other one in turn.
                    if let Lost::Refused(refused) = &lost
                        && refused.code() == Some(Code::Conflict)
                    {
                        return Err(PublishError::Refused(refused.clone()));
                    }
                    session = self.reach(Some(lost.into())).await?;
                }
            }
            let welcome = session.welcome();
            let mut state = self.shared.state();
            state.outbox.welcome(welcome.epoch, welcome.next_seq);
            self.progress.send_replace(state.outbox.progress());
            drop(state);
            self.shared.room.notify_one();
        }
    }

    /// The next session; at once, unless something went wrong before.
    async fn reach(&mut self, failure: Option<ConnectError>) -> Result<Session, PublishError> {
        let since = Instant::now();
        let mut failure = failure;
        loop {
            if let Some(last) = failure {
                tracing::debug!(channel = %self.options.channel, error = %last, "no session");
                if let Some(refused) = last.final_refusal() {
                    return Err(PublishError::Refused(refused.clone()));
                }
                if since.elapsed() >= self.options.patience {
                    return Err(PublishError::OutOfPatience { after: since.elapsed(), last });
                }
                let delay = self.backoff.next(&mut rand::rng());
                tokio::time::sleep(delay).await;
            }
            let left = self.options.patience.saturating_sub(since.elapsed());
            let opened = tokio::time::timeout(left, self.open()).await;
            match opened.unwrap_or(Err(ConnectError::TimedOut(left))) {
                Ok(session) => return Ok(session),
                Err(error) => failure = Some(error),
            }
        }
    }

    async fn open(&self) -> Result<Session, ConnectError> {
        let connection = Connection::connect(&self.server, self.options.transport).await?;
        connection.publish(&self.options).await
    }

    async fn serve(&mut self, session: Session) -> Over {
        let (mut sender, mut receiver) = session.split();
        let shared = Arc::clone(&self.shared);
        let unsent = tokio::select! {
            biased;
            over = self.read(&mut receiver) => return over,
            unsent = write(&shared, &mut sender) => unsent,
        };
        // The relay takes no more; it may have said why.
        match tokio::time::timeout(LAST_WORDS, self.read(&mut receiver)).await {
            Ok(Over::Lost(lost @ Lost::Refused(_))) => Over::Lost(lost),
            Ok(Over::Done) => Over::Done,
            Ok(Over::Left | Over::Lost(_)) | Err(_) => Over::Lost(unsent),
        }
    }

    async fn read(&mut self, receiver: &mut Receiver) -> Over {
        let mut leave_at = None;
        loop {
            let done = self.shared.state().outbox.is_done();
            tokio::select! {
                biased;
                heard = receiver.recv() => match heard {
                    Ok(FromRelay::Accepted(accepted)) => {
                        let mut state = self.shared.state();
                        state.outbox.accepted(accepted);
                        self.progress.send_replace(state.outbox.progress());
                        drop(state);
                        self.shared.room.notify_one();
                    }
                    Ok(FromRelay::GoAway(go_away)) => leave_at = Some(self.leave_at(&go_away)),
                    Ok(_) => {}
                    // It may also have closed because it has everything.
                    Err(_) if self.shared.state().outbox.is_done() => return Over::Done,
                    Err(lost) => return Over::Lost(lost),
                },
                () = self.shared.ended.notified() => {}
                () = sleep_until(leave_at), if !done => return Over::Left,
                // The relay closes when it has read the end; the rest is courtesy.
                () = tokio::time::sleep(LAST_WORDS), if done => return Over::Done,
            }
        }
    }

    fn leave_at(&mut self, go_away: &GoAway) -> Instant {
        if let Some(url) = &go_away.url {
            match self.server.redirected(url) {
                Ok(server) => self.server = server,
                Err(error) => tracing::debug!(%error, "sent to where nobody can go"),
            }
        }
        Instant::now() + Duration::from_millis(go_away.after_ms.into())
    }
}

/// Sends whatever there is, until the relay takes no more.
async fn write(shared: &Shared, sender: &mut Sender) -> Lost {
    loop {
        let next = shared.state().outbox.next();
        let sent = match next {
            Next::Batch(batch) => sender.send(&FromClient::Batch(batch).encode()).await,
            Next::End(reason) => match sender.send(&FromClient::End(reason).encode()).await {
                Ok(()) => {
                    shared.ended.notify_one();
                    sender.finish().await
                }
                Err(lost) => Err(lost),
            },
            Next::Nothing => {
                let flushed = sender.flush().await;
                if flushed.is_ok() {
                    shared.work.notified().await;
                }
                flushed
            }
        };
        if let Err(lost) = sent {
            return lost;
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => pending().await,
    }
}
