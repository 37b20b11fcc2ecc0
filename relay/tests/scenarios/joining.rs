//! What a viewer gets first, whenever it joins.

use arena_protocol::{FROM_THE_FIRST, Why};

use crate::support::{Arena, Seen, Via};

over_every_transport!(
    a_late_joiner_starts_at_the_newest_group,
    a_viewer_gets_everything_that_is_held_if_it_asks,
    a_viewer_resumes_behind_what_it_has,
    what_is_no_longer_held_is_named,
    a_number_of_another_life_begins_this_one,
    a_channel_can_be_watched_before_it_is_published,
);

async fn a_late_joiner_starts_at_the_newest_group(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in 0..7 {
        publisher.batch(seq, seq % 3 == 0, 100).await;
    }
    publisher.accepted(6).await;
    publisher.batch(7, false, 100).await;
    publisher.accepted(7).await;
    let (mut viewer, welcome) = arena.watch(via, "m", None).await;
    assert_eq!((welcome.oldest_seq, welcome.next_seq), (0, 8));
    let start = welcome.start.expect("it is published");
    assert_eq!((start.schema.as_str(), &start.meta[..]), ("opaque", &b"{}"[..]));
    assert_eq!(start.epoch, welcome.epoch);
    publisher.batch(8, false, 100).await;
    let seen = viewer.until(6..=8).await;
    assert_eq!(seen.seqs(), [6, 7, 8]);
    assert!(seen.gaps.is_empty());
}

async fn a_viewer_gets_everything_that_is_held_if_it_asks(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in 0..40 {
        publisher.batch(seq, seq % 10 == 0, 2000).await;
    }
    publisher.accepted(39).await;
    let (mut viewer, _) = arena.watch(via, "m", Some(FROM_THE_FIRST)).await;
    let seen = viewer.until(0..=39).await;
    assert_eq!(seen.seqs(), (0..40).collect::<Vec<_>>());
    assert!(seen.gaps.is_empty());
    if matches!(via, Via::WebSocket | Via::Memory) {
        assert!(seen.arrivals.is_sorted(), "one stream keeps the order");
    }
}

async fn a_viewer_resumes_behind_what_it_has(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in 0..10 {
        publisher.batch(seq, seq == 0, 100).await;
    }
    publisher.accepted(9).await;
    let (mut first, welcome) = arena.watch(via, "m", None).await;
    let mut all = first.until(0..=9).await.seqs();
    drop(first);
    for seq in 10..20 {
        publisher.batch(seq, seq == 15, 100).await;
    }
    publisher.accepted(19).await;
    let (mut second, again) = arena.watch(via, "m", Some(9)).await;
    assert_eq!(again.epoch, welcome.epoch);
    let seen = second.until(10..=19).await;
    assert!(seen.gaps.is_empty());
    all.extend(seen.seqs());
    assert_eq!(all, (0..20).collect::<Vec<_>>());
}

async fn what_is_no_longer_held_is_named(via: Via) {
    let arena = Arena::start(|config| config.limits.ring_len = 4).await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in 0..10 {
        publisher.batch(seq, true, 100).await;
    }
    publisher.accepted(9).await;
    let (mut viewer, welcome) = arena.watch(via, "m", Some(2)).await;
    assert_eq!(welcome.oldest_seq, 6);
    let seen = viewer.until(3..=9).await;
    assert_eq!(seen.seqs(), [6, 7, 8, 9]);
    let gap = seen.gaps[0];
    assert_eq!((gap.from, gap.to, gap.why), (3, 5, Why::Expired));
}

async fn a_number_of_another_life_begins_this_one(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in 0..3 {
        publisher.batch(seq, seq == 0, 100).await;
    }
    publisher.accepted(2).await;
    let (mut viewer, _) = arena.watch(via, "m", Some(500)).await;
    assert_eq!(viewer.until(0..=2).await.seqs(), [0, 1, 2]);
}

async fn a_channel_can_be_watched_before_it_is_published(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let (mut viewer, welcome) = arena.watch(via, "m", None).await;
    assert!(welcome.start.is_none());
    let publisher = arena.publish(via, "m").await;
    publisher.batch(0, true, 100).await;
    let seen = viewer.until(0..=0).await;
    let mut start = seen.start;
    while start.is_none() {
        let mut more = Seen::default();
        more.take(viewer.event().await);
        start = more.start;
    }
    assert!(start.is_some_and(|start| start.epoch > 0));
}
