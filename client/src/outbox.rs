//! A publisher's batches on their way: numbered, sent, accepted. Pure: no clock, no socket.
//!
//! Invariant: numbers rise by one, a batch is kept until the relay has it, and there are never more
//! than the limits allow.

use std::collections::VecDeque;

use arena_protocol::{Accepted, Batch, Header};

/// Bytes of batches that may wait to be accepted, however few they are.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// A batch that has no number yet.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// When it was captured, in Unix microseconds; see [`unix_us`](crate::unix_us).
    pub captured_us: u64,
    /// The number of its first frame.
    pub first_frame: i64,
    /// How many frames it holds.
    pub frames: u16,
    /// Whether a late joiner can start here. The first batch of a life should be one.
    pub key: bool,
    /// What it carries; not empty. It is copied once.
    pub payload: &'a [u8],
}

/// How far a publisher has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The life of the channel.
    pub epoch: u64,
    /// Up to which batch the relay holds everything.
    pub held: Option<u64>,
    /// Up to which batch everything is on disk, where the channel is recorded.
    pub stored: Option<u64>,
    /// Sessions that were begun, the first included.
    pub sessions: u32,
    /// How often the relay did not know the life that was published any more, so that the batches
    /// it had not accepted got other numbers, in another life.
    pub renumbered: u32,
}

/// What to send next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Batch(Batch),
    /// Everything was sent, and nothing more comes.
    End(String),
    Nothing,
}

/// The batches that are not accepted yet.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Batch>,
    queue_bytes: usize,
    len_max: usize,
    /// The number of the queue's first batch.
    first: u64,
    /// How many of the queue the present session was given.
    sent: usize,
    progress: Progress,
    /// Why the channel is to end, once it is.
    end: Option<String>,
    /// The present session was given the end.
    end_sent: bool,
}

impl Outbox {
    /// Before the first session begins.
    pub(crate) fn new(len_max: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            queue_bytes: 0,
            len_max: len_max.max(1),
            first: 0,
            sent: 0,
            progress: Progress::default(),
            end: None,
            end_sent: false,
        }
    }

    /// Whether the next batch has to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.len_max || self.queue_bytes >= BYTES_MAX
    }

    /// Takes a batch and gives it its number.
    pub(crate) fn push(&mut self, draft: Draft<'_>) -> u64 {
        let Draft { captured_us, first_frame, frames, key, payload } = draft;
        let seq = self.first + self.queue.len() as u64;
        let batch = Batch::new(Header { seq, captured_us, first_frame, frames, key }, payload);
        self.queue_bytes += batch.message().len();
        self.queue.push_back(batch);
        seq
    }

    /// Nothing more comes.
    pub(crate) fn end(&mut self, reason: String) {
        self.end = Some(reason);
    }

    /// Gives the present session what comes next.
    pub(crate) fn next(&mut self) -> Next {
        if let Some(batch) = self.queue.get(self.sent) {
            self.sent += 1;
            return Next::Batch(batch.clone());
        }
        match &self.end {
            Some(reason) if !self.end_sent => {
                self.end_sent = true;
                Next::End(reason.clone())
            }
            Some(_) | None => Next::Nothing,
        }
    }

    /// The relay has these. Batches of a recorded channel are kept until they are on disk.
    pub(crate) fn accepted(&mut self, accepted: Accepted) {
        let Accepted { held, stored } = accepted;
        self.progress.held = self.progress.held.max(Some(held));
        self.progress.stored = self.progress.stored.max(stored);
        self.release(stored.unwrap_or(held).saturating_add(1));
    }

    /// A session begins, and the relay expects this number.
    pub(crate) fn welcome(&mut self, epoch: u64, next_seq: u64) {
        let same_life = epoch == self.progress.epoch;
        let behind_the_queue = self.first + self.queue.len() as u64;
        let first_session = self.progress.sessions == 0;
        self.progress.sessions += 1;
        self.progress.epoch = epoch;
        self.sent = 0;
        self.end_sent = false;
        if !same_life {
            self.progress.stored = None;
        }
        self.progress.held = next_seq.checked_sub(1);
        if same_life && (self.first..=behind_the_queue).contains(&next_seq) {
            self.release(next_seq);
        } else {
            if !first_session {
                self.progress.renumbered += 1;
            }
            self.renumber(next_seq);
        }
    }

    /// Whether the end was sent and the relay holds everything before it.
    pub(crate) fn is_done(&self) -> bool {
        let last = (self.first + self.queue.len() as u64).checked_sub(1);
        self.end_sent && self.progress.held >= last
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress
    }

    /// Drops the batches below this number.
    fn release(&mut self, below: u64) {
        while self.first < below
            && let Some(batch) = self.queue.pop_front()
        {
            self.first += 1;
            self.queue_bytes -= batch.message().len();
            self.sent = self.sent.saturating_sub(1);
        }
    }

    fn renumber(&mut self, first: u64) {
        self.first = first;
        self.queue_bytes = 0;
        for (batch, seq) in self.queue.iter_mut().zip(first..) {
            *batch = Batch::new(Header { seq, ..*batch.header() }, &batch.payload());
            self.queue_bytes += batch.message().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft(payload: &[u8]) -> Draft<'_> {
        Draft { captured_us: 1, first_frame: 0, frames: 1, key: true, payload }
    }

    fn held(held: u64) -> Accepted {
        Accepted { held, stored: None }
    }

    fn sent(outbox: &mut Outbox) -> Vec<u64> {
        let next = || match outbox.next() {
            Next::Batch(batch) => Some(batch.header().seq),
            Next::End(_) => Some(u64::MAX),
            Next::Nothing => None,
        };
        std::iter::from_fn(next).collect()
    }

    fn outbox(len: u64) -> Outbox {
        let mut outbox = Outbox::new(4);
        outbox.welcome(7, 0);
        for seq in 0..len {
            assert_eq!(outbox.push(draft(b"x")), seq);
        }
        outbox
    }

    #[test]
    fn the_queue_is_full_until_batches_are_accepted() {
        let mut outbox = outbox(4);
        assert!(outbox.is_full());
        assert_eq!(sent(&mut outbox), [0, 1, 2, 3]);
        outbox.accepted(held(1));
        assert!(!outbox.is_full());
        assert_eq!(outbox.push(draft(b"x")), 4);
        assert_eq!(sent(&mut outbox), [4]);
        assert_eq!(outbox.progress().held, Some(1));
    }

    #[test]
    fn batches_of_a_recorded_channel_are_kept_until_they_are_on_disk() {
        let mut outbox = outbox(4);
        outbox.accepted(Accepted { held: 3, stored: Some(0) });
        outbox.welcome(7, 1);
        assert_eq!(sent(&mut outbox), [1, 2, 3]);
    }

    #[test]
    fn the_next_session_gets_what_was_not_accepted() {
        let mut outbox = outbox(4);
        sent(&mut outbox);
        outbox.accepted(held(0));
        outbox.welcome(7, 2);
        assert_eq!(sent(&mut outbox), [2, 3]);
        let progress = outbox.progress();
        assert_eq!((progress.held, progress.sessions, progress.renumbered), (Some(1), 2, 0));
    }

    #[test]
    fn a_relay_that_lost_the_channel_gets_it_anew() {
        let mut outbox = outbox(4);
        outbox.accepted(held(1));
        outbox.welcome(8, 0);
        assert_eq!(sent(&mut outbox), [0, 1]);
        assert_eq!(outbox.push(draft(b"x")), 2);
        let progress = outbox.progress();
        assert_eq!((progress.epoch, progress.held, progress.renumbered), (8, None, 1));
    }

    #[test]
    fn a_channel_that_is_taken_over_goes_on_where_it_stands() {
        let mut outbox = Outbox::new(4);
        outbox.welcome(3, 41);
        assert_eq!(outbox.push(draft(b"x")), 41);
        let progress = outbox.progress();
        assert_eq!((progress.held, progress.renumbered), (Some(40), 0));
    }

    #[test]
    fn the_end_comes_last_and_again_in_every_session_until_it_is_done() {
        let mut outbox = outbox(1);
        outbox.end("done".to_owned());
        assert_eq!(sent(&mut outbox), [0, u64::MAX]);
        assert!(!outbox.is_done());
        outbox.welcome(7, 0);
        assert_eq!(sent(&mut outbox), [0, u64::MAX]);
        outbox.accepted(held(0));
        assert!(outbox.is_done());
    }

    #[test]
    fn a_life_without_a_batch_can_be_ended() {
        let mut outbox = outbox(0);
        outbox.end(String::new());
        assert_eq!(sent(&mut outbox), [u64::MAX]);
        assert!(outbox.is_done());
    }

    proptest! {
        #[test]
        fn a_relay_gets_every_batch_in_order_whatever_is_lost(
            steps in prop::collection::vec((0_u8..4, 0_usize..4), 0..200),
        ) {
            let mut outbox = Outbox::new(8);
            outbox.welcome(1, 0);
            let (mut pushed, mut relay) = (0_u64, Vec::new());
            for (step, count) in steps {
                match step {
                    0 if !outbox.is_full() => {
                        outbox.push(draft(&pushed.to_le_bytes()));
                        pushed += 1;
                    }
                    1 => for _ in 0..count {
                        if let Next::Batch(batch) = outbox.next() {
                            prop_assert_eq!(batch.header().seq, relay.len() as u64);
                            relay.push(batch.payload());
                        }
                    }
                    2 => if let Some(last) = (relay.len() as u64).checked_sub(1) {
                        outbox.accepted(held(last.saturating_sub(count as u64)));
                    }
                    // The session is lost; the relay got some of what was given to it.
                    _ => outbox.welcome(1, relay.len() as u64),
                }
                prop_assert!(outbox.queue.len() <= 8);
            }
            while let Next::Batch(batch) = outbox.next() {
                relay.push(batch.payload());
            }
            let expected: Vec<_> = (0..pushed).map(|n| n.to_le_bytes().to_vec()).collect();
            prop_assert_eq!(relay, expected);
        }
    }
}
