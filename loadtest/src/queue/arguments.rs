//! The command line of a run over the queue, up to a [`Job`].

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use url::Url;

use super::http::Place;
use crate::arguments::positive;
use crate::machine::{Machine, Need};
use crate::process::Process;

/// Entries that one run keeps account of.
const JOINS_MAX: u64 = 2_000_000;
const AT_ONCE_MAX: usize = 20_000;

/// Agents that join the queue, wait for a match, and are held against each other at the end
#[derive(Debug, Args)]
pub(crate) struct Queue {
    /// The arena: http://host:port; joining has to be open to everybody
    #[arg(default_value = "http://127.0.0.1:8000", value_name = "URL")]
    url: Url,
    /// Joins that are measured, each as soon as one before it is answered [default: 10000]
    #[arg(long, conflicts_with = "rate")]
    joins: Option<u64>,
    /// Joins a second instead, at moments decided beforehand, however slow the arena is
    #[arg(long)]
    rate: Option<f64>,
    /// How long to join at that rate [default: 10]
    #[arg(long, requires = "rate")]
    seconds: Option<f64>,
    /// Connections that joins leave over: so many joins are under way at most
    #[arg(long, default_value_t = 64)]
    at_once: usize,
    /// Connections a second while they are opened
    #[arg(long, default_value_t = 1000.0)]
    ramp: f64,
    /// Joins before those that are measured
    #[arg(long, default_value_t = 500)]
    warm_up: u64,
    /// Entries that the queue has in its past before anything is measured: they join and meet, and
    /// report a result where the arena takes one
    #[arg(long, default_value_t = 0)]
    old_rows: u64,
    /// How whoever waits learns of a match
    #[arg(long, value_enum, default_value = "long-poll")]
    notice: Notice,
    /// Sockets of the gateway, opened first: joins leave over them, each over its own, and matches are
    /// heard of there; the others stay idle
    #[arg(long, default_value_t = 0, value_name = "N", conflicts_with = "old_rows")]
    gateway: usize,
    /// The server's process, if it is on this machine: says what it used
    #[arg(long)]
    pid: Option<u32>,
    /// Write the report there, too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// How whoever waits learns of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Notice {
    /// Asks, and the arena answers when there is one
    LongPoll,
    /// Asks again and again
    Poll,
    /// Does not ask before the end
    None,
}

/// When joins leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// As soon as an earlier one is answered.
    Closed,
    /// At moments decided beforehand, so many a second.
    Open {
        /// Joins a second.
        rate: f64,
    },
}

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) place: Place,
    pub(crate) pace: Pace,
    /// Those that are measured.
    pub(crate) joins: usize,
    pub(crate) warm_up: usize,
    pub(crate) at_once: usize,
    /// Connections a second while they are opened.
    pub(crate) ramp: f64,
    pub(crate) old_rows: usize,
    pub(crate) notice: Notice,
    /// Sockets that joins leave over; none if they leave over HTTP.
    pub(crate) gateway: usize,
    pub(crate) process: Option<Process>,
}

impl Queue {
    pub(crate) fn job(&self) -> anyhow::Result<Job> {
        positive("--ramp", self.ramp)?;
        ensure!((1..=AT_ONCE_MAX).contains(&self.at_once), "--at-once is 1 to {AT_ONCE_MAX}");
        let (pace, joins) = self.pace()?;
        ensure!(joins > 0, "nothing is measured without a join");
        let counts =
            [("the joins", joins), ("--warm-up", self.warm_up), ("--old-rows", self.old_rows)];
        for (name, count) in counts {
            ensure!(
                count <= JOINS_MAX,
                "{name}: {count}, and {JOINS_MAX} are kept account of at most"
            );
        }
        let job = Job {
            place: Place::find(&self.url)?,
            pace,
            joins: usize::try_from(joins)?,
            warm_up: usize::try_from(self.warm_up)?,
            at_once: self.at_once,
            ramp: self.ramp,
            old_rows: usize::try_from(self.old_rows)?,
            notice: self.notice,
            gateway: self.gateway,
            process: self.pid.map(Process::new).transpose()?,
        };
        let all = job.warm_up + job.joins;
        ensure!(
            job.gateway == 0 || all <= job.gateway,
            "--gateway: each socket joins once, and {all} join over {}",
            job.gateway
        );
        let loopback = job.place.is_loopback();
        let connections = (job.at_once + job.watchers_max() + job.gateway) as u64;
        let need = Need { websockets: connections, loopback, ..Need::default() };
        Machine::look(job.process.as_ref()).check(&need)?;
        Ok(job)
    }

    fn pace(&self) -> anyhow::Result<(Pace, u64)> {
        let Some(rate) = self.rate else {
            return Ok((Pace::Closed, self.joins.unwrap_or(10_000)));
        };
        let seconds = self.seconds.unwrap_or(10.0);
        positive("--rate", rate)?;
        positive("--seconds", seconds)?;
        let joins = (rate * seconds).round();
        ensure!(joins >= 1.0, "at this rate nobody joins in {seconds} seconds");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let joins = joins as u64;
        Ok((Pace::Open { rate }, joins))
    }
}

impl Job {
    /// Whoever waits does so over a connection of its own; where first come is first served, as
    /// many wait as join at once.
    pub(crate) fn watchers_max(&self) -> usize {
        if self.notice == Notice::None || self.gateway > 0 { 0 } else { 2 * self.at_once }
    }
}

impl Place {
    pub(crate) fn find(url: &Url) -> anyhow::Result<Self> {
        ensure!(url.scheme() == "http", "the queue is loaded over http://, not {url}");
        let host = url.host_str().context("the address names no host")?;
        let address =
            url.socket_addrs(|| None).with_context(|| format!("failed to find {host}"))?;
        let address = *address.first().with_context(|| format!("{host} has no address"))?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { address, host })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    enum Line {
        Queue(Queue),
    }

    fn job(line: &str) -> anyhow::Result<Job> {
        let Line::Queue(queue) =
            Line::try_parse_from(std::iter::once("loadtest").chain(line.split(' ')))?;
        queue.job()
    }

    #[test]
    fn a_rate_makes_as_many_joins_as_its_time_holds() {
        let job = job("queue --rate 833 --seconds 3").unwrap();
        assert_eq!((job.joins, job.pace), (2499, Pace::Open { rate: 833.0 }));
    }

    #[test]
    fn without_a_rate_each_join_follows_an_answer() {
        let job = job("queue http://[::1]:9 --joins 7 --at-once 3").unwrap();
        assert_eq!((job.joins, job.at_once, job.pace), (7, 3, Pace::Closed));
        assert_eq!(job.place.host, "[::1]:9");
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_sentence() {
        let table = [
            ("queue --joins 0", "without a join"),
            ("queue --joins 3000000", "at most"),
            ("queue --at-once 0", "--at-once"),
            ("queue --rate 0", "--rate"),
            ("queue --rate 0.1 --seconds 1", "nobody joins"),
            ("queue --rate 5 --joins 5", "cannot be used with"),
            ("queue --seconds 5", "--rate"),
            ("queue --gateway 100 --joins 101 --warm-up 0", "joins once"),
            ("queue https://127.0.0.1:1", "over http://"),
            ("queue --pid 4294967295", "on this machine"),
        ];
        for (line, part) in table {
            let error = format!("{:#}", job(line).expect_err(line));
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
