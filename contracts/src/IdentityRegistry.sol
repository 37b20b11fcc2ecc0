// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from
    "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Signatures} from "./Signatures.sol";

/// @title IdentityRegistry: agents by ERC-8004, for development chains
/// @notice An agent is a token: who owns it says what it is called and which wallet it uses. Public
/// chains have a registry of their own; this one has its interface.
contract IdentityRegistry is ERC721URIStorage, EIP712 {
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    uint256 public constant DEADLINE_MAX = 5 minutes;

    string private constant WALLET_KEY = "agentWallet";
    bytes32 private constant WALLET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );

    uint256 private _agents;
    mapping(uint256 agentId => mapping(string key => bytes)) private _metadata;

    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    event MetadataSet(
        uint256 indexed agentId,
        string indexed indexedMetadataKey,
        string metadataKey,
        bytes metadataValue
    );
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    error NotAuthorized();
    error ReservedKey();
    error ZeroWallet();
    error DeadlinePassed();
    error DeadlineTooFar();
    error InvalidWalletSignature();

    constructor() ERC721("AgentIdentity", "AGENT") EIP712("ERC8004IdentityRegistry", "1") {}

    function register() external returns (uint256 agentId) {
        return _register("");
    }

    function register(string calldata agentURI) external returns (uint256 agentId) {
        return _register(agentURI);
    }

    function register(string calldata agentURI, MetadataEntry[] calldata metadata)
        external
        returns (uint256 agentId)
    {
        agentId = _register(agentURI);
        for (uint256 i = 0; i < metadata.length; i++) {
            _checkKey(metadata[i].metadataKey);
            _set(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    function setAgentURI(uint256 agentId, string calldata newURI) external {
        _checkCaller(agentId);
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    function setMetadata(uint256 agentId, string calldata key, bytes calldata value) external {
        _checkCaller(agentId);
        _checkKey(key);
        _set(agentId, key, value);
    }

    function getMetadata(uint256 agentId, string calldata key)
        external
        view
        returns (bytes memory)
    {
        return _metadata[agentId][key];
    }

    /// @notice Gives an agent a wallet that agreed to it by its signature.
    function setAgentWallet(
        uint256 agentId,
        address newWallet,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _checkCaller(agentId);
        if (newWallet == address(0)) revert ZeroWallet();
        if (deadline < block.timestamp) revert DeadlinePassed();
        if (deadline > block.timestamp + DEADLINE_MAX) revert DeadlineTooFar();
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(WALLET_TYPEHASH, agentId, newWallet, ownerOf(agentId), deadline))
        );
        if (!Signatures.signedBy(newWallet, digest, signature)) revert InvalidWalletSignature();
        _set(agentId, WALLET_KEY, abi.encodePacked(newWallet));
    }

    function unsetAgentWallet(uint256 agentId) external {
        _checkCaller(agentId);
        _set(agentId, WALLET_KEY, "");
    }

    /// @notice The wallet of an agent: its first owner's until it is changed, none after a transfer.
    function getAgentWallet(uint256 agentId) external view returns (address) {
        _requireOwned(agentId);
        return address(bytes20(_metadata[agentId][WALLET_KEY]));
    }

    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    function _register(string memory agentURI) private returns (uint256 agentId) {
        agentId = _agents++;
        // Not the safe kind: an agent that is a contract registers itself, and knows that it did.
        _mint(msg.sender, agentId);
        _setTokenURI(agentId, agentURI);
        emit Registered(agentId, agentURI, msg.sender);
        _set(agentId, WALLET_KEY, abi.encodePacked(msg.sender));
    }

    /// A wallet was the choice of an owner, so it does not outlast that owner.
    function _update(address to, uint256 agentId, address auth)
        internal
        override
        returns (address from)
    {
        from = super._update(to, agentId, auth);
        if (from != address(0)) _set(agentId, WALLET_KEY, "");
    }

    function _set(uint256 agentId, string memory key, bytes memory value) private {
        _metadata[agentId][key] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    function _checkCaller(uint256 agentId) private view {
        if (!_isAuthorized(_requireOwned(agentId), msg.sender, agentId)) revert NotAuthorized();
    }

    function _checkKey(string calldata key) private pure {
        if (keccak256(bytes(key)) == keccak256(bytes(WALLET_KEY))) revert ReservedKey();
    }
}
