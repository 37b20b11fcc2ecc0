//! A tournament with its entries and games: loaded, and kept with its deadlines and its lines in
//! the log, in one transaction.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::rules::course::{Course, Player};
use super::rules::game::{Effect, Game, State};
use super::rules::standings::champion;
use super::rules::{Pairing, Seed, Spot, Verdict};
use super::{Entrant, Error, Status, Strategy, Tournament, TournamentId};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::matches::rules::Side;
use crate::store::events::Draft;
use crate::store::{self, Tx, deadlines, tournaments as rows};
use crate::time::At;

/// All of a tournament.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) tournament: Tournament,
    /// By seed once registration has closed.
    pub(crate) entries: Vec<Entrant>,
    /// Those that were called at least once.
    pub(crate) games: BTreeMap<Spot, Game>,
}

impl Whole {
    pub(crate) async fn load(tx: &mut Tx, id: TournamentId) -> Result<Self, Error> {
        Self::find(tx, id).await?.ok_or(Error::Unknown)
    }

    pub(crate) async fn find(tx: &mut Tx, id: TournamentId) -> Result<Option<Self>, store::Error> {
        let Some(tournament) = rows::find(tx, id).await? else { return Ok(None) };
        let entries = rows::entries(tx, id).await?;
        Ok(Some(Self { tournament, entries, games: rows::games(tx, id).await? }))
    }

    /// How it is played; nobody takes part before registration has closed.
    pub(crate) fn course(&self) -> Course<'_> {
        let seeded = self.entries.iter().filter(|entry| entry.seed.is_some());
        let players = seeded.map(|entry| Player {
            is_idle: entry.strategy == Some(Strategy::DoNothing),
            gone_from: entry.withdrawn.map(|withdrawn| withdrawn.from_round),
        });
        let Tournament { settings, lots, .. } = &self.tournament;
        Course::new(settings, *lots, players.collect(), self.games.clone())
    }

    pub(crate) fn entrant(&self, seed: Seed) -> Option<&Entrant> {
        self.entries.iter().find(|entry| entry.seed == Some(seed))
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Entrant> {
        let key = name.to_lowercase();
        self.entries.iter().find(|entry| entry.name.to_lowercase() == key)
    }

    pub(crate) fn name_of(&self, seed: Seed) -> Option<&str> {
        self.entrant(seed).map(|entry| entry.name.as_str())
    }

    /// It is played, so that its games can be decided.
    pub(crate) fn played(&self) -> Result<(), Error> {
        match self.tournament.status {
            Status::Registration => Err(Error::StillOpen),
            Status::Pending | Status::Active => Ok(()),
            Status::Complete => Err(Error::Over),
        }
    }

    /// Keeps it as its course has become, and does what follows but for making matches.
    pub(crate) fn keep(
        mut self,
        tx: &mut Tx,
        course: &Course<'_>,
        effects: &[Effect],
        now: At,
    ) -> Self {
        let games = course.games().clone();
        let id = self.tournament.id;
        for (spot, game) in &games {
            if self.games.get(spot) != Some(game) {
                rows::save_game(tx, id, *spot, game);
            }
        }
        self.games = games;
        let bracket = course.bracket();
        for effect in effects {
            let spot = effect.spot();
            let subject = subject(id, spot);
            match effect {
                Effect::Called(_, until) => deadlines::set(tx, Kind::Tournament, &subject, *until),
                Effect::Begin(_) | Effect::Closed(_) => {
                    deadlines::clear(tx, Kind::Tournament, &subject);
                }
                Effect::Decided(_) | Effect::Again(_) | Effect::Stalled(_) => {}
            }
            let pairing = bracket.at(spot);
            if let Some(line) = pairing.and_then(|it| self.told(it, effect, now)) {
                tx.tell(line);
            }
        }
        if let Some(seed) = champion(&bracket, &course.results()) {
            self.tournament.status = Status::Complete;
            self.tournament.champion = Some(seed);
            self.tournament.ended_at = Some(now);
            let body = json!({ "champion": self.name_of(seed) });
            tx.tell(self.line("tournament.won", body, now));
        }
        self.tournament.version += 1;
        rows::save(tx, &self.tournament);
        self
    }

    fn told(&self, pairing: &Pairing, effect: &Effect, now: At) -> Option<Draft> {
        let spot = pairing.spot;
        let sides = pairing.met()?.map(|seed| self.entrant(seed));
        let [first, second] = sides.map(|side| side.map(|it| it.name.as_str()));
        // Whom it concerns: who has withdrawn is told of no more games.
        let numbers =
            sides.map(|side| side.filter(|it| it.withdrawn.is_none()).map(|it| it.number));
        let mut body = json!({ "round": spot.round, "slot": spot.slot,
            "entries": [first, second], "numbers": numbers });
        let state = self.games.get(&spot).map(|game| game.state)?;
        let kind = match effect {
            Effect::Called(_, until) => {
                body["until"] = json!(until);
                "tournament.called"
            }
            Effect::Begin(_) => "tournament.begun",
            Effect::Decided(_) => {
                if let State::Decided { decided, how } = state {
                    body["winner"] = match decided.verdict {
                        Verdict::Won(Side::First) => json!(first),
                        Verdict::Won(Side::Second) => json!(second),
                        Verdict::Drawn | Verdict::Neither => Json::Null,
                    };
                    body["how"] = json!(how);
                    body["score"] = json!(decided.score);
                }
                "tournament.decided"
            }
            Effect::Again(_) => "tournament.again",
            Effect::Stalled(_) => "tournament.stalled",
            Effect::Closed(_) => return None,
        };
        let match_id = self.games.get(&spot).and_then(|game| game.last_match);
        let line = self.line(kind, body, now);
        Some(Draft { match_id: match_id.map(|id| id.to_string()), ..line })
    }

    pub(crate) fn line(&self, kind: &'static str, body: Json, at: At) -> Draft {
        line(self.tournament.id, kind, body, at)
    }
}

/// A line of the log about a tournament.
pub(crate) fn line(id: TournamentId, kind: &'static str, body: Json, at: At) -> Draft {
    let mut body = body;
    body["tournament_id"] = json!(id);
    Draft { at, kind, match_id: None, identity_id: None, body }
}

/// What the deadline of a game is about.
fn subject(id: TournamentId, spot: Spot) -> String {
    format!("{id}:{}:{}", spot.round, spot.slot)
}

/// The game that a deadline is about.
pub(super) fn of_subject(text: &str) -> Option<(TournamentId, Spot)> {
    let mut parts = text.split(':');
    let (id, round, slot) = (parts.next()?, parts.next()?, parts.next()?);
    let spot = Spot { round: round.parse().ok()?, slot: slot.parse().ok()? };
    Some((id.parse().ok()?, spot))
}

/// Loads what is shown of a tournament.
pub(crate) async fn look(ctx: &Ctx, id: TournamentId) -> Result<Whole, Error> {
    ctx.store.read(async move |tx: &mut Tx| Whole::load(tx, id).await).await
}
