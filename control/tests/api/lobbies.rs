//! Crews that meet in battles, and games of everybody for himself.

use arena_control::invariants;
use arena_control::time::Span;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestControl};

/// Somebody with an account.
struct Member {
    token: String,
    id: String,
}

impl TestControl {
    async fn member(&self, name: &str) -> Member {
        let asked = json!({ "name": name, "password": "correct horse battery" });
        let answer = self.post("/v1/auth/register", &asked).await;
        assert!(answer.status.is_success(), "{answer:?}");
        let token = answer.body["access_token"].as_str().unwrap().to_owned();
        let me = Request::get("/v1/me").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let me = self.send(me.body(Body::empty()).unwrap()).await;
        let id = me.body["id"].as_str().unwrap().to_owned();
        Member { token, id }
    }

    async fn post_as(&self, member: &Member, path: &str, body: &Json) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", member.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// A crew of three, its leader and its id.
    async fn crew(&self, name: &str) -> (Member, String) {
        let leader = self.member(&format!("{name}-1")).await;
        let crew = self.post_as(&leader, "/v1/queues/proxy_war/crews", &json!({})).await;
        assert_eq!(crew.status, StatusCode::OK, "{crew:?}");
        let id = crew.body["crew_id"].as_str().unwrap().to_owned();
        for n in 2..=3 {
            let member = self.member(&format!("{name}-{n}")).await;
            let joined = self.post_as(&member, &format!("/v1/crews/{id}/join"), &json!({})).await;
            assert_eq!(joined.body["members"].as_array().unwrap().len(), n);
        }
        (leader, id)
    }

    async fn challenge(&self, leader: &Member, crew: &str, asked: &Json) -> Answer {
        self.post_as(leader, &format!("/v1/crews/{crew}/challenge"), asked).await
    }

    async fn lobby(&self, id: &str) -> Json {
        self.get(&format!("/v1/lobbies/{id}")).await.body["course"].clone()
    }
}

#[tokio::test]
async fn two_crews_that_seek_a_battle_meet_and_fight() {
    for control in TestControl::on_each_database().await {
        let (first, red) = control.crew("red").await;
        let (second, blue) = control.crew("blue").await;
        let stranger = control.challenge(&second, &red, &json!({})).await;
        assert_eq!(stranger.status, StatusCode::FORBIDDEN);
        let battle = control.challenge(&first, &red, &json!({})).await;
        assert_eq!(battle.body["course"]["battle"]["state"]["state"], "seeking", "{battle:?}");
        let id = battle.body["lobby_id"].as_str().unwrap().to_owned();
        assert_eq!(control.challenge(&first, &red, &json!({})).await.body["code"], "in_battle");
        control.clock.advance(Span(1));
        control.challenge(&second, &blue, &json!({})).await;
        assert_eq!(control.lobby(&id).await["battle"]["state"]["state"], "declared");
        let control = control.restarted().await;
        control.pass(Span::seconds(300)).await;
        assert_eq!(control.lobby(&id).await["battle"]["state"]["state"], "active");
        control.pass(Span::seconds(180)).await;
        assert_eq!(control.lobby(&id).await["battle"]["state"]["state"], "cancelled");
        assert_eq!(control.get(&format!("/v1/crews/{red}")).await.body["lobby_id"], Json::Null);
        let again = control.challenge(&first, &red, &json!({ "crew_id": blue })).await;
        assert_eq!(again.body["course"]["battle"]["state"]["state"], "challenged", "{again:?}");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_crew_that_was_asked_accepts_and_loses_its_place_when_it_shrinks() {
    let control = TestControl::start().await;
    let (first, red) = control.crew("red").await;
    let (second, blue) = control.crew("blue").await;
    let battle = control.challenge(&first, &red, &json!({ "crew_id": blue })).await;
    let id = battle.body["lobby_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/lobbies/{id}/answer");
    let yes = json!({ "crew_id": blue, "response": "accept" });
    assert_eq!(control.post_as(&first, &path, &yes).await.status, StatusCode::FORBIDDEN);
    let met = control.post_as(&second, &path, &yes).await;
    assert_eq!(met.body["course"]["battle"]["state"]["state"], "declared", "{met:?}");
    let left = control.post_as(&second, &format!("/v1/crews/{blue}/leave"), &json!({})).await;
    assert_eq!(left.body["members"].as_array().unwrap().len(), 2);
    control.pass(Span::seconds(300)).await;
    assert_eq!(control.lobby(&id).await["battle"]["state"]["state"], "cancelled");
    let red = control.get(&format!("/v1/crews/{red}")).await.body;
    assert!(red["lobby_id"].is_string(), "the crew that was left alone seeks again: {red}");
    assert_ne!(red["lobby_id"], json!(id));
}

#[tokio::test]
async fn a_game_of_many_needs_eight_and_whoever_registered_is_in_no_other() {
    for control in TestControl::on_each_database().await {
        let path = "/v1/queues/bounty_hunt/register";
        let mut members = Vec::new();
        for n in 0..8 {
            members.push(control.member(&format!("hunter-{n}")).await);
        }
        let mut lobby = String::new();
        for member in &members[..7] {
            let answer = control.post_as(member, path, &json!({})).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            lobby = answer.body["lobby_id"].as_str().unwrap().to_owned();
        }
        control.pass(Span::seconds(60)).await;
        assert_eq!(control.lobby(&lobby).await["ffa"]["state"]["reason"], "too_few");
        let mut ids = Vec::new();
        for member in &members {
            let answer = control.post_as(member, path, &json!({})).await;
            ids.push(answer.body["lobby_id"].as_str().unwrap().to_owned());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        control.pass(Span::seconds(60)).await;
        let assigning = control.lobby(&ids[0]).await;
        assert_eq!(assigning["ffa"]["state"]["state"], "assigning");
        assert_eq!(assigning["ffa"]["players"].as_array().unwrap().len(), 8);
        assert_eq!(assigning["ffa"]["players"][0], json!(members[0].id));
        let again = control.post_as(&members[0], path, &json!({})).await;
        assert_eq!(again.body["code"], "in_lobby", "{again:?}");
        let nobody = control.post("/v1/queues/bounty_hunt/register", &json!({})).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
        control.pass(Span::seconds(5)).await;
        assert_eq!(control.lobby(&ids[0]).await["ffa"]["state"]["state"], "active");
        assert_eq!(invariants::broken(&control.ctx).await.unwrap(), []);
    }
}
