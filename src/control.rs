//! The control plane: opened, kept going, and served alone by `arena control`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arena_control::chain;
use arena_control::clock::SystemClock;
use arena_control::random::Chance;
use arena_control::store::Store;
use arena_control::{Ctx, deadlines, keep_keys_fresh, keep_noticing, queue};
use arena_protocol::origin;
use arena_protocol::proxies::{FORWARDED_FOR, Proxies};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{self, SettledControl};
use crate::serve::{Signals, say};
use crate::{duels, logs};

/// Time for a request's head.
const HEAD_TIME: Duration = Duration::from_secs(5);
const HEAD_LEN_MAX: usize = 16 * 1024;
const CONNECTIONS_MAX: usize = 50_000;
/// How long a port that ran out of file descriptors waits before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Time for requests that are under way when it stops.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Opens the database and starts what goes on by itself.
pub(crate) async fn open(settled: SettledControl, tasks: &mut JoinSet<()>) -> anyhow::Result<Ctx> {
    let SettledControl { db, config, chain: settings, dev_chain: _, foreign } = settled;
    if !foreign.is_empty() {
        tracing::info!(names = foreign.join(", "), "taken from names that are not ours");
    }
    match (&config.admin_token, config.admin_open) {
        (Some(_), _) => {}
        (None, true) => {
            tracing::warn!("ADMIN_TOKEN is not set, and --insecure-open lets everybody operate");
        }
        (None, false) => {
            let text = "ADMIN_TOKEN is not set: operators' calls are refused, but for identities \
                        with the role admin";
            tracing::info!("{text}");
        }
    }
    let store = Store::open(&db).await?;
    let ctx = Ctx::open(store, Arc::new(SystemClock), Chance::of_the_system(), config).await?;
    chain::open(&ctx, settings).await?;
    talk_to_chain(&ctx, tasks);
    tasks.spawn(keep_noticing(ctx.clone()));
    tasks.spawn(keep_keys_fresh(ctx.clone()));
    tasks.spawn(deadlines::keep_sweeping(ctx.clone()));
    tasks.spawn(queue::keep_pairing(ctx.clone()));
    Ok(ctx)
}

/// What talks to the chain has a thread of its own: what it borrows across its many questions keeps
/// the compiler from seeing that it may move between threads. It ends with the other tasks, after it
/// has let go of what other processes wait for.
fn talk_to_chain(ctx: &Ctx, tasks: &mut JoinSet<()>) {
    let (going, gone) = watch::channel(());
    let (ctx, runtime) = (ctx.clone(), Handle::current());
    tasks.spawn_blocking(move || {
        runtime.block_on(async {
            let stop = || {
                let mut gone = gone.clone();
                async move { while gone.changed().await.is_ok() {} }
            };
            let domains = chain::Domains::new(ctx.clone());
            tokio::join!(
                chain::keep_sending(ctx.clone(), domains, stop()),
                chain::keep_following(ctx.clone(), chain::Telling, stop()),
                chain::keep_looking(ctx.clone(), stop()),
            );
        });
    });
    tasks.spawn(async move {
        let _going = going;
        std::future::pending().await
    });
}

/// Runs a control plane alone.
pub(crate) async fn alone(flags: config::ControlAlone) -> anyhow::Result<ExitCode> {
    let mut settled = flags.settle(config::Foreign::of_the_environment())?;
    let mut tasks = JoinSet::new();
    logs::start(settled.log, settled.log_level, settled.otlp, &mut tasks);
    let listener = TcpListener::bind(settled.http)
        .await
        .with_context(|| format!("failed to listen on TCP {} for HTTP", settled.http))?;
    settled.control.config.origins.extend(origin::own("http", listener.local_addr()?, &[]));
    let ctx = open(settled.control, &mut tasks).await?;
    if let Some(server) = settled.relay {
        let place = duels::Place { shared_as: Some(server.to_string()), server };
        tasks.spawn(duels::keep_showing(ctx.clone(), place));
    }
    let signals = Signals::listen()?;
    say(&format!("arena ready http=http://{}\n", listener.local_addr()?));
    let router = arena_control::http::router(ctx);
    tokio::select! {
        () = serve(listener, router, Arc::new(settled.proxies), signals.nth(1)) => {}
        () = signals.nth(2) => return Ok(ExitCode::from(130)),
    }
    tasks.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Serves until it is told to stop, then finishes what is under way.
async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Arc<Proxies>,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_done) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((tcp, remote)) => {
                    // Only slower without it.
                    let _slower = tcp.set_nodelay(true);
                    let asked = Asked { remote, proxies: Arc::clone(&proxies) };
                    connections.spawn(connection(tcp, asked, router.clone(), stopped.clone()));
                }
                Err(_out_of_descriptors) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop((listener, stopping));
    let over = async { while connections.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(DRAIN_TIME, over).await;
}

/// Who is connected, and who is believed whom it speaks for.
struct Asked {
    remote: SocketAddr,
    proxies: Arc<Proxies>,
}

async fn connection(
    tcp: TcpStream,
    asked: Asked,
    router: Router,
    mut stopped: watch::Receiver<()>,
) {
    let service = TowerToHyperService::new(router);
    let service =
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            let forwarded = request.headers().get_all(FORWARDED_FOR);
            let forwarded = forwarded.iter().map(HeaderValue::as_bytes);
            let client = asked.proxies.client(asked.remote, forwarded);
            request.extensions_mut().insert(ConnectInfo(client));
            let service = service.clone();
            async move {
                let request = request.map(axum::body::Body::new);
                let answer = hyper::service::Service::call(&service, request).await;
                Ok::<_, Infallible>(answer.unwrap_or_else(|never| match never {}))
            }
        });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_LEN_MAX)
        .serve_connection(TokioIo::new(tcp), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        biased;
        _done = &mut serving => return,
        _gone = stopped.changed() => {}
    }
    serving.as_mut().graceful_shutdown();
    let _late = tokio::time::timeout(HEAD_TIME, serving).await;
}
