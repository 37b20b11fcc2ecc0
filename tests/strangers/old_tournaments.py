"""What today's tournament pages and runners do, over httpx: make one, enter it, play it to its champion.

Owns: the keys of each answer, and requests as those clients make them.
Invariant: written from the description of the older interface alone; nothing is asked of /v1.
"""

from old_arena import OldArena

OPERATOR = "operator-of-tournaments"
HEADERS = {"authorization": f"Bearer {OPERATOR}"}
ENTRY = {"name", "character", "strategy", "connect_code", "wallet_address", "registrant"}
TOURNAMENT = {"id", "name", "status", "current_round", "current_slot", "featured", "entries", "bracket"}
BRACKET = {"tournament_id", "name", "status", "entries", "champion", "bracket"}
GAME = {
    *("round", "slot", "entry_a", "entry_b", "winner", "score_a", "score_b"),
    *("pool_id", "status", "arena_match_id"),
}
STATUSES = {"pending", "playing", "complete", "bye", "coinflip"}


def fighter(name: str, **changed) -> dict:
    return {"name": name, "character": "FOX", "strategy": "phillip", "connect_code": f"{name}#1"} | changed


def shaped(tournament: dict) -> dict:
    """The keys and types of a tournament, of its entries and of its games."""
    assert set(tournament) >= TOURNAMENT, tournament
    assert len(tournament["id"]) == 8 and int(tournament["id"], 16) >= 0
    assert tournament["status"] in ("registration", "pending", "active", "complete")
    assert isinstance(tournament["current_round"], int) and isinstance(tournament["current_slot"], int)
    assert isinstance(tournament["featured"], bool)
    for entry in tournament["entries"]:
        assert set(entry) == ENTRY and "email" not in entry, entry
    assert set(tournament["bracket"]) == {"size", "rounds"}
    for number, games in enumerate(tournament["bracket"]["rounds"]):
        for slot, game in enumerate(games):
            assert set(game) == GAME and (game["round"], game["slot"]) == (number, slot), game
            assert game["status"] in STATUSES
            for side in ("entry_a", "entry_b", "winner"):
                assert game[side] is None or set(game[side]) == ENTRY
    return tournament


class OldTournament:
    """A tournament as an operator sees it."""

    def __init__(self, old: OldArena, name: str = "Fight Night", **said):
        self.old = old
        self.made = shaped(self.post("/tournaments", {"name": name} | said))
        self.path = f"/tournaments/{self.made['id']}"

    def post(self, path: str, body=None) -> dict:
        answer = self.old.post(path, body, headers=HEADERS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def asked(self, verb: str, body=None):
        return self.old.post(f"{self.path}/{verb}", body, headers=HEADERS)

    def did(self, verb: str, body=None) -> dict:
        return self.post(f"{self.path}/{verb}", body)

    def seen(self) -> dict:
        return shaped(self.old.told(self.path))

    def bracket(self) -> dict:
        bracket = self.old.told(f"{self.path}/bracket")
        assert set(bracket) == BRACKET and bracket["tournament_id"] == self.made["id"]
        return bracket

    def game(self, round: int, slot: int) -> dict:
        return self.seen()["bracket"]["rounds"][round][slot]
