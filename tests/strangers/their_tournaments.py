"""Tournaments as the other arena keeps them: one JSON text each, with the whole bracket in it.

Owns: how it draws, how winners go on, and when somebody sits out. Invariant: nothing of the product is used.
"""

import random


def entry(name: str, **changed) -> dict:
    row = {"name": name, "character": "FOX", "strategy": "phillip", "connect_code": f"{name.upper()}#1"}
    return row | {"wallet_address": None, "registrant": None} | changed


class TheirTournament:
    """Drawn at random from its entries unless registration is open; whoever is behind the last sits out."""

    def __init__(self, tournament_id: str, entries: list[dict], status: str = "pending", seed: int = 7):
        self.id, self.entries, self.status = tournament_id, entries, status
        self.name, self.featured = f"Night {tournament_id}", False
        self.spot, self.rounds = (0, 0), []
        if status != "registration":
            self.draw(random.Random(seed))

    def draw(self, chance: random.Random):
        drawn = list(self.entries)
        chance.shuffle(drawn)
        size = 1 << (len(drawn) - 1).bit_length()
        drawn += [None] * (size - len(drawn))
        games = size // 2
        while games:
            number = len(self.rounds)
            self.rounds.append([self.game(number, slot) for slot in range(games)])
            games //= 2
        for slot, game in enumerate(self.rounds[0]):
            game["entry_a"], game["entry_b"] = drawn[2 * slot : 2 * slot + 2]
            if None in (game["entry_a"], game["entry_b"]):
                game |= {"status": "bye", "winner": game["entry_a"]}
        self.go_on()

    @staticmethod
    def game(number: int, slot: int) -> dict:
        keys = ("entry_a", "entry_b", "winner", "score_a", "score_b", "pool_id", "arena_match_id")
        return {"round": number, "slot": slot, "status": "pending"} | dict.fromkeys(keys)

    def go_on(self):
        for number, later in enumerate(self.rounds[1:]):
            for slot, game in enumerate(later):
                before = self.rounds[number][2 * slot : 2 * slot + 2]
                game["entry_a"], game["entry_b"] = (it["winner"] for it in before)
                # A game of two that are nobody's is never over, so who waits for it waits for good.
                over = all(it["status"] in ("bye", "complete", "coinflip") for it in before)
                alone = game["entry_a"] and not game["entry_b"]
                if over and alone and not game["winner"]:
                    game |= {"status": "bye", "winner": game["entry_a"]}

    def next(self) -> dict | None:
        """The first that two can play."""
        for game in (game for games in self.rounds for game in games):
            if game["status"] in ("pending", "playing") and game["entry_a"] and game["entry_b"]:
                self.spot = (game["round"], game["slot"])
                return game
        return None

    def plays(self, match: str):
        self.next().update({"status": "playing", "arena_match_id": match})
        self.status = "active"

    def wins(self, side: str, score: tuple[int, int] = (3, 1), match: str | None = None) -> dict:
        game = self.next()
        game |= {"winner": game[f"entry_{side}"], "status": "complete"}
        game |= {"score_a": score[0], "score_b": score[1], "arena_match_id": match or game["arena_match_id"]}
        self.status = "active"
        self.go_on()
        if self.champion():
            self.status = "complete"
        return game

    def lets_on(self, number: int, slot: int):
        """By hand: who waits for nobody."""
        game = self.rounds[number][slot]
        game |= {"winner": game["entry_a"], "status": "complete"}
        self.go_on()

    def champion(self) -> dict | None:
        return self.rounds[-1][0]["winner"] if self.rounds else None

    def data(self) -> dict:
        number, slot = self.spot
        told = {"id": self.id, "name": self.name, "status": self.status, "featured": self.featured}
        told |= {"current_round": number, "current_slot": slot, "entries": self.entries}
        size = 2 * len(self.rounds[0]) if self.rounds else 0
        return told | {"bracket": {"size": size, "rounds": self.rounds}}
