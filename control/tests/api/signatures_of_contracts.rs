//! Signatures that no key has made, of wallets that are contracts: a chain has to be asked.

use std::pin::Pin;
use std::sync::Arc;

use arena_control::Signing;
use arena_control::signatures::contract::{Answer as Says, Contracts};
use arena_protocol::result::{Address, B256, MatchResult, wallet};
use serde_json::json;

use crate::signatures::{ACCOUNTS, result_of, sign};
use crate::support::TestControl;

/// A chain of which no node answers.
#[derive(Debug)]
struct Away;

impl Contracts for Away {
    fn ask<'a>(
        &'a self,
        _account: Address,
        _digest: B256,
        _signature: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Says> + Send + 'a>> {
        Box::pin(std::future::ready(Says::Unreachable))
    }
}

#[tokio::test]
async fn a_slip_of_a_key_is_told_without_asking_the_chain() {
    for control in TestControl::on_each_database().await {
        control.ctx.contracts.set(Arc::new(Away)).unwrap();
        let (met, result) = control.won().await;
        let domain = control.domain();
        let swapped = MatchResult { winner: result.loser, loser: result.winner, ..result.clone() };
        for (digest, status) in [
            (result.digest(&Signing { chain_id: 10143, ..domain }), 422),
            (swapped.digest(&domain), 422),
            // This may be the signature of a contract, as far as anybody here can tell.
            (B256::repeat_byte(1), 503),
            (result.digest(&domain), 200),
        ] {
            let answer = control.submit(&met.id, ACCOUNTS[0], &sign(1, digest)).await;
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        }
        control.assert_sound().await;
    }
}

/// A chain on which the stranger's address is a contract that takes one signature.
#[derive(Debug)]
struct Chain;

impl Contracts for Chain {
    fn ask<'a>(
        &'a self,
        account: Address,
        _digest: B256,
        signature: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Says> + Send + 'a>> {
        let says = match (account == wallet(ACCOUNTS[2]).unwrap(), signature) {
            (false, _) => Says::NoContract,
            (true, b"\xca\xfe") => Says::Accepts,
            (true, b"\x00") => Says::Unreachable,
            (true, _) => Says::Refuses,
        };
        Box::pin(std::future::ready(says))
    }
}

#[tokio::test]
async fn a_contract_says_itself_what_is_its_signature() {
    for control in TestControl::on_each_database().await {
        let side = |code: &str, account| json!({ "connect_code": code, "wallet_address": account });
        let met = control.meet(&side("A#1", ACCOUNTS[0]), &side("B#2", ACCOUNTS[2])).await;
        control.decide(&met, 3, 0).await;
        let digest = result_of(&control.seen_as_before(&met.id).await).digest(&control.domain());
        let without = control.submit(&met.id, ACCOUNTS[2], &sign(1, B256::ZERO)).await;
        let said = without.body["detail"].as_str().unwrap();
        assert!(said.ends_with("no chain is configured here"), "{said}");
        control.ctx.contracts.set(Arc::new(Chain)).unwrap();
        for (signature, status) in
            [("0x00", 503), ("0xbeef", 422), ("", 422), ("0xcafe", 200), ("cafe", 200)]
        {
            let answer = control.submit(&met.id, ACCOUNTS[2], signature).await;
            assert_eq!(answer.status.as_u16(), status, "{signature}: {answer:?}");
        }
        assert_eq!(control.submit(&met.id, ACCOUNTS[0], "0xcafe").await.status.as_u16(), 422);
        let ready = control.submit(&met.id, ACCOUNTS[0], &sign(1, digest)).await.body;
        assert_eq!(ready["ready_for_submission"], true);
        assert_eq!(control.signatures(&met.id).await["signatures"][1]["signature"], "cafe");
        control.assert_sound().await;
    }
}
