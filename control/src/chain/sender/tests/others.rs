//! What others did counts like what the arena did, and goes like it.

use super::*;

#[tokio::test]
async fn what_somebody_else_did_counts_once_it_has_its_confirmations() {
    let mut world = World::new().await;
    world.ask(1).await;
    world.other_records(0);
    for _ in 1..LIMITS.confirmations {
        world.turn().await;
        assert_eq!(world.jobs().await, [("ready".to_owned(), 1)]);
        world.chain.mine();
        world.clock.advance(Span::seconds(1));
    }
    world.turn().await;
    assert_eq!(world.jobs().await, [("done".to_owned(), 1)]);
    assert_eq!(world.sender.watch.stock().await.unwrap().held, [], "nothing was sent for it");
}

#[tokio::test]
async fn what_a_reorganisation_takes_of_others_is_had_by_the_arena() {
    for depth in [1, 3, 10, 60] {
        let mut world = World::new().await;
        for _ in 0..60 {
            world.chain.mine();
        }
        world.ask(1).await;
        world.other_records(0);
        if depth > 1 {
            world.settle().await;
        }
        while world.sender.watch.look(&[], &[]).await.unwrap().head.number < 60 + depth {
            world.chain.mine();
        }
        world.turn().await;
        world.chain.reorganise(usize::try_from(depth).unwrap() + 1, true);
        assert!(world.chain.recorded().is_empty());
        world.clock.advance(FOUND_EVERY);
        world.turn().await;
        assert_eq!(world.jobs().await, [("ready".to_owned(), 1)], "{depth}");
        world.settle().await;
        world.is_recorded();
    }
}

#[tokio::test]
async fn what_others_did_is_looked_after_as_long_as_what_the_arena_did() {
    let mut world = World::new().await;
    world.ask(1).await;
    world.other_records(0);
    world.settle().await;
    for _ in 0..=LIMITS.buried + LIMITS.confirmations {
        world.chain.mine();
    }
    world.clock.advance(FOUND_EVERY);
    assert_eq!(world.sender.turn().await.unwrap(), Turn::Busy);
    world.clock.advance(FOUND_EVERY);
    assert_eq!(world.sender.turn().await.unwrap(), Turn::Idle, "no reorganisation reaches it");
}

#[tokio::test]
async fn what_others_did_is_looked_at_now_and_then() {
    let mut world = World::new().await;
    world.ask(1).await;
    world.other_records(0);
    world.settle().await;
    for _ in 0..3 {
        world.clock.advance(FOUND_EVERY);
        assert_eq!(world.sender.turn().await.unwrap(), Turn::Busy);
        world.clock.advance(Span(FOUND_EVERY.0 - 1));
        assert_eq!(world.sender.turn().await.unwrap(), Turn::Idle, "the chain is not asked");
        world.clock.advance(Span(1));
    }
}

#[tokio::test]
async fn what_has_not_its_confirmations_yet_waits_as_long_as_it_has_waited() {
    let mut world = World::new().await;
    world.ask(1).await;
    world.clock.advance(Span::seconds(60));
    world.other_records(0);
    world.turn().await;
    for _ in 0..LIMITS.confirmations {
        world.chain.mine();
    }
    world.clock.advance(Span::seconds(59));
    world.turn().await;
    assert_eq!(world.jobs().await, [("ready".to_owned(), 1)], "it is not its turn");
    world.clock.advance(Span::seconds(1));
    world.turn().await;
    assert_eq!(world.jobs().await, [("done".to_owned(), 1)]);
}
