// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

/// @title TokenLedger: tokens held for others
/// @notice What comes in is held; what is decided is owed to an account, which withdraws it, or
/// anyone does for it. Nobody, an owner included, can move what is held to an account that a rule of
/// the contract does not name.
/// @dev Invariant: the contract has at least `totalHeld + totalOwed` of the token.
abstract contract TokenLedger is ReentrancyGuard {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;

    /// Stakes that nothing is decided about yet.
    uint256 public totalHeld;

    /// Sum of `owed`.
    uint256 public totalOwed;

    mapping(address account => uint256) public owed;

    event Withdrawn(address indexed account, uint256 amount);

    error NothingOwed();
    error InexactTransfer(uint256 expected, uint256 received);

    constructor(IERC20 token_) {
        token = token_;
    }

    /// @notice Pays the caller what it is owed.
    function withdraw() external {
        withdrawFor(msg.sender);
    }

    /// @notice Pays an account what it is owed. Anyone may call it; the tokens go to the account.
    function withdrawFor(address account) public nonReentrant {
        uint256 amount = owed[account];
        if (amount == 0) revert NothingOwed();
        owed[account] = 0;
        totalOwed -= amount;
        emit Withdrawn(account, amount);
        token.safeTransfer(account, amount);
    }

    /// Takes tokens from an account that approved them. A token that keeps some of a transfer is
    /// refused: the contract would owe more than it has.
    function _take(address from, uint256 amount) internal {
        totalHeld += amount;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert InexactTransfer(amount, received);
    }

    /// What was held is now owed to an account.
    function _owe(address account, uint256 amount) internal {
        if (amount == 0) return;
        totalHeld -= amount;
        totalOwed += amount;
        owed[account] += amount;
    }
}
