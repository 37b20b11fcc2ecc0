//! Wagers as both sides and strangers see them, where nobody holds the stakes. Where a contract does:
//! `wagers_held`.

use arena_control::onchain::{Block, MatchKey};
use arena_control::time::Span;
use arena_control::wagers::contract;
use arena_control::wagers::rules::standing::Said;
use arena_control::{invariants, store};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

pub(crate) const A: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
pub(crate) const B: &str = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF";
const LARGEST: &str =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";
/// 9.3 coins, which is more than 63 bits hold.
pub(crate) const AMOUNT: &str = "9300000000000000000";

impl TestControl {
    /// Two with wallets, and their match in the old API's queue.
    pub(crate) async fn pair(&self) -> (String, String, String) {
        let mut tickets = Vec::new();
        for (code, wallet) in [("FOX#1", A), ("FALCO#2", B)] {
            let asked = json!({ "connect_code": code, "wallet_address": wallet });
            let answer = self.post("/queue/join", &asked).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            tickets.push(answer.body);
        }
        let text = |json: &Json| json.as_str().unwrap().to_owned();
        let id = text(&tickets[1]["match_id"]);
        (id, text(&tickets[0]["queue_id"]), text(&tickets[1]["queue_id"]))
    }

    /// Two with wallets that were asked whether they are there.
    pub(crate) async fn asked(&self) -> (String, String, String) {
        let mut tickets = Vec::new();
        for (code, wallet) in [("FOX#1", A), ("FALCO#2", B)] {
            let asked = json!({ "connect_code": code, "wallet_address": wallet, "tier": "gold" });
            let answer = self.post("/v1/queues/code_duel/join", &asked).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            tickets.push(answer.body["queue_id"].as_str().unwrap().to_owned());
            self.clock.advance(Span(1));
        }
        self.pass(Span::seconds(2)).await;
        let entry = self.get(&format!("/queue/{}", tickets[0])).await.body;
        let [first, second] = [0, 1].map(|at| tickets[at].clone());
        (entry["match_id"].as_str().unwrap().to_owned(), first, second)
    }

    pub(crate) async fn both_ready(&self, id: &str, tickets: [&str; 2]) {
        for ticket in tickets {
            let body = json!({ "queue_id": ticket, "response": "accept" });
            let answer = self.post(&format!("/v1/matches/{id}/ready"), &body).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        }
    }

    pub(crate) async fn propose(&self, id: &str, ticket: &str, amount: &str, wager: u64) -> Answer {
        // As the clients send it: whole numbers of any size, not text.
        let body = format!(r#"{{"queue_id":"{ticket}","amount_wei":{amount},"wager_id":{wager}}}"#);
        self.ask(axum::http::Method::POST, &format!("/matches/{id}/wager/propose"), Some(body))
            .await
    }

    pub(crate) async fn says(&self, id: &str, ticket: &str, verb: &str) -> Answer {
        let body = json!({ "queue_id": ticket });
        self.post(&format!("/matches/{id}/wager/{verb}"), &body).await
    }

    /// In our words: of a wager that may have no number yet.
    pub(crate) async fn agrees(&self, id: &str, ticket: &str) -> Answer {
        let body = json!({ "queue_id": ticket });
        self.post(&format!("/v1/matches/{id}/wager/accept"), &body).await
    }

    /// Before the contract has given the wager a number, or with it.
    pub(crate) async fn offers(
        &self,
        id: &str,
        ticket: &str,
        amount: &str,
        wager: Option<&str>,
    ) -> Answer {
        let body = json!({ "queue_id": ticket, "amount": amount, "wager_id": wager });
        self.post(&format!("/v1/matches/{id}/wager"), &body).await
    }

    pub(crate) async fn wager(&self, id: &str) -> Json {
        self.get(&format!("/v1/matches/{id}/wager")).await.body
    }

    pub(crate) async fn wager_seen(&self, id: &str) -> Json {
        self.get(&format!("/matches/{id}/wager")).await.body
    }

    pub(crate) async fn wager_status(&self, id: &str) -> Json {
        self.wager_seen(id).await["wager_status"].clone()
    }

    pub(crate) async fn loses(&self, id: &str, ticket: &str) {
        let body = json!({ "queue_id": ticket });
        let answer = self.post(&format!("/v1/matches/{id}/leave"), &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    /// The contract says something in a block of its own.
    pub(crate) async fn contract(&self, number: i64, wager: u64, said: Said) {
        let now = self.ctx.clock.now();
        let block = Block { number, hash: format!("0x{number:064x}"), at: now };
        let work = async move |tx: &mut store::Tx| {
            let id = arena_control::uint::WagerId::small(wager);
            contract::observe(tx, id, &said, &block, 0, now).await?;
            // The same again changes nothing.
            contract::observe(tx, id, &said, &block, 0, now).await
        };
        self.ctx.store.write::<_, store::Error, _>(work).await.unwrap();
    }

    /// How many effects of a kind are to be had by now.
    pub(crate) async fn jobs(&self, kind: &str) -> usize {
        self.asked_for(kind).await.len()
    }

    pub(crate) async fn sound(&self) {
        assert_eq!(invariants::broken(&self.ctx).await.unwrap(), []);
    }
}

pub(crate) fn proposed_on(game: &str, amount: &str) -> Said {
    let (proposer, opponent) = (A.parse().unwrap(), B.parse().unwrap());
    let game = Some(game.to_owned());
    Said::Proposed { proposer, opponent, amount: amount.parse().unwrap(), game }
}

/// What the contract says of an offer that names a match.
pub(crate) fn bound_to(id: &str) -> Said {
    Said::Bound { match_key: MatchKey::of(id.parse().unwrap()) }
}

pub(crate) fn accepted(by: &str) -> Said {
    Said::Accepted { by: by.parse().unwrap() }
}

#[tokio::test]
async fn a_wager_is_proposed_accepted_and_settled_with_its_match() {
    for control in TestControl::on_each_database().await {
        let (id, first, second) = control.pair().await;
        let none = control.get(&format!("/matches/{id}/wager")).await;
        assert_eq!(none.status, StatusCode::OK);
        assert_eq!(none.body["wager_status"], Json::Null);
        let made = control.propose(&id, &first, AMOUNT, 42).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        assert_eq!(made.body["wager_status"], "proposed");
        assert_eq!(made.body["wager_amount"].to_string(), AMOUNT, "a number, with all its digits");
        assert_eq!(made.body["wager_amount_wei"], AMOUNT);
        assert_eq!(
            (&made.body["wager_id"], &made.body["wager_proposer"]),
            (&json!(42), &json!("p1"))
        );
        assert!(made.body["detail"].as_str().unwrap().contains("nobody holds these stakes"));
        assert_eq!(made.body["secured"], false);
        let again = control.propose(&id, &first, AMOUNT, 42).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &made.body));
        let done = control.says(&id, &second, "accept").await;
        assert_eq!((done.status, &done.body["wager_status"]), (StatusCode::OK, &json!("accepted")));
        let again = control.says(&id, &second, "accept").await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &done.body));
        let control = control.restarted().await;
        control.pass(Span::seconds(300)).await;
        control.loses(&id, &second).await;
        assert_eq!(
            control.wager(&id).await["course"],
            json!({ "state": "decided", "winner": "p1" })
        );
        assert_eq!(control.wager_status(&id).await, "accepted");
        control.pass(Span::seconds(86_400)).await;
        assert_eq!(control.wager(&id).await["course"], json!({ "state": "won", "winner": "p1" }));
        let shown = control.get(&format!("/matches/{id}")).await.body;
        assert_eq!(shown["wager_status"], "settled");
        assert_eq!(shown["wager_amount"].to_string(), AMOUNT);
        assert_eq!((&shown["wager_id"], &shown["wager_proposer"]), (&json!(42), &json!("p1")));
        assert_eq!(control.jobs("settle_wager").await, 0, "nobody holds anything");
        let told = control.get(&format!("/v1/matches/{id}/events")).await.body;
        let kinds = told["events"].as_array().unwrap().iter().map(|event| &event["kind"]);
        let kinds: Vec<_> =
            kinds.filter_map(Json::as_str).filter(|it| it.starts_with("wager")).collect();
        assert_eq!(
            kinds,
            ["proposed", "accepted", "decided", "won"].map(|it| format!("wager.{it}"))
        );
        control.sound().await;
    }
}

#[tokio::test]
async fn who_may_not_is_told_why_and_nothing_changes() {
    for control in TestControl::on_each_database().await {
        let (id, first, second) = control.pair().await;
        let stranger = control.join("ELSE#3").await["queue_id"].as_str().unwrap().to_owned();
        control.delete(&format!("/queue/{stranger}")).await;
        let nothing = "018bcfe5-6800-7000-8000-000000000000";
        let refused = |answer: Answer, status: u16, words: &str| {
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(detail.contains(words), "{detail}");
        };
        refused(control.says(&id, &second, "accept").await, 400, "Cannot accept wager: nothing");
        refused(control.says(&id, &second, "decline").await, 400, "Cannot decline wager");
        refused(control.says(nothing, &second, "accept").await, 404, "Match not found");
        refused(control.says("join", &second, "accept").await, 404, "Match not found");
        refused(control.get("/matches/x/wager").await, 404, "Match not found");
        refused(control.get(&format!("/matches/{nothing}/wager")).await, 404, "Match not found");
        refused(control.get(&format!("/v1/matches/{id}/wager")).await, 404, "has no wager");
        refused(control.propose(&id, &stranger, "5", 1).await, 403, "plays no side");
        refused(control.propose(&id, nothing, "5", 1).await, 403, "plays no side");
        refused(control.propose(&id, "x", "5", 1).await, 403, "plays no side");
        for amount in ["0", LARGEST, "1000000000000000000000000001"] {
            let answer = control.propose(&id, &first, amount, 1).await;
            refused(answer, 422, "amount_wei: expected 1 to 1000000000000000000000000000 wei");
        }
        for amount in ["-1", "1.5", "1e-3", "\"0x10\"", "null", "01", &format!("{LARGEST}0")] {
            let answer = control.propose(&id, &first, amount, 1).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount} {answer:?}");
        }
        let path = format!("/matches/{id}/wager/propose");
        let nameless = control.post(&path, &json!({ "amount_wei": 5, "wager_id": 1 })).await;
        refused(nameless, 401, "as queue_id, or log in");
        assert_eq!(control.wager_status(&id).await, Json::Null, "nothing of it was kept");
        assert_eq!(control.propose(&id, &first, "5", 1).await.status, StatusCode::OK);
        refused(control.propose(&id, &second, "6", 2).await, 400, "Cannot propose wager");
        refused(control.propose(&id, &first, "6", 1).await, 400, "has a wager already");
        refused(control.says(&id, &first, "accept").await, 400, "the other side has to accept");
        refused(control.says(&id, &stranger, "decline").await, 403, "plays no side");
        assert_eq!(control.wager_status(&id).await, "proposed");
        control.says(&id, &second, "accept").await;
        refused(control.says(&id, &second, "decline").await, 400, "it is accepted");
        control.loses(&id, &first).await;
        refused(control.says(&id, &second, "decline").await, 400, "the wager is over");
        let (over, first, _) = control.pair().await;
        control.loses(&over, &first).await;
        refused(control.propose(&over, &first, "5", 9).await, 400, "the match is over");
        control.sound().await;
    }
}

#[tokio::test]
async fn nobody_answers_in_time_or_does_not_want_to() {
    for control in TestControl::on_each_database().await {
        let (id, first, second) = control.pair().await;
        control.propose(&id, &first, "5", 1).await;
        control.pass(Span::seconds(14)).await;
        assert_eq!(control.wager_status(&id).await, "proposed");
        let control = control.restarted().await;
        control.pass(Span::seconds(1)).await;
        assert_eq!(control.wager_status(&id).await, "expired");
        let late = control.says(&id, &second, "accept").await;
        assert_eq!(late.status, StatusCode::BAD_REQUEST);
        assert!(late.body["detail"].as_str().unwrap().contains("not answered in time"));
        let (id, first, second) = control.pair().await;
        control.propose(&id, &second, "5", 1).await;
        assert_eq!(control.says(&id, &first, "decline").await.body["wager_status"], "declined");
        assert_eq!(control.says(&id, &first, "decline").await.status, StatusCode::OK, "again");
        assert_eq!(control.says(&id, &first, "accept").await.status, StatusCode::BAD_REQUEST);
        let (id, first, _) = control.pair().await;
        control.propose(&id, &first, "5", 1).await;
        assert_eq!(control.says(&id, &first, "decline").await.body["wager_status"], "declined");
        let (id, first, _) = control.pair().await;
        control.clock.advance(Span::seconds(30));
        let late = control.propose(&id, &first, "5", 1).await;
        assert!(late.body["detail"].as_str().unwrap().contains("the game has started"), "{late:?}");
        control.sound().await;
    }
}

#[tokio::test]
async fn a_start_that_is_seen_ends_the_talk() {
    for control in TestControl::on_each_database().await {
        let (id, first, second) = control.asked().await;
        assert_eq!(control.propose(&id, &first, "5", 1).await.status, StatusCode::OK);
        control.both_ready(&id, [&first, &second]).await;
        control.clock.advance(Span::seconds(5));
        // Nobody has looked at the match yet; it began all the same.
        let late = control.says(&id, &second, "accept").await;
        assert!(late.body["detail"].as_str().unwrap().contains("the game has started"), "{late:?}");
        control.pass(Span(0)).await;
        assert_eq!(control.wager_status(&id).await, "expired");
        control.sound().await;
    }
}

#[tokio::test]
async fn a_match_without_a_winner_gives_both_stakes_back() {
    for control in TestControl::on_each_database().await {
        for way in ["left before the start", "ran out"] {
            let (id, first, second) = match way {
                "ran out" => control.pair().await,
                _left => control.asked().await,
            };
            control.propose(&id, &first, "5", 1).await;
            control.says(&id, &second, "accept").await;
            match way {
                "ran out" => control.pass(Span::seconds(1_800)).await,
                _left => control.loses(&id, &second).await,
            }
            assert_eq!(control.wager_status(&id).await, "voided", "{way}");
            let course = json!({ "state": "void", "why": "no_result" });
            assert_eq!(control.wager(&id).await["course"], course, "{way}");
            control.delete(&format!("/queue/{first}")).await;
            control.sound().await;
        }
    }
}
