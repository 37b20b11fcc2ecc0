//! What a process has used, as Linux tells it under `/proc`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

/// What a process, or a thread, has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// In ticks of 10 ms, mostly: good for a share.
    pub(crate) user_us: u64,
    pub(crate) system_us: u64,
    /// Both together, as the scheduler counts them, exactly; 0 where it does not.
    pub(crate) run_us: u64,
}

/// What a process holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) rss_bytes: u64,
    pub(crate) rss_peak_bytes: u64,
}

/// A process on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pid: u32,
    directory: PathBuf,
}

impl Process {
    pub(crate) fn new(pid: u32) -> anyhow::Result<Self> {
        let process = Self { pid, directory: format!("/proc/{pid}").into() };
        process.used()?;
        Ok(process)
    }

    pub(crate) fn own() -> Self {
        Self { pid: std::process::id(), directory: "/proc/self".into() }
    }

    /// The calling thread, as if it were a process.
    pub(crate) fn this_thread() -> Self {
        let tid = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        Self { pid: tid, directory: format!("/proc/self/task/{tid}").into() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it is still there and not only waits to be buried.
    pub(crate) fn lives(&self) -> bool {
        let stat = fs::read_to_string(self.directory.join("stat"));
        stat.is_ok_and(|stat| !matches!(state(&stat), None | Some('Z' | 'X')))
    }

    pub(crate) fn used(&self) -> anyhow::Result<Used> {
        let stat = self.read("stat")?;
        let used = parse_stat(&stat, rustix::param::clock_ticks_per_second());
        let used = used.with_context(|| format!("/proc/{}/stat makes no sense", self.pid))?;
        Ok(Used { run_us: self.run_ns() / 1000, ..used })
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        parse_status(&self.read("status")?)
            .with_context(|| format!("/proc/{}/status makes no sense", self.pid))
    }

    /// How many files it may have open.
    pub(crate) fn descriptors_max(&self) -> Option<u64> {
        parse_limits(&self.read("limits").ok()?)
    }

    /// The sum over its threads. One that ended is missing, so this is for processes that keep theirs.
    fn run_ns(&self) -> u64 {
        let of = |directory: PathBuf| {
            let schedstat = fs::read_to_string(directory.join("schedstat")).unwrap_or_default();
            schedstat.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0)
        };
        match fs::read_dir(self.directory.join("task")) {
            Ok(threads) => threads.filter_map(Result::ok).map(|thread| of(thread.path())).sum(),
            // A thread has no threads.
            Err(_) => of(self.directory.clone()),
        }
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        fs::read_to_string(self.directory.join(file)).with_context(|| {
            format!("failed to read of process {}: is it on this machine, and alive?", self.pid)
        })
    }
}

/// Bytes that could be allocated without others going to swap.
pub(crate) fn memory_available() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    kibibytes(&meminfo, "MemAvailable:")
}

/// Ports that outgoing connections of one address leave from.
pub(crate) fn ports_per_address() -> u64 {
    /// What is left where the system does not tell: the range that IANA names.
    const IANA: u64 = 16_384;
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut ends = range.split_whitespace().filter_map(|end| end.parse::<u64>().ok());
    match (ends.next(), ends.next()) {
        (Some(from), Some(to)) if to >= from => to - from + 1,
        _ => IANA,
    }
}

impl Used {
    pub(crate) fn total_us(&self) -> u64 {
        if self.run_us > 0 { self.run_us } else { self.user_us + self.system_us }
    }

    /// The total, shared between user and system as the ticks are.
    pub(crate) fn split_us(&self) -> (f64, f64) {
        let ticks = (self.user_us + self.system_us).max(1) as f64;
        let scale = self.total_us() as f64 / ticks;
        (self.user_us as f64 * scale, self.system_us as f64 * scale)
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            user_us: self.user_us.saturating_sub(before.user_us),
            system_us: self.system_us.saturating_sub(before.system_us),
            run_us: self.run_us.saturating_sub(before.run_us),
        }
    }
}

/// What follows the command's name, which may hold anything, brackets and spaces included.
fn behind_name(stat: &str) -> Option<impl Iterator<Item = &str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace())
}

fn state(stat: &str) -> Option<char> {
    behind_name(stat)?.next()?.chars().next()
}

fn parse_stat(stat: &str, ticks_per_s: u64) -> Option<Used> {
    let mut fields = behind_name(stat)?.skip(11);
    let mut us = || Some(fields.next()?.parse::<u64>().ok()? * 1_000_000 / ticks_per_s.max(1));
    Some(Used { user_us: us()?, system_us: us()?, run_us: 0 })
}

fn parse_status(status: &str) -> Option<Memory> {
    let rss_bytes = kibibytes(status, "VmRSS:")?;
    Some(Memory { rss_bytes, rss_peak_bytes: kibibytes(status, "VmHWM:")? })
}

fn parse_limits(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "42 (a) b) (c) S 1 42 42 0 -1 4194560 999 0 1 0 250 50 0 0 20 0 4 0 777 1 2";
        let used = parse_stat(stat, 100);
        assert_eq!(used, Some(Used { user_us: 2_500_000, system_us: 500_000, run_us: 0 }));
        assert_eq!(state(stat), Some('S'));
        assert_eq!(parse_stat("42 (a", 100), None);
        assert_eq!(parse_stat("", 100), None);
    }

    #[test]
    fn what_the_scheduler_counted_is_shared_as_the_ticks_are() {
        let used = Used { user_us: 30_000, system_us: 10_000, run_us: 48_000 };
        assert_eq!(used.total_us(), 48_000);
        assert_eq!(used.split_us(), (36_000.0, 12_000.0));
        assert_eq!(Used { run_us: 0, ..used }.split_us(), (30_000.0, 10_000.0));
    }

    #[test]
    fn memory_is_told_in_kibibytes() {
        let status = "Name:\tarena\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t3\n";
        let memory = Memory { rss_bytes: 1 << 20, rss_peak_bytes: 2 << 20 };
        assert_eq!(parse_status(status), Some(memory));
        assert_eq!(parse_status("Name:\tkthreadd\n"), None, "a kernel thread holds nothing");
    }

    #[test]
    fn the_soft_limit_is_the_one_that_counts() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 20000                files\n";
        assert_eq!(parse_limits(limits), Some(1024));
    }

    #[test]
    fn this_process_lives_and_another_number_does_not() {
        assert!(Process::own().lives());
        assert!(Process::own().used().is_ok());
        assert!(Process::new(u32::MAX).is_err());
    }
}
