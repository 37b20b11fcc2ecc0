//! Viewers that are slower than their channel, by class of delivery, and those that stand still.

use std::time::Duration;

use arena_protocol::{Delivery, FromClient, Why};

use crate::support::{Arena, Client, Seen, Via};

over_every_transport!(
    a_live_viewer_that_lags_is_skipped_to_the_newest_group,
    a_complete_viewer_misses_nothing_while_it_is_held,
    a_latest_viewer_gets_the_newest_when_there_is_room,
    a_datagram_viewer_gets_what_fits,
    a_viewer_that_never_reads_is_let_go_and_nobody_notices,
    a_viewer_that_stands_still_is_let_go_after_the_channels_end,
);

async fn a_live_viewer_that_lags_is_skipped_to_the_newest_group(via: Via) {
    let arena = Arena::start(|config| config.limits.viewer_bytes_max = 64 * 1024).await;
    let mut publisher = arena.publish(via, "m").await;
    let (mut viewer, _) = arena.watch(via, "m", None).await;
    publisher.batch(0, true, 100).await;
    viewer.until(0..=0).await;
    viewer.read(false);
    flood(&mut publisher, 1, 99).await;
    viewer.read(true);
    let seen = viewer.until(1..=99).await;
    assert!(seen.gaps.iter().all(|gap| gap.why == Why::Lagged));
    let skipped = (1..=99).filter(|seq| !seen.batches.contains_key(seq)).count();
    assert!(skipped > 0, "{:?}", seen.gaps);
    assert!(arena.metric("arena_relay_viewer_skips_total").await > 0);
}

async fn a_complete_viewer_misses_nothing_while_it_is_held(via: Via) {
    let arena = Arena::start(|config| config.limits.viewer_bytes_max = 64 * 1024).await;
    let mut publisher = arena.publish(via, "m").await;
    let watched = arena.watch_as(via, "m", None, Delivery::Complete).await;
    let (mut viewer, _) = watched.expect("it may be watched");
    publisher.batch(0, true, 100).await;
    viewer.until(0..=0).await;
    viewer.read(false);
    flood(&mut publisher, 1, 99).await;
    viewer.read(true);
    let seen = viewer.until(1..=99).await;
    assert_eq!(seen.seqs(), (1..=99).collect::<Vec<_>>());
    assert!(seen.gaps.is_empty());
}

async fn a_latest_viewer_gets_the_newest_when_there_is_room(via: Via) {
    let arena = Arena::start(|config| {
        config.limits.viewer_bytes_max = 64 * 1024;
        config.limits.lag_allowance = Duration::from_secs(30);
    })
    .await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in 0..5 {
        publisher.batch(seq, seq == 0, 100).await;
    }
    publisher.accepted(4).await;
    let watched = arena.watch_as(via, "m", None, Delivery::Latest).await;
    let (mut viewer, _) = watched.expect("it may be watched");
    assert_eq!(viewer.until(4..=4).await.seqs(), [4]);
    viewer.read(false);
    flood(&mut publisher, 5, 95).await;
    viewer.read(true);
    let seen = viewer.until(5..=99).await;
    assert!(seen.batches.contains_key(&99));
    assert!(seen.batches.len() < 90, "{} came", seen.batches.len());
}

async fn a_datagram_viewer_gets_what_fits(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    let watched = arena.watch_as(via, "m", None, Delivery::Datagram).await;
    let (mut viewer, _) = watched.expect("it may be watched");
    // The first datagram may get lost behind the handshake in some clients; wait for a batch.
    for seq in 0..10 {
        let len = if seq == 5 { 5000 } else { 100 };
        publisher.batch(seq, seq == 0, len).await;
    }
    publisher.accepted(9).await;
    let mut seen = Seen::default();
    while seen.batches.len() < 10 {
        seen.take(viewer.event().await);
    }
    let datagrams = if via == Via::WebSocket { 0 } else { 9 };
    // In memory nothing is too large for a datagram.
    let datagrams = if via == Via::Memory { 10 } else { datagrams };
    assert_eq!(seen.datagrams, datagrams);
}

async fn a_viewer_that_never_reads_is_let_go_and_nobody_notices(via: Via) {
    let arena = Arena::start(|config| {
        config.limits.viewer_bytes_max = 64 * 1024;
        config.limits.lag_allowance = Duration::from_millis(100);
    })
    .await;
    let mut publisher = arena.publish(via, "m").await;
    let (stalled, _) = arena.watch(via, "m", None).await;
    let (mut healthy, _) = arena.watch(via, "m", None).await;
    stalled.read(false);
    let reading = tokio::task::JoinSet::from_iter([async move { healthy.until(0..=199).await }]);
    flood(&mut publisher, 0, 200).await;
    let seen = reading.join_all().await.remove(0);
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    assert_eq!(seen.seqs(), (0..200).collect::<Vec<_>>());
    let let_go = arena.metric("arena_relay_viewer_slow_total").await;
    assert_eq!(let_go, 1, "the one that does not read");
}

async fn a_viewer_that_stands_still_is_let_go_after_the_channels_end(via: Via) {
    let arena = Arena::start(|config| {
        config.limits.viewer_bytes_max = 64 * 1024;
        config.limits.lag_allowance = Duration::from_secs(60);
        config.limits.stall_max = Duration::from_millis(500);
        config.limits.ended_kept = Duration::from_millis(100);
    })
    .await;
    let mut publisher = arena.publish(via, "m").await;
    for delivery in [Delivery::Live, Delivery::Complete] {
        let (stalled, _) =
            arena.watch_as(via, "m", None, delivery).await.expect("it may be watched");
        stalled.read(false);
        std::mem::forget(stalled);
    }
    flood(&mut publisher, 0, 60).await;
    publisher.send(FromClient::End("over".into())).await;
    let freed = async {
        while arena.metric("arena_relay_rings_bytes").await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.expect("nothing is held for them");
    assert_eq!(arena.metric("arena_relay_viewer_slow_total").await, 2);
}

/// Publishes groups of five large batches until the viewer's windows are full and time has passed.
async fn flood(publisher: &mut Client, from: u64, count: u64) {
    for seq in from..from + count {
        publisher.batch(seq, seq % 5 == 0, 16 * 1024).await;
        if seq % 10 == 9 {
            publisher.accepted(seq).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
