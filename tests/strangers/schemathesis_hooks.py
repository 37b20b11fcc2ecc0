"""Requests are shared by several identities, or the budget of one would answer for the API; and none
is taken for another one that came again."""

import itertools
import os
import uuid

import schemathesis

TOKENS = [f"Bearer {token}" for token in os.environ["TOKENS"].split()]
TURNS = itertools.cycle(TOKENS)


@schemathesis.hook
def before_call(context, case, kwargs):
    """What a check sends to see it refused stays as it is."""
    headers = kwargs.get("headers") or {}
    if headers.get("Authorization") == TOKENS[0]:
        kwargs["headers"] = headers = dict(headers) | {"Authorization": next(TURNS)}
    key = (case.headers or {}).get("Idempotency-Key")
    if key and len(key) <= 255 and key.isascii() and key.isprintable() and " " not in key:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
