//! From what viewers of a match are told, a line of JSON for each frame, to `melee/1` batches. Pure.

use std::collections::VecDeque;

use anyhow::Context as _;
use arena_protocol::melee::{self, Fighter, Frame, GameEnd, MatchEnd, Player, Record, Start};
use serde::{Deserialize, Deserializer};

use super::source::Piece;

/// Frames of a batch: ten batches a second.
const FRAMES: usize = 6;
/// Batches of a group: a late joiner starts at most a second back.
const GROUP: usize = 10;

/// Gathers lines into batches.
#[derive(Debug, Default)]
pub(super) struct Gather {
    /// What every key batch begins with; absent before the first `match_start`.
    start: Option<Start>,
    meta: serde_json::Value,
    frames: Vec<Frame>,
    events: Vec<Record>,
    /// Batches since the last key batch; `None` asks for one.
    in_group: Option<usize>,
    closed: VecDeque<anyhow::Result<Piece>>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Line {
    MatchStart {
        stage_id: i32,
        players: Vec<LineFighter>,
    },
    Frame {
        frame: i32,
        players: Vec<LinePlayer>,
    },
    GameEnd {
        game_number: u32,
        winner_port: i32,
        end_method: String,
    },
    MatchEnd {
        winner_port: i32,
        final_score: Vec<i32>,
    },
    /// Says nothing; publishers may send it to stay connected.
    Ping,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LineFighter {
    port: u8,
    character_id: i32,
    connect_code: String,
    display_name: Option<String>,
}

/// What is missing or null is as at the start of a game.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinePlayer {
    port: u8,
    #[serde(default, deserialize_with = "or_default")]
    x: f32,
    #[serde(default, deserialize_with = "or_default")]
    y: f32,
    #[serde(default, deserialize_with = "or_default")]
    action_state_id: i32,
    #[serde(default, deserialize_with = "or_default")]
    action_frame: i32,
    facing_direction: Option<i32>,
    #[serde(default, deserialize_with = "or_default")]
    percent: f32,
    stocks: Option<i32>,
    shield_health: Option<f32>,
    #[serde(default, deserialize_with = "or_default")]
    is_invincible: bool,
    #[serde(default, deserialize_with = "or_default")]
    is_in_hitstun: bool,
}

fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Gather {
    /// Takes one line; an empty one says nothing.
    pub(super) fn line(&mut self, line: &str) -> anyhow::Result<()> {
        if line.trim().is_empty() {
            return Ok(());
        }
        match serde_json::from_str(line)? {
            Line::MatchStart { stage_id, players } => {
                self.close();
                self.begin(stage_id, players);
            }
            Line::Frame { frame, players } => {
                anyhow::ensure!(self.start.is_some(), "a frame before the first match_start");
                let players = players.into_iter().map(Player::from).collect();
                self.frames.push(Frame { number: frame, players });
                if self.frames.len() == FRAMES {
                    self.close();
                }
            }
            Line::GameEnd { game_number, winner_port, end_method } => {
                self.events.push(Record::GameEnd(GameEnd {
                    game: game_number,
                    winner_port,
                    end_method,
                }));
                self.close();
                self.count(game_number, winner_port);
            }
            Line::MatchEnd { winner_port, final_score } => {
                self.events.push(Record::MatchEnd(MatchEnd { winner_port, final_score }));
                self.close();
            }
            Line::Ping => {}
        }
        Ok(())
    }

    /// Whether nothing waits for more.
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.events.is_empty()
    }

    /// Makes a batch of what is there.
    pub(super) fn close(&mut self) {
        if self.is_empty() {
            return;
        }
        let frames = std::mem::take(&mut self.frames);
        let first_frame = frames.first().map_or(0, |frame| frame.number.into());
        let count = u16::try_from(frames.len()).expect("a few frames");
        let key = self.in_group.is_none_or(|batches| batches >= GROUP);
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
    pub(super) fn pop(&mut self) -> anyhow::Result<Option<Piece>> {
        self.closed.pop_front().transpose()
    }

    /// The last `match_start`, for those who join late.
    pub(super) fn meta(&self) -> Vec<u8> {
        if self.meta.is_null() { b"{}".to_vec() } else { self.meta.to_string().into_bytes() }
    }

    fn begin(&mut self, stage: i32, players: Vec<LineFighter>) {
        let described = players.iter().map(|player| {
            serde_json::json!({
                "port": player.port,
                "characterId": player.character_id,
                "connectCode": player.connect_code,
                "displayName": player.display_name,
            })
        });
        let described: Vec<_> = described.collect();
        self.meta = serde_json::json!({ "stageId": stage, "players": described });
        let score = vec![0; players.len()];
        let players = players.into_iter().map(Fighter::from).collect();
        self.start = Some(Start { game: 1, stage, score, players });
        self.in_group = None;
    }

    /// The next game begins with a key batch that knows the score.
    fn count(&mut self, game: u32, winner_port: i32) {
        let Some(start) = &mut self.start else { return };
        let winner = start.players.iter().position(|player| i32::from(player.port) == winner_port);
        if let Some(score) = winner.and_then(|at| start.score.get_mut(at)) {
            *score += 1;
        }
        start.game = game.saturating_add(1);
        self.in_group = None;
    }
}

impl From<LineFighter> for Fighter {
    fn from(line: LineFighter) -> Self {
        let LineFighter { port, character_id, connect_code, display_name } = line;
        Self { port, character: character_id, code: connect_code, name: display_name }
    }
}

impl From<LinePlayer> for Player {
    fn from(line: LinePlayer) -> Self {
        Self {
            port: line.port,
            x: line.x,
            y: line.y,
            action_state: line.action_state_id,
            action_frame: line.action_frame,
            facing_direction: line.facing_direction.unwrap_or(1),
            percent: line.percent,
            stocks: line.stocks.unwrap_or(4),
            shield_health: line.shield_health,
            is_invincible: line.is_invincible,
            is_in_hitstun: line.is_in_hitstun,
        }
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
        let mut gather = Gather::default();
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
    fn a_game_that_ends_counts_and_the_next_one_begins_with_a_key_batch() {
        let mut gather = Gather::default();
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
    fn every_tenth_batch_lets_viewers_in() {
        let mut gather = Gather::default();
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
        let mut gather = Gather::default();
        for line in ["{", "{}", r#"{"type":"dance"}"#, &frame(0)] {
            assert!(gather.line(line).is_err(), "{line}");
        }
        gather.line("").unwrap();
        gather.line(r#"{"type":"ping"}"#).unwrap();
        assert_eq!(gather.meta(), b"{}");
    }
}
