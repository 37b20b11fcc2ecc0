//! A viewer over WebSocket: a socket, a few words of state, and the thread's buffer to read into.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, ready};

use anyhow::{Context as _, bail, ensure};
use arena_protocol::{Message, SESSION_PATH, WEBSOCKET_PROTOCOL};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpSocket;

use super::desk::{Desk, Subscription, welcome};
use super::splitter::{Framing, Heard, Splitter};
use super::{Seat, TcpTarget};

/// The standard's sample key, and what a server makes of it. Nobody caches between us.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const ANSWER_LEN_MAX: usize = 4096;
/// What the kernel holds for a viewer that never reads: as little as it can be told.
const STALLED_BUFFER_LEN: u32 = 4096;
const BINARY: u8 = 0x82;
const PONG: u8 = 0x8a;

/// A connected viewer.
pub(crate) struct Viewer {
    stream: Box<dyn Stream>,
    splitter: Splitter,
    subscription: Rc<Subscription>,
}

/// A byte stream in both directions.
trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// Connects, and waits for the Welcome.
pub(crate) async fn connect(desk: &Desk, seat: &Seat) -> anyhow::Result<Viewer> {
    let target = desk.target.tcp.as_ref().context("this server has no WebSocket")?;
    let mut stream = open(target, seat).await?;
    let request = format!(
        "GET {SESSION_PATH} HTTP/1.1\r\nHost: {}:{}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\
         Sec-WebSocket-Protocol: {WEBSOCKET_PROTOCOL}\r\n\r\n",
        target.host,
        target.address.port()
    );
    stream.write_all(request.as_bytes()).await.context("failed to ask for a WebSocket")?;
    let behind = answer(&mut stream).await?;
    let channel = seat.channels.first().context("a viewer without a channel")?;
    stream.write_all(&frame(BINARY, &desk.hello(*channel))).await?;
    let mut splitter = Splitter::new(Framing::WebSocket);
    let mut read = behind;
    loop {
        let mut answered = None;
        splitter.feed(&read, |heard| {
            if let (Heard::Word(word), None) = (heard, &answered) {
                answered = Some(welcome(word));
            }
        })?;
        if let Some(welcome) = answered {
            let subscription = desk.subscribe(seat, *channel, &welcome?);
            return Ok(Viewer { stream, splitter, subscription });
        }
        read.clear();
        ensure!(stream.read_buf(&mut read).await? > 0, "closed instead of a Welcome");
    }
}

impl Viewer {
    /// Reads until the session is over, and says why.
    pub(crate) async fn run(mut self, desk: &Desk) -> anyhow::Error {
        loop {
            match self.read(desk).await {
                Ok(pongs) if pongs.is_empty() => {}
                Ok(pongs) => {
                    if let Err(error) = self.stream.write_all(&pongs).await {
                        return error.into();
                    }
                }
                Err(error) => return error,
            }
        }
    }

    /// Holds the connection and reads nothing, ever.
    pub(crate) async fn stall(self) -> anyhow::Error {
        std::future::pending().await
    }

    /// Reads once; returns what has to be answered, which is nearly always nothing.
    async fn read(&mut self, desk: &Desk) -> anyhow::Result<Vec<u8>> {
        let Self { stream, splitter, subscription } = self;
        std::future::poll_fn(|cx| {
            // Lent for as long as one read takes, by all viewers of the thread in turn.
            let mut scratch = desk.scratch.borrow_mut();
            let mut buf = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf))?;
            Poll::Ready(take(desk, splitter, subscription, buf.filled()))
        })
        .await
    }
}

fn take(
    desk: &Desk,
    splitter: &mut Splitter,
    subscription: &Subscription,
    bytes: &[u8],
) -> anyhow::Result<Vec<u8>> {
    ensure!(!bytes.is_empty(), "the server closed the socket");
    let now_us = desk.shared.clock.now_us();
    let (mut pongs, mut over) = (Vec::new(), Ok(()));
    splitter.feed(bytes, |heard| match heard {
        Heard::Batch(brief) => desk.batch(subscription, now_us, brief),
        Heard::Ping(payload) => masked(PONG, payload, &mut pongs),
        Heard::Word(word) if over.is_ok() => over = desk.word(subscription, word),
        Heard::Close(code) if over.is_ok() => {
            over = Err(anyhow::anyhow!("the server closed with {code}"));
        }
        Heard::Word(_) | Heard::Close(_) => {}
    })?;
    over.map(|()| pongs)
}

async fn open(target: &TcpTarget, seat: &Seat) -> anyhow::Result<Box<dyn Stream>> {
    let address = target.address;
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.context("failed to open a socket")?;
    if let Some(source) = seat.source {
        let source = SocketAddr::from((IpAddr::V4(source), 0));
        socket.bind(source).with_context(|| format!("failed to leave from {}", source.ip()))?;
    }
    if seat.stalled {
        socket.set_recv_buffer_size(STALLED_BUFFER_LEN)?;
    }
    let stream = socket.connect(address).await;
    let stream = stream.with_context(|| format!("failed to connect to {address}"))?;
    stream.set_nodelay(true)?;
    let Some(tls) = &target.tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from(target.host.clone())?;
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::clone(tls));
    Ok(Box::new(connector.connect(name, stream).await.context("failed to begin TLS")?))
}

/// Reads the answer to the upgrade; returns what stands behind it.
async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> anyhow::Result<Vec<u8>> {
    let mut read = Vec::with_capacity(512);
    loop {
        let len = stream.read_buf(&mut read).await.context("no answer to the upgrade")?;
        ensure!(len > 0, "closed instead of an answer to the upgrade");
        if let Some(at) = read.windows(4).position(|end| end == b"\r\n\r\n") {
            check(&read[..at])?;
            read.drain(..at + 4);
            return Ok(read);
        }
        ensure!(read.len() < ANSWER_LEN_MAX, "an endless answer to the upgrade");
    }
}

fn check(head: &[u8]) -> anyhow::Result<()> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("101") {
        bail!("the server answers {status:?} where a session is");
    }
    let accepts = lines.filter_map(|line| line.split_once(':')).any(|(name, value)| {
        name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT
    });
    ensure!(accepts, "the server does not speak WebSocket");
    Ok(())
}

fn frame(first: u8, message: &Message) -> Vec<u8> {
    let mut frame = Vec::new();
    masked(first, &message.bare(), &mut frame);
    frame
}

/// Appends a frame as clients send it, with a mask of zeros, which changes nothing.
fn masked(first: u8, payload: &[u8], to: &mut Vec<u8>) {
    to.push(first);
    match u8::try_from(payload.len()) {
        Ok(len @ ..=125) => to.push(0x80 | len),
        Ok(_) | Err(_) => {
            let len = u16::try_from(payload.len()).expect("a Hello and a pong are short");
            to.push(0x80 | 126);
            to.extend_from_slice(&len.to_be_bytes());
        }
    }
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_that_speaks_websocket_is_believed() {
        let good = format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {ACCEPT}");
        assert!(check(good.as_bytes()).is_ok());
        for bad in ["", "HTTP/1.1 404 Not Found", "HTTP/1.1 101 Sure", "SSH-2.0-x 101"] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn frames_of_clients_are_masked() {
        let mut frame = Vec::new();
        masked(PONG, b"hi", &mut frame);
        assert_eq!(frame, [0x8a, 0x82, 0, 0, 0, 0, b'h', b'i']);
        frame.clear();
        masked(BINARY, &[7; 300], &mut frame);
        assert_eq!(frame[..8], [0x82, 0xfe, 1, 44, 0, 0, 0, 0]);
    }
}
