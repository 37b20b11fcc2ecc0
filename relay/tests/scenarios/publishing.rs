//! A publisher's batches, its cuts and its end.

use std::time::Duration;

use arena_protocol::{FROM_THE_FIRST, FromClient, FromRelay};

use crate::support::{Arena, Via};

over_every_transport!(
    a_new_life_ends_the_old_one_for_its_viewers,
    an_end_is_told_after_the_last_batch,
    an_end_counts_even_if_its_publisher_is_gone,
    a_batch_that_is_sent_again_is_acknowledged_and_dropped,
    a_publisher_resumes_where_it_was_cut,
    a_publisher_takes_over_and_the_old_one_is_told,
);

async fn a_new_life_ends_the_old_one_for_its_viewers(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut first = arena.publish(via, "m").await;
    first.batch(0, true, 100).await;
    first.accepted(0).await;
    let (mut viewer, old) = arena.watch(via, "m", None).await;
    viewer.until(0..=0).await;
    drop(first);
    let second = loop {
        // The relay notices the loss of the first in its own time.
        match arena.publish_as(via, "m", false).await {
            Ok((publisher, _)) => break publisher,
            Err(refused) => assert_eq!(refused.code, 409),
        }
    };
    let FromRelay::End(end) = viewer.control().await else { panic!("no end") };
    assert_eq!(end.last_seq, Some(0));
    let (mut viewer, new) = arena.watch(via, "m", None).await;
    assert!(new.epoch > old.epoch);
    second.batch(0, true, 100).await;
    viewer.until(0..=0).await;
}

async fn an_end_is_told_after_the_last_batch(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let publisher = arena.publish(via, "m").await;
    let (mut viewer, _) = arena.watch(via, "m", None).await;
    for seq in 0..5 {
        publisher.batch(seq, seq == 0, 100).await;
    }
    publisher.send(FromClient::End("won".into())).await;
    let seen = viewer.until(0..=4).await;
    assert_eq!(seen.seqs(), [0, 1, 2, 3, 4]);
    if !seen.ended {
        let FromRelay::End(end) = viewer.control().await else { panic!("no end") };
        assert_eq!((end.last_seq, end.reason.as_str()), (Some(4), "won"));
    }
    let (mut late, welcome) = arena.watch(via, "m", Some(FROM_THE_FIRST)).await;
    assert_eq!(welcome.next_seq, 5);
    assert_eq!(late.until(0..=4).await.seqs(), [0, 1, 2, 3, 4], "it is kept for a while");
}

async fn an_end_counts_even_if_its_publisher_is_gone(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let publisher = arena.publish(via, "m").await;
    let (mut viewer, _) = arena.watch(via, "m", None).await;
    publisher.batch(0, true, 100).await;
    viewer.until(0..=0).await;
    publisher.send(FromClient::End("over".into())).await;
    // It left the test's hands; give it the time to leave the client's.
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(publisher);
    let FromRelay::End(end) = viewer.control().await else { panic!("no end") };
    assert_eq!(end.reason, "over");
}

async fn a_batch_that_is_sent_again_is_acknowledged_and_dropped(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    for seq in [0, 1, 1, 0, 2] {
        publisher.batch(seq, seq == 0, 100).await;
    }
    publisher.accepted(2).await;
    publisher.batch(1, false, 100).await;
    publisher.accepted(2).await;
    publisher.batch(4, false, 100).await;
    let FromRelay::Refused(refused) = publisher.control().await else { panic!("not refused") };
    assert_eq!(refused.code, 409);
    assert!(refused.reason.contains("3 was expected"), "{}", refused.reason);
    let (mut viewer, _) = arena.watch(via, "m", Some(FROM_THE_FIRST)).await;
    assert_eq!(viewer.until(0..=2).await.seqs(), [0, 1, 2]);
}

async fn a_publisher_resumes_where_it_was_cut(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut first = arena.publish(via, "m").await;
    for seq in 0..4 {
        first.batch(seq, seq == 0, 100).await;
    }
    first.accepted(3).await;
    let (mut viewer, before) = arena.watch(via, "m", None).await;
    drop(first);
    let (second, welcome) = arena.publish_as(via, "m", true).await.expect("it is ours");
    assert_eq!((welcome.next_seq, welcome.epoch), (4, before.epoch));
    for seq in 4..8 {
        second.batch(seq, false, 100).await;
    }
    assert_eq!(viewer.until(0..=7).await.seqs(), (0..8).collect::<Vec<_>>());
}

async fn a_publisher_takes_over_and_the_old_one_is_told(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let mut first = arena.publish(via, "m").await;
    first.batch(0, true, 100).await;
    first.accepted(0).await;
    let refused = arena.publish_as(via, "m", false).await.err().expect("it is being published");
    assert_eq!(refused.code, 409);
    let (second, welcome) = arena.publish_as(via, "m", true).await.expect("it is taken over");
    assert_eq!(welcome.next_seq, 1);
    assert_eq!(first.refused().await, 409);
    let (mut viewer, _) = arena.watch(via, "m", None).await;
    second.batch(1, false, 100).await;
    assert_eq!(viewer.until(0..=1).await.seqs(), [0, 1]);
}
