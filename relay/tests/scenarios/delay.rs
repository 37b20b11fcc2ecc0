//! The delay line.

use std::time::Duration;

use arena_protocol::token::Act;
use arena_protocol::{FromClient, FromRelay};

use crate::rights::{required, to_publish, to_watch, token};
use crate::support::{Arena, Client, Event, Via};

over_every_transport!(
    batches_are_held_back_by_the_delay,
    a_waiver_shortens_the_delay,
    joining_a_delayed_channel_takes_nothing_from_the_others,
);

async fn batches_are_held_back_by_the_delay(via: Via) {
    let arena = Arena::start(required).await;
    let publisher = delayed(&arena, via).await;
    let watching = token(Act::Watch, |_| {});
    let (mut viewer, welcome) =
        arena.hello(via, "m", Some(&watching), to_watch()).await.expect("the token allows it");
    assert_eq!(welcome.delay_ms, 400);
    let mut sent = Vec::new();
    for seq in 0..5 {
        sent.push(tokio::time::Instant::now());
        publisher.batch(seq, seq == 0, 100).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    publisher.send(FromClient::End("over".into())).await;
    let mut came = Vec::new();
    loop {
        match viewer.event().await {
            Event::Message(FromRelay::Batch(batch)) => came.push(batch.header().seq),
            Event::Message(FromRelay::End(_)) => break,
            other => panic!("{other:?}"),
        }
        if let Some(seq) = came.last() {
            let held = sent[usize::try_from(*seq).expect("small")].elapsed();
            assert!(held >= Duration::from_millis(395), "batch {seq} came after {held:?}");
        }
    }
    came.sort_unstable();
    if via == Via::WebSocket || via == Via::Memory {
        assert_eq!(came, [0, 1, 2, 3, 4], "the end comes last");
    }
}

async fn a_waiver_shortens_the_delay(via: Via) {
    let arena = Arena::start(required).await;
    let publisher = delayed(&arena, via).await;
    let waived = token(Act::Watch, |claims| claims.delay_ms = Some(0));
    let (mut referee, welcome) =
        arena.hello(via, "m", Some(&waived), to_watch()).await.expect("the token allows it");
    assert_eq!(welcome.delay_ms, 0);
    let more = token(Act::Watch, |claims| claims.delay_ms = Some(9_000));
    let (_, welcome) =
        arena.hello(via, "m", Some(&more), to_watch()).await.expect("the token allows it");
    assert_eq!(welcome.delay_ms, 400, "a viewer's token does not lengthen it");
    let (mut viewer, _) = {
        let token = token(Act::Watch, |_| {});
        arena.hello(via, "m", Some(&token), to_watch()).await.expect("the token allows it")
    };
    publisher.batch(0, true, 100).await;
    referee.until(0..=0).await;
    let first = tokio::time::Instant::now();
    viewer.until(0..=0).await;
    assert!(first.elapsed() > Duration::from_millis(200), "the others wait");
}

async fn joining_a_delayed_channel_takes_nothing_from_the_others(via: Via) {
    let arena = Arena::start(required).await;
    let publisher = delayed(&arena, via).await;
    let watching = token(Act::Watch, |_| {});
    let (mut viewer, _) =
        arena.hello(via, "m", Some(&watching), to_watch()).await.expect("the token allows it");
    for seq in 0..4 {
        publisher.batch(seq, true, 100).await;
        // Joins around the moment at which the last batch becomes due.
        let until = tokio::time::Instant::now() + Duration::from_millis(450);
        while tokio::time::Instant::now() < until {
            let joined = arena.hello(via, "m", Some(&watching), to_watch()).await;
            drop(joined.expect("the token allows it"));
        }
        let seen = viewer.until(seq..=seq).await;
        assert!(seen.gaps.is_empty());
    }
}

async fn delayed(arena: &Arena, via: Via) -> Client {
    let token = token(Act::Publish, |claims| claims.delay_ms = Some(400));
    let published = arena.hello(via, "m", Some(&token), to_publish()).await;
    published.expect("the token allows it").0
}
