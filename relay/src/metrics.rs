//! Every series that the relay shows, named and explained once.
//!
//! The hot path adds up privately and comes here once for many viewers.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arena_protocol::Code;
use crossbeam::utils::CachePadded;

use crate::error::Ending;
use crate::viewer::Tally;

/// The transports that sessions come over, as they stand in labels.
pub(crate) const TRANSPORTS: [&str; 4] = ["quic", "webtransport", "websocket", "memory"];

#[derive(Debug, Default)]
struct Counter(CachePadded<AtomicU64>);

/// The counters of a relay.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    batches_in: Counter,
    bytes_in: Counter,
    batches_repeated: Counter,
    batches_out: Counter,
    bytes_out: Counter,
    batches_missing: Counter,
    skips: Counter,
    viewers_too_slow: Counter,
    viewers: AtomicI64,
    sessions: [Counter; TRANSPORTS.len()],
    refusals: [Counter; Code::ALL.len()],
    handshakes_failed: Counter,
    accept_errors: Counter,
    connections_refused: Counter,
    certificate_reload_errors: Counter,
}

/// Values that are looked up when they are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    pub(crate) channels: usize,
    pub(crate) channels_live: usize,
    pub(crate) sessions: usize,
    pub(crate) pool_buffers: usize,
    pub(crate) pool_bytes: usize,
    pub(crate) rings_bytes: usize,
    pub(crate) udp_receive_buffer_bytes: usize,
    pub(crate) certificate_not_after: u64,
    pub(crate) draining: bool,
}

/// Counts a viewer for as long as it is held.
#[derive(Debug)]
pub(crate) struct ViewerCounted<'a>(&'a AtomicI64);

impl Counter {
    fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    pub(crate) fn received(&self, bytes: u64) {
        self.batches_in.add(1);
        self.bytes_in.add(bytes);
    }

    pub(crate) fn repeated(&self) {
        self.batches_repeated.add(1);
    }

    /// What a shard added up.
    pub(crate) fn count(&self, tally: &Tally) {
        let Tally { batches, bytes, missing, skips, too_slow } = *tally;
        let counters = [
            (&self.batches_out, batches),
            (&self.bytes_out, bytes),
            (&self.batches_missing, missing),
            (&self.skips, skips),
            (&self.viewers_too_slow, too_slow),
        ];
        for (counter, amount) in counters.into_iter().filter(|(_, amount)| *amount > 0) {
            counter.add(amount);
        }
    }

    pub(crate) fn viewer(&self) -> ViewerCounted<'_> {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        ViewerCounted(&self.viewers)
    }

    /// A session began, over the transport of this name.
    pub(crate) fn session(&self, transport: &str) {
        let named = TRANSPORTS.iter().position(|name| *name == transport);
        if let Some(at) = named {
            self.sessions[at].add(1);
        }
    }

    pub(crate) fn ended(&self, ending: &Ending) {
        if let Ending::Refused(refusal) = ending {
            let at = Code::ALL.iter().position(|code| *code == refusal.code);
            self.refusals[at.expect("every code is in the list of all codes")].add(1);
        }
    }

    pub(crate) fn handshake_failed(&self) {
        self.handshakes_failed.add(1);
    }

    pub(crate) fn accept_failed(&self) {
        self.accept_errors.add(1);
    }

    pub(crate) fn connection_refused(&self) {
        self.connections_refused.add(1);
    }

    pub(crate) fn certificate_not_reloaded(&self) {
        self.certificate_reload_errors.add(1);
    }

    /// Everything in Prometheus' text format.
    pub(crate) fn render(&self, gauges: &Gauges) -> String {
        let mut page = Page(String::with_capacity(4096));
        self.render_counters(&mut page);
        let viewers = self.viewers.load(Ordering::Relaxed);
        page.gauge("viewers", "Viewers that are watching or waiting for a channel.", viewers);
        page.gauge(
            "channels",
            "Channels that are published, remembered or waited for.",
            gauges.channels,
        );
        page.gauge("channels_live", "Channels whose batches can be watched.", gauges.channels_live);
        page.gauge(
            "sessions_open",
            "Sessions that are open, publishers and viewers.",
            gauges.sessions,
        );
        page.gauge("pool_buffers", "Receive buffers that wait for a message.", gauges.pool_buffers);
        page.gauge("pool_bytes", "Bytes of the receive buffers that wait.", gauges.pool_bytes);
        page.gauge(
            "rings_bytes",
            "Bytes that the histories of all channels hold.",
            gauges.rings_bytes,
        );
        page.gauge(
            "udp_receive_buffer_bytes",
            "Receive buffer that the kernel granted the QUIC socket.",
            gauges.udp_receive_buffer_bytes,
        );
        page.gauge(
            "certificate_not_after_seconds",
            "Unix time at which the current QUIC certificate expires; 0 if unknown.",
            gauges.certificate_not_after,
        );
        page.gauge("draining", "1 while this relay is going away.", u8::from(gauges.draining));
        page.0
    }

    fn render_counters(&self, page: &mut Page) {
        page.counter("batches_received", "Batches taken from publishers.", &self.batches_in);
        page.counter("bytes_received", "Bytes of those batches.", &self.bytes_in);
        page.counter(
            "batches_repeated",
            "Batches that were sent again and dropped.",
            &self.batches_repeated,
        );
        page.counter("batches_sent", "Batches handed to viewers' transports.", &self.batches_out);
        page.counter("bytes_sent", "Bytes of those batches.", &self.bytes_out);
        page.counter(
            "batches_missing",
            "Batches that viewers were told will not come.",
            &self.batches_missing,
        );
        page.counter(
            "viewer_skips",
            "Times that a viewer was too slow and was skipped ahead.",
            &self.skips,
        );
        page.counter(
            "viewer_slow",
            "Viewers that were let go for being too slow.",
            &self.viewers_too_slow,
        );
        page.family("sessions", "Sessions that began, by transport.", "counter");
        for (name, counter) in TRANSPORTS.iter().zip(&self.sessions) {
            page.sample("sessions_total", &format!("{{transport=\"{name}\"}}"), counter.get());
        }
        page.family("refusals", "Sessions that were refused or closed, by code.", "counter");
        for (code, counter) in Code::ALL.iter().zip(&self.refusals) {
            let labels = format!("{{code=\"{}\",name=\"{}\"}}", code.number(), code.name());
            page.sample("refusals_total", &labels, counter.get());
        }
        page.counter(
            "handshakes_failed",
            "Connections that did not get as far as a session.",
            &self.handshakes_failed,
        );
        page.counter(
            "accept_errors",
            "Times that the system could not accept a connection.",
            &self.accept_errors,
        );
        page.counter(
            "connections_refused",
            "Connections that were refused because there were too many.",
            &self.connections_refused,
        );
        page.counter(
            "certificate_reload_errors",
            "Certificate files that changed and could not be read; the old one is kept.",
            &self.certificate_reload_errors,
        );
    }
}

impl Drop for ViewerCounted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, help: &str, kind: &str) {
        let suffix = if kind == "counter" { "_total" } else { "" };
        self.line(format_args!("# HELP arena_relay_{name}{suffix} {help}"));
        self.line(format_args!("# TYPE arena_relay_{name}{suffix} {kind}"));
    }

    fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.family(name, help, "counter");
        self.sample(&format!("{name}_total"), "", counter.get());
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, help, "gauge");
        self.sample(name, "", value);
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        self.line(format_args!("arena_relay_{name}{labels} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_named_and_explained_once() {
        let page = Metrics::default().render(&Gauges::default());
        let of = |start: &str| {
            let names = page.lines().filter_map(|line| line.strip_prefix(start));
            names.map(|rest| rest.split([' ', '{']).next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (helps, types) = (of("# HELP "), of("# TYPE "));
        assert_eq!(helps, types);
        let mut samples = of("arena_relay_");
        samples.dedup();
        let named: Vec<_> = samples.iter().map(|name| format!("arena_relay_{name}")).collect();
        assert_eq!(named, helps);
        let mut sorted = helps.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), helps.len());
    }
}
