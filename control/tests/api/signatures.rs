//! Both sides sign a result: what proves that they agree is kept, and nothing else.

use arena_control::time::Span;
use arena_control::{Config, Signing};
use arena_protocol::result::{B256, MatchResult, match_id, wallet};
use axum::http::StatusCode;
use k256::ecdsa::SigningKey;
use serde_json::{Value as Json, json};

use crate::results::Met;
use crate::support::{Answer, TestControl};

/// The accounts of the keys 1 and 2, and of a stranger's, 3.
pub(crate) const ACCOUNTS: [&str; 3] = [
    "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
    "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
    "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69",
];

/// Signs a digest with key 1, 2 or 3.
pub(crate) fn sign(key: u8, digest: B256) -> String {
    let mut secret = [0; 32];
    secret[31] = key;
    let key = SigningKey::from_slice(&secret).unwrap();
    let (signature, id) = key.sign_prehash_recoverable(digest.as_slice()).unwrap();
    let mut text: String = signature.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    text.push_str(if id.is_y_odd() { "1c" } else { "1b" });
    text
}

/// What a client makes of the match that it sees.
pub(crate) fn result_of(seen: &Json) -> MatchResult {
    let account = |key: &str| wallet(seen[key].as_str().unwrap()).unwrap();
    let score = |key: &str| u8::try_from(seen[key].as_u64().unwrap()).unwrap();
    MatchResult {
        match_id: match_id(seen["id"].as_str().unwrap()),
        winner: account("winner_wallet"),
        loser: account("loser_wallet"),
        game_id: "melee".into(),
        winner_score: score("winner_score"),
        loser_score: score("loser_score"),
        replay_hash: B256::ZERO,
        timestamp: seen["result_timestamp"].as_u64().unwrap(),
    }
}

impl TestControl {
    pub(crate) fn domain(&self) -> Signing {
        Config::default().signing
    }

    pub(crate) async fn meet_with_wallets(&self) -> Met {
        let side = |code: &str, account: &str, agent: i64| json!({ "connect_code": code, "wallet_address": account, "agent_id": agent });
        // As some clients write it: the case of an address is not its name.
        let other = ACCOUNTS[1].to_lowercase();
        self.meet(&side("A#1", ACCOUNTS[0], 7), &side("B#2", &other, 8)).await
    }

    /// A match that the first side has won, with what it is signed as.
    pub(crate) async fn won(&self) -> (Met, MatchResult) {
        let met = self.meet_with_wallets().await;
        self.decide(&met, 3, 0).await;
        let result = result_of(&self.seen_as_before(&met.id).await);
        (met, result)
    }

    pub(crate) async fn submit(&self, id: &str, address: &str, signature: &str) -> Answer {
        let body = json!({ "address": address, "signature": signature });
        self.post(&format!("/matches/{id}/signature"), &body).await
    }

    pub(crate) async fn signatures(&self, id: &str) -> Json {
        self.get(&format!("/matches/{id}/signatures")).await.body
    }

    async fn signed(&self, id: &str) -> Vec<Json> {
        let told = self.get(&format!("/v1/matches/{id}/events")).await.body;
        let events = told["events"].as_array().unwrap().iter();
        let signed = events.filter(|event| event["kind"] == "match.signed");
        signed.map(|event| event["body"].clone()).collect()
    }
}

#[tokio::test]
async fn both_sides_sign_as_clients_of_the_old_api_do() {
    for control in TestControl::on_each_database().await {
        let (met, result) = control.won().await;
        let digest = result.digest(&control.domain());
        let [one, other] = [sign(1, digest), sign(2, digest)];
        let first = control.submit(&met.id, ACCOUNTS[0], &one).await;
        let received = |count: usize, ready| json!({ "match_id": met.id, "signatures_received": count, "ready_for_submission": ready });
        assert_eq!((first.status, first.body), (StatusCode::OK, received(1, false)));
        let again = control.submit(&met.id, ACCOUNTS[0], &format!("0x{one}")).await;
        assert_eq!(again.body, received(1, false), "the same once more is fine");
        control.clock.advance(Span(1));
        let second = control.submit(&met.id, &ACCOUNTS[1].to_lowercase(), &other).await;
        assert_eq!(second.body, received(2, true));
        let kept = control.signatures(&met.id).await;
        let line = |address: &str, signature, at| json!({ "address": address, "signature": signature, "created_at": at });
        assert_eq!(
            kept["signatures"],
            json!([
                line(ACCOUNTS[0], one, "2027-01-15T08:00:00.000000+00:00"),
                line(ACCOUNTS[1], other, "2027-01-15T08:00:00.001000+00:00"),
            ])
        );
        assert_eq!(
            (&kept["signatures_received"], &kept["ready_for_submission"]),
            (&json!(2), &json!(true))
        );
        let told = control.signed(&met.id).await;
        assert_eq!(
            told,
            [json!({ "side": "p1", "both": false }), json!({ "side": "p2", "both": true })]
        );
        control.assert_sound().await;
    }
}

#[tokio::test]
async fn what_wallets_are_asked_to_sign_is_what_is_checked() {
    let control = TestControl::start().await;
    let met = control.meet_with_wallets().await;
    let path = format!("/v1/matches/{}/typed-data", met.id);
    let early = control.get(&path).await;
    assert_eq!(
        (early.status, &early.body["code"]),
        (StatusCode::CONFLICT, &json!("nothing_to_sign"))
    );
    control.decide(&met, 0, 2).await;
    let result = result_of(&control.seen_as_before(&met.id).await);
    let data = control.get(&path).await.body;
    assert_eq!(data, result.typed_data(&control.domain()));
    assert_eq!(data["message"]["winner"], ACCOUNTS[1]);
    assert_eq!(data["domain"]["chainId"], 143);
    assert_eq!(data["primaryType"], "MatchResult");
}

#[tokio::test]
async fn every_form_of_a_signature_is_taken_for_the_same() {
    for control in TestControl::on_each_database().await {
        let (met, result) = control.won().await;
        let text = sign(1, result.digest(&control.domain()));
        let odd = text.ends_with("1c");
        let top = u8::from_str_radix(&text[64..66], 16).unwrap() | (u8::from(odd) << 7);
        let compact = format!("{}{top:02x}{}", &text[..64], &text[66..128]);
        let low_v = format!("{}{}", &text[..128], if odd { "01" } else { "00" });
        for form in [format!("0x{compact}"), low_v, text.to_uppercase(), compact, text.clone()] {
            let answer = control.submit(&met.id, ACCOUNTS[0], &form).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            assert_eq!(answer.body["signatures_received"], 1);
        }
        assert_eq!(control.signatures(&met.id).await["signatures"][0]["signature"], text);
    }
}

/// What is sent, as which address, and how it is refused.
type Bad = (&'static str, String, String, u16, &'static str);

/// Good signatures, of something else or of somebody else.
fn of_something_else(result: &MatchResult, other: &MatchResult, domain: Signing) -> Vec<Bad> {
    const ELSE: &str = "over this result the signature is that of";
    let [one, two, stranger] = ACCOUNTS.map(str::to_owned);
    let digest = result.digest(&domain);
    let elsewhere = Signing { contract: wallet(ACCOUNTS[2]).unwrap(), ..domain };
    let testnet = Signing { chain_id: 10143, ..domain };
    let swapped = MatchResult { winner: result.loser, loser: result.winner, ..result.clone() };
    let better = MatchResult { winner_score: 4, ..result.clone() };
    let by_first = |result: &MatchResult, domain| sign(1, result.digest(domain));
    vec![
        (
            "a stranger",
            stranger,
            sign(3, digest),
            403,
            "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69",
        ),
        ("a stranger for a side", one.clone(), sign(3, digest), 422, ELSE),
        ("one for the other", two, sign(1, digest), 422, "this is the signature of the other side"),
        ("another match", one.clone(), by_first(other, &domain), 422, ELSE),
        ("another score", one.clone(), by_first(&better, &domain), 422, ELSE),
        ("another contract", one.clone(), by_first(result, &elsewhere), 422, ELSE),
        (
            "another chain",
            one.clone(),
            by_first(result, &testnet),
            422,
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf signed this result for chain 10143",
        ),
        (
            "swapped",
            one,
            by_first(&swapped, &domain),
            422,
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf signed this result with winner and loser",
        ),
    ]
}

/// A good signature, damaged.
fn damaged(good: &str) -> Vec<Bad> {
    let [one, ..] = ACCOUNTS.map(str::to_owned);
    let (rs, r) = (&good[..128], &good[..64]);
    // The compact form with the other v.
    let top =
        u8::from_str_radix(&good[64..66], 16).unwrap() | (u8::from(good.ends_with("1b")) << 7);
    let compact = format!("{r}{top:02x}{}", &good[66..128]);
    let of_good = |address: String, detail| ("its address", address, good.to_owned(), 422, detail);
    let mut all = vec![
        of_good(one.replace('A', "a"), "address: the address fails its checksum"),
        of_good("A#1".to_owned(), "address: not an address"),
    ];
    for (signature, detail) in [
        (high_s(good), "signature: the signature's s is in the upper half"),
        (compact, "over this result the signature is that of"),
        (format!("{good}00"), "signature: the signature has 66 bytes"),
        (good[..126].to_owned(), "signature: the signature has 63 bytes"),
        ("0x".to_owned(), "signature: the signature has 0 bytes"),
        (format!("{rs}1d"), "signature: the signature's last byte, v, is 29"),
        (format!("{r}{}1b", "00".repeat(32)), "signature: the signature's r or s"),
        ("0xsig_a".to_owned(), "signature: the signature is not hexadecimal"),
        (format!("0X{good}"), "signature: the signature is not hexadecimal"),
    ] {
        all.push(("damaged", one.clone(), signature, 422, detail));
    }
    all
}

#[tokio::test]
async fn what_proves_nothing_is_refused_with_its_reason_and_changes_nothing() {
    for control in TestControl::on_each_database().await {
        let (met, result) = control.won().await;
        let (other_met, other) = control.won().await;
        let good = sign(1, result.digest(&control.domain()));
        let bad = of_something_else(&result, &other, control.domain());
        for (name, address, signature, status, detail) in bad.into_iter().chain(damaged(&good)) {
            let answer = control.submit(&met.id, &address, &signature).await;
            assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
            let said = answer.body["detail"].as_str().unwrap();
            assert!(said.starts_with(detail), "{name}: {said}");
            let held = control.signatures(&met.id).await;
            assert_eq!(held["signatures_received"], 0, "{name}");
        }
        let replayed = control.submit(&other_met.id, ACCOUNTS[0], &good).await;
        assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(control.signed(&met.id).await.is_empty());
        assert_eq!(control.submit(&met.id, ACCOUNTS[0], &good).await.status, StatusCode::OK);
        let unknown = "00000000-0000-4000-8000-000000000001";
        let answer = control.submit(unknown, ACCOUNTS[0], &good).await;
        assert_eq!(answer.body["detail"], "Match not found");
        let answer = control.get(&format!("/matches/{unknown}/signatures")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        control.assert_sound().await;
    }
}

/// The other signature over the same by the same key, which anybody can make of the first.
fn high_s(good: &str) -> String {
    // The order of the group, less s, by hand: byte by byte from the last.
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let byte = |text: &str, at: usize| i32::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
    let (mut high, mut borrow) = (String::new(), 0);
    for at in (0..32).rev() {
        let left = byte(order, at) - byte(&good[64..128], at) - borrow;
        borrow = i32::from(left < 0);
        high = format!("{:02x}{high}", left.rem_euclid(256));
    }
    let v = if good.ends_with("1b") { "1c" } else { "1b" };
    format!("{}{high}{v}", &good[..64])
}

#[tokio::test]
async fn a_side_that_signs_again_otherwise_keeps_its_first_signature() {
    let control = TestControl::start().await;
    let (met, result) = control.won().await;
    let digest = result.digest(&control.domain());
    control.submit(&met.id, ACCOUNTS[0], &sign(1, digest)).await;
    // The same key, with another nonce: as good as the first, but one is enough.
    let key = SigningKey::from_slice(&{
        let mut secret = [0; 32];
        secret[31] = 1;
        secret
    });
    let nonce = k256::Scalar::from(77_u64);
    let other = {
        use k256::ecdsa::hazmat::SignPrimitive as _;
        let (signature, id) = key
            .unwrap()
            .as_nonzero_scalar()
            .try_sign_prehashed(nonce, &k256::FieldBytes::from(digest.0))
            .unwrap();
        let text: String = signature.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{text}{}", if id.unwrap().is_y_odd() { "1c" } else { "1b" })
    };
    let answer = control.submit(&met.id, ACCOUNTS[0], &other).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("signed_otherwise"))
    );
    assert_eq!(control.signatures(&met.id).await["signatures_received"], 1);
}

#[tokio::test]
async fn where_nobody_won_or_somebody_has_no_wallet_there_is_nothing_to_sign() {
    let control = TestControl::start().await;
    let side =
        |code: &str, account: Json| json!({ "connect_code": code, "wallet_address": account });
    let wrong_case = ACCOUNTS[1].replace('B', "b");
    for (one, other, score, detail) in [
        (json!(ACCOUNTS[0]), json!(ACCOUNTS[1]), (2, 2), "the match was a draw"),
        (json!(ACCOUNTS[0]), Json::Null, (2, 0), "the second side joined without a wallet"),
        (
            json!("0xanything"),
            json!(ACCOUNTS[1]),
            (2, 0),
            "the first side joined with a wallet that is none",
        ),
        (
            json!(ACCOUNTS[0]),
            json!(wrong_case),
            (2, 0),
            "the second side joined with a wallet that is none",
        ),
    ] {
        let met = control.meet(&side("A#1", one), &side("B#2", other)).await;
        control.decide(&met, score.0, score.1).await;
        let data = control.get(&format!("/v1/matches/{}/typed-data", met.id)).await;
        let signed = control.submit(&met.id, ACCOUNTS[0], &sign(1, B256::ZERO)).await;
        for answer in [data, signed] {
            assert_eq!(
                (answer.status, &answer.body["code"]),
                (StatusCode::CONFLICT, &json!("nothing_to_sign"))
            );
            assert!(answer.body["detail"].as_str().unwrap().starts_with(detail), "{answer:?}");
        }
    }
    control.assert_sound().await;
}

#[tokio::test]
async fn two_that_sign_at_once_are_both_kept_and_ask_for_one_record() {
    for control in TestControl::on_each_database().await {
        for _ in 0..4 {
            let (met, result) = control.won().await;
            let digest = result.digest(&control.domain());
            let [one, other] = [sign(1, digest), sign(2, digest)];
            let (one, other, again) = tokio::join!(
                control.submit(&met.id, ACCOUNTS[0], &one),
                control.submit(&met.id, ACCOUNTS[1], &other),
                control.submit(&met.id, ACCOUNTS[0], &one),
            );
            for answer in [one, other, again] {
                assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            }
            let both = control.signed(&met.id).await;
            assert_eq!(both.len(), 2);
            assert_eq!(both.iter().filter(|body| body["both"] == true).count(), 1);
            control.assert_sound().await;
        }
    }
}
