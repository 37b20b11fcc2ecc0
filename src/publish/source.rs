//! Where batches come from: lines of JSON, or noise.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::melee_batches::{Gather, Piece};

/// Frames that came wait so long for more to share their batch.
const GATHER_TIME: Duration = Duration::from_millis(100);
/// Every so many batches of noise one is a key batch.
const NOISE_GROUP: u64 = 20;

/// Frames of a batch: ten batches a second.
const FRAMES: usize = 6;

pub(super) enum Source {
    Lines { lines: mpsc::Receiver<io::Result<String>>, number: u64, gather: Gather },
    Noise { seed: u64, size: usize, next: u64 },
}

impl Source {
    pub(super) fn noise(seed: u64, size: usize) -> Self {
        Self::Noise { seed, size, next: 0 }
    }

    /// Reads a file, or stdin if it is `-`.
    pub(super) fn lines(path: &Path) -> anyhow::Result<Self> {
        let reader: Box<dyn io::Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(
                File::open(path).with_context(|| format!("failed to open {}", path.display()))?,
            )
        };
        let (sender, lines) = mpsc::channel(64);
        // A thread that is not waited for: nothing else gets out of a read of stdin.
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines() {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self::Lines { lines, number: 0, gather: Gather::new(FRAMES) })
    }

    /// The next batch; `None` at the end. Safe to drop and call again.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        match self {
            Self::Noise { seed, size, next } => {
                let number = *next;
                *next += 1;
                let key = number.is_multiple_of(NOISE_GROUP);
                let payload = noise(*seed, number, *size);
                let first_frame = i64::try_from(number).unwrap_or(i64::MAX);
                Ok(Some(Piece { first_frame, frames: 1, key, payload }))
            }
            Self::Lines { lines, number, gather } => loop {
                if let Some(piece) = gather.pop()? {
                    return Ok(Some(piece));
                }
                let line = if gather.is_empty() {
                    lines.recv().await
                } else if let Ok(line) = tokio::time::timeout(GATHER_TIME, lines.recv()).await {
                    line
                } else {
                    gather.close();
                    continue;
                };
                let Some(line) = line else {
                    gather.close();
                    return gather.pop();
                };
                *number += 1;
                let line = line.context("failed to read")?;
                gather.line(&line).with_context(|| format!("line {number} is of no use"))?;
            },
        }
    }

    pub(super) fn schema(&self) -> &'static str {
        match self {
            Self::Lines { .. } => "melee/1",
            Self::Noise { .. } => "opaque",
        }
    }

    /// What is known of the match so far.
    pub(super) fn meta(&self) -> Vec<u8> {
        match self {
            Self::Lines { gather, .. } => gather.meta(),
            Self::Noise { .. } => b"{}".to_vec(),
        }
    }
}

/// The noise of one batch: anybody who knows the seed can make it again.
fn noise(seed: u64, number: u64, size: usize) -> Vec<u8> {
    let block = |index: u64| {
        let at = [number.to_le_bytes(), index.to_le_bytes()].concat();
        xxh3_64_with_seed(&at, seed).to_le_bytes()
    };
    (0..).flat_map(block).take(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_for_the_same_seed_only() {
        assert_eq!(noise(1, 2, 100), noise(1, 2, 100));
        assert_eq!(noise(1, 2, 100).len(), 100);
        assert_ne!(noise(1, 2, 100), noise(1, 3, 100));
        assert_ne!(noise(1, 2, 100), noise(2, 2, 100));
    }
}
