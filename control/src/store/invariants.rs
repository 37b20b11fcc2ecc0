//! The rules of the system as queries, each of which finds nothing.

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
    for (rule, text) in RULES {
        for row in tx.rows(sql(text)).await? {
            found.push(Broken { rule, row: row.text(0)? });
        }
    }
    for row in tx.rows(sql(OVERDUE).bind(since.0)).await? {
        found.push(Broken { rule: "a deadline is acted on within 10 s", row: row.text(0)? });
    }
    Ok(found)
}
