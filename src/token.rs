//! `arena token`: keys, and tokens signed by them. And the file of keys that a relay checks with.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use arena_protocol::token::{Act, Claims, KeySet, SigningKey};
use arena_relay::Keys;
use clap::{Subcommand, ValueEnum};

/// Arguments of `arena token`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a signing key and the public keys that go with it
    Keys {
        /// Folder for `signing.key`, which stays secret, and `jwks.json`, for `arena serve --keys`
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Print a token that allows to publish or to watch
    Sign {
        /// What it allows
        act: Allowed,
        /// The channel, or a prefix that ends in *
        channel: String,
        /// The signing key
        #[arg(long, default_value = "signing.key", env = "ARENA_SIGNING_KEY", value_name = "FILE")]
        key: PathBuf,
        /// Whom it is for; who publishes may only be replaced by the same
        #[arg(long, default_value = "anybody", value_name = "NAME")]
        subject: String,
        /// Seconds that it holds
        #[arg(long, default_value_t = 600, value_name = "S")]
        ttl: u64,
        /// To publish: hold batches back from viewers by so much. To watch: wait no longer than this
        #[arg(long, value_name = "MS")]
        delay_ms: Option<u32>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Allowed {
    /// To send batches
    Publish,
    /// To receive them
    Watch,
}

/// Runs `arena token`.
#[expect(clippy::print_stdout, reason = "a token on stdout is what the command is for")]
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Keys { folder } => {
            let key = SigningKey::from_seed(&rand::random());
            let (secret, public) = (folder.join("signing.key"), folder.join("jwks.json"));
            fs::create_dir_all(folder)
                .with_context(|| format!("failed to make {}", folder.display()))?;
            write_secret(&secret, &key.secret())?;
            fs::write(&public, key.public().to_jwks())
                .with_context(|| format!("failed to write {}", public.display()))?;
            println!("{} signs; keep it secret", secret.display());
            println!("{} checks: arena serve --keys {}", public.display(), public.display());
        }
        What::Sign { act, channel, key, subject, ttl, delay_ms } => {
            let text = fs::read_to_string(key).with_context(|| {
                format!("failed to read {}; arena token keys makes one", key.display())
            })?;
            let key = SigningKey::from_secret(&text)?;
            let act = match act {
                Allowed::Publish => Act::Publish,
                Allowed::Watch => Act::Watch,
            };
            let mut claims = Claims::new(subject, act, channel, now_s().saturating_add(*ttl));
            claims.delay_ms = *delay_ms;
            println!("{}", claims.sign(&key));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Never over a key that is there already, and readable by its owner only.
fn write_secret(path: &Path, secret: &str) -> anyhow::Result<()> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file =
        options.open(path).with_context(|| format!("failed to make {}", path.display()))?;
    writeln!(file, "{secret}").with_context(|| format!("failed to write {}", path.display()))
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Public keys in a file, read again when it changes.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    read: Mutex<Option<(SystemTime, KeySet)>>,
}

impl KeyFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, read: Mutex::new(None) }
    }
}

impl Keys for KeyFile {
    /// While the file cannot be read, what was read last still holds.
    fn keys(&self) -> Result<KeySet, String> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match (self.changed(), &*read) {
            (Ok(changed), Some((at, keys))) if *at == changed => return Ok(keys.clone()),
            (Ok(changed), _) => match self.parse() {
                Ok(keys) => *read = Some((changed, keys)),
                Err(cause) if read.is_none() => return Err(cause),
                Err(_kept) => {}
            },
            (Err(cause), None) => return Err(cause),
            (Err(_kept), Some(_)) => {}
        }
        let keys = read.as_ref().map(|(_, keys)| keys.clone());
        keys.ok_or_else(|| format!("{}: no keys", self.path.display()))
    }
}

impl KeyFile {
    fn changed(&self) -> Result<SystemTime, String> {
        let modified = fs::metadata(&self.path).and_then(|file| file.modified());
        modified.map_err(|error| format!("{}: {error}", self.path.display()))
    }

    fn parse(&self) -> Result<KeySet, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", self.path.display());
        let text = fs::read_to_string(&self.path).map_err(|error| failed(&error))?;
        KeySet::from_jwks(&text).map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_again_when_their_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jwks.json");
        let put = |seed: u8, second: u64| {
            fs::write(&path, SigningKey::from_seed(&[seed; 32]).public().to_jwks()).unwrap();
            let at = UNIX_EPOCH + std::time::Duration::from_secs(second);
            fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        };
        let file = KeyFile::new(path.clone());
        assert!(file.keys().unwrap_err().contains("jwks.json"));
        put(1, 100);
        let first = file.keys().unwrap().to_jwks();
        put(2, 200);
        let second = file.keys().unwrap().to_jwks();
        assert_ne!(second, first);
        fs::write(&path, "half a fi").unwrap();
        assert_eq!(file.keys().unwrap().to_jwks(), second, "what was read last still holds");
        fs::remove_file(&path).unwrap();
        assert_eq!(file.keys().unwrap().to_jwks(), second);
    }

    #[test]
    fn a_signing_key_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.key");
        write_secret(&path, "first").unwrap();
        assert!(write_secret(&path, "second").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
    }
}
