use serde_json::{Value as Json, json};

use super::*;
use crate::ids::MatchId;
use crate::matches::rules::{Side, Sides};
use crate::tournaments::rules::game::{How, State};
use crate::tournaments::rules::{Decided, Verdict};

const MATCH: &str = "00000000-0000-4000-8000-000000000001";
const MADE: &str = "2023-11-14T22:00:00.000000+00:00";

fn entry(name: &str) -> Json {
    json!({ "name": name, "character": "FOX", "strategy": "phillip",
        "connect_code": format!("{name}#1"), "wallet_address": null, "registrant": "somebody" })
}

fn game(sides: [Option<&str>; 2], winner: Option<&str>, status: &str) -> Json {
    let [entry_a, entry_b] = sides.map(|name| name.map(entry));
    json!({ "round": 0, "slot": 0, "entry_a": entry_a, "entry_b": entry_b,
        "winner": winner.map(entry), "score_a": null, "score_b": null, "pool_id": null,
        "status": status, "arena_match_id": null })
}

/// Three, of whom `eve` sits the first round out; nothing is played.
fn three() -> Json {
    let rounds = json!([
        [
            game([Some("bob"), Some("ada")], None, "pending"),
            game([Some("eve"), None], Some("eve"), "bye"),
        ],
        [game([None, Some("eve")], None, "pending")],
    ]);
    json!({ "id": "0a1b2c3d", "name": "Fight Night", "status": "pending", "current_round": 0,
        "current_slot": 0, "featured": true, "bracket": { "size": 4, "rounds": rounds },
        "entries": [entry("ada"), entry("bob"), entry("eve")] })
}

/// The first game is won by who entered first.
fn begun() -> Json {
    let mut data = three();
    data["status"] = json!("active");
    let rounds = &mut data["bracket"]["rounds"];
    rounds[0][0] = game([Some("bob"), Some("ada")], Some("ada"), "complete");
    rounds[0][0]["score_b"] = json!(3);
    rounds[0][0]["arena_match_id"] = json!(MATCH);
    rounds[1][0] = game([Some("ada"), Some("eve")], None, "pending");
    data
}

fn taken(data: &Json) -> Result<Taken, Left> {
    of("0a1b2c3d", MADE, &data.to_string())
}

fn of(id: &str, created_at: &str, data: &str) -> Result<Taken, Left> {
    let columns = [("id", Some(id)), ("data", Some(data)), ("created_at", Some(created_at))];
    let mut keys = 0..;
    let key = || TicketId(keys.next().unwrap());
    a_tournament(&Record::of(&columns), Fresh { now: At(7), lots: Lots([7; 32]), key })
}

fn seeds(taken: &Taken) -> Vec<(&str, Option<Seed>)> {
    taken.entries.iter().map(|it| (it.name.as_str(), it.seed)).collect()
}

#[test]
fn a_tournament_that_is_open_keeps_who_has_entered_and_goes_on_as_one_of_ours() {
    let mut data = three();
    data["status"] = json!("registration");
    data["bracket"] = json!({ "size": 0, "rounds": [] });
    data["entries"][2]["strategy"] = json!("smashbot");
    let taken = taken(&data).unwrap();
    assert_eq!(seeds(&taken), [("ada", None), ("bob", None), ("eve", None)]);
    let Taken { tournament, entries, .. } = taken;
    assert_eq!(tournament.id, TournamentId(0x0a1b_2c3d));
    assert_eq!((tournament.status, tournament.featured), (Status::Registration, true));
    assert_eq!((tournament.created_at, tournament.closed_at), (At(1_699_999_200_000), None));
    assert_eq!(tournament.settings, Settings::before(MELEE));
    assert_eq!(entries[2].strategy, Some(Strategy::Smashbot));
    assert_eq!(entries[1].owner.connect_code.as_deref(), Some("bob#1"));
    assert_eq!(entries.iter().map(|it| it.key.0).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_drawn_bracket_seeds_everybody_as_it_stands() {
    let taken = taken(&three()).unwrap();
    assert_eq!(
        seeds(&taken),
        [("ada", Some(Seed(1))), ("bob", Some(Seed(0))), ("eve", Some(Seed(2)))]
    );
    assert_eq!(taken.tournament.closed_at, Some(taken.tournament.created_at));
    assert!(taken.games.is_empty(), "nothing was called");
}

#[test]
fn decided_games_keep_their_winners_scores_and_matches() {
    let taken = taken(&begun()).unwrap();
    assert_eq!(taken.tournament.status, Status::Active);
    let decided =
        Decided { verdict: Verdict::Won(Side::Second), score: Sides { first: 0, second: 3 } };
    let game = &taken.games[&Spot { round: 0, slot: 0 }];
    assert_eq!(game.state, State::Decided { decided, how: How::Played });
    assert_eq!(game.last_match, MATCH.parse::<MatchId>().ok());
    assert_eq!(taken.games.len(), 1);
}

#[test]
fn a_game_that_is_played_goes_on_with_its_match() {
    let mut data = three();
    data["bracket"]["rounds"][0][0]["status"] = json!("playing");
    assert!(taken(&data).unwrap().games.is_empty(), "without a match it is asked for again");
    data["bracket"]["rounds"][0][0]["arena_match_id"] = json!(MATCH);
    let taken = taken(&data).unwrap();
    let match_id = MATCH.parse().unwrap();
    assert_eq!(taken.games[&Spot { round: 0, slot: 0 }].state, State::Playing { match_id });
}

#[test]
fn who_wins_the_last_game_is_the_champion_and_one_ended_by_hand_has_none() {
    let mut data = begun();
    data["bracket"]["rounds"][1][0] = game([Some("ada"), Some("eve")], Some("eve"), "coinflip");
    let tournament = taken(&data).unwrap().tournament;
    assert_eq!((tournament.status, tournament.champion), (Status::Complete, Some(Seed(2))));
    assert_eq!(tournament.ended_at, Some(tournament.created_at));
    data = begun();
    data["status"] = json!("complete");
    let tournament = taken(&data).unwrap().tournament;
    assert_eq!((tournament.status, tournament.champion), (Status::Complete, None));
    assert!(tournament.ended_at.is_some());
}

#[test]
fn a_strategy_without_a_name_here_is_told() {
    let mut data = three();
    data["entries"][0]["strategy"] = json!("worldmodel");
    let taken = taken(&data).unwrap();
    assert!(taken.strategy_lost);
    assert_eq!(taken.entries[0].strategy, None);
}

#[test]
fn what_cannot_be_told_is_left_with_its_reason() {
    let data = three().to_string();
    assert_eq!(of("0A1B2C3D", MADE, &data), Err(Left::Id));
    assert_eq!(of("0a1b2c3d", "yesterday", &data), Err(Left::Made));
    assert_eq!(of("0a1b2c3d", MADE, &data[1..]), Err(Left::Json));
    assert_eq!(of("0a1b2c3d", MADE, "{}"), Err(Left::Json));
    assert_eq!(of("0a1b2c3d", MADE, &" ".repeat(TEXT_MAX + 1)), Err(Left::Long));
    let many: Vec<_> = (0..33).map(|n| entry(&format!("n{n}"))).collect();
    let changes: [(&str, Json, Left); 14] = [
        ("/status", json!("paused"), Left::Status),
        ("/status", json!("registration"), Left::OpenBracket),
        ("/bracket/rounds", json!([]), Left::NoBracket),
        ("/entries", json!(many), Left::Many),
        ("/name", json!(" "), Left::Name),
        ("/entries/0/name", json!("a\u{1b}"), Left::Name),
        ("/entries/0/character", json!("x".repeat(257)), Left::Text),
        ("/entries/0/registrant", json!("a\0"), Left::Text),
        ("/entries/0/name", json!("BOB"), Left::Twice),
        ("/entries/0/connect_code", json!("bob#1"), Left::Twice),
        ("/entries/0/name", json!("mallory"), Left::Drawn),
        ("/bracket/rounds/1", json!([]), Left::Drawn),
        ("/bracket/rounds/0/1", game([None, Some("eve")], Some("eve"), "bye"), Left::Drawn),
        ("/bracket/rounds/0/0/status", json!("lost"), Left::Json),
    ];
    for (at, value, left) in changes {
        let mut data = three();
        *data.pointer_mut(at).unwrap() = value.clone();
        assert_eq!(taken(&data).unwrap_err(), left, "{at} {value}");
    }
}

#[test]
fn a_bracket_that_contradicts_its_results_is_left() {
    let alone = |name| game([Some(name), Some("eve")], None, "pending");
    let changes: [(&str, Json, Left); 9] = [
        ("/bracket/rounds/0/0/winner", json!(null), Left::Contradiction),
        ("/bracket/rounds/0/0/winner", entry("eve"), Left::Contradiction),
        ("/bracket/rounds/0/0/status", json!("pending"), Left::Contradiction),
        ("/bracket/rounds/0/0/status", json!("bye"), Left::Contradiction),
        ("/bracket/rounds/0/0/score_a", json!(-1), Left::Score),
        ("/bracket/rounds/1/0", alone("bob"), Left::Contradiction),
        ("/bracket/rounds/1/0/entry_a", json!(null), Left::Contradiction),
        ("/bracket/rounds/1/0/winner", entry("ada"), Left::Contradiction),
        ("/bracket/rounds/1/0/arena_match_id", json!(MATCH), Left::OneMatch),
    ];
    for (at, value, left) in changes {
        let mut data = begun();
        *data.pointer_mut(at).unwrap() = value.clone();
        assert_eq!(taken(&data).unwrap_err(), left, "{at} {value}");
    }
    // Some of its versions let who came first into a game win it at once.
    let mut data = three();
    data["bracket"]["rounds"][1][0] = game([None, Some("eve")], Some("eve"), "bye");
    assert_eq!(taken(&data).unwrap_err(), Left::Contradiction);
}
