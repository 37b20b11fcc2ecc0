//! Two agents with wallets of their own, from the queue to the second signature, by the Rust SDK.

use anyhow::{Context as _, ensure};
use arena_client::control::{Control, Join, Met, Report, Status, ToSign, Wallet};
use ring::digest::{SHA256, digest};

/// A match, as both of its sides know it; the second has won.
pub(super) struct Pair {
    met: [Met; 2],
    wallets: [Wallet; 2],
}

/// A match that one side has signed.
pub(super) struct Signable {
    pair: Pair,
    to_sign: ToSign,
}

/// Two join, and meet each other.
pub(super) async fn meet(control: &Control, run: u32, number: usize) -> anyhow::Result<Pair> {
    let wallets = [wallet(run, number, 1)?, wallet(run, number, 2)?];
    let join = |side: usize| Join {
        wallet_address: Some(wallets[side].address()),
        ..Join::new(&format!("SETTLE{run}-{number}#{side}"))
    };
    let waiting = control.join(&join(0)).await.context("failed to join")?;
    ensure!(waiting.status == Status::Waiting, "somebody else plays here");
    let second = control.meet(&join(1)).await.context("failed to meet")?;
    let first = Met { queue_id: waiting.queue_id, ..second.clone() };
    Ok(Pair { met: [first, second], wallets })
}

fn wallet(run: u32, number: usize, side: u8) -> anyhow::Result<Wallet> {
    let sum = digest(&SHA256, format!("{run} {number} {side}").as_bytes());
    Ok(Wallet::from_bytes(sum.as_ref().try_into()?)?)
}

impl Pair {
    pub(super) async fn report_and_sign(self, control: &Control) -> anyhow::Result<Signable> {
        let Self { met: [first, second], wallets } = &self;
        control.report(first, &Report::new("lost", 0, 2)).await?;
        control.report(second, &Report::new("won", 2, 0)).await?;
        let to_sign = control.to_sign(first).await?;
        let signed = control.sign(first, &to_sign, &wallets[0]).await?;
        ensure!(!signed.ready_for_submission, "one signature was taken for two");
        Ok(Signable { pair: self, to_sign })
    }
}

impl Signable {
    pub(super) fn id(&self) -> &str {
        &self.pair.met[0].match_id
    }

    /// Where it is to be recorded.
    pub(super) fn contract(&self) -> String {
        self.to_sign.domain.contract.to_string()
    }

    pub(super) async fn sign_second(&self, control: &Control) -> anyhow::Result<()> {
        let Pair { met, wallets } = &self.pair;
        let signed = control.sign(&met[1], &self.to_sign, &wallets[1]).await?;
        ensure!(signed.ready_for_submission, "two signatures are not enough");
        Ok(())
    }
}
