//! Both agents of a match stream the same game; each thing is told on once, in order. Pure.
//!
//! Publishers are not told apart, as some of them have no connection to be known by: what counts is
//! the number of a frame. What a rollback corrects is left out, as viewers of this interface do.

use std::ops::RangeInclusive;

use crate::melee_lines::Line;

/// Agents are never so many frames apart.
const APART: i64 = 300;
/// A game begins at -123; from here on it is under way.
const UNDER_WAY: i32 = -60;
/// No game has other frames than those of its first four hours, and no two that follow each other are
/// ten minutes apart: what says so is noise, behind which nothing would be new any more.
const NUMBERS: RangeInclusive<i32> = -123..=1_000_000;
const LEAP: i64 = 36_000;

/// What of a match has been told.
#[derive(Debug, Default)]
pub(super) struct Once {
    stands: Stands,
    /// The last game that ended, and its newest frame: the slower agent is still there for a while.
    ended: Option<u32>,
    tail: Option<i32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stands {
    /// Nothing was told of a match, or one is over.
    #[default]
    Before,
    /// A game was named; its frames come.
    Playing { frames: Option<(i32, i32)> },
    /// A game is over.
    Between,
}

impl Once {
    /// Whether this is told on.
    pub(super) fn admits(&mut self, line: &Line) -> bool {
        match line {
            Line::MatchStart(_) => self.starts(),
            Line::Frame(frame) => self.frame(frame.frame),
            Line::GameEnd(ended) => self.game_ends(ended.game_number),
            Line::MatchEnd(_) => {
                let told = self.stands != Stands::Before;
                *self = Self::default();
                told
            }
            Line::Ping | Line::Unknown => false,
        }
    }

    /// Whether a match has to be named before anything is told on.
    pub(super) fn is_idle(&self) -> bool {
        self.stands == Stands::Before
    }

    /// A game that was named before this process began goes on.
    pub(super) fn goes_on(&mut self) {
        self.stands = Stands::Playing { frames: None };
    }

    /// The second agent names the game a little later than the first; later than that, it is
    /// another one whose predecessor's end was never told.
    fn starts(&mut self) -> bool {
        if let Stands::Playing { frames } = self.stands {
            let played = frames.map_or(0, |(first, newest)| far(newest, first));
            if played < APART {
                return false;
            }
            self.tail = frames.map(|(_, newest)| newest);
        }
        self.stands = Stands::Playing { frames: None };
        true
    }

    fn frame(&mut self, number: i32) -> bool {
        if !NUMBERS.contains(&number) {
            return false;
        }
        let begins = Stands::Playing { frames: Some((number, number)) };
        match self.stands {
            // Without a start nobody could tell who plays.
            Stands::Before => false,
            Stands::Between => {
                let is_next = number < UNDER_WAY;
                if is_next {
                    self.stands = begins;
                }
                is_next
            }
            Stands::Playing { frames: None } => {
                let is_tail = number >= UNDER_WAY && self.tail.is_some_and(|tail| number <= tail);
                if !is_tail {
                    self.stands = begins;
                }
                !is_tail
            }
            Stands::Playing { frames: Some((first, newest)) } => {
                if number < UNDER_WAY && far(newest, number) >= APART {
                    self.tail = Some(newest);
                    self.stands = begins;
                    return true;
                }
                if far(newest, first) >= APART {
                    self.tail = None;
                }
                let is_tail =
                    far(number, newest) > 1 && self.tail.is_some_and(|tail| number <= tail);
                let is_new = number > newest && far(number, newest) <= LEAP && !is_tail;
                if is_new {
                    self.stands = Stands::Playing { frames: Some((first, number)) };
                }
                is_new
            }
        }
    }

    /// The slower agent ends a game while the next one is played already.
    fn game_ends(&mut self, game: u32) -> bool {
        if self.stands == Stands::Before || self.ended == Some(game) {
            return false;
        }
        if let Stands::Playing { frames: Some((_, newest)) } = self.stands {
            self.tail = Some(newest);
        }
        self.ended = Some(game);
        self.stands = Stands::Between;
        true
    }
}

fn far(newer: i32, older: i32) -> i64 {
    i64::from(newer) - i64::from(older)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Line {
        read(r#"{"type":"match_start","stageId":1,"players":[]}"#)
    }

    fn frame(number: i32) -> Line {
        read(&format!(r#"{{"type":"frame","frame":{number},"players":[]}}"#))
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

    fn game(frames: std::ops::Range<i32>, number: u32) -> Vec<Line> {
        let frames = frames.map(frame);
        [start()].into_iter().chain(frames).chain([game_end(number)]).collect()
    }

    fn told(lines: &[Line]) -> Vec<Line> {
        let mut once = Once::default();
        lines.iter().filter(|line| once.admits(line)).cloned().collect()
    }

    #[test]
    fn what_one_agent_says_is_told_whole() {
        let said = [game(-123..400, 1), game(-123..500, 2), vec![match_end()]].concat();
        assert_eq!(told(&said), said);
    }

    #[test]
    fn a_second_agent_behind_the_first_adds_nothing() {
        let alone = [game(-123..400, 1), game(-123..500, 2), vec![match_end()]].concat();
        for behind in [0, 1, 7, 60, 250] {
            let mut both = Vec::new();
            for at in 0..alone.len() + behind {
                both.extend(alone.get(at).cloned());
                both.extend(at.checked_sub(behind).and_then(|at| alone.get(at)).cloned());
            }
            assert_eq!(told(&both), alone, "{behind} behind");
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
        let frames = |range: std::ops::Range<i32>| range.map(frame).collect::<Vec<_>>();
        let said = [vec![start()], frames(-123..300), vec![start()], frames(-123..10)].concat();
        assert_eq!(told(&said), said);
        let said = [vec![start()], frames(-123..300), frames(-123..10)].concat();
        assert_eq!(told(&said), said);
    }

    #[test]
    fn nothing_is_told_before_a_start_or_behind_the_end() {
        assert_eq!(told(&[frame(1), game_end(1), match_end()]), []);
        assert_eq!(told(&[start(), match_end(), frame(1), match_end()]), [start(), match_end()]);
    }
}
