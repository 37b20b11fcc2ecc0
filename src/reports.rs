//! Hands what goes on in the relay's channels to control: in process, or over HTTP.
//!
//! - `reports/ledger.rs`: what is known, what control has heard of it, what has to be said next.
//!
//! The relay does not know that somebody looks. Whoever cannot be reached is told later, with what
//! is true by then; nothing else waits for it.

mod ledger;

use std::time::Duration;

use anyhow::bail;
use arena_control::Ctx;
use arena_protocol::OF_MATCHES;
use arena_protocol::report::{Heard, Report};
use arena_relay::Census;
use hyper::{Method, StatusCode};
use tokio::time::Instant;

use self::ledger::Ledger;
use crate::token::now_s;
use arena_client::http::Client;

/// How often the channels are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Who is told.
#[derive(Debug)]
pub(crate) enum Control {
    /// It is in this process.
    Here(Ctx),
    /// It is there; the client shows the API key of a relay.
    There(Client),
}

/// Tells control, for as long as it is polled. `relay` is this relay's name.
pub(crate) async fn keep_reporting(census: Census, relay: String, control: Control) {
    let began = Instant::now();
    let mut ledger = Ledger::new(relay, now_s().saturating_mul(1000));
    let mut failures = 0;
    loop {
        ledger.note(census.take(OF_MATCHES));
        let Some(report) = ledger.next(began.elapsed()) else {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        };
        match tell(&control, report.clone()).await {
            Ok(heard) => {
                if failures > 0 {
                    tracing::info!(failures, "control hears this relay again");
                }
                failures = 0;
                ledger.heard(report, heard, began.elapsed());
            }
            Err(error) => {
                if failures == 0 {
                    let error = format!("{error:#}");
                    tracing::warn!(error, "control was not told of the streams, trying again");
                }
                failures += 1;
                tokio::time::sleep(pause(failures)).await;
            }
        }
    }
}

async fn tell(control: &Control, report: Report) -> anyhow::Result<Heard> {
    match control {
        Control::Here(ctx) => Ok(arena_control::streams::report(ctx, report).await?),
        Control::There(client) => {
            let body = serde_json::to_vec(&report)?;
            let answer = client.ask(Method::POST, "/v1/relay/reports", Some(body)).await?;
            if answer.status != StatusCode::OK {
                let text = String::from_utf8_lossy(&answer.body);
                bail!("control answered {}: {}", answer.status, text.trim());
            }
            Ok(serde_json::from_slice(&answer.body)?)
        }
    }
}

/// Doubled from a second up to half a minute, and up to a quarter more, so that relays do not come
/// back together.
fn pause(failures: u32) -> Duration {
    let doubled = PAUSE.saturating_mul(1 << failures.clamp(1, 6).saturating_sub(1));
    doubled.min(PAUSE_MAX).mul_f64(1.0 + rand::random::<f64>() / 4.0)
}
