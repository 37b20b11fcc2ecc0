//! Work of the chain that one process does at a time: who does it, and until when.
//!
//! Invariant: what is written under a lease is written while it is one's own. Others cannot take it
//! before the work that looked is committed.

use std::sync::Arc;

use crate::context::Ctx;
use crate::store::{self, Tx, leases};
use crate::time::{At, Span};

/// How long a process that died keeps others from going on for it.
pub(crate) const LEASE: Span = Span::seconds(15);
/// It is renewed once less than this is left of it.
const RENEW: Span = Span::seconds(10);

/// See the module.
#[derive(Debug)]
pub(crate) struct Lease {
    holder: Holder,
    /// None while another process has it.
    until: Option<At>,
}

/// Who writes under it.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    name: Arc<str>,
    owner: Arc<str>,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Another process's.
    No,
    /// This one's, which it was before.
    Still,
    /// The same, and for longer than before.
    Renewed,
    /// This one's, and not before: another may have written since.
    Anew,
}

impl Lease {
    pub(crate) fn new(name: &str, ctx: &Ctx) -> Self {
        let owner = format!("{:032x}", u128::from_be_bytes(ctx.chance.bytes()));
        Self { holder: Holder { name: name.into(), owner: owner.into() }, until: None }
    }

    /// Takes it, if nobody else has it, or keeps it.
    pub(crate) async fn take(&mut self, ctx: &Ctx, now: At) -> Result<Held, store::Error> {
        if self.until.is_some_and(|until| until > now + RENEW) {
            return Ok(Held::Still);
        }
        let Holder { name, owner } = self.holder.clone();
        let take = async move |tx: &mut Tx| leases::take(tx, &name, &owner, now, now + LEASE).await;
        let ours = ctx.store.write(take).await?;
        let before = std::mem::replace(&mut self.until, ours.then_some(now + LEASE));
        Ok(match (ours, before) {
            (false, _) => Held::No,
            (true, None) => Held::Anew,
            (true, Some(_)) => Held::Renewed,
        })
    }

    pub(crate) fn holder(&self) -> Holder {
        self.holder.clone()
    }

    /// Another process has it, as a work has found.
    pub(crate) fn lost(&mut self) {
        self.until = None;
    }

    /// Lets another process go on at once.
    pub(crate) async fn give_back(&mut self, ctx: &Ctx) {
        let Holder { name, owner } = self.holder.clone();
        let give = async move |tx: &mut Tx| {
            leases::give_back(tx, &name, &owner);
            Ok::<_, store::Error>(())
        };
        self.until = None;
        if let Err(error) = ctx.store.write(give).await {
            tracing::debug!(%error, lease = &*self.holder.name, "a lease ends by itself");
        }
    }
}

impl Holder {
    /// Whether it is still one's own.
    pub(crate) async fn holds(&self, tx: &mut Tx) -> Result<bool, store::Error> {
        leases::holds(tx, &self.name, &self.owner).await
    }
}
