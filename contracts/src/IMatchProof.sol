// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What two sides signed about the match they played.
struct MatchResult {
    bytes32 matchId;
    address winner;
    address loser;
    string gameId;
    uint8 winnerScore;
    uint8 loserScore;
    bytes32 replayHash;
    /// When the match ended, in seconds since 1970.
    uint256 timestamp;
}

/// @title What Wager and PredictionPool ask of MatchProof
/// @notice Who played is asked by pair: a match id alone proves nothing about it.
interface IMatchProof {
    function recorded(bytes32 matchId) external view returns (bool);

    function recordedBetween(bytes32 matchId, address a, address b) external view returns (bool);

    function getMatchBetween(bytes32 matchId, address a, address b)
        external
        view
        returns (MatchResult memory);
}
