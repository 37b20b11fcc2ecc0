"""A development chain as a client without an SDK sees it: JSON-RPC, signed transactions, a few calls.

Owns: `arena serve --dev-chain` with nobody else on it, and what its log says of where everything is.
"""

import os
import pathlib
import re
import time

import httpx
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak

from arena_process import REPOSITORY, Arena

# Anvil's second and third, which every manual prints: they have coin from the start.
AGENTS = [
    Account.from_key("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    Account.from_key("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
]
THERE = re.compile(r'rpc="?(http://[^\s"]+)"?.*?match_proof="?(0x\w{40}).*?wager="?(0x\w{40})')
MINED_WITHIN_S = 20


def anvil() -> str:
    """Where `./test` has put it."""
    found = sorted((REPOSITORY / ".tools/anvil/node_modules/@foundry-rs").glob("anvil-*/bin/anvil"))
    return os.environ.get("ARENA_TEST_ANVIL") or str(found[0])


class DevArena(Arena):
    def __init__(self, cwd: pathlib.Path):
        flags = ("--no-demo", "--dev-chain", "--anvil", anvil())
        super().__init__("serve", *flags, cwd=cwd, env={"ADMIN_TOKEN": "operator-of-strangers"})
        there = THERE.search(re.sub(r"\x1b\[[0-9;]*m", "", self.log_text()))
        assert there, self.log_text()
        rpc, self.match_proof, self.wager = there.groups()
        self.rpc = httpx.Client(base_url=rpc, timeout=20)
        self.chain_id = int(self.node("eth_chainId"), 16)

    def node(self, method: str, *params):
        answer = self.rpc.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
        assert "error" not in answer, answer
        return answer["result"]

    def balance(self, address: str) -> int:
        return int(self.node("eth_getBalance", address, "latest"), 16)

    def call(self, to: str, signature: str, *values) -> bytes:
        answer = self.node("eth_call", {"to": to, "data": data(signature, *values)}, "latest")
        return bytes.fromhex(answer[2:])

    def send(self, account, to: str, value: int, signature: str, *values) -> dict:
        """A transaction and its receipt."""
        count = int(self.node("eth_getTransactionCount", account.address, "pending"), 16)
        transaction = {
            "chainId": self.chain_id,
            "nonce": count,
            "to": to,
            "value": value,
            "data": data(signature, *values),
            "gas": 500_000,
            "gasPrice": int(self.node("eth_gasPrice"), 16) * 2,
        }
        signed = account.sign_transaction(transaction)
        sent = self.node("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x"))
        end = time.monotonic() + MINED_WITHIN_S
        while time.monotonic() < end:
            if receipt := self.node("eth_getTransactionReceipt", sent):
                assert receipt["status"] == "0x1", receipt
                return receipt
            time.sleep(0.1)
        raise AssertionError("it is in no block")


def data(signature: str, *values) -> str:
    types = signature[signature.index("(") + 1 : -1]
    return "0x" + (keccak(signature.encode())[:4] + encode(types.split(",") if types else [], values)).hex()
