//! From what is told of a match, a line for each frame, to `melee/1` batches. Pure.

use std::collections::VecDeque;

use anyhow::Context as _;
use arena_protocol::melee::{self, Fighter, Frame, GameEnd, MatchEnd, Record, Start};

use crate::melee_lines::{Began, Line};

/// Frames between two places where a late joiner can begin: a second.
const GROUP_FRAMES: usize = 60;

/// A batch to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) first_frame: i64,
    pub(crate) frames: u16,
    pub(crate) key: bool,
    pub(crate) payload: Vec<u8>,
}

/// Gathers lines into batches.
#[derive(Debug)]
pub(crate) struct Gather {
    /// Frames of a batch.
    batch: usize,
    /// What every key batch begins with; absent before the first `match_start`.
    start: Option<Start>,
    /// Whether frames of the game have come: what begins then is the next one.
    played: bool,
    /// The match is: what begins is another one.
    over: bool,
    meta: serde_json::Value,
    frames: Vec<Frame>,
    events: Vec<Record>,
    /// Batches since the last key batch; `None` asks for one.
    in_group: Option<usize>,
    closed: VecDeque<anyhow::Result<Piece>>,
}

impl Gather {
    /// Of so many frames in a batch.
    pub(crate) fn new(batch: usize) -> Self {
        Self {
            batch: batch.max(1),
            start: None,
            played: false,
            over: false,
            meta: serde_json::Value::Null,
            frames: Vec::new(),
            events: Vec::new(),
            in_group: None,
            closed: VecDeque::new(),
        }
    }

    /// Takes one line of JSON; an empty one says nothing.
    pub(crate) fn line(&mut self, line: &str) -> anyhow::Result<()> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let line: Line = serde_json::from_str(line)?;
        anyhow::ensure!(line != Line::Unknown, "nothing of this type is known");
        self.take(line)
    }

    /// Takes what was said; what is not known says nothing.
    pub(crate) fn take(&mut self, line: Line) -> anyhow::Result<()> {
        match line {
            Line::MatchStart(began) => {
                self.close();
                self.begin(&began);
            }
            Line::Frame(frame) => {
                anyhow::ensure!(self.start.is_some(), "a frame before the first match_start");
                self.frames.push(Frame::from(frame));
                self.played = true;
                if self.frames.len() == self.batch {
                    self.close();
                }
            }
            Line::GameEnd(ended) => {
                let ended = GameEnd::from(ended);
                let (game, winner_port) = (ended.game, ended.winner_port);
                self.events.push(Record::GameEnd(ended));
                self.close();
                self.count(game, winner_port);
            }
            Line::MatchEnd(ended) => {
                self.events.push(Record::MatchEnd(MatchEnd::from(ended)));
                self.close();
                self.over = true;
            }
            Line::Ping | Line::Unknown => {}
        }
        Ok(())
    }

    /// Whether nothing waits for more.
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.events.is_empty()
    }

    /// Makes a batch of who plays, for those who watch before anything happens.
    pub(crate) fn announce(&mut self) {
        let Some(start) = self.start.clone() else { return };
        let payload = melee::encode(&[Record::Start(start)]).context("the format cannot say this");
        let piece = payload.map(|payload| Piece { first_frame: 0, frames: 0, key: true, payload });
        self.closed.push_back(piece);
        self.in_group = Some(0);
    }

    /// Makes a batch of what is there.
    pub(crate) fn close(&mut self) {
        if self.is_empty() {
            return;
        }
        let frames = std::mem::take(&mut self.frames);
        let first_frame = frames.first().map_or(0, |frame| frame.number.into());
        let count = u16::try_from(frames.len()).expect("a few frames");
        let key = self.in_group.is_none_or(|batches| batches * self.batch >= GROUP_FRAMES);
        self.in_group = Some(if key { 1 } else { self.in_group.unwrap_or(0) + 1 });
        let mut records = Vec::new();
        if key {
            records.extend(self.start.clone().map(Record::Start));
        }
        records.extend(melee::runs(frames));
        records.append(&mut self.events);
        let payload = melee::encode(&records).context("the format cannot say this");
        let piece = payload.map(|payload| Piece { first_frame, frames: count, key, payload });
        self.closed.push_back(piece);
    }

    /// The next batch that is whole.
    pub(crate) fn pop(&mut self) -> anyhow::Result<Option<Piece>> {
        self.closed.pop_front().transpose()
    }

    /// The last `match_start`, for those who join late.
    pub(crate) fn meta(&self) -> Vec<u8> {
        if self.meta.is_null() { b"{}".to_vec() } else { self.meta.to_string().into_bytes() }
    }

    /// The next game begins with the same players, and nobody has said how the last one ended.
    pub(crate) fn another_game(&mut self) {
        self.close();
        if let Some(start) = &mut self.start {
            start.game = start.game.saturating_add(1);
        }
        self.played = false;
        self.in_group = None;
    }

    /// A game of the same match goes on with its score. One that has been played is over, also if
    /// nobody said so: what begins is the next.
    fn begin(&mut self, began: &Began) {
        self.meta = began.as_meta();
        let players: Vec<_> = began.players.iter().map(Fighter::from).collect();
        let codes = |players: &[Fighter]| -> Vec<_> {
            players.iter().map(|player| (player.port, player.code.clone())).collect()
        };
        let going_on =
            self.start.take().filter(|last| !self.over && codes(&last.players) == codes(&players));
        let (game, score) = match going_on {
            Some(last) => (last.game.saturating_add(u32::from(self.played)), last.score),
            None => (1, vec![0; players.len()]),
        };
        self.start = Some(Start { game, stage: began.stage_id, score, players });
        self.over = false;
        self.played = false;
        self.in_group = None;
    }

    /// The next game begins with a key batch that knows the score. Who began again counts anew, but
    /// no game is the one before once more.
    fn count(&mut self, game: u32, winner_port: i32) {
        let Some(start) = &mut self.start else { return };
        let winner = start.players.iter().position(|player| i32::from(player.port) == winner_port);
        if let Some(score) = winner.and_then(|at| start.score.get_mut(at)) {
            *score += 1;
        }
        start.game = start.game.max(game).saturating_add(1);
        self.played = false;
        self.in_group = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = r#"{"type":"match_start","matchId":"m","stageId":25,"players":[
        {"port":1,"characterId":1,"connectCode":"FOX#1","displayName":"Fox"},
        {"port":2,"characterId":2,"connectCode":"FAL#2","displayName":null}]}"#;

    fn frame(number: i32) -> String {
        format!(
            r#"{{"type":"frame","frame":{number},"players":[
            {{"port":1,"x":-1.5,"y":0.25,"actionStateId":14,"actionFrame":3,"facingDirection":-1,
              "percent":12.5,"stocks":3,"shieldHealth":null,"isInvincible":true,"isInHitstun":false}},
            {{"port":2,"x":null,"shieldHealth":60}}]}}"#
        )
    }

    fn pieces(gather: &mut Gather) -> Vec<(bool, u16, Vec<Record>)> {
        let next = || {
            let piece = gather.pop().unwrap()?;
            Some((piece.key, piece.frames, melee::decode(&piece.payload).unwrap()))
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn six_frames_make_a_batch_and_the_first_begins_with_a_start() {
        let mut gather = Gather::new(6);
        gather.line(START).unwrap();
        for number in -123..-110 {
            gather.line(&frame(number)).unwrap();
        }
        let pieces = pieces(&mut gather);
        assert_eq!(pieces.len(), 2);
        let (key, frames, records) = &pieces[0];
        assert!(*key && *frames == 6);
        assert!(
            matches!(&records[0], Record::Start(start) if start.game == 1 && start.stage == 25)
        );
        let Record::Frames { frames } = &records[1] else { panic!("{records:?}") };
        assert_eq!(frames[0].number, -123);
        let [one, two] = frames[0].players[..] else { panic!("{frames:?}") };
        assert_eq!((one.x, one.stocks, one.facing_direction), (-1.5, 3, -1));
        assert_eq!((two.x, two.stocks, two.shield_health), (0.0, 4, Some(60.0)));
        assert!(!pieces[1].0 && matches!(pieces[1].2[0], Record::Frames { .. }));
        assert!(!gather.is_empty(), "the thirteenth frame waits");
    }

    #[test]
    fn a_start_that_is_announced_opens_the_group() {
        let mut gather = Gather::new(6);
        gather.announce();
        gather.line(START).unwrap();
        gather.announce();
        for number in -123..-117 {
            gather.line(&frame(number)).unwrap();
        }
        let pieces = pieces(&mut gather);
        let shape: Vec<_> = pieces.iter().map(|(key, frames, _)| (*key, *frames)).collect();
        assert_eq!(shape, [(true, 0), (false, 6)]);
        assert!(matches!(pieces[0].2[..], [Record::Start(_)]));
    }

    #[test]
    fn a_game_that_ends_counts_and_the_next_one_begins_with_a_key_batch() {
        let mut gather = Gather::new(6);
        gather.line(START).unwrap();
        gather.line(&frame(0)).unwrap();
        let end = r#"{"type":"game_end","gameNumber":1,"winnerPort":2,"endMethod":"stocks"}"#;
        gather.line(end).unwrap();
        gather.line(&frame(-123)).unwrap();
        gather.line(r#"{"type":"match_end","winnerPort":2,"finalScore":[0,1]}"#).unwrap();
        let pieces = pieces(&mut gather);
        assert_eq!(pieces.len(), 2);
        assert!(matches!(pieces[0].2.last(), Some(Record::GameEnd(_))));
        let Record::Start(start) = &pieces[1].2[0] else { panic!("{pieces:?}") };
        assert_eq!((start.game, start.score.as_slice()), (2, &[0, 1][..]));
        assert!(matches!(pieces[1].2.last(), Some(Record::MatchEnd(_))));
    }

    #[test]
    fn a_game_that_begins_behind_frames_is_the_next_one() {
        let mut gather = Gather::new(6);
        let game = |gather: &Gather| gather.start.as_ref().map(|start| start.game);
        gather.line(START).unwrap();
        gather.line(START).unwrap();
        assert_eq!(game(&gather), Some(1), "nothing was played of it");
        gather.line(&frame(-123)).unwrap();
        gather.line(START).unwrap();
        assert_eq!(game(&gather), Some(2));
        gather.line(&frame(-123)).unwrap();
        gather.another_game();
        assert_eq!(game(&gather), Some(3));
        gather.line(&frame(-123)).unwrap();
        // Of an agent that began again, and counts anew.
        let end = r#"{"type":"game_end","gameNumber":1,"winnerPort":0,"endMethod":"stocks"}"#;
        gather.line(end).unwrap();
        gather.line(START).unwrap();
        assert_eq!(game(&gather), Some(4));
    }

    #[test]
    fn every_tenth_batch_lets_viewers_in() {
        let mut gather = Gather::new(6);
        gather.line(START).unwrap();
        for number in 0..132 {
            gather.line(&frame(number)).unwrap();
        }
        let keys = pieces(&mut gather).into_iter().map(|(key, ..)| key);
        let expected = (0..22).map(|batch| batch % 10 == 0);
        assert!(keys.eq(expected));
    }

    #[test]
    fn lines_that_make_no_sense_are_refused() {
        let mut gather = Gather::new(6);
        for line in ["{", "{}", r#"{"type":"dance"}"#, &frame(0)] {
            assert!(gather.line(line).is_err(), "{line}");
        }
        gather.line("").unwrap();
        gather.line(r#"{"type":"ping"}"#).unwrap();
        assert_eq!(gather.meta(), b"{}");
    }
}
