//! Crews that meet in battles, and games of everybody for himself.

use arena_control::time::Span;
use arena_control::{Config, invariants, ratings};
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

    /// What members have, as the ladder of their queue shows them: who, rating, won and lost.
    async fn ladder(&self, queue: &str) -> Vec<(String, i64, i64, i64)> {
        let shown = self.get(&format!("/v1/ratings/{queue}")).await.body["ratings"].clone();
        let line = |line: &Json| {
            let number = |key: &str| line[key].as_i64().unwrap();
            let player = line["player"].as_str().unwrap().to_owned();
            (player, number("rating"), number("wins"), number("losses"))
        };
        shown.as_array().unwrap().iter().map(line).collect()
    }

    async fn ratings_are_sound(&self) {
        assert_eq!(ratings::recompute(&self.ctx.store).await.unwrap().differences, []);
        assert_eq!(invariants::broken(&self.ctx).await.unwrap(), []);
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

#[tokio::test]
async fn a_battle_ends_when_both_leaders_say_the_same_and_not_before() {
    for control in TestControl::on_each_database().await {
        let (first, red) = control.crew("red").await;
        let (second, blue) = control.crew("blue").await;
        let battle = control.challenge(&first, &red, &json!({})).await;
        let id = battle.body["lobby_id"].as_str().unwrap().to_owned();
        control.clock.advance(Span(1));
        control.challenge(&second, &blue, &json!({})).await;
        let path = format!("/v1/lobbies/{id}/report");
        let report = async |who: &Member, winner: &Json| {
            control.post_as(who, &path, &json!({ "winner": winner })).await
        };
        let (red, blue) = (json!(red), json!(blue));
        assert_eq!(report(&first, &red).await.body["code"], "lobby_state", "too early");
        control.pass(Span::seconds(300)).await;
        let stranger = control.member("stranger").await;
        assert_eq!(report(&stranger, &red).await.status, StatusCode::FORBIDDEN);
        assert_eq!(report(&first, &json!(id)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(report(&first, &red).await.status, StatusCode::OK);
        assert_eq!(report(&first, &red).await.status, StatusCode::OK, "the same again is fine");
        assert_eq!(report(&first, &blue).await.body["code"], "told_otherwise");
        assert_eq!(control.lobby(&id).await["battle"]["state"]["state"], "active");
        let over = report(&second, &red).await;
        let state = &over.body["course"]["battle"]["state"];
        assert_eq!(state["state"], "resolved", "{over:?}");
        assert_eq!(
            (&state["outcome"]["winner"], &state["outcome"]["how"]),
            (&json!("p1"), &json!("played"))
        );
        let ladder = control.ladder("proxy_war").await;
        assert_eq!(ladder.len(), 6, "both crews are rated: {ladder:?}");
        let winners = &ladder[..3];
        assert!(winners.iter().any(|line| line.0 == format!("identity:{}", first.id)));
        let alike = |lines: &[(String, i64, i64, i64)], won, lost| {
            lines.iter().all(|line| line.1 == lines[0].1 && (line.2, line.3) == (won, lost))
        };
        assert!(alike(winners, 1, 0) && alike(&ladder[3..], 0, 1), "{ladder:?}");
        assert!(winners[0].1 > ladder[3].1, "{ladder:?}");
        report(&second, &red).await;
        assert_eq!(control.ladder("proxy_war").await, ladder, "once");
        control.ratings_are_sound().await;
    }
}

#[tokio::test]
async fn leaders_who_disagree_leave_it_to_an_operator_or_to_time() {
    let config = Config { admin_token: Some("operator".into()), ..Config::default() };
    let control = TestControl::with(config).await;
    let operator = Member { token: "operator".into(), id: String::new() };
    for (what, body, state) in
        [("finish", Some("blue"), "resolved"), ("void", None, "cancelled"), ("", None, "cancelled")]
    {
        let name = |crew: &str| format!("{crew}{}", what.len());
        let (first, red) = control.crew(&name("red")).await;
        let (second, blue) = control.crew(&name("blue")).await;
        let battle = control.challenge(&first, &red, &json!({})).await;
        let id = battle.body["lobby_id"].as_str().unwrap().to_owned();
        control.clock.advance(Span(1));
        control.challenge(&second, &blue, &json!({})).await;
        control.pass(Span::seconds(300)).await;
        let path = format!("/v1/lobbies/{id}/report");
        control.post_as(&first, &path, &json!({ "winner": red })).await;
        control.post_as(&second, &path, &json!({ "winner": blue })).await;
        assert_eq!(control.lobby(&id).await["battle"]["state"]["state"], "active");
        let path = format!("/v1/admin/lobbies/{id}/{what}");
        if what.is_empty() {
            control.pass(Span::seconds(180)).await;
        } else {
            let mut body = body.map_or_else(|| json!({}), |_| json!({ "winner": blue }));
            body["why"] = json!("the crews disagree");
            assert!(control.post_as(&first, &path, &body).await.status.is_client_error());
            let done = control.post_as(&operator, &path, &body).await;
            assert_eq!(done.status, StatusCode::OK, "{done:?}");
        }
        let battle = control.lobby(&id).await["battle"].clone();
        assert_eq!(battle["state"]["state"], state, "{battle}");
        let crew = control.get(&format!("/v1/crews/{blue}")).await.body;
        assert_eq!(crew["lobby_id"], Json::Null, "its crews are free");
        assert_eq!(control.ladder("proxy_war").await.len(), 6, "what is void moves nothing");
    }
    control.ratings_are_sound().await;
}

#[tokio::test]
async fn a_game_of_many_ends_when_more_than_half_say_who_won() {
    for control in TestControl::on_each_database().await {
        let mut members = Vec::new();
        let mut lobby = String::new();
        for n in 0..8 {
            let member = control.member(&format!("hunter-{n}")).await;
            let answer =
                control.post_as(&member, "/v1/queues/bounty_hunt/register", &json!({})).await;
            lobby = answer.body["lobby_id"].as_str().unwrap().to_owned();
            members.push(member);
        }
        control.pass(Span::seconds(66)).await;
        let path = format!("/v1/lobbies/{lobby}/report");
        let winner = json!({ "winner": members[3].id });
        for (n, member) in members.iter().enumerate().take(5) {
            assert_eq!(control.lobby(&lobby).await["ffa"]["state"]["state"], "active", "{n}");
            let told = control.post_as(member, &path, &winner).await;
            assert_eq!(told.status, StatusCode::OK, "{told:?}");
        }
        let state = control.lobby(&lobby).await["ffa"]["state"].clone();
        assert_eq!(state, json!({ "state": "ended", "winner": members[3].id }));
        let other = json!({ "winner": members[4].id });
        let late = control.post_as(&members[7], &path, &other).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{late:?}");
        let ladder = control.ladder("bounty_hunt").await;
        assert_eq!(ladder[0].0, format!("identity:{}", members[3].id));
        assert_eq!((ladder[0].2, ladder[0].3), (1, 0));
        let rest: Vec<_> = ladder[1..].iter().map(|line| (line.1, line.2, line.3)).collect();
        assert_eq!(rest.len(), 7);
        assert!(rest.iter().all(|line| *line == rest[0]) && rest[0].0 < ladder[0].1, "{ladder:?}");
        control.ratings_are_sound().await;
    }
}
