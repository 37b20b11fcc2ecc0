//! What clients ask for, and how it is answered.

use axum::extract::FromRequestParts as _;
use serde_json::{Value as Json, json};

use super::hub::Topic;
use super::lobbies::lobby_answer;
use super::messages::{Ask, Far, Message, Say};
use super::session::{Held, Session, answer};
use super::watching::WATCHED_MAX;
use super::words;
use crate::context::Ctx;
use crate::duel::typing::Batch;
use crate::error::Problem;
use crate::identities::auth::Caller;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::play::{self, TypeError};
use crate::matches::rules::{Event, Side};
use crate::matches::{self, Match};
use crate::queue::Ticket;
use crate::queue::board;
use crate::queue::rules::Owner;
use crate::queue::rules::estimate::Estimate;
use crate::queue::service::{self as queue, Join, Seen};
use crate::store::{self, duels, matches as match_rows, queue as entries};

/// The version of this protocol.
const VERSION: u32 = 1;

type Answer = Result<Vec<Message>, Problem>;

impl Session<'_> {
    pub(super) async fn answer(&mut self, id: &str, ask: Ask) -> Answer {
        let known = self.identity.is_some() || self.ticket.is_some() || self.ctx.config.open;
        if !known && !matches!(ask, Ask::Auth { .. }) {
            return Err(Problem::unauthorized("say who you are first: auth"));
        }
        let one = |say| Ok(vec![answer(id, say)]);
        match ask {
            Ask::Auth { token, queue_id, entry_key, after } => {
                self.auth(id, token, queue_id, entry_key, after).await
            }
            Ask::QueueEnter {
                game_type,
                stake_tier,
                preferences,
                connect_code,
                wallet_address,
            } => {
                let join = Join {
                    identity: self.identity,
                    connect_code: connect_code.filter(|code| !code.is_empty()),
                    wallet: wallet_address.filter(|wallet| !wallet.is_empty()),
                    tier: stake_tier,
                    preferences,
                    makes: self.ctx.keyed.id("entry", self.identity, id).map(TicketId),
                    ..Join::default()
                };
                self.enter(id, &game_type, join).await
            }
            Ask::QueueExplain {} => one(self.explain().await?),
            Ask::QueueLeave {} => {
                let ticket = self.ticket.ok_or_else(|| Problem::not_found("nothing waits"))?;
                queue::leave(self.ctx, ticket).await?;
                one(Say::Ok {})
            }
            Ask::MatchReady { match_id, response } => {
                self.act(match_id, response.event()).await?;
                one(Say::Ok {})
            }
            Ask::MatchLeave { match_id } => {
                self.act(match_id, Event::Abandon).await?;
                one(Say::Ok {})
            }
            Ask::GameKeys { match_id, first, keys } => {
                one(self.typed(match_id, Batch { first, keys }).await?)
            }
            Ask::GameProgress { .. } => {
                let detail = "progress is what the arena makes of your keys: send game.keys";
                Err(Problem::conflict("claims_do_not_count", detail))
            }
            Ask::SpectateJoin { match_id } => self.watch(id, match_id).await,
            Ask::SpectateLeave { match_id } => {
                self.watch_no_more(match_id);
                one(Say::Ok {})
            }
            Ask::SpectateBet { match_id, on_player, amount } => {
                one(self.bet(match_id, on_player, &amount).await?)
            }
            Ask::StateGet {} => Ok(vec![answer(id, self.snapshot().await?)]),
            Ask::Pong {} => Ok(Vec::new()),
            ask @ (Ask::LobbyRegister { .. }
            | Ask::LobbyLeave { .. }
            | Ask::LobbyReport { .. }
            | Ask::TeamForm { .. }
            | Ask::TeamJoin { .. }
            | Ask::TeamLeave { .. }
            | Ask::TeamChallenge { .. }
            | Ask::TeamAnswer { .. }) => one(lobby_answer(self.ctx, self.identity, id, ask).await?),
        }
    }

    async fn enter(&mut self, id: &str, queue_name: &str, join: Join) -> Answer {
        crate::queue::http::check(&join)?;
        let asked_at = self.ctx.clock.now();
        let seen = queue::join(self.ctx, queue_name, join).await?;
        let held = if seen.ticket.entry.fresh_at < asked_at { Held::Again } else { Held::First };
        let say = self.place(&seen).await?;
        let mut messages = vec![answer(id, say)];
        messages.extend(self.hold(seen.ticket.entry.ticket, 0, held).await?);
        Ok(messages)
    }

    /// Where an entry stands, and what it may expect.
    async fn place(&self, seen: &Seen) -> Result<Say, Problem> {
        let Seen { ticket, position, .. } = seen;
        let outlook = queue::outlook(self.ctx, seen).await?;
        let wait = outlook.and_then(|outlook| match outlook.wait {
            Estimate::Of { median, .. } => Some(median.0.div_ceil(1_000)),
            Estimate::TooFew { .. } => None,
        });
        let players = match (&ticket.entry.tier, position) {
            (Some(tier), Some(_)) => {
                let line = board::line(self.ctx, &ticket.queue).await?;
                let others = line.iter().filter(|other| {
                    other.tier.as_ref() == Some(tier) && other.ticket != ticket.entry.ticket
                });
                Some(others.count() + 1)
            }
            (Some(_) | None, _) => None,
        };
        Ok(Say::QueueUpdate {
            queue_id: Some(ticket.entry.ticket),
            status: ticket.status.name(),
            position: *position,
            estimated_wait_secs: wait,
            players_in_tier: players,
        })
    }

    async fn explain(&self) -> Result<Say, Problem> {
        let nothing = || Problem::not_found("nothing waits");
        let ticket = self.ticket.ok_or_else(nothing)?;
        let seen = queue::peek(self.ctx, ticket).await?.ok_or_else(nothing)?;
        Ok(Say::QueueExplained(queue::why(self.ctx, &seen).await?.ok_or_else(nothing)?))
    }

    async fn typed(&self, match_id: MatchId, batch: Batch) -> Result<Say, Problem> {
        let entry = self.entry_of(match_id)?;
        let standing = play::typed(self.ctx, match_id, entry, batch).await?;
        let mine = Far::of(match_id, &standing.mine(), Some(standing.keys));
        words::progressed(self.ctx, match_id, standing).await;
        Ok(Say::GameProgress(mine))
    }

    async fn auth(
        &mut self,
        id: &str,
        token: Option<String>,
        queue_id: Option<TicketId>,
        entry_key: Option<TicketId>,
        after: i64,
    ) -> Answer {
        if let Some(token) = &token {
            let caller = bearer(self.ctx, token).await?;
            caller.needs("queue")?;
            if self.identity.is_some_and(|identity| identity != caller.id) {
                let detail = "this socket speaks for somebody else: open another";
                return Err(Problem::conflict("other_identity", detail));
            }
            self.identity = Some(caller.id);
            self.expires(caller.expires_at);
            self.take_over(Topic::Identity(caller.id)).await;
            self.hear_of_entries(caller.id).await?;
        }
        if let Some(key) = entry_key {
            self.hear_of_entry(key).await?;
        }
        let ticket = match (queue_id, self.identity) {
            (Some(ticket), _) => Some(ticket),
            (None, Some(identity)) => self.ticket_of(identity).await?,
            (None, None) if entry_key.is_some() => None,
            (None, None) => {
                let detail = "expected a token, an API key, a queue_id or an entry_key";
                return Err(Problem::unauthorized(detail));
            }
        };
        let (mut caught_up, mut rating) = (Vec::new(), None);
        if let Some(ticket) = ticket {
            let found = self.ctx.store.read(async move |tx| entries::find(tx, ticket).await);
            let found: Option<Ticket> = found.await?;
            let unknown = || Problem::unauthorized("there is no such entry");
            rating = Some(found.ok_or_else(unknown)?.entry.rating.0);
            caught_up = self.hold(ticket, after, Held::Again).await?;
            if let Some(playing) = &self.playing {
                let (match_id, entry) = (playing.id, playing.entry);
                // Who comes back too late, or was never away, is told by the snapshot.
                match matches::service::act(self.ctx, match_id, entry, Event::Return).await {
                    Ok(_) | Err(matches::service::Error::Refused(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let success = Say::AuthSuccess {
            player_id: self.identity,
            rating,
            session_expires: self.session_expires(),
            version: VERSION,
        };
        let mut messages = vec![answer(id, success), answer(id, self.snapshot().await?)];
        // Without a number nothing is told again: the snapshot says it all.
        if after > 0 {
            messages.extend(caught_up);
        }
        Ok(messages)
    }

    /// The entry of an identity that waits or plays.
    async fn ticket_of(&self, identity: PlayerId) -> Result<Option<TicketId>, Problem> {
        let owner = Owner { identity: Some(identity), ..Owner::default() };
        let read = self.ctx.store.read(async move |tx| {
            if let Some(current) = match_rows::current(tx, &owner).await? {
                let side = current.side_of_identity(identity);
                return Ok(side.map(|side| current.players.of(side).entry));
            }
            let waiting = entries::waiting_of(tx, identity).await?;
            Ok::<_, store::Error>(waiting.map(|ticket| ticket.entry.ticket))
        });
        Ok(read.await?)
    }

    async fn act(&self, id: MatchId, event: fn(Side) -> Event) -> Result<Match, Problem> {
        let entry = self.entry_of(id)?;
        Ok(matches::service::act(self.ctx, id, entry, event).await?)
    }

    fn entry_of(&self, id: MatchId) -> Result<TicketId, Problem> {
        let playing = self.playing.as_ref().filter(|playing| playing.id == id);
        let playing =
            playing.ok_or_else(|| Problem::forbidden("this socket does not play there"))?;
        Ok(playing.entry)
    }

    async fn watch(&mut self, id: &str, match_id: MatchId) -> Answer {
        let missing = || Problem::not_found("Match not found");
        let found = matches::service::find(self.ctx, match_id).await?.ok_or_else(missing)?;
        if !self.watching.add(match_id) {
            let detail = format!("one socket watches {WATCHED_MAX} matches at most: leave one");
            return Err(Problem::conflict("too_many_watched", detail));
        }
        self.seat.listen(Topic::Match(match_id));
        self.seat.listen(Topic::Watched(match_id));
        self.look_at_odds(match_id).await?;
        let shown = json!(matches::http::Seen::from(found));
        let say = Say::StateSnapshot {
            queue_id: None,
            status: None,
            r#match: shown,
            you: None,
            duel: Json::Null,
            games: Vec::new(),
            number: None,
        };
        Ok(vec![answer(id, say)])
    }

    fn watch_no_more(&mut self, id: MatchId) {
        self.watching.remove(id);
        self.odds.remove(&id);
        self.seat.ignore(Topic::Watched(id));
        if self.playing.as_ref().is_none_or(|playing| playing.id != id) {
            self.seat.ignore(Topic::Match(id));
        }
    }

    async fn snapshot(&self) -> Result<Say, Problem> {
        let (ticket, playing) = (self.ticket, self.playing.as_ref().map(|it| (it.id, it.side)));
        let now = self.ctx.clock.now();
        // Before the look, so that what is behind this number may come twice and not never.
        let number = *self.ctx.store.told().borrow();
        let read = self.ctx.store.read(async move |tx| {
            let entry = match ticket {
                Some(ticket) => entries::find(tx, ticket).await?,
                None => None,
            };
            let Some((id, _)) = playing else { return Ok((entry, None, None)) };
            let duel = duels::find(tx, id).await?;
            Ok::<_, store::Error>((entry, match_rows::find(tx, id).await?, duel))
        });
        let (entry, found, duel) = read.await?;
        let games = self.games().await?;
        let duel = duel.map_or(Json::Null, |kept| {
            let mut shown = json!({ "commitment": kept.commitment() });
            if let (Some(game), Some((id, _))) = (&kept.game, playing) {
                let of = |side| {
                    Far::of(id, &game.progress(side, now), Some(game.typing.of(side).keys()))
                };
                shown["line"] = json!(kept.line);
                shown["salt"] = json!(kept.salt);
                shown["started_at"] = json!(game.started_at);
                shown["p1"] = json!(of(Side::First));
                shown["p2"] = json!(of(Side::Second));
            }
            shown
        });
        Ok(Say::StateSnapshot {
            queue_id: ticket,
            status: entry.map(|entry| entry.status.name()),
            r#match: found.map_or(Json::Null, |found| json!(matches::http::Seen::from(found))),
            you: playing.map(|(_, side)| side),
            duel,
            games,
            number: Some(number),
        })
    }
}

async fn bearer(ctx: &Ctx, token: &str) -> Result<Caller, Problem> {
    let bad = || Problem::unauthorized("the token is not valid");
    let request = axum::http::Request::builder().header("authorization", format!("Bearer {token}"));
    let (mut parts, ()) = request.body(()).map_err(|_| bad())?.into_parts();
    Caller::from_request_parts(&mut parts, ctx).await
}

impl From<TypeError> for Problem {
    fn from(error: TypeError) -> Self {
        let detail = error.to_string();
        match error {
            TypeError::Match(error) => error.into(),
            TypeError::NoDuel => Self::conflict("no_duel", detail),
            TypeError::Impossible(_) => Self::conflict("impossible_keys", detail),
        }
    }
}
