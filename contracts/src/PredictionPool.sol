// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMatchProof, MatchResult} from "./IMatchProof.sol";
import {Parimutuel} from "./Parimutuel.sol";
import {Payments} from "./Payments.sol";

/// @title PredictionPool: spectators bet on who wins a recorded match
/// @notice The arena opens pools and says when betting closes. It decides nothing else: MatchProof
/// says who won, anyone may resolve, and each bettor fetches what is theirs.
/// @dev Betting closes by itself at a time that is set when a pool is opened, or earlier. If the match
/// turns out to have ended before that, somebody may have bet on what was known, so all are refunded.
/// Once the match is recorded a pool can only be resolved: neither the arena nor a loser can cancel
/// a bet that was won.
contract PredictionPool is Payments {
    enum PoolStatus {
        Open,
        Resolved,
        Cancelled
    }

    struct Pool {
        bytes32 matchId;
        address playerA;
        address playerB;
        uint256 totalA;
        uint256 totalB;
        PoolStatus status;
        address winner;
        uint256 createdAt;
    }

    /// From when on anyone may cancel a pool whose match was not recorded.
    uint256 public constant POOL_TIMEOUT = 2 hours;

    /// How long betting is open unless the arena says otherwise: a ready check and a countdown.
    uint256 public constant BETTING_WINDOW = 30 seconds;

    /// How far a match's clock may be ahead of the chain's; a match dated later is not believed.
    uint256 public constant CLOCK_SKEW = 5 minutes;

    uint256 public constant FEE_BPS_MAX = 1_000;

    IMatchProof public immutable matchProof;
    address public immutable arena;
    uint256 public immutable feeBps;

    /// Fees and what rounding left, not withdrawn yet.
    uint256 public accumulatedFees;

    /// Bets of all pools that are neither paid, refunded nor taken as fees.
    uint256 public totalHeld;

    Pool[] private _pools;
    mapping(uint256 poolId => uint256) private _closesAt;
    /// Stakes of the winning side that are not paid yet.
    mapping(uint256 poolId => uint256) private _unpaidStakes;
    /// What is left of a resolved pool's payouts.
    mapping(uint256 poolId => uint256) private _unpaid;
    mapping(uint256 poolId => mapping(address bettor => uint256)) private _onA;
    mapping(uint256 poolId => mapping(address bettor => uint256)) private _onB;
    mapping(uint256 poolId => mapping(address bettor => bool)) private _claimed;
    /// Pool ids plus one.
    mapping(bytes32 matchId => uint256) private _poolOf;

    event PoolCreated(
        uint256 indexed poolId, bytes32 indexed matchId, address indexed playerA, address playerB
    );
    event BettingCloses(uint256 indexed poolId, uint256 closesAt);
    event BetPlaced(uint256 indexed poolId, address indexed bettor, bool betOnA, uint256 amount);
    event PoolResolved(
        uint256 indexed poolId, address indexed winner, uint256 totalPool, uint256 fee
    );
    event PoolCancelled(uint256 indexed poolId);
    event PayoutClaimed(uint256 indexed poolId, address indexed bettor, uint256 amount);
    event RoundingKept(uint256 indexed poolId, uint256 amount);
    event FeesWithdrawn(address indexed to, uint256 amount);

    error OnlyArena();
    error PoolNotFound();
    error PoolNotOpen();
    error PoolNotResolved();
    error PoolNotClaimable();
    error MatchNotRecorded();
    error WinnerNotParticipant();
    error NoBetToRefund();
    error AlreadyClaimed();
    error NoPayout();
    error TimeoutNotReached();
    error ZeroBet();
    error PoolExists(uint256 poolId);
    error BettingClosed(uint256 closedAt);
    error BadClosingTime(uint256 closesAt);
    error MatchDecided();

    modifier onlyArena() {
        if (msg.sender != arena) revert OnlyArena();
        _;
    }

    constructor(address matchProof_, address arena_, uint256 feeBps_) {
        require(feeBps_ <= FEE_BPS_MAX, "Fee too high");
        matchProof = IMatchProof(matchProof_);
        arena = arena_;
        feeBps = feeBps_;
    }

    /// @notice Opens a pool whose betting closes after BETTING_WINDOW.
    function createPool(bytes32 matchId, address playerA, address playerB)
        external
        onlyArena
        returns (uint256 poolId)
    {
        return _create(matchId, playerA, playerB, block.timestamp + BETTING_WINDOW);
    }

    /// @notice Opens a pool whose betting closes at a time.
    function createPoolUntil(bytes32 matchId, address playerA, address playerB, uint256 closesAt)
        external
        onlyArena
        returns (uint256 poolId)
    {
        if (closesAt <= block.timestamp || closesAt > block.timestamp + POOL_TIMEOUT) {
            revert BadClosingTime(closesAt);
        }
        return _create(matchId, playerA, playerB, closesAt);
    }

    /// @notice Closes betting now: the match begins.
    function closeBetting(uint256 poolId) external onlyArena {
        _openPool(poolId);
        if (block.timestamp >= _closesAt[poolId]) revert BettingClosed(_closesAt[poolId]);
        _closesAt[poolId] = block.timestamp;
        emit BettingCloses(poolId, block.timestamp);
    }

    /// @notice Bets what is sent.
    function bet(uint256 poolId, bool betOnA) external payable nonReentrant {
        Pool storage pool = _openPool(poolId);
        if (msg.value == 0) revert ZeroBet();
        if (block.timestamp >= _closesAt[poolId]) revert BettingClosed(_closesAt[poolId]);
        if (_decided(pool)) revert MatchDecided();

        if (betOnA) {
            pool.totalA += msg.value;
            _onA[poolId][msg.sender] += msg.value;
        } else {
            pool.totalB += msg.value;
            _onB[poolId][msg.sender] += msg.value;
        }
        totalHeld += msg.value;
        emit BetPlaced(poolId, msg.sender, betOnA, msg.value);
    }

    /// @notice Ends a pool by the recorded match. Anyone may call it. Bets are refunded if nobody bet
    /// on the winner, or if the match did not end after betting had closed.
    function resolve(uint256 poolId) external nonReentrant {
        Pool storage pool = _openPool(poolId);
        if (!_decided(pool)) {
            if (matchProof.recorded(pool.matchId)) revert WinnerNotParticipant();
            revert MatchNotRecorded();
        }
        MatchResult memory result =
            matchProof.getMatchBetween(pool.matchId, pool.playerA, pool.playerB);
        (uint256 winning, uint256 losing) = result.winner == pool.playerA
            ? (pool.totalA, pool.totalB)
            : (pool.totalB, pool.totalA);
        bool late = result.timestamp <= _closesAt[poolId];
        bool early = result.timestamp > block.timestamp + CLOCK_SKEW;
        if (winning == 0 || late || early) return _cancel(poolId, pool);

        uint256 fee = Parimutuel.rake(winning, losing, feeBps);
        pool.status = PoolStatus.Resolved;
        pool.winner = result.winner;
        _unpaidStakes[poolId] = winning;
        _unpaid[poolId] = winning + losing - fee;
        accumulatedFees += fee;
        totalHeld -= fee;
        emit PoolResolved(poolId, result.winner, winning + losing, fee);
    }

    /// @notice Pays the caller's winnings. The last to claim leaves what rounding left to the fees.
    function claim(uint256 poolId) external nonReentrant {
        Pool storage pool = _pool(poolId);
        if (pool.status != PoolStatus.Resolved) revert PoolNotResolved();
        if (_claimed[poolId][msg.sender]) revert AlreadyClaimed();
        uint256 stake = _winningStake(poolId, pool, msg.sender);
        if (stake == 0) revert NoPayout();

        _claimed[poolId][msg.sender] = true;
        uint256 amount = _payout(pool, stake);
        _unpaid[poolId] -= amount;
        _unpaidStakes[poolId] -= stake;
        totalHeld -= amount;
        if (_unpaidStakes[poolId] == 0) _keepRounding(poolId);
        emit PayoutClaimed(poolId, msg.sender, amount);
        _send(msg.sender, amount, gasleft());
    }

    /// @notice Pays the caller's bets on a cancelled pool back.
    function claimRefund(uint256 poolId) external nonReentrant {
        Pool storage pool = _pool(poolId);
        if (pool.status != PoolStatus.Cancelled) revert PoolNotClaimable();
        if (_claimed[poolId][msg.sender]) revert AlreadyClaimed();
        uint256 amount = _onA[poolId][msg.sender] + _onB[poolId][msg.sender];
        if (amount == 0) revert NoBetToRefund();

        _claimed[poolId][msg.sender] = true;
        totalHeld -= amount;
        emit PayoutClaimed(poolId, msg.sender, amount);
        _send(msg.sender, amount, gasleft());
    }

    /// @notice Cancels a pool whose match is not recorded.
    function cancelPool(uint256 poolId) external onlyArena {
        _cancelUndecided(poolId);
    }

    /// @notice Cancels a pool whose match was not recorded within POOL_TIMEOUT. Anyone may call it.
    function cancelStalePool(uint256 poolId) external {
        if (block.timestamp < _pool(poolId).createdAt + POOL_TIMEOUT) revert TimeoutNotReached();
        _cancelUndecided(poolId);
    }

    function withdrawFees(address to) external onlyArena nonReentrant {
        uint256 amount = accumulatedFees;
        require(amount > 0, "No fees");
        accumulatedFees = 0;
        emit FeesWithdrawn(to, amount);
        _send(to, amount, gasleft());
    }

    /// @notice A pool; all zero if there is none.
    function getPool(uint256 poolId) external view returns (Pool memory pool) {
        if (poolId < _pools.length) pool = _pools[poolId];
    }

    /// @notice The pool of a match, if there is one: ids count from 0.
    function findPool(bytes32 matchId) external view returns (bool exists, uint256 poolId) {
        uint256 found = _poolOf[matchId];
        return found == 0 ? (false, 0) : (true, found - 1);
    }

    /// @notice From when on a pool takes no bets.
    function bettingClosesAt(uint256 poolId) external view returns (uint256) {
        _pool(poolId);
        return _closesAt[poolId];
    }

    function getUserBets(uint256 poolId, address user)
        external
        view
        returns (uint256 onA, uint256 onB)
    {
        return (_onA[poolId][user], _onB[poolId][user]);
    }

    /// @notice What `claim` or `claimRefund` would pay this user now.
    function getClaimable(uint256 poolId, address user) external view returns (uint256) {
        if (poolId >= _pools.length || _claimed[poolId][user]) return 0;
        Pool storage pool = _pools[poolId];
        if (pool.status == PoolStatus.Open) return 0;
        if (pool.status == PoolStatus.Cancelled) return _onA[poolId][user] + _onB[poolId][user];
        return _payout(pool, _winningStake(poolId, pool, user));
    }

    function poolCount() external view returns (uint256) {
        return _pools.length;
    }

    function _create(bytes32 matchId, address playerA, address playerB, uint256 closesAt)
        private
        returns (uint256 poolId)
    {
        require(playerA != playerB, "Same player");
        require(playerA != address(0) && playerB != address(0), "Zero address");
        if (_poolOf[matchId] != 0) revert PoolExists(_poolOf[matchId] - 1);

        poolId = _pools.length;
        _pools.push(
            Pool(matchId, playerA, playerB, 0, 0, PoolStatus.Open, address(0), block.timestamp)
        );
        _poolOf[matchId] = poolId + 1;
        _closesAt[poolId] = closesAt;
        emit PoolCreated(poolId, matchId, playerA, playerB);
        emit BettingCloses(poolId, closesAt);
    }

    function _cancelUndecided(uint256 poolId) private {
        Pool storage pool = _openPool(poolId);
        if (_decided(pool)) revert MatchDecided();
        _cancel(poolId, pool);
    }

    function _cancel(uint256 poolId, Pool storage pool) private {
        pool.status = PoolStatus.Cancelled;
        emit PoolCancelled(poolId);
    }

    function _keepRounding(uint256 poolId) private {
        uint256 rest = _unpaid[poolId];
        if (rest == 0) return;
        _unpaid[poolId] = 0;
        accumulatedFees += rest;
        totalHeld -= rest;
        emit RoundingKept(poolId, rest);
    }

    function _decided(Pool storage pool) private view returns (bool) {
        return matchProof.recordedBetween(pool.matchId, pool.playerA, pool.playerB);
    }

    function _winningStake(uint256 poolId, Pool storage pool, address bettor)
        private
        view
        returns (uint256)
    {
        return pool.winner == pool.playerA ? _onA[poolId][bettor] : _onB[poolId][bettor];
    }

    function _payout(Pool storage pool, uint256 stake) private view returns (uint256) {
        (uint256 winning, uint256 losing) = pool.winner == pool.playerA
            ? (pool.totalA, pool.totalB)
            : (pool.totalB, pool.totalA);
        return Parimutuel.payout(stake, winning, losing, feeBps);
    }

    function _openPool(uint256 poolId) private view returns (Pool storage pool) {
        pool = _pool(poolId);
        if (pool.status != PoolStatus.Open) revert PoolNotOpen();
    }

    function _pool(uint256 poolId) private view returns (Pool storage) {
        if (poolId >= _pools.length) revert PoolNotFound();
        return _pools[poolId];
    }
}
