//! The errors of the contracts by their names, so that nobody has to look up a number.

use alloy::primitives::Bytes;
use alloy::sol;
use alloy::sol_types::{ContractError, SolInterface as _};

use self::Refusals::RefusalsErrors;

sol! {
    /// Of every contract that the arena asks or tells, and of what they are built upon.
    #[derive(Debug)]
    interface Refusals {
        error AlreadyClaimed();
        error AlreadyJoined();
        error AlreadyRevoked();
        error BadClosingTime(uint256 closesAt);
        error BettingClosed(uint256 closedAt);
        error BoundToOtherMatch(bytes32 matchId);
        error CannotAcceptOwnWager();
        error ClientsRequired();
        error DeadlinePassed();
        error DeadlineTooFar();
        error ECDSAInvalidSignature();
        error ECDSAInvalidSignatureLength(uint256 length);
        error ECDSAInvalidSignatureS(bytes32 s);
        error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner);
        error ERC721InsufficientApproval(address operator, uint256 tokenId);
        error ERC721InvalidApprover(address approver);
        error ERC721InvalidOperator(address operator);
        error ERC721InvalidOwner(address owner);
        error ERC721InvalidReceiver(address receiver);
        error ERC721InvalidSender(address sender);
        error ERC721NonexistentToken(uint256 tokenId);
        error EmptyURI();
        error EnforcedPause();
        error ExpectedPause();
        error FeedbackNotFound(uint64 feedbackIndex);
        error GameIdTooLong(uint256 length);
        error GameMismatch();
        error InexactTransfer(uint256 expected, uint256 received);
        error InvalidAddress();
        error InvalidMatchState(uint8 actual);
        error InvalidOutcome();
        error InvalidShortString();
        error InvalidSignature();
        error InvalidStakeTier();
        error InvalidWalletSignature();
        error InvalidWinner();
        error MatchAlreadyRecorded(bytes32 matchId);
        error MatchDecided();
        error MatchExpired();
        error MatchNotFound();
        error MatchNotRecorded();
        error MatchOutsideWager(uint256 endedAt, uint256 acceptedAt);
        error MatchTaken(bytes32 matchId, uint256 wagerId);
        error MatchTimedOut();
        error NoBetToRefund();
        error NoPayout();
        error NonceAlreadyUsed();
        error NotAuthorized();
        error NotEnoughGas();
        error NotInvited();
        error NotOpenToYou();
        error NotRefundable();
        error NothingOwed();
        error OfferExpired();
        error OnlyArena();
        error OwnableInvalidOwner(address owner);
        error OwnableUnauthorizedAccount(address account);
        error ParticipantMismatch();
        error PoolExists(uint256 poolId);
        error PoolNotClaimable();
        error PoolNotFound();
        error PoolNotOpen();
        error PoolNotResolved();
        error RakeTooHigh();
        error ReentrancyGuardReentrantCall();
        error ReservedKey();
        error SafeERC20FailedOperation(address token);
        error SameAddress();
        error SelfFeedback();
        error SignerNotParticipant(address signer);
        error StringTooLong(string str);
        error TimeoutNotReached();
        error TooManyDecimals(uint8 decimals);
        error TransferFailed();
        error Unauthorized();
        error ValueTooLarge(int128 value);
        error WagerNotFound();
        error WagerRunning(uint256 wagerId);
        error WinnerNotParticipant();
        error WrongAmount(uint256 expected, uint256 actual);
        error WrongStatus(uint8 expected, uint8 actual);
        error ZeroBet();
        error ZeroMatch();
        error ZeroWallet();
    }
}

/// A refusal in the node's words, and by the name of the contract's error; one that is none of
/// theirs by its number.
pub(super) fn words(message: &str, data: Option<&Bytes>) -> String {
    let Some(data) = data.filter(|data| data.len() >= 4) else { return message.to_owned() };
    match ContractError::<RefusalsErrors>::abi_decode(data) {
        Ok(ContractError::CustomError(error)) => format!("{message}: {}", named(&error)),
        // Nodes say those in their message.
        Ok(ContractError::Revert(_) | ContractError::Panic(_)) => message.to_owned(),
        Err(_) => match data.first_chunk().and_then(|it| RefusalsErrors::name_by_selector(*it)) {
            Some(name) => format!("{message}: {name}"),
            None => format!("{message} ({})", data.slice(..4)),
        },
    }
}

/// Its name, and what it says, without the name of the type around it.
fn named(error: &RefusalsErrors) -> String {
    let text = format!("{error:?}");
    let inner = text.split_once('(').map_or(&*text, |(_, rest)| rest);
    inner.strip_suffix(')').unwrap_or(inner).to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy::primitives::{Address, U256, hex};
    use alloy::sol_types::SolError as _;
    use serde_json::Value as Json;

    use super::*;

    #[test]
    fn every_error_of_the_contracts_has_its_name() {
        for artifact in [
            include_str!("../../../contracts/artifacts/MatchProof.json"),
            include_str!("../../../contracts/artifacts/Wager.json"),
            include_str!("../../../contracts/artifacts/PredictionPool.json"),
            include_str!("../../../contracts/artifacts/ReputationRegistry.json"),
            include_str!("../../../contracts/artifacts/IdentityRegistry.json"),
            include_str!("../../../contracts/artifacts/DuelEscrow.json"),
        ] {
            let artifact: Json = serde_json::from_str(artifact).unwrap();
            let errors = artifact["abi"].as_array().unwrap();
            let known: BTreeSet<_> = RefusalsErrors::selectors().collect();
            for error in errors.iter().filter(|it| it["type"] == "error") {
                let inputs = error["inputs"].as_array().unwrap().iter();
                let inputs: Vec<_> = inputs.map(|it| it["type"].as_str().unwrap()).collect();
                let text = format!("{}({})", error["name"].as_str().unwrap(), inputs.join(","));
                let hash = alloy::primitives::keccak256(&text);
                assert!(known.contains(&hash[..4]), "{text}");
            }
        }
    }

    #[test]
    fn a_refusal_says_what_and_why() {
        let said = |data: Vec<u8>| words("execution reverted", Some(&data.into()));
        assert_eq!(said(hex!("747b24de").to_vec()), "execution reverted: MatchOutsideWager");
        let exists = Refusals::PoolExists { poolId: U256::from(7) }.abi_encode();
        assert_eq!(said(exists), "execution reverted: PoolExists { poolId: 7 }");
        let only = Refusals::OnlyArena {}.abi_encode();
        assert_eq!(said(only), "execution reverted: OnlyArena");
        let signer = Address::repeat_byte(1);
        let named = said(Refusals::SignerNotParticipant { signer }.abi_encode());
        assert!(named.contains("SignerNotParticipant") && named.contains(&signer.to_string()));
        assert_eq!(said(hex!("01020304").to_vec()), "execution reverted (0x01020304)");
        let text = hex!(
            "08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026e6f000000000000000000000000000000000000000000000000000000000000"
        );
        assert_eq!(said(text.to_vec()), "execution reverted");
        assert_eq!(words("no", None), "no");
    }
}
