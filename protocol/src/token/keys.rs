//! Ed25519 keys: one to sign with, a set to check with, and how both stand in files.
//!
//! The set is a JWKS, as the control plane serves it. A key's id is derived from the key, so two
//! keys never share one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::digest;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// More keys than any rotation needs; bounds the work of a token without a key id.
const KEYS_MAX: usize = 16;

/// The secret that signs tokens. Never printed.
pub struct SigningKey {
    id: String,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// The public keys that tokens are checked with.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<PublicKey>);

#[derive(Clone, Debug)]
struct PublicKey {
    id: String,
    bytes: [u8; 32],
}

/// Why a text holds no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no JSON Web Key Set.
    #[error("not a JSON Web Key Set")]
    NotJwks,
    /// A key of another type than Ed25519.
    #[error("a key that is not Ed25519 (kty OKP, crv Ed25519, x of 32 bytes)")]
    NotEd25519,
    /// No key, or too many.
    #[error("a key set holds 1 to {KEYS_MAX} keys")]
    Count,
    /// A secret that is not 32 bytes in base64url.
    #[error("a signing key is 32 bytes in base64url")]
    NotASeed,
}

#[derive(Serialize, Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(default)]
    kid: Option<String>,
}

impl SigningKey {
    /// The key of a seed; keep the seed secret.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are an Ed25519 seed");
        let id = key_id(pair.public_key().as_ref());
        Self { id, seed: *seed, pair }
    }

    /// Reads what [`SigningKey::secret`] wrote.
    pub fn from_secret(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(text.trim()).map_err(|_| KeyError::NotASeed)?;
        let seed = bytes.try_into().map_err(|_| KeyError::NotASeed)?;
        Ok(Self::from_seed(&seed))
    }

    /// The secret as text, to be kept in a file that nobody else reads.
    pub fn secret(&self) -> String {
        BASE64.encode(self.seed)
    }

    /// The key's id: the start of its SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The set that checks what this key signs.
    pub fn public(&self) -> KeySet {
        let bytes = self.pair.public_key().as_ref();
        let bytes = bytes.try_into().expect("Ed25519 public keys have 32 bytes");
        KeySet(vec![PublicKey { id: self.id.clone(), bytes }])
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature = self.pair.sign(message);
        signature.as_ref().try_into().expect("Ed25519 signatures have 64 bytes")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl KeySet {
    /// Reads a JWKS.
    pub fn from_jwks(json: &str) -> Result<Self, KeyError> {
        let jwks: Jwks = serde_json::from_str(json).map_err(|_| KeyError::NotJwks)?;
        if jwks.keys.is_empty() || jwks.keys.len() > KEYS_MAX {
            return Err(KeyError::Count);
        }
        jwks.keys.into_iter().map(PublicKey::try_from).collect::<Result<_, _>>().map(Self)
    }

    /// Both sets in one.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// Writes a JWKS.
    pub fn to_jwks(&self) -> String {
        let keys = self.0.iter().map(|key| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: BASE64.encode(key.bytes),
            kid: Some(key.id.clone()),
        });
        serde_json::to_string(&Jwks { keys: keys.collect() }).expect("strings are always JSON")
    }

    pub(super) fn verify(&self, id: Option<&str>, message: &[u8], signature: &[u8]) -> bool {
        let named = |key: &&PublicKey| id.is_none_or(|id| id == key.id);
        self.0.iter().filter(named).any(|key| {
            UnparsedPublicKey::new(&ED25519, key.bytes).verify(message, signature).is_ok()
        })
    }
}

impl TryFrom<Jwk> for PublicKey {
    type Error = KeyError;

    fn try_from(jwk: Jwk) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(&jwk.x).map_err(|_| KeyError::NotEd25519)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyError::NotEd25519)?;
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return Err(KeyError::NotEd25519);
        }
        Ok(Self { id: jwk.kid.unwrap_or_else(|| key_id(&bytes)), bytes })
    }
}

fn key_id(public: &[u8]) -> String {
    BASE64.encode(&digest::digest(&digest::SHA256, public).as_ref()[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_text_forms() {
        let key = SigningKey::from_seed(&[1; 32]);
        assert_eq!(SigningKey::from_secret(&key.secret()).unwrap().id(), key.id());
        let set = KeySet::from_jwks(&key.public().to_jwks()).unwrap();
        assert!(set.verify(Some(key.id()), b"m", &key.sign(b"m")));
        assert!(!set.verify(Some("other"), b"m", &key.sign(b"m")));
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        let rsa = r#"{"keys":[{"kty":"RSA","crv":"Ed25519","x":"AAAA"}]}"#;
        assert_eq!(KeySet::from_jwks("[]").unwrap_err(), KeyError::NotJwks);
        assert_eq!(KeySet::from_jwks(r#"{"keys":[]}"#).unwrap_err(), KeyError::Count);
        assert_eq!(KeySet::from_jwks(rsa).unwrap_err(), KeyError::NotEd25519);
        assert_eq!(SigningKey::from_secret("short").unwrap_err(), KeyError::NotASeed);
    }

    #[test]
    fn a_signing_key_does_not_print_its_secret() {
        let key = SigningKey::from_seed(&[1; 32]);
        assert!(!format!("{key:?}").contains(&key.secret()));
    }
}
