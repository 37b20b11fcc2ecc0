//! Duels as channels of a relay: their names, who may publish them, and who does it.
//!
//! Invariant: where several processes share one relay, one of them at a time shows duels there.

use arena_protocol::token::{Act, Claims};
use serde_json::{Value as Json, json};

use super::Kept;
use super::stage::Scene;
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches;
use crate::matches::rules::{Side, Sides};
use crate::store::{self, Tx, duels as rows, leases};
use crate::time::Span;

/// What the payload is: a [`Scene`] in JSON, each of them whole.
pub const SCHEMA: &str = "duel/1+json";
/// Whom the right to publish is made for: any process may go on where another stopped.
const SUBJECT: &str = "arena/duels";
/// Spectators see what happened so long ago, and up to so much longer by chance, so that nobody can
/// tell a player what the other does. The relay keeps it.
const DELAY_MS: u32 = 500;
const JITTER_MS: u32 = 200;
/// Longer than any duel, from its countdown to its end.
const TICKET_FOR: Span = Span::seconds(600);
/// Duels that are shown from the start.
const LIVE_MAX: i64 = 1_000;
/// Who shows duels says so more often than this.
const LEASE: Span = Span::seconds(15);

/// The channel of a duel.
#[must_use]
pub fn channel(id: MatchId) -> String {
    format!("match/{id}/duel")
}

/// The duel of a channel, if it is one's.
#[must_use]
pub fn match_of(channel: &str) -> Option<MatchId> {
    channel.strip_prefix("match/")?.strip_suffix("/duel")?.parse().ok()
}

/// The right to publish it, with its delay.
#[must_use]
pub fn ticket(ctx: &Ctx, id: MatchId) -> Option<String> {
    let now = ctx.clock.now();
    let ends_s = u64::try_from((now + TICKET_FOR).0 / 1_000).unwrap_or(0);
    let mut claims = Claims::new(SUBJECT, Act::Publish, &channel(id), ends_s);
    claims.delay_ms = Some(DELAY_MS + u32::from_be_bytes(ctx.chance.bytes()) % JITTER_MS);
    ctx.keyring.sign(now, |key| claims.sign(key))
}

/// What a late joiner has to know: who plays, and for what.
///
/// # Errors
/// The database.
pub async fn meta(ctx: &Ctx, id: MatchId) -> Result<Json, store::Error> {
    let Some(found) = matches::service::find(ctx, id).await? else { return Ok(Json::Null) };
    let player = |side| {
        let player = found.players.of(side);
        json!({ "connect_code": player.connect_code, "rating": player.rating })
    };
    let (p1, p2) = (player(Side::First), player(Side::Second));
    Ok(json!({ "match_id": id, "queue": found.queue, "tier": found.tier, "p1": p1, "p2": p2 }))
}

/// Begins to look at the duels, those included that go on already.
///
/// # Errors
/// The database.
pub async fn open(ctx: &Ctx) -> Result<(), store::Error> {
    let live = ctx.store.read(async move |tx| rows::live(tx, LIVE_MAX).await).await?;
    let now = ctx.clock.now();
    let scene = |(match_id, kept): (MatchId, Kept)| {
        let game = kept.game.as_ref();
        let seen = |side| game.map(|game| game.progress(side, now).seen());
        let sides = seen(Side::First).zip(seen(Side::Second));
        Scene {
            match_id,
            phase: if game.is_some() { "playing" } else { "countdown" },
            at: now.0,
            commitment: Some(kept.commitment()),
            line: game.map(|game| game.line.clone()),
            sides: sides.map(|(first, second)| Sides { first, second }),
            end: None,
        }
    };
    ctx.duels.open(live.into_iter().map(scene).collect());
    Ok(())
}

/// Whether this process is to show duels on a relay now, and until so much later.
///
/// # Errors
/// The database.
pub async fn leads(ctx: &Ctx, relay: &str) -> Result<bool, store::Error> {
    let (now, name) = (ctx.clock.now(), format!("duels@{relay}"));
    let holder = format!("{:016x}", ctx.process);
    let lease = async move |tx: &mut Tx| leases::take(tx, &name, &holder, now, now + LEASE).await;
    ctx.store.write(lease).await
}
