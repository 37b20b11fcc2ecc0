//! What the relay promises, over every transport with the same assertions.
#![expect(clippy::wildcard_enum_match_arm, reason = "what a test does not expect is one case")]
#![expect(unreachable_pub, reason = "support is a module of this test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use arena_protocol::token::{Act, Claims, KeySet, SigningKey};
use arena_protocol::{Delivery, FROM_THE_FIRST, FromClient, FromRelay, Hello, Intent, Why};
use arena_relay::Access;
use bytes::Bytes;
use support::{Arena, Event, Seen, Via, batch};

macro_rules! over_every_transport {
    ($($scenario:ident),* $(,)?) => {
        over_every_transport!(@ quic, Quic, $($scenario),*);
        over_every_transport!(@ webtransport, WebTransport, $($scenario),*);
        over_every_transport!(@ websocket, WebSocket, $($scenario),*);
        over_every_transport!(@ memory, Memory, $($scenario),*);
    };
    (@ $module:ident, $via:ident, $($scenario:ident),*) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(super::Via::$via).await;
            })*
        }
    };
}

over_every_transport!(
    a_late_joiner_starts_at_the_newest_group,
    a_viewer_gets_everything_that_is_held_if_it_asks,
    a_viewer_resumes_behind_what_it_has,
    what_is_no_longer_held_is_named,
    a_number_of_another_life_begins_this_one,
    a_channel_can_be_watched_before_it_is_published,
    a_new_life_ends_the_old_one_for_its_viewers,
    an_end_is_told_after_the_last_batch,
    a_batch_that_is_sent_again_is_acknowledged_and_dropped,
    a_publisher_resumes_where_it_was_cut,
    a_publisher_takes_over_and_the_old_one_is_told,
    a_live_viewer_that_lags_is_skipped_to_the_newest_group,
    a_complete_viewer_misses_nothing_while_it_is_held,
    a_latest_viewer_gets_the_newest_when_there_is_room,
    a_datagram_viewer_gets_what_fits,
    batches_are_held_back_by_the_delay,
    a_waiver_shortens_the_delay,
    a_viewer_that_never_reads_is_let_go_and_nobody_notices,
    a_viewer_that_stands_still_is_let_go_after_the_channels_end,
    joining_a_delayed_channel_takes_nothing_from_the_others,
    an_end_counts_even_if_its_publisher_is_gone,
    nothing_is_left_when_everybody_has_gone,
    messages_that_are_none_are_refused,
    hellos_that_are_not_allowed_are_refused,
    tokens_are_asked_for_where_access_is_required,
    limits_are_told,
    a_session_ends_when_its_token_does,
    draining_sends_everybody_away,
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

/// Publishes groups of five large batches until the viewer's windows are full and time has passed.
async fn flood(publisher: &mut support::Client, from: u64, count: u64) {
    for seq in from..from + count {
        publisher.batch(seq, seq % 5 == 0, 16 * 1024).await;
        if seq % 10 == 9 {
            publisher.accepted(seq).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

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

fn required(config: &mut arena_relay::Config) {
    let keys: KeySet = key().public();
    config.access = Access::Required(Arc::new(keys));
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

fn now_s() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_secs()
}

fn token(act: Act, change: impl FnOnce(&mut Claims)) -> String {
    let mut claims = Claims::new("agent", act, "m*", now_s() + 60);
    change(&mut claims);
    claims.sign(&key())
}

fn to_publish() -> Intent {
    Intent::Publish { schema: "opaque".into(), meta: Vec::new(), resume: false }
}

fn to_watch() -> Intent {
    Intent::Watch { after: None, delivery: Delivery::Live }
}

async fn delayed(arena: &Arena, via: Via) -> support::Client {
    let token = token(Act::Publish, |claims| claims.delay_ms = Some(400));
    let published = arena.hello(via, "m", Some(&token), to_publish()).await;
    published.expect("the token allows it").0
}

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

async fn nothing_is_left_when_everybody_has_gone(via: Via) {
    let arena = Arena::start(|config| {
        config.limits.publisher_grace = Duration::from_millis(100);
        config.limits.ended_kept = Duration::from_millis(100);
        config.limits.ended_remembered = Duration::from_millis(100);
        config.limits.connection_timeout = Duration::from_millis(500);
    })
    .await;
    for round in 0..5 {
        let channel = format!("m/{round}");
        let publisher = arena.publish(via, &channel).await;
        let (mut viewer, _) = arena.watch(via, &channel, None).await;
        let (_waiting, _) = arena.watch(via, "never", None).await;
        publisher.batch(0, true, 100).await;
        viewer.until(0..=0).await;
        let mut confused = arena.open(via).await;
        confused.send_bytes(Bytes::from_static(&[9])).await;
        confused.refused().await;
    }
    let names = ["sessions_open", "viewers", "channels", "channels_live", "rings_bytes"];
    let gone = async {
        for name in names {
            while arena.metric(&format!("arena_relay_{name}")).await > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), gone)
        .await
        .expect("everything goes back to zero");
}

async fn messages_that_are_none_are_refused(via: Via) {
    let arena = Arena::start(|_| {}).await;
    let hello = FromClient::Hello(Hello {
        version: 1,
        channel: "m".into(),
        token: None,
        intent: to_watch(),
    });
    let hello = hello.encode().bare();
    let mut version = hello.to_vec();
    version[1] = 2;
    let trailing = [&hello[..], &[0]].concat();
    let huge = vec![0; 8 * 1024 + 1];
    for (bytes, code) in [
        (Bytes::from_static(&[9]), 400),
        (hello.slice(..hello.len() - 1), 400),
        (trailing.into(), 400),
        (batch(0, true, 10).message().clone(), 400),
        (version.into(), 426),
        (huge.into(), 413),
    ] {
        let mut client = arena.open(via).await;
        client.send_bytes(bytes.clone()).await;
        assert_eq!(client.refused().await, code, "{bytes:?}");
        if let (Via::WebSocket | Via::Memory, Event::Closed(close)) = (via, client.event().await) {
            assert_eq!(close, Some(4000 + code));
        }
    }
    let mut publisher = arena.publish(via, "m").await;
    publisher.send_bytes(Bytes::from_static(&[1, 0])).await;
    assert_eq!(publisher.refused().await, 400, "half a batch");
    let (mut viewer, _) = arena.watch(via, "m", None).await;
    viewer.send_bytes(hello.clone()).await;
    assert_eq!(viewer.refused().await, 400, "a second Hello");
    let mut publisher = arena.publish(via, "large").await;
    publisher.batch(0, true, 256 * 1024 - 16).await;
    publisher.accepted(0).await;
    publisher.batch(1, true, 256 * 1024 + 1).await;
    assert_eq!(publisher.refused().await, 413);
}

async fn hellos_that_are_not_allowed_are_refused(via: Via) {
    let arena = Arena::start(|config| {
        config.waiting = false;
        config.limits.hello_timeout = Duration::from_millis(300);
        config.limits.ended_kept = Duration::from_millis(100);
    })
    .await;
    let code = async |channel: &str, intent: Intent| {
        arena.hello(via, channel, None, intent).await.err().map(|refused| refused.code)
    };
    assert_eq!(code("m", to_watch()).await, Some(404));
    assert_eq!(code("../m", to_watch()).await, Some(422));
    let schema = Intent::Publish { schema: "no schema".into(), meta: Vec::new(), resume: false };
    assert_eq!(code("m", schema).await, Some(422));
    let mut silent = arena.open(via).await;
    if matches!(via, Via::Quic | Via::WebTransport) {
        // A stream exists with its first byte.
        silent.send_bytes(Bytes::from_static(&[0])).await;
        assert!(matches!(silent.refused().await, 400 | 408));
    } else {
        assert_eq!(silent.refused().await, 408);
    }
    let publisher = arena.publish(via, "m").await;
    publisher.send(FromClient::End("over".into())).await;
    let ended = async {
        while code("m", to_watch()).await != Some(410) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("410 once nothing is kept");
}

async fn tokens_are_asked_for_where_access_is_required(via: Via) {
    let arena = Arena::start(required).await;
    let code = async |channel: &str, token: Option<String>, intent: Intent| {
        let hello = arena.hello(via, channel, token.as_deref(), intent).await;
        hello.err().map(|refused| refused.code)
    };
    let watching = || Some(token(Act::Watch, |_| {}));
    assert_eq!(code("m", None, to_watch()).await, Some(401));
    assert_eq!(code("m", Some("a.b.c".into()), to_watch()).await, Some(401));
    let expired = token(Act::Watch, |claims| claims.exp = now_s() - 10);
    assert_eq!(code("m", Some(expired), to_watch()).await, Some(401));
    assert_eq!(code("m", watching(), to_publish()).await, Some(403));
    assert_eq!(code("other", watching(), to_watch()).await, Some(403));
    assert_eq!(code("m/1", watching(), to_watch()).await, None);
    let mine = || Some(token(Act::Publish, |_| {}));
    let theirs = || Some(token(Act::Publish, |claims| claims.sub = "another".into()));
    let (_holder, _) = {
        let token = mine();
        arena.hello(via, "m", token.as_deref(), to_publish()).await.expect("it is free")
    };
    let take_over = || Intent::Publish { schema: "opaque".into(), meta: Vec::new(), resume: true };
    assert_eq!(code("m", theirs(), take_over()).await, Some(409), "only the same subject may");
    assert_eq!(code("m", mine(), take_over()).await, None);
    struct NoKeys;
    impl arena_relay::Keys for NoKeys {
        fn keys(&self) -> Result<KeySet, String> {
            Err("nothing there".into())
        }
    }
    let broken = Arena::start(|config| config.access = Access::Required(Arc::new(NoKeys))).await;
    let refused = broken.hello(via, "m", watching().as_deref(), to_watch()).await.err();
    assert_eq!(refused.expect("it cannot be checked").code, 500);
}

async fn limits_are_told(via: Via) {
    let arena = Arena::start(|config| {
        config.limits.channels_max = 2;
        config.limits.messages_per_s = 50;
    })
    .await;
    let mut flooding = arena.publish(via, "a").await;
    for seq in 0..200 {
        if !flooding.batch(seq, false, 10).await {
            break;
        }
    }
    assert_eq!(flooding.refused().await, 429);
    let _second = arena.publish(via, "b").await;
    let third = arena.publish_as(via, "c", false).await.err().expect("there are two already");
    assert_eq!(third.code, 503);
    let few = Arena::start(|config| config.limits.sessions_per_address_max = 1).await;
    let _first = few.publish(via, "a").await;
    let second = few.publish_as(via, "b", false).await.err().expect("one session an address");
    assert_eq!(second.code, 429);
    let full = Arena::start(|config| config.limits.sessions_max = 1).await;
    let _first = full.publish(via, "a").await;
    if via == Via::Memory {
        let second = full.publish_as(via, "b", false).await.err().expect("one session in all");
        assert_eq!(second.code, 503);
    }
}

async fn a_session_ends_when_its_token_does(via: Via) {
    let arena = Arena::start(required).await;
    let soon = |act| token(act, |claims| claims.exp = now_s() + 1);
    let publishing = arena.hello(via, "m", Some(&soon(Act::Publish)), to_publish()).await;
    let (mut publisher, _) = publishing.expect("it holds still");
    publisher.batch(0, true, 100).await;
    let watching = arena.hello(via, "m", Some(&soon(Act::Watch)), to_watch()).await;
    let (mut viewer, _) = watching.expect("it holds still");
    assert_eq!(publisher.refused().await, 401);
    assert_eq!(viewer.refused().await, 401);
}

async fn draining_sends_everybody_away(via: Via) {
    let mut arena = Arena::start(|_| {}).await;
    let mut publisher = arena.publish(via, "m").await;
    let (mut viewer, _) = arena.watch(via, "m", None).await;
    publisher.batch(0, true, 100).await;
    viewer.until(0..=0).await;
    arena.stop();
    let FromRelay::GoAway(_) = viewer.control().await else { panic!("not sent away") };
    let FromRelay::GoAway(_) = publisher.control().await else { panic!("not sent away") };
    publisher.batch(1, false, 100).await;
    assert_eq!(viewer.until(1..=1).await.seqs(), [1], "it serves on while it drains");
    let refused = arena.watch_as(via, "m", None, Delivery::Live).await.err();
    assert_eq!(refused.expect("nobody new").code, 512);
    assert_eq!(viewer.refused().await, 512);
    assert_eq!(publisher.refused().await, 512);
    arena.stopped().await;
}
