//! What a run over signed matches tells. The names of the fields are an interface.

use std::time::Duration;

use serde::Serialize;

use super::news::Book;
use crate::process::Used;
use crate::report::{
    Percentiles, is_bound, lay_out, milliseconds, none, percent, round, thousands,
};

/// What a node takes of one account, and what the arena keeps to.
const IN_FLIGHT_MAX: u64 = 64;

/// Everything that a run tells.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    pub(crate) matches: u64,
    pub(crate) at_once: u64,
    pub(crate) seconds: f64,
    /// Every match was recorded, once, with no more transactions in flight than a node takes.
    pub(crate) complete: bool,
    pub(crate) recorded: u64,
    /// Records beyond the first of a match.
    pub(crate) repeated: u64,
    /// Records that the contract has made meanwhile, as a node tells.
    pub(crate) on_chain: Option<u64>,
    /// From the second signature to the transaction in the arena's log.
    pub(crate) latency_us: Option<Percentiles>,
    /// Transactions that were in no block, at most, as often as it was looked.
    pub(crate) in_flight_max: u64,
    /// The server's, as a share of one core.
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) own_cpu_percent: f64,
    /// This program was near a full core: latencies are its own.
    pub(crate) harness_bound: bool,
    pub(crate) notes: Vec<String>,
}

impl Report {
    pub(super) fn new(book: &Book, at_once: usize, took: Duration, in_flight_max: u64) -> Self {
        let (matches, recorded) = (book.len() as u64, book.recorded() as u64);
        let whole = recorded == matches && book.repeated() == 0;
        Self {
            scenario: "settle".to_owned(),
            matches,
            at_once: at_once as u64,
            seconds: round(took.as_secs_f64()),
            complete: whole && in_flight_max <= IN_FLIGHT_MAX,
            recorded,
            repeated: book.repeated(),
            on_chain: None,
            latency_us: Percentiles::of(&book.latency_us),
            in_flight_max,
            cpu_percent: None,
            own_cpu_percent: 0.0,
            harness_bound: false,
            notes: Vec::new(),
        }
    }

    pub(super) fn cost(&mut self, server: Option<(Used, Used)>, (from, to): (Used, Used)) {
        self.cpu_percent = server.map(|(from, to)| percent(&to.since(&from), self.seconds));
        self.own_cpu_percent = percent(&to.since(&from), self.seconds);
        self.harness_bound = is_bound(self.own_cpu_percent);
    }

    pub(super) fn counted(&mut self, on_chain: u64) {
        self.on_chain = Some(on_chain);
        self.complete &= on_chain == self.matches;
    }

    pub(super) fn trouble(&mut self, what: &str) {
        self.notes.insert(0, format!("PARTIAL: {what}"));
        self.complete = false;
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let load = format!(
            "{} matches, {} at once, in {:.1} s",
            thousands(self.matches),
            thousands(self.at_once),
            self.seconds
        );
        let rows = [
            ("load", load),
            ("recorded", thousands(self.recorded)),
            ("repeated", thousands(self.repeated)),
            ("on chain", self.on_chain.map_or_else(none, thousands)),
            ("latency ms", self.latency_us.map_or_else(none, milliseconds)),
            ("in flight", format!("{} at most", self.in_flight_max)),
            (
                "cpu share",
                self.cpu_percent.map_or_else(none, |share| format!("{share} % of a core")),
            ),
            ("own share", format!("{} % of a core", self.own_cpu_percent)),
        ];
        lay_out(&rows, &self.notes)
    }
}
