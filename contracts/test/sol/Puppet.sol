// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// A contract as a participant: it does what it is told, and takes money and signatures badly.
contract Puppet {
    enum Taking {
        Gladly,
        Refusing,
        BurningGas,
        ReturningMuch,
        Reentering
    }

    enum Signing {
        No,
        Yes,
        Reverting,
        BurningGas,
        ShortAnswer,
        DirtyAnswer
    }

    Taking public taking;
    Signing public signing;
    address private _target;
    bytes private _call;
    /// In one slot: whoever is paid has little gas.
    uint32 public reentries;
    bool public reentrySucceeded;
    bytes4 public reentryError;

    function take(Taking how) external {
        taking = how;
    }

    function sign(Signing how) external {
        signing = how;
    }

    /// What to call while being paid.
    function plan(address target, bytes calldata data) external {
        _target = target;
        _call = data;
        taking = Taking.Reentering;
    }

    function run(address target, uint256 value, bytes calldata data) external payable {
        (bool ok, bytes memory answer) = target.call{value: value}(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function reenter() public {
        (bool ok, bytes memory answer) = _target.call(_call);
        (reentries, reentrySucceeded, reentryError) =
            (reentries + 1, reentrySucceeded || ok, ok ? bytes4(0) : bytes4(answer));
    }

    receive() external payable {
        if (taking == Taking.Refusing) revert("no");
        if (taking == Taking.BurningGas) {
            while (true) {}
        }
        if (taking == Taking.ReturningMuch) {
            assembly ("memory-safe") {
                return(0, 1000000)
            }
        }
        if (taking == Taking.Reentering) reenter();
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        bytes4 yes = this.isValidSignature.selector;
        if (signing == Signing.Yes) return yes;
        if (signing == Signing.Reverting) revert("no");
        if (signing == Signing.BurningGas) {
            while (true) {}
        }
        if (signing == Signing.ShortAnswer) {
            assembly ("memory-safe") {
                mstore(0, yes)
                return(0, 4)
            }
        }
        if (signing == Signing.DirtyAnswer) {
            assembly ("memory-safe") {
                mstore(0, or(yes, 1))
                return(0, 32)
            }
        }
        return 0xffffffff;
    }
}
