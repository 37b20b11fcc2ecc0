//! The client over WebSocket, by a library that the relay does not use for it.

use std::net::SocketAddr;
use std::time::Duration;

use arena_protocol::FromRelay;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::{Ends, Event};

pub async fn open(http: SocketAddr, ends: Ends, tasks: &mut JoinSet<()>) {
    let socket = TcpSocket::new_v4().expect("sockets are to be had");
    // A small window, so that a client that does not read is felt.
    socket.set_recv_buffer_size(16 * 1024).expect("it may be smaller");
    let tcp = socket.connect(http).await.expect("the relay listens");
    let mut request = format!("ws://{http}/v1/session").into_client_request().expect("a URL");
    let protocol = HeaderValue::from_static("arena.v1");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let opened = tokio_tungstenite::client_async(request, tcp).await;
    let (mut sink, mut stream) = opened.expect("the relay speaks WebSocket").0.split();
    let Ends { mut to_relay, events, mut reading } = ends;
    tasks.spawn(async move {
        while let Some(message) = to_relay.recv().await {
            if sink.send(Message::Binary(message)).await.is_err() {
                break;
            }
        }
        drop(to_relay);
        std::future::pending::<()>().await;
    });
    tasks.spawn(async move {
        loop {
            if reading.wait_for(|reading| *reading).await.is_err() {
                return;
            }
            let event = match stream.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    Event::Message(FromRelay::decode(bytes).expect("relays speak the protocol"))
                }
                Some(Ok(Message::Close(frame))) => {
                    Event::Closed(frame.map(|frame| u16::from(frame.code)))
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
}

/// The body of a page.
pub async fn get(http: SocketAddr, path: &str) -> String {
    let mut tcp = TcpStream::connect(http).await.expect("the relay listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {http}\r\nconnection: close\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.expect("it is read");
    let mut answer = String::new();
    let read = tcp.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("in time").expect("text");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    body.to_owned()
}
