// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title DevToken: what DuelEscrow, SpectatorBets and BountyPool hold on a development chain
/// @notice Worth nothing: anyone may make as much of it as they like.
contract DevToken is ERC20 {
    constructor() ERC20("Development DATA", "DATA") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
