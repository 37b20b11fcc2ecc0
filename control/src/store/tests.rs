//! What both databases promise. PostgreSQL is asked where `ARENA_TEST_POSTGRES` names one, which
//! `./test` does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use alloy::primitives::B256;
use serde_json::json;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::task::JoinSet;

use super::events::Draft;
use super::observed::Label;
use super::*;
use crate::onchain::{Block, Contract};
use crate::time::At;

/// A database of its own, gone with the test.
struct Place {
    url: String,
    _dir: tempfile::TempDir,
}

async fn places() -> Vec<Place> {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("arena.db").display());
    let mut places = vec![Place { url, _dir: dir }];
    if let Some(server) = std::env::var_os("ARENA_TEST_POSTGRES") {
        let server = server.to_str().unwrap();
        places
            .push(Place { url: fresh_database(server).await, _dir: tempfile::tempdir().unwrap() });
    }
    places
}

/// PostgreSQL keeps test databases apart by name; the server is thrown away after the tests.
async fn fresh_database(server: &str) -> String {
    use sqlx::Connection as _;
    let name = format!("test_{:032x}", rand::random::<u128>());
    let mut connection = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    format!("{server}/{name}")
}

fn happened(kind: &'static str) -> Draft {
    Draft { at: At(1), kind, match_id: None, identity_id: None, body: json!({ "a": 1 }) }
}

fn put(subject: &str) -> sql::Sql {
    sql("INSERT INTO deadlines (kind, subject, due_at) VALUES ('test', $1, 1)").bind(subject)
}

async fn subjects(store: &Store) -> Vec<String> {
    let query = "SELECT subject FROM deadlines ORDER BY subject";
    let read = store.read(async move |tx| {
        tx.rows(sql(query)).await?.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, Error>>()
    });
    read.await.unwrap()
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let work = async |tx: &mut Tx| {
            tx.later(put("a"));
            tx.tell(happened("one"));
            Ok::<_, Error>(7)
        };
        assert_eq!(store.write(work).await.unwrap(), 7);
        drop(store);
        let store = Store::open(&place.url).await.unwrap();
        assert_eq!(subjects(&store).await, ["a"]);
        let events = store.events_after(0, 10).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].number, events[0].kind.as_str()), (1, "one"));
        assert_eq!(*store.told().borrow(), 1);
    }
}

#[tokio::test]
async fn a_work_that_fails_undoes_itself_and_no_other_of_its_commit() {
    for place in places().await {
        let store = Arc::new(Store::open(&place.url).await.unwrap());
        let mut works = JoinSet::new();
        for n in 0..100 {
            let store = Arc::clone(&store);
            works.spawn(async move {
                let work = async move |tx: &mut Tx| {
                    tx.later(put(&format!("{n:03}")));
                    tx.tell(happened("put"));
                    // Whether it was sent already or not, it is undone.
                    if n % 4 == 0 {
                        tx.rows(sql("SELECT 1")).await?;
                    }
                    if n % 2 == 0 { Err(Error::Overloaded) } else { Ok(()) }
                };
                store.write(work).await.is_ok()
            });
        }
        let kept = works.join_all().await.into_iter().filter(|kept| *kept).count();
        assert_eq!(kept, 50);
        let odd: Vec<_> = (0..100).filter(|n| n % 2 == 1).map(|n| format!("{n:03}")).collect();
        assert_eq!(subjects(&store).await, odd);
        let numbers = store.events_after(0, 1000).await.unwrap();
        let numbers: Vec<_> = numbers.iter().map(|event| event.number).collect();
        assert_eq!(numbers, (1..=50).collect::<Vec<_>>(), "no holes");
    }
}

#[tokio::test]
async fn a_broken_constraint_is_named_and_undone() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let twice = async |tx: &mut Tx| {
            tx.later(put("b"));
            tx.later(put("a"));
            tx.later(put("a"));
            Ok::<_, Error>(())
        };
        let error = store.write(twice).await.unwrap_err();
        assert!(matches!(&error, Error::Constraint(name) if name.contains("deadlines")), "{error}");
        assert_eq!(subjects(&store).await, Vec::<String>::new());
        let overlooked = async |tx: &mut Tx| {
            tx.later(put("c"));
            tx.later(put("c"));
            let _overlooked = tx.rows(sql("SELECT 1")).await;
            Ok::<_, Error>(())
        };
        assert!(store.write(overlooked).await.is_err(), "a failure cannot be overlooked");
        assert_eq!(subjects(&store).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_update_that_changes_too_little_has_lost_a_race() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let claim = async move |tx: &mut Tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            tx.later(put("mine"));
            tx.later(sql("DELETE FROM deadlines WHERE subject = 'not there'").changing(1));
            Ok::<_, Error>(())
        };
        assert!(matches!(store.write(claim).await, Err(Error::Contended)));
        assert_eq!(subjects(&store).await, Vec::<String>::new());
        let again = matches!(store.database, Database::Postgres(_));
        assert_eq!(
            runs.load(Ordering::Relaxed) > 1,
            again,
            "where others can win, it is tried again"
        );
    }
}

#[tokio::test]
async fn a_work_whose_caller_goes_away_leaves_nothing_half_done_on_its_connection() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let Database::Postgres(_) = store.database else { continue };
        for n in 0..40 {
            let half = async move |tx: &mut Tx| {
                tx.later(put(&format!("half {n}")));
                tx.rows(sql("SELECT 1")).await?;
                std::future::pending::<()>().await;
                Ok::<_, Error>(())
            };
            let gone =
                tokio::time::timeout(std::time::Duration::from_millis(20), store.write(half));
            assert!(gone.await.is_err());
        }
        let whole = async |tx: &mut Tx| {
            tx.later(put("whole"));
            Ok::<_, Error>(())
        };
        store.write(whole).await.unwrap();
        assert_eq!(subjects(&store).await, ["whole"]);
    }
}

#[tokio::test]
async fn a_panic_fails_its_own_work_only() {
    let place = places().await.swap_remove(0);
    let store = Store::open(&place.url).await.unwrap();
    let panics = async |tx: &mut Tx| {
        tx.later(put("x"));
        tx.rows(sql("SELECT 1")).await?;
        assert!(tx.rows(sql("SELECT 1")).await?.is_empty(), "a fault of ours");
        Ok::<_, Error>(())
    };
    assert!(store.write(panics).await.is_err());
    let sound = async |tx: &mut Tx| {
        tx.later(put("y"));
        Ok::<_, Error>(())
    };
    store.write(sound).await.unwrap();
    assert_eq!(subjects(&store).await, ["y"]);
}

#[tokio::test]
async fn what_guests_write_is_kept_or_undone_with_their_host() {
    for place in places().await {
        let store = Arc::new(Store::open(&place.url).await.unwrap());
        for (name, fails_late, keeps, expected) in [
            ("undone", false, false, vec![]),
            ("kept", false, true, vec!["kept", "kept too"]),
            ("half", true, true, vec!["kept", "kept too"]),
        ] {
            let guests = Arc::clone(&store);
            let host = async move |tx: &mut Tx| {
                let first = async move |tx: &mut Tx| {
                    tx.later(put(name));
                    Ok::<_, Error>(())
                };
                let second = async move |tx: &mut Tx| {
                    tx.later(put(&format!("{name} too")));
                    tx.tell(happened("second"));
                    Ok::<_, Error>(tx.rows(sql("SELECT subject FROM deadlines")).await?.len())
                };
                let failing = async move |tx: &mut Tx| {
                    tx.later(put("of who failed"));
                    tx.tell(happened("failing"));
                    if fails_late {
                        tx.rows(sql("SELECT 1")).await?;
                    }
                    Err::<(), _>(Error::Full)
                };
                tx.host(async {
                    guests.write(first).await?;
                    assert!(guests.write(failing).await.is_err());
                    let seen = guests.read(second).await?;
                    assert!(seen >= 2, "a guest sees what others wrote");
                    Ok::<_, Error>(())
                })
                .await?;
                if keeps { Ok(()) } else { Err(Error::Full) }
            };
            let outcome = store.write(host).await;
            assert_eq!(outcome.is_ok(), keeps && !fails_late, "{name}: {outcome:?}");
            assert_eq!(subjects(&store).await, expected, "{name}");
        }
        assert_eq!(store.events_after(0, 10).await.unwrap().len(), 1, "of who was kept");
    }
}

#[tokio::test]
async fn a_host_has_its_transaction_back_whatever_its_guests_did() {
    for place in places().await {
        let store = Arc::new(Store::open(&place.url).await.unwrap());
        let guests = Arc::clone(&store);
        let host = async move |tx: &mut Tx| {
            let forever = async |tx: &mut Tx| {
                tx.rows(sql("SELECT 1")).await?;
                std::future::pending::<Result<(), Error>>().await
            };
            let soon = std::time::Duration::from_millis(5);
            let gone = tokio::time::timeout(soon, tx.host(guests.write(forever))).await;
            assert!(gone.is_err());
            tx.later(put("after all"));
            Ok::<_, Error>(())
        };
        store.write(host).await.unwrap();
        assert_eq!(subjects(&store).await, ["after all"]);
    }
}

#[tokio::test]
async fn commits_wake_whoever_reads_the_log() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let mut told = store.told();
        for _ in 0..3 {
            let work = async |tx: &mut Tx| {
                for _ in 0..45 {
                    tx.tell(happened("many"));
                }
                Ok::<_, Error>(())
            };
            store.write(work).await.unwrap();
        }
        told.wait_for(|last| *last == 135).await.unwrap();
        let mut seen = Vec::new();
        loop {
            let from = seen.last().copied().unwrap_or(0);
            let events = store.events_after(from, 20).await.unwrap();
            if events.is_empty() {
                break;
            }
            seen.extend(events.iter().map(|event| event.number));
        }
        assert_eq!(seen, (1..=135).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_second_process_is_refused_in_a_clear_sentence() {
    let place = places().await.swap_remove(0);
    let first = Store::open(&place.url).await.unwrap();
    let error = Store::open(&place.url).await.unwrap_err().to_string();
    assert!(error.contains("in use by another arena process"), "{error}");
    drop(first);
    assert!(Store::open(&place.url).await.is_ok(), "it is free again");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let newer = if matches!(store.database, Database::Postgres(_)) {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (999, 'later', TRUE, '', 0)"
        } else {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (999, 'later', 1, X'', 0)"
        };
        let work = async move |tx: &mut Tx| {
            tx.later(sql(newer));
            Ok::<_, Error>(())
        };
        store.write(work).await.unwrap();
        drop(store);
        assert!(matches!(Store::open(&place.url).await, Err(OpenError::Newer { version: 999 })));
    }
}

#[tokio::test]
async fn a_database_that_keeps_stakes_is_of_one_chain() {
    for place in places().await {
        let store = Store::open(&place.url).await.unwrap();
        let of = async |chain_id: u64| {
            let is_of = async move |tx: &mut Tx| home::is_of(tx, chain_id).await;
            store.write::<_, Error, _>(is_of).await.unwrap()
        };
        let reads = async |chain_id: i64, number: u64| {
            let read = async move |tx: &mut Tx| {
                chain::read_block(tx, chain_id, number, B256::ZERO, 0);
                Ok::<_, Error>(())
            };
            store.write(read).await.unwrap();
        };
        reads(1, 7).await;
        assert_eq!(of(2).await, None, "nothing was said there");
        reads(2, 7).await;
        let said = async |tx: &mut Tx| {
            let block = Block { number: 7, hash: "0x7".to_owned(), at: At(1) };
            let (contract, kind) = (Contract::Pool, "created");
            let label = Label { contract, subject: "0", kind, account: None };
            observed::insert(tx, label, &block, 0, &json!({})).await
        };
        assert!(store.write::<_, Error, _>(said).await.unwrap());
        assert_eq!(of(2).await, None, "the first one's blocks are forgotten");
        assert_eq!(of(1).await, Some(2));
        assert_eq!(of(2).await, None, "it was not changed by asking");
    }
}

#[tokio::test]
async fn memory_is_a_database_too() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let work = async |tx: &mut Tx| {
        tx.later(put("a"));
        Ok::<_, Error>(())
    };
    store.write(work).await.unwrap();
    assert_eq!(subjects(&store).await, ["a"]);
    assert!(matches!(Store::open("mysql://x").await, Err(OpenError::Kind(_))));
}

#[tokio::test]
async fn a_database_of_another_program_is_not_written_into() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut theirs = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("CREATE TABLE queue (id TEXT)").execute(&mut theirs).await.unwrap();
    theirs.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let opened = Store::open(&format!("sqlite:{}", path.display())).await;
    assert!(matches!(opened, Err(OpenError::Foreign { .. })), "{opened:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
