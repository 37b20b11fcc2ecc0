// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {Puppet} from "./Puppet.sol";

/// A token that keeps some of what it moves, says no, or calls a party meanwhile.
contract HostileToken is ERC20 {
    uint256 public feeBps;
    bool public refusing;
    Puppet public called;

    constructor() ERC20("Hostile", "HOST") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function keep(uint256 bps) external {
        feeBps = bps;
    }

    function refuse(bool yes) external {
        refusing = yes;
    }

    function callDuringTransfers(Puppet puppet) external {
        called = puppet;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (refusing) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (refusing) return false;
        return super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount * feeBps / 10_000;
        super._update(from, to, amount - fee);
        if (fee > 0) super._update(from, address(0), fee);
        if (address(called) != address(0)) called.reenter();
    }
}
