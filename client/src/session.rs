//! One subscription or publication over whatever transport: messages as they come.
//!
//! Does not put batches in order, and does not come back when it is lost: that is what
//! [`Watcher`](crate::Watcher) and [`Publisher`](crate::Publisher) are for.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use arena_protocol::{FromRelay, Message, Welcome};

use crate::error::Lost;
use crate::transport::{SendHalf, SocketReceiver, SocketSender, Streams};

/// A session: the relay said Welcome.
#[derive(Debug)]
pub struct Session {
    pub(crate) welcome: Welcome,
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
}

/// The half of a session that sends.
pub struct Sender(pub(crate) Sending);

pub(crate) enum Sending {
    Stream(SendHalf),
    Socket(SocketSender),
}

/// The half of a session that receives; the connection stays open for as long as it exists.
pub struct Receiver(pub(crate) Receiving);

pub(crate) enum Receiving {
    Streams(Box<Streams>),
    Socket(Box<SocketReceiver>),
}

impl Session {
    /// The relay's answer to the Hello.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// See [`Receiver::recv`].
    pub async fn recv(&mut self) -> Result<FromRelay, Lost> {
        self.receiver.recv().await
    }

    /// See [`Sender::send`].
    pub async fn send(&mut self, message: &Message) -> Result<(), Lost> {
        self.sender.send(message).await
    }

    /// Its two halves, for two tasks.
    pub fn split(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }
}

impl Sender {
    /// Sends one message; waits while the relay takes no more. Not to be dropped half-way: what is
    /// sent after that would be misread.
    pub async fn send(&mut self, message: &Message) -> Result<(), Lost> {
        match &mut self.0 {
            Sending::Stream(stream) => stream.write(message.framed().clone()).await,
            Sending::Socket(socket) => socket.write(message.bare()).await,
        }
    }

    /// Lets what was sent leave now.
    pub async fn flush(&mut self) -> Result<(), Lost> {
        match &mut self.0 {
            Sending::Stream(_) => Ok(()),
            Sending::Socket(socket) => socket.flush().await,
        }
    }

    /// Says that nothing more is sent.
    pub async fn finish(&mut self) -> Result<(), Lost> {
        self.flush().await?;
        if let Sending::Stream(stream) = &mut self.0 {
            stream.finish();
        }
        Ok(())
    }
}

impl Receiver {
    /// The next message, in the order of its stream; a refusal is an error. Safe to drop and call
    /// again.
    pub async fn recv(&mut self) -> Result<FromRelay, Lost> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// As [`Receiver::recv`], for those who poll.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<FromRelay, Lost>> {
        let message = match &mut self.0 {
            Receiving::Streams(streams) => ready!(streams.poll_message(cx)),
            Receiving::Socket(socket) => ready!(socket.poll_message(cx)),
        };
        let message = FromRelay::decode(message?)?;
        if let FromRelay::Refused(refused) = message {
            return Poll::Ready(Err(Lost::Refused(refused)));
        }
        Poll::Ready(Ok(message))
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
