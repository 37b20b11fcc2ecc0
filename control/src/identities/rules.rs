//! What names, passwords and scopes have to be.

/// What an API key can be made for.
pub const SCOPES: [&str; 3] = ["queue", "agents", "reports"];
/// Scopes and keys of one identity at most.
pub const KEYS_MAX: usize = 50;

/// Why something cannot be taken, in a sentence for whoever sent it.
pub type Refused = &'static str;

/// A name that others see.
///
/// # Errors
/// What it has to be.
pub fn name(name: &str) -> Result<(), Refused> {
    let fits = (3..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    // The names that wallets get by themselves are theirs.
    let taken = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    if fits && !taken {
        Ok(())
    } else {
        Err("name: expected 3 to 32 letters, digits, _, - or ., not beginning with 0x")
    }
}

/// A password.
///
/// # Errors
/// What it has to be.
pub fn password(password: &str) -> Result<(), Refused> {
    if (8..=256).contains(&password.chars().count()) {
        Ok(())
    } else {
        Err("password: expected 8 to 256 characters")
    }
}

/// What a key is for.
///
/// # Errors
/// What there is to choose from.
pub fn scopes(scopes: &[String]) -> Result<(), Refused> {
    let mut known = SCOPES.map(|_| 0);
    for scope in scopes {
        match SCOPES.iter().position(|name| name == scope) {
            Some(place) => known[place] += 1,
            None => return Err("scopes: expected some of: queue, agents, reports"),
        }
    }
    if !scopes.is_empty() && known.iter().all(|times| *times <= 1) {
        Ok(())
    } else {
        Err("scopes: expected one or more of: queue, agents, reports; each once")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for (text, fits) in [
            ("ada", true),
            ("Ada_1.x-y", true),
            ("ad", false),
            ("a b", false),
            ("0xabc", false),
            ("0Xabc", false),
            ("àda", false),
            (&"x".repeat(33), false),
        ] {
            assert_eq!(name(text).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_key_is_for_something_that_there_is() {
        let check = |names: &[&str]| {
            scopes(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).is_ok()
        };
        assert!(check(&["queue"]) && check(&["agents", "queue"]));
        assert!(!check(&[]) && !check(&["admin"]) && !check(&["queue", "queue"]));
    }
}
