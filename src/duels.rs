//! Duels on a relay, as channels like any other: published through the SDK, by the right that the
//! control plane signs; sanitised there, delayed by the relay.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use arena_client::{Draft, PublishOptions, Publisher, Server, unix_us};
use arena_control::Ctx;
use arena_control::duel::shown::{self, SCHEMA};
use arena_control::duel::stage::Scene;
use arena_control::ids::MatchId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Between two batches of a duel: spectators need no more.
const EVERY: Duration = Duration::from_millis(200);
/// Between looks at whether this process is the one, where several share a relay.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Duels that are published at once; more are played and not shown.
const PUBLISHED_MAX: usize = 500;
/// A duel that could not be shown for so long is over.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where duels are shown.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) server: Server,
    /// What the relay is called among the processes that share it; none if nobody else does.
    pub(crate) shared_as: Option<String>,
}

/// Shows duels for as long as it is polled.
pub(crate) async fn keep_showing(ctx: Ctx, place: Place) {
    loop {
        if let Err(error) = show_all(&ctx, &place).await {
            tracing::warn!(error = format!("{error:#}"), "duels are not shown at present");
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

async fn show_all(ctx: &Ctx, place: &Place) -> anyhow::Result<()> {
    while !is_ours(ctx, place).await? {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    shown::open(ctx).await?;
    let mut shows: HashMap<MatchId, watch::Sender<Scene>> = HashMap::new();
    let mut publishing = JoinSet::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            biased;
            Some(_over) = publishing.join_next() => {
                shows.retain(|_, scene| !scene.is_closed());
            }
            _ = look.tick() => {
                if !is_ours(ctx, place).await? {
                    return Ok(());
                }
            }
            scenes = ctx.duels.changed() => for scene in scenes {
                let id = scene.match_id;
                let unseen = match shows.get(&id) {
                    Some(show) => show.send(scene).err().map(|unseen| unseen.0),
                    None => Some(scene),
                };
                if let Some(scene) = unseen.filter(|_| publishing.len() < PUBLISHED_MAX) {
                    let (show, scenes) = watch::channel(scene);
                    publishing.spawn(show_one(ctx.clone(), place.server.clone(), id, scenes));
                    shows.insert(id, show);
                }
            },
        }
    }
}

async fn is_ours(ctx: &Ctx, place: &Place) -> anyhow::Result<bool> {
    match &place.shared_as {
        Some(name) => Ok(shown::leads(ctx, name).await?),
        None => Ok(true),
    }
}

async fn show_one(ctx: Ctx, server: Server, id: MatchId, mut scenes: watch::Receiver<Scene>) {
    let since = Instant::now();
    while let Err(error) = publish(&ctx, &server, id, &mut scenes).await {
        tracing::debug!(match.id = %id, error = format!("{error:#}"), "a duel is not shown");
        if since.elapsed() > PATIENCE || scenes.has_changed().is_err() {
            return;
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

async fn publish(
    ctx: &Ctx,
    server: &Server,
    id: MatchId,
    scenes: &mut watch::Receiver<Scene>,
) -> anyhow::Result<()> {
    let options = PublishOptions {
        token: shown::ticket(ctx, id),
        meta: shown::meta(ctx, id).await?.to_string().into_bytes(),
        resume: true,
        ..PublishOptions::new(shown::channel(id).parse().context("a good name")?, SCHEMA)
    };
    let mut publisher = Publisher::connect(server, options).await?;
    let mut number = 0;
    loop {
        let (payload, over) = {
            let scene = scenes.borrow_and_update();
            (serde_json::to_vec(&*scene)?, scene.end.is_some())
        };
        let captured_us = unix_us();
        let draft =
            Draft { captured_us, first_frame: number, frames: 1, key: true, payload: &payload };
        publisher.send(draft).await?;
        number += 1;
        if over {
            publisher.finish("the duel is over").await?;
            return Ok(());
        }
        let next = Instant::now() + EVERY;
        if scenes.changed().await.is_err() {
            // Another process goes on with it.
            return Ok(());
        }
        tokio::time::sleep_until(next).await;
    }
}
