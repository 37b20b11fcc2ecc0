//! The floor under WebSocket: plain sockets in a list, and a loop that writes to each of them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use arena_protocol::WEBSOCKET_PROTOCOL;
use tungstenite::handshake::derive_accept_key;

use super::{Ticker, say_ready, time_until, welcome};
use crate::schedule::Load;

/// Time for a request; whoever is slower is not let in.
const REQUEST_TIME: Duration = Duration::from_secs(2);
const REQUEST_LEN_MAX: usize = 8 * 1024;

#[derive(Default)]
struct Floor {
    sockets: Mutex<Vec<TcpStream>>,
    next_seq: AtomicU64,
}

pub(super) fn run(listen: SocketAddr, load: Load) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen);
    let listener = listener.with_context(|| format!("failed to listen on TCP {listen}"))?;
    let address = listener.local_addr()?;
    let floor = Floor::default();
    std::thread::scope(|scope| {
        scope.spawn(|| floor.accept(&listener));
        say_ready(&format!("http=http://{address}"));
        floor.write(load);
    });
    Ok(())
}

impl Floor {
    fn accept(&self, listener: &TcpListener) {
        loop {
            match listener.accept() {
                Ok((socket, _)) => {
                    // Whoever does not ask for a WebSocket is dropped.
                    if let Ok(socket) = self.upgrade(socket) {
                        self.sockets().push(socket);
                    }
                }
                Err(_out_of_descriptors) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    fn upgrade(&self, mut socket: TcpStream) -> anyhow::Result<TcpStream> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(REQUEST_TIME))?;
        let mut request = Vec::new();
        let mut piece = [0; 1024];
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let len = socket.read(&mut piece)?;
            ensure!(len > 0 && request.len() + len < REQUEST_LEN_MAX, "no request");
            request.extend_from_slice(&piece[..len]);
        }
        let request = String::from_utf8_lossy(&request);
        let headers = request.lines().filter_map(|line| line.split_once(':'));
        let key =
            headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let accept = derive_accept_key(key.context("no key")?.1.trim().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Protocol: {WEBSOCKET_PROTOCOL}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        socket.write_all(answer.as_bytes())?;
        // It says who it is, which plays no part here.
        ensure!(socket.read(&mut piece)? > 0, "no Hello");
        let welcome = welcome(self.next_seq.load(Ordering::Relaxed));
        socket.write_all(&frame(&welcome.bare()))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn write(&self, load: Load) {
        let mut ticker = Ticker::new(load);
        loop {
            std::thread::sleep(time_until(ticker.due()));
            let frame = frame(ticker.make().message());
            self.next_seq.store(ticker.seq, Ordering::Relaxed);
            // Who does not take a frame whole is let go: nothing is kept for anybody.
            self.sockets()
                .retain_mut(|socket| matches!(socket.write(&frame), Ok(len) if len == frame.len()));
        }
    }

    fn sockets(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x82];
    match (u8::try_from(message.len()), u16::try_from(message.len())) {
        (Ok(len @ ..=125), _) => frame.push(len),
        (_, Ok(len)) => {
            frame.push(126);
            frame.extend_from_slice(&len.to_be_bytes());
        }
        (_, Err(_)) => {
            frame.push(127);
            frame.extend_from_slice(&(message.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(message);
    frame
}
