//! What is under way: the rules' decision for each, as changes to write down and bytes to send.

use super::{
    Attempt, Change, Found, Held, Node, Offer, Particulars, Sender, Sending, Sight, Trouble,
    came_to_nothing, name,
};
use crate::chain::effects::nothing;
use crate::chain::fees::Fees;
use crate::chain::ledger::{By, Outcome, Reserved};
use crate::chain::rules::{Decision, Limits, Mined, Phase, Seen, Still, decide, still_there};
use crate::time::At;

/// What to write down, and then to send.
#[derive(Default)]
pub(super) struct Tended {
    pub(super) changes: Vec<Change>,
    pub(super) sending: Vec<Sending>,
}

impl<N: Node, P: Particulars + 'static> Sender<N, P> {
    pub(super) fn tend(&self, held: &[Held], sight: &Sight, now: At) -> Result<Tended, Trouble> {
        let mut tended = Tended::default();
        for tx in held {
            let Some(standing) = tx.standing() else { continue };
            let decision = decide(&standing, &seen(tx, sight), &self.chain.limits, now);
            if let Some(offer) = act(tx, decision, sight, now, &mut tended) {
                self.replace(tx, offer, &mut tended)?;
            }
        }
        Ok(tended)
    }

    /// Signs anew for the same nonce.
    fn replace(&self, tx: &Held, offer: Offer, tended: &mut Tended) -> Result<(), Trouble> {
        let attempt = self.sign(tx.nonce, &tx.call, offer)?;
        let fees = offer.fees;
        tracing::info!(
            nonce = tx.nonce,
            fee_max = fees.max,
            fills = offer.fills,
            "a transaction is replaced"
        );
        tended.sending.push(Sending {
            id: tx.id.clone(),
            nonce: tx.nonce,
            signed: attempt.signed.clone(),
            // An empty one that is refused too has its own time.
            refused_since: if offer.fills { None } else { tx.refused.as_ref().map(|(_, at)| *at) },
        });
        tended.changes.push(Change::Attempt { id: tx.id.clone(), attempt });
        Ok(())
    }

    /// A nonce that only has to be used up.
    pub(super) fn fill(
        &self,
        nonce: u64,
        sight: &Sight,
        now: At,
    ) -> Result<(Change, Sending), Trouble> {
        let fees = Fees::first(sight.market, self.chain.limits.fee_max);
        let call = nothing(self.watch.address);
        let attempt = self.sign(nonce, &call, Offer { fees, fills: true, at: now })?;
        Ok(self.reserved(nonce, None, call, attempt))
    }

    /// A row for a nonce, and what is sent once it is there.
    pub(super) fn reserved(
        &self,
        nonce: u64,
        job: Option<super::JobId>,
        call: super::super::effects::Call,
        attempt: Attempt,
    ) -> (Change, Sending) {
        let id = format!("{:032x}", self.watch.ctx.chance.id(attempt.signed_at));
        let signed = attempt.signed.clone();
        let sending = Sending { id: id.clone(), nonce, signed, refused_since: None };
        (Change::Reserve(Box::new(Reserved { id, nonce, job, call, attempt })), sending)
    }
}

/// What the chain says of a transaction.
pub(super) fn seen(tx: &Held, sight: &Sight) -> Seen {
    Seen {
        head: sight.head.number,
        nonce: sight.nonce,
        market: sight.market,
        mined: sight.mined.get(&tx.id).copied(),
    }
}

/// Does what needs no key; else says what is to be signed anew.
pub(super) fn act(
    tx: &Held,
    decision: Decision,
    sight: &Sight,
    now: At,
    tended: &mut Tended,
) -> Option<Offer> {
    let id = || tx.id.clone();
    let phase = |phase| Change::Phase { id: id(), phase };
    match decision {
        Decision::Wait => {}
        Decision::Send => tended.sending.extend(resend(tx)),
        Decision::Raise(fees) => {
            let fills = tx.attempts.last().is_some_and(|newest| newest.fills);
            return Some(Offer { fees, fills, at: now });
        }
        Decision::Fill(fees) => return Some(Offer { fees, fills: true, at: now }),
        Decision::Mined(at) => {
            tended.changes.push(phase(Phase::Mined(at)));
            tended.changes.extend(put_back(tx, now));
        }
        Decision::Confirmed(at) => tended.changes.extend(settled(tx, at, now)),
        Decision::Buried => tended.changes.extend(buried(tx, now)),
        Decision::Unmined => {
            tracing::info!(nonce = tx.nonce, "a transaction is in no block any more");
            tended.changes.push(phase(Phase::Pending));
            tended.changes.extend(put_back(tx, now));
            tended.sending.extend(resend(tx));
        }
        Decision::Missing => {
            let head = sight.head.number;
            tended.changes.push(Change::Missing { id: id(), head, at: now });
        }
        Decision::Lost => {
            tracing::warn!(nonce = tx.nonce, "another transaction used this nonce");
            tended.changes.push(Change::Over { id: id(), outcome: Outcome::Lost });
            let why = "another transaction used its nonce";
            tended.changes.extend(again(tx, now, why.to_owned()));
        }
    }
    None
}

/// What was found and is so no more is had, and what is so for good is not looked after any more.
pub(super) fn of_found(found: Found, sight: &Sight, limits: &Limits, now: At) -> Option<Change> {
    let Found { job, after } = found;
    let stands = sight.stands.get(&after.number).copied().flatten();
    match still_there(&after, stands, sight.head.number, limits) {
        Still::Wait => None,
        Still::Buried => Some(Change::FoundBuried { job }),
        Still::Gone => {
            tracing::warn!(job = name(&job), "a reorganisation took back what had been there");
            let error = Some(TAKEN_BACK.to_owned());
            Some(Change::JobAgain { job, at: now, error, counts: false })
        }
    }
}

const TAKEN_BACK: &str = "a reorganisation took it back";

/// The newest of what was signed; nodes drop what is cheaper.
pub(super) fn resend(tx: &Held) -> Option<Sending> {
    Some(Sending {
        id: tx.id.clone(),
        nonce: tx.nonce,
        signed: tx.attempts.last()?.signed.clone(),
        refused_since: tx.refused.as_ref().map(|(_, at)| *at),
    })
}

/// What counted counts no more, for now: its transaction is still looked after.
fn put_back(tx: &Held, now: At) -> Option<Change> {
    let job = tx.job.clone().filter(|_| tx.has_counted())?;
    tracing::warn!(job = name(&job), "a reorganisation took an effect back, it is had again");
    let error = Some(TAKEN_BACK.to_owned());
    Some(Change::JobAgain { job, at: now, error, counts: false })
}

pub(super) fn again(tx: &Held, at: At, why: String) -> Option<Change> {
    Some(Change::JobAgain { job: tx.job.clone()?, at, error: Some(why), counts: false })
}

/// The chain has settled what became of a nonce; the row stays until it is buried, because a
/// reorganisation may bring the transaction into another block, where it may do something else.
fn settled(tx: &Held, at: Mined, now: At) -> Vec<Change> {
    let mut changes = vec![Change::Phase { id: tx.id.clone(), phase: Phase::Confirmed(at) }];
    let Some(job) = tx.job.clone() else { return changes };
    match came_to(tx, at) {
        None => changes.push(Change::JobDone { job, by: By::Us(at) }),
        Some(why) if job.kind.can_be_asked() => {
            changes.push(Change::LetGo { id: tx.id.clone() });
            changes.push(came_to_nothing(job, tx.tried, why, now));
        }
        // Only the row keeps the effect from happening twice: until then there is no other.
        Some(why) => changes.extend(again(tx, now, format!("{why}, which may still change"))),
    }
    changes
}

fn buried(tx: &Held, now: At) -> Vec<Change> {
    let Phase::Confirmed(at) = tx.phase else { return Vec::new() };
    let over = Change::Over { id: tx.id.clone(), outcome: tx.outcome(at) };
    let job = tx.job.clone().zip(came_to(tx, at));
    let again = job.map(|(job, why)| came_to_nothing(job, tx.tried, why, now));
    std::iter::once(over).chain(again).collect()
}

/// Why a transaction did not do what it was to do.
fn came_to(tx: &Held, at: Mined) -> Option<String> {
    match tx.outcome(at) {
        Outcome::Done | Outcome::Lost | Outcome::GivenUp => None,
        Outcome::Reverted => Some(format!("its transaction {} reverted", at.hash)),
        Outcome::Filled => Some("the chain refused its transaction".to_owned()),
    }
}
