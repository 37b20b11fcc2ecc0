//! Whole runs against small arenas of one fault each.

use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::arguments::{Job, Notice, Pace};
use super::http::Place;
use super::report::Report;
use super::run;
use crate::process::Process;
use crate::progress::Progress;

#[tokio::test]
async fn an_arena_that_pairs_everybody_once_passes() {
    let report = report(Fault::None, |job| job).await;
    assert!(report.complete, "{:?}", report.notes);
    let counts = (
        report.verdict.joins,
        report.verdict.matched,
        report.verdict.waiting,
        report.verdict.matches,
    );
    assert_eq!(counts, (201, 200, 1, 100), "the odd one waits");
    assert_eq!(report.join_us.map(|us| us.p50 > 0), Some(true));
    assert!(report.errors.is_empty(), "{:?}", report.errors);
}

#[tokio::test]
async fn joins_at_a_rate_take_the_time_that_was_meant() {
    let rate = 1000.0;
    let report = report(Fault::None, |job| Job { pace: Pace::Open { rate }, ..job }).await;
    assert!(report.complete, "{:?}", report.notes);
    assert!(report.seconds >= 0.19 && report.joins_per_s <= 1100.0, "{report:?}");
}

#[tokio::test]
async fn without_notices_everybody_is_asked_for_at_the_end_alone() {
    let report = report(Fault::None, |job| Job { notice: Notice::None, ..job }).await;
    assert!(report.complete, "{:?}", report.notes);
    assert_eq!((report.notice_us, report.looks), (None, 0));
}

#[tokio::test]
async fn old_rows_are_in_the_queue_before_anything_is_measured() {
    let report = report(Fault::None, |job| Job { old_rows: 50, ..job }).await;
    assert!(report.complete && report.verdict.joins == 201, "{:?}", report.notes);
    assert!(report.notes.iter().any(|note| note.contains("took no results")));
}

#[tokio::test]
async fn every_fault_of_an_arena_is_found() {
    let table = [
        (Fault::BooksTwice, "more than one match"),
        (Fault::Forgets, "lost"),
        (Fault::Refuses, "refused"),
        (Fault::HangsUp, "not answered"),
        (Fault::MakesNoSense, "refused"),
        (Fault::PairsNobody, "could have met"),
    ];
    for (fault, part) in table {
        let report = report(fault, |job| Job { notice: Notice::None, joins: 60, ..job }).await;
        assert!(!report.complete, "{fault:?}");
        assert!(report.notes.iter().any(|note| note.contains(part)), "{fault:?}: {report:?}");
    }
}

#[tokio::test]
async fn an_arena_that_dies_leaves_partial_figures() {
    let child = Command::new("/bin/sleep").arg("600").spawn().unwrap();
    let process = Process::new(child.id()).unwrap();
    let fault = Fault::Dies;
    let report = report_of(fault, Some(child), |job| Job { process: Some(process), ..job }).await;
    assert!(!report.complete && report.notes[0].contains("died"), "{:?}", report.notes);
    assert!(report.verdict.joins >= 100 && report.verdict.joins < 201, "{report:?}");
}

#[tokio::test]
async fn an_arena_that_is_not_there_has_no_figures() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = run(&job(address), &Progress::new()).await.unwrap_err();
    assert!(format!("{error:#}").contains("failed to connect"));
}

fn job(address: SocketAddr) -> Job {
    Job {
        place: Place { address, host: address.to_string() },
        pace: Pace::Closed,
        joins: 201,
        warm_up: 0,
        at_once: 8,
        ramp: 1e6,
        old_rows: 0,
        notice: Notice::LongPoll,
        gateway: 0,
        process: None,
    }
}

async fn report(fault: Fault, change: impl FnOnce(Job) -> Job) -> Report {
    report_of(fault, None, change).await
}

async fn report_of(fault: Fault, child: Option<Child>, change: impl FnOnce(Job) -> Job) -> Report {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let arena = Arc::new(Mutex::new(Arena { fault, rows: Vec::new(), child }));
    let mut serving = JoinSet::new();
    serving.spawn(serve(listener, arena));
    run(&change(job(address)), &Progress::new()).await.unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Who waits is claimed again by the next one who joins.
    BooksTwice,
    /// Knows nothing of one entry.
    Forgets,
    Refuses,
    /// Takes one join, and closes the connection.
    HangsUp,
    MakesNoSense,
    PairsNobody,
    /// Its process ends at the hundredth join.
    Dies,
}

struct Arena {
    fault: Fault,
    rows: Vec<Row>,
    child: Option<Child>,
}

struct Row {
    code: String,
    /// Of the match, and who is met there.
    met: Option<(usize, usize)>,
}

async fn serve(listener: TcpListener, arena: Arc<Mutex<Arena>>) {
    let mut connections = JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let arena = Arc::clone(&arena);
        let service = service_fn(move |request| answer(request, Arc::clone(&arena)));
        connections.spawn(async move {
            let http = hyper::server::conn::http1::Builder::new();
            let _over = http.serve_connection(TokioIo::new(tcp), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    arena: Arc<Mutex<Arena>>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut arena = arena.lock().unwrap_or_else(PoisonError::into_inner);
    let path = head.uri.path();
    let answered = match (head.method, path.strip_prefix("/queue/")) {
        (Method::POST, Some("join")) => {
            arena.join(&serde_json::from_slice(&body).unwrap_or_default())
        }
        (Method::GET, Some(id)) => Ok(arena.look(id)),
        (Method::DELETE, Some(_)) => Ok((StatusCode::OK, json!({ "success": true }))),
        _ => Ok((StatusCode::NOT_FOUND, Json::Null)),
    };
    // An error closes the connection without an answer.
    let (status, body) = answered.map_err(|Closed| std::io::Error::other("closed"))?;
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    Ok(response)
}

struct Closed;

impl Arena {
    fn join(&mut self, asked: &Json) -> Result<(StatusCode, Json), Closed> {
        let id = self.rows.len();
        match self.fault {
            Fault::Refuses if id == 10 => {
                self.rows.push(Row { code: String::new(), met: Some((0, 0)) });
                return Ok((StatusCode::TOO_MANY_REQUESTS, Json::Null));
            }
            Fault::HangsUp if id == 10 => {
                self.rows.push(Row { code: String::new(), met: Some((0, 0)) });
                return Err(Closed);
            }
            Fault::MakesNoSense => return Ok((StatusCode::OK, json!({ "status": "maybe" }))),
            Fault::Dies if id == 100 => {
                if let Some(mut child) = self.child.take() {
                    child.kill().unwrap();
                    child.wait().unwrap();
                }
            }
            Fault::None
            | Fault::BooksTwice
            | Fault::Forgets
            | Fault::Refuses
            | Fault::HangsUp
            | Fault::PairsNobody
            | Fault::Dies => {}
        }
        if self.fault == Fault::Dies && self.child.is_none() {
            return Err(Closed);
        }
        let code = asked["connect_code"].as_str().unwrap_or_default().to_owned();
        let free = |row: &Row| row.met.is_none();
        let other = match self.fault {
            Fault::PairsNobody => None,
            Fault::BooksTwice if id == 9 => {
                self.rows[..8].iter().rposition(|row| row.met.is_some())
            }
            Fault::None
            | Fault::BooksTwice
            | Fault::Forgets
            | Fault::Refuses
            | Fault::HangsUp
            | Fault::MakesNoSense
            | Fault::Dies => self.rows.iter().position(free),
        };
        if let Some(other) = other {
            self.rows[other].met = Some((id, id));
        }
        self.rows.push(Row { code, met: other.map(|other| (id, other)) });
        Ok(self.look(&id.to_string()))
    }

    fn look(&self, id: &str) -> (StatusCode, Json) {
        let at = id.parse().unwrap_or(usize::MAX);
        let forgotten = self.fault == Fault::Forgets && at == 5 && self.rows.len() > 50;
        let Some(row) = self.rows.get(at).filter(|_| !forgotten) else {
            return (StatusCode::NOT_FOUND, Json::Null);
        };
        let status = if row.met.is_some() { "matched" } else { "waiting" };
        let ticket = json!({
            "queue_id": id, "status": status,
            "match_id": row.met.map(|(match_id, _)| match_id.to_string()),
            "opponent_code": row.met.map(|(_, other)| &self.rows[other].code),
        });
        (StatusCode::OK, ticket)
    }
}
