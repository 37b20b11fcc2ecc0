"""Tokens made by hand: a control of our own that signs some, and strangers that forge the rest.

Owns: the key pair, its JWKS, JWTs of any header, claims and signature.
Invariant: each forgery is wrong in one way only.
"""

import base64
import hmac
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Control:
    """Signs tokens; `jwks` is what its relays check them with."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.header = {"alg": "EdDSA", "typ": "JWT", "kid": "strangers"}

    def jwks(self) -> str:
        public = b64(self.key.public_key().public_bytes_raw()).decode()
        one = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "strangers", "x": public}
        return json.dumps({"keys": [one]})

    def token(self, act="watch", ch="*", *, header=None, **change) -> str:
        return jwt(self.header | (header or {}), claims(act, ch) | change, self.key.sign)


def claims(act="watch", ch="*") -> dict:
    return {"iss": "arena", "sub": "strangers", "exp": int(time.time()) + 600, "act": act, "ch": ch}


def unsigned_by(control: Control) -> dict[str, str | None]:
    """Refused 401: nothing of these is what control said."""
    stranger = Ed25519PrivateKey.generate()
    header, sound = control.header, claims()
    public = control.key.public_key().public_bytes_raw()
    good = control.token()
    none = jwt({"alg": "none", "typ": "JWT"}, sound, lambda _: b"")
    late = b64(json.dumps(sound | {"ch": "b"}).encode()).decode()
    return {
        "no token": None,
        "an empty token": "",
        "not a token": "x" * 40,
        "dots": "..",
        "7 KiB": "A" * 7000,
        "a stranger's key": jwt(header, sound, stranger.sign),
        "a kid that is not known": jwt(header | {"kid": "../../dev/null"}, sound, control.key.sign),
        "a key brought along": jwt(
            header | {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}}, sound, stranger.sign
        ),
        "a key to be fetched": jwt(header | {"jku": "http://127.0.0.1:1/"}, sound, stranger.sign),
        "no algorithm": none,
        "no algorithm, in capitals": jwt(header | {"alg": "NONE"}, sound, lambda _: b""),
        "no algorithm, and a signature": none + "AAAA",
        "a hash keyed with the public key": jwt(
            header | {"alg": "HS256"}, sound, lambda m: hmac.digest(public, m, "sha256")
        ),
        "an algorithm that is not its key's": jwt(header | {"alg": "RS256"}, sound, control.key.sign),
        "a signature too short": jwt(header, sound, lambda _: b"\0" * 8),
        "other claims under a good signature": ".".join([good.split(".")[0], late, good.split(".")[2]]),
        "a flipped signature": good[:-8] + ("A" if good[-8] != "A" else "B") + good[-7:],
        "claims that are no object": jwt(header, [], control.key.sign),
        "expired an hour ago": control.token(exp=int(time.time()) - 3600),
        "expired a minute ago": control.token(exp=int(time.time()) - 60),
        "an exp that is text": control.token(exp=str(int(time.time()) + 600)),
        "an exp before all time": control.token(exp=-1),
        "an exp beyond all numbers": jwt_text(header, json.dumps(sound).replace(str(sound["exp"]), "1e400"), control.key.sign),
        "no exp": jwt(header, {k: v for k, v in sound.items() if k != "exp"}, control.key.sign),
        "another issuer": control.token(iss="nojohns"),
        "no issuer": jwt(header, {k: v for k, v in sound.items() if k != "iss"}, control.key.sign),
        "an act that is none": control.token(act="admin"),
    }


def jwt(header, body, sign) -> str:
    return jwt_text(header, json.dumps(body), sign)


def jwt_text(header, body: str, sign) -> str:
    signed = b64(json.dumps(header).encode()) + b"." + b64(body.encode())
    return (signed + b"." + b64(sign(signed))).decode()


def b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
