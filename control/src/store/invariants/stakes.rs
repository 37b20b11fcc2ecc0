//! The rules of wagers, pools and escrows.

pub(super) const RULES: [(&str, &str); 13] = [
    (
        "a wager has a match",
        "SELECT w.match_id FROM wagers w LEFT JOIN matches m ON m.id = w.match_id \
         WHERE m.id IS NULL LIMIT 100",
    ),
    (
        "a wager of the contract is won once",
        "SELECT wager_id FROM wagers WHERE backing = 'contract' AND state = 'won' \
         GROUP BY wager_id HAVING COUNT(*) > 1 LIMIT 100",
    ),
    (
        "a wager is won by a match that is settled",
        "SELECT w.match_id FROM wagers w JOIN matches m ON m.id = w.match_id \
         WHERE w.state = 'won' AND m.state <> 'settled' LIMIT 100",
    ),
    (
        "a match without a result holds no wager",
        "SELECT w.match_id FROM wagers w JOIN matches m ON m.id = w.match_id \
         WHERE w.state IN ('proposed', 'accepted', 'decided') \
         AND m.state IN ('cancelled', 'expired') LIMIT 100",
    ),
    (
        "a wager that waits for an answer has a deadline",
        "SELECT w.match_id FROM wagers w LEFT JOIN deadlines d \
         ON d.kind = 'wager' AND d.subject = w.match_id \
         WHERE w.state = 'proposed' AND d.subject IS NULL LIMIT 100",
    ),
    (
        "stakes that are due have a job, or a time from which they have one",
        "SELECT w.match_id FROM wagers w \
         LEFT JOIN deadlines d ON d.kind = 'wager' AND d.subject = w.match_id \
         LEFT JOIN jobs j ON j.business_id = w.wager_id AND j.kind = \
         CASE w.want WHEN 'settle' THEN 'settle_wager' ELSE 'refund_wager' END \
         WHERE w.want IS NOT NULL AND j.kind IS NULL AND d.subject IS NULL LIMIT 100",
    ),
    (
        "a pool's bets are those that were observed, and nobody fetched more than there was",
        "SELECT p.pool_id FROM pools p WHERE p.overdrawn = 1 OR p.bets <> \
         (SELECT COUNT(*) FROM observed o WHERE o.contract = 'pool' \
          AND o.subject = p.pool_id AND o.kind = 'bet') LIMIT 100",
    ),
    (
        "bets on a match are decided with it",
        "SELECT b.match_id FROM books b JOIN matches m ON m.id = b.match_id \
         WHERE (b.betting IN ('open', 'closed') \
           AND m.state IN ('settled', 'cancelled', 'expired')) \
         OR (b.betting = 'resolve' AND m.state <> 'settled') LIMIT 100",
    ),
    (
        "an escrow pays once, and whom the match says",
        "SELECT match_id FROM escrows WHERE fault IS NOT NULL LIMIT 100",
    ),
    (
        "who plays for stakes has locked them",
        "SELECT e.match_id FROM escrows e JOIN matches m ON m.id = e.match_id \
         WHERE e.locked_at IS NULL \
         AND m.state IN ('ready', 'active', 'resolved', 'settled') LIMIT 100",
    ),
    (
        "an escrow is decided with its match",
        "SELECT e.match_id FROM escrows e JOIN matches m ON m.id = e.match_id \
         WHERE (e.fate LIKE '%\"void\"%') <> (m.state IN ('cancelled', 'expired')) \
         OR (e.fate LIKE '%\"open\"%' AND m.state = 'settled') LIMIT 100",
    ),
    (
        "a result that an escrow waits for has a job",
        "SELECT e.match_id FROM escrows e LEFT JOIN jobs j \
         ON j.kind = 'escrow_result' AND j.business_id = e.match_id \
         WHERE e.want_result = 1 AND j.kind IS NULL LIMIT 100",
    ),
    (
        "what an escrow has for a side has a job, or a time from which it has one",
        "SELECT e.match_id FROM escrows e \
         LEFT JOIN deadlines d ON d.kind = 'escrow' AND d.subject = e.match_id \
         LEFT JOIN jobs a ON a.kind = 'pay_escrow' AND a.business_id = e.match_id || ':p1' \
         LEFT JOIN jobs b ON b.kind = 'pay_escrow' AND b.business_id = e.match_id || ':p2' \
         WHERE d.subject IS NULL AND ((e.want_p1 = 1 AND a.kind IS NULL) \
           OR (e.want_p2 = 1 AND b.kind IS NULL)) LIMIT 100",
    ),
];
