//! Both agents of a match stream the same game; each thing is told on once, in order. Pure.
//!
//! An agent's socket is known again (`once/agents.rs`): a game that it names behind frames of its own
//! is another one, and what it says of a game that is over elsewhere adds nothing. Requests do not
//! say whose they are, and an agent may come back on another socket: then the number of a frame
//! counts. What a rollback corrects is left out, as viewers of this interface do.

mod agents;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use self::agents::{Agents, Place};
use crate::melee_lines::{Began, Line};

/// Agents are never so many frames apart.
const APART: i64 = 300;
/// A game begins at -123; from here on it is under way.
const UNDER_WAY: i32 = -60;
/// A game that was named again by a request is another one when so many frames in a row are of its
/// opening, and the same one when so many go on.
const CERTAIN: i32 = 60;
/// No game has other frames than those of its first four hours, and no two that follow each other are
/// ten minutes apart: what says so is noise, behind which nothing would be new any more.
const NUMBERS: RangeInclusive<i32> = -123..=1_000_000;
const LEAP: i64 = 36_000;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A socket, by a number of ours.
    Socket(u64),
    /// A request.
    Request,
}

/// What is told on of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Nothing,
    This,
    /// With this frame another game begins, of those that were named for it if somebody has done so.
    AnotherGame(Option<Began>),
}

/// What of a match has been told.
#[derive(Debug, Default)]
pub(super) struct Once {
    stands: Stands,
    agents: Agents,
    /// The last game that ended, and its newest frame: the slower agent is still there for a while.
    ended: Option<u32>,
    tail: Option<i32>,
    renamed: Option<Renamed>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stands {
    /// Nothing was told of a match, or one is over.
    #[default]
    Before,
    /// A game was named; its frames come.
    Playing { frames: Option<Frames> },
    /// A game is over.
    Between,
}

/// What was told of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frames {
    first: i32,
    newest: i32,
}

/// Somebody names a game while one is played: the second agent does so late, or it is the next game,
/// and the end of the last one was never said.
#[derive(Debug)]
struct Renamed {
    began: Began,
    /// A socket that was not known before is the second agent's, or of one that connected again.
    by: Source,
    /// The newest frame then.
    at: i32,
    /// Frames in a row that are of an opening.
    openings: i32,
}

impl Once {
    /// What of this is told on.
    pub(super) fn tell(&mut self, source: Source, line: &Line) -> Verdict {
        let told = match line {
            Line::MatchStart(began) => self.starts(source, began),
            Line::Frame(frame) => return self.frame(source, frame.frame),
            Line::GameEnd(ended) => self.game_ends(source, ended.game_number),
            Line::MatchEnd(_) => self.ends(source),
            Line::Ping | Line::Unknown => false,
        };
        if told { Verdict::This } else { Verdict::Nothing }
    }

    /// Whether a match has to be named before anything is told on.
    pub(super) fn is_idle(&self) -> bool {
        self.stands == Stands::Before
    }

    /// A game that was named before this process began goes on.
    pub(super) fn goes_on(&mut self) {
        self.stands = Stands::Playing { frames: None };
    }

    fn starts(&mut self, source: Source, began: &Began) -> bool {
        if let Stands::Playing { frames } = self.stands {
            let said_before = self.agents.place(source) == Place::Here { framed: true };
            let Some(Frames { newest, .. }) = frames.filter(|_| said_before) else {
                self.agents.join(source);
                self.renamed = frames.map(|Frames { newest, .. }| Renamed {
                    began: began.clone(),
                    by: source,
                    at: newest,
                    openings: 0,
                });
                return false;
            };
            self.tail = Some(newest);
        }
        self.agents.begin(source);
        self.stands = Stands::Playing { frames: None };
        self.renamed = None;
        true
    }

    fn frame(&mut self, source: Source, number: i32) -> Verdict {
        if !NUMBERS.contains(&number) {
            return Verdict::Nothing;
        }
        if self.agents.place(source) == Place::Behind {
            let is_anew =
                number < UNDER_WAY && self.tail.is_some_and(|tail| far(tail, number) >= APART);
            if !is_anew {
                return Verdict::Nothing;
            }
            self.agents.forget(source);
        }
        self.agents.frame(source);
        let told = match self.stands {
            // Without a start nobody could tell who plays.
            Stands::Before => false,
            Stands::Between if number < UNDER_WAY => return self.opens(number),
            Stands::Between => false,
            Stands::Playing { frames: None } => number < UNDER_WAY || !self.is_tail(number),
            Stands::Playing { frames: Some(frames) } => return self.next(frames, number),
        };
        if told {
            self.begin_with(number);
        }
        if told { Verdict::This } else { Verdict::Nothing }
    }

    /// A frame while others of the game have been told.
    fn next(&mut self, frames: Frames, number: i32) -> Verdict {
        let Frames { first, newest } = frames;
        if number < UNDER_WAY && far(newest, number) >= APART {
            return self.another_game(newest, number);
        }
        if far(newest, first) >= APART {
            self.tail = None;
            self.agents.all_here();
        }
        let is_tail = far(number, newest) > 1 && self.is_tail(number);
        let is_new = number > newest && far(number, newest) <= LEAP && !is_tail;
        if is_new {
            self.stands = Stands::Playing { frames: Some(Frames { first, newest: number }) };
        }
        if let Some(Renamed { at, by, openings, .. }) = &mut self.renamed {
            let is_opening = number <= *at && number < UNDER_WAY;
            *openings = if is_opening { *openings + 1 } else { 0 };
            if *by == Source::Request && *openings >= CERTAIN {
                return self.another_game(newest, number);
            }
            if is_new && far(number, *at) >= i64::from(CERTAIN) {
                self.renamed = None;
            }
        }
        if is_new { Verdict::This } else { Verdict::Nothing }
    }

    /// The game behind one that has ended: it may have been named while that one was played.
    fn opens(&mut self, number: i32) -> Verdict {
        self.begin_with(number);
        match self.renamed.take() {
            Some(renamed) => Verdict::AnotherGame(Some(renamed.began)),
            None => Verdict::This,
        }
    }

    /// The end of the last one was never said.
    fn another_game(&mut self, newest: i32, number: i32) -> Verdict {
        self.tail = Some(newest);
        self.begin_with(number);
        Verdict::AnotherGame(self.renamed.take().map(|renamed| renamed.began))
    }

    fn begin_with(&mut self, number: i32) {
        let frames = Some(Frames { first: number, newest: number });
        self.stands = Stands::Playing { frames };
    }

    /// Whether it may be of the slower agent, which still plays the last game.
    fn is_tail(&self, number: i32) -> bool {
        self.tail.is_some_and(|tail| number <= tail)
    }

    /// The slower agent ends a game while the next one is played already. Who began again counts its
    /// games anew, so that their numbers tell less than whose word it is.
    fn game_ends(&mut self, source: Source, game: u32) -> bool {
        let Stands::Playing { frames } = self.stands else {
            self.agents.end_behind(source);
            return false;
        };
        let is_of_the_last = match self.agents.place(source) {
            Place::Here { .. } => false,
            Place::Behind => self.has_just_begun(),
            Place::Over | Place::Unknown => self.ended == Some(game) && self.has_just_begun(),
        };
        if is_of_the_last {
            self.agents.end_behind(source);
            return false;
        }
        self.tail = frames.map(|frames| frames.newest).or(self.tail);
        self.ended = Some(game);
        self.agents.end(source);
        self.stands = Stands::Between;
        true
    }

    fn ends(&mut self, source: Source) -> bool {
        let is_of_the_last = matches!(self.agents.place(source), Place::Behind | Place::Over)
            && matches!(self.stands, Stands::Playing { .. })
            && self.has_just_begun();
        if self.stands == Stands::Before || is_of_the_last {
            self.agents.forget(source);
            return false;
        }
        let mut agents = std::mem::take(&mut self.agents);
        agents.end(source);
        *self = Self { agents, ..Self::default() };
        true
    }

    /// Whether the slower agent may still be in an earlier game.
    fn has_just_begun(&self) -> bool {
        match self.stands {
            Stands::Before | Stands::Between => true,
            Stands::Playing { frames } => {
                frames.is_none_or(|Frames { first, newest }| far(newest, first) < APART)
            }
        }
    }
}

fn far(newer: i32, older: i32) -> i64 {
    i64::from(newer) - i64::from(older)
}
