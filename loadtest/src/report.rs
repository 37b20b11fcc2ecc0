//! What a run measured: the arithmetic, the table, the JSON. The names of the fields are an interface.

use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::process::{Memory, Used};

/// The share of a core above which a thread of ours may be what is measured.
const BUSY: f64 = 0.85;

/// Everything that a run tells.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    pub(crate) server: String,
    /// Of the viewers; of the publishers, where there are no viewers.
    pub(crate) transport: String,
    /// Subscriptions that were expected to get everything.
    pub(crate) viewers: u64,
    pub(crate) stalled: u64,
    pub(crate) channels: u64,
    /// Batches a second, of each channel.
    pub(crate) rate: f64,
    /// Bytes of a payload.
    pub(crate) size: usize,
    /// How long was measured.
    pub(crate) seconds: f64,
    /// Nothing went wrong, nothing was cut short, nothing was lost.
    pub(crate) complete: bool,
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    /// Batches that did not come and that a Gap named.
    pub(crate) gaps: u64,
    /// Batches that did not come and that nobody said a word about.
    pub(crate) lost: u64,
    pub(crate) duplicates: u64,
    /// Bytes of the messages that came, whenever they were sent.
    pub(crate) bytes: u64,
    /// From the moment a batch was meant to be sent.
    pub(crate) latency_us: Option<Percentiles>,
    /// How much later than meant our publishers sent; part of the latency above.
    pub(crate) publisher_late_us: Option<Percentiles>,
    pub(crate) connect_ms_p50: Option<f64>,
    pub(crate) connect_ms_p99: Option<f64>,
    /// The server's.
    pub(crate) cpu_us_per_delivered: Option<Cpu>,
    /// The server's, as a share of one core.
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) rss_per_viewer_bytes: Option<u64>,
    pub(crate) rss_peak_bytes: Option<u64>,
    /// Of this program's busiest thread of viewers, as a share of one core.
    pub(crate) own_thread_cpu_percent: Option<f64>,
    /// Of this program, for each batch that came.
    pub(crate) own_cpu_us_per_delivered: Option<f64>,
    /// This program was near a full core: latencies are its own, and what was lost may be.
    pub(crate) harness_bound: bool,
    /// Those who came and went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) churn: Option<Churn>,
    pub(crate) notes: Vec<String>,
}

/// Of a distribution, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) max: u64,
}

/// Microseconds of processor time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Cpu {
    pub(crate) user: f64,
    pub(crate) system: f64,
    pub(crate) total: f64,
}

/// What became of viewers who came and went.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Churn {
    pub(crate) per_second: f64,
    pub(crate) stay_seconds: f64,
    pub(crate) came: u64,
    pub(crate) refused: u64,
    pub(crate) delivered: u64,
    pub(crate) gaps: u64,
    /// Between a viewer's first batch and its last.
    pub(crate) lost: u64,
    pub(crate) connect_ms_p50: Option<f64>,
    pub(crate) connect_ms_p99: Option<f64>,
    pub(crate) connect_ms_max: Option<f64>,
}

/// A histogram of microseconds, up to ten minutes.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order")
}

/// All of them as one.
pub(crate) fn merged<'a>(parts: impl IntoIterator<Item = &'a Histogram<u64>>) -> Histogram<u64> {
    let mut whole = histogram();
    for part in parts {
        whole.add(part).expect("all have the same bounds");
    }
    whole
}

impl Percentiles {
    pub(crate) fn of(histogram: &Histogram<u64>) -> Option<Self> {
        if histogram.is_empty() {
            return None;
        }
        let at = |quantile| histogram.value_at_quantile(quantile);
        let (p50, p90, p99, p999) = (at(0.5), at(0.9), at(0.99), at(0.999));
        Some(Self { p50, p90, p99, p999, max: histogram.max() })
    }
}

impl Cpu {
    pub(crate) fn per(used: &Used, count: u64) -> Option<Self> {
        let per = |us: f64| round(us / count as f64);
        let (user, system) = used.split_us();
        let total = per(used.total_us() as f64);
        (count > 0).then(|| Self { user: per(user), system: per(system), total })
    }
}

/// A quantile in milliseconds.
pub(crate) fn quantile_ms(histogram_us: &Histogram<u64>, quantile: f64) -> Option<f64> {
    let at_us = histogram_us.value_at_quantile(quantile);
    (!histogram_us.is_empty()).then(|| round(at_us as f64 / 1000.0))
}

/// The share of one core, in percent.
pub(crate) fn percent(used: &Used, seconds: f64) -> f64 {
    round(used.total_us() as f64 / 1e4 / seconds)
}

/// Bytes for each of so many viewers.
pub(crate) fn rss_per_viewer(before: &Memory, after: &Memory, viewers: u64) -> Option<u64> {
    after.rss_bytes.saturating_sub(before.rss_bytes).checked_div(viewers)
}

/// Whether a thread of ours that used so much of a core may be what is measured.
pub(crate) fn is_bound(percent: f64) -> bool {
    percent >= BUSY * 100.0
}

/// Two digits are more than is measured.
pub(crate) fn round(n: f64) -> f64 {
    (n * 100.0).round() / 100.0
}

impl Report {
    /// Takes what our own threads used, the busiest first, and says so if it was too much.
    pub(crate) fn own_use(&mut self, busiest_percent: f64) {
        self.own_thread_cpu_percent = Some(busiest_percent);
        self.harness_bound = is_bound(busiest_percent);
        if self.harness_bound {
            self.notes.push(format!(
                "a thread of this program used {busiest_percent:.0} % of a core: latencies are its \
                 own; use more threads, fewer viewers, or another machine"
            ));
        }
    }

    /// The last word on whether the figures are whole.
    pub(crate) fn judge(&mut self, trouble: Option<String>) {
        if let Some(trouble) = trouble {
            self.notes.insert(0, format!("PARTIAL: {trouble}"));
            self.complete = false;
            return;
        }
        if self.lost > 0 {
            let lost = self.lost;
            self.notes.insert(0, format!("{lost} batches were lost: no Gap named them"));
        }
        if self.expected == 0 {
            self.notes.insert(0, "nothing was measured".to_owned());
        }
        let churned = self.churn.as_ref().map_or(0, |churn| churn.lost);
        self.complete = self.lost + churned == 0 && self.expected > 0;
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut rows = vec![
            ("load", self.load()),
            ("expected", thousands(self.expected)),
            ("delivered", self.share(self.delivered)),
            ("gaps", self.share(self.gaps)),
            ("lost", self.share(self.lost)),
            ("bytes", thousands(self.bytes)),
            ("latency ms", self.latency_us.map_or_else(none, milliseconds)),
        ];
        if let Some(late) = self.publisher_late_us {
            rows.push(("sent late ms", milliseconds(late)));
        }
        if let (Some(p50), Some(p99)) = (self.connect_ms_p50, self.connect_ms_p99) {
            rows.push(("connect ms", format!("p50 {p50}  p99 {p99}")));
        }
        if let (Some(cpu), Some(percent)) = (self.cpu_us_per_delivered, self.cpu_percent) {
            let Cpu { user, system, total } = cpu;
            let cpu =
                format!("{total} µs per delivered (user {user}, system {system}), {percent} %");
            rows.push(("server CPU", cpu));
        }
        if let Some(peak) = self.rss_peak_bytes {
            let each = |each: u64| format!("{:.1} KiB per viewer, ", each as f64 / 1024.0);
            let each = self.rss_per_viewer_bytes.map_or_else(String::new, each);
            rows.push(("server RSS", format!("{each}peak {:.1} MiB", peak as f64 / 1048576.0)));
        }
        if let (Some(percent), Some(each)) =
            (self.own_thread_cpu_percent, self.own_cpu_us_per_delivered)
        {
            let own = format!("{percent} % of a core (busiest thread), {each} µs per delivered");
            rows.push(("own CPU", own));
        }
        if let Some(churn) = &self.churn {
            rows.push(("churn", churn.line()));
        }
        lay_out(&rows, &self.notes)
    }

    fn load(&self) -> String {
        let Self { scenario, transport, viewers, stalled, channels, rate, size, seconds, .. } =
            self;
        let stalled = if *stalled > 0 { format!(" + {stalled} stalled") } else { String::new() };
        format!(
            "{scenario}, {transport}: {viewers} viewers{stalled}, {channels} channels, {rate}/s × \
             {size} B, {seconds} s"
        )
    }

    fn share(&self, n: u64) -> String {
        if self.expected == 0 {
            return thousands(n);
        }
        // Rounded down, so that only everything is 100 %.
        let parts = n.saturating_mul(10_000) / self.expected;
        format!("{}  ({}.{:02} %)", thousands(n), parts / 100, parts % 100)
    }
}

impl Churn {
    fn line(&self) -> String {
        let Self { came, refused, lost, gaps, delivered, .. } = self;
        let ms = |ms: Option<f64>| ms.map_or_else(none, |ms| ms.to_string());
        let (p50, p99, max) =
            (ms(self.connect_ms_p50), ms(self.connect_ms_p99), ms(self.connect_ms_max));
        format!(
            "{came} came and went, {refused} did not get in; connect ms p50 {p50} p99 {p99} max \
             {max}; {delivered} delivered, {gaps} gaps, {lost} lost"
        )
    }
}

pub(crate) fn milliseconds(us: Percentiles) -> String {
    let ms = |us: u64| format!("{:.2}", us as f64 / 1000.0);
    let Percentiles { p50, p90, p99, p999, max } = us;
    let (p50, p90, p99, p999, max) = (ms(p50), ms(p90), ms(p99), ms(p999), ms(max));
    format!("p50 {p50}  p90 {p90}  p99 {p99}  p99.9 {p999}  max {max}")
}

pub(crate) fn none() -> String {
    "none".to_owned()
}

pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Rows under each other, then what there is to note.
pub(crate) fn lay_out(rows: &[(&str, String)], notes: &[String]) -> String {
    let mut table = String::new();
    for (name, value) in rows {
        let _infallible = writeln!(table, "{name:>12}  {value}");
    }
    for note in notes {
        let _infallible = writeln!(table, "{:>12}  {note}", "!");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_nothing_are_nothing() {
        assert_eq!(Percentiles::of(&histogram()), None);
        assert_eq!(quantile_ms(&histogram(), 0.99), None);
        assert_eq!(Cpu::per(&Used::default(), 0), None);
        assert_eq!(rss_per_viewer(&Memory::default(), &Memory::default(), 0), None);
    }

    #[test]
    fn percentiles_of_parts_are_those_of_the_whole() {
        let (mut odd, mut even) = (histogram(), histogram());
        for us in 1..=1000 {
            if us % 2 == 0 { &mut even } else { &mut odd }.record(us).unwrap();
        }
        let percentiles = Percentiles::of(&merged([&odd, &even])).unwrap();
        let expected = Percentiles { p50: 500, p90: 900, p99: 990, p999: 999, max: 1000 };
        assert_eq!(percentiles, expected);
    }

    #[test]
    fn processor_time_is_shared_among_what_was_delivered() {
        let used = Used { user_us: 1_500_000, system_us: 500_000, run_us: 0 };
        let cpu = Cpu::per(&used, 100_000).unwrap();
        assert_eq!(cpu, Cpu { user: 15.0, system: 5.0, total: 20.0 });
        assert!((percent(&used, 10.0) - 20.0).abs() < f64::EPSILON);
    }

    #[test]
    fn only_everything_is_a_hundred_percent() {
        let mut report = Report { expected: 1_000_000, delivered: 999_999, ..Report::default() };
        assert_eq!(report.share(report.delivered), "999,999  (99.99 %)");
        report.delivered = 1_000_000;
        assert_eq!(report.share(report.delivered), "1,000,000  (100.00 %)");
    }

    #[test]
    fn what_lost_something_or_was_cut_short_is_not_complete() {
        let judged = |lost, expected, trouble: Option<&str>| {
            let mut report = Report { lost, expected, ..Report::default() };
            report.judge(trouble.map(str::to_owned));
            report.complete
        };
        assert!(judged(0, 10, None));
        assert!(!judged(1, 10, None));
        assert!(!judged(0, 0, None));
        assert!(!judged(0, 10, Some("the server died")));
    }

    #[test]
    fn the_table_says_when_this_program_was_the_bottleneck() {
        let mut report = Report::default();
        report.own_use(84.0);
        assert!(!report.harness_bound);
        report.own_use(97.0);
        assert!(report.harness_bound && report.table().contains("97 % of a core"));
    }
}
