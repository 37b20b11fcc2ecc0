//! melee/1: Super Smash Bros. Melee as the payload of a batch.
//!
//! A payload is any number of records, one after the other; it decodes on its own, without any
//! other payload. Floats come back bit for bit, NaN payloads and -0.0 included. A decoder refuses
//! what this text does not allow, trailing bytes among it.
//!
//! By convention, which the codec does not check, a batch marked `key` begins with a Start.
//!
//! # Primitives
//!
//! | name       | bytes                                                                      |
//! |------------|----------------------------------------------------------------------------|
//! | `u8`       | one byte                                                                   |
//! | `varint`   | unsigned LEB128, at most 64 bits, in the shortest form; any other malformed |
//! | `signed`   | `varint` of the zigzag `(n << 1) ^ (n >> 63)`                              |
//! | `u32`      | `varint` below 2^32                                                        |
//! | `i32`      | `signed` within 32 bits                                                    |
//! | `text`     | `varint` length in bytes, at most 64, then that much UTF-8                 |
//! | `list<t>`  | `varint` count, at most 8, then that many `t`                              |
//!
//! # Records
//!
//! | record   | tag (`u8`) | body                                                               |
//! |----------|-----------|---------------------------------------------------------------------|
//! | Start    | 1         | game `u32` (from 1), stage `i32`, score `list<u32>` (games won so far, in the order of the players), players `list<fighter>` |
//! | Frames   | 2         | count `varint` (1 to 65535), number of the first frame `i32`, players `u8` (0 to 8), a port `u8` for each (no two the same), then count times a frame |
//! | GameEnd  | 3         | game `u32`, winner port `i32`, end method `text`                    |
//! | MatchEnd | 4         | winner port `i32`, final score `list<i32>`                          |
//!
//! A `fighter` is port `u8`, character `i32`, code `text`, then `u8` 0 for no name, or 1 and the
//! name `text`.
//!
//! A frame is, except for the first, `signed` of (step - 1), where step is how far its number is
//! from that of the frame before (the sum must fit 32 bits); then each player in the order of the
//! ports.
//!
//! A player is a mask `u8`; if its bit 7 is set, a second mask `u8`; then the fields that the bits
//! announce, first mask before second, lowest bit first:
//!
//! | mask   | bit | field                                                                     |
//! |--------|-----|---------------------------------------------------------------------------|
//! | first  | 0   | x: `coordinate`                                                           |
//! |        | 1   | y: `coordinate`                                                           |
//! |        | 2   | action state: `i32`                                                       |
//! |        | 3   | action frame: `i32`                                                       |
//! |        | 4   | percent: `residual` from the percent before                               |
//! |        | 5   | invincible is toggled, no bytes                                           |
//! |        | 6   | hitstun is toggled, no bytes                                              |
//! |        | 7   | there is a second mask                                                    |
//! | second | 0   | facing direction: `i32`                                                   |
//! |        | 1   | stocks: `i32`                                                             |
//! |        | 2   | the shield is null now, no bytes                                          |
//! |        | 3   | shield: `residual` from the last shield that was not null                 |
//!
//! A second mask that is 0, has both bits 2 and 3, or a bit above 3, is malformed.
//!
//! # What is not told
//!
//! Every Frames record begins from the same origin for each port: x, y, action state, action
//! frame and percent 0, facing 1, stocks 4, shield null (and 0.0 as the last that was not), both
//! flags false. A field that is not told is as before, except for these:
//!
//! - x and y: their linear prediction, below;
//! - action frame: one more than before (wrapping at 32 bits) if the action state has the value it
//!   had before, told or not; otherwise 1.
//!
//! # Floats
//!
//! `map` takes the 32 bits of a float to an integer that grows with the float: `!bits` if the sign
//! is set, otherwise `bits | 0x8000_0000`. A `residual` is a `u32` holding the 32-bit zigzag of
//! `map(value) - map(prediction)` (wrapping, as a signed 32-bit number).
//!
//! A `coordinate` is a `varint` of (residual * 4 + order), below 2^34. With a, b, c the last three
//! values of the coordinate, a the newest, each operation rounded to 32 bits:
//!
//! | order | prediction                                    |
//! |-------|-----------------------------------------------|
//! | 0     | a                                             |
//! | 1     | linear: a + (a - b)                           |
//! | 2     | quadratic: a + ((a - b) + ((a - b) - (b - c))) |
//! | 3     | malformed                                     |
//!
//! A prediction that comes out infinite or NaN is a instead, bit for bit. Before the first frame
//! of a record a, b and c are 0; the first frame sets all three.
//!
//! The encoder takes the lowest order that leaves the smallest residual, and tells no field that
//! it need not; a decoder accepts any choice.
//!
//! In JavaScript, round each operation with `Math.fround`; in Python, with `struct`, where the
//! `OverflowError` of packing means an infinite outcome. Keep the 32 bits of a beside its value:
//! a float of these languages may not carry the payload of a NaN. `tests/vectors` has bytes to
//! check against.

mod decode;
mod encode;
mod float;
mod reader;
mod records;
mod state;
mod varint;

pub use decode::{Malformed, decode};
pub use encode::{EncodeError, encode};
pub use records::{
    FRAMES_MAX, Fighter, Frame, GameEnd, MatchEnd, PLAYERS_MAX, Player, Record, Start,
    TEXT_LEN_MAX, runs,
};
