//! The promise of a line that both get before the countdown: nobody, the arena included, can
//! change the line afterwards, and nobody can type it before it is shown.
//!
//! The commitment is the SHA-256, in lower-case hex, of these bytes in a row:
//!
//! | bytes | what |
//! |---|---|
//! | `arena/code-duel/1` and a line feed | so that the sum means nothing elsewhere |
//! | 64 characters and a line feed | the salt's 32 bytes in lower-case hex |
//! | the rest | the line, in ASCII |
//!
//! Salt and line are shown at the start. Without the salt, the few lines that there are could be
//! tried against the sum.

use ring::digest::{SHA256, digest};

const DOMAIN: &str = "arena/code-duel/1";

/// What is promised.
#[must_use]
pub fn commitment(salt: &[u8; 32], line: &str) -> String {
    of_hex(&hex(salt), line)
}

/// What is promised, of a salt in hex.
pub(super) fn of_hex(salt: &str, line: &str) -> String {
    let text = format!("{DOMAIN}\n{salt}\n{line}");
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Whether this is what was promised.
#[must_use]
pub fn keeps(promised: &str, salt: &[u8; 32], line: &str) -> bool {
    commitment(salt, line) == promised
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // `printf 'arena/code-duel/1\n%s\nlet sum = 7;' $(printf '2a%.0s' {1..32}) | sha256sum`
    const PROMISED: &str = "00165fa9ae8f9c51fe23032b4d849f971d3497e10169c5ff2fc052b72b8aaefe";

    #[test]
    fn anybody_can_check_a_promise_with_the_tools_at_hand() {
        assert_eq!(commitment(&[0x2a; 32], "let sum = 7;"), PROMISED);
    }

    #[test]
    fn a_promise_is_kept_by_one_salt_and_one_line_only() {
        assert!(keeps(PROMISED, &[0x2a; 32], "let sum = 7;"));
        assert!(!keeps(PROMISED, &[0x2b; 32], "let sum = 7;"));
        assert!(!keeps(PROMISED, &[0x2a; 32], "let sum = 8;"));
        assert!(!keeps(&PROMISED.to_uppercase(), &[0x2a; 32], "let sum = 7;"));
    }
}
