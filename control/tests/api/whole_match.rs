//! One match from the queue to the chain: met, reported, signed, recorded, posted, settled.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use arena_control::signatures::{BothSigned, both_signed, recorded};
use arena_control::store::{self, Tx};
use arena_control::{Ctx, ratings};
use axum::http::StatusCode;
use serde_json::json;

use crate::signatures::{ACCOUNTS, result_of, sign};
use crate::support::TestControl;

/// A chain that keeps what it is told, and is told everything once.
#[derive(Clone, Debug, Default)]
struct Chain {
    heard: Arc<Mutex<BTreeSet<String>>>,
    records: Arc<Mutex<Vec<BothSigned>>>,
    posts: Arc<Mutex<Vec<(i64, i32)>>>,
}

impl Chain {
    /// What whoever records it does: reads again what it is about, does it, and says so.
    async fn record(&self, ctx: &Ctx, id: &str) {
        let (id, domain) = (id.parse().unwrap(), ctx.config.signing);
        let read = async move |tx: &mut Tx| both_signed(tx, &domain, id).await;
        let signed = ctx.store.read::<_, store::Error, _>(read).await.unwrap();
        self.records.lock().unwrap().push(signed.expect("both have signed"));
        let now = ctx.clock.now();
        let settle = async move |tx: &mut Tx| recorded(tx, id, now).await;
        ctx.store.write::<_, store::Error, _>(settle).await.unwrap();
    }

    async fn post(&self, ctx: &Ctx, id: &str) {
        let id = id.to_owned();
        let read = async move |tx: &mut Tx| ratings::to_post(tx, &id).await;
        let posting = ctx.store.read::<_, store::Error, _>(read).await.unwrap().unwrap();
        assert!(posting.feedback_uri.starts_with("data:application/json;base64,"));
        self.posts.lock().unwrap().push((posting.agent_id, posting.value.0));
    }

    /// Does what is asked for and was not before. How many effects those are.
    async fn work(&self, control: &TestControl) -> usize {
        let mut count = 0;
        for kind in ["record_match", "post_rating"] {
            for id in control.asked_for(kind).await {
                if !self.heard.lock().unwrap().insert(format!("{kind} {id}")) {
                    continue;
                }
                match kind {
                    "record_match" => self.record(&control.ctx, &id).await,
                    _others => self.post(&control.ctx, &id).await,
                }
                count += 1;
            }
        }
        count
    }
}

#[tokio::test]
async fn a_match_is_met_reported_signed_recorded_and_settled_once() {
    for control in TestControl::on_each_database().await {
        let chain = Chain::default();
        let met = control.meet_with_wallets().await;
        assert_eq!(chain.work(&control).await, 0, "nothing before there is a result");
        control.decide(&met, 1, 3).await;
        assert_eq!(chain.work(&control).await, 0, "and nothing before both have signed it");
        let result = result_of(&control.seen_as_before(&met.id).await);
        let digest = result.digest(&control.ctx.config.signing);
        for (key, account) in [(2, ACCOUNTS[1]), (1, ACCOUNTS[0])] {
            assert_eq!(chain.records.lock().unwrap().len(), 0, "one side alone records nothing");
            let answer = control.submit(&met.id, account, &sign(key, digest)).await;
            assert_eq!(answer.status, StatusCode::OK);
            chain.work(&control).await;
        }
        control.submit(&met.id, ACCOUNTS[0], &sign(1, digest)).await;
        assert_eq!(chain.work(&control).await, 0, "and it is recorded once");
        let records = chain.records.lock().unwrap().clone();
        assert_eq!(records.len(), 1);
        assert_eq!(*records[0].result(), result);
        let accounts = [&records[0].proofs().first, &records[0].proofs().second];
        assert_eq!(accounts.map(|proof| proof.account().to_string()), [ACCOUNTS[0], ACCOUNTS[1]]);
        let mut posts = chain.posts.lock().unwrap().clone();
        posts.sort_unstable();
        assert_eq!(posts, [(7, 1484), (8, 1516)]);
        let course = control.get(&format!("/v1/matches/{}", met.id)).await.body["course"].clone();
        assert_eq!(course["state"], json!("settled"));
        control.assert_sound().await;
    }
}
