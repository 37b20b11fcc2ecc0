//! The real binary as a child process, and what is asked of it over HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use arena_client::Server;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ADMIN_TOKEN: &str = "boss";
/// For what goes on by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that serves; it ends with this.
pub(crate) struct Arena {
    child: Child,
    asked: Asked,
    _folder: Option<tempfile::TempDir>,
}

/// An HTTP server that is asked.
pub(crate) struct Asked {
    address: String,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
    pub(crate) error: String,
}

impl Said {
    pub(crate) fn starts_with(&self, code: Option<i32>, text: &str) -> bool {
        self.code == code && self.text.starts_with(text)
    }
}

fn arena() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arena"));
    command.env("ADMIN_TOKEN", ADMIN_TOKEN).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

impl Arena {
    /// Both planes, on free ports.
    pub(crate) fn serve(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = arena();
        command.args(["serve", "--no-demo", "--http", "127.0.0.1:0", "--quic", "127.0.0.1:0"]);
        command.args(flags).current_dir(folder.path());
        let mut arena = Self::start(command);
        arena._folder = Some(folder);
        arena
    }

    /// A control plane alone, whose database is in a folder.
    pub(crate) fn control(folder: &Path, http: &str) -> Self {
        let mut command = arena();
        command.args(["control", "--http", http]).current_dir(folder);
        Self::start(command)
    }

    /// A relay alone.
    pub(crate) fn relay(flags: &[&str], key: &str) -> Self {
        let mut command = arena();
        command.args(["relay", "--http", "127.0.0.1:0", "--quic", "127.0.0.1:0"]).args(flags);
        command.env("ARENA_CONTROL_KEY", key);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().split_once("http=http://").expect("it is ready").1;
        let address = address.split(' ').next().unwrap().to_owned();
        Self { child, asked: Asked { address }, _folder: None }
    }

    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    pub(crate) fn http(&self) -> &str {
        &self.asked.address
    }

    pub(crate) fn server(&self) -> Server {
        format!("http://{}", self.asked.address).parse().unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What an operator's command says.
    pub(crate) async fn admin(&self, words: &[&str]) -> Said {
        let mut command = arena();
        let url = format!("http://{}", self.asked.address);
        command.arg("admin").args(["--url", &url]).args(words).stderr(Stdio::piped());
        let said = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: said.status.code(), text: text(said.stdout), error: text(said.stderr) }
    }

    /// An API key for a relay, made as an operator makes one.
    pub(crate) async fn relay_key(&self) -> String {
        let why = ["--why", "an edge"];
        let words = ["users", "make", "edge", "--role", "relay"];
        assert_eq!(self.admin(&[&words[..], &why].concat()).await.code, Some(0));
        let words = ["--json", "keys", "make", "edge", "main", "--scope", "reports"];
        let key = self.admin(&[&words[..], &why].concat()).await;
        let key: Json = serde_json::from_str(&key.text).unwrap();
        key["secret"].as_str().unwrap().to_owned()
    }

    /// Asks until it is so.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, so: impl Fn() -> F) {
        let began = Instant::now();
        while !so().await {
            assert!(began.elapsed() < PATIENCE, "it does not come to that");
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // Killed already, perhaps.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Asked {
    pub(crate) async fn get(&self, path: &str) -> Json {
        let text = self.text(path).await;
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {text}"))
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let (status, body) = self.ask("GET", path, None, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.ask("GET", path, None, "").await.0
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Json {
        self.post_as(None, path, body).await
    }

    /// As the bearer of a token.
    pub(crate) async fn post_as(&self, token: Option<&str>, path: &str, body: &Json) -> Json {
        let (status, body) = self.ask("POST", path, token, &body.to_string()).await;
        assert!((200..300).contains(&status), "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|_| json!(body))
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> (u16, String) {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        let (address, length) = (&self.address, body.len());
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n"));
        let bearer = bearer.unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{bearer}\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}
