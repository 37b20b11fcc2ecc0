//! Bytes to records, or the reason why not.
//!
//! Takes bytes from strangers: it never panics, and what it allocates is bounded by a constant
//! times the length of the payload, because nothing is made before the bytes that tell it.

use super::{
    float::{History, Order, correct},
    reader::Reader,
    records::{Fighter, Frame, GameEnd, MatchEnd, PLAYERS_MAX, Player, Record, Start},
    state::{
        ACTION_FRAME, ACTION_STATE, FACING, HITSTUN, INVINCIBLE, MORE, PERCENT, SHIELD,
        SHIELD_DOWN, STOCKS, State, Told, X, Y,
    },
};

/// Why bytes are not a melee/1 payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends within a record.
    #[error("ends within a record")]
    Truncated,
    /// A varint that is longer than it has to be, or than 64 bits.
    #[error("a varint that is not minimal")]
    Varint,
    /// A number that does not fit its field.
    #[error("a number out of its range")]
    OutOfRange,
    /// A `Frames` record without frames, or with more than it may have.
    #[error("no frames or too many in a run")]
    FrameCount,
    /// More players or scores than there may be.
    #[error("too many players or scores")]
    TooMany,
    /// A text that is longer than it may be.
    #[error("a text that is too long")]
    TextTooLong,
    /// A text that is not UTF-8.
    #[error("a text that is not utf-8")]
    Text,
    /// A record of no known kind.
    #[error("an unknown record {0}")]
    Tag(u8),
    /// Neither 0 nor 1 before a name.
    #[error("a name neither present nor absent")]
    Presence,
    /// Two players on one port.
    #[error("two players on port {0}")]
    PortTwice(u8),
    /// A second mask that is empty, contradicts itself or has unknown bits.
    #[error("an impossible second mask {0}")]
    Mask(u8),
    /// A predictor of no known kind.
    #[error("an unknown predictor")]
    Predictor,
}

/// What `payload` says; an empty one says nothing, which is fine.
pub fn decode(payload: &[u8]) -> Result<Vec<Record>, Malformed> {
    let mut reader = Reader::new(payload);
    let mut records = Vec::new();
    while !reader.is_empty() {
        records.push(match reader.byte()? {
            1 => Record::Start(start(&mut reader)?),
            2 => Record::Frames { frames: frames(&mut reader)? },
            3 => Record::GameEnd(GameEnd {
                game: reader.u32()?,
                winner_port: reader.i32()?,
                end_method: reader.text()?,
            }),
            4 => Record::MatchEnd(MatchEnd {
                winner_port: reader.i32()?,
                final_score: counted(&mut reader, Reader::i32)?,
            }),
            tag => return Err(Malformed::Tag(tag)),
        });
    }
    Ok(records)
}

fn start(reader: &mut Reader<'_>) -> Result<Start, Malformed> {
    Ok(Start {
        game: reader.u32()?,
        stage: reader.i32()?,
        score: counted(reader, Reader::u32)?,
        players: counted(reader, fighter)?,
    })
}

fn fighter(reader: &mut Reader<'_>) -> Result<Fighter, Malformed> {
    Ok(Fighter {
        port: reader.byte()?,
        character: reader.i32()?,
        code: reader.text()?,
        name: match reader.byte()? {
            0 => None,
            1 => Some(reader.text()?),
            _ => return Err(Malformed::Presence),
        },
    })
}

fn counted<'a, T>(
    reader: &mut Reader<'a>,
    item: impl Fn(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    (0..reader.count()?).map(|_| item(reader)).collect()
}

fn frames(reader: &mut Reader<'_>) -> Result<Vec<Frame>, Malformed> {
    let count = u16::try_from(reader.varint()?).map_err(|_| Malformed::FrameCount)?;
    if count == 0 {
        return Err(Malformed::FrameCount);
    }
    let mut number = reader.i32()?;
    let mut states = states(reader)?;

    let mut frames = vec![Frame { number, players: players(reader, &mut states)? }];
    for _ in 1..count {
        let step = reader.signed()?.checked_add(1);
        number = step
            .and_then(|step| step.checked_add(number.into()))
            .and_then(|number| i32::try_from(number).ok())
            .ok_or(Malformed::OutOfRange)?;
        frames.push(Frame { number, players: players(reader, &mut states)? });
    }
    Ok(frames)
}

fn states(reader: &mut Reader<'_>) -> Result<Vec<State>, Malformed> {
    let count = usize::from(reader.byte()?);
    if count > PLAYERS_MAX {
        return Err(Malformed::TooMany);
    }
    let mut states: Vec<State> = Vec::with_capacity(count);
    for &port in reader.bytes(count)? {
        if states.iter().any(|state| state.last.port == port) {
            return Err(Malformed::PortTwice(port));
        }
        states.push(State::new(port));
    }
    Ok(states)
}

fn players(reader: &mut Reader<'_>, states: &mut [State]) -> Result<Vec<Player>, Malformed> {
    let mut players = Vec::with_capacity(states.len());
    for state in states {
        let player = player(reader, state)?;
        state.push(player);
        players.push(player);
    }
    Ok(players)
}

fn player(reader: &mut Reader<'_>, state: &State) -> Result<Player, Malformed> {
    let told = told(reader)?;
    let x = if told.has(X) { Some(coordinate(reader, &state.x)?) } else { None };
    let y = if told.has(Y) { Some(coordinate(reader, &state.y)?) } else { None };
    let action_state = if told.has(ACTION_STATE) { reader.i32()? } else { state.last.action_state };

    let mut player = state.expected(action_state);
    player.x = x.unwrap_or(player.x);
    player.y = y.unwrap_or(player.y);
    if told.has(ACTION_FRAME) {
        player.action_frame = reader.i32()?;
    }
    if told.has(PERCENT) {
        player.percent = correct(state.last.percent, reader.u32()?);
    }
    player.is_invincible ^= told.has(INVINCIBLE);
    player.is_in_hitstun ^= told.has(HITSTUN);
    if told.has_more(FACING) {
        player.facing_direction = reader.i32()?;
    }
    if told.has_more(STOCKS) {
        player.stocks = reader.i32()?;
    }
    if told.has_more(SHIELD_DOWN) {
        player.shield_health = None;
    }
    if told.has_more(SHIELD) {
        player.shield_health = Some(correct(state.shield, reader.u32()?));
    }
    Ok(player)
}

fn told(reader: &mut Reader<'_>) -> Result<Told, Malformed> {
    let mask = reader.byte()?;
    if mask & MORE == 0 {
        return Ok(Told { mask, more: 0 });
    }
    let more = reader.byte()?;
    let is_known = more & !(FACING | STOCKS | SHIELD_DOWN | SHIELD) == 0;
    let is_up_and_down = more & SHIELD_DOWN != 0 && more & SHIELD != 0;
    if more == 0 || !is_known || is_up_and_down {
        return Err(Malformed::Mask(more));
    }
    Ok(Told { mask, more })
}

fn coordinate(reader: &mut Reader<'_>, history: &History) -> Result<f32, Malformed> {
    let value = reader.varint()?;
    let order = Order::of_code((value & 3) as u8).ok_or(Malformed::Predictor)?;
    let residual = u32::try_from(value >> 2).map_err(|_| Malformed::OutOfRange)?;
    Ok(correct(history.predict(order), residual))
}
