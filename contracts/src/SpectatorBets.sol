// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {DuelEscrow} from "./DuelEscrow.sol";
import {Parimutuel} from "./Parimutuel.sol";
import {Refereed} from "./Refereed.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// @title SpectatorBets: bets on a duel that DuelEscrow decides
/// @notice The oracle opens a pool and says when betting closes; who won is read from the escrow, and
/// anyone may resolve. Of the pool 5 % is rake, the rest is shared by stake among who bet on the
/// winner. A tie, a cancelled match, or a pool without a bet on the winner is refunded in full.
/// @dev Every match of the escrow ends by itself, so every pool can be resolved. A result that came
/// before betting had closed refunds all: somebody may have bet on what was known.
contract SpectatorBets is TokenLedger, Refereed {
    enum Status {
        None,
        Open,
        Resolved,
        Refunding
    }

    struct Pool {
        Status status;
        bool firstWon;
        uint64 closesAt;
        address player1;
        address player2;
        /// Bets on the first and on the second player.
        uint256 total1;
        uint256 total2;
        /// Winning stakes, and payouts, that are not claimed yet.
        uint256 stakesUnpaid;
        uint256 unpaid;
    }

    uint256 public constant RAKE_BPS = 500;
    uint256 public constant BET_MIN = 10 ether;
    /// For all bets of one account on one match.
    uint256 public constant BET_MAX = 500 ether;
    uint256 public constant BETTING_MAX = 10 minutes;

    DuelEscrow public immutable escrow;
    address public immutable treasury;

    mapping(uint256 matchId => Pool) private _pools;
    mapping(uint256 matchId => mapping(address bettor => uint256)) private _on1;
    mapping(uint256 matchId => mapping(address bettor => uint256)) private _on2;
    mapping(uint256 matchId => mapping(address bettor => bool)) private _claimed;

    event PoolOpened(
        uint256 indexed matchId, address indexed player1, address indexed player2, uint256 closesAt
    );
    event BettingCloses(uint256 indexed matchId, uint256 closesAt);
    event BetPlaced(
        uint256 indexed matchId, address indexed bettor, address indexed player, uint256 amount
    );
    event PoolResolved(
        uint256 indexed matchId, address indexed winner, uint256 totalPool, uint256 rake
    );
    event PoolRefunding(uint256 indexed matchId);
    event PayoutClaimed(uint256 indexed matchId, address indexed bettor, uint256 amount);
    event RoundingKept(uint256 indexed matchId, uint256 amount);

    error PoolNotFound();
    error PoolExists();
    error PoolNotOpen();
    error PoolNotEnded();
    error BadClosingTime(uint256 closesAt);
    error BettingClosed(uint256 closedAt);
    error MatchOver();
    error MatchNotOver();
    error NotAPlayer(address player);
    error PlayersMayNotBet();
    error BetTooSmall(uint256 amount);
    error BetTooLarge(uint256 total);
    error NothingToClaim();

    constructor(DuelEscrow escrow_, address owner_, address oracle_, address treasury_)
        TokenLedger(escrow_.token())
        Refereed(owner_, oracle_)
    {
        if (treasury_ == address(0)) revert InvalidAddress();
        escrow = escrow_;
        treasury = treasury_;
    }

    /// @notice Opens betting on a match until a time.
    function openPool(uint256 matchId, uint256 closesAt) external onlyOracle whenNotPaused {
        if (_pools[matchId].status != Status.None) revert PoolExists();
        if (closesAt <= block.timestamp || closesAt > block.timestamp + BETTING_MAX) {
            revert BadClosingTime(closesAt);
        }
        if (_over(matchId)) revert MatchOver();
        DuelEscrow.Match memory m = escrow.getMatch(matchId);

        Pool storage pool = _pools[matchId];
        pool.status = Status.Open;
        pool.closesAt = uint64(closesAt);
        pool.player1 = m.player1;
        pool.player2 = m.player2;
        emit PoolOpened(matchId, m.player1, m.player2, closesAt);
    }

    /// @notice Closes betting now: the game begins.
    function closeBetting(uint256 matchId) external onlyOracle {
        Pool storage pool = _openPool(matchId);
        if (block.timestamp >= pool.closesAt) revert BettingClosed(pool.closesAt);
        pool.closesAt = uint64(block.timestamp);
        emit BettingCloses(matchId, block.timestamp);
    }

    /// @notice Bets tokens that the caller has approved on one of the two players.
    function bet(uint256 matchId, address player, uint256 amount)
        external
        nonReentrant
        whenNotPaused
    {
        Pool storage pool = _openPool(matchId);
        if (msg.sender == pool.player1 || msg.sender == pool.player2) revert PlayersMayNotBet();
        if (player != pool.player1 && player != pool.player2) revert NotAPlayer(player);
        if (amount < BET_MIN) revert BetTooSmall(amount);
        uint256 before = _on1[matchId][msg.sender] + _on2[matchId][msg.sender];
        if (amount > BET_MAX || before + amount > BET_MAX) revert BetTooLarge(amount);
        if (block.timestamp >= pool.closesAt) revert BettingClosed(pool.closesAt);
        if (_over(matchId)) revert MatchOver();

        if (player == pool.player1) {
            pool.total1 += amount;
            _on1[matchId][msg.sender] += amount;
        } else {
            pool.total2 += amount;
            _on2[matchId][msg.sender] += amount;
        }
        emit BetPlaced(matchId, msg.sender, player, amount);
        _take(msg.sender, amount);
    }

    /// @notice Ends a pool by what the escrow says. Anyone may call it; never paused.
    function resolve(uint256 matchId) external nonReentrant {
        Pool storage pool = _openPool(matchId);
        if (!_over(matchId)) revert MatchNotOver();
        DuelEscrow.Match memory m = escrow.getMatch(matchId);
        bool firstWon = m.winner == pool.player1;
        (uint256 winning, uint256 losing) =
            firstWon ? (pool.total1, pool.total2) : (pool.total2, pool.total1);
        if (m.winner == address(0) || winning == 0 || m.resolvedAt <= pool.closesAt) {
            pool.status = Status.Refunding;
            emit PoolRefunding(matchId);
            return;
        }
        uint256 rake = Parimutuel.rake(winning, losing, RAKE_BPS);
        pool.status = Status.Resolved;
        pool.firstWon = firstWon;
        pool.stakesUnpaid = winning;
        pool.unpaid = winning + losing - rake;
        _owe(treasury, rake);
        emit PoolResolved(matchId, m.winner, winning + losing, rake);
    }

    /// @notice Pays the caller's winnings, or its bets back.
    function claim(uint256 matchId) external {
        claimFor(matchId, msg.sender);
    }

    /// @notice Pays a bettor. Anyone may call it; the tokens go to the bettor.
    function claimFor(uint256 matchId, address bettor) public {
        Pool storage pool = _pool(matchId);
        if (pool.status == Status.Open) revert PoolNotEnded();
        uint256 amount = getClaimable(matchId, bettor);
        if (amount == 0) revert NothingToClaim();

        _claimed[matchId][bettor] = true;
        _owe(bettor, amount);
        emit PayoutClaimed(matchId, bettor, amount);
        if (pool.status == Status.Resolved) {
            pool.unpaid -= amount;
            pool.stakesUnpaid -= pool.firstWon ? _on1[matchId][bettor] : _on2[matchId][bettor];
            if (pool.stakesUnpaid == 0) _keepRounding(matchId, pool);
        }
        withdrawFor(bettor);
    }

    function getPool(uint256 matchId) external view returns (Pool memory) {
        return _pool(matchId);
    }

    function getBets(uint256 matchId, address bettor)
        external
        view
        returns (uint256 on1, uint256 on2)
    {
        return (_on1[matchId][bettor], _on2[matchId][bettor]);
    }

    /// @notice What `claim` would pay this bettor now.
    function getClaimable(uint256 matchId, address bettor) public view returns (uint256) {
        Pool storage pool = _pools[matchId];
        if (_claimed[matchId][bettor]) return 0;
        if (pool.status == Status.Refunding) return _on1[matchId][bettor] + _on2[matchId][bettor];
        if (pool.status != Status.Resolved) return 0;
        return pool.firstWon
            ? Parimutuel.payout(_on1[matchId][bettor], pool.total1, pool.total2, RAKE_BPS)
            : Parimutuel.payout(_on2[matchId][bettor], pool.total2, pool.total1, RAKE_BPS);
    }

    function _keepRounding(uint256 matchId, Pool storage pool) private {
        uint256 rest = pool.unpaid;
        if (rest == 0) return;
        pool.unpaid = 0;
        _owe(treasury, rest);
        emit RoundingKept(matchId, rest);
    }

    function _over(uint256 matchId) private view returns (bool) {
        DuelEscrow.State state = escrow.stateOf(matchId);
        return state == DuelEscrow.State.Resolved || state == DuelEscrow.State.Cancelled;
    }

    function _openPool(uint256 matchId) private view returns (Pool storage pool) {
        pool = _pool(matchId);
        if (pool.status != Status.Open) revert PoolNotOpen();
    }

    function _pool(uint256 matchId) private view returns (Pool storage pool) {
        pool = _pools[matchId];
        if (pool.status == Status.None) revert PoolNotFound();
    }
}
