//! What a game makes of those who played it. Pure: what they had before goes in, what they have
//! after comes out.
//!
//! Who plays two games at once is rated in both by what it had when each started, and gets the sum.

use serde::{Deserialize, Serialize};

use super::Name;
use super::rules::{Rating, Record, Score, rated};
use super::skill::{self, Skill};
use crate::time::At;

/// How a queue rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// One number, for two who play each other.
    #[default]
    Elo,
    /// The same, and beside it a rating that says how sure it is.
    EloAndSkill,
    /// That one alone: for teams, and for games of everybody for himself.
    Skill,
}

/// How a game is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How.
    pub system: System,
    /// Where everybody begins.
    pub begin: Rating,
}

/// A game that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Game {
    /// A match's id, or a lobby's.
    pub id: String,
    /// Where it was played; each queue has its own ratings.
    pub queue: String,
    /// How it is rated.
    pub terms: Terms,
    /// What its players had then is what it counts for.
    pub started_at: At,
    /// When it was over.
    pub decided_at: At,
    /// Who played together.
    pub teams: Vec<Team>,
}

/// Who played together, and how they fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// From 1, the best; equal places are a draw.
    pub place: u32,
    /// Who.
    pub players: Vec<Name>,
}

/// What somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What orders the ladder.
    pub rating: Rating,
    /// The highest it ever was.
    pub peak: Rating,
    /// The games that were counted.
    pub record: Record,
    /// Empty where the queue does not ask for it.
    pub skill: Option<Skill>,
}

/// What somebody has as a game is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Now.
    pub now: Standing,
    /// When the game started.
    pub at_start: Standing,
}

/// What a game made of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Of whom.
    pub name: Name,
    /// Its team, from 1.
    pub team: u32,
    /// What the game was for it.
    pub score: Score,
    /// What it had when the game started.
    pub at_start: Rating,
    /// What it had before this.
    pub before: Rating,
    /// What it has.
    pub after: Standing,
}

/// Those of the old API's queue, which had matches before any terms were kept.
impl Default for Terms {
    fn default() -> Self {
        Self { system: System::Elo, begin: Rating::MELEE }
    }
}

impl Terms {
    /// What somebody has of whom nothing is known.
    #[must_use]
    pub fn unknown(self) -> Standing {
        let skill = match self.system {
            System::Elo => None,
            System::EloAndSkill | System::Skill => Some(Skill::UNKNOWN),
        };
        Standing { rating: self.begin, peak: self.begin, record: Record::default(), skill }
    }
}

impl Standing {
    fn after(self, rating: Rating, skill: Option<Skill>, score: Score) -> Self {
        Self { rating, peak: self.peak.max(rating), record: self.record.with(score), skill }
    }
}

/// What a game makes of its players; `before` says what each has.
pub fn play(game: &Game, before: impl Fn(&Name) -> Before) -> Vec<Change> {
    let field: Vec<(u32, Vec<(&Name, Before)>)> = game
        .teams
        .iter()
        .map(|team| (team.place, team.players.iter().map(|name| (name, before(name))).collect()))
        .collect();
    let skills = match game.terms.system {
        System::Elo => None,
        System::EloAndSkill | System::Skill => Some(skills(&field)),
    };
    let mut changes = Vec::new();
    for (at, (place, players)) in field.iter().enumerate() {
        let score = score(&field, *place);
        for (member, (name, before)) in players.iter().enumerate() {
            let skill = skills.as_ref().and_then(|all| all.get(at)?.get(member).copied());
            let rating = match (game.terms.system, skill) {
                (System::Skill, Some(skill)) => skill.on_ladder(game.terms.begin),
                (System::Elo | System::EloAndSkill | System::Skill, _) => {
                    elo(&field, at, *before, score)
                }
            };
            changes.push(Change {
                name: (*name).clone(),
                team: u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1),
                score,
                at_start: before.at_start.rating,
                before: before.now.rating,
                after: before.now.after(rating, skill, score),
            });
        }
    }
    changes
}

type Field<'a> = [(u32, Vec<(&'a Name, Before)>)];

/// Elo knows two, who play each other; in any other game it stays as it is.
fn elo(field: &Field<'_>, at: usize, before: Before, score: Score) -> Rating {
    let [(_, one), (_, other)] = field else { return before.now.rating };
    let ([(_, one)], [(_, other)]) = (&one[..], &other[..]) else { return before.now.rating };
    let opponent = if at == 0 { other } else { one };
    let start = before.at_start.rating;
    let gain = rated(start, opponent.at_start.rating, score).0.saturating_sub(start.0);
    Rating(before.now.rating.0.saturating_add(gain))
}

fn skills(field: &Field<'_>) -> Vec<Vec<Skill>> {
    let at_start = |before: &Before| before.at_start.skill.unwrap_or(Skill::UNKNOWN);
    let teams: Vec<_> = field
        .iter()
        .map(|(place, players)| (*place, players.iter().map(|(_, it)| at_start(it)).collect()))
        .collect();
    let after = skill::rated(&teams);
    let moved = |(_, before): &(&Name, Before), to: &Skill| {
        before.now.skill.unwrap_or(Skill::UNKNOWN).moved(at_start(before), *to)
    };
    let teams = field.iter().zip(&after);
    teams
        .map(|((_, players), to)| players.iter().zip(to).map(|(p, to)| moved(p, to)).collect())
        .collect()
}

/// The first have won, unless all are first; among many, everybody else has lost.
fn score(field: &Field<'_>, place: u32) -> Score {
    let best = field.iter().map(|(place, _)| *place).min().unwrap_or(place);
    if field.iter().all(|(place, _)| *place == best) {
        Score::Drew
    } else if place == best {
        Score::Won
    } else {
        Score::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELO: Terms = Terms { system: System::Elo, begin: Rating::MELEE };

    fn name(text: &str) -> Name {
        Name::from_text(text)
    }

    fn game(terms: Terms, teams: &[(u32, &[&str])]) -> Game {
        let team = |(place, players): &(u32, &[&str])| Team {
            place: *place,
            players: players.iter().map(|player| name(player)).collect(),
        };
        Game {
            id: "g".into(),
            queue: "q".into(),
            terms,
            started_at: At(0),
            decided_at: At(1),
            teams: teams.iter().map(team).collect(),
        }
    }

    fn fresh(terms: Terms) -> impl Fn(&Name) -> Before {
        move |_| Before { now: terms.unknown(), at_start: terms.unknown() }
    }

    #[test]
    fn two_who_are_new_are_both_rated_from_what_they_had_before() {
        let changes = play(&game(ELO, &[(1, &["a"]), (2, &["b"])]), fresh(ELO));
        let after: Vec<_> = changes.iter().map(|it| (it.after.rating.0, it.score)).collect();
        assert_eq!(after, [(1516, Score::Won), (1484, Score::Lost)]);
        assert_eq!(changes[1].after.peak, Rating(1500));
        assert_eq!(changes[0].after.record, Record { wins: 1, draws: 0, losses: 0 });
        assert_eq!(changes[0].after.skill, None);
    }

    #[test]
    fn a_game_counts_for_what_its_players_had_when_it_started() {
        let now = Standing { rating: Rating(1532), ..ELO.unknown() };
        let overtaken = |_: &Name| Before { now, at_start: ELO.unknown() };
        let changes = play(&game(ELO, &[(2, &["a"]), (1, &["b"])]), overtaken);
        assert_eq!(changes[0].after.rating, Rating(1516), "16 less, as of 1500 against 1500");
        assert_eq!((changes[1].at_start, changes[1].before), (Rating(1500), Rating(1532)));
        assert_eq!(changes[1].after.rating, Rating(1548));
    }

    #[test]
    fn teams_and_many_are_rated_by_skill_alone() {
        let terms = Terms { system: System::Skill, begin: Rating::ARCADE };
        let changes = play(&game(terms, &[(1, &["a", "b"]), (2, &["c", "d", "e"])]), fresh(terms));
        assert_eq!(changes.len(), 5);
        assert!(changes[..2].iter().all(|it| it.score == Score::Won && it.team == 1));
        assert!(changes[..2].iter().all(|it| it.after.rating > Rating::ARCADE));
        assert!(changes[2..].iter().all(|it| it.score == Score::Lost));
        let many: Vec<(u32, &[&str])> = vec![(1, &["a"]), (1, &["b"]), (3, &["c"])];
        let scores: Vec<_> =
            play(&game(terms, &many), fresh(terms)).iter().map(|it| it.score).collect();
        assert_eq!(scores, [Score::Won, Score::Won, Score::Lost]);
    }

    #[test]
    fn where_both_are_shown_elo_is_as_it_would_be_alone() {
        let terms = Terms { system: System::EloAndSkill, begin: Rating::ARCADE };
        let changes = play(&game(terms, &[(1, &["a"]), (1, &["b"])]), fresh(terms));
        assert!(changes.iter().all(|it| it.after.rating == Rating(1200)));
        assert!(changes.iter().all(|it| it.score == Score::Drew));
        let skill = changes[0].after.skill.unwrap();
        assert!(skill.uncertainty < Skill::UNKNOWN.uncertainty);
    }
}
