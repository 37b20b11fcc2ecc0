//! What the control plane has answered is still so after it was killed: the real binary, killed
//! under load and started again, and every answer held against what it says then.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

const ROUNDS: usize = 4;
const CLIENTS: usize = 8;

struct Control {
    child: Child,
    address: String,
}

impl Control {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_arena"))
            .args(["control", "--http", "127.0.0.1:0", "--db", "sqlite:arena.db"])
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

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The answer's body, or None if there was no whole answer.
fn ask(address: &str, head: &str, body: &str) -> Option<Json> {
    let mut socket = TcpStream::connect(address).ok()?;
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).ok()
}

/// Joins until nobody answers any more.
fn keep_joining(address: &str, client: &str) -> Vec<Json> {
    let joins = (0..).map_while(|n| {
        let body = format!(r#"{{"connect_code":"{client}-{n}"}}"#);
        ask(address, "POST /queue/join", &body)
    });
    joins.collect()
}

#[test]
fn what_was_answered_is_still_so_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = Vec::<Json>::new();
    for round in 0..ROUNDS {
        let control = Control::start(folder.path());
        let address = control.address.clone();
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let address = &address;
                    scope.spawn(move || keep_joining(address, &format!("{round}-{client}")))
                })
                .collect();
            // Somewhere in the middle of a commit: every round at another moment.
            std::thread::park_timeout(std::time::Duration::from_millis(150 + 37 * round as u64));
            control.kill();
            answered.extend(clients.into_iter().flat_map(|client| client.join().unwrap()));
        });
    }
    let control = Control::start(folder.path());
    let mut matches = BTreeMap::<String, usize>::new();
    for told in &answered {
        let id = told["queue_id"].as_str().unwrap();
        let now = ask(&control.address, &format!("GET /queue/{id}"), "").unwrap();
        match (told["match_id"].as_str(), now["match_id"].as_str()) {
            (Some(then), now) => assert_eq!(Some(then), now, "a match that was told is kept"),
            (None, Some(_)) => assert_eq!(now["status"], "matched"),
            (None, None) => assert_eq!(now["status"], "waiting"),
        }
        if let Some(met) = now["match_id"].as_str() {
            *matches.entry(met.to_owned()).or_default() += 1;
        }
    }
    control.kill();
    assert!(answered.len() > 10 * ROUNDS, "there was a load: {}", answered.len());
    assert!(matches.values().all(|sides| *sides <= 2), "nobody is in a match of three");
}
