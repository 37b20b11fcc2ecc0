//! When everybody goes, and when the relay does.

use std::time::Duration;

use arena_protocol::{Delivery, FromRelay};
use bytes::Bytes;

use crate::support::{Arena, Via};

over_every_transport!(nothing_is_left_when_everybody_has_gone, draining_sends_everybody_away,);

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
