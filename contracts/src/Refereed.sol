// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title Refereed: a contract whose results are said by an oracle
/// @notice The owner chooses the oracle for what begins from now on, and may stop anything new from
/// beginning. What has begun keeps its oracle, and its ways out are never paused.
abstract contract Refereed is Ownable2Step, Pausable {
    address public oracle;

    event OracleUpdated(address indexed previous, address indexed current);

    error InvalidAddress();
    error Unauthorized();

    constructor(address owner_, address oracle_) Ownable(owner_) {
        _setOracle(oracle_);
    }

    modifier onlyOracle() {
        if (msg.sender != oracle) revert Unauthorized();
        _;
    }

    function setOracle(address oracle_) external onlyOwner {
        _setOracle(oracle_);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function isPaused() external view returns (bool) {
        return paused();
    }

    function _setOracle(address oracle_) private {
        if (oracle_ == address(0)) revert InvalidAddress();
        emit OracleUpdated(oracle, oracle_);
        oracle = oracle_;
    }
}
