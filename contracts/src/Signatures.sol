// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Who signed a digest
/// @notice Accepted are 65 bytes with v 27 or 28, the 64 bytes of EIP-2098, both with low s, and
/// what a contract wallet says yes to (ERC-1271).
/// @dev An account's own key always counts, also when the account has delegated its code (EIP-7702):
/// the key can undo the delegation, so the code cannot be meant to keep it out. Nothing here is safe
/// against replay; whoever asks keeps its own record of what was used.
library Signatures {
    /// @return Whether `account` signed `digest`.
    function signedBy(address account, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        (address recovered, ECDSA.RecoverError fault) = tryRecover(digest, signature);
        if (fault == ECDSA.RecoverError.NoError && recovered == account) return true;
        if (account.code.length == 0) return false;
        return SignatureChecker.isValidERC1271SignatureNow(account, digest, signature);
    }

    /// @notice The key that signed, or why none can be told.
    function tryRecover(bytes32 digest, bytes calldata signature)
        internal
        pure
        returns (address recovered, ECDSA.RecoverError fault)
    {
        if (signature.length == 64) {
            (bytes32 r, bytes32 vs) = _compact(signature);
            (recovered, fault,) = ECDSA.tryRecover(digest, r, vs);
        } else {
            (recovered, fault,) = ECDSA.tryRecover(digest, signature);
        }
    }

    /// @notice The key that signed; reverts with the error of OpenZeppelin's ECDSA if there is none.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        if (signature.length != 64) return ECDSA.recover(digest, signature);
        (bytes32 r, bytes32 vs) = _compact(signature);
        return ECDSA.recover(digest, r, vs);
    }

    function _compact(bytes calldata signature) private pure returns (bytes32 r, bytes32 vs) {
        return (bytes32(signature[:32]), bytes32(signature[32:]));
    }
}
