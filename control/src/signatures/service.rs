//! A signature is checked as it arrives: outside of any transaction, since the result under it does
//! not change. What counts is kept, and the second one asks for the record on chain.

use arena_protocol::result::{
    Address, Domain, Malformed, NoWallet, Signature, Signed, recover, wallet,
};
use serde_json::{Value as Json, json};

use super::contract::{Answer, Vouched};
use super::rules::{self, Accepted, BothSigned, Nothing, Proof, Refused, Statement};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::jobs;
use crate::matches::rules::{Event, Side, Sides};
use crate::matches::{Match, service as matches};
use crate::store::events::Draft;
use crate::store::{self, Tx, matches as match_rows, signatures as rows};
use crate::time::At;
use crate::{ratings, results};

/// Bytes of a contract's signature; those of keys have 65.
const CONTRACT_LEN_MAX: usize = 4096;

/// Why a signature was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Match not found")]
    Unknown,
    #[error(transparent)]
    Nothing(#[from] Nothing),
    #[error("address: {0}")]
    Address(#[from] NoWallet),
    #[error("signature: {0}")]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{0}")]
    Mistaken(Mistake),
    #[error(
        "the chain cannot be asked now whether this is the signature of contract {0}: try again"
    )]
    Unreachable(Address),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A signature of somebody, but not of whom it is said to be, over this result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error(
        "{0} signed this result for chain {1}, and it counts on chain {2}: sign what \
         GET /v1/matches/{{id}}/typed-data gives"
    )]
    OtherChain(Address, u64, u64),
    #[error("{0} signed this result with winner and loser swapped: {1} won")]
    Swapped(Address, Address),
    #[error("this is the signature of the other side, {recovered}, not of {claimed}")]
    OtherSide { claimed: Address, recovered: Address },
    #[error(
        "over this result the signature is that of {recovered}, not of {claimed}: it was made over \
         another match, result, chain or contract, or by another key. Sign what GET \
         /v1/matches/{{id}}/typed-data gives, for chain {} and contract {}{}",
        .domain.chain_id, .domain.contract, hint(*.contracts)
    )]
    Other { claimed: Address, recovered: Address, domain: Domain, contracts: bool },
    #[error("this is nobody's signature, of no result: sign the typed data again")]
    Nobody,
}

/// What is held of a match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) by: Sides<Option<Kept>>,
}

/// A signature as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// With the checksum of EIP-55, however its owner spelled it.
    pub(crate) address: String,
    /// In hex, without 0x.
    pub(crate) signature: String,
    pub(crate) by_contract: bool,
    pub(crate) at: At,
}

impl Held {
    /// How many sides have signed.
    pub(crate) fn count(&self) -> usize {
        Side::BOTH.into_iter().filter(|side| self.by.of(*side).is_some()).count()
    }
}

/// Takes a side's signature; what is held then.
pub(crate) async fn submit(
    ctx: &Ctx,
    id: MatchId,
    address: &str,
    signature: &str,
) -> Result<Held, Error> {
    let account = wallet(address)?;
    let read = async move |tx: &mut Tx| stated(tx, id).await;
    let (_, statement) = ctx.store.read(read).await?;
    let statement = statement?;
    statement.side_of(account)?;
    let proof = proof(ctx, &statement, account, signature).await?;
    let now = ctx.clock.now();
    let domain = ctx.config.signing;
    let work = async move |tx: &mut Tx| {
        match keep(tx, &domain, id, (account, &proof), now).await? {
            Accepted::Both(_) => ask_for_postings(tx, id, now).await?,
            Accepted::First(_) | Accepted::Repeat => {}
        }
        Ok::<_, Error>(rows::held(tx, id).await?)
    };
    ctx.store.write(work).await
}

/// A signature that was taken elsewhere is looked at as any other, and its address comes with it.
/// Only those of keys count: no chain is asked.
pub(crate) async fn take_over(
    tx: &mut Tx,
    domain: &Domain,
    id: MatchId,
    (address, signature): (&str, &str),
    at: At,
) -> Result<Accepted, Error> {
    let account = wallet(address)?;
    let (_, statement) = stated(tx, id).await?;
    let statement = statement?;
    statement.side_of(account)?;
    let read: Signature = signature.parse()?;
    match recover(statement.result.clone(), domain, read) {
        Ok(signed) if signed.signer() == account => {
            keep(tx, domain, id, (account, &Proof::Key(signed)), at).await
        }
        Ok(signed) => {
            let recovered = Some(signed.signer());
            Err(Error::Mistaken(mistake(&statement, domain, account, (read, recovered), false)))
        }
        Err(_nobodys) => Err(Error::Mistaken(Mistake::Nobody)),
    }
}

/// Keeps a proof, and asks for the record once both have signed.
async fn keep(
    tx: &mut Tx,
    domain: &Domain,
    id: MatchId,
    (account, proof): (Address, &Proof),
    at: At,
) -> Result<Accepted, Error> {
    let (mut of, statement) = stated(tx, id).await?;
    let statement = statement?;
    let held = rows::held(tx, id).await?;
    let accepted = rules::accept(&statement, &proofs(&statement, domain, &held), proof)?;
    let (side, both) = match accepted {
        Accepted::Repeat => return Ok(accepted),
        Accepted::First(side) => (side, false),
        Accepted::Both(side) => (side, true),
    };
    let kept = Kept {
        address: account.to_checksum(None),
        signature: in_hex(&proof.bytes()),
        by_contract: matches!(proof, Proof::Contract(_)),
        at,
    };
    // Two signatures at once would not see each other.
    match_rows::touch(tx, &mut of);
    rows::insert(tx, id, side, &kept);
    tx.tell(told(&of, side, both, at));
    if both {
        jobs::ask(tx, "record_match", &id.to_string(), "", at);
    }
    Ok(accepted)
}

/// The registry of agents is told what both signed, and of nothing else: whoever can report could
/// otherwise have anything posted.
async fn ask_for_postings(tx: &mut Tx, id: MatchId, at: At) -> Result<(), Error> {
    let of = match_rows::find(tx, id).await?.ok_or(Error::Unknown)?;
    for side in Side::BOTH {
        if of.players.of(side).agent_id.is_some() {
            jobs::ask(tx, "post_rating", &ratings::posting_id(id, side), "", at);
        }
    }
    Ok(())
}

/// What is held of a match.
pub(crate) async fn held(ctx: &Ctx, id: MatchId) -> Result<Held, Error> {
    let read = async move |tx: &mut Tx| {
        match_rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        Ok::<_, Error>(rows::held(tx, id).await?)
    };
    ctx.store.read(read).await
}

/// What a wallet is asked to sign.
pub(crate) async fn typed_data(ctx: &Ctx, id: MatchId) -> Result<Json, Error> {
    let read = async move |tx: &mut Tx| stated(tx, id).await;
    let (_, statement) = ctx.store.read(read).await?;
    Ok(statement?.result.typed_data(&ctx.config.signing))
}

/// The result of a match with the proofs of both sides, for who records it on chain: proved once
/// more from what is stored.
///
/// # Errors
/// The database.
pub async fn both_signed(
    tx: &mut Tx,
    domain: &Domain,
    id: MatchId,
) -> Result<Option<BothSigned>, store::Error> {
    let statement = match stated(tx, id).await {
        Ok((_, Ok(statement))) => statement,
        Ok((_, Err(_nothing))) => return Ok(None),
        Err(Error::Store(error)) => return Err(error),
        Err(_unknown) => return Ok(None),
    };
    let held = rows::held(tx, id).await?;
    let proofs = proofs(&statement, domain, &held);
    Ok(rules::both_signed(statement, proofs))
}

/// The chain has the record: the result is settled. Saying it again changes nothing.
///
/// # Errors
/// The database.
pub async fn recorded(tx: &mut Tx, id: MatchId, now: At) -> Result<(), store::Error> {
    let Some(of) = match_rows::find(tx, id).await? else { return Ok(()) };
    match matches::apply(tx, of, Event::Settle, now).await {
        Ok(_) => Ok(()),
        Err(matches::Error::Store(error)) => Err(error),
        // Results do not change, so there was one when it was signed.
        Err(refused) => {
            tracing::error!(%refused, match.id = %id, "the chain has a record of no result");
            Ok(())
        }
    }
}

async fn stated(tx: &mut Tx, id: MatchId) -> Result<(Match, Result<Statement, Nothing>), Error> {
    let of = match_rows::find(tx, id).await?.ok_or(Error::Unknown)?;
    let decided = results::service::told(tx, id).await?.decided;
    let statement = rules::statement(&of, decided.as_ref());
    Ok((of, statement))
}

/// The key that made it, or the contract that vouches for it, has to be the account.
async fn proof(
    ctx: &Ctx,
    statement: &Statement,
    account: Address,
    signature: &str,
) -> Result<Proof, Error> {
    let domain = &ctx.config.signing;
    let recovered = signature
        .parse::<Signature>()
        .map(|read| (read, recover(statement.result.clone(), domain, read)));
    if let Ok((_, Ok(signed))) = &recovered
        && signed.signer() == account
    {
        return Ok(Proof::Key(signed.clone()));
    }
    let contracts = ctx.contracts.get().is_some();
    let mistaken = recovered.map(|(read, recovered)| {
        let recovered = recovered.ok().as_ref().map(Signed::signer);
        mistake(statement, domain, account, (read, recovered), contracts)
    });
    if let Ok(of_its_key @ (Mistake::OtherChain(..) | Mistake::Swapped(..))) = mistaken {
        // The account has a key, which made it: no contract has to be asked.
        return Err(Error::Mistaken(of_its_key));
    }
    if let Some(contracts) = ctx.contracts.get()
        && let Some(bytes) = from_hex(signature)
    {
        let digest = statement.result.digest(domain);
        match Vouched::by(&**contracts, account, digest, bytes).await {
            Ok(vouched) => return Ok(Proof::Contract(vouched)),
            Err(Answer::Unreachable) => return Err(Error::Unreachable(account)),
            Err(Answer::Refuses | Answer::NoContract | Answer::Accepts) => {}
        }
    }
    Err(Error::Mistaken(mistaken?))
}

/// What probably went wrong. It costs some recoveries more, and only who sends nonsense waits.
fn mistake(
    statement: &Statement,
    domain: &Domain,
    claimed: Address,
    (signature, recovered): (Signature, Option<Address>),
    contracts: bool,
) -> Mistake {
    let Some(recovered) = recovered else { return Mistake::Nobody };
    if statement.side_of(recovered).is_ok() {
        return Mistake::OtherSide { claimed, recovered };
    }
    let signed = |result, domain: &Domain| {
        recover(result, domain, signature).is_ok_and(|it| it.signer() == claimed)
    };
    for elsewhere in Statement::elsewhere(domain) {
        if signed(statement.result.clone(), &elsewhere) {
            return Mistake::OtherChain(claimed, elsewhere.chain_id, domain.chain_id);
        }
    }
    if signed(statement.with_sides_swapped(), domain) {
        return Mistake::Swapped(claimed, statement.result.winner);
    }
    Mistake::Other { claimed, recovered, domain: *domain, contracts }
}

/// What is stored, proved once more. What does not prove anything any more is left out.
fn proofs(statement: &Statement, domain: &Domain, held: &Held) -> Sides<Option<Proof>> {
    let of = |side| {
        let kept = held.by.of(side).as_ref()?;
        if kept.by_contract {
            let bytes = from_hex(&kept.signature)?;
            return Some(Proof::Contract(Vouched::kept(*statement.wallets.of(side), bytes)));
        }
        let signed = recover(statement.result.clone(), domain, kept.signature.parse().ok()?);
        signed.ok().map(Proof::Key)
    };
    Sides { first: of(Side::First), second: of(Side::Second) }
}

fn told(of: &Match, side: Side, both: bool, at: At) -> Draft {
    let identity = of.players.of(side).identity;
    Draft {
        at,
        kind: "match.signed",
        match_id: Some(of.id.to_string()),
        identity_id: identity.map(|id| id.to_string()),
        body: json!({ "side": side, "both": both }),
    }
}

fn hint(contracts: bool) -> &'static str {
    if contracts {
        ""
    } else {
        ". A contract's signature (ERC-1271) is checked on chain, and no chain is configured here"
    }
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if !digits.len().is_multiple_of(2)
        || digits.len() > 2 * CONTRACT_LEN_MAX
        || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}
