//! What is told of a match in JSON, a line for each thing: to records of `melee/1` and back. Pure.
//!
//! Keys are read as `camelCase` and as `snake_case`, and written as the former; what is not known is
//! left out. A float of 32 bits is written as the double that it is, with all of its digits.
//! Invariant: a line that was read can be said in `melee/1`.

mod lenient;

use arena_protocol::melee::{self, Fighter, Frame, GameEnd, MatchEnd, Player, Record};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One thing that is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Line {
    MatchStart(Began),
    Frame(Framed),
    GameEnd(GameEnded),
    MatchEnd(MatchEnded),
    /// Says nothing; publishers may send it to stay connected.
    Ping,
    #[serde(other)]
    Unknown,
}

/// A game begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Began {
    #[serde(skip_deserializing)]
    pub(crate) match_id: String,
    #[serde(alias = "stage_id", deserialize_with = "lenient::whole")]
    pub(crate) stage_id: i32,
    #[serde(deserialize_with = "lenient::few")]
    pub(crate) players: Vec<LineFighter>,
}

/// Who plays on one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineFighter {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) port: u8,
    #[serde(alias = "character_id", deserialize_with = "lenient::whole")]
    pub(crate) character_id: i32,
    #[serde(alias = "connect_code", deserialize_with = "lenient::text")]
    pub(crate) connect_code: String,
    #[serde(default, alias = "display_name", deserialize_with = "lenient::text_or_none")]
    pub(crate) display_name: Option<String>,
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Framed {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) frame: i32,
    #[serde(deserialize_with = "each_of_its_port")]
    pub(crate) players: Vec<LinePlayer>,
}

/// One player in a frame. What is missing or null is as at the start of a game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinePlayer {
    #[serde(deserialize_with = "lenient::whole")]
    port: u8,
    #[serde(default, deserialize_with = "lenient::real_or_zero", serialize_with = "as_double")]
    x: f32,
    #[serde(default, deserialize_with = "lenient::real_or_zero", serialize_with = "as_double")]
    y: f32,
    #[serde(default, deserialize_with = "lenient::whole_or_zero", alias = "action_state_id")]
    action_state_id: i32,
    #[serde(default, deserialize_with = "lenient::whole_or_zero", alias = "action_frame")]
    action_frame: i32,
    #[serde(default, deserialize_with = "lenient::whole_or_none", alias = "facing_direction")]
    facing_direction: Option<i32>,
    #[serde(default, deserialize_with = "lenient::real_or_zero", serialize_with = "as_double")]
    percent: f32,
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    stocks: Option<i32>,
    #[serde(alias = "shield_health", serialize_with = "as_double_or_null")]
    #[serde(default, deserialize_with = "lenient::real_or_none")]
    shield_health: Option<f32>,
    #[serde(default, deserialize_with = "lenient::flag_or_no", alias = "is_invincible")]
    is_invincible: bool,
    #[serde(default, deserialize_with = "lenient::flag_or_no", alias = "is_in_hitstun")]
    is_in_hitstun: bool,
}

/// A game is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GameEnded {
    #[serde(alias = "game_number", deserialize_with = "lenient::whole")]
    pub(crate) game_number: u32,
    #[serde(alias = "winner_port", deserialize_with = "lenient::whole")]
    pub(crate) winner_port: i32,
    #[serde(alias = "end_method", deserialize_with = "lenient::text")]
    pub(crate) end_method: String,
}

/// The match is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MatchEnded {
    #[serde(alias = "winner_port", deserialize_with = "lenient::whole")]
    pub(crate) winner_port: i32,
    #[serde(alias = "final_score", deserialize_with = "lenient::few_whole")]
    pub(crate) final_score: Vec<i32>,
}

impl Began {
    /// What the list of channels shows.
    pub(crate) fn as_meta(&self) -> serde_json::Value {
        serde_json::json!({ "stageId": self.stage_id, "players": self.players })
    }

    pub(crate) fn of(match_id: &str, start: &melee::Start) -> Self {
        let players = start.players.iter().map(LineFighter::from).collect();
        Self { match_id: match_id.to_owned(), stage_id: start.stage, players }
    }
}

impl Line {
    /// The lines that say a record; `match_id` is the match's.
    pub(crate) fn of(match_id: &str, record: Record) -> Vec<Self> {
        match record {
            Record::Start(start) => vec![Self::MatchStart(Began::of(match_id, &start))],
            Record::Frames { frames } => {
                frames.into_iter().map(|frame| Self::Frame(frame.into())).collect()
            }
            Record::GameEnd(GameEnd { game, winner_port, end_method }) => {
                vec![Self::GameEnd(GameEnded { game_number: game, winner_port, end_method })]
            }
            Record::MatchEnd(MatchEnd { winner_port, final_score }) => {
                vec![Self::MatchEnd(MatchEnded { winner_port, final_score })]
            }
        }
    }
}

impl From<&LineFighter> for Fighter {
    fn from(line: &LineFighter) -> Self {
        let LineFighter { port, character_id, connect_code, display_name } = line.clone();
        Self { port, character: character_id, code: connect_code, name: display_name }
    }
}

impl From<&Fighter> for LineFighter {
    fn from(fighter: &Fighter) -> Self {
        let Fighter { port, character, code, name } = fighter.clone();
        Self { port, character_id: character, connect_code: code, display_name: name }
    }
}

impl From<Framed> for Frame {
    fn from(line: Framed) -> Self {
        let players = line.players.into_iter().map(Player::from).collect();
        Self { number: line.frame, players }
    }
}

impl From<Frame> for Framed {
    fn from(frame: Frame) -> Self {
        let players = frame.players.into_iter().map(LinePlayer::from).collect();
        Self { frame: frame.number, players }
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

impl From<Player> for LinePlayer {
    fn from(player: Player) -> Self {
        Self {
            port: player.port,
            x: player.x,
            y: player.y,
            action_state_id: player.action_state,
            action_frame: player.action_frame,
            facing_direction: Some(player.facing_direction),
            percent: player.percent,
            stocks: Some(player.stocks),
            shield_health: player.shield_health,
            is_invincible: player.is_invincible,
            is_in_hitstun: player.is_in_hitstun,
        }
    }
}

impl From<GameEnded> for GameEnd {
    fn from(line: GameEnded) -> Self {
        let GameEnded { game_number, winner_port, end_method } = line;
        Self { game: game_number, winner_port, end_method }
    }
}

impl From<MatchEnded> for MatchEnd {
    fn from(line: MatchEnded) -> Self {
        let MatchEnded { winner_port, final_score } = line;
        Self { winner_port, final_score }
    }
}

/// The players of a frame, of which none stands where another does.
fn each_of_its_port<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<LinePlayer>, D::Error> {
    let players: Vec<LinePlayer> = lenient::few(from)?;
    for (at, player) in players.iter().enumerate() {
        if players[..at].iter().any(|other| other.port == player.port) {
            let what = format_args!("two players on port {}", player.port);
            return Err(serde::de::Error::custom(what));
        }
    }
    Ok(players)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde hands over")]
fn as_double<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*value))
}

#[expect(clippy::ref_option, reason = "what serde hands over")]
fn as_double_or_null<S: Serializer>(value: &Option<f32>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(f64::from).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_keys_are_read_and_one_is_written() {
        let snake = r#"{"type":"frame","frame":7,"extra":1,"players":[{"port":1,"x":0.1,"y":-2,
            "action_state_id":14,"action_frame":3,"facing_direction":-1,"percent":12,"stocks":3,
            "shield_health":null,"is_invincible":true,"is_in_hitstun":false}]}"#;
        let line: Line = serde_json::from_str(snake).unwrap();
        let written = serde_json::to_string(&line).unwrap();
        assert_eq!(
            written,
            r#"{"type":"frame","frame":7,"players":[{"port":1,"x":0.10000000149011612,"y":-2.0,"actionStateId":14,"actionFrame":3,"facingDirection":-1,"percent":12.0,"stocks":3,"shieldHealth":null,"isInvincible":true,"isInHitstun":false}]}"#
        );
        assert_eq!(serde_json::from_str::<Line>(&written).unwrap(), line);
    }

    #[test]
    fn records_come_back_as_the_lines_they_were() {
        let lines = [
            r#"{"type":"match_start","matchId":"m","stageId":25,"players":[{"port":1,"characterId":1,"connectCode":"FOX#1","displayName":null}]}"#,
            r#"{"type":"game_end","gameNumber":1,"winnerPort":2,"endMethod":"stocks"}"#,
            r#"{"type":"match_end","winnerPort":2,"finalScore":[0,1]}"#,
        ];
        for text in lines {
            let record = match serde_json::from_str(text).unwrap() {
                Line::MatchStart(began) => Record::Start(melee::Start {
                    game: 1,
                    stage: began.stage_id,
                    score: vec![0],
                    players: began.players.iter().map(Fighter::from).collect(),
                }),
                Line::GameEnd(ended) => Record::GameEnd(ended.into()),
                Line::MatchEnd(ended) => Record::MatchEnd(ended.into()),
                Line::Frame(_) | Line::Ping | Line::Unknown => unreachable!("not among the lines"),
            };
            let back = Line::of("m", record);
            let back: Vec<_> =
                back.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
            assert_eq!(back, [text]);
        }
    }

    #[test]
    fn what_is_of_no_known_type_is_unknown() {
        assert_eq!(
            serde_json::from_str::<Line>(r#"{"type":"dance","x":1}"#).unwrap(),
            Line::Unknown
        );
        assert!(serde_json::from_str::<Line>(r#"{"x":1}"#).is_err());
    }

    #[test]
    fn what_cannot_be_said_is_not_read() {
        let long = "x".repeat(melee::TEXT_LEN_MAX + 1);
        for (line, why) in [
            (r#"{"type":"frame","frame":1,"players":[{"port":1,"x":1e39}]}"#.to_owned(), "beyond"),
            (
                r#"{"type":"frame","frame":1,"players":[{"port":1},{"port":1}]}"#.to_owned(),
                "port 1",
            ),
            (
                format!(
                    r#"{{"type":"game_end","gameNumber":1,"winnerPort":1,"endMethod":"{long}"}}"#
                ),
                "at most 64 bytes",
            ),
            (
                r#"{"type":"match_end","winnerPort":1,"finalScore":[0,0,0,0,0,0,0,0,0]}"#
                    .to_owned(),
                "a list of at most 8",
            ),
        ] {
            let refused = serde_json::from_str::<Line>(&line).unwrap_err().to_string();
            assert!(refused.contains(why), "{line}: {refused}");
        }
    }
}
