// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IdentityRegistry} from "./IdentityRegistry.sol";

/// @title ReputationRegistry: what clients say of agents, by ERC-8004, for development chains
/// @notice Anyone but an agent's own side may say something of it, take it back, or answer. The arena
/// posts ratings here. Public chains have a registry of their own; this one has its interface.
/// @dev Values have at most MAGNITUDE_MAX, so that no sum of them overflows.
contract ReputationRegistry {
    struct Feedback {
        int128 value;
        uint8 valueDecimals;
        bool isRevoked;
        string tag1;
        string tag2;
    }

    /// What a reader asks for: an empty list is every client, an empty tag is every tag.
    struct Filter {
        uint256 agentId;
        address[] clients;
        bytes32 tag1;
        bytes32 tag2;
        bool includeRevoked;
    }

    uint8 public constant DECIMALS_MAX = 18;
    int128 public constant MAGNITUDE_MAX = 1e38;

    bytes32 private constant ANY = keccak256("");

    IdentityRegistry private immutable _identities;

    mapping(uint256 agentId => address[]) private _clients;
    mapping(uint256 agentId => mapping(address client => Feedback[])) private _feedback;
    mapping(bytes32 key => mapping(address responder => uint64)) private _responses;
    mapping(bytes32 key => address[]) private _responders;

    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );
    event FeedbackRevoked(
        uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex
    );
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    error SelfFeedback();
    error TooManyDecimals(uint8 decimals);
    error ValueTooLarge(int128 value);
    error FeedbackNotFound(uint64 feedbackIndex);
    error AlreadyRevoked();
    error EmptyURI();
    error ClientsRequired();

    constructor(address identityRegistry) {
        _identities = IdentityRegistry(identityRegistry);
    }

    function getIdentityRegistry() external view returns (address) {
        return address(_identities);
    }

    /// @notice Says something of an agent. The index of it counts from 1 for each client.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external {
        if (_identities.isAuthorizedOrOwner(msg.sender, agentId)) revert SelfFeedback();
        if (valueDecimals > DECIMALS_MAX) revert TooManyDecimals(valueDecimals);
        if (value > MAGNITUDE_MAX || value < -MAGNITUDE_MAX) revert ValueTooLarge(value);

        Feedback[] storage list = _feedback[agentId][msg.sender];
        if (list.length == 0) _clients[agentId].push(msg.sender);
        list.push(Feedback(value, valueDecimals, false, tag1, tag2));
        emit NewFeedback(
            agentId,
            msg.sender,
            uint64(list.length),
            value,
            valueDecimals,
            tag1,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
    }

    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        Feedback storage feedback = _at(agentId, msg.sender, feedbackIndex);
        if (feedback.isRevoked) revert AlreadyRevoked();
        feedback.isRevoked = true;
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external {
        _at(agentId, clientAddress, feedbackIndex);
        if (bytes(responseURI).length == 0) revert EmptyURI();
        bytes32 key = keccak256(abi.encode(agentId, clientAddress, feedbackIndex));
        if (_responses[key][msg.sender]++ == 0) _responders[key].push(msg.sender);
        emit ResponseAppended(
            agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash
        );
    }

    /// @notice How many values there are, and their mean in the most decimals that any of them has.
    /// @dev Clients must be named: the mean of whoever cares to say something means nothing.
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals) {
        if (clientAddresses.length == 0) revert ClientsRequired();
        Filter memory filter = _filter(agentId, clientAddresses, tag1, tag2, false);
        int256 sum;
        for (uint256 i = 0; i < filter.clients.length; i++) {
            Feedback[] storage list = _feedback[agentId][filter.clients[i]];
            for (uint256 j = 0; j < list.length; j++) {
                if (!_fits(list[j], filter)) continue;
                count++;
                sum += int256(list[j].value) * int256(10 ** (DECIMALS_MAX - list[j].valueDecimals));
                if (list[j].valueDecimals > summaryValueDecimals) {
                    summaryValueDecimals = list[j].valueDecimals;
                }
            }
        }
        if (count == 0) return (0, 0, 0);
        int256 mean = sum / int256(uint256(count));
        summaryValue = int128(mean / int256(10 ** (DECIMALS_MAX - summaryValueDecimals)));
    }

    function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (
            int128 value,
            uint8 valueDecimals,
            string memory tag1,
            string memory tag2,
            bool isRevoked
        )
    {
        Feedback storage f = _at(agentId, clientAddress, feedbackIndex);
        return (f.value, f.valueDecimals, f.tag1, f.tag2, f.isRevoked);
    }

    /// @notice All feedback that fits, by client and then by index.
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        )
    {
        Filter memory filter = _filter(agentId, clientAddresses, tag1, tag2, includeRevoked);
        uint256 count = _count(filter);
        clients = new address[](count);
        feedbackIndexes = new uint64[](count);
        values = new int128[](count);
        valueDecimals = new uint8[](count);
        tag1s = new string[](count);
        tag2s = new string[](count);
        revokedStatuses = new bool[](count);
        uint256 next = 0;
        for (uint256 i = 0; i < filter.clients.length; i++) {
            Feedback[] storage list = _feedback[filter.agentId][filter.clients[i]];
            for (uint256 j = 0; j < list.length; j++) {
                Feedback storage f = list[j];
                if (!_fits(f, filter)) continue;
                clients[next] = filter.clients[i];
                feedbackIndexes[next] = uint64(j + 1);
                values[next] = f.value;
                valueDecimals[next] = f.valueDecimals;
                tag1s[next] = f.tag1;
                tag2s[next] = f.tag2;
                revokedStatuses[next] = f.isRevoked;
                next++;
            }
        }
    }

    /// @notice How many answers there are to one feedback, by these responders, or by all.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count) {
        bytes32 key = keccak256(abi.encode(agentId, clientAddress, feedbackIndex));
        address[] memory who = _responders[key];
        if (responders.length > 0) who = responders;
        for (uint256 i = 0; i < who.length; i++) {
            count += _responses[key][who[i]];
        }
    }

    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _clients[agentId];
    }

    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        return uint64(_feedback[agentId][clientAddress].length);
    }

    function _filter(
        uint256 agentId,
        address[] calldata clients,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    ) private view returns (Filter memory) {
        address[] memory chosen = clients;
        if (clients.length == 0) chosen = _clients[agentId];
        return Filter(
            agentId, chosen, keccak256(bytes(tag1)), keccak256(bytes(tag2)), includeRevoked
        );
    }

    function _count(Filter memory filter) private view returns (uint256 count) {
        for (uint256 i = 0; i < filter.clients.length; i++) {
            Feedback[] storage list = _feedback[filter.agentId][filter.clients[i]];
            for (uint256 j = 0; j < list.length; j++) {
                if (_fits(list[j], filter)) count++;
            }
        }
    }

    function _fits(Feedback storage f, Filter memory filter) private view returns (bool) {
        if (f.isRevoked && !filter.includeRevoked) return false;
        if (filter.tag1 != ANY && filter.tag1 != keccak256(bytes(f.tag1))) return false;
        return filter.tag2 == ANY || filter.tag2 == keccak256(bytes(f.tag2));
    }

    function _at(uint256 agentId, address client, uint64 feedbackIndex)
        private
        view
        returns (Feedback storage)
    {
        Feedback[] storage list = _feedback[agentId][client];
        if (feedbackIndex == 0 || feedbackIndex > list.length) {
            revert FeedbackNotFound(feedbackIndex);
        }
        return list[feedbackIndex - 1];
    }
}
