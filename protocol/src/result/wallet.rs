//! An account as people write it: 0x and 40 digits. Where they are of both cases, the case is a
//! checksum (EIP-55), which finds most slips of a finger.

use alloy_primitives::Address;

/// The text names no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWallet {
    /// It does not look like one.
    #[error("not an address: expected 0x and 40 hexadecimal digits")]
    Form,
    /// It looks like one with a slip in it.
    #[error(
        "the address fails its checksum: the case of its letters is not that of EIP-55; \
         copy it again, or write it in lower case"
    )]
    Checksum,
}

/// Reads an account.
///
/// # Errors
/// Says what is wrong with the text.
pub fn wallet(text: &str) -> Result<Address, NoWallet> {
    let digits = text.strip_prefix("0x").ok_or(NoWallet::Form)?;
    // The parser would take 0x a second time.
    if digits.len() != 40 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(NoWallet::Form);
    }
    let address: Address = digits.parse().map_err(|_| NoWallet::Form)?;
    let lower = digits.bytes().any(|digit| digit.is_ascii_lowercase());
    let upper = digits.bytes().any(|digit| digit.is_ascii_uppercase());
    if lower && upper && address.to_checksum(None) != text {
        return Err(NoWallet::Checksum);
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_two_spellings_and_shouting() {
        // The examples of EIP-55.
        for text in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0xde709f2102306220921060314715629080e2fb77",
        ] {
            let read = wallet(text).unwrap();
            assert_eq!(read.to_string().to_lowercase(), text.to_lowercase());
        }
    }

    #[test]
    fn a_slip_is_told_from_what_is_no_address() {
        for (text, error) in [
            ("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", NoWallet::Checksum),
            ("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", NoWallet::Checksum),
            ("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", NoWallet::Form),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", NoWallet::Form),
            ("0x0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA", NoWallet::Form),
            ("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", NoWallet::Form),
            ("0xzzaeb6053f3e94c9b9a09f33669435e7ef1beaed", NoWallet::Form),
            ("", NoWallet::Form),
        ] {
            assert_eq!(wallet(text), Err(error), "{text}");
        }
    }
}
