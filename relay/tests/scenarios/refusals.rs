//! Every refusal that a client can cause.

use std::sync::Arc;
use std::time::Duration;

use arena_protocol::token::{Act, KeySet};
use arena_protocol::{FromClient, Hello, Intent};
use arena_relay::Access;
use bytes::Bytes;

use crate::rights::{now_s, required, to_publish, to_watch, token};
use crate::support::{Arena, Event, Via, batch};

over_every_transport!(
    messages_that_are_none_are_refused,
    hellos_that_are_not_allowed_are_refused,
    tokens_are_asked_for_where_access_is_required,
    limits_are_told,
    a_session_ends_when_its_token_does,
);

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
