//! `arena serve` and `arena relay`: start, say so, wait for a signal, drain.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use arena_protocol::token::KeySet;
use arena_relay::{Access, Keys, Relay, method_not_allowed, not_found};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::config::{self, Settled};
use crate::{demo, logs, pages};

/// Runs everything.
pub(crate) async fn serve(flags: config::Serve) -> anyhow::Result<ExitCode> {
    let Settled { mut relay, log, log_level, no_demo, demo_seed } = flags.settle()?;
    logs::start(log, log_level);
    let (access, ticket) = demo::ticket(relay.access);
    relay.access = access;
    let tls = relay.http_tls;
    let relay = Relay::bind(relay).await?;
    let (http, quic) = (relay.http_address(), relay.quic_address());
    let router = relay.routes().merge(pages::routes(quic.port()));
    let mut aside = JoinSet::new();
    if !no_demo {
        let server = demo::own_server(http, quic, tls);
        aside.spawn(demo::keep_playing(server, ticket, demo_seed));
        let scheme = if tls { "https" } else { "http" };
        tracing::info!("watch the demo at {scheme}://{http}/watch/{}", demo::CHANNEL);
    }
    say_ready(&relay, tls);
    // The demo stops with the signal, so that draining does not wait for it.
    let stop = async {
        interrupted().await;
        aside.shutdown().await;
    };
    relay.run(router, stop).await;
    Ok(ExitCode::SUCCESS)
}

/// Runs a relay alone.
pub(crate) async fn relay(flags: config::Relay) -> anyhow::Result<ExitCode> {
    let Settled { relay, log, log_level, .. } = flags.settle()?;
    logs::start(log, log_level);
    let tls = relay.http_tls;
    let relay = Relay::bind(relay).await?;
    let fallback = relay.routes().fallback(not_found);
    let router = fallback.method_not_allowed_fallback(method_not_allowed);
    say_ready(&relay, tls);
    relay.run(router, interrupted()).await;
    Ok(ExitCode::SUCCESS)
}

/// The line that scripts wait for.
#[expect(clippy::print_stdout, reason = "the ready line is an interface")]
fn say_ready(relay: &Relay, tls: bool) {
    let scheme = if tls { "https" } else { "http" };
    println!("arena ready http={scheme}://{} quic={}", relay.http_address(), relay.quic_address());
}

/// Resolves at the first SIGINT or SIGTERM; a second one ends the process at once.
async fn interrupted() {
    let next = async || {
        let mut terminate = signal(SignalKind::terminate()).context("failed to wait for SIGTERM")?;
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt.context("failed to wait for SIGINT"),
            _ = terminate.recv() => Ok(()),
        }
    };
    if let Err(error) = next().await {
        tracing::error!(error = format!("{error:#}"), "signals cannot be heard");
        std::future::pending::<()>().await;
    }
    tracing::info!("stopping, once more to stop at once");
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            let again = runtime.block_on(async {
                let mut terminate = signal(SignalKind::terminate()).ok()?;
                tokio::select! {
                    interrupt = tokio::signal::ctrl_c() => interrupt.ok(),
                    _ = terminate.recv() => Some(()),
                }
            });
            if again.is_some() {
                std::process::exit(130);
            }
        }
    });
}

/// Keys of an operator, and one of this process beside them.
pub(crate) struct WithOwnKey {
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) own: KeySet,
}

impl Keys for WithOwnKey {
    fn keys(&self) -> Result<KeySet, String> {
        Ok(self.keys.keys()?.and(&self.own))
    }
}

/// Whether tokens are asked for.
pub(crate) fn is_open(access: &Access) -> bool {
    matches!(access, Access::Open)
}
