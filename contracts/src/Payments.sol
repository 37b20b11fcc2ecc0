// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

/// @title Payments: native coin to accounts that may not take it
/// @notice Money is sent at once if the receiver takes it within PAYMENT_GAS; otherwise it is kept
/// for the receiver, who withdraws it. No receiver can hold up a settlement, or another's money.
abstract contract Payments is ReentrancyGuard {
    /// Enough for a contract wallet behind a proxy, too little to make a settlement expensive.
    uint256 public constant PAYMENT_GAS = 50_000;

    /// What has to be left before a payment, for the receiver to get PAYMENT_GAS: the call keeps a
    /// 64th, and costs at most 36,600 by itself. Without it, whoever settles could choose a gas limit
    /// at which the payment fails, and whoever estimates one would find it.
    uint256 private constant GAS_LEFT_MIN = 90_000;

    /// What is kept for an account because it did not take it.
    mapping(address account => uint256) public owed;

    /// Sum of `owed`.
    uint256 public totalOwed;

    event PaymentKept(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    error TransferFailed();
    error NothingOwed();
    error NotEnoughGas();

    /// @notice Pays what is kept for the caller, to an address of the caller's choice.
    function withdraw(address payable to) external nonReentrant {
        uint256 amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed();
        owed[msg.sender] = 0;
        totalOwed -= amount;
        emit Withdrawn(msg.sender, to, amount);
        _send(to, amount, gasleft());
    }

    /// Pays now, or keeps it. For the end of a function: whoever is paid may call back.
    function _pay(address account, uint256 amount) internal {
        if (gasleft() < GAS_LEFT_MIN) revert NotEnoughGas();
        if (_sent(account, amount, PAYMENT_GAS)) return;
        owed[account] += amount;
        totalOwed += amount;
        emit PaymentKept(account, amount);
    }

    /// Pays now, or reverts: for a caller that asked for its own money.
    function _send(address to, uint256 amount, uint256 gasMax) internal {
        if (!_sent(to, amount, gasMax)) revert TransferFailed();
    }

    /// In assembly, so that nothing is copied of what the receiver returns: it could be made to cost
    /// more gas than the payment was given.
    function _sent(address to, uint256 amount, uint256 gasMax) private returns (bool ok) {
        assembly ("memory-safe") {
            ok := call(gasMax, to, amount, 0, 0, 0, 0)
        }
    }
}
