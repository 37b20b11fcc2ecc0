//! Effects outside of the database: asked for here, had by whom they are for. A row is one effect.
//!
//! A request writes the row in its own transaction; the chain's sender does it later, perhaps more
//! than once, which is why an effect has to be idempotent by its business id.

use crate::store::{self, jobs as rows};
use crate::time::{At, Span};

/// Pauses between attempts double from the first up to the last.
const PAUSE: Span = Span::seconds(1);
const PAUSE_MAX: Span = Span::seconds(300);

/// Asks for an effect, as part of a transaction; asking again for the same business changes nothing.
pub fn ask(tx: &mut store::Tx, kind: &'static str, business_id: &str, body: &str, now: At) {
    rows::ask(tx, kind, business_id, body, now);
}

/// What an effect waited for is there: it is tried at once, if it was asked for and is not done.
pub(crate) fn hasten(tx: &mut store::Tx, kind: &'static str, business_id: &str, now: At) {
    rows::hasten(tx, kind, business_id, now);
}

/// What was done with nothing to do, or whose doing is undone, is tried at once.
pub(crate) fn reopen(tx: &mut store::Tx, kind: &'static str, business_id: &str, now: At) {
    rows::reopen(tx, kind, business_id, now);
}

/// How long to wait before the attempt after this one.
pub(crate) fn pause(attempts: i64) -> Span {
    let doubled = PAUSE.0.saturating_mul(1 << (attempts.clamp(1, 20) - 1));
    Span(doubled.min(PAUSE_MAX.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        assert_eq!([1, 2, 3, 4].map(pause).map(|span| span.0), [1000, 2000, 4000, 8000]);
        assert_eq!(pause(i64::MAX), PAUSE_MAX);
    }
}
