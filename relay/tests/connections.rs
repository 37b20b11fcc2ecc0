//! What happens to a connection as a whole: QUIC with many streams, WebSocket under TLS.
#![expect(clippy::wildcard_enum_match_arm, reason = "what a test does not expect is one case")]
#![expect(unreachable_pub, dead_code, reason = "support is a module of this test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use arena_protocol::{Delivery, FromClient, FromRelay, Hello, Intent};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::crypto::ring::default_provider;
use support::{Arena, Via};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;

fn hello(intent: Intent) -> FromClient {
    FromClient::Hello(Hello { version: 1, channel: "m".into(), token: None, intent })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_with_too_many_streams_gives_back_what_its_sessions_hold() {
    let arena = Arena::start(|config| {
        config.limits.publisher_grace = Duration::from_millis(100);
        config.limits.ended_kept = Duration::from_millis(100);
        config.limits.ended_remembered = Duration::from_millis(100);
    })
    .await;
    let conn = support::quic::connect(arena.quic, b"arena/1").await;
    let intent = Intent::Publish { schema: "opaque".into(), meta: Vec::new(), resume: false };
    let (mut send, mut recv) = conn.open_bi().await.unwrap();
    send.write_all(hello(intent).encode().framed()).await.unwrap();
    let mut welcome = [0; 5];
    recv.read_exact(&mut welcome).await.unwrap();
    assert_eq!(welcome[4], 0, "Welcome");
    // Streams that say nonsense, until the relay has had enough of them.
    let nonsense = async {
        while let Ok((mut send, _recv)) = conn.open_bi().await {
            let _closed = send.write_all(&[1, 0, 0, 0, 9]).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), nonsense).await.expect("it is closed");
    let again = async {
        while arena.publish_as(Via::Memory, "m", false).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("the channel is free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_spread_over_the_shards() {
    let arena = Arena::start(|config| config.limits.shards = 2).await;
    let mut publisher = arena.publish(Via::Memory, "m").await;
    let mut viewers = Vec::new();
    for _ in 0..8 {
        viewers.push(arena.watch(Via::Memory, "m", None).await.0);
    }
    publisher.batch(0, true, 10).await;
    publisher.accepted(0).await;
    for viewer in &mut viewers {
        viewer.until(0..=0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_several_channels_for_one_connection_leave_together() {
    const CHANNELS: usize = 5;
    const ROUNDS: u64 = 20;
    let arena = Arena::start(|config| config.limits.gather = Duration::from_millis(50)).await;
    let conn = support::quic::connect(arena.quic, b"arena/1").await;
    let (mut publishers, mut controls, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..CHANNELS {
        let channel = format!("m{number}");
        publishers.push(arena.publish(Via::Memory, &channel).await);
        let intent = Intent::Watch { after: None, delivery: Delivery::Live };
        let hello = FromClient::Hello(Hello { version: 1, channel, token: None, intent });
        let (mut send, recv) = conn.open_bi().await.unwrap();
        send.write_all(hello.encode().framed()).await.unwrap();
        controls.push((send, recv));
    }
    let mut before = 0;
    for seq in 0..ROUNDS {
        for publisher in &publishers {
            assert!(publisher.batch(seq, seq == 0, 100).await);
        }
        while groups.len() < CHANNELS {
            let mut group = conn.accept_uni().await.unwrap();
            group.read_exact(&mut [0]).await.unwrap();
            groups.push(group);
        }
        for group in &mut groups {
            let mut len = [0; 4];
            group.read_exact(&mut len).await.unwrap();
            let mut message = vec![0; u32::from_le_bytes(len) as usize];
            group.read_exact(&mut message).await.unwrap();
        }
        if seq == 0 {
            before = conn.stats().udp_rx.datagrams;
        }
    }
    // One for each round, and some that a busy machine tears apart; by channel it would be five.
    let datagrams = conn.stats().udp_rx.datagrams - before;
    assert!(datagrams < 2 * ROUNDS, "{datagrams} datagrams for {ROUNDS} rounds");
    drop(controls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_under_sessions_that_go_on() {
    let arena = Arena::start(|config| {
        config.tls = arena_relay::Tls::SelfSigned { lifetime: Duration::from_secs(3) };
    })
    .await;
    let publisher = arena.publish(Via::Quic, "m").await;
    let (mut viewer, _) = arena.watch(Via::WebTransport, "m", None).await;
    publisher.batch(0, true, 100).await;
    viewer.until(0..=0).await;
    let announced = pins(&arena).await.1;
    let renewed = async {
        while pins(&arena).await.0 != announced {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), renewed).await.expect("the next one is used");
    publisher.batch(1, false, 100).await;
    viewer.until(1..=1).await;
    let (mut late, _) = arena.watch(Via::Quic, "m", None).await;
    late.until(0..=1).await;
}

/// The current pin and the next, as clients are told.
async fn pins(arena: &Arena) -> (String, String) {
    let page = arena.page("/v1/certificate").await;
    let page: serde_json::Value = serde_json::from_str(&page).expect("JSON");
    let pin = |value: &serde_json::Value| value["sha256"].as_str().expect("a pin").to_owned();
    (pin(&page), pin(&page["next"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_under_tls_gets_everything_to_the_last_byte() {
    let arena = Arena::start(|config| {
        config.http_tls = true;
        config.limits.viewer_bytes_max = 64 * 1024;
    })
    .await;
    let publisher = arena.publish(Via::Memory, "m").await;
    let tcp = TcpStream::connect(arena.http).await.unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(support::quic::TrustEverybody))
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let mut request = format!("wss://{}/v1/session", arena.http).into_client_request().unwrap();
    let protocol = HeaderValue::from_static("arena.v1");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::client_async(request, tls).await.unwrap();
    let watch = Intent::Watch { after: None, delivery: Delivery::Complete };
    socket.send(Message::Binary(hello(watch).encode().bare())).await.unwrap();
    for seq in 0..100 {
        publisher.batch(seq, seq == 0, 30_000).await;
    }
    publisher.send(FromClient::End("over".into())).await;
    // The socket fills before it is read.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut expected = 0;
    let reading = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Binary(bytes))) => match FromRelay::decode(bytes).unwrap() {
                    FromRelay::Batch(batch) => {
                        assert_eq!(batch.header().seq, expected);
                        expected += 1;
                    }
                    FromRelay::End(end) => assert_eq!(end.last_seq, Some(99)),
                    FromRelay::Welcome(_) | FromRelay::Start(_) => {}
                    FromRelay::Refused(_)
                    | FromRelay::Accepted(_)
                    | FromRelay::Gap(_)
                    | FromRelay::GoAway(_) => panic!("nothing goes wrong here"),
                },
                Some(Ok(Message::Close(close))) => break close,
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let close = tokio::time::timeout(Duration::from_secs(10), reading).await.expect("to the end");
    assert_eq!(expected, 100);
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1000));
}
