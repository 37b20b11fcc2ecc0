//! The rules of the system as queries, each of which finds nothing.

mod stakes;
mod tournaments;

use super::{Error, Tx, sql};
use crate::invariants::Broken;
use crate::time::At;

pub(crate) async fn broken(tx: &mut Tx, since: At) -> Result<Vec<Broken>, Error> {
    const RULES: [(&str, &str); 8] = [
        (
            "an entry is in one match at most",
            "SELECT entry_id FROM match_sides WHERE kept = 1 GROUP BY entry_id \
             HAVING COUNT(*) > 1 LIMIT 100",
        ),
        (
            "a match has two sides",
            "SELECT m.id FROM matches m LEFT JOIN match_sides s ON s.match_id = m.id \
             GROUP BY m.id HAVING COUNT(s.match_id) <> 2 LIMIT 100",
        ),
        (
            "a matched entry is a side of its match",
            "SELECT e.id FROM queue_entries e LEFT JOIN match_sides s \
             ON s.entry_id = e.id AND s.match_id = e.match_id AND s.kept = 1 \
             WHERE e.status = 'matched' AND s.entry_id IS NULL LIMIT 100",
        ),
        (
            "a side that is kept has a matched entry",
            "SELECT s.entry_id FROM match_sides s JOIN queue_entries e ON e.id = s.entry_id \
             WHERE s.kept = 1 AND e.status = 'waiting' LIMIT 100",
        ),
        (
            "a waiting entry has a deadline",
            "SELECT e.id FROM queue_entries e LEFT JOIN deadlines d \
             ON d.kind = 'entry' AND d.subject = e.id \
             WHERE e.status = 'waiting' AND d.subject IS NULL LIMIT 100",
        ),
        (
            "a match that goes on has a deadline",
            "SELECT m.id FROM matches m LEFT JOIN deadlines d \
             ON d.kind = 'match' AND d.subject = m.id \
             WHERE m.ended_at IS NULL AND d.subject IS NULL LIMIT 100",
        ),
        (
            "nobody is busy with a match that is over",
            "SELECT m.id FROM matches m JOIN match_sides s ON s.match_id = m.id \
             WHERE m.ended_at IS NOT NULL AND s.busy = 1 LIMIT 100",
        ),
        (
            "the log has no holes",
            "SELECT CAST(COUNT(*) AS TEXT) FROM events HAVING COUNT(*) <> COALESCE(MAX(number), 0)",
        ),
    ];
    const OVERDUE: &str = "SELECT subject FROM deadlines WHERE due_at < $1 LIMIT 100";
    let mut found = Vec::new();
    for (rule, text) in
        RULES.into_iter().chain(RESULTS).chain(stakes::RULES).chain(tournaments::RULES)
    {
        for row in tx.rows(sql(text)).await? {
            found.push(Broken { rule, row: row.text(0)? });
        }
    }
    for row in tx.rows(sql(OVERDUE).bind(since.0)).await? {
        found.push(Broken { rule: "a deadline is acted on within 10 s", row: row.text(0)? });
    }
    Ok(found)
}

/// What came of matches, and what follows from it.
const RESULTS: [(&str, &str); 9] = [
    (
        "a match has a result if and only if it is decided",
        "SELECT m.id FROM matches m LEFT JOIN results r ON r.match_id = m.id \
         WHERE (m.status = 'completed') <> (r.match_id IS NOT NULL) LIMIT 100",
    ),
    (
        "two reports decide a match",
        "SELECT m.id FROM matches m JOIN match_reports r ON r.match_id = m.id \
         WHERE m.state = 'active' GROUP BY m.id HAVING COUNT(*) > 1 LIMIT 100",
    ),
    (
        "a result is rated as it came out",
        "SELECT r.match_id FROM results r LEFT JOIN rating_changes c \
         ON c.game_id = r.match_id AND c.team = COALESCE(r.winner, 1) \
         AND c.score = CASE WHEN r.winner IS NULL THEN 'drew' ELSE 'won' END \
         WHERE c.game_id IS NULL LIMIT 100",
    ),
    (
        "a rated game has changed two sides at least",
        "SELECT g.game_id FROM rated_games g LEFT JOIN rating_changes c \
         ON c.game_id = g.game_id AND c.number = g.number \
         GROUP BY g.game_id HAVING COUNT(DISTINCT c.team) < 2 LIMIT 100",
    ),
    (
        "a rating is what the last game made of it",
        "SELECT r.player FROM ratings r LEFT JOIN rating_changes c \
         ON c.queue = r.queue AND c.player = r.player AND c.number = r.number \
         WHERE c.player IS NULL OR c.rating_after <> r.rating OR c.peak <> r.peak \
         OR c.wins <> r.wins OR c.draws <> r.draws OR c.losses <> r.losses \
         OR COALESCE(c.skill, 0) <> COALESCE(r.skill, 0) LIMIT 100",
    ),
    (
        "no game is newer than the rating it made",
        "SELECT c.player FROM rating_changes c LEFT JOIN ratings r \
         ON r.queue = c.queue AND r.player = c.player \
         WHERE r.player IS NULL OR c.number > r.number LIMIT 100",
    ),
    (
        "a game begins with what the last one left",
        "SELECT player FROM (SELECT player, rating_before, LAG(rating_after) \
         OVER (PARTITION BY queue, player ORDER BY number) AS left_before \
         FROM rating_changes) AS pairs WHERE left_before <> rating_before LIMIT 100",
    ),
    (
        "what is signed is a result that somebody won",
        "SELECT s.match_id FROM signatures s LEFT JOIN results r ON r.match_id = s.match_id \
         WHERE r.winner IS NULL LIMIT 100",
    ),
    (
        "what both have signed is to be recorded",
        "SELECT s.match_id FROM signatures s LEFT JOIN jobs j \
         ON j.kind = 'record_match' AND j.business_id = s.match_id \
         WHERE j.business_id IS NULL GROUP BY s.match_id HAVING COUNT(*) > 1 LIMIT 100",
    ),
];
