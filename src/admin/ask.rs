//! A command line → the request that does it, and how its answer is shown.

use hyper::Method;
use serde_json::{Value as Json, json};

use super::show::Show;
use super::{Keys, Matches, Queues, Role, Users, What, Why, Winner};

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Json>,
    pub(super) show: Show,
}

pub(super) fn ask(what: &What) -> Ask {
    match what {
        What::Users(users) => of_users(users),
        What::Keys(keys) => of_keys(keys),
        What::Queues(queues) => of_queues(queues),
        What::Matches(matches) => of_matches(matches),
        What::Events { of: Some(id), after, .. } => {
            get(format!("/v1/matches/{}/events?after={after}", segment(id)), Show::Events)
        }
        What::Events { of: None, after, limit, .. } => {
            get(format!("/v1/admin/events?after={after}&limit={limit}"), Show::Events)
        }
        What::Invariants => get("/v1/admin/invariants".to_owned(), Show::Broken),
    }
}

fn of_users(users: &Users) -> Ask {
    let at = |user: &str, act: &str| format!("/v1/admin/users/{}{act}", segment(user));
    match users {
        Users::List { role, before } => {
            let role = role.map(|role| role_name(role).to_owned());
            get(
                with_query("/v1/admin/users", &[("role", role), ("before", before.clone())]),
                Show::Users,
            )
        }
        Users::Show { user } => get(at(user, ""), Show::One),
        Users::Make { name, role, why } => {
            let body = json!({ "name": name, "role": role_name(*role) });
            post("/v1/admin/users".to_owned(), body, why, Show::One)
        }
        Users::Grant { user, role, why } => {
            post(at(user, "/role"), json!({ "role": role_name(*role) }), why, Show::One)
        }
        Users::Revoke { user, why } => {
            post(at(user, "/role"), json!({ "role": role_name(Role::Player) }), why, Show::One)
        }
        Users::Disable { user, why } => post(at(user, "/disable"), json!({}), why, Show::One),
        Users::Enable { user, why } => post(at(user, "/enable"), json!({}), why, Show::One),
    }
}

fn of_keys(keys: &Keys) -> Ask {
    let at = |user: &str, rest: &str| format!("/v1/admin/users/{}/keys{rest}", segment(user));
    match keys {
        Keys::List { user } => get(at(user, ""), Show::Keys),
        Keys::Make { user, name, scopes, why } => {
            post(at(user, ""), json!({ "name": name, "scopes": scopes }), why, Show::One)
        }
        Keys::Revoke { user, key, why } => {
            let path = at(user, &format!("/{}/revoke", segment(key)));
            post(path, json!({}), why, Show::Done)
        }
        Keys::Rotate => Ask {
            method: Method::POST,
            path: "/v1/admin/keys/rotate".to_owned(),
            body: None,
            show: Show::One,
        },
    }
}

fn of_queues(queues: &Queues) -> Ask {
    let at = |queue: &str, act: &str| format!("/v1/admin/queues/{}{act}", segment(queue));
    let door = |queue: &str, door: &str, why: &Why| {
        post(at(queue, "/door"), json!({ "door": door }), why, Show::One)
    };
    match queues {
        Queues::List => get("/v1/admin/queues".to_owned(), Show::Queues),
        Queues::Show { queue } => get(at(queue, ""), Show::Entries),
        Queues::Open { queue, why } => door(queue, "open", why),
        Queues::Drain { queue, why } => door(queue, "draining", why),
        Queues::Close { queue, why } => door(queue, "closed", why),
    }
}

fn of_matches(matches: &Matches) -> Ask {
    let at = |id: &str, act: &str| format!("/v1/admin/matches/{}{act}", segment(id));
    match matches {
        Matches::List { state, disputed, queue, before, limit } => {
            let query = [
                ("state", state.clone()),
                ("verdict", disputed.then(|| "disputed".to_owned())),
                ("queue", queue.clone()),
                ("before", before.clone()),
                ("limit", Some(limit.to_string())),
            ];
            get(with_query("/matches", &query), Show::Matches)
        }
        Matches::Show { id } => get(format!("/v1/matches/{}", segment(id)), Show::One),
        Matches::Void { id, why } => post(at(id, "/void"), json!({}), why, Show::One),
        Matches::Resolve { id, winner, why } => {
            let winner = match winner {
                Winner::P1 => "p1",
                Winner::P2 => "p2",
                Winner::Draw => "draw",
            };
            post(at(id, "/resolve"), json!({ "winner": winner }), why, Show::One)
        }
        Matches::Requeue { id, why } => post(at(id, "/requeue"), json!({}), why, Show::One),
    }
}

fn get(path: String, show: Show) -> Ask {
    Ask { method: Method::GET, path, body: None, show }
}

fn post(path: String, mut body: Json, Why { why }: &Why, show: Show) -> Ask {
    body["why"] = json!(why);
    Ask { method: Method::POST, path, body: Some(body), show }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Player => "player",
        Role::Admin => "admin",
        Role::Relay => "relay",
    }
}

fn with_query(path: &str, query: &[(&str, Option<String>)]) -> String {
    let given = query.iter().filter_map(|(name, value)| {
        value.as_ref().map(|value| format!("{name}={}", segment(value)))
    });
    let given: Vec<_> = given.collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}

/// A text as one segment of a path or one value of a query, whatever it holds.
fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escaped = text.bytes().map(|byte| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        admin: super::super::Args,
    }

    #[test]
    fn every_command_is_one_request() {
        for (line, method, path, body) in [
            ("users list --role relay", "GET", "/v1/admin/users?role=relay", None),
            ("users show a/b?c", "GET", "/v1/admin/users/a%2Fb%3Fc", None),
            (
                "users revoke ada --why gone",
                "POST",
                "/v1/admin/users/ada/role",
                Some(json!({ "role": "player", "why": "gone" })),
            ),
            (
                "keys make edge main --scope reports --why new",
                "POST",
                "/v1/admin/users/edge/keys",
                Some(json!({ "name": "main", "scopes": ["reports"], "why": "new" })),
            ),
            ("keys rotate", "POST", "/v1/admin/keys/rotate", None),
            (
                "queues drain melee --why update",
                "POST",
                "/v1/admin/queues/melee/door",
                Some(json!({ "door": "draining", "why": "update" })),
            ),
            ("matches list --state active", "GET", "/matches?state=active&limit=50", None),
            ("matches list --disputed", "GET", "/matches?verdict=disputed&limit=50", None),
            (
                "matches resolve 7 draw --why both",
                "POST",
                "/v1/admin/matches/7/resolve",
                Some(json!({ "winner": "draw", "why": "both" })),
            ),
            ("events --after 7", "GET", "/v1/admin/events?after=7&limit=100", None),
            ("events --match x", "GET", "/v1/matches/x/events?after=0", None),
            ("invariants", "GET", "/v1/admin/invariants", None),
        ] {
            let words = ["arena"].into_iter().chain(line.split(' '));
            let asked = ask(&Command::try_parse_from(words).unwrap().admin.what);
            assert_eq!((asked.method.as_str(), &*asked.path, asked.body), (method, path, body));
        }
    }

    #[test]
    fn nothing_is_done_without_a_reason() {
        for line in ["users disable ada", "matches void 7", "queues close melee"] {
            let words = ["arena"].into_iter().chain(line.split(' '));
            assert!(Command::try_parse_from(words).unwrap_err().to_string().contains("--why"));
        }
    }
}
