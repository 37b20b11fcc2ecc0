//! The SDK against a real relay: every batch once, in order, or named by a gap, whatever breaks.

mod support;

use std::time::Duration;

use arena_client::{
    Code, ConnectError, Connection, Delivery, Event, FROM_THE_FIRST, FromRelay, PublishError,
    PublishOptions, Publisher, Server, Transport, WatchError, WatchOptions, Watcher,
};
use support::{Account, Proxy, Running, account, draft, publish, watch};

const EVERY: [Transport; 3] = [Transport::Quic, Transport::WebTransport, Transport::WebSocket];

#[tokio::test]
async fn a_whole_channel_comes_over_every_transport() {
    let relay = Running::start().await;
    for transport in EVERY {
        let channel = format!("whole/{transport}");
        let mut publisher = publish(&relay.server(), &channel, transport).await;
        let mut watchers = Vec::new();
        for transport in EVERY {
            let options = WatchOptions {
                after: Some(FROM_THE_FIRST),
                delivery: Delivery::Complete,
                transport,
                ..watch(&channel)
            };
            watchers.push(Watcher::connect(&relay.server(), options).await.unwrap());
        }
        for number in 0..300 {
            assert_eq!(publisher.send(draft(number)).await.unwrap(), number);
        }
        let progress = publisher.finish("done").await.unwrap();
        assert_eq!((progress.held, progress.sessions, progress.renumbered), (Some(299), 1, 0));
        for watcher in watchers {
            let account = account(watcher).await;
            let whole =
                Account { lives: vec![(0..300).collect()], ended: true, ..Account::default() };
            assert_eq!(account, whole, "{transport}");
        }
    }
}

#[tokio::test]
async fn every_delivery_accounts_for_every_batch() {
    let relay = Running::start().await;
    for delivery in [Delivery::Live, Delivery::Latest, Delivery::Datagram] {
        for transport in EVERY {
            let channel = format!("{delivery:?}/{transport}");
            let mut publisher = publish(&relay.server(), &channel, Transport::Quic).await;
            let options = WatchOptions { delivery, transport, ..watch(&channel) };
            let watcher = Watcher::connect(&relay.server(), options).await.unwrap();
            for number in 0..200 {
                publisher.send(draft(number)).await.unwrap();
            }
            publisher.finish("done").await.unwrap();
            let account = account(watcher).await;
            assert!(account.ended, "{channel}");
            let mut all = [account.lives[0].clone(), account.missing.clone()].concat();
            all.sort_unstable();
            assert!(all.iter().copied().eq(all[0]..200), "{channel}: {account:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_again_and_again_loses_nothing() {
    let relay = Running::start().await;
    let mut proxy = Proxy::start(relay.http).await;
    let server = proxy.server();
    let mut publisher = publish(&server, "cut", Transport::WebSocket).await;
    let options = WatchOptions {
        after: Some(FROM_THE_FIRST),
        delivery: Delivery::Complete,
        transport: Transport::WebSocket,
        ..watch("cut")
    };
    let mut watcher = Watcher::connect(&server, options).await.unwrap();
    let mut seen = Account::default();
    for number in 0..100 {
        publisher.send(draft(number)).await.unwrap();
        if number % 20 == 10 {
            proxy.cut().await;
        }
        while !seen.knows(number) {
            seen.note(watcher.next().await.unwrap().unwrap());
        }
    }
    let progress = publisher.finish("done").await.unwrap();
    assert_eq!((progress.held, progress.renumbered), (Some(99), 0));
    assert!(progress.sessions >= 5, "{progress:?}");
    while let Some(event) = watcher.next().await.unwrap() {
        seen.note(event);
    }
    assert!(seen.reconnected >= 5, "{seen:?}");
    assert_eq!((seen.lives, seen.missing), (vec![(0..100).collect()], Vec::new()));
}

#[tokio::test]
async fn a_relay_that_starts_anew_begins_another_life() {
    for transport in EVERY {
        let relay = Running::start().await;
        let mut publisher = publish(&relay.server(), "anew", transport).await;
        let options = WatchOptions { transport, ..watch("anew") };
        let mut watcher = Watcher::connect(&relay.server(), options).await.unwrap();
        let mut seen = Account::default();
        for number in 0..10 {
            publisher.send(draft(number)).await.unwrap();
        }
        while !seen.knows(9) {
            seen.note(watcher.next().await.unwrap().unwrap());
        }
        let mut accepted = publisher.accepted();
        accepted.wait_for(|progress| progress.held == Some(9)).await.unwrap();
        let relay = relay.restart().await;
        for number in 10..20 {
            publisher.send(draft(number)).await.unwrap();
        }
        let progress = publisher.finish("done").await.unwrap();
        assert_eq!((progress.held, progress.renumbered), (Some(9), 1), "{transport}");
        while let Some(event) = watcher.next().await.unwrap() {
            seen.note(event);
        }
        // The payloads say which batches they are: none is lost, though their numbers changed.
        assert_eq!(seen.lives, [(0..10).collect::<Vec<_>>(), (10..20).collect()], "{transport}");
        assert!(seen.missing.is_empty() && seen.ended);
        relay.stop().await;
    }
}

#[tokio::test]
async fn those_who_are_asked_to_leave_go_on_elsewhere() {
    let other = Running::start().await;
    let url = other.server().to_string();
    let relay = Running::start_with(|config| {
        config.go_away_url = Some(url);
        config.limits.drain_timeout = Duration::from_secs(2);
    })
    .await;
    let mut publisher = publish(&relay.server(), "leave", Transport::Quic).await;
    let mut watcher = Watcher::connect(&relay.server(), watch("leave")).await.unwrap();
    publisher.send(draft(0)).await.unwrap();
    let mut seen = Account::default();
    while !seen.knows(0) {
        seen.note(watcher.next().await.unwrap().unwrap());
    }
    // What is not known to be held elsewhere is told again there.
    publisher.accepted().wait_for(|progress| progress.held == Some(0)).await.unwrap();
    let stopping = relay.stop();
    let rest = async {
        let mut accepted = publisher.accepted();
        accepted.wait_for(|progress| progress.sessions == 2).await.unwrap();
        publisher.send(draft(1)).await.unwrap();
        publisher.finish("done").await.unwrap();
    };
    let watching = async {
        while let Some(event) = watcher.next().await.unwrap() {
            seen.note(event);
        }
    };
    tokio::join!(stopping, rest, watching);
    assert_eq!(seen.lives.concat(), [0, 1]);
    assert!(seen.ended && seen.reconnected == 0, "{seen:?}");
}

#[tokio::test]
async fn many_sessions_share_a_connection() {
    let relay = Running::start().await;
    for transport in [Transport::Quic, Transport::WebTransport] {
        let mut publishers = Vec::new();
        let connection = Connection::connect(&relay.server(), transport).await.unwrap();
        let mut sessions = Vec::new();
        for number in 0..20 {
            let channel = format!("many/{transport}/{number}");
            publishers.push(publish(&relay.server(), &channel, transport).await);
            sessions.push(connection.watch(&watch(&channel)).await.unwrap());
        }
        for (number, publisher) in (100..).zip(&mut publishers) {
            publisher.send(draft(number)).await.unwrap();
        }
        for (number, session) in (100_u64..).zip(&mut sessions) {
            let payload = loop {
                if let FromRelay::Batch(batch) = session.recv().await.unwrap() {
                    break batch.payload();
                }
            };
            assert_eq!(*payload, number.to_le_bytes());
        }
    }
}

#[tokio::test]
async fn a_websocket_carries_one_session() {
    let relay = Running::start().await;
    let connection = Connection::connect(&relay.server(), Transport::WebSocket).await.unwrap();
    connection.watch(&watch("one")).await.unwrap();
    let second = connection.watch(&watch("one")).await;
    assert!(matches!(second, Err(ConnectError::Unsupported(_))), "{second:?}");
}

#[tokio::test]
async fn where_udp_does_not_get_through_the_websocket_is_taken() {
    let relay = Running::start().await;
    let nowhere = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::start_lying(relay.http, nowhere.local_addr().unwrap().port()).await;
    let connection = Connection::connect(&proxy.server(), Transport::Auto).await.unwrap();
    assert_eq!(connection.transport(), Transport::WebSocket);
    let connection = Connection::connect(&relay.server(), Transport::Auto).await.unwrap();
    assert_eq!(connection.transport(), Transport::Quic);
}

#[tokio::test]
async fn refusals_are_told_and_final_ones_end_it() {
    let relay = Running::start().await;
    for transport in EVERY {
        let channel = format!("refused/{transport}");
        let mut first = publish(&relay.server(), &channel, transport).await;
        let options =
            PublishOptions { transport, ..PublishOptions::new(channel.parse().unwrap(), "opaque") };
        let second = Publisher::connect(&relay.server(), options.clone()).await;
        let refused = |error| {
            let ConnectError::Refused(refused) = error else { panic!("{error}") };
            refused.code()
        };
        assert_eq!(second.map_err(refused).unwrap_err(), Some(Code::Conflict), "{transport}");
        let invalid = PublishOptions { schema: "no such".to_owned(), ..options.clone() };
        let invalid = Publisher::connect(&relay.server(), invalid).await;
        assert_eq!(invalid.map_err(refused).unwrap_err(), Some(Code::Invalid), "{transport}");

        let resume = PublishOptions { resume: true, ..options };
        let second = Publisher::connect(&relay.server(), resume).await.unwrap();
        let mut progress = first.accepted();
        while progress.changed().await.is_ok() {}
        let replaced = first.send(draft(0)).await.unwrap_err();
        let PublishError::Refused(refused) = replaced else { panic!("{replaced}") };
        assert_eq!(refused.code(), Some(Code::Conflict));
        assert_eq!(refused.reason, "replaced by a newer publisher");
        second.finish("done").await.unwrap();
    }
}

#[tokio::test]
async fn a_watcher_gives_up_when_nobody_comes_back() {
    let relay = Running::start().await;
    let options = WatchOptions { patience: Duration::from_millis(300), ..watch("gone") };
    let mut watcher = Watcher::connect(&relay.server(), options).await.unwrap();
    relay.stop().await;
    let error = loop {
        match watcher.next().await {
            Ok(Some(Event::Reconnecting { .. })) => {}
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, WatchError::OutOfPatience { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server: Server = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = Watcher::connect(&server, watch("x")).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}
