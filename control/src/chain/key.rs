//! The key that transactions are signed with: where it comes from, and that nobody reads it.

use std::fmt;
use std::path::PathBuf;

use alloy::consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy::eips::eip2718::Encodable2718 as _;
use alloy::primitives::{Address, B256, Bytes, TxKind, U256};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;

use super::fees::Fees;

/// Where a key is.
#[derive(Clone)]
pub enum Source {
    /// Itself, in hex.
    Hex(String),
    /// A file with nothing but its hex.
    File(PathBuf),
    /// An encrypted file of Ethereum's usual form, and the file with its password.
    Keystore {
        /// The encrypted key.
        file: PathBuf,
        /// Its password, on the first line.
        password_file: PathBuf,
    },
}

/// A key that cannot be used. It says nothing of the key itself.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Not a key.
    #[error("the chain's key is not 64 hexadecimal digits of a valid secp256k1 key")]
    NotAKey,
    /// A file is not there.
    #[error("failed to read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A keystore does not open.
    #[error("the keystore {} does not open: it is none, or the password is another", .0.display())]
    Keystore(PathBuf),
}

/// A key.
pub struct Key(PrivateKeySigner);

/// A transaction as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its name.
    pub hash: B256,
    /// Its bytes.
    pub raw: Bytes,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Of which chain.
    pub chain_id: u64,
    /// Its place among those of its key.
    pub nonce: u64,
    /// What it offers.
    pub fees: Fees,
    /// How much it may use.
    pub gas: u64,
    /// Whom it calls, unless it makes a contract.
    pub to: TxKind,
    /// What it brings along, in wei.
    pub value: U256,
    /// With what.
    pub data: Bytes,
}

impl Key {
    /// Reads a key.
    ///
    /// # Errors
    /// It is not there, or not a key.
    pub fn read(source: &Source) -> Result<Self, Unusable> {
        match source {
            Source::Hex(hex) => Self::from_hex(hex),
            Source::File(path) => Self::from_hex(&text(path)?),
            Source::Keystore { file, password_file } => {
                let password = text(password_file)?;
                let password = password.lines().next().unwrap_or_default();
                PrivateKeySigner::decrypt_keystore(file, password)
                    .map(Self)
                    .map_err(|_told_nobody| Unusable::Keystore(file.clone()))
            }
        }
    }

    fn from_hex(hex: &str) -> Result<Self, Unusable> {
        hex.trim().parse().map(Self).map_err(|_told_nobody| Unusable::NotAKey)
    }

    /// Its account.
    #[must_use]
    pub fn address(&self) -> Address {
        self.0.address()
    }

    /// Signs a transaction; the same one gives the same bytes.
    ///
    /// # Errors
    /// Never with a key of this kind.
    pub fn sign(&self, tx: &Unsigned) -> Result<Signed, alloy::signers::Error> {
        let tx = TxEip1559 {
            chain_id: tx.chain_id,
            nonce: tx.nonce,
            gas_limit: tx.gas,
            max_fee_per_gas: tx.fees.max,
            max_priority_fee_per_gas: tx.fees.tip,
            to: tx.to,
            value: tx.value,
            input: tx.data.clone(),
            access_list: alloy::eips::eip2930::AccessList::default(),
        };
        let signature = self.0.sign_hash_sync(&tx.signature_hash())?;
        let signed = TxEnvelope::from(tx.into_signed(signature));
        Ok(Signed { hash: *signed.tx_hash(), raw: signed.encoded_2718().into() })
    }

    /// Signs a hash: 65 bytes, v 27 or 28.
    ///
    /// # Errors
    /// Never with a key of this kind.
    pub fn sign_hash(&self, hash: B256) -> Result<Bytes, alloy::signers::Error> {
        Ok(Bytes::from(self.0.sign_hash_sync(&hash)?.as_bytes()))
    }
}

fn text(path: &std::path::Path) -> Result<String, Unusable> {
    std::fs::read_to_string(path).map_err(|source| Unusable::File { path: path.to_owned(), source })
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.address()).finish()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hex(_) => f.write_str("Hex(a secret)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Keystore { file, .. } => f.debug_tuple("Keystore").field(file).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";

    /// The first key, encrypted by other programs (PBKDF2 and Keccak of Python, AES of OpenSSL).
    const KEYSTORE: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":
        "0ab306823035661bb8dba21cc2535231"},"ciphertext":
        "80e116a339ca49c65916217f650b959ac335a91d2268915397ece39c0d66fbcf","kdf":"pbkdf2",
        "kdfparams":{"c":1024,"dklen":32,"prf":"hmac-sha256","salt":
        "63479ad69a090b258277ec8fba6f99419a2ffb248981510657c944ccd1148e97"},"mac":
        "c43bcdc0b6094b459be2bf92fe9f0f5321d7e81d2e43952cb16c644fbbffe73e"},
        "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;

    #[test]
    fn a_key_is_read_from_hex_and_file_and_keystore() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let one = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
        let hex = Source::Hex(ONE.to_owned());
        assert_eq!(Key::read(&hex).unwrap().address().to_string(), one);
        let file = Source::File(path("key", &format!("0x{ONE}\n")));
        assert_eq!(Key::read(&file).unwrap().address().to_string(), one);
        let keystore = |password| Source::Keystore {
            file: path("store", KEYSTORE),
            password_file: path("password", password),
        };
        let address = Key::read(&keystore("testpassword\nnot this\n")).unwrap().address();
        assert_eq!(address.to_string(), one);
        assert!(matches!(Key::read(&keystore("another")), Err(Unusable::Keystore(_))));
        let nowhere = Source::File(dir.path().join("nowhere"));
        assert!(matches!(Key::read(&nowhere), Err(Unusable::File { .. })));
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for text in ["", "0x12", "secret words", &"0".repeat(64), &"f".repeat(64)] {
            let error = Key::read(&Source::Hex(text.to_owned())).unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        assert!(!format!("{:?}", Source::Hex(ONE.to_owned())).contains(ONE));
        assert!(!format!("{:?}", Key::from_hex(ONE).unwrap()).contains(ONE));
    }

    #[test]
    fn the_same_transaction_has_the_same_bytes() {
        let key = Key::from_hex(ONE).unwrap();
        let fees = Fees { max: 2, tip: 1 };
        let (to, data) = (Address::ZERO, Bytes::from_static(&[1]));
        let (to, value) = (TxKind::Call(to), U256::ZERO);
        let tx = Unsigned { chain_id: 1, nonce: 0, fees, gas: 21_000, to, value, data };
        assert_eq!(key.sign(&tx).unwrap(), key.sign(&tx).unwrap());
        assert_ne!(
            key.sign(&tx).unwrap().hash,
            key.sign(&Unsigned { nonce: 1, ..tx }).unwrap().hash
        );
    }
}
