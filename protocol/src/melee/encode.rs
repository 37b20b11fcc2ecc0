//! Records to bytes, in the fewest that the format allows.
//!
//! Writes only what [`super::decode`] gives back bit for bit; what the format cannot hold is an
//! error, nothing is cut or split.

use super::{
    float::{History, residual},
    records::{
        FRAMES_MAX, Fighter, Frame, GameEnd, MatchEnd, PLAYERS_MAX, Player, Record, Start,
        TEXT_LEN_MAX,
    },
    state::{ACTION_FRAME, ACTION_STATE, FACING, MORE, PERCENT, SHIELD, STOCKS, State, Told, X, Y},
    varint,
};

/// Why records cannot be said in melee/1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A `Frames` record without frames.
    #[error("a run without frames")]
    NoFrames,
    /// More than [`FRAMES_MAX`] frames in one record.
    #[error("{0} frames in one run")]
    TooManyFrames(usize),
    /// More than [`PLAYERS_MAX`] players or scores.
    #[error("{0} players or scores")]
    TooManyPlayers(usize),
    /// Two players of one frame on one port.
    #[error("two players on port {0}")]
    PortTwice(u8),
    /// A frame whose ports are not those of the first; [`super::runs`] separates them.
    #[error("other ports in frame {0} than at the start of its run")]
    PortsChange(i32),
    /// A text of more than [`TEXT_LEN_MAX`] bytes.
    #[error("a text of {0} bytes")]
    TextTooLong(usize),
}

/// The payload that says `records`, in their order.
pub fn encode(records: &[Record]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    for record in records {
        match record {
            Record::Start(start) => put_start(&mut out, start)?,
            Record::Frames { frames } => put_frames(&mut out, frames)?,
            Record::GameEnd(end) => put_game_end(&mut out, end)?,
            Record::MatchEnd(end) => put_match_end(&mut out, end)?,
        }
    }
    Ok(out)
}

fn put_start(out: &mut Vec<u8>, start: &Start) -> Result<(), EncodeError> {
    out.push(1);
    varint::put(out, start.game.into());
    varint::put_signed(out, start.stage.into());
    out.push(count(&start.score)?);
    start.score.iter().for_each(|&wins| varint::put(out, wins.into()));
    out.push(count(&start.players)?);
    start.players.iter().try_for_each(|fighter| put_fighter(out, fighter))
}

fn put_fighter(out: &mut Vec<u8>, fighter: &Fighter) -> Result<(), EncodeError> {
    out.push(fighter.port);
    varint::put_signed(out, fighter.character.into());
    put_text(out, &fighter.code)?;
    out.push(fighter.name.is_some().into());
    fighter.name.iter().try_for_each(|name| put_text(out, name))
}

fn put_frames(out: &mut Vec<u8>, frames: &[Frame]) -> Result<(), EncodeError> {
    let [first, rest @ ..] = frames else { return Err(EncodeError::NoFrames) };
    if frames.len() > FRAMES_MAX {
        return Err(EncodeError::TooManyFrames(frames.len()));
    }
    out.push(2);
    varint::put(out, frames.len() as u64);
    varint::put_signed(out, first.number.into());
    let mut states = put_ports(out, first)?;
    put_players(out, &mut states, first);

    let mut last = first;
    for frame in rest {
        if !frame.has_ports_of(first) {
            return Err(EncodeError::PortsChange(frame.number));
        }
        varint::put_signed(out, i64::from(frame.number) - i64::from(last.number) - 1);
        put_players(out, &mut states, frame);
        last = frame;
    }
    Ok(())
}

fn put_ports(out: &mut Vec<u8>, frame: &Frame) -> Result<Vec<State>, EncodeError> {
    out.push(count(&frame.players)?);
    let mut states: Vec<State> = Vec::with_capacity(frame.players.len());
    for &Player { port, .. } in &frame.players {
        if states.iter().any(|state| state.last.port == port) {
            return Err(EncodeError::PortTwice(port));
        }
        out.push(port);
        states.push(State::new(port));
    }
    Ok(states)
}

fn put_players(out: &mut Vec<u8>, states: &mut [State], frame: &Frame) {
    for (state, player) in states.iter_mut().zip(&frame.players) {
        put_player(out, state, player);
        state.push(*player);
    }
}

fn put_player(out: &mut Vec<u8>, state: &State, player: &Player) {
    let told = Told::of(player, state);
    out.push(told.mask);
    if told.has(MORE) {
        out.push(told.more);
    }
    if told.has(X) {
        put_coordinate(out, &state.x, player.x);
    }
    if told.has(Y) {
        put_coordinate(out, &state.y, player.y);
    }
    if told.has(ACTION_STATE) {
        varint::put_signed(out, player.action_state.into());
    }
    if told.has(ACTION_FRAME) {
        varint::put_signed(out, player.action_frame.into());
    }
    if told.has(PERCENT) {
        varint::put(out, residual(player.percent, state.last.percent).into());
    }
    if told.has_more(FACING) {
        varint::put_signed(out, player.facing_direction.into());
    }
    if told.has_more(STOCKS) {
        varint::put_signed(out, player.stocks.into());
    }
    if let (true, Some(shield)) = (told.has_more(SHIELD), player.shield_health) {
        varint::put(out, residual(shield, state.shield).into());
    }
}

fn put_coordinate(out: &mut Vec<u8>, history: &History, value: f32) {
    let (order, residual) = history.best(value);
    varint::put(out, u64::from(residual) * 4 + u64::from(order.code()));
}

fn put_game_end(out: &mut Vec<u8>, end: &GameEnd) -> Result<(), EncodeError> {
    out.push(3);
    varint::put(out, end.game.into());
    varint::put_signed(out, end.winner_port.into());
    put_text(out, &end.end_method)
}

fn put_match_end(out: &mut Vec<u8>, end: &MatchEnd) -> Result<(), EncodeError> {
    out.push(4);
    varint::put_signed(out, end.winner_port.into());
    out.push(count(&end.final_score)?);
    end.final_score.iter().for_each(|&wins| varint::put_signed(out, wins.into()));
    Ok(())
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    if text.len() > TEXT_LEN_MAX {
        return Err(EncodeError::TextTooLong(text.len()));
    }
    varint::put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn count<T>(items: &[T]) -> Result<u8, EncodeError> {
    match u8::try_from(items.len()) {
        Ok(count) if items.len() <= PLAYERS_MAX => Ok(count),
        Ok(_) | Err(_) => Err(EncodeError::TooManyPlayers(items.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melee::state::origin;

    #[test]
    fn the_origin_costs_one_byte_a_player() {
        let at_origin = |number, action_frame| Frame {
            number,
            players: [1, 2].map(|port| Player { action_frame, ..origin(port) }).into(),
        };
        let frames = vec![at_origin(-123, 1), at_origin(-122, 2)];
        let bytes = encode(&[Record::Frames { frames }]);
        assert_eq!(bytes, Ok(vec![2, 2, 0xf5, 0x01, 2, 1, 2, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn what_the_format_cannot_hold_is_refused() {
        let frame = |ports: &[u8]| Frame {
            number: 7,
            players: ports.iter().copied().map(origin).collect(),
        };
        let frames = |frames| Record::Frames { frames };
        let text = "x".repeat(TEXT_LEN_MAX + 1);
        for (record, why) in [
            (frames(vec![]), EncodeError::NoFrames),
            (frames(vec![frame(&[]); 65_536]), EncodeError::TooManyFrames(65_536)),
            (frames(vec![frame(&[1, 2, 3, 4, 5, 6, 7, 8, 9])]), EncodeError::TooManyPlayers(9)),
            (frames(vec![frame(&[3, 3])]), EncodeError::PortTwice(3)),
            (frames(vec![frame(&[1, 2]), frame(&[2, 1])]), EncodeError::PortsChange(7)),
            (
                Record::MatchEnd(MatchEnd { winner_port: 1, final_score: vec![0; 9] }),
                EncodeError::TooManyPlayers(9),
            ),
            (
                Record::GameEnd(GameEnd { game: 1, winner_port: 1, end_method: text }),
                EncodeError::TextTooLong(65),
            ),
        ] {
            assert_eq!(encode(&[record]), Err(why));
        }
    }
}
