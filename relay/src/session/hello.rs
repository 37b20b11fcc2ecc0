//! The first word of a session: Hello, checked, and the right that it gives.

use std::sync::Arc;

use arena_protocol::limits::{HELLO_LEN_MAX, SCHEMA_LEN_MAX};
use arena_protocol::token::Act;
use arena_protocol::{ChannelName, Code, FromClient, Hello, Intent};
use tokio::time::Instant;

use super::PINGS_PER_S;
use crate::access::Grant;
use crate::clock::unix_s;
use crate::core::{Core, closing};
use crate::error::{Ending, Refusal};
use crate::limits::Budget;
use crate::transport::{Framed, Inlet, Outlet, Received, Said, say};

/// What is asked for, by who may.
pub(super) struct Asked {
    pub(super) channel: ChannelName,
    pub(super) hello: Hello,
    pub(super) grant: Grant,
}

pub(super) async fn hello(
    core: &Arc<Core>,
    inlet: &mut impl Inlet,
    outlet: &mut impl Outlet,
) -> Result<Asked, Ending> {
    let limits = &core.config.limits;
    let mut phase = core.phase();
    let first = tokio::select! {
        biased;
        () = closing(&mut phase) => {
            return Err(Refusal::draining().into());
        }
        first = tokio::time::timeout(limits.hello_timeout, first_message(inlet, outlet)) => first
            .map_err(|_late| Refusal::new(Code::Timeout, "no Hello in time"))??,
    };
    let hello = match FromClient::decode(first.message()).map_err(Refusal::from)? {
        FromClient::Hello(hello) => hello,
        FromClient::Batch(_) | FromClient::End(_) => {
            return Err(Refusal::new(Code::BadMessage, "a session begins with Hello").into());
        }
    };
    let channel: ChannelName = hello.channel.parse().map_err(Refusal::from)?;
    let act = match &hello.intent {
        Intent::Publish { schema, .. } => {
            check_schema(schema)?;
            Act::Publish
        }
        Intent::Watch { .. } => Act::Watch,
    };
    let grant = core.config.access.grant(hello.token.as_deref(), act, &channel, unix_s())?;
    Ok(Asked { channel, hello, grant })
}

async fn first_message(inlet: &mut impl Inlet, outlet: &mut impl Outlet) -> Result<Framed, Ending> {
    let mut pings = Budget::new(PINGS_PER_S, Instant::now());
    loop {
        match inlet.recv(HELLO_LEN_MAX).await? {
            Received::Message(framed) => return Ok(framed),
            Received::Finished => {
                return Err(Refusal::new(Code::BadMessage, "a session begins with Hello").into());
            }
            Received::Ping(bytes) => {
                if !pings.take(1, Instant::now()) {
                    return Err(Refusal::new(Code::RateLimited, "too many pings").into());
                }
                say(outlet, Said::Pong(bytes)).await?;
            }
            Received::Pong | Received::Part | Received::Spoken => {}
        }
    }
}

fn check_schema(schema: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/+-".contains(&byte);
    if schema.is_empty() || schema.len() > SCHEMA_LEN_MAX || !schema.bytes().all(allowed) {
        let reason = "a schema's name has 1 to 64 characters of A-Z a-z 0-9 . _ / + -";
        return Err(Refusal::new(Code::Invalid, reason));
    }
    Ok(())
}
