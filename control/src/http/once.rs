//! `Idempotency-Key`: whoever does not know whether a request was done asks again with the same
//! key, and it is done once.
//!
//! A request with a key is run as a whole within one work of the store (`store/within.rs`): what
//! its handler writes, however many services it passes through, and the answer that the handler
//! makes are committed together. So a process that is killed leaves both or neither: whoever asks
//! again is given the very bytes, or it is done now for the first time. There is no moment at
//! which something has been done and its answer is not known, hence no third state to mend.
//!
//! - Only answers that say that something was done are kept, for 24 h. A refusal undoes whatever
//!   its handler wrote, so nothing was done, and the same key may be tried again: the reason may
//!   have passed.
//! - A key is its holder's: an identity (with what its API key may do), a `queue_id` in the body,
//!   or else an address. Nobody is handed somebody else's answer for having guessed a key.
//! - Of two with the same key at once, one is told to come back. Within a process a set knows,
//!   between processes a lock of the database's; the row decides, whatever they say.
//!
//! A route opts in with `.layer(once(&ctx))`. Its handler must not wait for anything but the
//! store: on SQLite, everybody who writes waits for it.

mod key;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

pub(crate) use self::key::Asked;
use super::extract;
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::error::Problem;
use crate::store::{self, Tx, answers as rows, deadlines};
use crate::time::{At, Span};

/// The header that brings the key.
pub(crate) const KEY: &str = "idempotency-key";
/// Says that an answer is one that was given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const KEPT_FOR: Span = Span::seconds(86_400);
/// Answers that end within the same minute are forgotten together.
const MINUTE: i64 = 60_000;
/// Bytes of an answer; those of our handlers are far shorter.
const ANSWER_LEN_MAX: usize = 256 * 1024;
/// Whoever holds the one writer for longer is undone.
const HANDLER_TIME: Duration = Duration::from_secs(2);

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why nothing was kept.
enum Undone {
    /// The handler's own refusal.
    Refused(Response),
    /// The key stands for another request.
    Reused,
    /// Another process is at it.
    UnderWay,
    Store(store::Error),
}

/// What runs a handler once for each key.
pub(crate) async fn once(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    answer(&ctx, request, next).await.unwrap_or_else(|problem| problem.into_response())
}

async fn answer(ctx: &Ctx, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let body = extract::body(Request::from_parts(parts.clone(), body), &()).await?;
    let asked = Asked::read(ctx, &mut parts, &body).await?;
    let busy = || {
        let detail = "a request with this key is under way: ask again for its answer";
        Problem::conflict("in_flight", detail).retry_after(1)
    };
    let _under_way = ctx.under_way.begin(&asked.key).ok_or_else(busy)?;
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| run(tx, &asked, (&parts, &body), next.clone(), now).await;
    match ctx.store.write(work).await {
        Ok(response) | Err(Undone::Refused(response)) => Ok(response),
        Err(Undone::UnderWay) => Err(busy()),
        Err(Undone::Reused) => {
            let detail = "this Idempotency-Key stands for another request: take a new one";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail))
        }
        Err(Undone::Store(error)) => Err(error.into()),
    }
}

async fn run(
    tx: &mut Tx,
    asked: &Asked,
    (parts, body): (&Parts, &Bytes),
    next: Next,
    now: At,
) -> Result<Response, Undone> {
    if !tx.try_lock(asked.lock()).await? {
        return Err(Undone::UnderWay);
    }
    if let Some((request, kept)) = rows::find(tx, &asked.key, now).await? {
        return if request == asked.request { Ok(kept.again()) } else { Err(Undone::Reused) };
    }
    let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let answered = tokio::time::timeout(HANDLER_TIME, tx.host(next.run(request))).await;
    let late = |_elapsed| Undone::Store(store::Error::Contended);
    let (head, body) = answered.map_err(late)?.into_parts();
    let body = to_bytes(body, ANSWER_LEN_MAX).await.map_err(|error| {
        tracing::error!(%error, "an answer cannot be kept");
        Undone::Refused(Problem::fault().into_response())
    })?;
    if !head.status.is_success() {
        return Err(Undone::Refused(Response::from_parts(head, Body::from(body))));
    }
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let answer = Answer {
        status: head.status.as_u16(),
        content_type: content_type.map(str::to_owned),
        body: body.to_vec(),
    };
    let until = now + KEPT_FOR;
    rows::keep(tx, asked, &answer, until);
    let minute = until.0.div_euclid(MINUTE) + 1;
    deadlines::set(tx, Kind::Answers, &minute.to_string(), At(minute.saturating_mul(MINUTE)));
    Ok(Response::from_parts(head, Body::from(body)))
}

/// The time of answers is over.
pub(crate) async fn forget(tx: &mut Tx, now: At) -> Result<(), store::Error> {
    if rows::forget(tx, now).await? == rows::CHUNK {
        // There may be more; others write in between.
        deadlines::set(tx, Kind::Answers, "more", now);
    }
    Ok(())
}

impl Answer {
    fn again(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let kind = self.content_type.and_then(|kind| HeaderValue::try_from(kind).ok());
        headers.extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
        response
    }
}

impl From<store::Error> for Undone {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// The keys whose requests are under way in this process.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<HashSet<String>>);

/// One of them, until it is over.
struct Begun<'a> {
    all: &'a UnderWay,
    key: String,
}

impl UnderWay {
    fn begin(&self, key: &str) -> Option<Begun<'_>> {
        let begun = self.lock().insert(key.to_owned());
        begun.then(|| Begun { all: self, key: key.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.all.lock().remove(&self.key);
    }
}
