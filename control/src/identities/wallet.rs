//! Whose signature it is: recovery over secp256k1, as wallets sign messages (EIP-191).

use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use sha3::{Digest as _, Keccak256};

/// An account: 20 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address([u8; 20]);

impl Address {
    /// Reads 0x and 40 digits. Where the digits are of both cases, the case is a checksum (EIP-55).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x")?;
        let bytes: [u8; 20] = unhex(digits)?.try_into().ok()?;
        let address = Self(bytes);
        let lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
        let upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
        (!(lower && upper) || address.checksummed() == text).then_some(address)
    }

    /// 0x and 40 digits in lower case: one spelling for one account.
    pub(crate) fn lower(self) -> String {
        let mut text = String::from("0x");
        for byte in self.0 {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    fn checksummed(self) -> String {
        let lower = self.lower();
        let sum = Keccak256::digest(&lower.as_bytes()[2..]);
        let digits = lower[2..].chars().enumerate().map(|(at, digit)| {
            let nibble = sum[at / 2] >> (4 * (1 - at % 2)) & 0xf;
            if nibble >= 8 { digit.to_ascii_uppercase() } else { digit }
        });
        std::iter::once('0').chain(std::iter::once('x')).chain(digits).collect()
    }
}

/// Who signed a message, if the signature is in its one canonical form: 65 bytes in hex, the lower
/// of the two possible s, v of 27, 28, 0 or 1.
pub(super) fn signer(message: &str, signature: &str) -> Option<Address> {
    let bytes = unhex(signature.strip_prefix("0x").unwrap_or(signature))?;
    let (rs, v) = bytes.split_at_checked(64)?;
    let v = match v {
        [0 | 27] => RecoveryId::new(false, false),
        [1 | 28] => RecoveryId::new(true, false),
        _else => return None,
    };
    let signature = Signature::from_slice(rs).ok()?;
    if signature.normalize_s().is_some() {
        return None;
    }
    let length = message.len();
    let prefixed = format!("\x19Ethereum Signed Message:\n{length}{message}");
    let digest = Keccak256::digest(prefixed.as_bytes());
    let key = VerifyingKey::recover_from_prehash(&digest, &signature, v).ok()?;
    let point = key.to_encoded_point(false);
    let hash = Keccak256::digest(&point.as_bytes()[1..]);
    Some(Address(hash[12..].try_into().ok()?))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2)
        || text.len() > 1024
        || !text.bytes().all(|it| it.is_ascii_hexdigit())
    {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `eth_account`, which shares no code with this.
    const SIGNED: &str = "51dc2605520b2fc08df476429c8fb338d0cce6e646f9ef8f5052459ef4af587e\
         0151430d725af113105a2673da7a0d673844e7f3ff28b7070b9885e68e2ba16a1c";
    const SIGNER: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    const MESSAGE: &str = "arena.example wants you to sign in with your Ethereum account:\n\
         0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf\n\n\nURI: https://arena.example\nVersion: 1\n\
         Chain ID: 143\nNonce: abcdefgh1\nIssued At: 2026-03-01T12:00:00Z";

    #[test]
    fn a_signature_of_another_library_is_known() {
        assert_eq!(signer(MESSAGE, SIGNED), Address::parse(SIGNER));
        assert_eq!(signer(MESSAGE, &format!("0x{SIGNED}")), Address::parse(SIGNER));
        let low_v = format!("{}01", &SIGNED[..128]);
        assert_eq!(signer(MESSAGE, &low_v), Address::parse(SIGNER));
        assert_ne!(signer(&MESSAGE.replace("143", "1"), SIGNED), Address::parse(SIGNER));
    }

    #[test]
    fn a_signature_has_one_form() {
        // n - s, with the other v, would recover to the same account.
        let high_s = "feaebcf28da50eecefa5d98c2585f2978269f4f2b01fe934b439d8a6420a9fd7";
        let high_s = format!("{}{}1b", &SIGNED[..64], high_s);
        for bad in [
            "",
            "0x",
            &SIGNED[..128],
            &format!("{SIGNED}00"),
            &format!("{}1d", &SIGNED[..128]),
            &format!("{}23", &SIGNED[..128]),
            &format!("{}{}1b", "00".repeat(32), "00".repeat(32)),
            &format!("0X{SIGNED}"),
            &SIGNED.replace('5', "g"),
            &high_s,
        ] {
            assert_eq!(signer(MESSAGE, bad), None, "{bad}");
        }
    }

    #[test]
    fn an_address_has_a_checksum_in_its_case() {
        // The examples of EIP-55.
        for text in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0xde709f2102306220921060314715629080e2fb77",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.lower(), text.to_ascii_lowercase());
        }
        for text in [
            "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
            "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x",
            "",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
