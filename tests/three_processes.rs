//! Three control planes share one PostgreSQL, and one of them is killed in the middle: nobody is
//! matched twice, no entry is lost, and whoever asks again gets his answer.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

#[path = "support/control.rs"]
mod control;

use std::collections::BTreeMap;
use std::sync::{RwLock, mpsc};
use std::time::Duration;

use control::{Control, ask_as, look};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

const CLIENTS: usize = 12;
const JOINS: usize = 30;
/// Between two attempts at the same request.
const PAUSE: Duration = Duration::from_millis(50);
const TRIES_MAX: usize = 200;

/// A join that was answered.
struct Joined {
    code: String,
    entry: String,
    tries: usize,
}

/// Joins at any of them, and again with the same key until one has answered.
fn join(addresses: &RwLock<[String; 3]>, code: String, chance: &mut StdRng) -> Joined {
    let body = json!({ "connect_code": code }).to_string();
    for tries in 1..=TRIES_MAX {
        let address = addresses.read().unwrap()[chance.random_range(0..3)].clone();
        match ask_as(&address, "POST /queue/join", &body, &code) {
            Some(answer) if answer.status == 200 => {
                let entry = answer.body["queue_id"].as_str().unwrap().to_owned();
                return Joined { code, entry, tries };
            }
            Some(answer) => assert!([409, 503].contains(&answer.status), "{answer:?}"),
            None => {}
        }
        std::thread::park_timeout(PAUSE);
    }
    unreachable!("{code} was never answered")
}

#[test]
fn of_three_processes_one_may_be_killed_and_nobody_is_matched_twice_or_lost() {
    let Some(db) = control::postgres() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = [(); 3].map(|()| Control::start(folder.path(), &db));
    let addresses = [&first, &second, &third].map(|control| control.address.clone());
    let addresses = RwLock::new(addresses);
    let (told, hears) = mpsc::channel::<Joined>();
    let mut joined = Vec::new();
    let again = std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (told, addresses) = (told.clone(), &addresses);
            scope.spawn(move || {
                let mut chance = StdRng::seed_from_u64(client as u64);
                for n in 0..JOINS {
                    let code = format!("{client}-{n}");
                    told.send(join(addresses, code, &mut chance)).unwrap();
                }
            });
        }
        drop(told);
        joined.extend(hears.iter().take(CLIENTS * JOINS / 3));
        second.kill();
        // Long enough that many are turned away.
        joined.extend(hears.iter().take(CLIENTS * JOINS / 6));
        let again = Control::start(folder.path(), &db);
        addresses.write().unwrap()[1].clone_from(&again.address);
        joined.extend(hears.iter());
        again
    });
    assert_eq!(joined.len(), CLIENTS * JOINS, "everybody has his answer");
    assert!(joined.iter().any(|joined| joined.tries > 1), "some had to ask again");

    for control in [&first, &again, &third] {
        assert_eq!(control.broken(), json!([]));
    }
    let mut sides = BTreeMap::<String, Vec<(String, String)>>::new();
    let mut waiting = 0;
    for Joined { code, entry, .. } in &joined {
        let now = look(&third.address, entry).unwrap();
        assert_eq!(now.status, 200, "an entry that was told is kept: {now:?}");
        match now.body["status"].as_str().unwrap() {
            "waiting" => waiting += 1,
            status => assert_eq!(status, "matched", "{code}"),
        }
        if let Some(met) = now.body["match_id"].as_str() {
            let opponent = now.body["opponent_code"].as_str().unwrap().to_owned();
            sides.entry(met.to_owned()).or_default().push((code.clone(), opponent));
        }
    }
    for (met, sides) in &sides {
        match sides.as_slice() {
            [one, other] => {
                assert_eq!((&one.0, &one.1), (&other.1, &other.0), "{met}: they met each other");
            }
            sides => assert!(sides.is_empty(), "{met} has other than two sides: {sides:?}"),
        }
    }
    assert!(waiting <= 1, "of two who wait, each would have met the other");
}
