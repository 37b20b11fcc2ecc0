// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Parimutuel} from "./Parimutuel.sol";
import {Refereed} from "./Refereed.sol";
import {Signatures} from "./Signatures.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// @title BountyPool: entries of a game of many, divided as its oracle signed
/// @notice What the oracle signs must give every unit of the pool less the rake, to players of that
/// round only. A round that too few joined, that is cancelled, or that is not settled in time is
/// refunded in full; anyone may see to it.
contract BountyPool is TokenLedger, Refereed, EIP712 {
    enum State {
        None,
        /// Players may join.
        Registration,
        /// Enough have joined, and nobody may any more.
        Active,
        Settled,
        /// Every player may have its entry back.
        Refunding
    }

    struct Round {
        bool settled;
        bool cancelled;
        uint16 playersMin;
        uint16 playersMax;
        uint16 players;
        uint64 closesAt;
        uint64 endsAt;
        address oracle;
        uint256 entry;
    }

    uint16 public constant PLAYERS_MAX = 64;
    uint256 public constant RAKE_BPS_MAX = 1_000;
    uint256 public constant REGISTRATION_MAX = 1 hours;
    uint256 public constant ROUND_MAX = 1 days;

    bytes32 private constant SETTLE_TYPEHASH =
        keccak256("SettleRound(bytes32 roundId,address[] players,uint256[] amounts)");

    uint256 public immutable rakeBps;
    address public immutable treasury;

    mapping(bytes32 roundId => Round) private _rounds;
    mapping(bytes32 roundId => mapping(address player => bool)) public hasJoined;
    mapping(bytes32 roundId => mapping(address player => bool)) public wasRefunded;

    event RoundOpened(
        bytes32 indexed roundId,
        uint256 entry,
        uint16 playersMin,
        uint16 playersMax,
        uint256 closesAt,
        uint256 endsAt
    );
    event PlayerJoined(bytes32 indexed roundId, address indexed player, uint16 players);
    event RoundSettled(bytes32 indexed roundId, uint256 pool, uint256 rake);
    event PlayerPaidOut(bytes32 indexed roundId, address indexed player, uint256 amount);
    event RoundCancelled(bytes32 indexed roundId);
    event EntryRefunded(bytes32 indexed roundId, address indexed player, uint256 amount);

    error RoundNotFound();
    error RoundExists();
    error InvalidRound();
    error WrongState(State actual);
    error RoundFull();
    error AlreadyJoined();
    error NotAPlayer(address player);
    error PlayersNotAscending();
    error LengthMismatch();
    error SumMismatch(uint256 expected, uint256 actual);
    error InvalidSignature();
    error AlreadyRefunded();
    error RakeTooHigh();

    constructor(IERC20 token_, address owner_, address oracle_, address treasury_, uint256 rakeBps_)
        TokenLedger(token_)
        Refereed(owner_, oracle_)
        EIP712("BountyPool", "1")
    {
        if (treasury_ == address(0)) revert InvalidAddress();
        if (rakeBps_ > RAKE_BPS_MAX) revert RakeTooHigh();
        treasury = treasury_;
        rakeBps = rakeBps_;
    }

    /// @notice Opens a round.
    /// @param closesAt Until when players may join.
    /// @param endsAt Until when the round may be settled.
    function openRound(
        bytes32 roundId,
        uint256 entry,
        uint16 playersMin,
        uint16 playersMax,
        uint256 closesAt,
        uint256 endsAt
    ) external onlyOracle whenNotPaused {
        if (_rounds[roundId].oracle != address(0)) revert RoundExists();
        bool sizes = playersMin >= 2 && playersMin <= playersMax && playersMax <= PLAYERS_MAX;
        bool times = closesAt > block.timestamp && closesAt <= block.timestamp + REGISTRATION_MAX
            && endsAt > closesAt && endsAt <= closesAt + ROUND_MAX;
        if (entry == 0 || !sizes || !times) revert InvalidRound();

        _rounds[roundId] = Round({
            settled: false,
            cancelled: false,
            playersMin: playersMin,
            playersMax: playersMax,
            players: 0,
            closesAt: uint64(closesAt),
            endsAt: uint64(endsAt),
            oracle: msg.sender,
            entry: entry
        });
        emit RoundOpened(roundId, entry, playersMin, playersMax, closesAt, endsAt);
    }

    /// @notice Pays the caller's entry, which it has approved.
    function join(bytes32 roundId) external nonReentrant whenNotPaused {
        Round storage round = _in(roundId, State.Registration);
        if (hasJoined[roundId][msg.sender]) revert AlreadyJoined();
        if (round.players == round.playersMax) revert RoundFull();

        hasJoined[roundId][msg.sender] = true;
        round.players += 1;
        emit PlayerJoined(roundId, msg.sender, round.players);
        _take(msg.sender, round.entry);
    }

    /// @notice Divides a round's entries as its oracle signed. Anyone may bring the signature; never
    /// paused.
    /// @param players Who is paid, in ascending order, so that nobody stands there twice.
    /// @param amounts What each is paid; together the entries less the rake.
    function settle(
        bytes32 roundId,
        address[] calldata players,
        uint256[] calldata amounts,
        bytes calldata signature
    ) external nonReentrant {
        Round storage round = _in(roundId, State.Active);
        if (players.length != amounts.length) revert LengthMismatch();
        bytes32 digest = settleDigest(roundId, players, amounts);
        if (!Signatures.signedBy(round.oracle, digest, signature)) revert InvalidSignature();

        round.settled = true;
        uint256 pool = round.players * round.entry;
        uint256 rake = pool * rakeBps / Parimutuel.BPS;
        uint256 sum = _award(roundId, players, amounts, pool - rake);
        if (sum != pool - rake) revert SumMismatch(pool - rake, sum);
        _owe(treasury, rake);
        emit RoundSettled(roundId, pool, rake);
    }

    /// @notice Cancels a round that is not settled.
    function cancelRound(bytes32 roundId) external {
        Round storage round = _round(roundId);
        if (msg.sender != round.oracle && msg.sender != owner()) revert Unauthorized();
        State state = stateOf(roundId);
        if (state != State.Registration && state != State.Active) revert WrongState(state);
        round.cancelled = true;
        emit RoundCancelled(roundId);
    }

    /// @notice Pays the caller's entry back.
    function claimRefund(bytes32 roundId) external {
        claimRefundFor(roundId, msg.sender);
    }

    /// @notice Pays a player's entry back. Anyone may call it; the tokens go to the player.
    function claimRefundFor(bytes32 roundId, address player) public {
        Round storage round = _in(roundId, State.Refunding);
        if (!hasJoined[roundId][player]) revert NotAPlayer(player);
        if (wasRefunded[roundId][player]) revert AlreadyRefunded();

        wasRefunded[roundId][player] = true;
        _owe(player, round.entry);
        emit EntryRefunded(roundId, player, round.entry);
        withdrawFor(player);
    }

    function getRound(bytes32 roundId) external view returns (Round memory) {
        return _round(roundId);
    }

    /// @notice The state of a round now, whether or not anybody has said so yet.
    function stateOf(bytes32 roundId) public view returns (State) {
        Round storage round = _round(roundId);
        if (round.settled) return State.Settled;
        if (round.cancelled) return State.Refunding;
        if (block.timestamp < round.closesAt) return State.Registration;
        if (round.players < round.playersMin) return State.Refunding;
        return block.timestamp < round.endsAt ? State.Active : State.Refunding;
    }

    /// @notice What the oracle signs to settle a round (EIP-712).
    function settleDigest(bytes32 roundId, address[] calldata players, uint256[] calldata amounts)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    SETTLE_TYPEHASH,
                    roundId,
                    keccak256(abi.encodePacked(players)),
                    keccak256(abi.encodePacked(amounts))
                )
            )
        );
    }

    /// Owes each player its amount; at most `most` in all, or a sum could overflow into a right one.
    function _award(
        bytes32 roundId,
        address[] calldata players,
        uint256[] calldata amounts,
        uint256 most
    ) private returns (uint256 sum) {
        address previous = address(0);
        for (uint256 i = 0; i < players.length; i++) {
            if (players[i] <= previous) revert PlayersNotAscending();
            if (!hasJoined[roundId][players[i]]) revert NotAPlayer(players[i]);
            if (amounts[i] > most - sum) revert SumMismatch(most, amounts[i]);
            previous = players[i];
            sum += amounts[i];
            _owe(players[i], amounts[i]);
            emit PlayerPaidOut(roundId, players[i], amounts[i]);
        }
    }

    function _in(bytes32 roundId, State state) private view returns (Round storage) {
        State actual = stateOf(roundId);
        if (actual != state) revert WrongState(actual);
        return _rounds[roundId];
    }

    function _round(bytes32 roundId) private view returns (Round storage round) {
        round = _rounds[roundId];
        if (round.oracle == address(0)) revert RoundNotFound();
    }
}
