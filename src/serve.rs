//! `arena serve` and `arena relay`: start, say so, wait for a signal, drain.

use std::future::Pending;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, ensure};
use arena_control::Ctx;
use arena_protocol::OF_MATCHES;
use arena_protocol::token::KeySet;
use arena_relay::{Access, Keys, Relay, method_not_allowed, not_found};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::both::{self, Both};
use crate::config::{self, Settled, SettledRelay};
use crate::dev_chain::DevChain;
use crate::key_url::KeyUrl;
use crate::old_streams::{self, Streams};
use crate::reports::{Control, keep_reporting};
use crate::{control, demo, duels, logs, pages};

/// Runs everything.
pub(crate) async fn serve(flags: config::Serve) -> anyhow::Result<ExitCode> {
    let settled = flags.settle(config::Foreign::of_the_environment())?;
    let Settled { mut relay, log, log_level, no_demo, demo_seed, mut control, .. } = settled;
    let mut aside = JoinSet::new();
    logs::start(log, log_level, settled.otlp, &mut aside);
    // The relay is bound before control is open, which has to know what it is reached by.
    let chain = match control.dev_chain.take() {
        Some(dev) => Some(DevChain::start(dev.anvil).await?),
        None => None,
    };
    if let (Some(chain), Some(settings)) = (&chain, &mut control.chain) {
        settings.rpc = vec![chain.rpc.clone()];
    }
    let known = Arc::new(OnceLock::new());
    let (access, ticket) = demo::ticket(with_control(relay.access, &known));
    relay.access = access;
    let tls = relay.http_tls;
    let name = settled.relay_name.or_else(|| relay.names.first().cloned());
    let relay = Relay::bind(relay).await?;
    let (http, quic) = (relay.http_address(), relay.quic_address());
    keep_keys_fresh(settled.key_url, &mut aside);
    control.config.origins = relay.origins();
    let open = control.config.open;
    let ctx = control::open(control, &mut aside).await?;
    let _first = known.set(ctx.clone());
    let name = name.unwrap_or_else(|| quic.to_string());
    aside.spawn(keep_reporting(relay.census(), name, Control::Here(ctx.clone())));
    let server = demo::own_server(http, quic, tls.then(|| relay.pins()));
    let streams = Streams::new(ctx.clone(), relay.feeds(), relay.census(), server.clone());
    let place = duels::Place { server: server.clone(), shared_as: None };
    aside.spawn(duels::keep_showing(ctx.clone(), place));
    let control = arena_control::http::routes(ctx.clone());
    let router = relay.routes().merge(control).merge(old_streams::routes(streams));
    let router = router.merge(pages::routes(quic.port()));
    let router = router.method_not_allowed_fallback(method_not_allowed);
    let router = with_both(router, Both { ctx: Some(ctx.clone()), census: relay.census() });
    if !no_demo {
        aside.spawn(arena_control::partner::keep_playing(ctx));
        if let Some(chain) = &chain {
            // A certificate of our own is nothing that an agent's HTTP client believes in.
            if tls || !open {
                tracing::info!("the demo's agents do not play: joining needs TLS or an identity");
            } else {
                let agents = demo::agents::keep_playing(
                    server.clone(),
                    format!("http://{}", demo::here(http)),
                    chain.rpc.clone(),
                    demo_seed,
                );
                aside.spawn(agents);
            }
        }
        aside.spawn(demo::keep_playing(server, ticket, demo_seed));
        let scheme = if tls { "https" } else { "http" };
        tracing::info!("watch the demo at {scheme}://{http}/watch/{}", demo::CHANNEL);
    }
    let signals = Signals::listen()?;
    say_ready(&relay, tls);
    let chain_is_gone = chain.as_ref().map(DevChain::over);
    until_signalled(relay, router, aside, signals, chain_is_gone).await
}

/// Runs a relay alone.
pub(crate) async fn relay(flags: config::RelayAlone) -> anyhow::Result<ExitCode> {
    let SettledRelay { settled, reports_to } = flags.settle()?;
    let Settled { relay, log, log_level, otlp, relay_name, key_url, .. } = settled;
    let mut aside = JoinSet::new();
    logs::start(log, log_level, otlp, &mut aside);
    let tls = relay.http_tls;
    let name = relay_name.or_else(|| relay.names.first().cloned());
    let relay = Relay::bind(relay).await?;
    keep_keys_fresh(key_url, &mut aside);
    if let Some(client) = reports_to {
        let name = name.unwrap_or_else(|| relay.quic_address().to_string());
        aside.spawn(keep_reporting(relay.census(), name, Control::There(client)));
    }
    let fallback = relay.routes().fallback(not_found);
    let router = fallback.method_not_allowed_fallback(method_not_allowed);
    let router = with_both(router, Both { ctx: None, census: relay.census() });
    let signals = Signals::listen()?;
    say_ready(&relay, tls);
    until_signalled(relay, router, aside, signals, None::<Pending<()>>).await
}

fn with_both(router: Router, both: Both) -> Router {
    let router = router.layer(from_fn_with_state(both, both::answer));
    router.layer(from_fn(both::readable_health))
}

fn keep_keys_fresh(keys: Option<Arc<KeyUrl>>, aside: &mut JoinSet<()>) {
    if let Some(keys) = keys {
        aside.spawn(async move { keys.keep_fresh().await });
    }
}

/// The relay believes what control signs, too. The channels of matches are guarded in any case.
fn with_control(access: Access, known: &Arc<OnceLock<Ctx>>) -> Access {
    let with = |keys| Arc::new(WithControl { keys, known: Arc::clone(known) });
    match access {
        Access::Open => {
            Access::Guarded { prefix: OF_MATCHES, keys: with(Arc::new(KeySet::default())) }
        }
        Access::Guarded { prefix, keys } => Access::Guarded { prefix, keys: with(keys) },
        Access::Required(keys) => Access::Required(with(keys)),
    }
}

/// Keys of an operator, and those that control signs with.
struct WithControl {
    keys: Arc<dyn Keys>,
    /// Empty before control is open, when nobody is served yet.
    known: Arc<OnceLock<Ctx>>,
}

impl Keys for WithControl {
    fn keys(&self) -> Result<KeySet, String> {
        let keys = self.keys.keys()?;
        Ok(match self.known.get() {
            Some(ctx) => keys.and(&ctx.public_keys()),
            None => keys,
        })
    }
}

/// The line that scripts wait for. Whoever closed stdout does not.
fn say_ready(relay: &Relay, tls: bool) {
    let scheme = if tls { "https" } else { "http" };
    let (http, quic) = (relay.http_address(), relay.quic_address());
    say(&format!("arena ready http={scheme}://{http} quic={quic}\n"));
}

pub(crate) fn say(line: &str) {
    let mut stdout = std::io::stdout();
    let _nobody = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
}

/// SIGINT and SIGTERM, counted: the first drains, the second ends at once.
pub(crate) struct Signals {
    heard: watch::Receiver<u32>,
    _listening: JoinSet<()>,
}

impl Signals {
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let mut terminate =
            signal(SignalKind::terminate()).context("failed to wait for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("failed to wait for SIGINT")?;
        let (count, heard) = watch::channel(0);
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                count.send_modify(|count| *count += 1);
            }
        });
        Ok(Self { heard, _listening: listening })
    }

    /// Resolves at the n-th signal.
    pub(crate) fn nth(&self, n: u32) -> impl Future<Output = ()> + Send + 'static {
        let mut heard = self.heard.clone();
        async move {
            // The sender lives as long as this process serves.
            let _never_gone = heard.wait_for(|count| *count >= n).await.is_err();
        }
    }
}

/// Serves until a signal, then drains; a second signal does not wait for that. So it does when its
/// development chain is gone, whose stakes and records nobody brings back: what would go on is an
/// arena that pretends.
async fn until_signalled(
    relay: Relay,
    router: Router,
    mut aside: JoinSet<()>,
    signals: Signals,
    chain_is_gone: Option<impl Future<Output = ()> + Send + 'static>,
) -> anyhow::Result<ExitCode> {
    let first = signals.nth(1);
    let (tell, mut told) = oneshot::channel();
    let stop = async move {
        let gone = async move {
            match chain_is_gone {
                Some(gone) => gone.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = first => tracing::info!("stopping, a second signal stops at once"),
            () = gone => {
                tracing::error!("the development chain ended: stopping");
                // Whoever waits for it ends the process in any case.
                let _late = tell.send(());
            }
        }
        // The demo goes first, so that draining does not wait for it. What control does by itself
        // goes on at the next start.
        aside.shutdown().await;
    };
    tokio::select! {
        outcome = relay.run(router, stop) => {
            outcome?;
            ensure!(told.try_recv().is_err(), "the development chain ended, and the arena with it");
            Ok(ExitCode::SUCCESS)
        }
        () = signals.nth(2) => Ok(ExitCode::from(130)),
    }
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
