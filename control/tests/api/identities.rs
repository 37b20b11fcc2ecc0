//! Who somebody is: names and passwords, wallets, API keys, and what each may do.

use crate::support::{Answer, TestControl};
use arena_control::Config;
use arena_control::time::Span;
use axum::http::{Method, StatusCode, header};
use k256::ecdsa::SigningKey;
use serde_json::{Value as Json, json};
use sha3::{Digest as _, Keccak256};

const ADDRESS: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

impl TestControl {
    async fn bear(&self, method: Method, path: &str, token: &str, body: Option<Json>) -> Answer {
        self.bearing(token, method, path, body.as_ref()).await
    }

    async fn me(&self, token: &str) -> Answer {
        self.bear(Method::GET, "/v1/me", token, None).await
    }

    async fn register(&self, name: &str) -> Json {
        let body = json!({ "name": name, "password": "correct horse" });
        let answer = self.post("/v1/auth/register", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.body
    }
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn who_registers_can_log_in_and_is_known() {
    for control in TestControl::on_each_database().await {
        let ada = control.register("Ada").await;
        let me = control.me(text(&ada["access_token"])).await;
        assert_eq!((me.status, &me.body["name"]), (StatusCode::OK, &json!("Ada")));
        let log_in = |name: &'static str, password: &'static str| {
            let control = control.clone();
            async move {
                let body = json!({ "name": name, "password": password });
                control.post("/v1/auth/login", &body).await
            }
        };
        assert_eq!(log_in("ada", "correct horse").await.status, StatusCode::OK);
        let wrong = log_in("ada", "correct horsf").await;
        let nobody = log_in("eve", "correct horse").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert_eq!(wrong.body, nobody.body, "nothing tells whether the name exists");
        let body = json!({ "name": "ADA", "password": "another one" });
        let taken = control.post("/v1/auth/register", &body).await;
        assert_eq!(
            (taken.status, &taken.body["code"]),
            (StatusCode::CONFLICT, &json!("name_taken"))
        );
        control.clock.advance(Span::seconds(906));
        let late = control.me(text(&ada["access_token"])).await;
        assert_eq!(late.status, StatusCode::UNAUTHORIZED);
        assert!(text(&late.body["detail"]).contains("expired"));
    }
}

#[tokio::test]
async fn a_refresh_token_holds_once_and_an_old_one_ends_the_sign_in() {
    for control in TestControl::on_each_database().await {
        let refresh = |token: Json| {
            let control = control.clone();
            async move { control.post("/v1/auth/refresh", &json!({ "refresh_token": token })).await }
        };
        let first = control.register("ada").await["refresh_token"].clone();
        let second = refresh(first.clone()).await;
        assert_eq!(second.status, StatusCode::OK);
        let second = second.body["refresh_token"].clone();
        assert_eq!(refresh(first).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(second).await.status, StatusCode::UNAUTHORIZED, "two had it");
        let body = json!({ "name": "ada", "password": "correct horse" });
        let other = control.post("/v1/auth/login", &body).await.body["refresh_token"].clone();
        let out = control.post("/v1/auth/logout", &json!({ "refresh_token": other })).await;
        assert_eq!(out.status, StatusCode::NO_CONTENT);
        assert_eq!(refresh(other).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(json!("rt_x.y")).await.status, StatusCode::UNAUTHORIZED);
    }
}

fn message(nonce: &str, domain: &str, at: &str) -> String {
    format!(
        "{domain} wants you to sign in with your Ethereum account:\n{ADDRESS}\n\n\
         Play.\n\nURI: http://{domain}\nVersion: 1\nChain ID: 143\nNonce: {nonce}\nIssued At: {at}"
    )
}

fn signed(message: &str, key: u8) -> String {
    let mut secret = [0; 32];
    secret[31] = key;
    let key = SigningKey::from_slice(&secret).unwrap();
    let prefixed = format!("\x19Ethereum Signed Message:\n{}{message}", message.len());
    let digest = Keccak256::digest(prefixed.as_bytes());
    let (signature, v) = key.sign_prehash_recoverable(&digest).unwrap();
    let bytes = signature.to_bytes().into_iter().chain([27 + v.to_byte()]);
    bytes.fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn a_wallet_logs_in_by_a_signature_over_a_nonce_that_holds_once() {
    const AT: &str = "2027-01-15T08:00:00Z";
    for control in TestControl::on_each_database().await {
        let log_in = |message: String, signature: String| {
            let control = control.clone();
            async move {
                let body = json!({ "message": message, "signature": signature });
                control.post("/v1/auth/wallet", &body).await
            }
        };
        let nonce = || async {
            text(&control.post("/v1/auth/nonce", &json!({})).await.body["nonce"]).to_owned()
        };
        let good = message(&nonce().await, "localhost", AT);
        let answer = log_in(good.clone(), signed(&good, 1)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.body["identity"]["wallet"], ADDRESS.to_lowercase());
        let again = log_in(good.clone(), signed(&good, 1)).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED, "a nonce holds once");
        let next = message(&nonce().await, "localhost", AT);
        let known = log_in(next.clone(), signed(&next, 1)).await;
        assert_eq!(known.body["identity"]["id"], answer.body["identity"]["id"]);
        let fresh = nonce().await;
        for (message, key) in [
            (message(&fresh, "localhost", AT), 2),
            (message(&fresh, "elsewhere", AT), 1),
            (message(&fresh, "localhost", "2027-01-15T07:50:00Z"), 1),
            (message(&fresh, "localhost", "2027-01-15T08:10:00Z"), 1),
            (message("0123456789abcdef0123456789abcdef", "localhost", AT), 1),
        ] {
            let refused = log_in(message.clone(), signed(&message, key)).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{message}");
        }
        let late = message(&fresh, "localhost", "2027-01-15T08:05:01Z");
        control.clock.advance(Span::seconds(301));
        assert_eq!(log_in(late.clone(), signed(&late, 1)).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn an_api_key_does_what_it_was_made_for_until_it_is_revoked() {
    for control in TestControl::on_each_database().await {
        let access = text(&control.register("ada").await["access_token"]).to_owned();
        let body = json!({ "name": "bot", "scopes": ["queue"] });
        let made = control.bear(Method::POST, "/v1/keys", &access, Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let secret = text(&made.body["secret"]).to_owned();
        let listed = control.bear(Method::GET, "/v1/keys", &access, None).await;
        assert!(!listed.body.to_string().contains(&secret), "shown once");
        let join = json!({ "connect_code": "FOX#1" });
        let joined = control.bear(Method::POST, "/queue/join", &secret, Some(join.clone())).await;
        assert_eq!(joined.status, StatusCode::OK);
        let other = json!({ "connect_code": "FOX#2" });
        let again = control.bear(Method::POST, "/queue/join", &access, Some(other)).await;
        assert_eq!(again.body["status"], "waiting", "nobody meets himself, by whatever code");
        let agent = json!({ "name": "Phillip" });
        let refused = control.bear(Method::POST, "/v1/agents", &secret, Some(agent)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let keys = control.bear(Method::GET, "/v1/keys", &secret, None).await;
        assert_eq!(keys.status, StatusCode::FORBIDDEN, "a key does not make keys");
        let path = format!("/v1/keys/{}", text(&made.body["id"]));
        let revoked = control.bear(Method::DELETE, &path, &access, None).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        let late = control.bear(Method::POST, "/queue/join", &secret, Some(join)).await;
        assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn agents_are_changed_by_their_owner_only() {
    let control = TestControl::start().await;
    let ada = text(&control.register("ada").await["access_token"]).to_owned();
    let eve = text(&control.register("eve").await["access_token"]).to_owned();
    let body = json!({ "name": "Phillip", "game": "melee" });
    let made = control.bear(Method::POST, "/v1/agents", &ada, Some(body.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let path = format!("/v1/agents/{}", text(&made.body["id"]));
    let change = json!({ "name": "Phillip", "description": "a bot" });
    let stolen = control.bear(Method::PUT, &path, &eve, Some(change.clone())).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    let changed = control.bear(Method::PUT, &path, &ada, Some(change)).await;
    assert_eq!(changed.body["description"], "a bot");
    assert_eq!(control.get(&path).await.body, changed.body);
    assert_eq!(control.get("/v1/agents").await.body["agents"], json!([changed.body]));
    let taken = control.bear(Method::POST, "/v1/agents", &eve, Some(body)).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn keys_are_rotated_by_an_operator_and_live_tokens_hold() {
    let config = Config { admin_token: Some("operator".to_owned()), ..Config::default() };
    let control = TestControl::with(config).await;
    let access = text(&control.register("ada").await["access_token"]).to_owned();
    let rotate = |token: &'static str| {
        let control = control.clone();
        async move { control.bear(Method::POST, "/v1/admin/keys/rotate", token, None).await }
    };
    assert_eq!(rotate("guess").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rotate("operator").await.status, StatusCode::OK);
    let player = control.bear(Method::POST, "/v1/admin/keys/rotate", &access, None).await;
    assert_eq!(player.status, StatusCode::FORBIDDEN);
    assert_eq!(
        control.get("/.well-known/jwks.json").await.body["keys"].as_array().unwrap().len(),
        2
    );
    control.clock.advance(Span::seconds(120));
    assert_eq!(control.me(&access).await.status, StatusCode::OK, "signed with the old key");
    let eve = text(&control.register("eve").await["access_token"]).to_owned();
    assert_eq!(control.me(&eve).await.status, StatusCode::OK);
    let kid = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_ne!(kid(&access), kid(&eve), "signed with the new one");
    let closed = TestControl::start().await;
    let refused = closed.bear(Method::POST, "/v1/admin/keys/rotate", "", None).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "no token set opens nothing");
}

#[tokio::test]
async fn where_joining_is_not_open_it_needs_an_identity() {
    let control = TestControl::with(Config { open: false, ..Config::default() }).await;
    let refused = control.post("/queue/join", &json!({ "connect_code": "FOX#1" })).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers[header::WWW_AUTHENTICATE], "Bearer");
    for token in ["", "a.b.c", "ak_guess", "eyJhbGciOiJub25lIn0.e30."] {
        assert_eq!(control.me(token).await.status, StatusCode::UNAUTHORIZED, "{token}");
    }
}

/// A request of a browser, which says of itself what a script cannot change.
async fn browse(
    control: &TestControl,
    method: Method,
    path: &str,
    says: &[(&str, &str)],
    body: Option<Json>,
) -> Answer {
    let mut request = axum::http::Request::builder().method(method).uri(path);
    for (name, value) in says {
        request = request.header(*name, *value);
    }
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let body = body.map_or_else(axum::body::Body::empty, |body| body.to_string().into());
    control.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn a_browser_keeps_its_sign_in_where_no_script_can_read_it() {
    const SESSION: &str = "/v1/auth/session";
    for control in TestControl::on_each_database().await {
        let own = [("sec-fetch-site", "same-origin"), ("origin", "https://arena.example")];
        let body = json!({ "name": "ada", "password": "correct horse", "keep": "cookie" });
        let ada =
            browse(&control, Method::POST, "/v1/auth/register", &own, Some(body.clone())).await;
        assert_eq!((ada.status, &ada.body["refresh_token"]), (StatusCode::CREATED, &Json::Null));
        let cookie = ada.headers[header::SET_COOKIE].to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/v1/auth;", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let with = |site: &'static str| {
            let (control, cookie) = (control.clone(), format!("theme=dark; {cookie}"));
            async move {
                let says = [("sec-fetch-site", site), ("cookie", &*cookie)];
                browse(&control, Method::POST, SESSION, &says, None).await
            }
        };
        // Two tabs ask, and a third one whose answer is lost: the cookie stays good.
        for _ in 0..3 {
            let resumed = with("same-origin").await;
            assert_eq!(resumed.status, StatusCode::OK, "{resumed:?}");
            let me = control.me(text(&resumed.body["access_token"])).await;
            assert_eq!(me.body["name"], "ada");
        }
        for site in ["same-site", "cross-site", "none"] {
            assert_eq!(with(site).await.status, StatusCode::FORBIDDEN, "{site}");
        }
        let elsewhere = [("origin", "https://evil.example"), ("host", "arena.example")];
        let refused =
            browse(&control, Method::POST, "/v1/auth/login", &elsewhere, Some(body.clone())).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "nobody is logged in by another page");
        let plain = [("origin", "http://arena.example"), ("host", "arena.example")];
        let log_in = browse(&control, Method::POST, "/v1/auth/login", &plain, Some(body)).await;
        let insecure = log_in.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(!insecure.contains("Secure"), "{insecure}");
        let nobody = browse(&control, Method::POST, SESSION, &own, None).await;
        assert_eq!(nobody.status, StatusCode::NO_CONTENT);
        let says = [("sec-fetch-site", "same-origin"), ("cookie", &*cookie)];
        let out = browse(&control, Method::DELETE, SESSION, &says, None).await;
        assert_eq!(out.status, StatusCode::NO_CONTENT);
        assert!(out.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(with("same-origin").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn an_account_is_looked_up_with_its_agents() {
    for control in TestControl::on_each_database().await {
        let ada = control.register("ada").await;
        let token = text(&ada["access_token"]);
        for name in ["First", "Second"] {
            let body = json!({ "name": name, "game": "melee" });
            let made = control.bear(Method::POST, "/v1/agents", token, Some(body)).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            // Ids are in the order of the time alone.
            control.clock.advance(Span(1));
        }
        let path = format!("/v1/players/identity:{}", text(&ada["identity"]["id"]));
        let seen = control.get(&path).await.body;
        assert_eq!((&seen["name"], &seen["ratings"]), (&json!("ada"), &json!({})));
        let agents = seen["agents"].as_array().unwrap().iter();
        let names: Vec<_> = agents.map(|agent| text(&agent["name"])).collect();
        assert_eq!(names, ["First", "Second"]);
        assert!(!seen.to_string().contains("role"), "what it may do is nobody's business");
    }
}
