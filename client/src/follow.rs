//! What a viewer makes of what it is told: events in order, across sessions. Pure: no clock, no
//! socket.
//!
//! Invariant: of each life of the channel, every batch from where it was begun becomes one event, or
//! is named by one gap; between two lives stands a start.

use std::collections::VecDeque;
use std::time::Duration;

use arena_protocol::{Batch, Delivery, End, FROM_THE_FIRST, FromRelay, Gap, Start, Welcome, Why};

use crate::reorder::{Out, Reorder};

/// Datagrams may be lost without a word; so long a later one waits for those before it.
const DATAGRAM_WINDOW: Duration = Duration::from_millis(50);
/// When the channel has ended, so long is waited for the next batch of those that are missing.
const DRAIN: Duration = Duration::from_secs(1);

/// What happens on a watched channel.
#[derive(Clone, Debug)]
pub enum Event {
    /// A life of the channel begins, or was joined: batches from here on belong to it.
    Start(Start),
    /// The next batch.
    Batch(Batch),
    /// These will not come; the next batch is behind them.
    Gap(Gap),
    /// The session was lost; the next attempt comes after `delay`.
    Reconnecting {
        /// Which attempt it is, counted from 1.
        attempt: u32,
        /// How long until then.
        delay: Duration,
        /// What happened.
        reason: String,
    },
    /// The channel's life is over, and everything before that was told.
    Ended(End),
}

/// A viewer's account of a channel.
#[derive(Debug)]
pub(crate) struct Follow {
    delivery: Delivery,
    /// The life that is watched; none while the channel was not published yet.
    epoch: Option<u64>,
    reorder: Reorder<Batch>,
    /// What the present session was asked to begin behind.
    after: Option<u64>,
    end: Option<End>,
    over: bool,
    events: VecDeque<Event>,
}

impl Follow {
    pub(crate) fn new(delivery: Delivery, after: Option<u64>) -> Self {
        let reorder = Reorder::new(None);
        let events = VecDeque::new();
        Self { delivery, epoch: None, reorder, after, end: None, over: false, events }
    }

    /// Where a session has to begin so that nothing is missing between this one and it.
    pub(crate) fn after(&self) -> Option<u64> {
        // Behind nothing is "behind −1", which is how the first is asked for.
        self.reorder.next().map_or(self.after, |next| Some(next.wrapping_sub(1)))
    }

    /// The life that is watched.
    pub(crate) fn epoch(&self) -> Option<u64> {
        self.epoch
    }

    /// A session begins that asked for `after`.
    pub(crate) fn welcome(&mut self, welcome: &Welcome, after: Option<u64>) {
        if self.epoch.is_some_and(|epoch| epoch == welcome.epoch) {
            return;
        }
        if self.end.is_some() {
            // What was missing of the life that ended cannot come from another one.
            return self.give_up();
        }
        self.after = after;
        match &welcome.start {
            Some(start) => {
                let next = after.map(|after| after.wrapping_add(1));
                // A number that this life has not reached was seen in another one; the relay
                // decides what to begin with then.
                self.begin(start.clone(), next.filter(|next| *next <= welcome.next_seq));
            }
            None => self.leave_life(),
        }
    }

    /// The relay said something on the present session.
    pub(crate) fn heard(&mut self, message: FromRelay) {
        match message {
            FromRelay::Batch(batch) => {
                let (seq, bytes) = (batch.header().seq, batch.message().len());
                self.reorder.insert(seq, bytes, batch);
            }
            FromRelay::Gap(gap) => self.reorder.lose(gap),
            FromRelay::Start(start) if self.epoch != Some(start.epoch) => {
                let from_the_first = self.after == Some(FROM_THE_FIRST) || self.epoch.is_some();
                self.begin(start, from_the_first.then_some(0));
            }
            FromRelay::End(end) => self.end = Some(end),
            FromRelay::Start(_)
            | FromRelay::Welcome(_)
            | FromRelay::Refused(_)
            | FromRelay::Accepted(_)
            | FromRelay::GoAway(_) => {}
        }
        if self.delivery == Delivery::Latest
            && self.reorder.is_waiting()
            && let Some(gap) = self.reorder.give_up()
        {
            self.events.push_back(Event::Gap(gap));
        }
        self.settle();
    }

    /// Says something that is no part of the account.
    pub(crate) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether the end was told.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// How long to wait for the batch that is missing, if not for ever. As long as the number stays
    /// the same, it is the same wait.
    pub(crate) fn waits_for(&self) -> Option<(Option<u64>, Duration)> {
        let next = self.reorder.next();
        if self.end.is_some() {
            return Some((next, DRAIN));
        }
        let windowed = self.delivery == Delivery::Datagram && self.reorder.is_waiting();
        windowed.then_some((next, DATAGRAM_WINDOW))
    }

    /// Waits no longer: what is missing is lost.
    pub(crate) fn give_up(&mut self) {
        if let Some(end) = &self.end {
            self.reorder.finish(end.last_seq, Why::Lagged);
        }
        if let Some(gap) = self.reorder.give_up() {
            self.events.push_back(Event::Gap(gap));
        }
        self.settle();
        if let Some(end) = self.end.take() {
            self.conclude(end);
        }
    }

    /// Whether the channel has ended and a new session might still bring what is missing of it.
    pub(crate) fn is_ending(&self) -> bool {
        self.end.is_some()
    }

    /// Whether what is missing comes again when it is asked for.
    pub(crate) fn is_reliable(&self) -> bool {
        match self.delivery {
            Delivery::Live | Delivery::Complete => true,
            Delivery::Latest | Delivery::Datagram => false,
        }
    }

    fn begin(&mut self, start: Start, next: Option<u64>) {
        self.leave_life();
        self.epoch = Some(start.epoch);
        self.reorder = Reorder::new(next);
        self.events.push_back(Event::Start(start));
    }

    /// What is held of the life that was watched until now is told; nothing more of it comes.
    fn leave_life(&mut self) {
        if self.epoch.take().is_some() {
            self.reorder.finish(None, Why::Restarted);
            self.settle();
        }
        self.end = None;
        self.reorder = Reorder::new(None);
    }

    fn settle(&mut self) {
        while let Some(out) = self.reorder.pop() {
            self.events.push_back(match out {
                Out::Item(batch) => Event::Batch(batch),
                Out::Gap(gap) => Event::Gap(gap),
            });
        }
        let complete =
            self.end.as_ref().is_some_and(|end| match (end.last_seq, self.reorder.next()) {
                (None, _) => true,
                (Some(last), Some(next)) => next > last,
                (Some(_), None) => false,
            });
        if complete && let Some(end) = self.end.take() {
            self.conclude(end);
        }
    }

    fn conclude(&mut self, end: End) {
        if !self.over {
            self.over = true;
            self.events.push_back(Event::Ended(end));
        }
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
