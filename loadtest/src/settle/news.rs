//! What the arena's log tells, how many transactions are under way, and what the chain has.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use arena_client::http::Client;
use hdrhistogram::Histogram;
use hyper::Method;
use serde_json::{Value as Json, json};
use url::Url;

use super::sides::Signable;
use crate::clock::Clock;
use crate::report::histogram;

/// Between looks at the log: part of every latency.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Looks at the log for each look at what is under way.
const LOOKS_PER_STATUS: u64 = 5;
const LINES: usize = 1_000;
/// Looks in a row at which nothing was under way, and how many are made.
const CALM_EVERY: Duration = Duration::from_millis(100);
const CALM_LOOKS: u32 = 10;
const CALM_LOOKS_MAX: u32 = 1_200;

pub(super) struct News {
    operator: Client,
    node: Option<Client>,
    after: u64,
    looks: u64,
    in_flight_max: u64,
}

/// Which matches were signed and recorded, and when.
pub(super) struct Book {
    clock: Clock,
    matches: BTreeMap<String, Course>,
    recorded: usize,
    pub(super) latency_us: Histogram<u64>,
}

#[derive(Default)]
struct Course {
    signed_us: Option<u64>,
    records: u64,
}

impl News {
    pub(super) async fn begin(operator: Client, rpc: Option<&Url>) -> anyhow::Result<Self> {
        let node = rpc.map(|url| Client::new(url.as_str(), None)).transpose()?;
        let mut news = Self { operator, node, after: 0, looks: 0, in_flight_max: 0 };
        let chain = news.ask("/v1/admin/chain").await?;
        ensure!(
            chain["chain"]["sends"] == true,
            "the arena sends to no chain: see arena chain status"
        );
        news.skip().await?;
        Ok(news)
    }

    /// Reads on to the end of the log.
    pub(super) async fn skip(&mut self) -> anyhow::Result<()> {
        while self.lines().await?.len() == LINES {}
        Ok(())
    }

    /// Waits until nothing is under way to the chain, for a second.
    pub(super) async fn calm(&mut self) -> anyhow::Result<()> {
        let mut looks = 0;
        for _ in 0..CALM_LOOKS_MAX {
            tokio::time::sleep(CALM_EVERY).await;
            let chain = self.ask("/v1/admin/chain").await?;
            looks = if chain["chain"]["pending"] == 0 { looks + 1 } else { 0 };
            if looks == CALM_LOOKS {
                return Ok(());
            }
        }
        anyhow::bail!("the arena has not done what it sends for matches that met")
    }

    /// The matches that are said to be recorded, since the last time.
    pub(super) async fn next(&mut self) -> anyhow::Result<Vec<String>> {
        tokio::time::sleep(LOOK_EVERY).await;
        if self.looks.is_multiple_of(LOOKS_PER_STATUS) {
            let chain = self.ask("/v1/admin/chain").await?;
            let pending = chain["chain"]["pending"].as_u64().unwrap_or(0);
            self.in_flight_max = self.in_flight_max.max(pending);
        }
        self.looks += 1;
        let recorded = |line: &Json| {
            let is_record = line["kind"] == "chain.done" && line["body"]["job"] == "record_match";
            let by_transaction = line["body"]["transaction"].is_string();
            let id = line["body"]["business_id"].as_str();
            id.filter(|_| is_record && by_transaction).map(str::to_owned)
        };
        Ok(self.lines().await?.iter().filter_map(recorded).collect())
    }

    pub(super) fn in_flight_max(&self) -> u64 {
        self.in_flight_max
    }

    /// How much the contract has told, by the node; none without one.
    pub(super) async fn records(&self, of: &[Signable]) -> anyhow::Result<Option<u64>> {
        let (Some(node), Some(first)) = (&self.node, of.first()) else { return Ok(None) };
        let filter = json!([{ "address": first.contract(), "fromBlock": "0x0" }]);
        let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": filter });
        let answer = node.ask(Method::POST, "", Some(asked.to_string().into_bytes())).await?;
        let answer: Json = serde_json::from_slice(&answer.body)?;
        let logs = answer["result"].as_array().context("the node does not tell its logs")?;
        Ok(Some(logs.len() as u64))
    }

    async fn lines(&mut self) -> anyhow::Result<Vec<Json>> {
        let path = format!("/v1/admin/events?after={}&limit={LINES}", self.after);
        let mut told = self.ask(&path).await?;
        let lines: Vec<Json> = serde_json::from_value(told["events"].take())?;
        self.after = lines.last().and_then(|line| line["number"].as_u64()).unwrap_or(self.after);
        Ok(lines)
    }

    async fn ask(&self, path: &str) -> anyhow::Result<Json> {
        let answer = self.operator.ask(Method::GET, path, None).await?;
        let told: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        ensure!(answer.status.is_success(), "{path}: {} {}", answer.status, told["detail"]);
        Ok(told)
    }
}

impl Book {
    pub(super) fn new(clock: Clock, matches: impl Iterator<Item = String>) -> Self {
        let matches = matches.map(|id| (id, Course::default())).collect();
        Self { clock, matches, recorded: 0, latency_us: histogram() }
    }

    pub(super) fn len(&self) -> usize {
        self.matches.len()
    }

    pub(super) fn recorded(&self) -> usize {
        self.recorded
    }

    /// Records beyond the first of a match.
    pub(super) fn repeated(&self) -> u64 {
        self.matches.values().map(|it| it.records.saturating_sub(1)).sum()
    }

    /// The second signature leaves now.
    pub(super) fn is_signed(&mut self, id: &str) {
        let now = self.clock.now_us();
        if let Some(course) = self.matches.get_mut(id) {
            course.signed_us = Some(now);
        }
    }

    /// Whether that is news of one of ours.
    pub(super) fn is_recorded(&mut self, id: &str) -> bool {
        let now = self.clock.now_us();
        let Some(course) = self.matches.get_mut(id) else { return false };
        course.records += 1;
        if course.records > 1 {
            return false;
        }
        self.recorded += 1;
        let since = course.signed_us.map_or(0, |signed| now.saturating_sub(signed));
        self.latency_us.saturating_record(since.max(1));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_counts_once_and_its_second_record_is_told() {
        let mut book = Book::new(Clock::new(), ["a".to_owned(), "b".to_owned()].into_iter());
        book.is_signed("a");
        assert!(book.is_recorded("a"));
        assert!(!book.is_recorded("a"), "it was before");
        assert!(!book.is_recorded("c"), "it is not ours");
        assert_eq!((book.recorded(), book.repeated(), book.len()), (1, 1, 2));
    }
}
