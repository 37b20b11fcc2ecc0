//! WebSocket: one session for each connection, everything in order.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arena_protocol::{SESSION_PATH, WEBSOCKET_PROTOCOL};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::error::{ConnectError, Lost};
use crate::framing::MESSAGE_LEN_MAX;
use crate::server::{Scheme, Server};
use crate::tcp;

/// A relay gives a sign of life every 10 s; one that is silent for so long is gone.
const SILENCE_MAX: Duration = Duration::from_secs(30);
const CLOSE_CODES: u16 = 4000;

type Stream = WebSocketStream<Box<dyn tcp::Socket>>;

/// A connected WebSocket, in its two halves.
pub(crate) struct Socket {
    pub(crate) sender: SocketSender,
    pub(crate) receiver: SocketReceiver,
}

pub(crate) struct SocketSender(SplitSink<Stream, Message>);

pub(crate) struct SocketReceiver {
    stream: SplitStream<Stream>,
    silence: Pin<Box<Sleep>>,
}

impl Socket {
    pub(crate) async fn connect(server: &Server) -> Result<Self, ConnectError> {
        let scheme = match server.scheme {
            Scheme::Http => "ws",
            Scheme::Https => "wss",
            Scheme::Quic => {
                return Err(ConnectError::Unsupported("a quic:// server has no WebSocket"));
            }
        };
        let url = format!("{scheme}://{}{SESSION_PATH}", server.authority(server.port));
        let url = url.parse().map_err(Lost::transport)?;
        let request = ClientRequestBuilder::new(url).with_sub_protocol(WEBSOCKET_PROTOCOL);
        let tls = server.https()?;
        let stream = tcp::connect(&server.host, server.port, tls).await.map_err(Lost::transport)?;
        // Small buffers, because a load generator opens thousands.
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .write_buffer_size(16 * 1024)
            .max_message_size(Some(MESSAGE_LEN_MAX))
            .max_frame_size(Some(MESSAGE_LEN_MAX));
        let connecting = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        let (stream, _response) = connecting.await.map_err(Lost::transport)?;
        let (sender, stream) = stream.split();
        let silence = Box::pin(tokio::time::sleep(SILENCE_MAX));
        let receiver = SocketReceiver { stream, silence };
        Ok(Self { sender: SocketSender(sender), receiver })
    }
}

impl SocketSender {
    pub(crate) async fn write(&mut self, message: Bytes) -> Result<(), Lost> {
        self.0.feed(Message::Binary(message)).await.map_err(Lost::transport)
    }

    pub(crate) async fn flush(&mut self) -> Result<(), Lost> {
        self.0.flush().await.map_err(Lost::transport)
    }
}

impl SocketReceiver {
    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Lost>> {
        loop {
            let Poll::Ready(received) = self.stream.poll_next_unpin(cx) else {
                ready!(self.silence.as_mut().poll(cx));
                let silence = format!("no sign of life for {} s", SILENCE_MAX.as_secs());
                return Poll::Ready(Err(Lost::Transport(silence)));
            };
            self.silence.as_mut().reset(Instant::now() + SILENCE_MAX);
            match received {
                Some(Ok(Message::Binary(message))) => return Poll::Ready(Ok(message)),
                // Pings are answered below.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(Lost::transport("a text message")));
                }
                Some(Ok(Message::Close(Some(close)))) if u16::from(close.code) >= CLOSE_CODES => {
                    let code = u16::from(close.code) - CLOSE_CODES;
                    return Poll::Ready(Err(Lost::closed(code.into(), close.reason.as_bytes())));
                }
                Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) | None => {
                    return Poll::Ready(Err(Lost::Finished));
                }
                Some(Err(error)) => return Poll::Ready(Err(Lost::transport(error))),
            }
        }
    }
}
