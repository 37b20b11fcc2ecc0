//! The rules of tournaments.

pub(super) const RULES: [(&str, &str); 4] = [
    (
        "a called game has a deadline",
        "SELECT g.tournament_id FROM tournament_games g \
         JOIN tournaments t ON t.id = g.tournament_id AND t.status <> 'complete' \
         LEFT JOIN deadlines d ON d.kind = 'tournament' \
         AND d.subject = g.tournament_id || ':' || g.round || ':' || g.slot \
         WHERE g.state = 'called' AND d.subject IS NULL LIMIT 100",
    ),
    (
        "a game that is played has a match that goes on",
        "SELECT g.tournament_id FROM tournament_games g \
         JOIN tournaments t ON t.id = g.tournament_id AND t.status <> 'complete' \
         WHERE g.state = 'playing' AND NOT EXISTS (SELECT 1 FROM tournament_matches m \
         JOIN matches a ON a.id = m.match_id WHERE m.tournament_id = g.tournament_id \
         AND m.round = g.round AND m.slot = g.slot \
         AND a.state IN ('matched', 'staking', 'ready', 'active', 'resolved')) LIMIT 100",
    ),
    (
        "a tournament with a champion is over",
        "SELECT id FROM tournaments WHERE champion IS NOT NULL AND status <> 'complete' LIMIT 100",
    ),
    (
        "whoever takes part in a tournament has a seed once nobody can enter any more",
        "SELECT t.id FROM tournaments t JOIN tournament_entries e ON e.tournament_id = t.id \
         WHERE (t.closed_at IS NULL) <> (e.seed IS NULL) LIMIT 100",
    ),
];
