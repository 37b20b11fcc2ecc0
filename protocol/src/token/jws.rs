//! The compact form of a signed token: header, claims, signature. One algorithm, and keys from a
//! local list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Denied, KeySet, SigningKey};
use crate::limits::TOKEN_LEN_MAX;

// Headers that could name a key or an algorithm of the token's own choice are unknown fields.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JoseHeader {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
}

/// Signs claims. `typ` says what kind of token it is.
pub(super) fn sign<T: Serialize>(typ: &str, claims: &T, key: &SigningKey) -> String {
    let header = JoseHeader {
        alg: "EdDSA".to_owned(),
        typ: Some(typ.to_owned()),
        kid: Some(key.id().to_owned()),
    };
    let part = |json: serde_json::Result<Vec<u8>>| {
        BASE64.encode(json.expect("strings and numbers are always JSON"))
    };
    let signed = [part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims))].join(".");
    let signature = BASE64.encode(key.sign(signed.as_bytes()));
    [signed, signature].join(".")
}

/// Claims that one of the keys has signed, as another kind of which they are not taken. A header
/// that leaves its kind out passes only where that is the usual one, `JWT`.
pub(super) fn verify<T: DeserializeOwned>(
    typ: &str,
    token: &str,
    keys: &KeySet,
) -> Result<T, Denied> {
    if token.len() > TOKEN_LEN_MAX {
        return Err(Denied::Bad);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Denied::Bad)?;
    let (header, claims) = signed.split_once('.').ok_or(Denied::Bad)?;
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| Denied::Bad);
    let header: JoseHeader = serde_json::from_slice(&bytes(header)?).map_err(|_| Denied::Bad)?;
    if header.alg != "EdDSA" || header.typ.as_deref().unwrap_or("JWT") != typ {
        return Err(Denied::Bad);
    }
    if !keys.verify(header.kid.as_deref(), signed.as_bytes(), &bytes(signature)?) {
        return Err(Denied::Bad);
    }
    serde_json::from_slice(&bytes(claims)?).map_err(|_| Denied::Bad)
}
