//! Wagers that are proposed before the contract has given them a number, and named afterwards.

use arena_control::time::Span;
use arena_control::wagers::rules::standing::Said;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::TestControl;
use crate::wagers::{B, accepted, bound_to};
use crate::wagers_held::{proposed, with_contract};

#[tokio::test]
async fn who_proposes_before_he_pays_says_afterwards_what_the_contract_calls_it() {
    for control in with_contract().await {
        let (id, first, second) = control.pair().await;
        let made = control.offers(&id, &first, "5", None).await;
        assert_eq!(
            (made.status, &made.body["wager_id"]),
            (StatusCode::OK, &Json::Null),
            "{made:?}"
        );
        let again = control.offers(&id, &first, "5", None).await;
        assert_eq!(again.body, made.body);
        assert_eq!(control.offers(&id, &second, "5", Some("7")).await.status, 400, "not his");
        assert_eq!(control.offers(&id, &first, "6", Some("7")).await.status, 400, "another amount");
        assert_eq!(control.agrees(&id, &second).await.body["course"]["state"], "accepted");
        control.contract(1, 7, proposed("5")).await;
        control.contract(10, 7, bound_to(&id)).await;
        let unnamed = control.wager(&id).await;
        assert_eq!(unnamed["standing"]["chain"], "unseen", "nobody has said that it is this one");
        let named = control.offers(&id, &first, "5", Some("7")).await.body;
        assert_eq!(
            (&named["wager_id"], &named["standing"]["chain"]),
            (&json!("7"), &json!("open"))
        );
        assert_eq!(control.offers(&id, &first, "5", Some("8")).await.status, 400, "it has a name");
        assert_eq!(control.offers(&id, &first, "5", None).await.body, named);
        let control = control.restarted().await;
        control.contract(2, 7, accepted(B)).await;
        assert_eq!(control.get(&format!("/matches/{id}/wager")).await.body["secured"], true);
        control.loses(&id, &second).await;
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.jobs("settle_wager").await, 1);
        control.sound().await;
    }
}

#[tokio::test]
async fn a_proposal_without_a_number_is_none_to_clients_of_the_old_api() {
    for control in with_contract().await {
        let (id, first, second) = control.pair().await;
        control.offers(&id, &first, "5", None).await;
        for path in [format!("/matches/{id}/wager"), format!("/matches/{id}")] {
            let shown = control.get(&path).await.body;
            for key in ["wager_status", "wager_amount", "wager_id", "wager_proposer"] {
                assert_eq!(shown[key], Json::Null, "{path} {key}");
            }
        }
        let told = control.wager_seen(&id).await;
        assert_eq!(told["wager_amount_wei"], "5", "who knows of such is told");
        for (answer, says) in [
            (control.says(&id, &second, "accept").await, "/wager/accept"),
            (control.propose(&id, &second, "5", 8).await, "has no number yet"),
        ] {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
            assert!(answer.body["detail"].as_str().unwrap().contains(says), "{answer:?}");
        }
        assert_eq!(control.wager(&id).await["course"]["state"], "proposed", "it is as it was");
        assert_eq!(control.propose(&id, &first, "5", 7).await.status, StatusCode::OK, "its number");
        assert_eq!(control.wager_status(&id).await, "proposed");
        let done = control.says(&id, &second, "accept").await;
        assert_eq!(done.body["wager_status"], "accepted", "{done:?}");
        let (id, first, second) = control.pair().await;
        control.offers(&id, &first, "5", None).await;
        let body = json!({ "queue_id": second });
        let path = format!("/v1/matches/{id}/wager/decline");
        assert_eq!(control.post(&path, &body).await.body["course"]["state"], "declined");
        control.sound().await;
    }
}

#[tokio::test]
async fn an_offer_that_is_named_too_late_is_known_and_can_be_taken_back() {
    for control in with_contract().await {
        let (id, first, _) = control.pair().await;
        control.offers(&id, &first, "5", None).await;
        control.pass(Span::seconds(16)).await;
        control.contract(1, 7, proposed("5")).await;
        let named = control.offers(&id, &first, "5", Some("7")).await.body;
        let is = (&named["course"]["state"], &named["standing"]["chain"]);
        assert_eq!(is, (&json!("lapsed"), &json!("open")));
        control.contract(2, 7, Said::Cancelled).await;
        assert_eq!(control.wager(&id).await["standing"]["chain"], "returned");
        let (other, third, _) = control.pair().await;
        control.offers(&other, &third, "5", None).await;
        let taken = control.offers(&other, &third, "5", Some("7")).await;
        assert_eq!(taken.status, 400, "{taken:?}");
        assert!(taken.body["detail"].as_str().unwrap().contains("taken back"), "{taken:?}");
        assert_eq!(control.wager(&other).await["wager_id"], Json::Null, "it is as it was");
        control.sound().await;
    }
}

/// A wager that both agreed upon without a number, and that both have paid by now.
async fn both_paid(control: &TestControl, said: &[Said]) -> (String, String, String) {
    let (id, first, second) = control.pair().await;
    control.offers(&id, &first, "5", None).await;
    control.agrees(&id, &second).await;
    for (block, said) in (1..).zip(said) {
        control.contract(block, 7, said.clone()).await;
    }
    control.contract(50, 7, bound_to(&id)).await;
    control.contract(51, 7, accepted(B)).await;
    (id, first, second)
}

#[tokio::test]
async fn an_offer_that_both_have_paid_before_it_is_named_is_played_for() {
    for control in with_contract().await {
        let (id, first, second) = both_paid(&control, &[proposed("5")]).await;
        let named = control.offers(&id, &first, "5", Some("7")).await;
        assert_eq!(named.status, StatusCode::OK, "{named:?}");
        let is = (&named.body["course"]["state"], &named.body["secured"]);
        assert_eq!(is, (&json!("accepted"), &json!(true)));
        control.loses(&id, &second).await;
        assert_eq!(control.wager(&id).await["course"]["state"], "decided");
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.jobs("settle_wager").await, 1);
        control.sound().await;
    }
}

#[tokio::test]
async fn stakes_that_are_named_once_the_wager_is_void_go_back_after_the_contracts_hour() {
    for control in with_contract().await {
        let (id, first, _) = both_paid(&control, &[proposed("5")]).await;
        control.pass(Span::seconds(60)).await;
        assert_eq!(control.wager(&id).await["course"]["why"], "unsecured");
        let named = control.offers(&id, &first, "5", Some("7")).await;
        assert_eq!((named.status, &named.body["due"]), (StatusCode::OK, &json!("refund")));
        control.pass(Span::seconds(3_539)).await;
        assert_eq!(control.jobs("refund_wager").await, 0, "the contract would refuse it");
        control.pass(Span::seconds(1)).await;
        assert_eq!(control.jobs("refund_wager").await, 1);
        control.sound().await;
    }
}

#[tokio::test]
async fn stakes_for_something_else_are_named_to_go_back() {
    for control in with_contract().await {
        let (id, first, _) = both_paid(&control, &[proposed("6")]).await;
        let named = control.offers(&id, &first, "5", Some("7")).await.body;
        let is = (&named["course"]["why"], &named["due"]);
        assert_eq!(is, (&json!("contradicted"), &json!("refund")), "another amount");
        // Nobody is to see how the game goes before he says that its stakes are for it.
        let (other, third, fourth) = control.pair().await;
        control.offers(&other, &third, "5", None).await;
        control.agrees(&other, &fourth).await;
        control.contract(60, 8, proposed("5")).await;
        control.contract(61, 8, accepted(B)).await;
        let named = control.offers(&other, &third, "5", Some("8")).await.body;
        let is = (&named["course"]["why"], &named["due"]);
        assert_eq!(is, (&json!("unsecured"), &json!("refund")), "it names no match");
        control.pass(Span::seconds(3_600)).await;
        assert_eq!(control.jobs("refund_wager").await, 2);
        control.sound().await;
    }
}
