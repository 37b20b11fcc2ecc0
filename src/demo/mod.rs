//! The demo: two simulated fighters, pushed through the real client over real QUIC.
//!
//! One match follows the other on one channel, in one life; each key batch tells where the match
//! stands, so that whoever joins sees it at once.
//!
//! - `demo/agents.rs`: where there is a development chain, two agents that also meet, stake, report
//!   and sign.

pub(crate) mod agents;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arena_client::play::Play;
use arena_client::{
    ChannelName, Draft, PublishOptions, Publisher, Server, Transport, Trust, unix_us,
};
use arena_protocol::melee::{self, Frame, Record};
use arena_protocol::token::{Act, Claims, SigningKey};
use arena_relay::Access;
use tokio::time::{Interval, MissedTickBehavior};

use crate::serve::WithOwnKey;
use crate::token::now_s;

/// The channel that the demo is published on.
pub(crate) const CHANNEL: &str = "demo";
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60);
/// Frames of a batch: 20 batches a second.
const FRAMES: usize = 3;
/// Batches of a group: a late joiner starts at most a second back.
const BATCHES: u64 = 20;
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A token of a key that dies with the process may as well outlive it.
const TICKET_S: u64 = 10 * 365 * 24 * 3600;

/// Arguments of `arena demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The arena
    #[arg(long, default_value = "http://127.0.0.1:8000", env = "ARENA_SERVER", value_name = "URL")]
    server: Server,
    /// The channel
    #[arg(long, default_value = CHANNEL, value_name = "NAME")]
    channel: ChannelName,
    /// The same seed plays the same match
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The right to publish, where the arena asks for one
    #[arg(long, env = "ARENA_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
    /// Correct frames now and then, as a game does whose inputs come late
    #[arg(long)]
    rollbacks: bool,
}

/// Runs `arena demo`: until it is interrupted, or refused.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { server, channel, seed, token, rollbacks } = args;
    let mut play = Play::new(seed);
    if rollbacks {
        play = play.with_rollbacks();
    }
    let publisher = Publisher::connect(&server, options(channel, token, play.start())).await?;
    tokio::select! {
        outcome = perform(publisher, &mut play) => outcome.map(|()| ExitCode::SUCCESS),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted.map(|()| ExitCode::SUCCESS)?),
    }
}

/// Plays on this arena's own relay for as long as it is polled.
pub(crate) async fn keep_playing(server: Server, ticket: Option<String>, seed: u64) {
    let mut play = Play::new(seed);
    let channel: ChannelName = CHANNEL.parse().expect("a good name");
    loop {
        let options = options(channel.clone(), ticket.clone(), play.start());
        let outcome = match Publisher::connect(&server, options).await {
            Ok(publisher) => perform(publisher, &mut play).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = outcome {
            tracing::warn!(error = format!("{error:#}"), "the demo is interrupted");
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// The way from this process to its own relay. `pins` are asked for where HTTP is in TLS, which a
/// certificate of our own does not get through.
pub(crate) fn own_server(
    http: SocketAddr,
    quic: SocketAddr,
    pins: Option<Vec<[u8; 32]>>,
) -> Server {
    let url = |url: String| url.parse::<Server>().expect("an address makes a URL");
    match pins {
        None => url(format!("http://{}", here(http))),
        Some(pins) => url(format!("quic://{}", here(quic))).with_trust(Trust::Pinned(pins)),
    }
}

/// An address of this process, as it reaches itself.
pub(crate) fn here(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}

/// Where tokens are asked for, the demo signs its own, with a key that only this process knows.
pub(crate) fn ticket(access: Access) -> (Access, Option<String>) {
    let Access::Required(keys) = access else { return (access, None) };
    let key = SigningKey::from_seed(&rand::random());
    let claims = Claims::new("demo", Act::Publish, CHANNEL, now_s() + TICKET_S);
    let both = WithOwnKey { keys, own: key.public() };
    (Access::Required(Arc::new(both)), Some(claims.sign(&key)))
}

fn options(channel: ChannelName, token: Option<String>, start: &melee::Start) -> PublishOptions {
    let players = start.players.iter().map(|player| {
        serde_json::json!({
            "port": player.port,
            "characterId": player.character,
            "connectCode": player.code,
            "displayName": player.name,
        })
    });
    let players: Vec<_> = players.collect();
    let meta = serde_json::json!({ "stageId": start.stage, "players": players });
    PublishOptions {
        token,
        meta: meta.to_string().into_bytes(),
        transport: Transport::Quic,
        ..PublishOptions::new(channel, "melee/1")
    }
}

/// Sixty frames a second, as batches.
async fn perform(mut publisher: Publisher, play: &mut Play) -> anyhow::Result<()> {
    let mut pace = tokio::time::interval(FRAME);
    // After a pause the match goes on where it was, it does not race.
    pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut in_group = 0;
    loop {
        let scene = Scene::gather(play, &mut pace).await;
        let key = in_group == 0 || scene.begins;
        in_group = if key { 1 } else { (in_group + 1) % BATCHES };
        scene.publish(&mut publisher, key).await?;
    }
}

/// What one batch tells.
struct Scene {
    start: melee::Start,
    /// The first frame of a game is among them.
    begins: bool,
    captured_us: u64,
    frames: Vec<Frame>,
    events: Vec<Record>,
}

impl Scene {
    async fn gather(play: &mut Play, pace: &mut Interval) -> Self {
        let start = play.start().clone();
        let mut scene =
            Self { start, begins: false, captured_us: 0, frames: Vec::new(), events: Vec::new() };
        while scene.frames.len() < FRAMES && scene.events.is_empty() {
            pace.tick().await;
            let step = play.step();
            scene.captured_us = unix_us();
            scene.begins |= step.start.is_some();
            scene.frames.push(step.frame);
            scene.events = step.events;
        }
        scene
    }

    async fn publish(&self, publisher: &mut Publisher, key: bool) -> anyhow::Result<()> {
        let payload = self.payload(key)?;
        let frames = u16::try_from(self.frames.len()).expect("a few frames");
        let first_frame = self.frames.first().map_or(0, |frame| frame.number.into());
        let captured_us = self.captured_us;
        publisher.send(Draft { captured_us, first_frame, frames, key, payload: &payload }).await?;
        Ok(())
    }

    fn payload(&self, key: bool) -> Result<Vec<u8>, melee::EncodeError> {
        let mut records = Vec::new();
        if key {
            records.push(Record::Start(self.start.clone()));
        }
        records.extend(melee::runs(self.frames.iter().cloned()));
        records.extend(self.events.iter().cloned());
        melee::encode(&records)
    }
}
