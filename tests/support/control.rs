//! `arena control` as a child process that can be killed, requests to it, and databases for it.
//!
//! A request has one answer or none: whoever is killed in the middle of one has not answered.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value as Json;

const OPERATOR: &str = "operator";
/// Longer than any request may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// A control plane that runs. It is killed with its handle.
pub(crate) struct Control {
    child: Child,
    pub(crate) address: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Control {
    pub(crate) fn start(folder: &Path, db: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_arena"))
            .args(["control", "--http", "127.0.0.1:0", "--db", db])
            .env("ADMIN_TOKEN", OPERATOR)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").expect("it is ready").1.to_owned();
        Self { child, address }
    }

    /// SIGKILL: it learns nothing of its end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The rows that break a rule of the system.
    pub(crate) fn broken(&self) -> Json {
        let head = format!("GET /v1/admin/invariants HTTP/1.1\r\nauthorization: Bearer {OPERATOR}");
        let answer = send(&self.address, &head, "").unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["broken"].clone()
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// An entry of the queue as it is now.
pub(crate) fn look(address: &str, entry: &str) -> Option<Answer> {
    send(address, &format!("GET /queue/{entry} HTTP/1.1"), "")
}

/// A method and a path, known again by its key when it comes once more; the answer, or None if no
/// whole one came.
pub(crate) fn ask_as(address: &str, what: &str, body: &str, key: &str) -> Option<Answer> {
    send(address, &format!("{what} HTTP/1.1\r\nidempotency-key: {key}"), body)
}

fn send(address: &str, head: &str, body: &str) -> Option<Answer> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.get(9..12)?.parse().ok()?;
    Some(Answer { status, body: serde_json::from_str(body).ok()? })
}

/// A database of its own on the server that the tests were given, if they were given one.
pub(crate) fn postgres() -> Option<String> {
    let server = std::env::var_os("ARENA_TEST_POSTGRES")?.into_string().unwrap();
    let name = format!("test_{:032x}", rand::random::<u128>());
    let create = format!("CREATE DATABASE {name}");
    let created =
        Command::new("psql").args(["-q", "-c", &create, &format!("{server}/postgres")]).status();
    assert!(created.unwrap().success());
    Some(format!("{server}/{name}"))
}
