//! One match from the queue to the chain: met, reported, signed, recorded, posted, settled.

use std::sync::{Arc, Mutex};

use arena_control::jobs::{self, Outcome};
use arena_control::signatures::{BothSigned, both_signed, recorded};
use arena_control::store::{self, Tx};
use arena_control::{Ctx, ratings};
use axum::http::StatusCode;
use serde_json::json;

use crate::signatures::{ACCOUNTS, result_of, sign};
use crate::support::TestControl;

/// A chain that keeps what it is told, and refuses to hear it twice.
#[derive(Clone, Debug, Default)]
struct Chain {
    records: Arc<Mutex<Vec<BothSigned>>>,
    posts: Arc<Mutex<Vec<(i64, i32)>>>,
}

impl Chain {
    /// What a worker does: reads again what it is about, does it, and says so.
    async fn record(&self, ctx: &Ctx, id: &str) -> Outcome {
        let (id, domain) = (id.parse().unwrap(), ctx.config.signing);
        let read = async move |tx: &mut Tx| both_signed(tx, &domain, id).await;
        let Some(signed) = ctx.store.read::<_, store::Error, _>(read).await.unwrap() else {
            return Outcome::Failed("nobody has signed".into());
        };
        self.records.lock().unwrap().push(signed);
        let now = ctx.clock.now();
        let settle = async move |tx: &mut Tx| recorded(tx, id, now).await;
        ctx.store.write::<_, store::Error, _>(settle).await.unwrap();
        Outcome::Done
    }

    async fn post(&self, ctx: &Ctx, id: &str) -> Outcome {
        let id = id.to_owned();
        let read = async move |tx: &mut Tx| ratings::to_post(tx, &id).await;
        let posting = ctx.store.read::<_, store::Error, _>(read).await.unwrap().unwrap();
        assert!(posting.feedback_uri.starts_with("data:application/json;base64,"));
        self.posts.lock().unwrap().push((posting.agent_id, posting.value.0));
        Outcome::Done
    }

    async fn work(&self, ctx: &Ctx) -> usize {
        let record = async |job: &jobs::Job| self.record(ctx, &job.business_id).await;
        let records = jobs::run(ctx, "record_match", 10, record).await.unwrap();
        let post = async |job: &jobs::Job| self.post(ctx, &job.business_id).await;
        records + jobs::run(ctx, "post_rating", 10, post).await.unwrap()
    }
}

#[tokio::test]
async fn a_match_is_met_reported_signed_recorded_and_settled_once() {
    for control in TestControl::on_each_database().await {
        let chain = Chain::default();
        let met = control.meet_with_wallets().await;
        assert_eq!(chain.work(&control.ctx).await, 0, "nothing before there is a result");
        control.decide(&met, 1, 3).await;
        assert_eq!(chain.work(&control.ctx).await, 0, "and nothing before both have signed it");
        let result = result_of(&control.seen_as_before(&met.id).await);
        let digest = result.digest(&control.ctx.config.signing);
        for (key, account) in [(2, ACCOUNTS[1]), (1, ACCOUNTS[0])] {
            assert_eq!(chain.records.lock().unwrap().len(), 0, "one side alone records nothing");
            let answer = control.submit(&met.id, account, &sign(key, digest)).await;
            assert_eq!(answer.status, StatusCode::OK);
            chain.work(&control.ctx).await;
        }
        control.submit(&met.id, ACCOUNTS[0], &sign(1, digest)).await;
        assert_eq!(chain.work(&control.ctx).await, 0, "and it is recorded once");
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
