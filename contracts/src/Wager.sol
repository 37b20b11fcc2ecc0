// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMatchProof, MatchResult} from "./IMatchProof.sol";
import {Payments} from "./Payments.sol";

/// @title Wager: two sides stake the same on the match between them
/// @notice The winner of the recorded match gets both stakes. There is no owner and no fee; anyone
/// may settle, and anyone may send stakes back once their time is over.
/// @dev A match settles a wager only if it was played between its two sides, in its game, ended after
/// the wager was accepted, and settled no other wager of theirs. Two ways lead there:
/// - bound: the proposer names the match. Only it settles the wager, and it settles no other.
/// - unbound, as the deployed contract has it: any such match. A pair has at most one accepted at a
///   time for each game, or the loser could choose which of several a match settles.
contract Wager is Payments {
    enum WagerStatus {
        Open,
        Accepted,
        Settled,
        Cancelled,
        Voided
    }

    struct WagerInfo {
        address proposer;
        /// Zero while anyone may accept.
        address opponent;
        string gameId;
        uint256 amount;
        WagerStatus status;
        /// Zero while open.
        uint256 acceptedAt;
        /// The match that settled it, or that it is bound to; else zero.
        bytes32 matchId;
    }

    /// How long an offer stands, and how long the two sides of an accepted wager have to play.
    uint256 public constant TIMEOUT = 1 hours;

    /// How far a match's clock may be ahead of the chain's. A match dated later is not believed: a
    /// date in milliseconds would otherwise come after every wager.
    uint256 public constant CLOCK_SKEW = 5 minutes;

    uint256 public constant GAME_ID_MAX_BYTES = 64;

    IMatchProof public immutable matchProof;

    /// Stakes of wagers that are open or accepted.
    uint256 public totalStaked;

    WagerInfo[] private _wagers;
    mapping(uint256 wagerId => uint256) private _proposedAt;
    mapping(uint256 wagerId => bool) private _bound;
    mapping(address agent => uint256[]) private _wagersOf;

    /// Wager ids plus one, by pair and match: what that match settled, or has to settle.
    mapping(bytes32 key => uint256) private _claims;

    /// Wager ids plus one, by pair and game: the unbound wager that is accepted.
    mapping(bytes32 key => uint256) private _running;

    event WagerProposed(
        uint256 indexed wagerId,
        address indexed proposer,
        address indexed opponent,
        string gameId,
        uint256 amount
    );
    event WagerBound(uint256 indexed wagerId, bytes32 indexed matchId);
    event WagerAccepted(uint256 indexed wagerId, address indexed acceptor);
    event WagerSettled(
        uint256 indexed wagerId, bytes32 indexed matchId, address indexed winner, uint256 payout
    );
    event WagerCancelled(uint256 indexed wagerId);
    event WagerVoided(uint256 indexed wagerId);

    error WagerNotFound();
    error WrongStatus(WagerStatus expected, WagerStatus actual);
    error NotAuthorized();
    error WrongAmount(uint256 expected, uint256 actual);
    error CannotAcceptOwnWager();
    error NotOpenToYou();
    error MatchNotRecorded();
    error ParticipantMismatch();
    error TimeoutNotReached();
    error GameIdTooLong(uint256 length);
    error ZeroMatch();
    error OfferExpired();
    error WagerRunning(uint256 wagerId);
    error MatchTaken(bytes32 matchId, uint256 wagerId);
    error BoundToOtherMatch(bytes32 matchId);
    error GameMismatch();
    error MatchOutsideWager(uint256 endedAt, uint256 acceptedAt);

    constructor(address matchProof_) {
        matchProof = IMatchProof(matchProof_);
    }

    /// @notice Stakes what is sent on the next match of this game against `opponent`, or against
    /// whoever accepts if it is zero.
    function proposeWager(address opponent, string calldata gameId)
        external
        payable
        nonReentrant
        returns (uint256 wagerId)
    {
        return _propose(opponent, gameId, 0);
    }

    /// @notice Stakes what is sent on one match.
    function proposeWagerOnMatch(address opponent, string calldata gameId, bytes32 matchId)
        external
        payable
        nonReentrant
        returns (uint256 wagerId)
    {
        if (matchId == 0) revert ZeroMatch();
        wagerId = _propose(opponent, gameId, matchId);
        _bound[wagerId] = true;
        emit WagerBound(wagerId, matchId);
    }

    /// @notice Stakes the same against the proposer.
    function acceptWager(uint256 wagerId) external payable nonReentrant {
        WagerInfo storage w = _wager(wagerId, WagerStatus.Open);
        if (msg.sender == w.proposer) revert CannotAcceptOwnWager();
        if (w.opponent != address(0) && w.opponent != msg.sender) revert NotOpenToYou();
        if (msg.value != w.amount) revert WrongAmount(w.amount, msg.value);
        if (block.timestamp >= _proposedAt[wagerId] + TIMEOUT) revert OfferExpired();

        w.opponent = msg.sender;
        w.status = WagerStatus.Accepted;
        w.acceptedAt = block.timestamp;
        if (_bound[wagerId]) {
            _claim(wagerId, w, w.matchId);
        } else {
            bytes32 game = _gameKey(w);
            if (_running[game] != 0) revert WagerRunning(_running[game] - 1);
            _running[game] = wagerId + 1;
        }
        totalStaked += msg.value;
        _wagersOf[msg.sender].push(wagerId);
        emit WagerAccepted(wagerId, msg.sender);
    }

    /// @notice Pays both stakes to the winner of a recorded match. Anyone may call it.
    function settleWager(uint256 wagerId, bytes32 matchId) external nonReentrant {
        WagerInfo storage w = _wager(wagerId, WagerStatus.Accepted);
        if (_bound[wagerId]) {
            if (w.matchId != matchId) revert BoundToOtherMatch(w.matchId);
        } else {
            _claim(wagerId, w, matchId);
            delete _running[_gameKey(w)];
        }
        address winner = _winner(w, matchId);

        w.status = WagerStatus.Settled;
        w.matchId = matchId;
        uint256 payout = w.amount * 2;
        totalStaked -= payout;
        emit WagerSettled(wagerId, matchId, winner, payout);
        _pay(winner, payout);
    }

    /// @notice Takes an offer back that nobody accepted: the proposer at any time, anyone once it
    /// has stood for TIMEOUT. The stake goes to the proposer.
    function cancelWager(uint256 wagerId) external nonReentrant {
        WagerInfo storage w = _wager(wagerId, WagerStatus.Open);
        bool over = block.timestamp >= _proposedAt[wagerId] + TIMEOUT;
        if (msg.sender != w.proposer && !over) revert NotAuthorized();

        w.status = WagerStatus.Cancelled;
        totalStaked -= w.amount;
        emit WagerCancelled(wagerId);
        _pay(w.proposer, w.amount);
    }

    /// @notice Gives both stakes back once TIMEOUT has passed since acceptance. Anyone may call it.
    function claimTimeout(uint256 wagerId) external nonReentrant {
        WagerInfo storage w = _wager(wagerId, WagerStatus.Accepted);
        if (block.timestamp < w.acceptedAt + TIMEOUT) revert TimeoutNotReached();

        w.status = WagerStatus.Voided;
        if (_bound[wagerId]) delete _claims[_matchKey(w, w.matchId)];
        else delete _running[_gameKey(w)];
        totalStaked -= w.amount * 2;
        emit WagerVoided(wagerId);
        _pay(w.proposer, w.amount);
        _pay(w.opponent, w.amount);
    }

    /// @notice A wager; all zero if there is none.
    function getWager(uint256 wagerId) external view returns (WagerInfo memory info) {
        if (wagerId < _wagers.length) info = _wagers[wagerId];
    }

    function getWagersByAgent(address agent) external view returns (uint256[] memory) {
        return _wagersOf[agent];
    }

    /// @notice How many wagers there are; their ids count from 0.
    function wagerCount() external view returns (uint256) {
        return _wagers.length;
    }

    /// @notice Whether a wager is bound to its match, and until when its offer stands.
    function getOffer(uint256 wagerId) external view returns (bool bound, uint256 standsUntil) {
        if (wagerId >= _wagers.length) revert WagerNotFound();
        return (_bound[wagerId], _proposedAt[wagerId] + TIMEOUT);
    }

    function _propose(address opponent, string calldata gameId, bytes32 matchId)
        private
        returns (uint256 wagerId)
    {
        require(msg.value > 0, "Must send MON");
        if (opponent == msg.sender) revert CannotAcceptOwnWager();
        if (bytes(gameId).length > GAME_ID_MAX_BYTES) revert GameIdTooLong(bytes(gameId).length);

        wagerId = _wagers.length;
        _wagers.push(
            WagerInfo(msg.sender, opponent, gameId, msg.value, WagerStatus.Open, 0, matchId)
        );
        _proposedAt[wagerId] = block.timestamp;
        totalStaked += msg.value;
        _wagersOf[msg.sender].push(wagerId);
        emit WagerProposed(wagerId, msg.sender, opponent, gameId, msg.value);
    }

    /// The winner of a match, if it is one that settles this wager.
    function _winner(WagerInfo storage w, bytes32 matchId) private view returns (address) {
        if (!matchProof.recordedBetween(matchId, w.proposer, w.opponent)) {
            if (matchProof.recorded(matchId)) revert ParticipantMismatch();
            revert MatchNotRecorded();
        }
        MatchResult memory result = matchProof.getMatchBetween(matchId, w.proposer, w.opponent);
        if (keccak256(bytes(result.gameId)) != keccak256(bytes(w.gameId))) revert GameMismatch();
        if (result.timestamp <= w.acceptedAt || result.timestamp > block.timestamp + CLOCK_SKEW) {
            revert MatchOutsideWager(result.timestamp, w.acceptedAt);
        }
        return result.winner;
    }

    /// Takes a match for a wager, so that it settles no other of this pair.
    function _claim(uint256 wagerId, WagerInfo storage w, bytes32 matchId) private {
        bytes32 key = _matchKey(w, matchId);
        if (_claims[key] != 0) revert MatchTaken(matchId, _claims[key] - 1);
        _claims[key] = wagerId + 1;
    }

    /// The wager, if it exists and has this status.
    function _wager(uint256 wagerId, WagerStatus status)
        private
        view
        returns (WagerInfo storage w)
    {
        if (wagerId >= _wagers.length) revert WagerNotFound();
        w = _wagers[wagerId];
        if (w.status != status) revert WrongStatus(status, w.status);
    }

    function _matchKey(WagerInfo storage w, bytes32 matchId) private view returns (bytes32) {
        return _pairKey(w.proposer, w.opponent, matchId);
    }

    function _gameKey(WagerInfo storage w) private view returns (bytes32) {
        return _pairKey(w.proposer, w.opponent, keccak256(bytes(w.gameId)));
    }

    function _pairKey(address a, address b, bytes32 what) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(what, a, b)) : keccak256(abi.encode(what, b, a));
    }
}
