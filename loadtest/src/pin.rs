//! On which processors the server and this program run.

use std::str::FromStr;

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_setaffinity};

/// Processors, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    server: Vec<usize>,
    own: Vec<usize>,
}

/// A text names no processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("processors are numbers from 0, as in 0, 0,2 or 0:1")]
pub(crate) struct NoProcessors;

impl Pin {
    /// Moves the calling thread to where the server belongs; what it starts begins there.
    pub(crate) fn as_server(&self) -> anyhow::Result<()> {
        pin(&self.server)
    }

    /// Moves the calling thread to where this program belongs, and those that it starts.
    pub(crate) fn as_client(&self) -> anyhow::Result<()> {
        pin(&self.own)
    }
}

fn pin(processors: &[usize]) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    for &processor in processors {
        set.set(processor);
    }
    sched_setaffinity(None, &set)
        .with_context(|| format!("failed to stay on the processors {processors:?}"))
}

impl FromStr for Pin {
    type Err = NoProcessors;

    fn from_str(text: &str) -> Result<Self, NoProcessors> {
        let list = |text: &str| {
            let number = |n: &str| n.parse().ok().filter(|n| *n < CpuSet::MAX_CPU);
            text.split(',').map(number).collect::<Option<Vec<usize>>>().ok_or(NoProcessors)
        };
        let (server, own) = text.split_once(':').unwrap_or((text, text));
        Ok(Self { server: list(server)?, own: list(own)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_list_is_for_both() {
        let pin = |text: &str| text.parse::<Pin>().map(|pin| (pin.server, pin.own));
        assert_eq!(pin("0"), Ok((vec![0], vec![0])));
        assert_eq!(pin("0:1,2"), Ok((vec![0], vec![1, 2])));
        for bad in ["", ":", "0:", "a", "-1", "99999"] {
            assert_eq!(pin(bad), Err(NoProcessors), "{bad}");
        }
    }
}
