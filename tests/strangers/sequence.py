"""Puts the batches of one subscription in order and accounts for every number.

Owns: what was delivered, what a Gap declared, what came twice.
Does not own: where batches come from.
Invariant: a number leaves once, in order, or lies in a declared Gap.
"""

import arena_wire as wire


class Sequence:
    def __init__(self, first: int | None):
        self.next = first  # the number that must leave next; None until the first has come
        self.waiting = {}
        self.seen = set()
        self.repeated = []
        self.gaps: list[wire.Gap] = []

    def batch(self, received) -> list:
        seq = received.batch.seq
        if self.next is None:
            self.next = seq
        if seq in self.seen:
            self.repeated.append(seq)
        elif seq >= self.next:
            self.waiting[seq] = received
        self.seen.add(seq)
        return self._ready()

    def gap(self, gap: wire.Gap) -> list:
        self.gaps.append(gap)
        return self._ready()

    def hole(self) -> int | None:
        """The number that is missing although later ones have come."""
        return self.next if self.waiting else None

    def _ready(self) -> list:
        out = []
        while self.next is not None:
            if self.next in self.waiting:
                out.append(self.waiting.pop(self.next))
                self.next += 1
            elif skip := [gap.to for gap in self.gaps if gap.from_ <= self.next <= gap.to]:
                self.next = max(skip) + 1
            else:
                break
        return out
