//! Ratings: the games that were rated, what each made of its players, and what these have now.

use super::matches::{from_json, json};
use super::sql::Sql;
use super::{Error, Row, Tx, sql};
use crate::ratings::rules::{Rating, Record, Score};
use crate::ratings::{Change, Game, Name, Skill, Standing};
use crate::time::At;

/// A line of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: Name,
    pub(crate) standing: Standing,
}

/// What a game made of somebody, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) number: i64,
    pub(crate) game_id: String,
    pub(crate) decided_at: At,
    pub(crate) change: Change,
}

macro_rules! standings {
    ($rest:literal) => {
        concat!(
            "SELECT player, rating, peak, wins, draws, losses, skill, uncertainty, decided_at ",
            "FROM ratings ",
            $rest
        )
    };
}

macro_rules! changes {
    ($rest:literal) => {
        concat!(
            "SELECT player, rating_after, peak, wins, draws, losses, skill, uncertainty, ",
            "number, game_id, decided_at, team, score, at_start, rating_before ",
            "FROM rating_changes ",
            $rest
        )
    };
}

/// What somebody who joins a queue is rated there, for who reads it along with other things.
pub(super) fn rating_query(queue: &str, name: &Name) -> Sql {
    const RATING: &str = "SELECT rating FROM ratings WHERE queue = $1 AND player = $2";
    sql(RATING).bind(queue).bind(name.as_str())
}

pub(super) fn rating_of(row: &Row) -> Result<Rating, Error> {
    Ok(Rating(small(row.int(0)?)?))
}

/// What somebody has, and since when.
pub(crate) async fn standing(
    tx: &mut Tx,
    queue: &str,
    name: &Name,
) -> Result<Option<(Standing, At)>, Error> {
    const STANDING: &str = standings!("WHERE queue = $1 AND player = $2");
    let Some(row) = tx.row(sql(STANDING).bind(queue).bind(name.as_str())).await? else {
        return Ok(None);
    };
    Ok(Some((line(&row)?.standing, At(row.int(8)?))))
}

/// What somebody had at a time.
pub(crate) async fn standing_at(
    tx: &mut Tx,
    queue: &str,
    name: &Name,
    at: At,
) -> Result<Option<Standing>, Error> {
    const AT: &str = changes!(
        "WHERE queue = $1 AND player = $2 AND decided_at <= $3 ORDER BY number DESC LIMIT 1"
    );
    let row = tx.row(sql(AT).bind(queue).bind(name.as_str()).bind(at.0)).await?;
    row.map(|row| Ok(line(&row)?.standing)).transpose()
}

/// The number of the game that is rated next.
pub(crate) async fn next_number(tx: &mut Tx) -> Result<i64, Error> {
    let row = tx.row(sql("SELECT COALESCE(MAX(number), 0) + 1 FROM rated_games")).await?;
    row.map_or(Ok(1), |row| row.int(0))
}

/// Keeps a game and what it made of its players.
pub(crate) fn keep(tx: &mut Tx, number: i64, game: &Game, changes: &[Change]) {
    const GAME: &str = "INSERT INTO rated_games (number, queue, game_id, started_at, decided_at, \
         game) VALUES ($1, $2, $3, $4, $5, $6)";
    const CHANGE: &str = "INSERT INTO rating_changes (queue, player, number, game_id, team, score, \
         at_start, rating_before, rating_after, peak, wins, draws, losses, skill, uncertainty, \
         decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    const RATING: &str = "INSERT INTO ratings (queue, player, rating, peak, wins, draws, losses, \
         skill, uncertainty, number, decided_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (queue, player) DO UPDATE SET rating = excluded.rating, peak = excluded.peak, \
         wins = excluded.wins, draws = excluded.draws, losses = excluded.losses, \
         skill = excluded.skill, uncertainty = excluded.uncertainty, number = excluded.number, \
         decided_at = excluded.decided_at";
    let statement = sql(GAME).bind(number).bind(&game.queue).bind(&game.id);
    let statement = statement.bind(game.started_at.0).bind(game.decided_at.0);
    tx.later(statement.bind(json(game)));
    for change in changes {
        let Standing { rating, peak, record, skill } = change.after;
        let counts = [record.wins, record.draws, record.losses].map(i64::from);
        let name = change.name.as_str();
        let mut of_game = sql(CHANGE).bind(&game.queue).bind(name).bind(number).bind(&game.id);
        of_game = of_game.bind(i64::from(change.team)).bind(score_name(change.score));
        of_game = of_game.bind(i64::from(change.at_start.0)).bind(i64::from(change.before.0));
        let mut of_player = sql(RATING).bind(&game.queue).bind(name);
        for value in [i64::from(rating.0), i64::from(peak.0)].into_iter().chain(counts) {
            of_game = of_game.bind(value);
            of_player = of_player.bind(value);
        }
        for value in [skill.map(|it| it.skill), skill.map(|it| it.uncertainty)] {
            of_game = of_game.bind(value);
            of_player = of_player.bind(value);
        }
        tx.later(of_game.bind(game.decided_at.0));
        tx.later(of_player.bind(number).bind(game.decided_at.0));
    }
}

/// Games behind a number, in the order in which they were rated.
pub(crate) async fn games_after(
    tx: &mut Tx,
    number: i64,
    limit: i64,
) -> Result<Vec<(i64, Game)>, Error> {
    const AFTER: &str =
        "SELECT number, game FROM rated_games WHERE number > $1 ORDER BY number LIMIT $2";
    let rows = tx.rows(sql(AFTER).bind(number).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.int(0)?, from_json(&row.text(1)?)?))).collect()
}

/// What a game made of its players, by team.
pub(crate) async fn changes_of(tx: &mut Tx, game_id: &str) -> Result<Vec<Kept>, Error> {
    const OF: &str = changes!("WHERE game_id = $1 ORDER BY team, player");
    tx.rows(sql(OF).bind(game_id)).await?.iter().map(kept).collect()
}

/// What games made of somebody, the newest first.
pub(crate) async fn history(
    tx: &mut Tx,
    queue: &str,
    name: &Name,
    before: i64,
    limit: i64,
) -> Result<Vec<Kept>, Error> {
    const HISTORY: &str =
        changes!("WHERE queue = $1 AND player = $2 AND number < $3 ORDER BY number DESC LIMIT $4");
    let query = sql(HISTORY).bind(queue).bind(name.as_str()).bind(before).bind(limit);
    tx.rows(query).await?.iter().map(kept).collect()
}

/// A game of two who were against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) number: i64,
    pub(crate) game_id: String,
    pub(crate) decided_at: At,
    /// Of the first of the two.
    pub(crate) score: Score,
    /// Before and after.
    pub(crate) mine: [i64; 2],
    pub(crate) theirs: [i64; 2],
}

macro_rules! met {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM rating_changes m JOIN rating_changes t ON t.queue = m.queue ",
            "AND t.number = m.number AND t.team <> m.team ",
            "WHERE m.queue = $1 AND m.player = $2 AND t.player = $3 ",
            $rest
        )
    };
}

/// How often each score was the first's, in games against the second.
pub(crate) async fn scores_against(
    tx: &mut Tx,
    queue: &str,
    [player, other]: [&Name; 2],
) -> Result<Vec<(Score, i64)>, Error> {
    const SCORES: &str = met!("m.score, COUNT(*)", "GROUP BY m.score");
    let query = sql(SCORES).bind(queue).bind(player.as_str()).bind(other.as_str());
    let count = |row: &Row| Ok((score(&row.text(0)?)?, row.int(1)?));
    tx.rows(query).await?.iter().map(count).collect()
}

/// The games of two against each other before a number, the newest first.
pub(crate) async fn against(
    tx: &mut Tx,
    queue: &str,
    [player, other]: [&Name; 2],
    (before, limit): (i64, i64),
) -> Result<Vec<Met>, Error> {
    const AGAINST: &str = met!(
        "m.number, m.game_id, m.decided_at, m.score, m.rating_before, m.rating_after, \
         t.rating_before, t.rating_after",
        "AND m.number < $4 ORDER BY m.number DESC LIMIT $5"
    );
    let query = sql(AGAINST).bind(queue).bind(player.as_str()).bind(other.as_str());
    let met = |row: &Row| {
        Ok(Met {
            number: row.int(0)?,
            game_id: row.text(1)?,
            decided_at: At(row.int(2)?),
            score: score(&row.text(3)?)?,
            mine: [row.int(4)?, row.int(5)?],
            theirs: [row.int(6)?, row.int(7)?],
        })
    };
    tx.rows(query.bind(before).bind(limit)).await?.iter().map(met).collect()
}

/// The best of a queue, behind a line.
pub(crate) async fn ladder(
    tx: &mut Tx,
    queue: &str,
    behind: Option<&Line>,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    const TOP: &str =
        standings!("WHERE queue = $1 ORDER BY rating DESC, wins DESC, losses, player LIMIT $2");
    // In the index's order, and by its first column first, so that it is begun where the page is.
    const BEHIND: &str = standings!(
        "WHERE queue = $1 AND rating <= $3 AND (rating < $3 OR wins < $4 OR (wins = $4 AND \
         (losses > $5 OR (losses = $5 AND player > $6)))) \
         ORDER BY rating DESC, wins DESC, losses, player LIMIT $2"
    );
    let query = match behind {
        None => sql(TOP).bind(queue).bind(limit),
        Some(Line { name, standing }) => sql(BEHIND)
            .bind(queue)
            .bind(limit)
            .bind(i64::from(standing.rating.0))
            .bind(i64::from(standing.record.wins))
            .bind(i64::from(standing.record.losses))
            .bind(name.as_str()),
    };
    tx.rows(query).await?.iter().map(line).collect()
}

/// Everybody of every queue behind a name, with the number of the last game, for who looks at all.
pub(crate) async fn all_after(
    tx: &mut Tx,
    (queue, name): (&str, &str),
    limit: i64,
) -> Result<Vec<(String, Line, i64)>, Error> {
    const ALL: &str = "SELECT player, rating, peak, wins, draws, losses, skill, uncertainty, queue, \
         number FROM ratings WHERE queue > $1 OR (queue = $1 AND player > $2) \
         ORDER BY queue, player LIMIT $3";
    let rows = tx.rows(sql(ALL).bind(queue).bind(name).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.text(8)?, line(row)?, row.int(9)?))).collect()
}

fn line(row: &Row) -> Result<Line, Error> {
    let rating = |column| Ok::<_, Error>(Rating(small(row.int(column)?)?));
    let count =
        |column| u32::try_from(row.int(column)?).map_err(|_| Error::broken("a count that is none"));
    let skill = match (row.int_or_null(6)?, row.int_or_null(7)?) {
        (Some(skill), Some(uncertainty)) => Some(Skill { skill, uncertainty }),
        (None, _) | (_, None) => None,
    };
    let record = Record { wins: count(3)?, draws: count(4)?, losses: count(5)? };
    let standing = Standing { rating: rating(1)?, peak: rating(2)?, record, skill };
    Ok(Line { name: Name::from_text(&row.text(0)?), standing })
}

fn kept(row: &Row) -> Result<Kept, Error> {
    let Line { name, standing } = line(row)?;
    let score = score(&row.text(12)?)?;
    let change = Change {
        name,
        team: u32::try_from(row.int(11)?).unwrap_or_default(),
        score,
        at_start: Rating(small(row.int(13)?)?),
        before: Rating(small(row.int(14)?)?),
        after: standing,
    };
    Ok(Kept { number: row.int(8)?, game_id: row.text(9)?, decided_at: At(row.int(10)?), change })
}

fn small(value: i64) -> Result<i32, Error> {
    i32::try_from(value).map_err(|_| Error::broken("a rating that is none"))
}

fn score_name(score: Score) -> &'static str {
    match score {
        Score::Won => "won",
        Score::Drew => "drew",
        Score::Lost => "lost",
    }
}

fn score(name: &str) -> Result<Score, Error> {
    let named = [Score::Won, Score::Drew, Score::Lost].into_iter();
    let mut named = named.filter(|score| score_name(*score) == name);
    named.next().ok_or_else(|| Error::broken("no such score"))
}
