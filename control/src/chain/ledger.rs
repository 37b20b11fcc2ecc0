//! What is written down of transactions, and the changes to it.
//!
//! Invariant: what is sent was written down before, and only whoever holds the key's lease writes.

use serde_json::json;

use super::effects::Call;
use super::fees::Fees;
use super::intents::{JobId, Particulars};
use super::key::Signed;
use super::lease::Holder;
use super::node::Block;
use super::rules::{Mined, Phase, Refusal, Standing};
use crate::ids::MatchId;
use crate::store::chain::{self as rows, Account};
use crate::store::events::Draft;
use crate::store::{self, Tx, jobs};
use crate::time::{At, Span};

/// Something that was signed for a nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) signed: Signed,
    pub(crate) fees: Fees,
    /// Whether it only uses the nonce up.
    pub(crate) fills: bool,
    pub(crate) signed_at: At,
}

/// A nonce that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) nonce: u64,
    /// None if the nonce only has to be used up.
    pub(crate) job: Option<JobId>,
    pub(crate) call: Call,
    pub(crate) phase: Phase,
    /// The newest last; never empty, because it is written together with the row.
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) sent_at: Option<At>,
    pub(crate) refused: Option<(Refusal, At)>,
    pub(crate) missing: Option<(u64, At)>,
    /// How often its job came to nothing before.
    pub(crate) tried: i64,
}

impl Held {
    /// As the rules see it.
    pub(crate) fn standing(&self) -> Option<Standing> {
        let newest = self.attempts.last()?;
        Some(Standing {
            nonce: self.nonce,
            phase: self.phase,
            fees: newest.fees,
            fills: newest.fills,
            signed_at: newest.signed_at,
            sent_at: self.sent_at,
            refused: self.refused.clone(),
            missing: self.missing,
            can_be_asked: self.job.as_ref().is_none_or(|job| job.kind.can_be_asked()),
        })
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.phase, Phase::Pending)
    }

    pub(crate) fn has_counted(&self) -> bool {
        matches!(self.phase, Phase::Confirmed(at) if self.outcome(at) == Outcome::Done)
    }

    /// What became of its nonce there.
    pub(crate) fn outcome(&self, at: Mined) -> Outcome {
        if self.fills(at.hash) {
            Outcome::Filled
        } else if at.ok {
            Outcome::Done
        } else {
            Outcome::Reverted
        }
    }

    /// Whether one of its transactions only uses the nonce up.
    fn fills(&self, hash: alloy::primitives::B256) -> bool {
        self.attempts.iter().any(|attempt| attempt.signed.hash == hash && attempt.fills)
    }
}

/// What became of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The effect is there.
    Done,
    /// The contract changed its mind.
    Reverted,
    /// Nodes did not take the transaction, and an empty one used its nonce up.
    Filled,
    /// Something else used it.
    Lost,
    /// Nobody can do more for it: its key is gone, or its chain.
    GivenUp,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Reverted => "reverted",
            Self::Filled => "filled",
            Self::Lost => "lost",
            Self::GivenUp => "given up",
        }
    }
}

/// A job whose effect was there when it was to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) job: JobId,
    /// It was there after this block.
    pub(crate) after: Block,
}

/// A nonce that is given to a call, with what is signed for it.
#[derive(Clone, Debug)]
pub(crate) struct Reserved {
    pub(crate) id: String,
    pub(crate) nonce: u64,
    pub(crate) job: Option<JobId>,
    pub(crate) call: Call,
    pub(crate) attempt: Attempt,
}

/// Something to write down.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    NextNonce(u64),
    Reserve(Box<Reserved>),
    Attempt {
        id: String,
        attempt: Attempt,
    },
    Sent {
        id: String,
        at: At,
        refused: Option<(Refusal, At)>,
    },
    Phase {
        id: String,
        phase: Phase,
    },
    Missing {
        id: String,
        head: u64,
        at: At,
    },
    Over {
        id: String,
        outcome: Outcome,
    },
    /// Its job goes on without it; the nonce is looked after until it is buried.
    LetGo {
        id: String,
    },
    JobDone {
        job: JobId,
        by: By,
    },
    /// What was found cannot go any more.
    FoundBuried {
        job: JobId,
    },
    JobAgain {
        job: JobId,
        at: At,
        error: Option<String>,
        counts: bool,
    },
    JobFailed {
        job: JobId,
        error: String,
    },
}

/// Who had an effect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// The arena, by this transaction.
    Us(Mined),
    /// Whoever it was: it was there after this block. None where no block can take it back.
    Others(Option<Block>),
}

/// Who writes.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) account: Account,
    pub(crate) holder: Holder,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotKept {
    #[error("another process has the key's lease")]
    LeaseLost,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Writes changes down, all or none. How long the jobs took that are done by it.
pub(crate) async fn keep(
    tx: &mut Tx,
    by: &Writer,
    changes: &[Change],
    tell: &impl Particulars,
    now: At,
) -> Result<Vec<Span>, NotKept> {
    if !by.holder.holds(tx).await? {
        return Err(NotKept::LeaseLost);
    }
    let mut took = Vec::new();
    for change in changes {
        if let Change::JobDone { job, by: whose } = change {
            let (mined, found) = match whose {
                By::Us(mined) => (Some(mined), None),
                By::Others(after) => (None, after.as_ref()),
            };
            let asked_at = jobs::done(tx, job, found.map(|it| (by.account.chain_id, it))).await?;
            took.extend(asked_at.map(|at| now.since(at)));
            tell.done(tx, job, now).await?;
            tx.tell(told(job, mined, now));
        } else {
            write(tx, &by.account, change);
        }
    }
    Ok(took)
}

/// An effect is there: whoever looks at a match sees by which transaction.
fn told(job: &JobId, by: Option<&Mined>, at: At) -> Draft {
    let of = job.business_id.split_once(':').map_or(&*job.business_id, |(of, _)| of);
    let match_id = of.parse::<MatchId>().ok().map(|id| id.to_string());
    let body = json!({
        "job": job.kind.name(),
        "business_id": job.business_id,
        "transaction": by.map(|mined| mined.hash),
        "block": by.map(|mined| mined.number),
    });
    Draft { at, kind: "chain.done", match_id, identity_id: None, body }
}

fn write(tx: &mut Tx, account: &Account, change: &Change) {
    match change {
        Change::NextNonce(next) => rows::set_next_nonce(tx, account, *next),
        Change::Reserve(reserved) => {
            let Reserved { id, nonce, job, call, attempt } = &**reserved;
            rows::reserve(tx, account, id, *nonce, job.as_ref(), call, attempt.signed_at);
            rows::attempt(tx, id, attempt);
        }
        Change::Attempt { id, attempt } => rows::attempt(tx, id, attempt),
        Change::Sent { id, at, refused } => rows::sent(tx, id, *at, refused.as_ref()),
        Change::Phase { id, phase } => rows::set_phase(tx, id, *phase),
        Change::Missing { id, head, at } => rows::set_missing(tx, id, *head, *at),
        Change::Over { id, outcome } => rows::over(tx, id, outcome.name()),
        Change::LetGo { id } => rows::let_go(tx, id),
        // What it changes is asked for.
        Change::JobDone { .. } => {}
        Change::FoundBuried { job } => jobs::buried(tx, job),
        Change::JobAgain { job, at, error, counts } => {
            jobs::again(tx, job, *at, error.as_deref(), *counts);
        }
        Change::JobFailed { job, error } => jobs::failed(tx, job, error),
    }
}
