"""A database as the arena that this one takes the place of leaves it behind, written from its description.

Owns: the tables, the spelling of times, and one row of each kind. Invariant: nothing of the product is used.
"""

import datetime
import json
import pathlib
import sqlite3
import uuid

TABLES = """
CREATE TABLE queue (
    id TEXT PRIMARY KEY, connect_code TEXT NOT NULL, fighter_name TEXT, wallet_address TEXT,
    agent_id INTEGER, status TEXT NOT NULL, match_id TEXT, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE matches (
    id TEXT PRIMARY KEY, status TEXT NOT NULL,
    p1_queue_id TEXT, p2_queue_id TEXT,
    p1_connect_code TEXT NOT NULL, p2_connect_code TEXT NOT NULL,
    p1_wallet TEXT, p2_wallet TEXT, p1_agent_id INTEGER, p2_agent_id INTEGER,
    p1_result TEXT, p2_result TEXT, p1_stocks INTEGER, p2_stocks INTEGER,
    p1_opponent_stocks INTEGER, p2_opponent_stocks INTEGER, p1_duration REAL, p2_duration REAL,
    winner_wallet TEXT, loser_wallet TEXT, winner_score INTEGER, loser_score INTEGER,
    result_timestamp INTEGER, created_at TEXT NOT NULL, completed_at TEXT,
    wager_status TEXT, wager_amount INTEGER, wager_id INTEGER, wager_proposer TEXT, pool_id INTEGER
);
CREATE TABLE signatures (
    id INTEGER PRIMARY KEY AUTOINCREMENT, match_id TEXT NOT NULL, address TEXT NOT NULL,
    signature TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (match_id, address)
);
CREATE TABLE tournaments (
    id TEXT PRIMARY KEY, name TEXT, status TEXT, data TEXT NOT NULL, created_at TEXT, updated_at TEXT
);
CREATE TABLE faucet_wallets (address TEXT PRIMARY KEY, tx_hash TEXT, created_at TEXT);
"""
EPOCH = 1_700_000_000


def iso(seconds: float) -> str:
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.isoformat(timespec="microseconds")


class TheirArena:
    def __init__(self, path: pathlib.Path):
        self.path = path
        self.database = sqlite3.connect(path)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.executescript(TABLES)

    def close(self):
        self.database.commit()
        self.database.close()

    def insert(self, table: str, row: dict):
        places = ", ".join("?" for _ in row)
        names = ", ".join(row)
        self.database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))

    def waits(self, code: str):
        row = {"id": str(uuid.uuid4()), "connect_code": code, "status": "waiting"}
        self.insert("queue", row | {"created_at": iso(EPOCH), "updated_at": iso(EPOCH)})

    def match(self, status: str, made: float = EPOCH, **changed) -> dict:
        """Two that met, with the entries they met by."""
        row = {"id": str(uuid.uuid4()), "status": status, "created_at": iso(made)}
        for side in ("p1", "p2"):
            code = f"{side.upper()}{uuid.uuid4().hex[:4].upper()}#1"
            row |= {f"{side}_queue_id": str(uuid.uuid4()), f"{side}_connect_code": code}
        row |= changed
        self.insert("matches", row)
        for side in ("p1", "p2"):
            entry = {"id": row[f"{side}_queue_id"], "connect_code": row[f"{side}_connect_code"]}
            entry |= {"status": "matched", "match_id": row["id"]}
            if entry["id"]:
                self.insert("queue", entry | {"created_at": iso(made), "updated_at": iso(made)})
        return row

    def decided(self, at: int, winner: str | None = None, loser: str | None = None, **changed) -> dict:
        """The first side won with three left, against one."""
        row = {"p1_wallet": winner, "p2_wallet": loser, "winner_wallet": winner, "loser_wallet": loser}
        row |= {"p1_result": "COMPLETED", "p2_result": "COMPLETED", "p1_stocks": 3, "p2_stocks": 1}
        row |= {"winner_score": 3, "loser_score": 1, "result_timestamp": at}
        row |= {"completed_at": iso(at + 0.25)}
        return self.match("completed", at - 200, **(row | changed))

    def tournament(self, of, made: float = EPOCH):
        row = {"id": of.id, "name": of.name, "status": of.status, "data": json.dumps(of.data())}
        self.insert("tournaments", row | {"created_at": iso(made), "updated_at": iso(made + 60)})

    def signed(self, match: str, address: str, signature: str):
        row = {"match_id": match, "address": address, "signature": signature}
        self.insert("signatures", row | {"created_at": iso(EPOCH + 300)})
