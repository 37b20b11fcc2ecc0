//! What agents say together, and what is told of it.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;

const ONE: Source = Source::Socket(1);
const TWO: Source = Source::Socket(2);
const AGAIN: Source = Source::Socket(3);

fn start() -> Line {
    read(r#"{"type":"match_start","stageId":1,"players":[]}"#)
}

fn frame(number: i32) -> Line {
    read(&format!(r#"{{"type":"frame","frame":{number},"players":[]}}"#))
}

fn frames(range: std::ops::Range<i32>) -> Vec<Line> {
    range.map(frame).collect()
}

fn game_end(game: u32) -> Line {
    read(&format!(
        r#"{{"type":"game_end","gameNumber":{game},"winnerPort":1,"endMethod":"stocks"}}"#
    ))
}

fn match_end() -> Line {
    read(r#"{"type":"match_end","winnerPort":1,"finalScore":[1,0]}"#)
}

fn read(line: &str) -> Line {
    serde_json::from_str(line).unwrap()
}

fn game(range: std::ops::Range<i32>, number: u32) -> Vec<Line> {
    [vec![start()], frames(range), vec![game_end(number)]].concat()
}

fn endless(range: std::ops::Range<i32>) -> Vec<Line> {
    [vec![start()], frames(range)].concat()
}

fn by(source: Source, lines: Vec<Line>) -> Vec<(Source, Line)> {
    lines.into_iter().map(|line| (source, line)).collect()
}

/// One says what it has to say, and another the same so many lines behind it.
fn both(one: Source, two: Source, lines: &[Line], behind: usize) -> Vec<(Source, Line)> {
    let mut said = Vec::new();
    for at in 0..lines.len() + behind {
        said.extend(lines.get(at).map(|line| (one, line.clone())));
        let late = at.checked_sub(behind).and_then(|at| lines.get(at));
        said.extend(late.map(|line| (two, line.clone())));
    }
    said
}

fn told_of(said: &[(Source, Line)]) -> Vec<Line> {
    let mut once = Once::default();
    let mut told = Vec::new();
    for (source, line) in said {
        match once.tell(*source, line) {
            Verdict::Nothing => continue,
            Verdict::This => {}
            Verdict::AnotherGame(began) => told.extend(began.map(Line::MatchStart)),
        }
        told.push(line.clone());
    }
    told
}

/// Of requests.
fn told(lines: &[Line]) -> Vec<Line> {
    told_of(&by(Source::Request, lines.to_vec()))
}

#[test]
fn what_one_agent_says_is_told_whole() {
    let said = [game(-123..400, 1), game(-123..500, 2), vec![match_end()]].concat();
    assert_eq!(told(&said), said);
    assert_eq!(told_of(&by(ONE, said.clone())), said);
}

#[test]
fn a_second_agent_behind_the_first_adds_nothing() {
    let alone = [game(-123..400, 1), game(-123..500, 2), vec![match_end()]].concat();
    for behind in [0, 1, 7, 60, 250] {
        for (one, two) in [(Source::Request, Source::Request), (ONE, TWO), (ONE, Source::Request)] {
            let said = both(one, two, &alone, behind);
            assert_eq!(told_of(&said), alone, "{two:?} {behind} behind {one:?}");
        }
    }
}

#[test]
fn the_slower_socket_of_short_games_begins_none() {
    let games = [game(-123..-83, 1), game(-123..-83, 2), game(-123..-83, 3), vec![match_end()]];
    for behind in [1, 7, 30, 40] {
        let said = both(ONE, TWO, &games.concat(), behind);
        assert_eq!(told_of(&said), games.concat(), "{behind} behind");
    }
}

#[test]
fn a_rollback_is_left_out() {
    let said: Vec<_> = [start()].into_iter().chain([1, 2, 3, 2, 3, 4].map(frame)).collect();
    let expected: Vec<_> = [start()].into_iter().chain([1, 2, 3, 4].map(frame)).collect();
    assert_eq!(told(&said), expected);
}

#[test]
fn noise_does_not_make_everything_old() {
    let of = |numbers: &[i32]| -> Vec<_> {
        [start()].into_iter().chain(numbers.iter().copied().map(frame)).collect()
    };
    assert_eq!(told(&of(&[i32::MAX, 5, i32::MAX, 40_000, i32::MIN, 6])), of(&[5, 6]));
    assert_eq!(told(&of(&[72_000, 72_001, 100_000])), of(&[72_000, 72_001, 100_000]));
}

#[test]
fn a_game_whose_end_was_not_told_is_followed_by_another() {
    let said = [endless(-123..300), endless(-123..10)].concat();
    assert_eq!(told(&said), said);
    assert_eq!(told_of(&by(ONE, said.clone())), said);
    let said = [endless(-123..300), frames(-123..10)].concat();
    assert_eq!(told(&said), said);
}

#[test]
fn a_socket_that_names_a_game_behind_frames_of_its_own_begins_another() {
    let said = [endless(-123..-100), endless(-123..10), endless(-123..400)].concat();
    assert_eq!(told_of(&by(ONE, said.clone())), said);
    for behind in [1, 7, 20] {
        assert_eq!(told_of(&both(ONE, TWO, &said, behind)), said, "{behind} behind");
    }
}

#[test]
fn a_request_that_names_a_game_begins_another_if_nobody_goes_on_with_the_last() {
    let said = [endless(-123..100), endless(-123..300)].concat();
    let expected = [endless(-123..100), vec![start()], frames(-64..300)].concat();
    assert_eq!(told(&said), expected, "its first second is what it takes to know");
}

#[test]
fn who_connects_again_in_a_game_goes_on_with_it() {
    for cut in [1, 50, 400] {
        let whole = game(-123..500, 1);
        let (before, after) = whole.split_at(cut);
        let again = [vec![start()], after.to_vec()].concat();
        let said = [by(ONE, before.to_vec()), by(AGAIN, again)].concat();
        assert_eq!(told_of(&said), whole, "after {cut} lines");
    }
}

#[test]
fn who_connects_again_for_another_game_begins_it() {
    let said = [by(ONE, endless(-123..300)), by(AGAIN, endless(-123..300))].concat();
    assert_eq!(told_of(&said), [endless(-123..300), endless(-123..300)].concat());
}

#[test]
fn a_game_that_was_named_before_the_end_of_the_last_was_told_is_named() {
    let first = endless(-123..500);
    let said = [
        both(ONE, TWO, &first, 0),
        by(AGAIN, vec![start()]),
        by(TWO, vec![game_end(1)]),
        by(AGAIN, frames(-123..300)),
    ]
    .concat();
    let expected = [first, vec![game_end(1)], endless(-123..300)].concat();
    assert_eq!(told_of(&said), expected);
}

#[test]
fn an_agent_that_began_again_counts_its_games_anew() {
    let said = [by(ONE, game(-123..300, 1)), by(AGAIN, game(-123..300, 1))].concat();
    assert_eq!(told_of(&said), [game(-123..300, 1), game(-123..300, 1)].concat());
    // Short ones, of which the number says nothing and the socket all.
    let said = [by(ONE, game(-123..-80, 1)), by(AGAIN, game(-123..-80, 1))].concat();
    assert_eq!(told_of(&said), [game(-123..-80, 1), game(-123..-80, 1)].concat());
}

#[test]
fn agents_that_count_differently_end_each_game_once() {
    let mut said = both(ONE, TWO, &game(-123..300, 1), 7);
    let third: Vec<_> = both(AGAIN, TWO, &game(-123..300, 2), 7);
    said.extend(third.into_iter().map(|(source, line)| match (source, line) {
        (AGAIN, Line::GameEnd(_)) => (source, game_end(1)),
        other => other,
    }));
    said.extend(by(AGAIN, endless(-123..300)));
    let expected = [game(-123..300, 1), game(-123..300, 1), endless(-123..300)].concat();
    assert_eq!(told_of(&said), expected);
}

#[test]
fn nothing_is_told_before_a_start_or_behind_the_end() {
    assert_eq!(told(&[frame(1), game_end(1), match_end()]), []);
    assert_eq!(told(&[start(), match_end(), frame(1), match_end()]), [start(), match_end()]);
    let twice = [game(-123..0, 1), vec![game_end(1), game_end(2), frame(5)]].concat();
    assert_eq!(told(&twice), game(-123..0, 1));
}

#[test]
fn a_match_that_begins_again_is_not_ended_by_who_is_still_in_the_last_one() {
    let whole = [game(-123..0, 1), vec![match_end()]].concat();
    let mut said = both(ONE, TWO, &whole[..100], 5);
    said.extend(by(ONE, whole[100..].to_vec()));
    said.extend(by(AGAIN, endless(-123..0)));
    said.extend(by(TWO, whole[95..].to_vec()));
    assert_eq!(told_of(&said), [whole, endless(-123..0)].concat());
}

/// Two sockets that play the same games: each loses frames and ends, and one is ahead of the other or
/// the other of it, never by a whole game.
#[test]
fn whatever_is_lost_and_whoever_is_ahead_each_game_is_told_once_and_in_order() {
    const GAMES: u32 = 4;
    const APART_MAX: usize = 40;
    for seed in 0..300 {
        let mut chance = StdRng::seed_from_u64(seed);
        let game_of = |number| game(-123..chance.random_range(-60..400), number);
        let games: Vec<_> = (1..=GAMES).flat_map(game_of).chain([match_end()]).collect();
        let (mut said, mut at) = (Vec::new(), [0_usize; 2]);
        while at != [games.len(); 2] {
            let who = usize::from(chance.random_bool(0.5));
            if at[who] == games.len() || at[who] > at[1 - who] + APART_MAX {
                continue;
            }
            let line = games[at[who]].clone();
            at[who] += 1;
            let lost = match line {
                Line::Frame(_) => 0.1,
                Line::GameEnd(_) => 0.3,
                Line::MatchStart(_) | Line::MatchEnd(_) | Line::Ping | Line::Unknown => 0.0,
            };
            if !chance.random_bool(lost) {
                said.push(([ONE, TWO][who], line));
            }
        }
        let told = told_of(&said);
        let of_games: Vec<_> = told.split(|line| matches!(line, Line::MatchStart(_))).collect();
        assert_eq!(of_games.len() - 1, GAMES as usize, "games named, seed {seed}");
        assert_eq!(told.iter().filter(|line| **line == match_end()).count(), 1, "seed {seed}");
        for of_game in of_games {
            let number = |line: &Line| match line {
                Line::Frame(frame) => Some(frame.frame),
                Line::MatchStart(_) | Line::GameEnd(_) => None,
                Line::MatchEnd(_) | Line::Ping | Line::Unknown => None,
            };
            let numbers: Vec<_> = of_game.iter().filter_map(number).collect();
            assert!(numbers.is_sorted_by(|one, next| one < next), "seed {seed}: {numbers:?}");
            let ends = of_game.iter().filter(|line| matches!(line, Line::GameEnd(_))).count();
            assert!(ends <= 1, "seed {seed}: a game ends once");
        }
    }
}
