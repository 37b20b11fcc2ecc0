//! Two agents that do on a development chain what agents do: they register, meet, stake, play,
//! publish, report, sign, and look whether it is recorded; then the next match.
//!
//! They use nothing but the API, the relay and the chain, as anybody would.

use std::time::Duration;

use anyhow::Context as _;
use arena_client::control::{Control, Error, Join, Met, Report, Wallet};
use arena_client::play::Play;
use arena_client::{Publisher, Server};
use arena_control::chain::dev;
use arena_control::uint::Wei;
use arena_protocol::melee::{self, Record};
use arena_protocol::result::{U256, match_id};
use tokio::time::{Interval, MissedTickBehavior};

use super::{BATCHES, FRAME, Scene, options};

/// What each stakes, in wei: a hundredth of a coin.
const STAKE: u64 = 10_000_000_000_000_000;
/// Between matches, and after one that came to nothing.
const PAUSE: Duration = Duration::from_secs(3);
/// How often, and how many times, it is looked whether a match is recorded, rated and paid.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const LOOKS: u32 = 60;
/// The queue, and what the contracts call the game.
const GAME: &str = "melee";
const CODES: [&str; 2] = ["VEGA#1", "LYRA#2"];

struct Agent {
    code: &'static str,
    wallet: Wallet,
    chain: dev::Agent,
    number: i64,
}

/// Plays for as long as it is polled.
pub(crate) async fn keep_playing(server: Server, url: String, rpc: String, seed: u64) {
    let mut play = Play::new(seed.wrapping_add(1));
    let mut agents = None;
    loop {
        let outcome = match &agents {
            None => ready(&rpc).await.map(|ready| agents = Some(ready)),
            Some(agents) => one_match(&server, &url, agents, &mut play).await,
        };
        if let Err(error) = outcome {
            tracing::warn!(error = format!("{error:#}"), "a match of the demo's agents broke off");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Two accounts with coin, registered.
async fn ready(rpc: &str) -> anyhow::Result<[Agent; 2]> {
    let [first, second] = std::array::from_fn(|at| one(rpc, dev::AGENTS[at], CODES[at]));
    // One after the other: they are told apart by their accounts, their numbers count up.
    Ok([first.await?, second.await?])
}

async fn one(rpc: &str, key: &str, code: &'static str) -> anyhow::Result<Agent> {
    let chain = dev::Agent::new(rpc, key)?;
    let wallet = Wallet::from_hex(key)?;
    let number = chain.register(code).await.context("failed to register an agent")?;
    tracing::info!(agent = code, number, wallet = %wallet.address(), "an agent is registered");
    Ok(Agent { code, wallet, chain, number: i64::try_from(number)? })
}

async fn one_match(
    server: &Server,
    url: &str,
    agents: &[Agent; 2],
    play: &mut Play,
) -> anyhow::Result<()> {
    let control = Control::new(url, None)?;
    let join = |agent: &Agent| Join {
        wallet_address: Some(agent.wallet.address()),
        agent_id: Some(agent.number),
        ..Join::new(agent.code)
    };
    let joins = [join(&agents[0]), join(&agents[1])];
    let mets = tokio::try_join!(control.meet(&joins[0]), control.meet(&joins[1]))?;
    let met = [mets.0, mets.1];
    let id = met[0].match_id.clone();
    tracing::info!(match.id = id, watch = format!("{url}/watch/match/{id}"), "the agents met");
    if let Err(error) = stake(&control, &met, agents).await {
        tracing::warn!(match.id = id, error = format!("{error:#}"), "they play without a stake");
    }
    let stocks = perform(server, &control, &met[0], play).await?;
    for (side, other) in [(0, 1), (1, 0)] {
        let (own, others) = (stocks[side], stocks[other]);
        let outcome = match own.cmp(&others) {
            std::cmp::Ordering::Greater => "won",
            std::cmp::Ordering::Less => "lost",
            std::cmp::Ordering::Equal => "draw",
        };
        control.report(&met[side], &Report::new(outcome, own, others)).await?;
    }
    tracing::info!(match.id = id, stocks = format!("{}-{}", stocks[0], stocks[1]), "both reported");
    let to_sign = match control.to_sign(&met[0]).await {
        Ok(to_sign) => to_sign,
        Err(Error::Refused { detail, .. }) => {
            tracing::info!(match.id = id, detail, "there is nothing to sign");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    for (met, agent) in met.iter().zip(agents) {
        control.sign(met, &to_sign, &agent.wallet).await?;
    }
    tracing::info!(match.id = id, winner = %to_sign.result.winner, "both signed");
    follow(&control, &id).await?;
    for agent in agents {
        let left = Wei(agent.chain.balance().await?).in_coins();
        tracing::info!(agent = agent.code, coins = left, "what an agent has");
    }
    Ok(())
}

/// The first proposes on the chain and then here, the other agrees here and then on the chain.
async fn stake(control: &Control, met: &[Met; 2], agents: &[Agent; 2]) -> anyhow::Result<()> {
    let wei = U256::from(STAKE);
    let [first, second] = agents;
    let (against, of) = (second.wallet.address(), match_id(&met[0].match_id));
    let wager = first.chain.propose(against, GAME, of, wei).await?;
    control.propose(&met[0], &wager.to_string(), &wei.to_string()).await?;
    control.accept(&met[1]).await?;
    second.chain.accept(wager, wei).await?;
    let id = &met[0].match_id;
    tracing::info!(match.id = id, wager = %wager, wei = %wei, "both put up their stakes");
    Ok(())
}

/// One game on the match's channel; the stocks that both have left.
async fn perform(
    server: &Server,
    control: &Control,
    met: &Met,
    play: &mut Play,
) -> anyhow::Result<[u8; 2]> {
    let stream = control.stream(met).await?;
    let token = stream.publish.context("a side of the match is given the right to publish it")?;
    let start = renamed(play.start().clone());
    let options = options(stream.channel.parse()?, Some(token.token), &start);
    let mut publisher = Publisher::connect(server, options).await?;
    let mut pace = pace();
    let mut in_group = 0;
    loop {
        let mut scene = Scene::gather(play, &mut pace).await;
        scene.start = renamed(scene.start);
        let key = in_group == 0 || scene.begins;
        in_group = if key { 1 } else { (in_group + 1) % BATCHES };
        scene.publish(&mut publisher, key).await?;
        if scene.events.iter().any(|event| matches!(event, Record::GameEnd(_))) {
            publisher.finish("the game is over").await?;
            return Ok(stocks(&scene));
        }
    }
}

fn pace() -> Interval {
    let mut pace = tokio::time::interval(FRAME);
    pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
    pace
}

/// The simulated fighters bear the agents' names.
fn renamed(mut start: melee::Start) -> melee::Start {
    for (fighter, code) in start.players.iter_mut().zip(CODES) {
        (fighter.code, fighter.name) = (code.to_owned(), None);
    }
    start
}

fn stocks(scene: &Scene) -> [u8; 2] {
    let players = scene.frames.last().map(|frame| &frame.players[..]).unwrap_or_default();
    let of = |at: usize| players.get(at).map_or(0, |player| player.stocks);
    [of(0), of(1)].map(|stocks| u8::try_from(stocks).unwrap_or(0))
}

/// Tells of what is done on the chain, until all of it is.
async fn follow(control: &Control, id: &str) -> anyhow::Result<()> {
    /// The record, and a rating for each.
    const JOBS: u32 = 3;
    let (mut after, mut done) = (0, 0);
    for _ in 0..LOOKS {
        for event in control.events(id, after).await? {
            after = event["number"].as_u64().unwrap_or(after);
            if event["kind"] != "chain.done" {
                continue;
            }
            let (job, tx) = (event["body"]["job"].as_str(), event["body"]["transaction"].as_str());
            done += u32::from(matches!(job, Some("record_match" | "post_rating")));
            tracing::info!(match.id = id, job, transaction = tx, "done on the chain");
        }
        let wager = control.wager(id).await?.wager_status;
        let paid = matches!(wager.as_deref(), None | Some("settled" | "voided" | "declined"));
        if done >= JOBS && paid {
            tracing::info!(match.id = id, wager, "the match is over on the chain");
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    tracing::warn!(match.id = id, "the chain takes longer than the agents wait for it");
    Ok(())
}
