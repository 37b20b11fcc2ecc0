// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Parimutuel: what a pool of two sides pays
/// @notice The pool less its rake goes to the winning side, by stake, rounded down. What rounding
/// leaves is the pool's, so payouts and rake are the pool, to the wei, in whatever order is claimed.
library Parimutuel {
    uint256 internal constant BPS = 10_000;

    /// @notice What is taken of a pool. Nothing if a side is empty: then nobody lost anything.
    function rake(uint256 winning, uint256 losing, uint256 bps) internal pure returns (uint256) {
        if (winning == 0 || losing == 0) return 0;
        return Math.mulDiv(winning + losing, bps, BPS);
    }

    /// @notice What a stake on the winning side is paid.
    function payout(uint256 stake, uint256 winning, uint256 losing, uint256 bps)
        internal
        pure
        returns (uint256)
    {
        return Math.mulDiv(winning + losing - rake(winning, losing, bps), stake, winning);
    }
}
