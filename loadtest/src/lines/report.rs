//! What a run over lines tells. The names of the fields are an interface.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::process::Used;
use crate::report::{
    Cpu, Percentiles, is_bound, lay_out, milliseconds, none, percent, round, thousands,
};

/// Everything that a run tells.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    pub(crate) viewers: u64,
    pub(crate) stalled: u64,
    /// Of the match.
    pub(crate) frames: u64,
    pub(crate) seconds: f64,
    /// Everybody who reads saw each frame once, in order, and a proper close.
    pub(crate) complete: bool,
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    /// Frames that came twice or out of order.
    pub(crate) strange: u64,
    /// Sockets that were closed properly.
    pub(crate) closed: u64,
    /// From the moment a frame was meant to leave.
    pub(crate) latency_us: Option<Percentiles>,
    /// How much later than meant frames left; part of the latency.
    pub(crate) sent_late_us: Option<Percentiles>,
    /// Of `GET /health` meanwhile.
    pub(crate) health_us: Option<Percentiles>,
    /// The server's, for each frame of each viewer.
    pub(crate) cpu_us_per_delivered: Option<Cpu>,
    /// The server's, as a share of one core.
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) own_cpu_percent: f64,
    /// This program was near a full core: latencies are its own.
    pub(crate) harness_bound: bool,
    pub(crate) notes: Vec<String>,
}

impl Report {
    pub(super) fn new(viewers: u64, stalled: u64, frames: i32, took: Duration) -> Self {
        let frames = u64::from(frames.unsigned_abs());
        Self {
            scenario: "lines".to_owned(),
            viewers,
            stalled,
            frames,
            seconds: round(took.as_secs_f64()),
            complete: false,
            expected: viewers * frames,
            delivered: 0,
            strange: 0,
            closed: 0,
            latency_us: None,
            sent_late_us: None,
            health_us: None,
            cpu_us_per_delivered: None,
            cpu_percent: None,
            own_cpu_percent: 0.0,
            harness_bound: false,
            notes: Vec::new(),
        }
    }

    pub(super) fn saw(&mut self, frames: u64, strange: u64, closed: u64, latency: &Histogram<u64>) {
        (self.delivered, self.strange, self.closed) = (frames, strange, closed);
        self.latency_us = Percentiles::of(latency);
        self.complete = frames == self.expected && strange == 0 && closed == self.viewers;
    }

    pub(super) fn health(&mut self, health: &Histogram<u64>) {
        self.health_us = Percentiles::of(health);
    }

    pub(super) fn cost(
        &mut self,
        server: Option<(Used, Used)>,
        (own_from, own_to): (Used, Used),
        late: &Histogram<u64>,
    ) {
        self.sent_late_us = Percentiles::of(late);
        if let Some((from, to)) = server {
            let used = to.since(&from);
            self.cpu_us_per_delivered = Cpu::per(&used, self.delivered);
            self.cpu_percent = Some(percent(&used, self.seconds));
        }
        self.own_cpu_percent = percent(&own_to.since(&own_from), self.seconds);
        self.harness_bound = is_bound(self.own_cpu_percent);
    }

    pub(super) fn trouble(&mut self, what: &str) {
        self.notes.insert(0, format!("PARTIAL: {what}"));
        self.complete = false;
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let load = format!(
            "{} viewers, {} stalled, {} frames in {:.1} s",
            thousands(self.viewers),
            thousands(self.stalled),
            thousands(self.frames),
            self.seconds
        );
        let cpu = self.cpu_us_per_delivered.map_or_else(none, |cpu| {
            let Cpu { user, system, total } = cpu;
            format!("{total} us for each frame of each viewer ({user} user, {system} system)")
        });
        let rows = [
            ("load", load),
            ("expected", thousands(self.expected)),
            ("delivered", thousands(self.delivered)),
            ("strange", thousands(self.strange)),
            ("closed", thousands(self.closed)),
            ("latency ms", self.latency_us.map_or_else(none, milliseconds)),
            ("sent late ms", self.sent_late_us.map_or_else(none, milliseconds)),
            ("health ms", self.health_us.map_or_else(none, milliseconds)),
            ("server cpu", cpu),
            (
                "cpu share",
                self.cpu_percent.map_or_else(none, |share| format!("{share} % of a core")),
            ),
            ("own share", format!("{} % of a core", self.own_cpu_percent)),
        ];
        lay_out(&rows, &self.notes)
    }
}
