//! Tournaments are played through their courses, whatever happens to their games.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::matches::rules::How as MatchHow;
use crate::time::Span;
use crate::tournaments::rules::Format;
use crate::tournaments::rules::standings::champion;
use crate::tournaments::rules::tests::{FORMATS, any, settings};

const LOTS: Lots = Lots([7; 32]);

/// A tournament that is played through its course.
struct Played<'a> {
    course: Course<'a>,
    now: At,
    matches: u128,
}

impl<'a> Played<'a> {
    fn new(settings: &'a Settings, entries: usize) -> Self {
        let course = Course::new(settings, LOTS, vec![Player::default(); entries], BTreeMap::new());
        let mut played = Self { course, now: At(0), matches: 0 };
        let effects = played.course.go_on(played.now);
        played.carry_out(effects);
        played
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Begin(spot) = effect {
                self.matches += 1;
                self.course.began(spot, MatchId(self.matches));
            }
        }
        let bracket = self.course.bracket();
        let open =
            self.course.games().iter().filter(|(_, game)| {
                matches!(game.state, State::Called { .. } | State::Playing { .. })
            });
        let mut busy: Vec<_> =
            open.flat_map(|(spot, _)| bracket.at(*spot).unwrap().met().unwrap()).collect();
        busy.sort_unstable();
        busy.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "two games at once"));
    }

    /// Something happens to a game that is not over.
    fn happen(&mut self, spot: Spot, game: &Game, rng: &mut StdRng) {
        let side = if rng.random() { Side::First } else { Side::Second };
        let effects = match game.state {
            State::Called { .. } if rng.random_ratio(1, 8) => {
                self.now = self.now + Span::seconds(600);
                self.course.run_out(spot, self.now)
            }
            State::Called { .. } => self.course.show_up(spot, side).unwrap(),
            State::Playing { match_id } => {
                let score = Sides { first: 2, second: 1 };
                let how = MatchHow::Played;
                let ending = match rng.random_range(0..8) {
                    0 => Ending::Void(None),
                    1 => Ending::Decided(Outcome::Drawn { how }, Sides::default()),
                    2 => Ending::Void(Some(side)),
                    _else => Ending::Decided(Outcome::Won { winner: side, how }, score),
                };
                let stranger = self.course.ended(spot, MatchId(0), ending, self.now);
                assert_eq!(stranger, [], "of another match");
                self.course.ended(spot, match_id, ending, self.now)
            }
            State::Stalled => {
                let verdict = Verdict::Won(side);
                self.course
                    .rule(spot, Decided { verdict, score: Sides::default() }, self.now)
                    .unwrap()
            }
            State::Waiting | State::Decided { .. } => Vec::new(),
        };
        self.carry_out(effects);
    }

    /// Somebody withdraws, if it is not over yet.
    fn lose_somebody(&mut self, rng: &mut StdRng) {
        let seed =
            Seed(rng.random_range(0..super::super::single::number(self.course.players.len())));
        let effects = self.course.withdraw(seed, self.now);
        self.carry_out(effects);
        assert_eq!(self.course.withdraw(seed, self.now), [], "it is gone already");
        let bracket = self.course.bracket();
        for (spot, game) in self.course.games() {
            let met = bracket.at(*spot).unwrap().met().unwrap();
            let is_decided = matches!(game.state, State::Decided { .. });
            assert!(is_decided || !met.iter().any(|seed| bracket.is_gone(*seed)), "{spot:?}");
        }
    }

    fn is_over(&self) -> bool {
        self.course.bracket().is_over(&self.course.results())
    }

    fn play_out(&mut self, rng: &mut StdRng) {
        self.play_with(rng, 0);
    }

    /// Of a hundred things that happen, so many are that somebody withdraws.
    fn play_with(&mut self, rng: &mut StdRng, gone: u32) {
        for _ in 0..100_000 {
            let before = self.course.results();
            let open = |(_, game): &(&Spot, &Game)| !matches!(game.state, State::Decided { .. });
            let open: Vec<_> = self.course.games().iter().filter(open).collect();
            if open.is_empty() {
                return;
            }
            let (spot, game) = open[rng.random_range(0..open.len())];
            let (spot, game) = (*spot, game.clone());
            if rng.random_ratio(gone, 100) {
                self.lose_somebody(rng);
            } else {
                self.happen(spot, &game, rng);
            }
            let after = self.course.results();
            assert!(before.iter().all(|(spot, it)| after.get(spot) == Some(it)), "results stay");
        }
        panic!("it does not end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_its_games_a_tournament_ends(
        format in 0_usize..4, entries in 2_usize..13, best_of in 0_usize..2, seed: u64
    ) {
        let best_of = [1, 3][best_of];
        let settings = Settings { best_of, ..settings(FORMATS[format]) };
        let mut rng = StdRng::seed_from_u64(seed);
        let mut played = Played::new(&settings, entries);
        played.play_out(&mut rng);
        let (bracket, results) = (played.course.bracket(), played.course.results());
        prop_assert!(bracket.is_over(&results));
        prop_assert!(champion(&bracket, &results).is_some());
    }

    #[test]
    fn whoever_withdraws_whenever_one_who_has_not_wins(
        format in 0_usize..4, entries in 2_usize..13, best_of in 0_usize..2, gone in 1_u32..60,
        seed: u64
    ) {
        let settings = Settings { best_of: [1, 3][best_of], ..settings(FORMATS[format]) };
        let mut rng = StdRng::seed_from_u64(seed);
        let mut played = Played::new(&settings, entries);
        played.play_with(&mut rng, gone);
        prop_assert!(played.is_over());
        let (bracket, results) = (played.course.bracket(), played.course.results());
        let champion = champion(&bracket, &results).expect("one has won");
        prop_assert!(!bracket.is_gone(champion), "{champion:?} is gone");
    }

    #[test]
    fn in_whatever_order_the_results_of_a_round_come_the_bracket_is_the_same(
        format in 0_usize..4, entries in 2_usize..20, seed: u64
    ) {
        let settings = settings(FORMATS[format]);
        let mut rng = StdRng::seed_from_u64(seed);
        let mut one = Played::new(&settings, entries);
        let mut other = Played::new(&settings, entries);
        loop {
            let mut called: Vec<_> = one.course.games().iter()
                .filter(|(_, game)| matches!(game.state, State::Called { .. }))
                .map(|(spot, _)| (*spot, any(settings.format, &mut rng)))
                .collect();
            if called.is_empty() {
                break;
            }
            for (played, backwards) in [(&mut one, false), (&mut other, true)] {
                if backwards {
                    called.reverse();
                }
                for (spot, decided) in &called {
                    let effects = played.course.rule(*spot, *decided, At(0)).unwrap();
                    played.carry_out(effects);
                }
            }
            prop_assert_eq!(one.course.bracket(), other.course.bracket());
            prop_assert_eq!(one.course.games(), other.course.games());
        }
        prop_assert!(one.course.bracket().is_over(&one.course.results()));
    }
}

#[test]
fn a_game_that_decides_nothing_waits_for_an_operator_in_the_end() {
    let settings = settings(Format::Single);
    let mut played = Played::new(&settings, 2);
    let spot = Spot { round: 0, slot: 0 };
    for _ in 0..TRIES_MAX {
        for side in Side::BOTH {
            let effects = played.course.show_up(spot, side).unwrap();
            played.carry_out(effects);
        }
        let State::Playing { match_id } = played.course.games()[&spot].state else { panic!() };
        let effects = played.course.ended(spot, match_id, Ending::Void(None), At(0));
        played.carry_out(effects);
    }
    assert_eq!(played.course.games()[&spot].state, State::Stalled);
    let effects = played.course.replay(spot, At(0)).unwrap();
    assert!(matches!(effects[..], [Effect::Again(_), Effect::Called(..)]), "{effects:?}");
}

#[test]
fn two_who_would_do_nothing_are_told_apart_by_the_seed() {
    let settings = settings(Format::Single);
    let mut course = Course::new(
        &settings,
        LOTS,
        vec![Player { is_idle: true, gone_from: None }; 4],
        BTreeMap::new(),
    );
    let effects = course.go_on(At(0));
    assert_eq!(effects.len(), 3, "{effects:?}");
    assert!(course.bracket().is_over(&course.results()));
    let first = Spot { round: 0, slot: 0 };
    assert_eq!(course.results()[&first].verdict, Verdict::Won(LOTS.coin(first)));
}

#[test]
fn where_nobody_shows_up_the_better_seed_goes_on_or_nobody_gets_points() {
    for (format, verdict) in
        [(Format::Single, Verdict::Won(Side::First)), (Format::Swiss, Verdict::Neither)]
    {
        let settings = settings(format);
        let mut played = Played::new(&settings, 4);
        let spot = Spot { round: 0, slot: 0 };
        let early = played.course.run_out(spot, At(1));
        assert!(matches!(early[..], [Effect::Called(..)]), "looked at too early");
        let late = At(0) + settings.show_up;
        let effects = played.course.run_out(spot, late);
        played.carry_out(effects);
        assert_eq!(played.course.results()[&spot].verdict, verdict);
    }
}

#[test]
fn where_all_but_one_withdraw_it_is_over_and_that_one_wins() {
    for format in FORMATS {
        let settings = settings(format);
        let mut played = Played::new(&settings, 7);
        for seed in [6, 0, 3, 1, 5, 2].map(Seed) {
            assert!(!played.is_over(), "{format:?}: two are left");
            let effects = played.course.withdraw(seed, At(0));
            played.carry_out(effects);
        }
        assert!(played.is_over(), "{format:?}");
        let (bracket, results) = (played.course.bracket(), played.course.results());
        assert_eq!(champion(&bracket, &results), Some(Seed(4)), "{format:?}");
    }
}

#[test]
fn who_has_withdrawn_is_not_drawn_in_a_later_round_of_swiss() {
    let settings = settings(Format::Swiss);
    let mut played = Played::new(&settings, 6);
    let effects = played.course.withdraw(Seed(5), At(0));
    assert!(effects.contains(&Effect::Closed(Spot { round: 0, slot: 2 })), "{effects:?}");
    played.carry_out(effects);
    played.play_out(&mut StdRng::seed_from_u64(1));
    let bracket = played.course.bracket();
    assert_eq!(bracket.rounds.len(), 3);
    let later = bracket.rounds[1..].iter().flatten();
    assert!(later.clone().all(|game| game.side_of(Seed(5)).is_none()));
    assert_eq!(later.filter(|game| game.is_bye()).count(), 2, "five are left");
}

#[test]
fn a_decided_game_stays_as_it_is() {
    let settings = settings(Format::Single);
    let mut played = Played::new(&settings, 2);
    let spot = Spot { round: 0, slot: 0 };
    let won = |side| Decided { verdict: Verdict::Won(side), score: Sides::default() };
    played.course.rule(spot, won(Side::First), At(0)).unwrap();
    assert_eq!(played.course.rule(spot, won(Side::First), At(1)), Ok(Vec::new()), "so it is");
    assert_eq!(played.course.rule(spot, won(Side::Second), At(1)), Err(Refused::Stands));
    assert!(played.course.replay(spot, At(1)).is_err());
    let nowhere = Spot { round: 9, slot: 0 };
    assert_eq!(played.course.rule(nowhere, won(Side::First), At(1)), Err(Refused::NoGame));
}
