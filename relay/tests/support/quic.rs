//! The clients over QUIC: raw, and WebTransport.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use arena_protocol::FromRelay;
use bytes::Bytes;
use quinn::crypto::rustls::QuicClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Ends, Event};

/// Opens a session and spawns what reads and writes it. The two kinds of connections have the same
/// methods and no trait.
macro_rules! drive {
    ($conn:ident, $ends:ident, $tasks:ident) => {
        let (mut send, recv) = $conn.open_bi().await.expect("a stream");
        let Ends { mut to_relay, events, reading } = $ends;
        $tasks.spawn(async move {
            while let Some(message) = to_relay.recv().await {
                if send.write_all(&framed(&message)).await.is_err() {
                    break;
                }
            }
            drop(to_relay);
            std::future::pending::<()>().await;
        });
        control(recv, events.clone(), $tasks);
        let (datagrams, to) = ($conn.clone(), events.clone());
        $tasks.spawn(async move {
            while let Ok(datagram) = datagrams.read_datagram().await {
                if to.send(Event::Datagram(batch(datagram.slice(1..)))).await.is_err() {
                    return;
                }
            }
        });
        $tasks.spawn(async move {
            let mut groups = JoinSet::new();
            while let Ok(group) = $conn.accept_uni().await {
                groups.spawn(read_group(group, events.clone(), reading.clone()));
            }
        });
    };
}

pub async fn raw(quic: SocketAddr, ends: Ends, tasks: &mut JoinSet<()>) {
    let conn = connect(quic, b"arena/1").await;
    drive!(conn, ends, tasks);
}

pub async fn webtransport(quic: SocketAddr, ends: Ends, tasks: &mut JoinSet<()>) {
    let conn = connect(quic, b"h3").await;
    let request = web_transport_quinn::proto::ConnectRequest::new(
        format!("https://{quic}/v1/session").parse::<url::Url>().expect("a URL"),
    );
    let session = web_transport_quinn::Session::connect(conn, request).await.expect("a session");
    drive!(session, ends, tasks);
}

/// The session's own stream is read whatever happens, as words are few.
fn control(
    mut recv: impl AsyncRead + Unpin + Send + 'static,
    events: mpsc::Sender<Event>,
    tasks: &mut JoinSet<()>,
) {
    tasks.spawn(async move {
        while let Some(message) = read_message(&mut recv).await {
            let message = FromRelay::decode(message).expect("relays speak the protocol");
            if events.send(Event::Message(message)).await.is_err() {
                return;
            }
        }
        // Nobody may be listening any more.
        let _gone = events.send(Event::Closed(None)).await;
    });
}

async fn read_group(
    mut group: impl AsyncRead + Unpin,
    events: mpsc::Sender<Event>,
    mut reading: watch::Receiver<bool>,
) {
    let Ok(subscription) = group.read_u8().await else { return };
    assert_eq!(subscription, 0, "the only session of its connection");
    loop {
        if reading.wait_for(|reading| *reading).await.is_err() {
            return;
        }
        let Some(message) = read_message(&mut group).await else { return };
        let message = FromRelay::decode(message).expect("relays speak the protocol");
        if events.send(Event::Message(message)).await.is_err() {
            return;
        }
    }
}

async fn read_message(recv: &mut (impl AsyncRead + Unpin)) -> Option<Bytes> {
    let len = recv.read_u32_le().await.ok()?;
    let mut message = vec![0; len as usize];
    recv.read_exact(&mut message).await.ok()?;
    Some(message.into())
}

fn batch(message: Bytes) -> arena_protocol::Batch {
    arena_protocol::Batch::parse(message).expect("datagrams carry batches")
}

fn framed(message: &[u8]) -> Vec<u8> {
    let len = u32::try_from(message.len()).expect("small").to_le_bytes();
    [&len, message].concat()
}

pub async fn connect(quic: SocketAddr, alpn: &[u8]) -> quinn::Connection {
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TrustEverybody))
        .with_no_client_auth();
    tls.alpn_protocols = vec![alpn.to_vec()];
    let crypto = QuicClientConfig::try_from(tls).expect("TLS 1.3");
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    let mut transport = quinn::TransportConfig::default();
    // A small window, so that a client that does not read is felt.
    transport.stream_receive_window((32_u32 * 1024).into()).receive_window((64_u32 * 1024).into());
    config.transport_config(Arc::new(transport));
    let mut endpoint =
        quinn::Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    endpoint.set_default_client_config(config);
    let connecting = endpoint.connect(quic, "localhost").expect("an address");
    connecting.await.expect("the relay listens")
}

#[derive(Debug)]
pub struct TrustEverybody;

impl ServerCertVerifier for TrustEverybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}
