//! A client's WebSocket: opened, read frame by frame out of whatever pieces arrive, written in text.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::queue::http::Place;

/// The standard's sample key; nobody caches between us.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const HEAD_LEN_MAX: usize = 4096;
const FRAME_LEN_MAX: usize = 64 * 1024;
/// What the kernel holds for who never reads: as little as it can be told.
const STALLED_BUFFER_LEN: u32 = 4096;
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// A connected socket.
pub(super) struct Socket {
    tcp: TcpStream,
    /// What was read and is no whole frame yet.
    read: Vec<u8>,
}

/// What whoever opened it means to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Everything,
    Never,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    Text(&'a [u8]),
    /// With the reason's number.
    Close(u16),
}

impl Socket {
    pub(super) async fn open(place: &Arc<Place>, path: &str, reads: Reads) -> anyhow::Result<Self> {
        let address = place.address;
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if reads == Reads::Never {
            socket.set_recv_buffer_size(STALLED_BUFFER_LEN)?;
        }
        let mut tcp = socket.connect(address).await.context("failed to connect")?;
        tcp.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n",
            place.host
        );
        tcp.write_all(request.as_bytes()).await?;
        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            ensure!(read.len() < HEAD_LEN_MAX, "an endless answer to the upgrade");
            ensure!(tcp.read_buf(&mut read).await? > 0, "closed instead of an answer");
        };
        if !read.starts_with(b"HTTP/1.1 101 ") {
            let line = String::from_utf8_lossy(&read);
            bail!("the server answers {:?} at {path}", line.lines().next().unwrap_or_default());
        }
        read.drain(..end);
        Ok(Self { tcp, read })
    }

    /// Reads once. False: the socket is closed.
    pub(super) async fn read(&mut self, mut heard: impl FnMut(Heard<'_>)) -> anyhow::Result<bool> {
        let mut open = self.take(&mut heard).await?;
        if !open {
            return Ok(false);
        }
        // No buffer is held while nothing comes.
        if self.read.is_empty() {
            self.read = Vec::new();
        }
        self.tcp.readable().await?;
        self.read.reserve(8 * 1024);
        match self.tcp.try_read_buf(&mut self.read) {
            Ok(0) => return Ok(false),
            Ok(_) => open = self.take(&mut heard).await?,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(open)
    }

    /// Everything that is whole.
    async fn take(&mut self, heard: &mut impl FnMut(Heard<'_>)) -> anyhow::Result<bool> {
        let mut at = 0;
        let mut pongs = Vec::new();
        let mut open = true;
        while let Some((first, payload)) = frame(&self.read[at..])? {
            let range = at + payload.start..at + payload.end;
            at = range.end;
            let payload = &self.read[range];
            match first {
                TEXT => heard(Heard::Text(payload)),
                PING => masked(PONG, payload, &mut pongs),
                CLOSE => {
                    let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                    heard(Heard::Close(code));
                    masked(CLOSE, payload, &mut pongs);
                    open = false;
                }
                PONG => {}
                other => bail!("a frame that begins with {other:#x}"),
            }
        }
        self.read.drain(..at);
        if !pongs.is_empty() {
            self.tcp.write_all(&pongs).await?;
        }
        Ok(open)
    }

    /// Sends one text.
    pub(super) async fn text(&mut self, text: &str) -> anyhow::Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 8);
        masked(TEXT, text.as_bytes(), &mut frame);
        self.tcp.write_all(&frame).await.context("failed to send")
    }
}

/// The first byte of a whole frame, and where its payload stands.
fn frame(bytes: &[u8]) -> anyhow::Result<Option<(u8, std::ops::Range<usize>)>> {
    let [first, short, rest @ ..] = bytes else { return Ok(None) };
    let (len, start) = match (*short, rest) {
        (len @ 0..=125, _) => (usize::from(len), 2),
        (126, [high, low, ..]) => (usize::from(u16::from_be_bytes([*high, *low])), 4),
        (126, _) => return Ok(None),
        _ => bail!("a frame of over {FRAME_LEN_MAX} bytes, or a masked one"),
    };
    Ok((bytes.len() >= start + len).then_some((*first, start..start + len)))
}

/// Appends a frame as clients send it, with a mask of zeros, which changes nothing.
fn masked(first: u8, payload: &[u8], to: &mut Vec<u8>) {
    to.push(first);
    match u8::try_from(payload.len()) {
        Ok(len @ ..=125) => to.push(0x80 | len),
        Ok(_) | Err(_) => {
            let len = u16::try_from(payload.len()).expect("what is sent is short");
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
    fn frames_are_found_once_they_are_whole() {
        let long = [&[TEXT, 126, 1, 0][..], &[7; 256]].concat();
        assert_eq!(frame(&long).unwrap(), Some((TEXT, 4..260)));
        for cut in 0..long.len() {
            assert_eq!(frame(&long[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(frame(&[CLOSE, 0, 9]).unwrap(), Some((CLOSE, 2..2)));
        assert!(frame(&[TEXT, 0x81, 0]).is_err());
    }

    #[test]
    fn what_is_sent_is_masked_with_nothing() {
        let mut sent = Vec::new();
        masked(TEXT, &[5; 200], &mut sent);
        assert_eq!(sent[..8], [TEXT, 0x80 | 126, 0, 200, 0, 0, 0, 0]);
        assert_eq!(sent.len(), 208);
    }
}
