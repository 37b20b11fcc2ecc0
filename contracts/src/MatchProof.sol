// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IMatchProof, MatchResult} from "./IMatchProof.sol";
import {Signatures} from "./Signatures.sol";

/// @title MatchProof: results that both sides signed
/// @notice Anyone may record a result that carries both signatures. There is no owner, and what is
/// recorded stays.
/// @dev A record belongs to a match id *and* its two sides. Match ids are public, so if one record
/// per id were all, two throw-away keys could take a match's place for the price of its gas, and a
/// loser would get out of a wager that way. `recorded` and `getMatch` answer for an id alone, as the
/// deployed contract does: the first record of an id. Who cares which match it was asks with the pair.
contract MatchProof is IMatchProof, EIP712 {
    bytes32 private constant RESULT_TYPEHASH = keccak256(
        "MatchResult(bytes32 matchId,address winner,address loser,string gameId,uint8 winnerScore,uint8 loserScore,bytes32 replayHash,uint256 timestamp)"
    );

    /// Whether anybody recorded a match under this id.
    mapping(bytes32 matchId => bool) public recorded;

    mapping(bytes32 key => MatchResult) private _results;
    mapping(bytes32 matchId => bytes32 key) private _first;
    mapping(address agent => bytes32[]) private _matchesOf;

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

    error MatchAlreadyRecorded(bytes32 matchId);
    error SameAddress();
    error SignerNotParticipant(address signer);
    error InvalidSignature();

    constructor() EIP712("NoJohns", "1") {}

    /// @notice Records a result. The signatures may come in either order.
    /// @dev A signature that no key made fails with the error of OpenZeppelin's ECDSA, one of a key
    /// that did not play with SignerNotParticipant, two of one side with SameAddress. InvalidSignature
    /// is for a wallet that answers otherwise when it is asked again.
    function recordMatch(MatchResult calldata result, bytes calldata sigA, bytes calldata sigB)
        external
    {
        bytes32 key = _key(result.matchId, result.winner, result.loser);
        if (_results[key].winner != address(0)) revert MatchAlreadyRecorded(result.matchId);
        if (result.winner == result.loser) revert SameAddress();

        bytes32 digest = _digest(result);
        if (!_bothSigned(digest, result.winner, sigA, result.loser, sigB)) {
            if (!_bothSigned(digest, result.loser, sigA, result.winner, sigB)) {
                _refuse(digest, result, sigA, sigB);
            }
        }

        _results[key] = result;
        if (!recorded[result.matchId]) {
            recorded[result.matchId] = true;
            _first[result.matchId] = key;
        }
        _matchesOf[result.winner].push(result.matchId);
        _matchesOf[result.loser].push(result.matchId);
        emit MatchRecorded(
            result.matchId,
            result.winner,
            result.loser,
            result.gameId,
            result.winnerScore,
            result.loserScore,
            result.replayHash,
            result.timestamp
        );
    }

    /// @notice Whether these two, in either order, have a result under this match id.
    function recordedBetween(bytes32 matchId, address a, address b) external view returns (bool) {
        return _results[_key(matchId, a, b)].winner != address(0);
    }

    /// @notice The result of these two under this match id; all zero if there is none.
    function getMatchBetween(bytes32 matchId, address a, address b)
        external
        view
        returns (MatchResult memory)
    {
        return _results[_key(matchId, a, b)];
    }

    /// @notice The first result that was recorded under this match id; all zero if there is none.
    function getMatch(bytes32 matchId) external view returns (MatchResult memory) {
        return _results[_first[matchId]];
    }

    function getMatchesByAgent(address agent) external view returns (bytes32[] memory) {
        return _matchesOf[agent];
    }

    /// @notice What both sides sign.
    function getDigest(MatchResult calldata result) external view returns (bytes32) {
        return _digest(result);
    }

    function _bothSigned(
        bytes32 digest,
        address a,
        bytes calldata sigA,
        address b,
        bytes calldata sigB
    ) private view returns (bool) {
        return Signatures.signedBy(a, digest, sigA) && Signatures.signedBy(b, digest, sigB);
    }

    /// Says what is wrong with two signatures of which it is known that something is.
    function _refuse(
        bytes32 digest,
        MatchResult calldata result,
        bytes calldata sigA,
        bytes calldata sigB
    ) private view {
        address signerA = _signer(digest, result, sigA);
        address signerB = _signer(digest, result, sigB);
        if (signerA == signerB) revert SameAddress();
        revert InvalidSignature();
    }

    function _signer(bytes32 digest, MatchResult calldata result, bytes calldata signature)
        private
        view
        returns (address)
    {
        if (Signatures.signedBy(result.winner, digest, signature)) return result.winner;
        if (Signatures.signedBy(result.loser, digest, signature)) return result.loser;
        revert SignerNotParticipant(Signatures.recover(digest, signature));
    }

    function _digest(MatchResult calldata result) private view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    RESULT_TYPEHASH,
                    result.matchId,
                    result.winner,
                    result.loser,
                    keccak256(bytes(result.gameId)),
                    result.winnerScore,
                    result.loserScore,
                    result.replayHash,
                    result.timestamp
                )
            )
        );
    }

    function _key(bytes32 matchId, address a, address b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(matchId, a, b)) : keccak256(abi.encode(matchId, b, a));
    }
}
