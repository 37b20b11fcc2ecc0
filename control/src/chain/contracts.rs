//! What the contracts are asked and told: their interfaces, as they are deployed.
#![expect(clippy::too_many_arguments, reason = "what is generated takes as many as an event has")]

pub use alloy::primitives::Address;
use alloy::primitives::{Bytes, U256};
use alloy::sol;
use alloy::sol_types::SolCall as _;

/// Where the contracts are. What stands on none is not sent, and waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contracts {
    /// Where matches are recorded.
    pub match_proof: Option<Address>,
    /// Where two agents put up stakes.
    pub wager: Option<Address>,
    /// Where onlookers bet.
    pub prediction_pool: Option<Address>,
    /// Where ratings are posted (ERC-8004).
    pub reputation_registry: Option<Address>,
    /// Where stakes of duels are held.
    pub duel_escrow: Option<Address>,
}

impl Contracts {
    /// Whether one of them tells something that is kept here.
    pub(crate) fn are_followed(&self) -> bool {
        self.wager.or(self.prediction_pool).or(self.duel_escrow).is_some()
    }

    /// Those that are configured, by their names in the configuration.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, Address)> + use<> {
        let Self { match_proof, wager, prediction_pool, reputation_registry, duel_escrow } = *self;
        let all = [
            ("match-proof", match_proof),
            ("wager", wager),
            ("prediction-pool", prediction_pool),
            ("reputation-registry", reputation_registry),
            ("duel-escrow", duel_escrow),
        ];
        all.into_iter().filter_map(|(name, at)| Some((name, at?)))
    }
}

sol! {
    /// Two signatures make a record.
    #[derive(Debug, PartialEq, Eq)]
    interface MatchProof {
        /// What both sides sign.
        struct MatchResult {
            bytes32 matchId;
            address winner;
            address loser;
            string gameId;
            uint8 winnerScore;
            uint8 loserScore;
            bytes32 replayHash;
            uint256 timestamp;
        }

        error MatchAlreadyRecorded(bytes32 matchId);

        function recordMatch(MatchResult calldata result, bytes calldata sigA, bytes calldata sigB) external;
        function recorded(bytes32 matchId) external view returns (bool);
        function getMatch(bytes32 matchId) external view returns (MatchResult memory);
        /// Not of the first deployment.
        function recordedBetween(bytes32 matchId, address a, address b) external view returns (bool);

        event MatchRecorded(
            bytes32 indexed matchId,
            address indexed winner,
            address indexed loser,
            string gameId,
            uint8 winnerScore,
            uint8 loserScore,
            bytes32 replayHash,
            uint256 timestamp
        );
    }

    /// Stakes of two.
    #[derive(Debug, PartialEq, Eq)]
    interface Wager {
        /// One of them; with its text, it is not told like as many single values.
        struct WagerInfo {
            address proposer;
            address opponent;
            string gameId;
            uint256 amount;
            uint8 status;
            uint256 acceptedAt;
            bytes32 matchId;
        }

        /// Not of the first deployment.
        function proposeWagerOnMatch(address opponent, string calldata gameId, bytes32 matchId) external payable returns (uint256 wagerId);
        function acceptWager(uint256 wagerId) external payable;
        function settleWager(uint256 wagerId, bytes32 matchId) external;
        function claimTimeout(uint256 wagerId) external;
        function getWager(uint256 wagerId) external view returns (WagerInfo memory);

        event WagerProposed(uint256 indexed wagerId, address indexed proposer, address indexed opponent, string gameId, uint256 amount);
        /// Not of the first deployment.
        event WagerBound(uint256 indexed wagerId, bytes32 indexed matchId);
        event WagerAccepted(uint256 indexed wagerId, address indexed opponent);
        event WagerSettled(uint256 indexed wagerId, bytes32 indexed matchId, address indexed winner, uint256 payout);
        event WagerCancelled(uint256 indexed wagerId);
        event WagerVoided(uint256 indexed wagerId);
    }

    /// Bets of onlookers.
    #[derive(Debug, PartialEq, Eq)]
    interface PredictionPool {
        function createPool(bytes32 matchId, address playerA, address playerB) external returns (uint256);
        /// Not of the first deployment.
        function createPoolUntil(bytes32 matchId, address playerA, address playerB, uint256 closesAt) external returns (uint256);
        /// Not of the first deployment.
        function closeBetting(uint256 poolId) external;
        function cancelPool(uint256 poolId) external;
        /// Not of the first deployment.
        function bettingClosesAt(uint256 poolId) external view returns (uint256);
        /// Not of the first deployment.
        function findPool(bytes32 matchId) external view returns (bool found, uint256 poolId);
        function resolve(uint256 poolId) external;
        /// Kept of every pool, in hundredths of a percent; it never changes.
        function feeBps() external view returns (uint256);
        function getPool(uint256 poolId) external view returns (
            bytes32 matchId,
            address playerA,
            address playerB,
            uint256 totalA,
            uint256 totalB,
            uint8 status,
            address winner,
            uint256 createdAt
        );

        event PoolCreated(uint256 indexed poolId, bytes32 indexed matchId, address indexed playerA, address playerB);
        event BetPlaced(uint256 indexed poolId, address indexed bettor, bool betOnA, uint256 amount);
        event PoolResolved(uint256 indexed poolId, address indexed winner, uint256 totalPool, uint256 fee);
        event PoolCancelled(uint256 indexed poolId);
        event PayoutClaimed(uint256 indexed poolId, address indexed bettor, uint256 amount);
    }

    /// What the oracle signs to open a duel.
    #[derive(Debug, PartialEq, Eq)]
    struct CreateMatch {
        address player1;
        address player2;
        uint8 tier;
        bytes32 nonce;
    }

    /// What the oracle signs to close it.
    #[derive(Debug, PartialEq, Eq)]
    struct SubmitResult {
        uint256 matchId;
        address winner;
        uint8 outcome;
        bytes32 nonce;
    }

    /// Stakes of a duel.
    #[derive(Debug, PartialEq, Eq)]
    interface DuelEscrow {
        /// What a match has come to, with what each has paid and got back.
        struct Match {
            address player1;
            address player2;
            uint8 tier;
            uint8 state;
            uint8 outcome;
            bool joined1;
            bool joined2;
            bool refunded1;
            bool refunded2;
            uint64 createdAt;
            uint64 startedAt;
            uint64 resolvedAt;
            address oracle;
            address winner;
            uint256 stake;
        }

        function createMatch(address player1, address player2, uint8 tier, bytes calldata signature, bytes32 nonce) external returns (uint256 matchId);
        function submitResult(uint256 matchId, address winner, uint8 outcome, bytes calldata signature, bytes32 nonce) external;
        function matchOfNonce(bytes32 nonce) external view returns (uint256);
        function isNonceUsed(bytes32 nonce) external view returns (bool);
        function joinMatch(uint256 matchId) external;
        function claimRefundFor(uint256 matchId, address player) external;
        function withdrawFor(address account) external;
        function getMatch(uint256 matchId) external view returns (Match memory);
        function owed(address account) external view returns (uint256);

        event MatchCreated(uint256 indexed matchId, address indexed player1, address indexed player2, uint8 tier, uint256 stake, bytes32 nonce);
        event PlayerJoined(uint256 indexed matchId, address indexed player);
        event MatchStarted(uint256 indexed matchId, uint256 prizePool, uint256 timeoutAt);
        event MatchResolved(uint256 indexed matchId, address indexed winner, uint256 winnerPayout, uint8 outcome);
        event MatchCancelled(uint256 indexed matchId);
        event PlayerPaidOut(uint256 indexed matchId, address indexed player, uint256 payout, bool won);
    }

    /// Ratings (ERC-8004).
    #[derive(Debug, PartialEq, Eq)]
    interface ReputationRegistry {
        function giveFeedback(
            uint256 agentId,
            int128 value,
            uint8 valueDecimals,
            string calldata tag1,
            string calldata tag2,
            string calldata endpoint,
            string calldata feedbackURI,
            bytes32 feedbackHash
        ) external;
        function getIdentityRegistry() external view returns (address identityRegistry);
    }

    /// Agents (ERC-8004).
    #[derive(Debug, PartialEq, Eq)]
    interface IdentityRegistry {
        function ownerOf(uint256 agentId) external view returns (address owner);
        function getAgentWallet(uint256 agentId) external view returns (address wallet);
    }
}

/// What a player sends to the escrow to stake.
#[must_use]
pub fn join_match(number: U256) -> Bytes {
    DuelEscrow::joinMatchCall { matchId: number }.abi_encode().into()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{B256, hex};
    use alloy::sol_types::{SolCall, SolEvent, SolStruct as _};

    use super::*;

    #[test]
    fn selectors_are_those_of_the_deployed_contracts() {
        assert_eq!(MatchProof::recordMatchCall::SELECTOR, hex!("01e91b28"));
        assert_eq!(MatchProof::recordedCall::SELECTOR, hex!("d6399790"));
        assert_eq!(MatchProof::getMatchCall::SELECTOR, hex!("fcc6077d"));
        assert_eq!(Wager::settleWagerCall::SELECTOR, hex!("07a5b514"));
        assert_eq!(Wager::claimTimeoutCall::SELECTOR, hex!("86e773f1"));
        assert_eq!(Wager::getWagerCall::SELECTOR, hex!("7a2756f2"));
        assert_eq!(PredictionPool::createPoolCall::SELECTOR, hex!("f0e1e51e"));
        assert_eq!(PredictionPool::resolveCall::SELECTOR, hex!("4f896d4f"));
        assert_eq!(PredictionPool::cancelPoolCall::SELECTOR, hex!("827c7889"));
        assert_eq!(PredictionPool::getPoolCall::SELECTOR, hex!("068bcd8d"));
        assert_eq!(ReputationRegistry::giveFeedbackCall::SELECTOR, hex!("3c036a7e"));
    }

    #[test]
    fn topics_are_those_of_the_deployed_contracts() {
        let ends = |topic: B256| (hex::encode(&topic[..4]), hex::encode(&topic[30..]));
        for (topic, first, last) in [
            (MatchProof::MatchRecorded::SIGNATURE_HASH, "85577f91", "3566"),
            (Wager::WagerProposed::SIGNATURE_HASH, "1f4b3c29", "f365"),
            (Wager::WagerAccepted::SIGNATURE_HASH, "33ab2798", "61a0"),
            (Wager::WagerSettled::SIGNATURE_HASH, "17a11cc7", "abb1"),
            (Wager::WagerCancelled::SIGNATURE_HASH, "64a718eb", "4a23"),
            (Wager::WagerVoided::SIGNATURE_HASH, "63a0db17", "32ce"),
            (PredictionPool::PoolCreated::SIGNATURE_HASH, "2ba8d136", "3431"),
            (PredictionPool::BetPlaced::SIGNATURE_HASH, "4af71b02", "d15f"),
            (PredictionPool::PoolResolved::SIGNATURE_HASH, "c0cd513c", "a989"),
            (PredictionPool::PoolCancelled::SIGNATURE_HASH, "3d229dd6", "76c2"),
            (PredictionPool::PayoutClaimed::SIGNATURE_HASH, "e97cee5a", "c312"),
        ] {
            assert_eq!(ends(topic), (first.to_owned(), last.to_owned()));
        }
    }

    #[test]
    fn the_typed_data_is_that_of_the_deployed_contract() {
        let result = MatchProof::MatchResult {
            matchId: hex!("11e594f481958c10e3015d0bf0447a22f068a8a647f475df15ce2c7ab4b8f3f1")
                .into(),
            winner: "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf".parse().unwrap(),
            loser: "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF".parse().unwrap(),
            gameId: "melee".to_owned(),
            winnerScore: 3,
            loserScore: 0,
            replayHash: B256::ZERO,
            timestamp: U256::from(1_700_000_000),
        };
        let hash = "6a70e2a7c96751e9e0b8c9c9df355ac82735de13e524c51e1d83ad375891f6ae";
        assert_eq!(hex::encode(result.eip712_hash_struct()), hash);
    }
}
