//! A server that is started for a measurement, and is gone when that is over.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::process::Process;

/// Time to say that it is ready.
const READY_TIME: Duration = Duration::from_secs(20);
/// Lines of its last words that are repeated.
const LAST_WORDS: usize = 3;

/// A process that ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// What it said when it was ready.
    pub(crate) ready: String,
}

impl Server {
    /// Starts it, and waits for a line that begins with `ready`.
    pub(crate) fn start(program: &Path, arguments: &[String], ready: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn();
        let child = child.with_context(|| format!("failed to start {}", program.display()))?;
        // From here on it is killed, whatever happens.
        let mut server = Self { child, ready: String::new() };
        let heard = listen(server.child.stdout.take().context("it has no stdout")?);
        let words = last_words(server.child.stderr.take().context("it has no stderr")?);
        loop {
            match heard.recv_timeout(READY_TIME) {
                Ok(line) if line.starts_with(ready) => {
                    server.ready = line;
                    return Ok(server);
                }
                Ok(_) => {}
                Err(_late_or_gone) => {
                    let words = words.lock().unwrap_or_else(PoisonError::into_inner);
                    bail!("{} did not get ready: {}", program.display(), words.join(" / "));
                }
            }
        }
    }

    pub(crate) fn process(&self) -> anyhow::Result<Process> {
        Process::new(self.child.id())
    }

    /// What stands behind `name=` in its line.
    pub(crate) fn said(&self, name: &str) -> anyhow::Result<&str> {
        said(&self.ready, name).with_context(|| format!("it said {:?}, without {name}", self.ready))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already: then it is only buried.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

fn said<'a>(ready: &'a str, name: &str) -> Option<&'a str> {
    let mut words = ready.split_whitespace().filter_map(|word| word.split_once('='));
    words.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Its lines, as long as somebody wants them; they are read to the end in any case.
fn listen(stdout: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::sync_channel(16);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _nobody_listens = tell.try_send(line);
        }
    });
    told
}

fn last_words(stderr: impl std::io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let words: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&words);
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(line);
            if kept.len() > LAST_WORDS {
                kept.remove(0);
            }
        }
    });
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_line_is_read_by_name() {
        let line = "arena ready http=http://127.0.0.1:1 quic=127.0.0.1:2";
        assert_eq!(said(line, "http"), Some("http://127.0.0.1:1"));
        assert_eq!(said(line, "quic"), Some("127.0.0.1:2"));
        assert_eq!(said(line, "sha256"), None);
    }

    #[test]
    fn what_does_not_get_ready_is_told_with_its_last_words() {
        let arguments = ["-c".to_owned(), "echo no >&2; sleep 0.2; exit 3".to_owned()];
        let error = Server::start(Path::new("/bin/sh"), &arguments, "ready").err();
        assert!(format!("{:#}", error.unwrap()).contains("did not get ready: no"));
    }
}
