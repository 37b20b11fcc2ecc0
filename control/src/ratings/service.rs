//! A game is rated: what its players have is read, the rules decide, and all of it is kept with its
//! lines in the log, as part of the transaction that decides the game.

use serde_json::json;

use super::game::{Before, Game, Standing, play};
use super::ledger::{Difference, Ledger, Recomputed};
use super::posting::Posting;
use super::{Change, Name};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::store::events::Draft;
use crate::store::ratings::{Kept, Line};
use crate::store::{self, Store, Tx, matches as match_rows, ratings as rows};

/// Rows of one look when everything is looked at.
const PAGE: i64 = 1_000;

/// Rates a game, once: a second time is refused by the database. Who plays himself, by whatever
/// codes, neither wins nor loses.
pub(crate) async fn rate(
    tx: &mut Tx,
    game: &Game,
    match_id: Option<MatchId>,
) -> Result<Vec<Change>, store::Error> {
    let mut names: Vec<_> = game.teams.iter().flat_map(|team| &team.players).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Ok(Vec::new());
    }
    // Two games that are rated at once would not see each other, and have one number.
    tx.lock("ratings").await?;
    let number = rows::next_number(tx).await?;
    let mut field = Vec::new();
    for name in game.teams.iter().flat_map(|team| &team.players) {
        field.push((name.clone(), before(tx, game, name).await?));
    }
    let unknown = Before { now: game.terms.unknown(), at_start: game.terms.unknown() };
    let changes = play(game, |name| {
        field.iter().find(|(of, _)| of == name).map_or(unknown, |(_, before)| *before)
    });
    rows::keep(tx, number, game, &changes);
    for change in &changes {
        tx.tell(told(game, match_id, change));
    }
    Ok(changes)
}

async fn before(tx: &mut Tx, game: &Game, name: &Name) -> Result<Before, store::Error> {
    let unknown = game.terms.unknown();
    let Some((now, since)) = rows::standing(tx, &game.queue, name).await? else {
        return Ok(Before { now: unknown, at_start: unknown });
    };
    let at_start = if since <= game.started_at {
        Some(now)
    } else {
        rows::standing_at(tx, &game.queue, name, game.started_at).await?
    };
    Ok(Before { now, at_start: at_start.unwrap_or(unknown) })
}

fn told(game: &Game, match_id: Option<MatchId>, change: &Change) -> Draft {
    Draft {
        at: game.decided_at,
        kind: "rating.changed",
        match_id: match_id.map(|id| id.to_string()),
        identity_id: change.name.identity().map(|id| id.to_string()),
        body: json!({
            "queue": game.queue,
            "player": change.name,
            "team": change.team,
            "score": change.score,
            "before": change.before,
            "after": change.after.rating,
            "skill": change.after.skill,
        }),
    }
}

/// What a game made of its players; nothing before it is rated.
pub(crate) async fn changes_of(tx: &mut Tx, game_id: &str) -> Result<Vec<Change>, store::Error> {
    let kept = rows::changes_of(tx, game_id).await?;
    Ok(kept.into_iter().map(|kept| kept.change).collect())
}

/// The business id of what is posted for one side of a match.
pub(crate) fn posting_id(id: MatchId, side: Side) -> String {
    format!("{id}:{}", team(side))
}

/// The match and the side that such an id is of.
pub(crate) fn posting_of(posting_id: &str) -> Option<(MatchId, Side)> {
    let (id, side) = posting_id.split_once(':')?;
    let side = Side::BOTH.into_iter().find(|it| team(*it).to_string() == side)?;
    Some((id.parse().ok()?, side))
}

/// What the registry of agents is told, by that id; nothing if there is nothing to tell.
///
/// # Errors
/// The database.
pub async fn to_post(tx: &mut Tx, posting_id: &str) -> Result<Option<Posting>, store::Error> {
    let Some((id, side)) = posting_of(posting_id) else { return Ok(None) };
    let Some(of) = match_rows::find(tx, id).await? else { return Ok(None) };
    let Some(agent_id) = of.players.of(side).agent_id else { return Ok(None) };
    let changes = changes_of(tx, &id.to_string()).await?;
    let change = changes.into_iter().find(|change| change.team == team(side));
    Ok(change.map(|Change { after, .. }| {
        Posting::new(agent_id, &of.queue, (after.rating, after.peak), after.record)
    }))
}

fn team(side: Side) -> u32 {
    match side {
        Side::First => 1,
        Side::Second => 2,
    }
}

/// The best of a queue, behind a line.
pub(crate) async fn ladder(
    ctx: &Ctx,
    queue: &str,
    behind: Option<Line>,
    limit: u16,
) -> Result<Vec<Line>, store::Error> {
    let queue = queue.to_owned();
    let read =
        async move |tx: &mut Tx| rows::ladder(tx, &queue, behind.as_ref(), limit.into()).await;
    ctx.store.read(read).await
}

/// What somebody has.
pub(crate) async fn find(
    ctx: &Ctx,
    queue: &str,
    name: Name,
) -> Result<Option<Standing>, store::Error> {
    let queue = queue.to_owned();
    let found = ctx.store.read(async move |tx| rows::standing(tx, &queue, &name).await).await?;
    Ok(found.map(|(standing, _)| standing))
}

/// What games made of somebody, the newest first.
pub(crate) async fn history(
    ctx: &Ctx,
    queue: &str,
    name: Name,
    before: Option<i64>,
    limit: u16,
) -> Result<Vec<Kept>, store::Error> {
    let queue = queue.to_owned();
    let before = before.unwrap_or(i64::MAX);
    let read =
        async move |tx: &mut Tx| rows::history(tx, &queue, &name, before, limit.into()).await;
    ctx.store.read(read).await
}

/// Computes all ratings once more from the games, and holds them against what is stored.
///
/// # Errors
/// The database.
pub async fn recompute(store: &Store) -> Result<Recomputed, store::Error> {
    store.read(async |tx| recomputed(tx).await).await
}

async fn recomputed(tx: &mut Tx) -> Result<Recomputed, store::Error> {
    let (mut ledger, mut found, mut last) = (Ledger::default(), Recomputed::default(), 0);
    loop {
        let games = rows::games_after(tx, last, PAGE).await?;
        let Some((number, _)) = games.last() else { break };
        last = *number;
        for (_, game) in &games {
            found.games += 1;
            compare_game(tx, &mut ledger, game, &mut found).await?;
        }
    }
    compare_ratings(tx, &ledger, last, &mut found).await?;
    Ok(found)
}

async fn compare_game(
    tx: &mut Tx,
    ledger: &mut Ledger,
    game: &Game,
    found: &mut Recomputed,
) -> Result<(), store::Error> {
    let stored = changes_of(tx, &game.id).await?;
    let computed = ledger.take(game);
    let of = |all: &[Change], name: &Name| all.iter().find(|it| it.name == *name).cloned();
    let mut names: Vec<_> = stored.iter().chain(&computed).map(|it| it.name.clone()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (stored, computed) = (of(&stored, &name), of(&computed, &name));
        if stored != computed {
            found.differ(Difference::Change {
                game: game.id.clone(),
                name,
                computed: computed.map(|it| it.after),
                stored: stored.map(|it| it.after),
            });
        }
    }
    Ok(())
}

async fn compare_ratings(
    tx: &mut Tx,
    ledger: &Ledger,
    last_game: i64,
    found: &mut Recomputed,
) -> Result<(), store::Error> {
    let mut stored = std::collections::BTreeMap::new();
    let mut last = (String::new(), String::new());
    loop {
        let page = rows::all_after(tx, (&last.0, &last.1), PAGE).await?;
        let Some((queue, line, _)) = page.last() else { break };
        last = (queue.clone(), line.name.to_string());
        let entry = |(queue, line, number): (String, Line, i64)| {
            ((queue, line.name), (line.standing, number))
        };
        stored.extend(page.into_iter().map(entry));
    }
    for (queue, name, computed) in ledger.standings() {
        found.ratings += 1;
        let stored = stored.remove(&(queue.to_owned(), name.clone()));
        // Whoever has played meanwhile is looked at the next time.
        if stored.is_some_and(|(_, number)| number > last_game) {
            continue;
        }
        let stored = stored.map(|(standing, _)| standing);
        if stored != Some(computed) {
            let (queue, name) = (queue.to_owned(), name.clone());
            found.differ(Difference::Rating { queue, name, computed: Some(computed), stored });
        }
    }
    stored.retain(|_, (_, number)| *number <= last_game);
    for ((queue, name), (stored, _)) in stored {
        found.differ(Difference::Rating { queue, name, computed: None, stored: Some(stored) });
    }
    Ok(())
}
