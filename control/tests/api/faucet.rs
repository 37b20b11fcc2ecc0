//! Coin for new wallets, as far as it goes without a chain that takes anything.

use arena_control::Config;
use arena_control::chain::key::Source;
use arena_control::chain::rules::Limits;
use arena_control::chain::{Settings, open};
use arena_control::faucet::Terms;
use arena_control::uint::Wei;
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};
use crate::wagers::{A, B};

fn config() -> Config {
    let faucet = Terms { amount: Wei::coins(3), cap: 2 };
    Config { admin_token: Some("boss".into()), faucet, ..Config::default() }
}

/// A chain whose node nobody answers at.
fn chain() -> Settings {
    Settings {
        name: "local".to_owned(),
        id: 31_337,
        rpc: vec!["http://127.0.0.1:1".to_owned()],
        contracts: arena_control::chain::contracts::Contracts::default(),
        limits: Limits { confirmations: 1, buried: 128, fee_max: 1_000 },
        key: Some(Source::Hex("1".repeat(64))),
        first_block: Some(0),
    }
}

impl TestControl {
    async fn faucet(&self, address: &str) -> Answer {
        self.post("/faucet", &json!({ "address": address })).await
    }

    async fn top_up(&self) -> Json {
        let answer = self.operate("/admin/faucet/topup", &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_given_and_the_answer_says_why() {
    let control = TestControl::with(config()).await;
    let answers = [
        control.faucet(A).await,
        control.operate("/admin/faucet/topup", &json!({})).await,
        control.bearing("boss", Method::GET, "/admin/wallet", None).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.body["detail"].as_str().unwrap().contains("--chain"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_wallet_is_given_coin_once_and_the_cap_holds() {
    for control in TestControl::on_each_database_with(&config()).await {
        open(&control.ctx, Some(chain())).await.unwrap();
        for (address, status, part) in [
            ("0x12", 400, "Invalid address"),
            ("0x0000000000000000000000000000000000000000", 400, "Invalid address"),
            ("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", 400, "checksum"),
        ] {
            let answer = control.faucet(address).await;
            assert_eq!(answer.status.as_u16(), status, "{address}");
            assert!(answer.body["detail"].as_str().unwrap().contains(part), "{answer:?}");
        }
        let given = control.faucet(A).await.body;
        // The chain is away, so nothing is signed yet.
        let expected = json!({ "success": true, "funded": true, "tx_hash": null,
            "amount_mon": 3.0, "wallets_funded": 1, "cap": 2 });
        assert_eq!(given, expected);
        let again = control.faucet(A).await.body;
        let before = json!({ "success": true, "funded": false, "reason": "already_funded" });
        assert_eq!(again, before);
        assert_eq!(control.faucet(B).await.body["wallets_funded"], 2);
        let third = control.faucet("0x6813eb9362372eef6200f3b1dbc3f819671cba69").await;
        assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
        let jobs = control.jobs_of("fund_wallet").await;
        assert_eq!(jobs, [B.to_lowercase(), A.to_lowercase()]);
        let topped = control.top_up().await;
        assert_eq!((&topped["wallets"], &topped["topped_up"]), (&json!(2), &json!(0)), "{topped}");
        assert_eq!(topped["details"][0]["status"], "under_way");
        control.assert_sound().await;
    }
}

impl TestControl {
    async fn jobs_of(&self, kind: &str) -> Vec<String> {
        let path = format!("/v1/admin/chain/jobs?kind={kind}");
        let answer = self.bearing("boss", Method::GET, &path, None).await;
        let jobs = answer.body["jobs"].as_array().unwrap().clone();
        let mut ids: Vec<_> =
            jobs.iter().map(|job| job["business_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}
