//! Watching a channel, come what may: connects, resumes, puts in order, gives account.
//!
//! Everything happens within [`Watcher::next`]: who does not call it receives nothing, and the relay
//! treats him as a slow viewer.

use std::future::pending;
use std::time::Duration;

use arena_protocol::{FROM_THE_FIRST, FromRelay, GoAway};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::connection::Connection;
use crate::error::{ConnectError, Lost, WatchError};
use crate::follow::{Event, Follow};
use crate::options::WatchOptions;
use crate::server::Server;
use crate::session::Session;

/// A session that lasted so long was a good one: the next loss begins with short waits again.
pub(crate) const GOOD_AFTER: Duration = Duration::from_secs(10);
/// How long to go on trying to get what is missing of a channel that has ended.
const ENDED_PATIENCE: Duration = Duration::from_secs(10);

/// Watches one channel.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use arena_client::{Event, Server, WatchOptions, Watcher};
///
/// let server: Server = "http://127.0.0.1:8000".parse()?;
/// let mut watcher = Watcher::connect(&server, WatchOptions::new("match/1".parse()?)).await?;
/// while let Some(event) = watcher.next().await? {
///     match event {
///         Event::Batch(batch) => println!("{} {:?}", batch.header().seq, batch.payload()),
///         Event::Gap(gap) => println!("{} to {} will not come", gap.from, gap.to),
///         other => println!("{other:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Watcher {
    server: Server,
    options: WatchOptions,
    follow: Follow,
    session: Option<Session>,
    session_since: Instant,
    next_session: NextSession,
    backoff: Backoff,
    /// Since when there is no session.
    lost_since: Option<Instant>,
    /// The batch that is waited for, and until when.
    deadline: Option<(Option<u64>, Instant)>,
}

/// The session that will take the place of the one that is lost, or was asked to leave.
enum NextSession {
    None,
    At(Instant),
    Dialing(BoxFuture<'static, Result<Subscribed, ConnectError>>),
}

/// A session and what it was asked to begin behind.
struct Subscribed {
    session: Session,
    after: Option<u64>,
}

impl Watcher {
    /// Subscribes. The first failure is the answer; later ones are met with reconnecting.
    pub async fn connect(server: &Server, options: WatchOptions) -> Result<Self, ConnectError> {
        let mut watcher = Self {
            server: server.clone(),
            follow: Follow::new(options.delivery, options.after),
            options,
            session: None,
            session_since: Instant::now(),
            next_session: NextSession::None,
            backoff: Backoff::default(),
            lost_since: None,
            deadline: None,
        };
        let subscribed = watcher.dial().await?;
        watcher.begin(subscribed);
        Ok(watcher)
    }

    /// The next event; `None` when the channel's end was told. Safe to drop and call again.
    pub async fn next(&mut self) -> Result<Option<Event>, WatchError> {
        loop {
            if let Some(event) = self.follow.pop() {
                return Ok(Some(event));
            }
            if self.follow.is_over() {
                self.session = None;
                self.next_session = NextSession::None;
                return Ok(None);
            }
            let deadline = self.deadline();
            tokio::select! {
                biased;
                // The next session first, so that the old one is left as soon as it can be.
                dialed = self.next_session.ready() => match dialed {
                    None => self.next_session = NextSession::Dialing(self.dial()),
                    Some(Ok(subscribed)) => self.begin(subscribed),
                    Some(Err(error)) => self.failed(&error)?,
                },
                heard = recv(&mut self.session) => match heard {
                    Ok(FromRelay::GoAway(go_away)) => self.leave(&go_away),
                    Ok(message) => self.follow.heard(message),
                    Err(lost) => self.lost(lost)?,
                },
                () = sleep_until(deadline) => self.follow.give_up(),
            }
        }
    }

    /// The present session's welcome, if there is a session.
    pub fn welcome(&self) -> Option<&arena_protocol::Welcome> {
        self.session.as_ref().map(Session::welcome)
    }

    fn dial(&self) -> BoxFuture<'static, Result<Subscribed, ConnectError>> {
        let server = self.server.clone();
        let mut options = WatchOptions { after: self.follow.after(), ..self.options.clone() };
        let epoch = self.follow.epoch();
        let dialing = async move {
            let connection = Connection::connect(&server, options.transport).await?;
            let session = connection.watch(&options).await?;
            let same_life = epoch.is_none_or(|epoch| epoch == session.welcome().epoch);
            if same_life || options.after == Some(FROM_THE_FIRST) {
                return Ok(Subscribed { session, after: options.after });
            }
            // Another life than the one that was watched: that number means nothing there.
            drop(session);
            options.after = Some(FROM_THE_FIRST);
            let connection = match connection.has_room() {
                true => connection,
                false => Connection::connect(&server, options.transport).await?,
            };
            let session = connection.watch(&options).await?;
            Ok(Subscribed { session, after: options.after })
        };
        let patience_left = self.patience().saturating_sub(self.without_session());
        Box::pin(async move {
            let dialed = tokio::time::timeout(patience_left, dialing).await;
            dialed.unwrap_or(Err(ConnectError::TimedOut(patience_left)))
        })
    }

    fn begin(&mut self, Subscribed { session, after }: Subscribed) {
        self.follow.welcome(session.welcome(), after);
        self.session = Some(session);
        self.session_since = Instant::now();
        self.next_session = NextSession::None;
        self.lost_since = None;
    }

    /// The session goes on until the next one has begun.
    fn leave(&mut self, go_away: &GoAway) {
        tracing::debug!(channel = %self.options.channel, after_ms = go_away.after_ms, "asked to leave");
        if let Some(url) = &go_away.url {
            match self.server.redirected(url) {
                Ok(server) => self.server = server,
                Err(error) => tracing::debug!(%error, "sent to where nobody can go"),
            }
        }
        let after = Duration::from_millis(go_away.after_ms.into());
        self.next_session = NextSession::At(Instant::now() + after);
    }

    fn lost(&mut self, lost: Lost) -> Result<(), WatchError> {
        if self.session_since.elapsed() >= GOOD_AFTER {
            self.backoff.reset();
        }
        // A relay that started anew has another certificate.
        self.server.forget();
        self.session = None;
        self.lost_since = Some(Instant::now());
        if self.follow.is_ending() && !self.follow.is_reliable() {
            self.follow.give_up();
            return Ok(());
        }
        self.again(&lost.into())
    }

    fn failed(&mut self, error: &ConnectError) -> Result<(), WatchError> {
        if self.session.is_some() {
            // The old one still delivers; there is time.
            tracing::debug!(%error, "failed to move to another session");
            let delay = self.backoff.next(&mut rand::rng());
            self.next_session = NextSession::At(Instant::now() + delay);
            return Ok(());
        }
        self.again(error)
    }

    /// There is no session: try again, unless that is in vain.
    fn again(&mut self, error: &ConnectError) -> Result<(), WatchError> {
        tracing::debug!(channel = %self.options.channel, %error, "no session");
        let given_up = match error.final_refusal() {
            Some(refused) => Some(WatchError::Refused(refused.clone())),
            None if self.without_session() >= self.patience() => {
                let after = self.without_session();
                Some(WatchError::OutOfPatience { after, last: error.clone() })
            }
            None => None,
        };
        if let Some(given_up) = given_up {
            self.next_session = NextSession::None;
            if self.follow.is_ending() {
                self.follow.give_up();
                return Ok(());
            }
            return Err(given_up);
        }
        let delay = self.backoff.next(&mut rand::rng());
        let attempt = self.backoff.attempts();
        self.follow.tell(Event::Reconnecting { attempt, delay, reason: error.to_string() });
        self.next_session = NextSession::At(Instant::now() + delay);
        Ok(())
    }

    fn patience(&self) -> Duration {
        match self.follow.is_ending() {
            true => self.options.patience.min(ENDED_PATIENCE),
            false => self.options.patience,
        }
    }

    fn without_session(&self) -> Duration {
        self.lost_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Until when the batch that is missing is waited for. Without a session nothing can come, and
    /// the next one may bring it.
    fn deadline(&mut self) -> Option<Instant> {
        let Some((next, wait)) = self.follow.waits_for().filter(|_| self.session.is_some()) else {
            self.deadline = None;
            return None;
        };
        let same = self.deadline.filter(|(waited_for, _)| *waited_for == next);
        Some(self.deadline.insert(same.unwrap_or_else(|| (next, Instant::now() + wait))).1)
    }
}

impl NextSession {
    /// `None`: it is time to dial.
    async fn ready(&mut self) -> Option<Result<Subscribed, ConnectError>> {
        match self {
            Self::None => pending().await,
            Self::At(at) => {
                tokio::time::sleep_until(*at).await;
                None
            }
            Self::Dialing(dialing) => Some(dialing.await),
        }
    }
}

impl std::fmt::Debug for NextSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::At(_) => "At",
            Self::Dialing(_) => "Dialing",
        })
    }
}

async fn recv(session: &mut Option<Session>) -> Result<FromRelay, Lost> {
    match session {
        Some(session) => session.recv().await,
        None => pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => pending().await,
    }
}
