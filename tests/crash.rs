//! What the control plane has answered is still so after it was killed: the real binary, killed
//! under load and started again, and every answer held against what it says then.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

#[path = "support/control.rs"]
mod control;

use std::collections::BTreeMap;
use std::sync::mpsc;

use control::{Control, ask_as, look};
use serde_json::{Value as Json, json};

const CLIENTS: usize = 8;
/// Answers before a kill.
const ANSWERS_MIN: usize = 20;

/// What a client was told of an entry of its own.
struct Told {
    entry: String,
    match_id: Option<String>,
    /// Whether it left the queue, as far as it heard.
    left: bool,
}

/// Joins, and sometimes leaves again, until nobody answers any more. Each answer is noted at once.
fn keep_joining(address: &str, client: &str, noted: &mpsc::Sender<()>) -> Vec<Told> {
    let mut told = Vec::new();
    for n in 0.. {
        let key = format!("{client}-{n}");
        let body = json!({ "connect_code": key }).to_string();
        let Some(joined) = ask_as(address, "POST /queue/join", &body, &key) else { break };
        assert_eq!(joined.status, 200, "{joined:?}");
        let text = |name: &str| joined.body[name].as_str().map(str::to_owned);
        let (entry, match_id) = (text("queue_id").unwrap(), text("match_id"));
        let leave = format!("DELETE /queue/{entry}");
        told.push(Told { entry, match_id, left: false });
        noted.send(()).unwrap();
        if n % 4 == 3 {
            let Some(left) = ask_as(address, &leave, "", &format!("{key}-leaves")) else { break };
            assert_eq!(left.status, 200, "{left:?}");
            told.last_mut().unwrap().left = left.body["success"] == json!(true);
        }
    }
    told
}

/// Kills it so many times, each time after another number of answers, and audits everything.
fn kill_again_and_again(db: &str, rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::<Told>::new();
    for round in 0..rounds {
        let control = Control::start(folder.path(), db);
        let address = control.address.clone();
        let (noted, hears) = mpsc::channel();
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (address, noted) = (&address, noted.clone());
                    let client = format!("{round}-{client}");
                    scope.spawn(move || keep_joining(address, &client, &noted))
                })
                .collect();
            // The others are anywhere in a request, and the writer anywhere in a commit.
            let answers = ANSWERS_MIN + round * 29 % 80;
            assert_eq!(hears.iter().take(answers).count(), answers);
            control.kill();
            told.extend(clients.into_iter().flat_map(|client| client.join().unwrap()));
        });
    }
    let control = Control::start(folder.path(), db);
    assert_eq!(control.broken(), json!([]));
    let mut matches = BTreeMap::<String, usize>::new();
    for told in &told {
        let now = look(&control.address, &told.entry).unwrap();
        assert_eq!(now.status, 200, "an entry that was told is kept: {now:?}");
        check(told, &now.body);
        if let Some(met) = now.body["match_id"].as_str() {
            *matches.entry(met.to_owned()).or_default() += 1;
        }
    }
    assert!(told.len() >= ANSWERS_MIN * rounds, "there was a load: {}", told.len());
    assert!(matches.values().all(|sides| *sides <= 2), "nobody is in a match of three");
}

/// What holds now is what was told, or what came after it.
fn check(told: &Told, now: &Json) {
    let status = now["status"].as_str().unwrap();
    match (&told.match_id, now["match_id"].as_str()) {
        (Some(then), now) => assert_eq!(Some(then.as_str()), now, "a match that was told is kept"),
        (None, Some(_)) => assert_eq!(status, "matched"),
        (None, None) if told.left => assert_eq!(status, "cancelled"),
        // It may have left without having heard so.
        (None, None) => assert!(["waiting", "cancelled"].contains(&status), "{now}"),
    }
    assert!(!(told.left && now["match_id"].is_string()), "who has left meets nobody");
}

#[test]
fn what_was_answered_is_still_so_after_a_kill() {
    kill_again_and_again("sqlite:arena.db", 20);
}

#[test]
fn what_was_answered_is_still_so_after_a_kill_with_postgresql() {
    if let Some(db) = control::postgres() {
        kill_again_and_again(&db, 5);
    }
}
