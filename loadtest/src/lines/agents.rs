//! Two agents that meet, and what one of them streams.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use hyper::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::socket::Socket;
use super::{FIRST, RATE};
use crate::clock::micros;
use crate::queue::http::{Ask, Connection, Place};
use crate::report::histogram;

/// Joins twice; the match.
pub(super) async fn meet(place: &Arc<Place>) -> anyhow::Result<String> {
    let mut connection = Connection::new(place);
    let run = std::process::id();
    for side in [1, 2] {
        let body = json!({ "connect_code": format!("LINES{run}#{side}") }).to_string();
        let time = Duration::from_secs(10);
        let ask = Ask { method: Method::POST, path: "/queue/join", body, time };
        let answer = connection.ask(ask).await.context("failed to join")?;
        ensure!(answer.status.is_success(), "joining is answered with {}", answer.status);
        let joined: Value = serde_json::from_slice(&answer.body)?;
        if let Some(id) = joined["match_id"].as_str() {
            return Ok(id.to_owned());
        }
    }
    anyhow::bail!("two agents joined and did not meet: somebody else plays here")
}

/// A whole match; how late each frame left.
pub(super) async fn stream(
    socket: &mut Socket,
    id: &str,
    begin: Instant,
    frames: i32,
) -> anyhow::Result<Histogram<u64>> {
    let fighter = |port: u8| {
        let code = format!("LINES#{port}");
        json!({ "port": port, "characterId": port, "connectCode": code, "displayName": null })
    };
    let players = [fighter(1), fighter(2)];
    let start = json!({ "type": "match_start", "matchId": id, "stageId": 25, "players": players });
    socket.text(&start.to_string()).await?;
    let mut late_us = histogram();
    for at in 0..frames {
        let due = begin
            + Duration::from_micros(u64::from(at.unsigned_abs()) * 1_000_000 / u64::from(RATE));
        tokio::time::sleep_until(due).await;
        late_us.saturating_record(micros(due.elapsed()).max(1));
        socket.text(&frame(FIRST + at)).await?;
    }
    let game =
        json!({ "type": "game_end", "gameNumber": 1, "winnerPort": 1, "endMethod": "stocks" });
    socket.text(&game.to_string()).await?;
    let end = json!({ "type": "match_end", "winnerPort": 1, "finalScore": [1, 0] });
    socket.text(&end.to_string()).await?;
    Ok(late_us)
}

/// As an agent's extractor writes it: floats of 32 bits, printed as doubles.
fn frame(number: i32) -> String {
    let player = |port: i32| {
        let turn = f64::from(number) / 17.0 + f64::from(port);
        #[expect(clippy::cast_possible_truncation, reason = "that is what is sent")]
        let single = |value: f64| f64::from(value as f32);
        json!({
            "port": port, "x": single(turn.sin() * 60.0), "y": single(turn.cos().abs() * 20.0),
            "actionStateId": 14 + number.rem_euclid(5), "actionFrame": number.rem_euclid(40),
            "facingDirection": if number % 2 == 0 { 1 } else { -1 },
            "percent": single(f64::from(number.abs()) * 0.1), "stocks": 4, "shieldHealth": null,
            "isInvincible": false, "isInHitstun": number % 7 == 0,
        })
    };
    json!({ "type": "frame", "frame": number, "players": [player(1), player(2)] }).to_string()
}
