//! What the sides of a match sign, and whose signature counts. Pure but for the curve's arithmetic.

use arena_protocol::result::{
    Address, B256, Domain, MatchResult, NoWallet, Signed, match_id, wallet,
};

use super::contract::Vouched;
use crate::matches::Match;
use crate::matches::rules::{Outcome, Side, Sides};
use crate::results::Decided;

/// What both sides of a match are asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) result: MatchResult,
    pub(crate) wallets: Sides<Address>,
}

/// Why there is nothing to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Nothing {
    #[error("the match has no result yet: there is nothing to sign")]
    Undecided,
    #[error(
        "the match was a draw, and the contract records winners only: there is nothing to sign"
    )]
    Draw,
    #[error("{} joined without a wallet: there is nothing to sign", named(*.0))]
    Walletless(Side),
    #[error("{} joined with a wallet that is none ({wrong}): there is nothing to sign", named(*.side))]
    Wallet { side: Side, wrong: NoWallet },
    #[error("both sides joined with the same wallet: the contract records no such match")]
    SameWallet,
}

/// By what one knows that a side agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its key signed.
    Key(Signed<MatchResult>),
    /// It is a contract, and vouched for it.
    Contract(Vouched),
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("{0} plays no side of this match: a signature counts for the wallets that joined")]
    Stranger(Address),
    #[error("{} has signed already, and otherwise: its first signature is kept", named(*.0))]
    SignedOtherwise(Side),
}

/// What becomes of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// It is held already.
    Repeat,
    /// The other side has not signed yet.
    First(Side),
    /// Now both have.
    Both(Side),
}

/// A result that both sides have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothSigned {
    result: MatchResult,
    proofs: Sides<Proof>,
}

/// What the sides of a match sign.
///
/// # Errors
/// There is nothing.
pub(crate) fn statement(of: &Match, decided: Option<&Decided>) -> Result<Statement, Nothing> {
    let decided = decided.ok_or(Nothing::Undecided)?;
    let Outcome::Won { winner, .. } = decided.result.outcome else { return Err(Nothing::Draw) };
    let account = |side| {
        let text = of.players.of(side).wallet.as_deref().ok_or(Nothing::Walletless(side))?;
        wallet(text).map_err(|wrong| Nothing::Wallet { side, wrong })
    };
    let wallets = Sides { first: account(Side::First)?, second: account(Side::Second)? };
    if wallets.first == wallets.second {
        return Err(Nothing::SameWallet);
    }
    let result = MatchResult {
        match_id: match_id(&of.id.to_string()),
        winner: *wallets.of(winner),
        loser: *wallets.of(winner.other()),
        game_id: of.queue.clone(),
        winner_score: *decided.result.stocks.of(winner),
        loser_score: *decided.result.stocks.of(winner.other()),
        replay_hash: B256::ZERO,
        timestamp: u64::try_from(decided.at.0.div_euclid(1000)).unwrap_or_default(),
    };
    Ok(Statement { result, wallets })
}

impl Statement {
    /// The side whose wallet this is.
    pub(crate) fn side_of(&self, account: Address) -> Result<Side, Refused> {
        let side = Side::BOTH.into_iter().find(|side| *self.wallets.of(*side) == account);
        side.ok_or(Refused::Stranger(account))
    }

    /// The same result as it must not be signed: a slip that wallets cannot show.
    pub(crate) fn with_sides_swapped(&self) -> MatchResult {
        let MatchResult { winner, loser, .. } = self.result;
        MatchResult { winner: loser, loser: winner, ..self.result.clone() }
    }

    /// The chains on which people play, other than the one that counts.
    pub(crate) fn elsewhere(domain: &Domain) -> impl Iterator<Item = Domain> {
        const CHAINS: [u64; 4] = [143, 10143, 1, 31337];
        let here = *domain;
        CHAINS
            .into_iter()
            .filter(move |chain_id| *chain_id != here.chain_id)
            .map(move |chain_id| Domain { chain_id, ..here })
    }
}

/// Whether a proof counts, next to those that are held.
///
/// # Errors
/// It is nobody's who plays, or of who has signed otherwise.
pub(crate) fn accept(
    statement: &Statement,
    held: &Sides<Option<Proof>>,
    proof: &Proof,
) -> Result<Accepted, Refused> {
    let side = statement.side_of(proof.account())?;
    match held.of(side) {
        Some(before) if before == proof => Ok(Accepted::Repeat),
        Some(_) => Err(Refused::SignedOtherwise(side)),
        None if held.of(side.other()).is_some() => Ok(Accepted::Both(side)),
        None => Ok(Accepted::First(side)),
    }
}

/// Both proofs, if both are there and are the sides' own.
pub(crate) fn both_signed(
    statement: Statement,
    proofs: Sides<Option<Proof>>,
) -> Option<BothSigned> {
    let Sides { first: Some(first), second: Some(second) } = proofs else { return None };
    let Statement { result, wallets } = statement;
    let own = |proof: &Proof, account| {
        proof.account() == account
            && match proof {
                Proof::Key(signed) => *signed.what() == result,
                Proof::Contract(_) => true,
            }
    };
    let sound = own(&first, wallets.first) && own(&second, wallets.second);
    sound.then_some(BothSigned { result, proofs: Sides { first, second } })
}

impl Proof {
    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> Address {
        match self {
            Self::Key(signed) => signed.signer(),
            Self::Contract(vouched) => vouched.account(),
        }
    }

    /// As the recording contract takes it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Key(signed) => signed.signature().bytes().into(),
            Self::Contract(vouched) => vouched.signature().to_vec(),
        }
    }
}

impl BothSigned {
    /// What both signed.
    #[must_use]
    pub fn result(&self) -> &MatchResult {
        &self.result
    }

    /// By what one knows, of the first side and of the second.
    #[must_use]
    pub fn proofs(&self) -> &Sides<Proof> {
        &self.proofs
    }
}

fn named(side: Side) -> &'static str {
    match side {
        Side::First => "the first side",
        Side::Second => "the second side",
    }
}
