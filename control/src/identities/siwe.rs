//! What a wallet signs to log in: the text of EIP-4361, read strictly.

use super::wallet::Address;
use crate::time::At;

/// What such a text says, as far as it decides anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) domain: String,
    pub(super) address: Address,
    pub(super) nonce: String,
    pub(super) issued_at: At,
    pub(super) expires_at: Option<At>,
    pub(super) not_before: Option<At>,
}

/// Why a text is not what has to be signed.
pub(super) type Unreadable = &'static str;

impl Message {
    pub(super) fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().ok_or("message: it ends too early");
        let first = line()?;
        let domain = first
            .strip_suffix(" wants you to sign in with your Ethereum account:")
            .ok_or("message: the first line has to be that of EIP-4361")?;
        let domain = domain.split_once("://").map_or(domain, |(_, domain)| domain);
        let address = Address::parse(line()?).ok_or("message: the second line is no address")?;
        if !line()?.is_empty() {
            return Err("message: an empty line is expected behind the address");
        }
        // A statement of one line may stand between two empty ones.
        let mut next = line()?;
        if !next.is_empty() {
            next = line()?;
        }
        if !next.is_empty() {
            return Err("message: an empty line is expected before the fields");
        }
        let mut field = |name: &str| -> Option<&str> {
            let mut rest = lines.clone();
            let value = rest.next()?.strip_prefix(name)?;
            lines = rest;
            Some(value)
        };
        let uri = field("URI: ");
        let version = field("Version: ");
        let chain = field("Chain ID: ").and_then(|chain| chain.parse::<u64>().ok());
        let nonce = field("Nonce: ");
        let issued_at = field("Issued At: ");
        let (Some(_uri), Some("1"), Some(_chain), Some(nonce), Some(issued_at)) =
            (uri, version, chain, nonce, issued_at)
        else {
            return Err(
                "message: expected URI, Version: 1, Chain ID, Nonce and Issued At, in this order",
            );
        };
        let time = |text: &str| rfc3339(text).ok_or("message: a time is not as RFC 3339 writes it");
        let expires_at = field("Expiration Time: ").map(time).transpose()?;
        let not_before = field("Not Before: ").map(time).transpose()?;
        let _whatever = field("Request ID: ");
        let resources = field("Resources:").is_some();
        if !lines.all(|line| resources && line.starts_with("- ")) {
            return Err("message: there is something behind the fields");
        }
        Ok(Self {
            domain: domain.to_owned(),
            address,
            nonce: nonce.to_owned(),
            issued_at: time(issued_at)?,
            expires_at,
            not_before,
        })
    }
}

/// `2026-03-01T12:00:00.123Z`, or with an offset such as `+01:00`.
pub(crate) fn rfc3339(text: &str) -> Option<At> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !marks.iter().all(|(at, mark)| bytes.get(*at) == Some(mark)) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (h, m, s) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || h > 23 || m > 59 || s > 60 {
        return None;
    }
    let rest = &text[19..];
    let fraction = rest
        .strip_prefix('.')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let has_fraction = rest.starts_with('.');
    if has_fraction && !(1..=9).contains(&fraction) {
        return None;
    }
    let zone = &rest[if has_fraction { fraction + 1 } else { 0 }..];
    let ms = if has_fraction {
        format!("{:0<3}", &rest[1..=fraction])[..3].parse::<i64>().ok()?
    } else {
        0
    };
    let offset_min = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), ..] if zone.len() == 6 && zone.as_bytes()[3] == b':' => {
            let at = text.len() - 6;
            let minutes = digits(at + 1, at + 3)? * 60 + digits(at + 4, at + 6)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _else => return None,
    };
    // Days of the months before, in years that begin with March.
    let (y, m0) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let day_of_year = (153 * m0 + 2) / 5 + day - 1;
    let days = 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719_468;
    let seconds = days * 86_400 + h * 3600 + m * 60 + s - offset_min * 60;
    Some(At(seconds * 1000 + ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

    fn text(statement: &str, tail: &str) -> String {
        format!(
            "arena.example wants you to sign in with your Ethereum account:\n{ADDRESS}\n\n\
             {statement}\nURI: https://arena.example\nVersion: 1\nChain ID: 143\nNonce: abcdefgh1\n\
             Issued At: 2026-03-01T12:00:00Z{tail}"
        )
    }

    #[test]
    fn what_is_signed_is_read() {
        let plain = Message::parse(&text("", "")).unwrap();
        assert_eq!((plain.domain.as_str(), plain.nonce.as_str()), ("arena.example", "abcdefgh1"));
        assert_eq!(plain.issued_at, At(1_772_366_400_000));
        assert_eq!(Message::parse(&text("Log in.\n", "")).unwrap(), plain);
        let tail = "\nExpiration Time: 2026-03-01T13:00:00.5+01:00\nNot Before: 2026-03-01T12:00:00Z\
                    \nRequest ID: 1\nResources:\n- ipfs://x";
        let full = Message::parse(&text("", tail)).unwrap();
        assert_eq!(full.expires_at, Some(At(1_772_366_400_500)));
        assert_eq!(full.not_before, Some(At(1_772_366_400_000)));
    }

    #[test]
    fn what_is_not_such_a_text_is_refused() {
        let good = text("", "");
        for bad in [
            String::new(),
            good.replace("Version: 1", "Version: 2"),
            good.replace("Chain ID: 143", "Chain ID: x"),
            good.replace("Nonce", "nonce"),
            good.replace(ADDRESS, &ADDRESS.replace('E', "e")),
            good.replace("2026-03-01T12", "2026-13-01T12"),
            good.replace("2026-03-01T12:00:00Z", "yesterday"),
            good.replace("2026-03-01T12:00:00Z", "2026-03-01T12:00:00é"),
            format!("{good}\nmore"),
            format!("{good}\nResources:\nx"),
            good.replace('\n', "\r\n"),
        ] {
            assert!(Message::parse(&bad).is_err(), "{bad}");
        }
    }
}
