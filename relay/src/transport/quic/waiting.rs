//! Who waits for what of a connection.
//!
//! Invariant: whoever looks, finds nothing and waits does so under the connection's lock, so nothing
//! happens in between. A wait that was given up leaves its waker until what it was for happens;
//! there are as many as the connection's sessions at most.

use std::task::{Context, Poll, Waker};

use quinn_proto::{Dir, StreamId};

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Connected,
    Closed,
    Accept(Dir),
    Open(Dir),
    Read(StreamId),
    Write(StreamId),
    /// Everything was received, or is not wanted.
    Stopped(StreamId),
}

#[derive(Debug, Default)]
pub(super) struct Waiting(Vec<(For, Waker)>);

impl Waiting {
    pub(super) fn wait<T>(&mut self, what: For, cx: &Context<'_>) -> Poll<T> {
        let same = |(waits_for, waker): &&mut (For, Waker)| {
            *waits_for == what && (what.is_ones() || waker.will_wake(cx.waker()))
        };
        match self.0.iter_mut().find(same) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => self.0.push((what, cx.waker().clone())),
        }
        Poll::Pending
    }

    pub(super) fn happened(&mut self, what: For) {
        for (_, waker) in self.0.extract_if(.., |(waits_for, _)| *waits_for == what) {
            waker.wake();
        }
    }

    /// Everything that anybody waits for has happened, or never will.
    pub(super) fn all(&mut self) {
        for (_, waker) in self.0.drain(..) {
            waker.wake();
        }
    }

    /// Nobody waits for this any more.
    pub(super) fn nobody(&mut self, what: For) {
        self.0.retain(|(waits_for, _)| *waits_for != what);
    }
}

impl For {
    /// Whether only one waits for it at a time: who uses the stream.
    fn is_ones(self) -> bool {
        match self {
            Self::Read(_) | Self::Write(_) | Self::Stopped(_) => true,
            Self::Connected | Self::Closed | Self::Accept(_) | Self::Open(_) => false,
        }
    }
}
