//! What a socket hears of the tournaments that its client takes part in: its own games, and what
//! concerns all.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::hub::Topic;
use super::messages::{Message, OwnGame, Say, TournamentTold};
use super::session::Session;
use super::telling;
use crate::error::Problem;
use crate::events::Event;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches;
use crate::matches::rules::Side;
use crate::store::{Tx, tournaments as rows};
use crate::tournaments::play::Mine;
use crate::tournaments::rules::game::State;
use crate::tournaments::{TournamentId, desk};

/// Tournaments that one socket hears of; of an account, its newest.
const HEARD_MAX: usize = 16;

/// The tournaments that a socket hears of, and by which entry of each.
#[derive(Debug, Default)]
pub(super) struct Entrants(BTreeMap<TournamentId, i64>);

impl Session<'_> {
    /// This socket hears of the tournaments that an account takes part in.
    pub(super) async fn hear_of_entries(&mut self, identity: PlayerId) -> Result<(), Problem> {
        let limit = i64::try_from(HEARD_MAX).unwrap_or(i64::MAX);
        let read = async move |tx: &mut Tx| rows::entries_of(tx, identity, limit).await;
        for (id, number) in self.ctx.store.read(read).await? {
            // What a key was given for stays.
            if !self.entrants.0.contains_key(&id) {
                self.hear_of(id, number);
            }
        }
        Ok(())
    }

    /// This socket hears of the tournament that a key is of.
    pub(super) async fn hear_of_entry(&mut self, key: TicketId) -> Result<(), Problem> {
        let read = async move |tx: &mut Tx| rows::entry_of_key(tx, key).await;
        let found: Option<(TournamentId, i64)> = self.ctx.store.read(read).await?;
        let unknown = || Problem::unauthorized("there is no such entry of a tournament");
        let (id, number) = found.ok_or_else(unknown)?;
        if self.entrants.0.get(&id).is_some_and(|heard| *heard != number) {
            let detail = "this socket hears of another entry of that tournament: open another";
            return Err(Problem::conflict("other_entry", detail));
        }
        if !self.hear_of(id, number) {
            let detail =
                format!("one socket hears of {HEARD_MAX} tournaments at most: open another");
            return Err(Problem::conflict("too_many_watched", detail));
        }
        Ok(())
    }

    /// Whether there was room for one more.
    fn hear_of(&mut self, id: TournamentId, number: i64) -> bool {
        let heard = &mut self.entrants.0;
        if !heard.contains_key(&id) && heard.len() >= HEARD_MAX {
            return false;
        }
        if let Some(before) = heard.insert(id, number) {
            self.seat.ignore(Topic::Entrant(id, before));
        }
        self.seat.listen(Topic::Tournament(id));
        self.seat.listen(Topic::Entrant(id, number));
        true
    }

    fn hear_no_more(&mut self, id: TournamentId) {
        if let Some(number) = self.entrants.0.remove(&id) {
            self.seat.ignore(Topic::Entrant(id, number));
            self.seat.ignore(Topic::Tournament(id));
        }
    }

    /// A line of the log about a tournament.
    pub(super) async fn of_tournament(&mut self, line: &Event) -> Result<Option<Message>, Problem> {
        let body = &line.body;
        let Some(id) = body["tournament_id"].as_str().and_then(|id| id.parse().ok()) else {
            return Ok(None);
        };
        let whose = body["identity"].as_str().and_then(|id| id.parse().ok());
        if line.kind == "tournament.entered"
            && self.identity.is_some_and(|me| whose == Some(me))
            && let Some(number) = body["number"].as_i64()
        {
            self.hear_of(id, number);
        }
        // Of a match that it plays or watches, and not of a tournament of its own.
        let Some(number) = self.entrants.0.get(&id).copied() else { return Ok(None) };
        let say = match line.kind.as_str() {
            "tournament.called" => game(id, number, body).map(Say::TournamentMatchCalled),
            "tournament.begun" => match game(id, number, body) {
                Some(game) => Some(Say::TournamentMatchBegun(self.begun(game, line).await?)),
                None => None,
            },
            kind => {
                let is_gone = kind == "tournament.withdrawn" && body["number"] == number;
                if is_gone || ["tournament.won", "tournament.ended"].contains(&kind) {
                    self.hear_no_more(id);
                }
                let body = body.clone();
                Some(Say::TournamentUpdate(TournamentTold { kind: line.kind.clone(), body }))
            }
        };
        Ok(say.map(|say| telling::message(say, line.number, line.at)))
    }

    /// With its match, and what this side speaks with there.
    async fn begun(&self, game: OwnGame, line: &Event) -> Result<OwnGame, Problem> {
        let id: Option<MatchId> = line.match_id.as_deref().and_then(|id| id.parse().ok());
        let Some(id) = id else { return Ok(game) };
        let found = matches::service::find(self.ctx, id).await?;
        let side = if line.body["entries"][0] == game.you { Side::First } else { Side::Second };
        let queue_id = found.map(|found| found.players.of(side).entry);
        Ok(OwnGame { state: "playing", match_id: Some(id), queue_id, ..game })
    }

    /// The games that its client is called to, or plays.
    pub(super) async fn games(&self) -> Result<Vec<OwnGame>, Problem> {
        let mut games = Vec::new();
        for (id, number) in &self.entrants.0 {
            let mine = desk::mine(self.ctx, *id, *number).await?;
            games.extend(mine.as_ref().and_then(own));
        }
        Ok(games)
    }
}

/// A game as its side sees it.
fn own(mine: &Mine) -> Option<OwnGame> {
    let (until, match_id) = match mine.state {
        State::Called { until, .. } => (Some(until.0), None),
        State::Playing { match_id } => (None, Some(match_id)),
        State::Waiting | State::Stalled | State::Decided { .. } => return None,
    };
    let [you, opponent] = mine.names()?;
    Some(OwnGame {
        tournament_id: mine.whole.tournament.id,
        round: mine.pairing.spot.round,
        slot: mine.pairing.spot.slot,
        state: mine.state.name(),
        you: you.to_owned(),
        opponent: opponent.to_owned(),
        until,
        match_id,
        queue_id: mine.queue_id,
    })
}

/// The game of a line, as the entry of this number sees it.
fn game(id: TournamentId, number: i64, body: &Json) -> Option<OwnGame> {
    let small = |name: &str| u16::try_from(body[name].as_u64()?).ok();
    let at = body["numbers"].as_array()?.iter().position(|it| *it == number)?;
    let name = |at: usize| body["entries"][at].as_str().map(str::to_owned);
    Some(OwnGame {
        tournament_id: id,
        round: small("round")?,
        slot: small("slot")?,
        state: "called",
        you: name(at)?,
        opponent: name(1 - at.min(1))?,
        until: body["until"].as_i64(),
        match_id: None,
        queue_id: None,
    })
}
