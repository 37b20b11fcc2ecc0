//! When every batch is meant to leave, decided before the first one does.
//!
//! The load does not slow down when the server does: what is late is sent late, and its latency
//! counts from the moment that was meant.

use std::ops::Range;

/// How much is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Batches a second, of each channel.
    pub(crate) rate: f64,
    /// Bytes of a payload.
    pub(crate) size: usize,
    /// Batches from one key batch to the next.
    pub(crate) group: u64,
    /// How long is measured.
    pub(crate) seconds: f64,
    /// How long batches are sent before that.
    pub(crate) warm_up: f64,
    /// All channels send at the same moments; otherwise they take turns.
    pub(crate) aligned: bool,
}

/// A load that has a beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) start_us: u64,
    pub(crate) load: Load,
    pub(crate) channels: usize,
}

impl Load {
    /// Batches of a channel before the first that is measured.
    pub(crate) fn warm_up_len(&self) -> u64 {
        whole(self.rate * self.warm_up)
    }

    /// Batches of a channel that are measured.
    pub(crate) fn len(&self) -> u64 {
        whole(self.rate * self.seconds).max(1)
    }

    pub(crate) fn period_us(&self) -> f64 {
        1e6 / self.rate
    }
}

impl Schedule {
    /// When this batch is meant to leave.
    pub(crate) fn at_us(&self, channel: usize, seq: u64) -> u64 {
        let phase =
            if self.load.aligned { 0.0 } else { channel as f64 / self.channels.max(1) as f64 };
        self.start_us + whole((seq as f64 + phase) * self.load.period_us())
    }

    /// The numbers of the batches that are measured, in every channel.
    pub(crate) fn seqs(&self) -> Range<u64> {
        let from = self.load.warm_up_len();
        from..from + self.load.len()
    }

    /// The time in which they are meant to leave.
    pub(crate) fn window_us(&self) -> Range<u64> {
        let Range { start, end } = self.seqs();
        let at = |seq: u64| self.start_us + whole(seq as f64 * self.load.period_us());
        at(start)..at(end)
    }

    /// Those of [`Schedule::seqs`] that were meant to leave before `now_us` in every channel.
    pub(crate) fn seqs_until(&self, now_us: u64) -> Range<u64> {
        let Range { start, end } = self.seqs();
        let passed = now_us.saturating_sub(self.start_us) as f64 / self.load.period_us();
        start..whole(passed.floor()).clamp(start, end)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
fn whole(n: f64) -> u64 {
    n.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: Load =
        Load { rate: 30.0, size: 1200, group: 10, seconds: 10.0, warm_up: 2.0, aligned: false };

    #[test]
    fn the_window_holds_the_measured_batches_of_every_channel_and_no_others() {
        for (rate, channels) in [(30.0, 7), (10.0, 1), (0.5, 3), (997.0, 200)] {
            let load = Load { rate, ..LOAD };
            let schedule = Schedule { start_us: 1_800_000_000_000_000, load, channels };
            let (seqs, window) = (schedule.seqs(), schedule.window_us());
            for channel in [0, channels / 2, channels - 1] {
                let within = |seq| window.contains(&schedule.at_us(channel, seq));
                assert!(within(seqs.start) && within(seqs.end - 1), "{rate} {channel}");
                assert!(!within(seqs.start - 1) && !within(seqs.end), "{rate} {channel}");
            }
        }
    }

    #[test]
    fn a_window_that_was_cut_short_holds_what_was_due() {
        let schedule = Schedule { start_us: 0, load: Load { rate: 10.0, ..LOAD }, channels: 1 };
        assert_eq!(schedule.seqs_until(0), 20..20);
        assert_eq!(schedule.seqs_until(2_550_000), 20..25);
        assert_eq!(schedule.seqs_until(u64::MAX), 20..120);
    }
}
