//! Bets on a real EVM: they are taken until the game goes on, and each is paid or given back once,
//! whatever becomes of the match, the pool and the blocks it stood in.

use alloy::primitives::U256;
use arena_control::chain::contracts::PredictionPool::{
    PayoutClaimed, PoolCancelled, PoolCreated, PoolResolved, createPoolCall,
};
use arena_control::time::Span;
use arena_protocol::result::match_id;
use serde_json::json;

use crate::proxy::Fault;
use crate::table::{A_GAME, Table, player};
use crate::world::key;

use crate::stakes::{SEND, kinds};

#[tokio::test]
async fn bets_are_taken_until_the_game_goes_on_and_paid_by_the_record() {
    let mut table = Table::new().await;
    table.proxy.fail_times(1, Fault::Unheard(SEND));
    let met = table.meet(None).await;
    assert_eq!(table.book(&met).await["pool_id"], "0");
    table.bet(0, true, 300).await;
    table.bet(1, true, 100).await;
    table.bet(2, false, 200).await;
    let odds = table.get("/pools/0/odds").await;
    assert_eq!((&odds["odds_a"], &odds["odds_b"]), (&json!("1.5000"), &json!("3.0000")));
    table.pass(A_GAME).await;
    assert_eq!(table.book(&met).await["betting"], "closed");
    table.report(&met, [3, 1]).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!([table.due(0).await, table.due(1).await], [json!("450"), json!("150")]);
    assert_eq!(table.due(2).await, "0");
    table.claims(0, false).await;
    table.claims(1, false).await;
    assert_eq!([table.due(0).await, table.due(1).await], [json!("0"), json!("0")]);
    assert_eq!(table.said::<PoolCreated>(table.pool).await, 1);
    assert_eq!(table.said::<PoolResolved>(table.pool).await, 1);
    assert_eq!(table.said::<PayoutClaimed>(table.pool).await, 2);
    let done = kinds(&["create_pool", "close_pool", "record_match", "resolve_pool"]);
    assert_eq!(table.done().await, done);
    table.owes_nothing().await;
}

#[tokio::test]
async fn a_draw_gives_every_bet_back() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.bet(0, true, 300).await;
    table.bet(1, false, 200).await;
    table.pass(A_GAME).await;
    table.report(&met, [1, 1]).await;
    table.pass(Span::seconds(86_400)).await;
    table.settle().await;
    assert_eq!(table.book(&met).await["status"], 2);
    assert_eq!([table.due(0).await, table.due(1).await], [json!("300"), json!("200")]);
    table.claims(0, true).await;
    table.claims(1, true).await;
    assert_eq!(table.said::<PoolCancelled>(table.pool).await, 1);
    table.owes_nothing().await;
}

#[tokio::test]
async fn a_bet_that_a_reorganisation_takes_back_was_never_made() {
    for depth in [1, 3] {
        let mut table = Table::new().await;
        let met = table.meet(None).await;
        for _ in 0..6 {
            table.turn().await;
        }
        table.bet(0, true, 300).await;
        table.bet(1, false, 100).await;
        for _ in 1..depth {
            table.mine().await;
        }
        table.follow().await;
        assert_eq!(table.book(&met).await["total"], "400");
        table.anvil.reorganise(depth).await;
        table.follow().await;
        let book = table.book(&met).await;
        assert_eq!((&book["total_a"], &book["total_b"]), (&json!("300"), &json!("0")), "{depth}");
        let bets = table.get("/pools/0/bets").await["bets"].as_array().unwrap().len();
        assert_eq!(bets, 1);
        table.bet(2, false, 100).await;
        table.pass(A_GAME).await;
        table.report(&met, [0, 1]).await;
        table.sign(&met).await;
        table.settle().await;
        table.claims(2, false).await;
        table.owes_nothing().await;
    }
}

#[tokio::test]
async fn a_pool_that_a_reorganisation_takes_back_is_made_again_and_found_again() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    for _ in 0..5 {
        table.turn().await;
    }
    assert_eq!(table.book(&met).await["pool_id"], "0");
    table.anvil.reorganise(7).await;
    table.follow().await;
    assert_eq!(table.book(&met).await["pool_id"], json!(null));
    for _ in 0..5 {
        table.turn().await;
    }
    assert_eq!(table.book(&met).await["pool_id"], "0");
    assert_eq!(table.said::<PoolCreated>(table.pool).await, 1);
    table.pass(A_GAME).await;
    table.report(&met, [0, 1]).await;
    table.sign(&met).await;
    table.settle().await;
}

#[tokio::test]
async fn a_pool_that_nobody_expected_any_more_is_ended_all_the_same() {
    for has_result in [true, false] {
        let mut table = Table::new().await;
        let met = table.meet_at_once(None).await;
        table.clock.advance(A_GAME);
        table.sweep().await;
        if has_result {
            table.report(&met, [2, 0]).await;
            table.sign(&met).await;
        } else {
            table.clock.advance(Span::seconds(3_600));
            table.sweep().await;
        }
        table.settle().await;
        let end = if has_result { "resolve_pool" } else { "cancel_pool" };
        let done = table.done().await;
        assert_eq!((done["create_pool"], done[end]), (1, 1), "there is none: {done:?}");
        let (match_id, [first, second]) = (match_id(&met.id), [player(0), player(1)]);
        let late = createPoolCall { matchId: match_id, playerA: first, playerB: second };
        table.transact(key().address(), table.pool, &late, 0).await;
        assert_eq!(table.book(&met).await["pool_id"], "0");
        assert_eq!(table.jobs("ready").await[0]["kind"], end);
        table.settle().await;
        // Nobody has bet, so a result does not pay anybody either.
        assert_eq!(table.said::<PoolCancelled>(table.pool).await, 1);
    }
}

#[tokio::test]
async fn a_result_while_bets_are_taken_gives_every_bet_back_and_no_later_one_is_taken() {
    let mut table = Table::new().await;
    let met = table.meet(None).await;
    table.bet(0, true, 300).await;
    table.bet(1, false, 200).await;
    table.report(&met, [2, 0]).await;
    assert_eq!(table.book(&met).await["betting"], "cancel");
    table.turn().await;
    assert_eq!(table.book(&met).await["status"], 2, "at once, not when it is signed");
    table.sign(&met).await;
    table.settle().await;
    let done = table.done().await;
    assert_eq!(done, kinds(&["create_pool", "cancel_pool", "record_match"]));
    table.claims(0, true).await;
    table.claims(1, true).await;
    table.owes_nothing().await;
}

#[tokio::test]
async fn bets_are_reckoned_by_what_the_contract_keeps() {
    let mut table = Table::with_rake(500).await;
    let met = table.meet(None).await;
    table.bet(0, true, 800).await;
    let alone = table.get("/pools/0/odds").await;
    assert_eq!(alone["odds_a"], "1.0000", "nobody would lose anything");
    table.bet(1, false, 400).await;
    assert_eq!(table.book(&met).await["rake_bps"], 500);
    let odds = table.get("/pools/0/odds").await;
    assert_eq!((&odds["odds_a"], &odds["odds_b"]), (&json!("1.4250"), &json!("2.8500")));
    table.pass(A_GAME).await;
    table.report(&met, [3, 1]).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!(table.due(0).await, "1140");
    table.claims(0, false).await;
    assert_eq!(table.due(0).await, "0", "as much as the contract paid");
    assert_eq!(table.balance(table.pool).await, U256::from(60));
}

#[tokio::test]
async fn a_pool_that_nobody_lost_in_is_paid_whole() {
    let mut table = Table::with_rake(500).await;
    let met = table.meet(None).await;
    table.bet(0, true, 300).await;
    table.pass(A_GAME).await;
    table.report(&met, [3, 1]).await;
    table.sign(&met).await;
    table.settle().await;
    assert_eq!(table.due(0).await, "300");
    table.claims(0, false).await;
    assert_eq!(table.due(0).await, "0");
    table.owes_nothing().await;
}
