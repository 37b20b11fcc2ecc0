//! The socket under a WebSocket: plain, written by its viewer's shard without a lock, or in TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A socket that one task reads and another writes.
#[derive(Debug)]
pub(crate) enum Io {
    Plain(TcpStream),
    /// Reading and writing change the same TLS state, so they take turns.
    Tls(Box<Mutex<TlsStream<TcpStream>>>),
}

/// Bytes that are asked of a socket at once.
const READ_LEN: usize = 4096;

impl Io {
    /// Reads what is there, at least a byte; 0 is the end.
    pub(crate) async fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        std::future::poll_fn(|cx| self.poll_read(cx, buf)).await
    }

    /// Reads what is there and appends it; 0 is the end. Nothing is held while it waits.
    pub(crate) async fn read_more(&self, to: &mut Vec<u8>) -> io::Result<usize> {
        std::future::poll_fn(|cx| {
            let mut scratch = [0; READ_LEN];
            let len = ready!(self.poll_read(cx, &mut scratch))?;
            to.extend_from_slice(&scratch[..len]);
            Poll::Ready(Ok(len))
        })
        .await
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => loop {
                ready!(tcp.poll_read_ready(cx))?;
                match tcp.try_read(buf) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return Poll::Ready(read),
                }
            },
            Self::Tls(tls) => {
                let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
                let mut buf = ReadBuf::new(buf);
                ready!(Pin::new(&mut *tls).poll_read(cx, &mut buf))?;
                Poll::Ready(Ok(buf.filled().len()))
            }
        }
    }

    /// Writes what the peer's window takes.
    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            // Tried before the readiness is asked for: a socket nearly always takes it.
            Self::Plain(tcp) => {
                // Past the runtime, whose state of this socket is cold, and no vectored write,
                // which costs the kernel more.
                if let [whole] = bytes {
                    match socket2::SockRef::from(tcp).send(whole) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        written => return Poll::Ready(written),
                    }
                }
                loop {
                    match tcp.try_write_vectored(bytes) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        written => return Poll::Ready(written),
                    }
                    ready!(tcp.poll_write_ready(cx))?;
                }
            }
            Self::Tls(tls) => {
                let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
                Pin::new(&mut *tls).poll_write_vectored(cx, bytes)
            }
        }
    }

    /// Writes what TLS took and the peer's window did not.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => {
                let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
                Pin::new(&mut *tls).poll_flush(cx)
            }
        }
    }

    /// Says that nothing more comes, and reads what the peer still sends until it closes.
    pub(crate) async fn drain(&self) {
        match self {
            Self::Plain(tcp) => {
                let _gone = socket2::SockRef::from(tcp).shutdown(std::net::Shutdown::Write);
            }
            Self::Tls(tls) => {
                let shutdown = std::future::poll_fn(|cx| {
                    let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
                    Pin::new(&mut *tls).poll_shutdown(cx)
                });
                let _gone = shutdown.await;
            }
        }
        let mut scratch = [0; 1024];
        while matches!(self.read(&mut scratch).await, Ok(len) if len > 0) {}
    }
}
