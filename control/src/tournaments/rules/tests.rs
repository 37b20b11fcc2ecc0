//! Tournaments of every format and size are played to their ends.

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::bracket::Bracket;
use super::settings::{ENTRIES_MAX, Pace, Settings, Shape};
use super::standings::{champion, standings};
use super::*;

pub(super) const FORMATS: [Format; 4] =
    [Format::Single, Format::Double, Format::RoundRobin, Format::Swiss];

pub(super) fn settings(format: Format) -> Settings {
    Settings { format, pace: Pace::Own, ..Settings::before("melee") }
}

fn shape(format: Format, entries: u16) -> Shape {
    settings(format).shape(entries)
}

/// Any end that a game of this format can have.
pub(super) fn any(format: Format, rng: &mut StdRng) -> Decided {
    let verdict = match rng.random_range(0..12) {
        0 if !format.eliminates() => Verdict::Drawn,
        1 if !format.eliminates() => Verdict::Neither,
        even if even % 2 == 0 => Verdict::Won(Side::First),
        _odd => Verdict::Won(Side::Second),
    };
    let score = Sides { first: rng.random_range(0..5), second: rng.random_range(0..5) };
    Decided { verdict, score }
}

/// Plays everything that can be played, in any order, until there is nothing left.
fn played(shape: Shape, rng: &mut StdRng) -> (Bracket, Results) {
    let mut results = Results::new();
    loop {
        let bracket = Bracket::of(shape, &results, &Gone::new());
        let mut playable = bracket.playable(&results);
        let Some(_some) = playable.first() else { return (bracket, results) };
        let mut at_once: Vec<_> =
            playable.iter().flat_map(|spot| bracket.at(*spot).unwrap().met().unwrap()).collect();
        at_once.sort_unstable();
        at_once.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "two games at once"));
        playable.shuffle(rng);
        for spot in playable {
            assert_eq!(results.insert(spot, any(shape.format, rng)), None, "played twice");
        }
    }
}

/// How often somebody lost.
fn losses(bracket: &Bracket, results: &Results, seed: Seed) -> usize {
    let lost = |game: &&Pairing| game.loser(results) == Place::Known(seed);
    bracket.games().filter(|game| game.met().is_some()).filter(lost).count()
}

#[test]
fn every_format_with_every_number_of_entries_ends_with_one_champion() {
    let mut rng = StdRng::seed_from_u64(1);
    for format in FORMATS {
        for entries in 2..=ENTRIES_MAX {
            let (bracket, results) = played(shape(format, entries), &mut rng);
            assert!(bracket.is_over(&results), "{format:?} {entries}");
            let champion = champion(&bracket, &results).expect("one has won");
            let standings = standings(&bracket, &results);
            assert_eq!(standings[0].seed, champion, "{format:?} {entries}");
            assert_eq!(standings.iter().filter(|it| it.place == 1).count(), 1);
            let mut all: Vec<_> = standings.iter().map(|it| it.seed.0).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..entries), "everybody is somewhere");
        }
    }
}

#[test]
fn an_elimination_takes_out_whoever_has_lost_often_enough_and_nobody_else() {
    let mut rng = StdRng::seed_from_u64(2);
    for (format, lives) in [(Format::Single, 1), (Format::Double, 2)] {
        for entries in 2..=ENTRIES_MAX {
            let (bracket, results) = played(shape(format, entries), &mut rng);
            let champion = champion(&bracket, &results).unwrap();
            for seed in (0..entries).map(Seed) {
                let lost = losses(&bracket, &results, seed);
                if seed == champion {
                    assert!(lost < lives, "{format:?} {entries}: {seed:?} lost {lost}");
                } else {
                    assert_eq!(lost, lives, "{format:?} {entries}: {seed:?}");
                }
            }
            let games = usize::from(entries - 1) * lives;
            assert!((games..games + lives).contains(&results.len()), "{format:?} {entries}");
        }
    }
}

#[test]
fn in_a_round_robin_everybody_meets_everybody_once() {
    for entries in 2..=ENTRIES_MAX {
        let bracket =
            Bracket::of(shape(Format::RoundRobin, entries), &Results::new(), &Gone::new());
        let mut met: Vec<_> = bracket.games().map(|game| game.met().unwrap()).collect();
        met.sort_unstable();
        let all =
            (0..entries).flat_map(|one| (one + 1..entries).map(move |it| [one, it].map(Seed)));
        assert!(met.into_iter().eq(all), "{entries}");
        for round in &bracket.rounds {
            let mut busy: Vec<_> = round.iter().flat_map(|game| game.met().unwrap()).collect();
            busy.sort_unstable();
            busy.dedup();
            assert_eq!(busy.len(), round.len() * 2, "{entries}");
        }
    }
}

#[test]
fn in_a_swiss_tournament_nobody_meets_twice_and_nobody_sits_out_twice() {
    let mut rng = StdRng::seed_from_u64(3);
    for entries in 2..=ENTRIES_MAX {
        let shape = shape(Format::Swiss, entries);
        let (bracket, results) = played(shape, &mut rng);
        assert_eq!(bracket.rounds.len(), usize::from(shape.rounds));
        let mut met: Vec<_> = bracket.games().filter_map(Pairing::met).collect();
        met.iter_mut().for_each(|pair| pair.sort_unstable());
        met.sort_unstable();
        met.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "{entries}"));
        for of in standings(&bracket, &results) {
            assert!(of.tally.byes <= 1, "{entries}: {of:?}");
            let rounds = of.tally.byes + of.tally.won + of.tally.drawn + of.tally.lost;
            assert_eq!(rounds, shape.rounds, "{entries}: {of:?}");
        }
    }
}

#[test]
fn in_the_longest_swiss_tournament_nobody_sits_out_twice_either() {
    let mut rng = StdRng::seed_from_u64(4);
    for entries in 2..=9 {
        let rounds = entries - 1;
        let swiss = Shape { rounds, ..shape(Format::Swiss, entries) };
        let (bracket, _) = played(swiss, &mut rng);
        let byes = bracket.games().filter(|game| game.is_bye()).count();
        let expected = if entries % 2 == 0 { 0 } else { usize::from(rounds) };
        assert_eq!(byes, expected, "{entries}");
        for seed in (0..entries).map(Seed) {
            let out = |game: &&Pairing| game.is_bye() && game.side_of(seed).is_some();
            assert!(bracket.games().filter(out).count() <= 1, "{entries}: {seed:?}");
        }
    }
}

#[test]
fn head_to_head_and_buchholz_tell_equal_points_apart() {
    let won = |winner, score: [u8; 2]| Decided {
        verdict: Verdict::Won(winner),
        score: Sides { first: score[0], second: score[1] },
    };
    let bracket = Bracket::of(shape(Format::RoundRobin, 4), &Results::new(), &Gone::new());
    // 1 beats 0, 0 beats 2 and 3 by far, 1 loses to 3: 0 and 1 have two wins each.
    let results: Results = bracket
        .games()
        .map(|game| {
            let decided = match game.met().unwrap().map(|seed| seed.0) {
                [0, 1] => won(Side::Second, [0, 1]),
                [0, _] => won(Side::First, [4, 0]),
                [1, 2] => won(Side::First, [1, 0]),
                [1, 3] => won(Side::Second, [0, 4]),
                _2_and_3 => won(Side::First, [1, 0]),
            };
            (game.spot, decided)
        })
        .collect();
    let order: Vec<_> = standings(&bracket, &results).iter().map(|it| it.seed.0).collect();
    assert_eq!(order[..2], [1, 0], "whoever won their game comes first");
}
