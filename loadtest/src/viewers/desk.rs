//! What the viewers of one thread have in common: where they go, and where they note what comes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail};
use arena_protocol::{FromClient, FromRelay, Hello, Intent, Message, VERSION, Welcome};
use bytes::Bytes;
use hdrhistogram::Histogram;

use super::endpoints::Endpoints;
use super::ledger::Ledger;
use super::splitter::Brief;
use super::{Seat, Target};
use crate::report::histogram;
use crate::shared::{Shared, add};

/// What a socket is asked for at once; one buffer serves all viewers of a thread.
const SCRATCH_LEN: usize = 64 * 1024;

/// One for each thread.
pub(crate) struct Desk {
    pub(crate) target: Arc<Target>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) endpoints: RefCell<Endpoints>,
    pub(crate) scratch: RefCell<Box<[u8]>>,
    tally: RefCell<Tally>,
}

/// What the viewers of a thread measured together.
#[derive(Debug)]
pub(crate) struct Tally {
    /// From the moment a batch was meant to be sent to its arrival, in microseconds.
    pub(crate) latency_us: Histogram<u64>,
    /// From the moment a viewer was meant to connect to its Welcome.
    pub(crate) connect_us: Histogram<u64>,
    pub(crate) subscriptions: Vec<Rc<Subscription>>,
}

/// One subscription to a channel.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// The channel, by its place among the target's.
    pub(crate) channel: usize,
    pub(crate) ledger: RefCell<Ledger>,
    /// The first and the last batch of the window that came.
    pub(crate) window: RefCell<Option<(u64, u64)>>,
}

impl Desk {
    pub(crate) fn new(target: Arc<Target>, shared: Arc<Shared>) -> Self {
        Self {
            target,
            shared,
            endpoints: RefCell::default(),
            scratch: RefCell::new(vec![0; SCRATCH_LEN].into()),
            tally: RefCell::new(Tally {
                latency_us: histogram(),
                connect_us: histogram(),
                subscriptions: Vec::new(),
            }),
        }
    }

    /// What a viewer of this channel says first.
    pub(crate) fn hello(&self, channel: usize) -> Message {
        let hello = Hello {
            version: VERSION,
            channel: self.target.channels[channel].to_string(),
            token: self.target.token.clone(),
            intent: Intent::Watch { after: None, delivery: self.target.delivery },
        };
        FromClient::Hello(hello).encode()
    }

    /// Opens the account of a subscription.
    pub(crate) fn subscribe(
        &self,
        seat: &Seat,
        channel: usize,
        welcome: &Welcome,
    ) -> Rc<Subscription> {
        let ledger = RefCell::new(Ledger::new(welcome.oldest_seq));
        let subscription = Rc::new(Subscription { channel, ledger, window: RefCell::default() });
        // Nothing is expected of those who do not read.
        if !seat.stalled {
            self.tally.borrow_mut().subscriptions.push(Rc::clone(&subscription));
        }
        subscription
    }

    /// A viewer got in, after this time.
    pub(crate) fn connected(&self, took_us: u64) {
        self.tally.borrow_mut().connect_us.saturating_record(took_us);
        self.shared.connected.fetch_add(1, Ordering::Relaxed);
    }

    /// A batch came.
    pub(crate) fn batch(&self, subscription: &Subscription, now_us: u64, brief: Brief) {
        if !subscription.ledger.borrow_mut().batch(brief.seq) {
            return;
        }
        add(&self.shared.delivered, 1);
        add(&self.shared.bytes, brief.len as u64);
        if self.target.stamped && brief.stamp != Some(brief.captured_us) {
            self.shared.fail(format!("batch {} came with another's payload", brief.seq));
        }
        if !self.shared.in_window(brief.captured_us) {
            return;
        }
        add(&self.shared.measured, 1);
        let latency_us = now_us.saturating_sub(brief.captured_us);
        self.tally.borrow_mut().latency_us.saturating_record(latency_us);
        let mut window = subscription.window.borrow_mut();
        let (first, last) = window.unwrap_or((brief.seq, brief.seq));
        *window = Some((first.min(brief.seq), last.max(brief.seq)));
    }

    /// The relay said something; an error is the end of the session, and why.
    pub(crate) fn word(&self, subscription: &Subscription, word: &[u8]) -> anyhow::Result<()> {
        match FromRelay::decode(Bytes::copy_from_slice(word))? {
            FromRelay::Gap(gap) => subscription.ledger.borrow_mut().gap(gap.from, gap.to),
            FromRelay::End(end) => bail!("the channel ended: {}", end.reason),
            FromRelay::Refused(refused) => {
                bail!("the relay let it go: {} {}", refused.code, refused.reason)
            }
            FromRelay::GoAway(_) => self.shared.note("the relay asked a viewer to go away"),
            FromRelay::Start(_) | FromRelay::Accepted(_) => {}
            FromRelay::Welcome(_) | FromRelay::Batch(_) => bail!("a message out of place"),
        }
        Ok(())
    }

    pub(crate) fn into_tally(self) -> Tally {
        self.tally.into_inner()
    }
}

/// The answer to a Hello.
pub(crate) fn welcome(word: &[u8]) -> anyhow::Result<Welcome> {
    match FromRelay::decode(Bytes::copy_from_slice(word)).context("no answer to a Hello")? {
        FromRelay::Welcome(welcome) => Ok(welcome),
        FromRelay::Refused(refused) => bail!("refused: {} {}", refused.code, refused.reason),
        FromRelay::Batch(_)
        | FromRelay::End(_)
        | FromRelay::Accepted(_)
        | FromRelay::Gap(_)
        | FromRelay::GoAway(_)
        | FromRelay::Start(_) => bail!("the relay did not begin with Welcome"),
    }
}
