// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Parimutuel} from "./Parimutuel.sol";
import {Refereed} from "./Refereed.sol";
import {Signatures} from "./Signatures.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// @title DuelEscrow: two players stake the same, the oracle says who won
/// @notice Stakes go to the two players and, of a match that was played, the rake to the treasury;
/// never elsewhere. A match that is not joined or not decided in time is refunded in full.
/// @dev Its oracle is fixed when a match is created: an owner who names another has no say in a match
/// under way, except to cancel it, which refunds. Results count strictly before a match's time is
/// over and refunds from then on, so the two never race.
contract DuelEscrow is TokenLedger, Refereed, EIP712 {
    enum State {
        None,
        Created,
        Waiting,
        Active,
        Resolved,
        Cancelled
    }

    enum Outcome {
        None,
        Win,
        Tie,
        Forfeit,
        Timeout
    }

    struct Match {
        address player1;
        address player2;
        uint8 tier;
        /// As stored; `stateOf` also knows what the time has made of it.
        State state;
        Outcome outcome;
        bool joined1;
        bool joined2;
        bool refunded1;
        bool refunded2;
        uint64 createdAt;
        /// When the second player joined; zero before.
        uint64 startedAt;
        uint64 resolvedAt;
        address oracle;
        address winner;
        /// What each player stakes.
        uint256 stake;
    }

    /// How long both players have to join.
    uint256 public constant MATCH_EXPIRY = 5 minutes;

    /// How long after the second join a result counts.
    uint256 public constant MATCH_TIMEOUT = 3 minutes;

    uint256 public constant RAKE_BPS_MAX = 1_000;
    uint8 public constant TIERS = 4;

    bytes32 public constant gameId = keccak256("CODE_DUEL");

    bytes32 private constant CREATE_TYPEHASH =
        keccak256("CreateMatch(address player1,address player2,uint8 tier,bytes32 nonce)");
    bytes32 private constant RESULT_TYPEHASH =
        keccak256("SubmitResult(uint256 matchId,address winner,uint8 outcome,bytes32 nonce)");

    uint256 public immutable rakeBps;
    address public immutable treasury;

    /// How many matches there are; their ids count from 1.
    uint256 public matchCount;

    mapping(bytes32 nonce => bool) public isNonceUsed;

    /// The match that was created with a nonce, or 0.
    mapping(bytes32 nonce => uint256) public matchOfNonce;

    mapping(uint256 matchId => Match) private _matches;

    event MatchCreated(
        uint256 indexed matchId,
        address indexed player1,
        address indexed player2,
        uint8 tier,
        uint256 stake,
        bytes32 nonce
    );
    event PlayerJoined(uint256 indexed matchId, address indexed player);
    event MatchStarted(uint256 indexed matchId, uint256 prizePool, uint256 timeoutAt);
    event MatchResolved(
        uint256 indexed matchId, address indexed winner, uint256 winnerPayout, Outcome outcome
    );
    event MatchCancelled(uint256 indexed matchId);
    event PlayerPaidOut(
        uint256 indexed matchId, address indexed player, uint256 payout, bool won
    );

    error MatchNotFound();
    error InvalidMatchState(State actual);
    error NotInvited();
    error AlreadyJoined();
    error InvalidStakeTier();
    error MatchExpired();
    error MatchTimedOut();
    error InvalidSignature();
    error InvalidOutcome();
    error InvalidWinner();
    error NonceAlreadyUsed();
    error NotRefundable();
    error RakeTooHigh();

    constructor(IERC20 token_, address owner_, address oracle_, address treasury_, uint256 rakeBps_)
        TokenLedger(token_)
        Refereed(owner_, oracle_)
        EIP712("DuelEscrow", "1")
    {
        if (treasury_ == address(0)) revert InvalidAddress();
        if (rakeBps_ > RAKE_BPS_MAX) revert RakeTooHigh();
        treasury = treasury_;
        rakeBps = rakeBps_;
    }

    /// @notice Creates a match that the oracle signed. Anyone may bring the signature.
    function createMatch(
        address player1,
        address player2,
        uint8 tier,
        bytes calldata signature,
        bytes32 nonce
    ) external whenNotPaused returns (uint256 matchId) {
        if (player1 == address(0) || player2 == address(0) || player1 == player2) {
            revert InvalidAddress();
        }
        uint256 stake = getStakeAmount(tier);
        _useNonce(nonce);
        _checkSigned(oracle, createDigest(player1, player2, tier, nonce), signature);

        matchId = ++matchCount;
        matchOfNonce[nonce] = matchId;
        Match storage m = _matches[matchId];
        m.player1 = player1;
        m.player2 = player2;
        m.tier = tier;
        m.state = State.Created;
        m.createdAt = uint64(block.timestamp);
        m.oracle = oracle;
        m.stake = stake;
        emit MatchCreated(matchId, player1, player2, tier, stake, nonce);
    }

    /// @notice Stakes the caller's part, which it has approved. The second to join starts the match.
    function joinMatch(uint256 matchId) external nonReentrant whenNotPaused {
        Match storage m = _match(matchId);
        if (msg.sender != m.player1 && msg.sender != m.player2) revert NotInvited();
        if (m.state != State.Created && m.state != State.Waiting) revert InvalidMatchState(m.state);
        if (_joined(m, msg.sender)) revert AlreadyJoined();
        if (block.timestamp >= m.createdAt + MATCH_EXPIRY) revert MatchExpired();

        if (msg.sender == m.player1) m.joined1 = true;
        else m.joined2 = true;
        emit PlayerJoined(matchId, msg.sender);
        if (m.state == State.Created) {
            m.state = State.Waiting;
        } else {
            m.state = State.Active;
            m.startedAt = uint64(block.timestamp);
            emit MatchStarted(matchId, 2 * m.stake, block.timestamp + MATCH_TIMEOUT);
        }
        _take(msg.sender, m.stake);
    }

    /// @notice Ends a match by what its oracle signed. Anyone may bring the signature; never paused.
    /// @param winner One of the two for a win or a forfeit, else zero.
    function submitResult(
        uint256 matchId,
        address winner,
        uint8 outcome,
        bytes calldata signature,
        bytes32 nonce
    ) external nonReentrant {
        Match storage m = _match(matchId);
        if (m.state != State.Active) revert InvalidMatchState(m.state);
        if (block.timestamp >= m.startedAt + MATCH_TIMEOUT) revert MatchTimedOut();
        _checkOutcome(m, winner, outcome);
        _useNonce(nonce);
        _checkSigned(m.oracle, resultDigest(matchId, winner, outcome, nonce), signature);

        m.outcome = Outcome(outcome);
        m.resolvedAt = uint64(block.timestamp);
        if (m.outcome == Outcome.Timeout) {
            m.state = State.Cancelled;
            emit MatchCancelled(matchId);
            return;
        }
        m.state = State.Resolved;
        m.winner = winner;
        _divide(matchId, m);
    }

    /// @notice Pays the caller its stake in a match that was cancelled or whose time is over.
    function claimRefund(uint256 matchId) external {
        claimRefundFor(matchId, msg.sender);
    }

    /// @notice Pays a player its stake back. Anyone may call it; the tokens go to the player.
    function claimRefundFor(uint256 matchId, address player) public {
        Match storage m = _match(matchId);
        if (player != m.player1 && player != m.player2) revert NotInvited();
        if (stateOf(matchId) != State.Cancelled) revert NotRefundable();
        if (m.state != State.Cancelled) {
            m.state = State.Cancelled;
            emit MatchCancelled(matchId);
        }
        bool first = player == m.player1;
        if (!_joined(m, player) || (first ? m.refunded1 : m.refunded2)) revert NotRefundable();

        if (first) m.refunded1 = true;
        else m.refunded2 = true;
        _owe(player, m.stake);
        emit PlayerPaidOut(matchId, player, m.stake, false);
        withdrawFor(player);
    }

    /// @notice Cancels a match that is not decided; its stakes can be refunded at once.
    function emergencyCancel(uint256 matchId, string calldata) external onlyOwner {
        Match storage m = _match(matchId);
        if (m.state == State.Resolved || m.state == State.Cancelled) {
            revert InvalidMatchState(m.state);
        }
        m.state = State.Cancelled;
        emit MatchCancelled(matchId);
    }

    function getMatch(uint256 matchId) external view returns (Match memory) {
        return _match(matchId);
    }

    /// @notice The state of a match now: one whose time is over is cancelled, whether or not anybody
    /// has said so yet.
    function stateOf(uint256 matchId) public view returns (State) {
        Match storage m = _match(matchId);
        bool waits = m.state == State.Created || m.state == State.Waiting;
        if (waits && block.timestamp >= m.createdAt + MATCH_EXPIRY) return State.Cancelled;
        if (m.state == State.Active && block.timestamp >= m.startedAt + MATCH_TIMEOUT) {
            return State.Cancelled;
        }
        return m.state;
    }

    /// @notice What each side stakes in a tier, in the token's smallest unit (18 decimals).
    function getStakeAmount(uint8 tier) public pure returns (uint256) {
        if (tier == 0) return 50 ether;
        if (tier == 1) return 150 ether;
        if (tier == 2) return 300 ether;
        if (tier == 3) return 500 ether;
        revert InvalidStakeTier();
    }

    function currentSessionId() external view returns (uint256) {
        return matchCount;
    }

    /// @notice The state in the words of the arcade: 0 none, 1 betting, 3 active, 5 settled,
    /// 6 cancelled.
    function getSessionState(uint256 matchId) external view returns (uint8) {
        if (matchId == 0 || matchId > matchCount) return 0;
        State state = stateOf(matchId);
        if (state == State.Created || state == State.Waiting) return 1;
        if (state == State.Active) return 3;
        return state == State.Resolved ? 5 : 6;
    }

    function isPlayerInSession(uint256 matchId, address player) external view returns (bool) {
        return _joined(_matches[matchId], player);
    }

    /// @notice What was staked in a match so far.
    function getSessionPrizePool(uint256 matchId) external view returns (uint256) {
        Match storage m = _matches[matchId];
        return m.stake * ((m.joined1 ? 1 : 0) + (m.joined2 ? 1 : 0));
    }

    /// @notice What the oracle signs to create a match (EIP-712).
    function createDigest(address player1, address player2, uint8 tier, bytes32 nonce)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(CREATE_TYPEHASH, player1, player2, tier, nonce))
        );
    }

    /// @notice What the oracle signs to end a match (EIP-712).
    function resultDigest(uint256 matchId, address winner, uint8 outcome, bytes32 nonce)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(RESULT_TYPEHASH, matchId, winner, outcome, nonce))
        );
    }

    /// @notice The digest that the arcade's own escrow would have signed (EIP-191), for comparison.
    /// This contract takes no signature of it.
    function legacyCreateDigest(address player1, address player2, uint8 tier, bytes32 nonce)
        external
        view
        returns (bytes32)
    {
        return MessageHashUtils.toEthSignedMessageHash(
            keccak256(
                abi.encodePacked(
                    "CREATE_MATCH", player1, player2, tier, nonce, block.chainid, address(this)
                )
            )
        );
    }

    /// @notice As `legacyCreateDigest`, for a result.
    function legacyResultDigest(uint256 matchId, address winner, uint8 outcome, bytes32 nonce)
        external
        view
        returns (bytes32)
    {
        return MessageHashUtils.toEthSignedMessageHash(
            keccak256(
                abi.encodePacked(
                    "SUBMIT_RESULT", matchId, winner, outcome, nonce, block.chainid, address(this)
                )
            )
        );
    }

    /// Owes the pot to whom the outcome gives it. The rake is what the players are not given, so what
    /// a tie cannot halve goes there.
    function _divide(uint256 matchId, Match storage m) private {
        uint256 pot = 2 * m.stake;
        uint256 net = pot - Parimutuel.rake(m.stake, m.stake, rakeBps);
        bool tie = m.outcome == Outcome.Tie;
        uint256 share = tie ? net / 2 : net;
        emit MatchResolved(matchId, m.winner, tie ? 0 : share, m.outcome);
        if (tie) {
            _award(matchId, m.player1, share, false);
            _award(matchId, m.player2, share, false);
        } else {
            _award(matchId, m.winner, share, true);
        }
        _owe(treasury, pot - (tie ? 2 * share : share));
    }

    function _award(uint256 matchId, address player, uint256 amount, bool won) private {
        _owe(player, amount);
        emit PlayerPaidOut(matchId, player, amount, won);
    }

    function _checkOutcome(Match storage m, address winner, uint8 outcome) private view {
        if (outcome == 0 || outcome > uint8(Outcome.Timeout)) revert InvalidOutcome();
        bool decided = outcome == uint8(Outcome.Win) || outcome == uint8(Outcome.Forfeit);
        bool legal = decided
            ? winner == m.player1 || winner == m.player2
            : winner == address(0);
        if (!legal) revert InvalidWinner();
    }

    function _checkSigned(address signer, bytes32 digest, bytes calldata signature) private view {
        if (!Signatures.signedBy(signer, digest, signature)) revert InvalidSignature();
    }

    function _useNonce(bytes32 nonce) private {
        if (isNonceUsed[nonce]) revert NonceAlreadyUsed();
        isNonceUsed[nonce] = true;
    }

    function _joined(Match storage m, address player) private view returns (bool) {
        return (player == m.player1 && m.joined1) || (player == m.player2 && m.joined2);
    }

    function _match(uint256 matchId) private view returns (Match storage m) {
        m = _matches[matchId];
        if (m.state == State.None) revert MatchNotFound();
    }
}
