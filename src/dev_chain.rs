//! `--dev-chain`: a chain of one's own for as long as the arena runs. Finds anvil, starts it as a
//! child, puts the contracts on it, and ends it.
//!
//! Invariant: the chain ends with the arena, whatever ends the arena. Whoever stops in order ends
//! it himself; on Linux the kernel does it for who is killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use arena_control::chain::dev;
use tokio::sync::{oneshot, watch};

/// The command that is the chain once it has made sure that it will not outlive the arena.
pub(crate) const KEEPER: &str = "dev-chain-of-parent";
/// For anvil to listen.
const START_TIME: Duration = Duration::from_secs(20);
/// Seconds between blocks: what a match waits for its record is a few of them.
const BLOCK_TIME: &str = "0.25";
/// Blocks whose state can still be asked for; more would be kept on disk.
const STATES: &str = "256";
const LISTENING: &str = "Listening on ";

/// A chain that runs.
#[derive(Debug)]
pub(crate) struct DevChain {
    child: Child,
    /// Nothing is ever sent: what would send it goes with the chain.
    ended: watch::Receiver<()>,
    /// Where it is asked.
    pub(crate) rpc: String,
}

/// Arguments of the hidden command.
#[derive(Debug, clap::Args)]
pub(crate) struct Keeper {
    /// Whose child this is
    parent: u32,
    anvil: PathBuf,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl DevChain {
    /// Starts one and deploys everything. To be called where the process' first thread runs: the
    /// kernel ends the chain with the thread that started it.
    pub(crate) async fn start(anvil: Option<PathBuf>) -> anyhow::Result<Self> {
        let anvil = find(anvil)?;
        let (mut child, listening, ended) = spawn(&anvil)?;
        let listening = tokio::time::timeout(START_TIME, listening).await;
        let Ok(Ok(address)) = listening else {
            let _gone = child.kill();
            let ended = child.wait().context("failed to wait for anvil")?;
            bail!("{} does not listen ({ended}): does it run by itself?", anvil.display());
        };
        let chain = Self { child, ended, rpc: format!("http://{address}") };
        dev::furnish(&chain.rpc).await?;
        let there = dev::deployed();
        tracing::info!(
            rpc = chain.rpc,
            match_proof = there.contracts.match_proof.map(|it| it.to_string()),
            wager = there.contracts.wager.map(|it| it.to_string()),
            "a development chain runs, and ends with this process"
        );
        Ok(chain)
    }

    /// Resolves when the chain is gone.
    pub(crate) fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ended = self.ended.clone();
        async move { while ended.changed().await.is_ok() {} }
    }
}

impl Drop for DevChain {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Becomes the chain: never returns unless it cannot.
pub(crate) fn keep(args: Keeper) -> anyhow::Result<ExitCode> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))
            .context("failed to ask for an end with the parent")?;
        let parent = getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs());
        ensure!(parent == Some(args.parent), "the parent is gone already");
    }
    let failed = Command::new(&args.anvil).args(args.arguments).exec();
    Err(failed).with_context(|| format!("failed to run {}", args.anvil.display()))
}

type Started = (Child, oneshot::Receiver<String>, watch::Receiver<()>);

fn spawn(anvil: &Path) -> anyhow::Result<Started> {
    let own = std::env::current_exe().context("failed to find this program")?;
    let mut child = Command::new(own)
        .arg(KEEPER)
        .arg(std::process::id().to_string())
        .arg(anvil)
        .args(["--host", "127.0.0.1", "--port", "0", "--order", "fifo"])
        .args(["--block-time", BLOCK_TIME, "--prune-history", STATES])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // What a terminal sends to interrupt the arena is not for the chain, which is needed while
        // the arena stops.
        .process_group(0)
        .spawn()
        .with_context(|| format!("failed to start {}", anvil.display()))?;
    let stdout = child.stdout.take().context("failed to listen to anvil")?;
    let (tell, listening) = oneshot::channel();
    let (running, ended) = watch::channel(());
    // Ends with the chain, whose words would fill the pipe.
    std::thread::spawn(move || {
        let _running = running;
        let mut tell = Some(tell);
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix(LISTENING)
                && let Some(tell) = tell.take()
            {
                // Whoever waited too long is gone.
                let _late = tell.send(address.trim().to_owned());
            }
        }
    });
    Ok((child, listening, ended))
}

/// The one that was named, else the one on the path, else that of an npm package.
fn find(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(named) = named {
        ensure!(named.is_file(), "anvil: there is no file {}", named.display());
        return Ok(native(&named));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("anvil"));
    if let Some(found) = on_path.into_iter().find(|it| it.is_file()) {
        return Ok(native(&found));
    }
    let here = std::env::current_dir().context("failed to find the working directory")?;
    let folders = here.ancestors().map(|folder| folder.join("node_modules"));
    folders.into_iter().find_map(|folder| packaged(&folder)).context(
        "--dev-chain needs anvil, and there is none on the path and none in node_modules. Install \
         it with one of\n\n    npm install @foundry-rs/anvil\n    curl -L https://foundry.paradigm.xyz \
         | bash && foundryup\n\nor name its file with --anvil FILE",
    )
}

/// What npm puts on the path is a script whose child would outlive it: the program itself is in a
/// package beside.
fn native(anvil: &Path) -> PathBuf {
    let real = anvil.canonicalize().unwrap_or_else(|_| anvil.to_owned());
    let is_script = real.extension().is_some_and(|it| it == "mjs" || it == "js");
    let folders = real.ancestors().map(|folder| folder.join("node_modules"));
    let beside = || folders.into_iter().find_map(|folder| packaged(&folder));
    if is_script { beside().unwrap_or(real) } else { real }
}

/// The program of npm's packages for this machine.
fn packaged(node_modules: &Path) -> Option<PathBuf> {
    let folder = std::fs::read_dir(node_modules.join("@foundry-rs")).ok()?;
    let mut packages: Vec<_> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
    packages.sort();
    let of_anvil = |path: &PathBuf| {
        path.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with("anvil-"))
    };
    packages.into_iter().filter(of_anvil).map(|it| it.join("bin/anvil")).find(|it| it.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    #[test]
    fn npms_script_leads_to_the_program_itself() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("node_modules/@foundry-rs");
        let (script, program) = (root.join("anvil/bin.mjs"), root.join("anvil-some-os/bin/anvil"));
        file(&script);
        assert_eq!(native(&script), script, "there is nothing better");
        file(&program);
        assert_eq!(native(&script), program);
        assert_eq!(native(&program), program);
        assert_eq!(find(Some(program.clone())).unwrap(), program);
        let missing = find(Some(root.join("nowhere"))).unwrap_err().to_string();
        assert!(missing.contains("there is no file"), "{missing}");
    }
}
