//! A signature of secp256k1 in its one form: r, the lower of the two possible s, and v of 27 or 28.
//!
//! It is read from 65 bytes or from the 64 of EIP-2098, in hex, with and without 0x, and v may be 0
//! or 1. Whoever has a signature can make others that recover to the same account; here they are
//! refused, or become the same.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::{Address, B256, Signature as Rsv, U256, hex, uint};

/// The order of the curve's group: r and s are below it.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
/// Of s and `ORDER` − s, the one up to this is taken (EIP-2).
const LOW_S_MAX: U256 =
    uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// A signature in its one form; whose, is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(Rsv);

/// The text is no signature, or not the one form of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Something else than digits.
    #[error(
        "the signature is not hexadecimal: expected an even number of digits, perhaps behind 0x"
    )]
    NotHex,
    /// Of no form that is known.
    #[error(
        "the signature has {0} bytes: expected 65 (r, s, v), or 64 in the compact form of EIP-2098"
    )]
    Length(usize),
    /// The last of 65 bytes.
    #[error("the signature's last byte, v, is {0}: expected 27 or 28, or 0 or 1")]
    V(u8),
    /// r or s is none.
    #[error("the signature's r or s is zero or not below the order of secp256k1")]
    OutOfRange,
    /// It is somebody's signature, changed by somebody else.
    #[error(
        "the signature's s is in the upper half of its range: expected the lower of the two forms \
         (EIP-2), as wallets make it"
    )]
    HighS,
}

impl Signature {
    /// Reads r, s and v, or the compact form.
    ///
    /// # Errors
    /// Says what is wrong with the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let (r, s, odd) = match bytes.len() {
            65 => {
                let odd = match bytes[64] {
                    0 | 27 => false,
                    1 | 28 => true,
                    v => return Err(Malformed::V(v)),
                };
                (&bytes[..32], U256::from_be_slice(&bytes[32..64]), odd)
            }
            64 => {
                let mut s = U256::from_be_slice(&bytes[32..]);
                let odd = s.bit(255);
                s.set_bit(255, false);
                (&bytes[..32], s, odd)
            }
            len => return Err(Malformed::Length(len)),
        };
        let r = U256::from_be_slice(r);
        if r.is_zero() || s.is_zero() || r >= ORDER || s >= ORDER {
            return Err(Malformed::OutOfRange);
        }
        if s > LOW_S_MAX {
            return Err(Malformed::HighS);
        }
        Ok(Self(Rsv::new(r, s, odd)))
    }

    /// r, s and v: 65 bytes as contracts take them.
    #[must_use]
    pub fn bytes(&self) -> [u8; 65] {
        self.0.as_bytes()
    }

    pub(super) fn signer_of(&self, digest: &B256) -> Option<Address> {
        self.0.recover_address_from_prehash(digest).ok()
    }
}

impl FromStr for Signature {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        // More than any form has; what is longer is not worth reading.
        if digits.len() > 2 * 4096 {
            return Err(Malformed::Length(digits.len() / 2));
        }
        // The decoder would take a second 0x, and 0X.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Malformed::NotHex);
        }
        Self::from_bytes(&hex::decode(digits).map_err(|_| Malformed::NotHex)?)
    }
}

/// 130 digits without 0x, as the clients of today read them.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.bytes()))
    }
}
