"""Attack list F on the control plane: tokens, refresh tokens, keys and nonces that prove nothing."""

import base64
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from control_process import OPERATOR, PASSWORD, Control
from forgeries import b64, jwt, jwt_text


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    control = Control(tmp_path_factory.mktemp("tokens"))
    yield control
    control.stop()


@pytest.fixture(scope="module")
def player(control):
    return control.register("player")


@pytest.fixture(scope="module")
def key(control):
    """The very key that it signs with, from its database."""
    (row,) = control.rows()["signing_keys"]
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(row[1] + "=="))


def parts(token: str) -> tuple[dict, dict]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims))


def without(claims, name):
    return {key: value for key, value in claims.items() if key != name}


def forgeries(good: str, key) -> dict[str, str]:
    """Each is wrong in one way only."""
    header, claims = parts(good)
    head, body, signature = good.split(".")
    stranger = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    now = int(time.time())

    def signed(**change):
        return jwt(header, claims | change, key.sign)

    def headed(**change):
        return jwt(header | change, claims, key.sign)

    exp = str(claims["exp"])
    return {
        "empty": "",
        "not a token": "x" * 40,
        "dots": "..",
        "four parts": good + ".AAAA",
        "a stranger's key": jwt(header, claims, stranger.sign),
        "no algorithm": jwt(header | {"alg": "none"}, claims, lambda _: b""),
        "no algorithm, in capitals": jwt(header | {"alg": "NONE"}, claims, lambda _: b""),
        "no algorithm, and a signature": jwt(header | {"alg": "None"}, claims, key.sign),
        "a hash keyed with the public key": jwt(
            header | {"alg": "HS256"}, claims, lambda m: hmac.digest(public, m, "sha256")
        ),
        "a hash keyed with its text": jwt(
            header | {"alg": "HS256"}, claims, lambda m: hmac.digest(b64(public), m, "sha256")
        ),
        "an algorithm that is not its key's": headed(alg="RS256"),
        "another one": headed(alg="ES256"),
        "a kid that is not known": headed(kid="../../dev/null"),
        "a kid that is SQL": headed(kid="' OR 1=1--"),
        "a kid that is no text": headed(kid=7),
        "a kid of 10 KiB": headed(kid="k" * 8000),
        "no kid": jwt(without(header, "kid"), claims, stranger.sign),
        "a key brought along": jwt(
            header | {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(stranger.public_key().public_bytes_raw()).decode()}},
            claims,
            stranger.sign,
        ),
        "a key to be fetched": jwt(header | {"jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}, claims, stranger.sign),
        "an id token": headed(typ="JWT"),
        "no type": jwt(without(header, "typ"), claims, key.sign),
        "a critical extension": headed(crit=["exp"]),
        "another audience": signed(aud="arena-relay"),
        "several audiences": signed(aud=["arena-control"]),
        "no audience": jwt(header, without(claims, "aud"), key.sign),
        "another issuer": signed(iss="nojohns"),
        "no issuer": jwt(header, without(claims, "iss"), key.sign),
        "expired an hour ago": signed(exp=now - 3600),
        "expired 8 s ago": signed(exp=now - 8),
        "an end that is text": signed(exp=str(now + 600)),
        "an end that is a fraction": signed(exp=now + 600.5),
        "an end before all time": signed(exp=-1),
        "an end beyond all numbers": jwt_text(header, json.dumps(claims).replace(exp, "1e400"), key.sign),
        "an end that is no number": jwt_text(header, json.dumps(claims).replace(exp, "NaN"), key.sign),
        "no end": jwt(header, without(claims, "exp"), key.sign),
        "two ends": jwt_text(header, json.dumps(claims)[:-1] + f', "exp": {now + 9999}}}', key.sign),
        "nobody": signed(sub="nobody"),
        "a role that is none": signed(role="root"),
        "no role": jwt(header, without(claims, "role"), key.sign),
        "claims that are a list": jwt(header, [], key.sign),
        "a signature too short": f"{head}.{body}.{signature[:-4]}",
        "no signature": f"{head}.{body}.",
        "a flipped signature": f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "another spelling of the signature": f"{head}.{body}.{signature}==",
        "other claims under a good signature": f"{head}.{b64(json.dumps(claims | {'role': 'admin'}).encode()).decode()}.{signature}",
        "a space inside": f"{head}. {body}.{signature}",
        "an API key that is none": "ak_" + "A" * 43,
        "an API key of 8 KiB": "ak_" + "A" * 8000,
        "a refresh token": "rt_x.y",
    }


def test_a_token_that_is_not_ours_as_it_is_opens_nothing(control, player, key):
    good = player["access_token"]
    before = control.rows()
    for name, forged in forgeries(good, key).items():
        for method, path, body in [
            ("GET", "/v1/me", None),
            ("GET", "/v1/keys", None),
            ("POST", "/queue/join", {"connect_code": "x"}),
            ("POST", "/v1/agents", {"name": "forged"}),
            ("POST", "/v1/queues/proxy_war/crews", None),
            ("GET", "/v1/admin/invariants", None),
            ("POST", "/v1/admin/keys/rotate", None),
        ]:
            answer = control.ask(method, path, body, token=forged)
            assert answer.status == 401, (name, path, answer)
            answer.problem(401)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert len(forged) < 20 or forged not in answer.body.decode()
    assert control.rows() == before
    assert control.ask("GET", "/v1/me", token=good).status == 200
    log = control.log_text()
    assert good not in log and PASSWORD not in log and OPERATOR not in log


def test_a_role_is_what_the_token_says_and_nothing_that_is_sent(control, player):
    before = control.rows()
    for how in [{}, {"headers": {"x-role": "admin", "x-forwarded-for": "127.0.0.1"}}]:
        control.ask("GET", "/v1/admin/invariants", token=player["access_token"], **how).problem(403)
        control.ask("POST", "/v1/admin/keys/rotate", token=player["access_token"], **how).problem(403)
    for wrong in [OPERATOR[:-1], OPERATOR + "x", OPERATOR.upper(), " "]:
        control.ask("GET", "/v1/admin/invariants", token=wrong).problem(401)
    assert control.rows() == before


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "bearer", "Token x", "", "Bearer a b c", "B\xe9arer x"])
def test_another_kind_of_authorization_is_401(control, value):
    control.ask("GET", "/v1/me", headers={"authorization": value}).problem(401)


def test_two_tokens_are_not_one_that_holds(control, player):
    """Which of the two was meant is nobody's guess."""
    import http.client

    link = http.client.HTTPConnection(*control.http_address, timeout=10)
    link.putrequest("GET", "/v1/me")
    link.putheader("authorization", "Bearer forged")
    link.putheader("authorization", f"Bearer {player['access_token']}")
    link.endheaders()
    answer = link.getresponse()
    assert answer.status == 401, answer.read()
    link.close()


def test_a_refresh_token_that_comes_again_ends_its_sign_in_and_no_other(control):
    first = control.register("again")
    login = {"name": "again", "password": PASSWORD}
    other = control.ask("POST", "/v1/auth/login", login).json["refresh_token"]

    def refresh(token):
        return control.ask("POST", "/v1/auth/refresh", {"refresh_token": token})

    second = refresh(first["refresh_token"]).json["refresh_token"]
    assert "log in" in refresh(first["refresh_token"]).problem(401)["detail"]
    refresh(second).problem(401)
    assert refresh(other).status == 200, "another sign-in of the same person goes on"


def test_an_api_key_does_what_it_was_made_for(control, player):
    token = player["access_token"]
    made = control.ask("POST", "/v1/keys", {"name": "bot", "scopes": ["agents"]}, token=token)
    key = made.json
    assert made.status == 201
    before = control.rows()
    joined = control.ask("POST", "/queue/join", {"connect_code": "k"}, token=key["secret"]).problem(403)
    assert "queue" in joined["detail"]
    control.ask("POST", "/v1/keys", {"name": "more", "scopes": ["queue"]}, token=key["secret"]).problem(403)
    control.ask("GET", "/v1/keys", token=key["secret"]).problem(403)
    for wrong in [key["secret"][:-1], key["secret"] + "A", key["secret"].swapcase(), key["id"]]:
        control.ask("GET", "/v1/me", token=wrong).problem(401)
    assert control.rows() == before
    assert key["secret"] not in repr(before), "a secret is kept as its hash"
    stranger = control.register("stranger")["access_token"]
    control.ask("DELETE", f"/v1/keys/{key['id']}", token=stranger).problem(404)
    assert control.ask("GET", "/v1/me", token=key["secret"]).status == 200
    assert control.ask("DELETE", f"/v1/keys/{key['id']}", token=token).status == 204
    control.ask("GET", "/v1/me", token=key["secret"]).problem(401)
    control.ask("DELETE", f"/v1/keys/{key['id']}", token=token).problem(404)
