//! What an operator watches: counters and histograms of this process, and gauges that are looked up
//! when they are asked for, in Prometheus' text format.
//!
//! - `page`: the format.
//! - `histogram`: counts by size, without a lock.
//! - `traffic`: requests by route.
//! - `chain`: how it goes with the chain.
//!
//! What happened to queues and matches is counted from the log, like everybody learns of it; so each
//! process counts all of it, from when it started, and of several the largest is the truth.

mod chain;
mod histogram;
mod page;
mod traffic;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use self::chain::Chain;
pub(crate) use self::histogram::Histogram;
use self::page::Page;
pub(crate) use self::traffic::Traffic;
use crate::context::Ctx;
use crate::events::Event;
use crate::store;
use crate::store::gauges::{self, Gauges};
use crate::time::{At, Span};

/// How long the database may take for the gauges.
const PATIENCE: Duration = Duration::from_secs(2);
const WAIT_S: [f64; 7] = [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0];
const DURATION_S: [f64; 8] = [10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
const QUICK_S: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// How a match can end.
const ENDS: [&str; 4] = ["completed", "forfeited", "cancelled", "expired"];

/// The counters of a control plane.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) traffic: Traffic,
    pub(crate) chain: Chain,
    /// A round of pairing, from reading who waits to the last claim.
    pub(crate) rounds: Histogram,
    told: Mutex<Told>,
    waits: Histogram,
    durations: Histogram,
    notices: Histogram,
}

#[derive(Debug, Default)]
struct Told {
    /// By what happened.
    events: BTreeMap<String, u64>,
    /// By queue.
    made: BTreeMap<String, u64>,
    ended: [u64; ENDS.len()],
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            traffic: Traffic::default(),
            chain: Chain::default(),
            rounds: Histogram::new(&QUICK_S),
            told: Mutex::default(),
            waits: Histogram::new(&WAIT_S),
            durations: Histogram::new(&DURATION_S),
            notices: Histogram::new(&QUICK_S),
        }
    }
}

impl Metrics {
    /// A line of the log has come by.
    pub(crate) fn told(&self, event: &Event, now: At) {
        self.notices.observe(seconds(now.since(event.at)));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut told.events, &event.kind);
        let body = &event.body;
        let end = match event.kind.as_str() {
            "match.made" => {
                count(&mut told.made, body["queue"].as_str().unwrap_or_default());
                for side in body["sides"].as_array().into_iter().flatten() {
                    if let Some(waited_ms) = side["waited_ms"].as_u64() {
                        self.waits.observe(seconds(Span(waited_ms)));
                    }
                }
                return;
            }
            "match.decided" => {
                if let Some(lasted_ms) = body["lasted_ms"].as_u64() {
                    self.durations.observe(seconds(Span(lasted_ms)));
                }
                usize::from(body["how"] == "forfeited")
            }
            "match.cancelled" => 2,
            "match.expired" => 3,
            _no_end => return,
        };
        told.ended[end] += 1;
    }

    fn render_told(&self, page: &mut Page) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        page.family("events_total", "Lines of the log that came by, by kind.", "counter");
        for (kind, count) in &told.events {
            page.sample("events_total", &[("kind", kind)], count);
        }
        page.family("matches_created_total", "Matches that were made, by queue.", "counter");
        for (queue, count) in &told.made {
            page.sample("matches_created_total", &[("queue", queue)], count);
        }
        page.family("matches_ended_total", "Matches that are over, by how they ended.", "counter");
        for (end, count) in ENDS.iter().zip(told.ended) {
            page.sample("matches_ended_total", &[("end", end)], count);
        }
    }
}

/// Everything that is known of a control plane.
pub(crate) async fn render(ctx: &Ctx) -> String {
    let mut page = Page::default();
    let metrics = &ctx.metrics;
    metrics.render_told(&mut page);
    for (name, help, histogram) in [
        ("queue_wait_seconds", "How long those waited who met somebody.", &metrics.waits),
        ("match_duration_seconds", "From a game's start to its outcome.", &metrics.durations),
        ("notice_seconds", "From a decision to the sockets that it concerns.", &metrics.notices),
        ("matching_seconds", "A round of pairing in the rated queues.", &metrics.rounds),
    ] {
        page.histogram(name, help, histogram);
    }
    metrics.traffic.render(&mut page);
    render_store(ctx, &mut page);
    let sockets = ctx.hub.count();
    page.gauge("gateway_sockets", "Sockets of the gateway that are open.", sockets);
    page.family("gateway_sockets_opened_total", "Sockets that were opened.", "counter");
    page.sample("gateway_sockets_opened_total", &[], ctx.hub.opened());
    metrics.chain.render(ctx.chain.get(), &mut page);
    let now = ctx.clock.now();
    let account = ctx.chain.get().map(chain::account);
    let read = ctx.store.read(async move |tx| {
        let of_chain = match &account {
            Some(account) => Some(chain::read(tx, account).await?),
            None => None,
        };
        Ok::<_, store::Error>((gauges::read(tx, now).await?, of_chain))
    });
    let known = match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok((gauges, of_chain))) => {
            render_gauges(&gauges, now, &mut page);
            of_chain.iter().for_each(|rows| chain::render(rows, ctx.chain.get(), &mut page));
            true
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the gauges cannot be read");
            false
        }
        Err(_late) => false,
    };
    page.gauge("up", "1 if the database answers; gauges are missing otherwise.", u8::from(known));
    page.text()
}

fn render_store(ctx: &Ctx, page: &mut Page) {
    let meter = ctx.store.meter();
    page.gauge("writer_waiting", "Works that wait for the writer.", meter.waiting());
    page.histogram("commit_seconds", "A commit, from its first work on.", &meter.seconds);
    page.histogram("commit_works", "Works that shared a commit.", &meter.works);
    page.family("commits_failed_total", "Commits of which nothing was kept.", "counter");
    page.sample("commits_failed_total", &[], meter.failed());
}

fn render_gauges(gauges: &Gauges, now: At, page: &mut Page) {
    page.family("queue_size", "Entries that wait, by queue.", "gauge");
    for (queue, waiting) in &gauges.waiting {
        page.sample("queue_size", &[("queue", queue)], waiting);
    }
    page.family("matches_active", "Matches that go on, by queue and state.", "gauge");
    for (queue, state, count) in &gauges.matches {
        page.sample("matches_active", &[("queue", queue), ("state", state)], count);
    }
    page.family("jobs", "Effects that are asked for and not done, by kind and state.", "gauge");
    for (kind, state, count) in &gauges.jobs {
        page.sample("jobs", &[("kind", kind), ("state", state)], count);
    }
    let late = gauges.overdue_since.map_or(0.0, |since| seconds(now.since(since)));
    page.gauge("deadlines_late", "Deadlines that nobody has acted on for 1 s.", gauges.overdue);
    page.gauge("deadline_late_seconds", "How late the latest of them is.", late);
    page.gauge("events_last", "The number of the last line of the log.", gauges.events_last);
    page.gauge("streams_up", "Streams of matches that are up.", gauges.streams);
    page.gauge("stream_viewers", "Who watches them.", gauges.viewers);
    page.gauge("relays_gone", "Relays that have fallen silent.", gauges.relays_gone);
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else {
        counts.insert(name.to_owned(), 1);
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a thousand years")]
fn seconds(span: Span) -> f64 {
    span.0 as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_log_tells_is_counted() {
        let metrics = Metrics::default();
        let line = |kind: &str, body| {
            let (kind, at) = (kind.to_owned(), At(1_000));
            let event = Event { number: 1, at, kind, match_id: None, identity_id: None, body };
            metrics.told(&event, At(1_020));
        };
        let sides = json!([{ "waited_ms": 400 }, { "waited_ms": 40_000 }]);
        line("match.made", json!({ "queue": "melee", "sides": sides }));
        line("match.decided", json!({ "how": "forfeited", "lasted_ms": 20_000 }));
        line("match.decided", json!({ "how": "played" }));
        line("match.expired", json!({}));
        let mut page = Page::default();
        metrics.render_told(&mut page);
        page.histogram("queue_wait_seconds", "x", &metrics.waits);
        let text = page.text();
        for sample in [
            "arena_control_events_total{kind=\"match.decided\"} 2",
            "arena_control_matches_created_total{queue=\"melee\"} 1",
            "arena_control_matches_ended_total{end=\"completed\"} 1",
            "arena_control_matches_ended_total{end=\"forfeited\"} 1",
            "arena_control_matches_ended_total{end=\"expired\"} 1",
            "arena_control_queue_wait_seconds_bucket{le=\"1\"} 1",
            "arena_control_queue_wait_seconds_bucket{le=\"60\"} 2",
            "arena_control_queue_wait_seconds_bucket{le=\"+Inf\"} 2",
            "arena_control_queue_wait_seconds_sum 40.4",
        ] {
            assert!(text.lines().any(|line| line == sample), "{sample} in\n{text}");
        }
    }
}
