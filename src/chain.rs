//! `arena chain`: what an operator sees of the chain, and what can be tried again.

use anyhow::{Context as _, bail};
use clap::{Args as ClapArgs, Subcommand};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use std::process::ExitCode;
use tokio::net::TcpStream;

use crate::serve::say;

/// Bytes of an answer.
const ANSWER_LEN_MAX: usize = 4 * 1024 * 1024;
const TIME: std::time::Duration = std::time::Duration::from_secs(10);

/// Flags of `arena chain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// Where the control plane answers
    #[arg(
        long,
        env = "ARENA_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8000",
        global = true
    )]
    url: String,
    /// What an operator's calls have to bear
    #[arg(
        long,
        env = "ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        global = true,
        default_value = ""
    )]
    admin_token: String,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Nodes, key, nonces and jobs, as JSON
    Status,
    /// Jobs, the newest first, as one JSON object per line
    Jobs {
        /// Only those that are ready, done or failed
        #[arg(long)]
        state: Option<String>,
        /// Only those of a kind, such as record_match
        #[arg(long)]
        kind: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Try jobs again at once that failed or that wait: all, those of a kind, or one
    Retry {
        /// Of which kind
        kind: Option<String>,
        /// Which one of that kind
        business_id: Option<String>,
    },
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { what, url, admin_token } = args;
    let server = Server { url, admin_token };
    match what {
        What::Status => {
            let status = server.ask(Method::GET, "/v1/admin/chain", None).await?;
            say(&format!("{status:#}\n"));
        }
        What::Jobs { state, kind, limit } => {
            let filter = |name, value: Option<String>| {
                value.map(|value| format!("&{name}={value}")).unwrap_or_default()
            };
            let (state, kind) = (filter("state", state), filter("kind", kind));
            let path = format!("/v1/admin/chain/jobs?limit={limit}{state}{kind}");
            let answer = server.ask(Method::GET, &path, None).await?;
            for job in answer["jobs"].as_array().into_iter().flatten() {
                say(&format!("{job}\n"));
            }
        }
        What::Retry { kind, business_id } => {
            let body = json!({ "kind": kind, "business_id": business_id });
            let answer = server.ask(Method::POST, "/v1/admin/chain/retry", Some(&body)).await?;
            say(&format!("{} jobs are tried again\n", answer["retried"]));
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Server {
    url: String,
    admin_token: String,
}

impl Server {
    async fn ask(&self, method: Method, path: &str, body: Option<&Json>) -> anyhow::Result<Json> {
        let asked = self.exchange(method, path, body);
        let answer = tokio::time::timeout(TIME, asked).await;
        answer.with_context(|| format!("{} takes too long", self.url))?
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> anyhow::Result<Json> {
        let host = self.url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let host = host.filter(|host| !host.is_empty() && !host.contains('/'));
        let host = host.context("--url is of the form http://HOST:PORT")?;
        let socket = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let tcp = TcpStream::connect(&socket).await;
        let tcp = tcp.with_context(|| format!("failed to reach {}", self.url))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await?;
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.admin_token))
            .body(Full::new(Bytes::from(body)))
            .context("not a request")?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_LEN_MAX).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
            Ok::<_, anyhow::Error>((status, body))
        };
        let (status, body) = tokio::select! {
            answer = exchange => answer?,
            over = connection => { over?; bail!("{} hung up", self.url) }
        };
        let answer: Json = serde_json::from_slice(&body).unwrap_or_default();
        if !status.is_success() {
            let detail = answer["detail"].as_str().unwrap_or("no reason was given");
            bail!("{} refuses: {detail}", self.url);
        }
        Ok(answer)
    }
}
