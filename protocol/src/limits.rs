//! How large things may be. What is over a limit is refused with [`Code::TooLarge`](crate::Code).

/// Bytes of a message from a publisher, unless the relay is configured otherwise.
pub const MESSAGE_LEN_MAX: usize = 256 * 1024;
/// Bytes of the first message of a session.
pub const HELLO_LEN_MAX: usize = 8 * 1024;
/// Bytes of a message from a relay that is not a batch; bounds what a client allocates for one.
pub const CONTROL_LEN_MAX: usize = 16 * 1024;
/// Bytes of a channel's name.
pub const CHANNEL_LEN_MAX: usize = 128;
/// Bytes of a schema's name.
pub const SCHEMA_LEN_MAX: usize = 64;
/// Bytes of a token.
pub const TOKEN_LEN_MAX: usize = 4 * 1024;
/// Bytes of a reason that a peer is told; longer ones are cut.
pub const REASON_LEN_MAX: usize = 120;
/// Subscriptions of one connection, because a subscription's number is one byte.
pub const SUBSCRIPTIONS_MAX: usize = 256;
/// The longest delay line a token can ask for: what is held back has to fit into the ring.
pub const DELAY_MS_MAX: u32 = 10 * 60 * 1000;
