"""The golden vectors, read by code that shares nothing with the code that wrote them."""

import dataclasses
import json
import re
import struct

import pytest

import arena_melee as melee
import arena_wire as wire
from arena_process import REPOSITORY

VECTORS = REPOSITORY / "protocol/tests/vectors"


def cases(name: str) -> list:
    """The file must be there: without it the suite proves nothing."""
    path = VECTORS / f"{name}.json"
    if not path.exists():
        return [pytest.param(None, id=f"{name}-is-missing")]
    return [pytest.param(case, id=case["name"]) for case in json.loads(path.read_text())]


def decoder(case: dict):
    return wire.decode_from_client if case["from"] == "client" else wire.decode_from_relay


@pytest.mark.parametrize("case", cases("messages"))
def test_a_message_is_read_as_the_vector_says_and_written_to_the_same_bytes(case):
    assert case, f"no vectors in {VECTORS}"
    raw = bytes.fromhex(case["hex"])
    message = decoder(case)(raw)
    assert plain(message) == normal(case["message"])
    assert wire.encode(message) == raw


@pytest.mark.parametrize("case", cases("messages_malformed"))
def test_a_malformed_message_is_refused(case):
    assert case, f"no vectors in {VECTORS}"
    with pytest.raises(wire.Malformed):
        decoder(case)(bytes.fromhex(case["hex"]))


@pytest.mark.parametrize("case", cases("melee") + cases("melee_wasteful"))
def test_a_payload_is_read_as_the_vector_says(case):
    assert case, f"no vectors in {VECTORS}"
    records = melee.decode(bytes.fromhex(case["hex"]))
    assert normal(records) == normal(case["records"])


@pytest.mark.parametrize("case", cases("melee_malformed"))
def test_a_malformed_payload_is_refused(case):
    assert case, f"no vectors in {VECTORS}"
    with pytest.raises(melee.Malformed):
        melee.decode(bytes.fromhex(case["hex"]))


def plain(message) -> dict:
    """A message of ours in the vectors' words."""
    kind = "End" if isinstance(message, wire.PublisherEnd) else type(message).__name__
    fields = {f.name.strip("_"): getattr(message, f.name) for f in dataclasses.fields(message)}
    if kind == "Hello":
        intent = plain(fields["intent"])
        del intent["type"]
        fields["intent"] = {type(message.intent).__name__.lower(): intent}
    if "delivery" in fields:
        fields["delivery"] = wire.DELIVERIES[fields["delivery"]]
    if "why" in fields:
        fields["why"] = wire.WHYS[fields["why"]]
    if isinstance(fields.get("start"), wire.Start):
        fields["start"] = {k: v for k, v in plain(fields["start"]).items() if k != "type"}
    return normal({"type": kind, **fields})


SPELT = {"nan": "nan", "infinity": "inf", "-infinity": "-inf", "inf": "inf", "-inf": "-inf"}


def normal(value):
    """Spelling apart (case, snake or camel, numbers as text), but floats to the bit."""
    match value:
        case dict():
            return {re.sub("_", "", key).lower(): normal(item) for key, item in value.items()}
        case list():
            return [normal(item) for item in value]
        case bytes():
            return value.hex()
        case float():
            return "nan" if value != value else "f32:" + struct.pack(">f", value).hex()
        case bool() | None:
            return value
        case int():
            return str(value)
        case str() if value.lower() in SPELT:
            return normal(float(SPELT[value.lower()]))
        case str():
            return value.lower()
    raise AssertionError(value)
