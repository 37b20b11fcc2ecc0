//! From what threads and processes counted to a report.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use crate::agents::Sent;
use crate::process::{Memory, Process, Used};
use crate::report::{
    self, Churn, Cpu, Percentiles, Report, histogram, merged, percent, quantile_ms,
};
use crate::run::{Guests, Job};
use crate::shared::{Shared, load};
use crate::viewers::{Account, Seen, Sum};

/// What is read at both ends of the window.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    at: Instant,
    /// Absent where there is none that is known, or it is gone.
    server: Option<(Used, Memory)>,
    own: Used,
    threads: Vec<Used>,
    /// To everybody, those who come and go included: the server worked for them as well.
    delivered: u64,
}

/// Everything that was counted.
pub(crate) struct Collected {
    /// The batches of each channel that count, where they are ours.
    pub(crate) seqs: Range<u64>,
    pub(crate) seen: Vec<Seen>,
    /// Absent where somebody else published.
    pub(crate) sent: Option<Vec<Sent>>,
    pub(crate) from: Sample,
    pub(crate) to: Sample,
    /// The server's memory before the viewers came.
    pub(crate) before: Memory,
}

impl Sample {
    pub(crate) fn take(server: Option<&Process>, threads: &[Process], delivered: u64) -> Self {
        let used = |process: &Process| process.used().unwrap_or_default();
        Self {
            at: Instant::now(),
            server: server.and_then(|server| server.used().ok().zip(server.memory().ok())),
            own: used(&Process::own()),
            threads: threads.iter().map(used).collect(),
            delivered,
        }
    }
}

/// All but the verdict.
pub(crate) fn report(job: &Job, collected: &Collected, shared: &Shared) -> Report {
    let Collected { seqs, seen, sent, from, to, before } = collected;
    let ways: Vec<_> = job.ways.iter().map(ToString::to_string).collect();
    let stalled = job.seats.iter().filter(|seat| seat.stalled).count() as u64;
    let mut report = Report {
        scenario: job.scenario.to_owned(),
        server: job.server.to_string(),
        transport: ways.join(","),
        viewers: if job.seats.is_empty() { 0 } else { job.expecting() as u64 },
        stalled,
        channels: job.channels.len() as u64,
        rate: job.load.rate,
        size: job.load.size,
        seconds: report::round((to.at - from.at).as_secs_f64()),
        bytes: load(&shared.bytes),
        notes: shared.happened(),
        ..Report::default()
    };
    if let Some(sent) = sent {
        let late = merged(sent.iter().map(|sent| &sent.late_us));
        report.publisher_late_us = Percentiles::of(&late);
    }
    if let (true, Some(sent)) = (job.seats.is_empty(), sent) {
        accepted(&mut report, seqs, sent);
    } else {
        watched(&mut report, seqs, seen, sent.is_some());
    }
    used(&mut report, job, (from, to), before);
    report
}

/// What viewers saw.
fn watched(report: &mut Report, seqs: &Range<u64>, seen: &[Seen], published: bool) {
    let accounts = || seen.iter().flat_map(|seen| &seen.accounts);
    let windows = if published { BTreeMap::new() } else { windows(accounts()) };
    let mut sum = Sum::default();
    for account in accounts() {
        // What others published is known by what came of it to anybody.
        let seqs = if published { Some(seqs) } else { windows.get(&account.channel) };
        let of_account = account.ledger.sum(seqs.cloned().unwrap_or_default());
        sum.delivered += of_account.delivered;
        sum.gaps += of_account.gaps;
        sum.lost += of_account.lost;
        report.duplicates += account.ledger.duplicates;
    }
    report.expected = sum.delivered + sum.gaps + sum.lost;
    (report.delivered, report.gaps, report.lost) = (sum.delivered, sum.gaps, sum.lost);
    report.latency_us = Percentiles::of(&merged(seen.iter().map(|seen| &seen.latency_us)));
    let connect = merged(seen.iter().map(|seen| &seen.connect_us));
    report.connect_ms_p50 = quantile_ms(&connect, 0.5);
    report.connect_ms_p99 = quantile_ms(&connect, 0.99);
}

/// From the first batch of the window that came to anybody to the last, for each channel.
fn windows<'a>(accounts: impl Iterator<Item = &'a Account>) -> BTreeMap<usize, Range<u64>> {
    let mut windows = BTreeMap::new();
    for account in accounts {
        let Some((first, last)) = account.window else { continue };
        let window: &mut Range<u64> = windows.entry(account.channel).or_insert(first..last + 1);
        *window = window.start.min(first)..window.end.max(last + 1);
    }
    windows
}

/// What publishers were told.
fn accepted(report: &mut Report, seqs: &Range<u64>, sent: &[Sent]) {
    let len = seqs.end - seqs.start;
    report.expected = len * report.channels;
    let of = |sent: &Sent| sent.accepted.saturating_sub(seqs.start).min(len);
    report.delivered = sent.iter().map(of).sum();
    report.lost = report.expected - report.delivered;
    report.latency_us = Percentiles::of(&merged(sent.iter().map(|sent| &sent.accept_us)));
    let mut connect = histogram();
    for sent in sent {
        connect.saturating_record(sent.connect_us);
    }
    report.connect_ms_p50 = quantile_ms(&connect, 0.5);
    report.connect_ms_p99 = quantile_ms(&connect, 0.99);
}

/// What it cost, there and here.
fn used(report: &mut Report, job: &Job, (from, to): (&Sample, &Sample), before: &Memory) {
    let seconds = (to.at - from.at).as_secs_f64();
    let delivered = to.delivered - from.delivered;
    if delivered == 0 {
        return;
    }
    if let (Some((used_to, memory)), Some((used_from, _))) = (&to.server, &from.server) {
        let server = used_to.since(used_from);
        report.cpu_us_per_delivered = Cpu::per(&server, delivered);
        report.cpu_percent = Some(percent(&server, seconds));
        // Those who come and go hold some of it, and nobody knows how much.
        let viewers = if job.guests.is_some() { 0 } else { report.viewers + report.stalled };
        report.rss_per_viewer_bytes = report::rss_per_viewer(before, memory, viewers);
        report.rss_peak_bytes = Some(memory.rss_peak_bytes);
    }
    let own = to.own.since(&from.own);
    report.own_cpu_us_per_delivered = Cpu::per(&own, delivered).map(|cpu| cpu.total);
    let threads = to.threads.iter().zip(&from.threads).map(|(to, from)| to.since(from));
    // Publishers alone have one thread, which is nearly all of this process.
    let threads: Vec<_> = if job.seats.is_empty() { vec![own] } else { threads.collect() };
    let busiest = threads.iter().map(|used| percent(used, seconds)).fold(0.0, f64::max);
    report.own_use(busiest);
}

/// What became of those who came and went.
pub(crate) fn churn(guests: &Guests, seen: &[Seen]) -> Churn {
    let connect = merged(seen.iter().map(|seen| &seen.connect_us));
    let mut sum = Sum::default();
    for account in seen.iter().flat_map(|seen| &seen.accounts) {
        let of_account = account.ledger.sum(account.ledger.span());
        sum.delivered += of_account.delivered;
        sum.gaps += of_account.gaps;
        sum.lost += of_account.lost;
    }
    Churn {
        per_second: guests.per_second,
        stay_seconds: guests.stay.as_secs_f64(),
        came: connect.len(),
        refused: seen.iter().map(|seen| u64::from(seen.refused)).sum(),
        delivered: sum.delivered,
        gaps: sum.gaps,
        lost: sum.lost,
        connect_ms_p50: quantile_ms(&connect, 0.5),
        connect_ms_p99: quantile_ms(&connect, 0.99),
        connect_ms_max: quantile_ms(&connect, 1.0),
    }
}
