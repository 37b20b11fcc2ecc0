//! The floor under QUIC: quinn as it comes, one long-lived stream for each connection, and a loop
//! that hands each of them the same bytes.

use std::cell::{Cell, RefCell};
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use arena_protocol::{ALPN_QUIC, Message};
use futures_util::FutureExt as _;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Connection, RecvStream, SendStream};
use rustls::pki_types::PrivateKeyDer;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::task::{JoinSet, LocalSet};

use super::{Ticker, say_ready, welcome};
use crate::schedule::Load;

/// Holds the acknowledgements of a thousand viewers, as a relay's does.
const BUFFER_LEN: usize = 4 * 1024 * 1024;
const HELLO_LEN_MAX: usize = 64 * 1024;

#[derive(Default)]
struct Floor {
    viewers: RefCell<Vec<Viewer>>,
    next_seq: Cell<u64>,
}

struct Viewer {
    batches: SendStream,
    /// Closed when they are dropped.
    _session: (Connection, SendStream, RecvStream),
}

pub(super) fn run(listen: SocketAddr, load: Load) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(serve(listen, load)))
}

async fn serve(listen: SocketAddr, load: Load) -> anyhow::Result<()> {
    let (config, sum) = config()?;
    let socket = socket(listen).with_context(|| format!("failed to listen on UDP {listen}"))?;
    let endpoint = quinn::Endpoint::new(
        quinn::EndpointConfig::default(),
        Some(config),
        socket,
        Arc::new(quinn::TokioRuntime),
    )?;
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    say_ready(&format!("quic={} sha256={sum}", endpoint.local_addr()?));
    let floor = Rc::new(Floor::default());
    let mut entering = JoinSet::new();
    let accept = async {
        while let Some(incoming) = endpoint.accept().await {
            let floor = Rc::clone(&floor);
            entering.spawn_local(async move {
                // Who does not get in has to say so.
                let _refused = floor.enter(incoming).await;
            });
            while entering.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = floor.write(load) => {}
        () = accept => {}
    }
    Ok(())
}

impl Floor {
    async fn enter(&self, incoming: quinn::Incoming) -> anyhow::Result<()> {
        let conn = incoming.accept()?.await?;
        let (mut send, mut recv) = conn.accept_bi().await?;
        recv.read_chunk(HELLO_LEN_MAX, true).await?;
        send.write_all(welcome(self.next_seq.get()).framed()).await?;
        let mut batches = conn.open_uni().await?;
        // Its subscription's number.
        batches.write_all(&[0]).await?;
        self.viewers.borrow_mut().push(Viewer { batches, _session: (conn, send, recv) });
        Ok(())
    }

    async fn write(&self, load: Load) {
        let mut ticker = Ticker::new(load);
        loop {
            tokio::time::sleep_until(ticker.due().into()).await;
            let message = Message::from(&ticker.make());
            self.next_seq.set(ticker.seq);
            // Who does not take a batch whole is let go: nothing is kept for anybody.
            self.viewers.borrow_mut().retain_mut(|viewer| {
                let written = viewer.batches.write_chunk(message.framed().clone());
                matches!(written.now_or_never(), Some(Ok(())))
            });
        }
    }
}

/// A certificate of its own, and its sum.
fn config() -> anyhow::Result<(quinn::ServerConfig, [u8; 32])> {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    let key = rcgen::KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.der().clone();
    let sum = ring::digest::digest(&ring::digest::SHA256, &certificate);
    let sum = sum.as_ref().try_into().context("a SHA-256 sum has 32 bytes")?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| anyhow!("{error}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    tls.alpn_protocols = vec![ALPN_QUIC.to_vec()];
    let crypto = Arc::new(QuicServerConfig::try_from(tls)?);
    Ok((quinn::ServerConfig::with_crypto(crypto), sum))
}

fn socket(listen: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(listen), Type::DGRAM, Some(Protocol::UDP))?;
    let _less = socket.set_recv_buffer_size(BUFFER_LEN);
    let _less = socket.set_send_buffer_size(BUFFER_LEN);
    socket.bind(&listen.into())?;
    Ok(socket.into())
}
