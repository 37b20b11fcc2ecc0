//! What a run over the queue tells: the table, the JSON. The names of the fields are an interface.

use std::collections::BTreeMap;

use serde::Serialize;

use super::arguments::{Job, Pace};
use super::audit::Verdict;
use super::book::{Book, Entry, Joined};
use crate::process::{Memory, Used};
use crate::report::{
    Cpu, Percentiles, histogram, is_bound, lay_out, milliseconds, none, percent, round, thousands,
};

/// Everything that a run tells. Counts are of all who joined, latencies and costs of those behind
/// the warm-up.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    pub(crate) server: String,
    /// Joins a second that were meant; absent where each follows an answer.
    pub(crate) rate: Option<f64>,
    /// Joins under way at most.
    pub(crate) at_once: usize,
    /// Entries that this run had put into the queue's past.
    pub(crate) old_rows: usize,
    /// From the first join that was measured to the last answer.
    pub(crate) seconds: f64,
    /// Sockets of the gateway that were open, and what each costs the server while it is idle.
    pub(crate) sockets: usize,
    pub(crate) socket_bytes: Option<f64>,
    /// Everybody was answered, nobody is lost or in two matches, nothing was cut short.
    pub(crate) complete: bool,
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
    /// What went wrong, and how often.
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) joins_per_s: f64,
    /// From the moment a join was meant to leave to its answer.
    pub(crate) join_us: Option<Percentiles>,
    /// From the moment the later of two joins was meant to leave until the one who waited knew.
    pub(crate) notice_us: Option<Percentiles>,
    /// How much later than meant our joins left; part of the latencies above.
    pub(crate) sent_late_us: Option<Percentiles>,
    /// Questions about entries that were answered while joins were measured.
    pub(crate) looks: u64,
    /// The server's, for each join, with the questions that belong to it.
    pub(crate) cpu_us_per_join: Option<Cpu>,
    /// The server's, as a share of one core.
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) rss_before_bytes: Option<u64>,
    pub(crate) rss_bytes: Option<u64>,
    pub(crate) rss_peak_bytes: Option<u64>,
    /// Of this program, as a share of one core.
    pub(crate) own_cpu_percent: f64,
    /// This program was near a full core: latencies are its own.
    pub(crate) harness_bound: bool,
    pub(crate) notes: Vec<String>,
}

/// What processes had used and held at one end of the measured time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) at_us: u64,
    /// Absent where there is none that is known, or it is gone.
    pub(crate) server: Option<(Used, Memory)>,
    pub(crate) own: Used,
    pub(crate) looks: u64,
}

impl Report {
    /// All but the verdict.
    pub(crate) fn new(job: &Job, book: &Book, (from, to): (Sample, Sample)) -> Self {
        let entries = book.entries();
        let mut report = Self {
            scenario: "queue".to_owned(),
            server: format!("http://{}", job.place.host),
            rate: match job.pace {
                Pace::Closed => None,
                Pace::Open { rate } => Some(rate),
            },
            at_once: job.at_once,
            old_rows: job.old_rows,
            errors: book.errors(),
            looks: to.looks - from.looks,
            ..Self::default()
        };
        let measured = report.time(&entries, job.warm_up, |code| book.number(code));
        report.cost(measured, &from, &to);
        report
    }

    /// Latencies; how many joins were measured.
    fn time(
        &mut self,
        entries: &[Entry],
        warm_up: usize,
        number: impl Fn(&str) -> Option<usize>,
    ) -> u64 {
        let (mut join, mut notice, mut late) = (histogram(), histogram(), histogram());
        let (mut first_us, mut last_us) = (u64::MAX, 0);
        for entry in entries.iter().skip(warm_up) {
            if entry.joined == Joined::Unsent {
                continue;
            }
            first_us = first_us.min(entry.meant_us);
            late.saturating_record(entry.sent_us.saturating_sub(entry.meant_us));
            if entry.answered_us == 0 {
                continue;
            }
            last_us = last_us.max(entry.answered_us);
            join.saturating_record(entry.answered_us.saturating_sub(entry.meant_us));
            let opponent = entry.meetings.first().and_then(|meeting| number(&meeting.opponent));
            // Who was told with the answer did not wait to be told.
            if let Some(opponent) = opponent
                && entry.matched_us > entry.answered_us
            {
                let later_us = entry.meant_us.max(entries[opponent].meant_us);
                notice.saturating_record(entry.matched_us.saturating_sub(later_us));
            }
        }
        let seconds = last_us.saturating_sub(first_us) as f64 / 1e6;
        let measured = join.len();
        self.seconds = round(seconds);
        self.joins_per_s = if seconds > 0.0 { round(measured as f64 / seconds) } else { 0.0 };
        self.join_us = Percentiles::of(&join);
        self.notice_us = Percentiles::of(&notice);
        self.sent_late_us = Percentiles::of(&late);
        measured
    }

    fn cost(&mut self, measured: u64, from: &Sample, to: &Sample) {
        let seconds = to.at_us.saturating_sub(from.at_us) as f64 / 1e6;
        if seconds == 0.0 {
            return;
        }
        if let (Some((used_from, before)), Some((used_to, after))) = (&from.server, &to.server) {
            let used = used_to.since(used_from);
            self.cpu_us_per_join = Cpu::per(&used, measured);
            self.cpu_percent = Some(percent(&used, seconds));
            self.rss_before_bytes = Some(before.rss_bytes);
            self.rss_bytes = Some(after.rss_bytes);
            self.rss_peak_bytes = Some(after.rss_peak_bytes);
        }
        self.own_cpu_percent = percent(&to.own.since(&from.own), seconds);
        self.harness_bound = is_bound(self.own_cpu_percent);
        if self.harness_bound {
            let percent = self.own_cpu_percent;
            self.notes
                .push(format!("this program used {percent:.0} % of a core: latencies are its own"));
        }
    }

    /// The last word on whether the figures are whole.
    pub(crate) fn judge(&mut self, verdict: Verdict, trouble: Option<String>) {
        self.verdict = verdict;
        if verdict.with_strangers > 0 {
            self.notes.push("somebody else joins this queue, too".to_owned());
        }
        let mut faults = verdict.faults();
        match trouble {
            Some(trouble) => faults.insert(0, format!("PARTIAL: {trouble}")),
            // What was cut short leaves somebody waiting by itself.
            None => faults.extend(verdict.stranded()),
        }
        self.complete = faults.is_empty();
        self.notes.splice(0..0, faults);
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut rows = vec![
            ("load", self.load()),
            ("joins", self.counts()),
            ("matches", self.pairs()),
            ("joins/s", format!("{:.0}", self.joins_per_s)),
            ("join ms", self.join_us.map_or_else(none, milliseconds)),
            ("notice ms", self.notice_us.map_or_else(none, milliseconds)),
        ];
        if self.sockets > 0 {
            let each = self.socket_bytes.map_or_else(none, |it| format!("{:.1} KiB", it / 1024.0));
            rows.push(("sockets", format!("{}, each {each}", thousands(self.sockets as u64))));
        }
        if let (Some(late), Some(_)) = (self.sent_late_us, self.rate) {
            rows.push(("sent late ms", milliseconds(late)));
        }
        if let (Some(cpu), Some(percent)) = (self.cpu_us_per_join, self.cpu_percent) {
            let Cpu { user, system, total } = cpu;
            let cpu = format!("{total} µs per join (user {user}, system {system}), {percent} %");
            rows.push(("server CPU", format!("{cpu}; {} looks beside", thousands(self.looks))));
        }
        let memory = (self.rss_before_bytes, self.rss_bytes, self.rss_peak_bytes);
        if let (Some(before), Some(after), Some(peak)) = memory {
            let [before, after, peak] = [before, after, peak].map(|bytes| bytes as f64 / 1048576.0);
            let memory = format!("{before:.1} MiB before, {after:.1} after, peak {peak:.1}");
            rows.push(("server RSS", memory));
        }
        rows.push(("own CPU", format!("{} % of a core", self.own_cpu_percent)));
        rows.extend((!self.errors.is_empty()).then(|| ("errors", self.errors())));
        lay_out(&rows, &self.notes)
    }

    fn load(&self) -> String {
        let Self { rate, at_once, old_rows, seconds, .. } = self;
        let queue = if self.sockets > 0 { "queue over the gateway" } else { "queue" };
        let pace = rate.map_or_else(String::new, |rate| format!("{rate}/s, "));
        format!("{queue}: {pace}{at_once} at once, {old_rows} old rows, {seconds} s")
    }

    fn counts(&self) -> String {
        let Verdict { joins, matched, waiting, lost, unanswered, refused, .. } = self.verdict;
        let (joins, matched) = (thousands(joins), thousands(matched));
        format!(
            "{joins}: {matched} matched, {waiting} waiting, {lost} lost, {unanswered} unanswered, \
             {refused} refused"
        )
    }

    fn pairs(&self) -> String {
        let Verdict { matches, in_two_matches, mismatched, with_strangers, .. } = self.verdict;
        let matches = thousands(matches);
        format!(
            "{matches}: {in_two_matches} entries in two, {mismatched} do not fit together, \
             {with_strangers} with strangers"
        )
    }

    fn errors(&self) -> String {
        let errors = self.errors.iter().map(|(what, count)| format!("{what} ({count})"));
        errors.collect::<Vec<_>>().join(", ")
    }
}
