//! `arena admin`: what an operator asks of a running arena, over HTTP.
//!
//! - `admin/ask.rs`: a command line → a request.
//! - `admin/show.rs`: its answer → a table.

mod ask;
mod show;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use hyper::Method;
use serde_json::Value as Json;

use self::ask::{Ask, ask};
use self::show::Show;
use arena_client::http::Client;

/// What `invariants` says if a rule is broken.
const BROKEN: u8 = 3;
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// Arguments of `arena admin`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 done, 1 refused or out of reach, 2 not understood, \
                        3 a rule of the system is broken (invariants).")]
pub(crate) struct Args {
    /// The arena
    #[arg(
        long,
        global = true,
        default_value = "http://127.0.0.1:8000",
        env = "ARENA_SERVER",
        value_name = "URL"
    )]
    url: String,
    /// Its ADMIN_TOKEN, or the access token of an identity with the role admin
    #[arg(
        long = "token",
        global = true,
        env = "ADMIN_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<String>,
    /// Print the answer as it came, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Who has an account, and what they may do
    #[command(subcommand)]
    Users(Users),
    /// API keys of users, and the keys that tokens are signed with
    #[command(subcommand)]
    Keys(Keys),
    /// Who waits where, and whether queues let anybody in
    #[command(subcommand)]
    Queues(Queues),
    /// Matches: look, take back, decide, begin anew
    #[command(subcommand)]
    Matches(Matches),
    /// The log of what happened
    Events {
        /// The last line that is known
        #[arg(long, default_value_t = 0, value_name = "N")]
        after: u64,
        /// Only those of a match
        #[arg(long = "match", value_name = "ID")]
        of: Option<String>,
        /// Lines of one answer, at most 1000
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: u16,
        /// Go on with what happens next
        #[arg(long, conflicts_with = "of")]
        follow: bool,
    },
    /// The rows that break a rule of the system: none, always
    Invariants,
}

#[derive(Debug, Subcommand)]
enum Users {
    /// The newest 100
    List {
        /// Only those with this role
        #[arg(long)]
        role: Option<Role>,
        /// Only those older than this id: the page behind
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// One of them, by id or name
    Show { user: String },
    /// A user without a password, for a program that shows an API key
    Make {
        name: String,
        #[arg(long, default_value = "player")]
        role: Role,
        #[command(flatten)]
        why: Why,
    },
    /// Give a role
    Grant {
        user: String,
        role: Role,
        #[command(flatten)]
        why: Why,
    },
    /// Take a role back: a player remains
    Revoke {
        user: String,
        #[command(flatten)]
        why: Why,
    },
    /// Shut out: sign-ins end, tokens and keys do not help any more
    Disable {
        user: String,
        #[command(flatten)]
        why: Why,
    },
    /// Let in again
    Enable {
        user: String,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// The API keys of a user
    List { user: String },
    /// Make one; its secret is shown this once
    Make {
        user: String,
        /// What it is called
        name: String,
        /// What it is for: queue, agents or reports; may be repeated
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
        #[command(flatten)]
        why: Why,
    },
    /// Revoke one
    Revoke {
        user: String,
        /// Its id
        key: String,
        #[command(flatten)]
        why: Why,
    },
    /// Sign tokens with a new key from now on; those that are out hold on
    Rotate,
}

#[derive(Debug, Subcommand)]
enum Queues {
    /// All of them
    List,
    /// Who waits in one, in its order
    Show { queue: String },
    /// Let people in again
    Open {
        queue: String,
        #[command(flatten)]
        why: Why,
    },
    /// Let nobody in; who waits may still meet somebody
    Drain {
        queue: String,
        #[command(flatten)]
        why: Why,
    },
    /// Let nobody in, and put out who waits
    Close {
        queue: String,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Subcommand)]
enum Matches {
    /// The newest
    List {
        /// Only those in this state, such as active
        #[arg(long)]
        state: Option<String>,
        /// Only those that somebody has to decide
        #[arg(long, conflicts_with = "state")]
        disputed: bool,
        /// Only those of this queue
        #[arg(long)]
        queue: Option<String>,
        /// Only those older than this id: the page behind
        #[arg(long, value_name = "ID")]
        before: Option<String>,
        /// How many, at most 100
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u16,
    },
    /// One of them
    Show { id: String },
    /// Take it back: every stake is returned, and nobody is rated
    Void {
        id: String,
        #[command(flatten)]
        why: Why,
    },
    /// Decide a disputed one
    Resolve {
        id: String,
        winner: Winner,
        #[command(flatten)]
        why: Why,
    },
    /// Take it back, and send both sides to their old places in the queue
    Requeue {
        id: String,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, clap::Args)]
struct Why {
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Plays
    Player,
    /// Does what an operator does
    Admin,
    /// Reports about streams
    Relay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Winner {
    /// The first side
    P1,
    /// The second side
    P2,
    /// Neither
    Draw,
}

/// Runs `arena admin`.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { url, token, json, what } = args;
    let client = client(&url, token)?;
    if let What::Events { after, follow: true, limit, .. } = what {
        return follow(&client, after, limit, json).await;
    }
    let Ask { method, path, body, show } = ask(&what);
    let answer = fetch(&client, method, &path, body).await?;
    print(&answer, &show, json)?;
    let broken = matches!(what, What::Invariants)
        && answer["broken"].as_array().is_some_and(|rows| !rows.is_empty());
    Ok(if broken { ExitCode::from(BROKEN) } else { ExitCode::SUCCESS })
}

/// What asks as an operator.
pub(crate) fn client(url: &str, token: Option<String>) -> anyhow::Result<Client> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        bail!(
            "an operator's token is needed: set ADMIN_TOKEN to that of the arena, or give --token"
        );
    };
    Ok(Client::new(url, Some(&token))?)
}

/// Until it is interrupted.
async fn follow(
    client: &Client,
    mut after: u64,
    limit: u16,
    json: bool,
) -> anyhow::Result<ExitCode> {
    loop {
        let path = format!("/v1/admin/events?after={after}&limit={limit}");
        let answer = fetch(client, Method::GET, &path, None).await?;
        let events = answer["events"].as_array().cloned().unwrap_or_default();
        for event in &events {
            after = event["number"].as_u64().unwrap_or(after);
            print(event, &Show::Line, json)?;
        }
        if events.is_empty() {
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }
}

/// Asks, and gives what was answered, or why it was refused.
pub(crate) async fn fetch(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<Json>,
) -> anyhow::Result<Json> {
    let body = body.map(|body| body.to_string().into_bytes());
    let answer = client.ask(method, path, body).await?;
    let told: Json = serde_json::from_slice(&answer.body).unwrap_or(Json::Null);
    if answer.status.is_success() {
        return Ok(told);
    }
    match told["detail"].as_str() {
        Some(detail) => bail!("{detail} ({})", answer.status),
        None => bail!("answered {}, which no arena does: is the URL right?", answer.status),
    }
}

fn print(answer: &Json, show: &Show, json: bool) -> anyhow::Result<()> {
    let text = if json { format!("{answer}\n") } else { show.render(answer) };
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
