//! What a key stands for: who holds it, and what was asked with it.

use std::net::SocketAddr;

use axum::extract::connect_info::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ring::digest::{Context, SHA256};
use serde::Deserialize;

use super::KEY;
use crate::context::Ctx;
use crate::error::Problem;
use crate::http::limits::Payer;
use crate::identities::auth;
use crate::ids::TicketId;

const KEY_LEN_MAX: usize = 255;

/// A request with a key, as far as it has to be told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Of the holder and the key.
    pub(crate) key: String,
    /// Of method, path, query and body.
    pub(crate) request: String,
}

impl Asked {
    /// Reads a request; who asks is left in it for its handler.
    pub(super) async fn read(ctx: &Ctx, parts: &mut Parts, body: &[u8]) -> Result<Self, Problem> {
        let key = key(&parts.headers)?.to_owned();
        let holder = match auth::holder(parts, ctx).await? {
            Some(holder) => holder,
            None => nameless(parts, body),
        };
        let path = parts.uri.path_and_query().map_or("", |it| it.as_str());
        Ok(Self {
            key: sum([holder.as_bytes(), key.as_bytes()]),
            request: sum([parts.method.as_str().as_bytes(), path.as_bytes(), body]),
        })
    }

    /// By what processes know it from others: some of its bits.
    pub(super) fn lock(&self) -> i64 {
        let bits = u64::from_str_radix(&self.key[..16], 16).unwrap_or_default();
        i64::from_ne_bytes(bits.to_ne_bytes())
    }
}

fn key(headers: &HeaderMap) -> Result<&str, Problem> {
    let refused = || {
        let detail = "Idempotency-Key: expected one, of 1 to 255 visible ASCII characters, such as \
                      a random UUID";
        Problem { code: "idempotency_key", ..Problem::invalid(detail) }
    };
    let mut all = headers.get_all(KEY).iter();
    let key = all.next().and_then(|key| key.to_str().ok()).ok_or_else(refused)?;
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    let fits = (1..=KEY_LEN_MAX).contains(&key.len()) && visible;
    if fits && all.next().is_none() { Ok(key) } else { Err(refused()) }
}

/// Who has not logged in is known by the entry it speaks for, or by where it asks from.
fn nameless(parts: &Parts, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Speaks {
        queue_id: TicketId,
    }
    if let Ok(Speaks { queue_id }) = serde_json::from_slice(body) {
        return format!("entry {queue_id}");
    }
    let remote = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    remote.map_or_else(String::new, |remote| {
        format!("address {:?}", Payer::address(remote.ip(), false))
    })
}

/// SHA-256 in hex, of parts that cannot be taken for other parts.
fn sum<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_one_of_255_visible_characters_at_most() {
        let of = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(KEY, HeaderValue::from_bytes(value).unwrap());
            }
            key(&headers).map(str::to_owned).map_err(|problem| problem.code)
        };
        assert_eq!(of(&[b"a"]), Ok("a".to_owned()));
        assert_eq!(of(&[&[b'x'; 255]]).map(|key| key.len()), Ok(255));
        let bad: [&[&[u8]]; 6] =
            [&[], &[b""], &[&[b'x'; 256]], &[b"a b"], &["\u{e9}".as_bytes()], &[b"a", b"b"]];
        for values in bad {
            assert_eq!(of(values), Err("idempotency_key"), "{values:?}");
        }
    }

    #[test]
    fn parts_are_not_taken_for_other_parts() {
        assert_ne!(sum([b"ab", b"c"]), sum([b"a", b"bc"]));
        assert_eq!(sum([b"ab", b"c"]), sum([b"ab", b"c"]));
    }
}
