//! The right to publish or to watch: an EdDSA-signed JWT that a relay checks without asking anyone.
//!
//! Owns the claims, their signing and checking. Whatever is not exactly a token of ours is refused
//! with [`Denied::Bad`]; a sound token for something else with [`Denied::NotCovered`].
//!
//! One algorithm, Ed25519, and keys from a local list only: a token chooses neither. The compact
//! form is read here rather than by a JWT library because that is all there is to it, while the
//! libraries bring RSA and the NIST curves along.

pub mod access;
mod jws;
mod keys;

pub use keys::{KeyError, KeySet, SigningKey};

use serde::{Deserialize, Serialize};

use crate::limits::DELAY_MS_MAX;
use crate::{ChannelName, Code};

/// How far clocks may differ, in seconds.
const LEEWAY_S: u64 = 5;
const ISSUER: &str = "arena";
/// What the header of such a token says; an access token says something else, so that neither is
/// taken for the other.
const TYP: &str = "JWT";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: `arena`.
    pub iss: String,
    /// Whom it was made for; decides who may take a channel over.
    pub sub: String,
    /// Unix seconds at which the session ends.
    pub exp: u64,
    /// Unix seconds before which it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// What it allows.
    pub act: Act,
    /// The channel, or a prefix that ends in `*`.
    pub ch: String,
    /// To publish: the channel's delay. To watch: the delay is waived down to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// To send batches.
    Publish,
    /// To receive them.
    Watch,
}

/// A checked token's consequences for one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whom the token was made for.
    pub subject: String,
    /// Unix seconds at which the session ends.
    pub expires_at: u64,
    /// See [`Claims::delay_ms`].
    pub delay_ms: Option<u32>,
}

/// Why a token does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No token where one is needed.
    #[error("a token is needed here")]
    Missing,
    /// No token of ours: another form, algorithm, key or issuer, or a forged one.
    #[error("the token is not valid")]
    Bad,
    /// It was one of ours.
    #[error("the token has expired")]
    Expired,
    /// It is one of ours, for something else.
    #[error("the token does not cover this")]
    NotCovered,
}

impl Denied {
    /// The refusal that answers it.
    pub const fn code(self) -> Code {
        match self {
            Self::Missing | Self::Bad | Self::Expired => Code::BadToken,
            Self::NotCovered => Code::Forbidden,
        }
    }
}

impl Claims {
    /// Claims as this project makes them.
    pub fn new(subject: &str, act: Act, channel: &str, expires_at: u64) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: subject.to_owned(),
            exp: expires_at,
            nbf: None,
            act,
            ch: channel.to_owned(),
            delay_ms: None,
        }
    }

    /// The token that says so.
    pub fn sign(&self, key: &SigningKey) -> String {
        jws::sign(TYP, self, key)
    }

    fn covers(&self, act: Act, channel: &ChannelName) -> bool {
        let named = match self.ch.strip_suffix('*') {
            Some(prefix) => channel.as_str().starts_with(prefix),
            None => channel.as_str() == self.ch,
        };
        named && self.act == act
    }
}

/// Checks a token for one act on one channel. `now` is in Unix seconds.
pub fn check(
    token: Option<&str>,
    keys: &KeySet,
    act: Act,
    channel: &ChannelName,
    now: u64,
) -> Result<Grant, Denied> {
    let claims: Claims = jws::verify(TYP, token.ok_or(Denied::Missing)?, keys)?;
    let delay_fits = claims.delay_ms.is_none_or(|delay| delay <= DELAY_MS_MAX);
    if claims.iss != ISSUER || !delay_fits || claims.nbf.is_some_and(|nbf| now + LEEWAY_S < nbf) {
        return Err(Denied::Bad);
    }
    if claims.exp.saturating_add(LEEWAY_S) < now {
        return Err(Denied::Expired);
    }
    if !claims.covers(act, channel) {
        return Err(Denied::NotCovered);
    }
    Ok(Grant { subject: claims.sub, expires_at: claims.exp, delay_ms: claims.delay_ms })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;
    use crate::limits::TOKEN_LEN_MAX;

    const NOW: u64 = 1_800_000_000;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    fn channel() -> ChannelName {
        "match/1".parse().unwrap()
    }

    fn claims() -> Claims {
        Claims::new("agent-7", Act::Publish, "match/*", NOW + 60)
    }

    fn outcome(token: &str) -> Result<Grant, Denied> {
        check(Some(token), &key().public(), Act::Publish, &channel(), NOW)
    }

    fn signed_by_hand(header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature = BASE64.encode(key().sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    #[test]
    fn a_sound_token_grants_what_it_says() {
        let token = Claims { delay_ms: Some(500), ..claims() }.sign(&key());
        let grant =
            Grant { subject: "agent-7".to_owned(), expires_at: NOW + 60, delay_ms: Some(500) };
        assert_eq!(outcome(&token), Ok(grant));
    }

    #[test]
    fn a_token_without_a_key_id_is_tried_with_every_key() {
        let json = serde_json::to_string(&claims()).unwrap();
        assert!(outcome(&signed_by_hand(r#"{"alg":"EdDSA"}"#, &json)).is_ok());
    }

    #[test]
    fn time_is_kept_with_five_seconds_of_leeway() {
        let at = |exp, nbf| outcome(&Claims { exp, nbf, ..claims() }.sign(&key())).map(|_| ());
        assert_eq!(at(NOW - 5, None), Ok(()));
        assert_eq!(at(NOW - 6, None), Err(Denied::Expired));
        assert_eq!(at(NOW + 60, Some(NOW + 5)), Ok(()));
        assert_eq!(at(NOW + 60, Some(NOW + 6)), Err(Denied::Bad));
    }

    #[test]
    fn a_token_for_something_else_is_not_enough() {
        for other in [
            Claims { act: Act::Watch, ..claims() },
            Claims { ch: "match/2".to_owned(), ..claims() },
            Claims { ch: "matches/*".to_owned(), ..claims() },
            Claims { ch: "match".to_owned(), ..claims() },
        ] {
            assert_eq!(outcome(&other.sign(&key())), Err(Denied::NotCovered), "{other:?}");
        }
    }

    #[test]
    fn forged_and_foreign_tokens_are_refused() {
        let good = claims().sign(&key());
        let json = serde_json::to_string(&claims()).unwrap();
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let mut bad = vec![
            String::new(),
            "a.b".to_owned(),
            "....".to_owned(),
            good.replace('.', "=."),
            format!("{good} "),
            format!("{signed}."),
            format!("{}.{signature}", &signed[..signed.len() - 1]),
            claims().sign(&SigningKey::from_seed(&[8; 32])),
            Claims { iss: "else".to_owned(), ..claims() }.sign(&key()),
            Claims { delay_ms: Some(u32::MAX), ..claims() }.sign(&key()),
            Claims { sub: "x".repeat(TOKEN_LEN_MAX), ..claims() }.sign(&key()),
        ];
        let headers = [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"EdDSA","kid":"../../dev/null"}"#,
            r#"{"alg":"EdDSA","typ":"id+jwt"}"#,
            r#"{"alg":"EdDSA","jku":"http://example.org"}"#,
            r#"{"alg":"EdDSA","crit":["exp"]}"#,
            r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
        ];
        bad.extend(headers.map(|header| signed_by_hand(header, &json)));
        let bodies = [
            json.replace(&format!("\"exp\":{}", NOW + 60), "\"exp\":\"never\""),
            json.replace(&format!("\"exp\":{}", NOW + 60), "\"exp\":1e308"),
            json.replace(&format!("\"exp\":{}", NOW + 60), "\"exp\":-1"),
            json.replace(&format!("\"exp\":{},", NOW + 60), ""),
            json.replace("\"iss\"", "\"exp\":1,\"iss\""),
            json.replace("publish", "admin"),
        ];
        bad.extend(bodies.map(|claims| signed_by_hand(r#"{"alg":"EdDSA"}"#, &claims)));
        for token in bad {
            assert_eq!(outcome(&token), Err(Denied::Bad), "{token}");
        }
        let none = check(None, &key().public(), Act::Publish, &channel(), NOW);
        assert_eq!(none, Err(Denied::Missing));
    }
}
