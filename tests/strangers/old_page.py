"""What the website of today does with a match's messages: when it plays, what it drops, when it gives up.

A model without sockets or clocks: messages and the time go in. Invariant: it shows each frame at
most once, in order.
"""

PATIENCE_S = 5
RING_LEN = 128
BEGINS_AT = 20
BEHIND_AT = 60


class Page:
    def __init__(self, now: float):
        self.opened, self.state = now, "loading"
        self.names: list[dict] | None = None
        self.ring: list[int] = []
        self.shown: list[int] = []
        self.highest: int | None = None
        self.playing = False
        self.overwritten = self.starved = 0
        self.score = [0, 0]
        self.ended_at: float | None = None

    def hears(self, message: dict, now: float):
        self.looks(now)
        match message["type"]:
            case "match_start":
                self.state, self.names, self.highest = "live", message["players"], None
            case "frame" if self.state == "live":
                if self.highest is None or message["frame"] > self.highest:
                    self.highest = message["frame"]
                    self.ring.append(self.highest)
                if len(self.ring) > RING_LEN:
                    self.ring.pop(0)
                    self.overwritten += 1
            case "game_end" if self.state == "live":
                self.score[message["winnerPort"] != 1] += 1
            case "match_end":
                self.state = "ended"

    def looks(self, now: float):
        """Without a start it takes the match for one that is over."""
        if self.state == "loading" and now - self.opened >= PATIENCE_S:
            self.state = "ended"

    def draws(self):
        """One of sixty times a second."""
        if not self.playing:
            self.playing = len(self.ring) >= BEGINS_AT
            return
        count = 5 if len(self.ring) > BEHIND_AT else 1
        self.shown += self.ring[:count]
        del self.ring[:count]
        if not self.ring:
            self.playing = False
            self.starved += 1
