"""The typed data of a result (EIP-712), hashed by hand: nothing but keccak and the curve is borrowed."""

import hashlib

from eth_account import Account
from eth_utils import keccak

PROOF = "0x1CC748475F1F666017771FB49131708446B9f3DF"
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
RESULT_TYPE = (
    b"MatchResult(bytes32 matchId,address winner,address loser,string gameId,"
    b"uint8 winnerScore,uint8 loserScore,bytes32 replayHash,uint256 timestamp)"
)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address(text: str) -> bytes:
    return bytes(12) + bytes.fromhex(text.removeprefix("0x"))


def domain_separator(chain: int, contract: str = PROOF) -> bytes:
    named = keccak(b"NoJohns") + keccak(b"1")
    return keccak(keccak(DOMAIN_TYPE) + named + word(chain) + address(contract))


def struct_hash(match: dict) -> bytes:
    """Of a match as `GET /matches/{id}` shows it."""
    return keccak(
        keccak(RESULT_TYPE)
        + hashlib.sha256(match["id"].encode("ascii")).digest()
        + address(match["winner_wallet"])
        + address(match["loser_wallet"])
        + keccak(b"melee")
        + word(match["winner_score"])
        + word(match["loser_score"])
        + bytes(32)
        + word(match["result_timestamp"])
    )


def digest(match: dict, chain: int = 143, contract: str = PROOF) -> bytes:
    return keccak(b"\x19\x01" + domain_separator(chain, contract) + struct_hash(match))


def sign(account, match: dict, chain: int = 143, contract: str = PROOF) -> str:
    """r, s and v in hex without 0x, as libraries of today print it."""
    return Account.unsafe_sign_hash(digest(match, chain, contract), account.key).signature.hex()
