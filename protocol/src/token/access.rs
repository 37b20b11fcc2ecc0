//! Who calls the control plane: a short-lived token that says it without asking the database.

use serde::{Deserialize, Serialize};

use super::{Denied, ISSUER, KeySet, LEEWAY_S, SigningKey, jws};

const TYP: &str = "at+jwt";
const AUDIENCE: &str = "arena-control";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Who made it: `arena`.
    pub iss: String,
    /// Whom it is for: `arena-control`.
    pub aud: String,
    /// Whose it is.
    pub sub: String,
    /// Unix seconds at which it was made.
    pub iat: u64,
    /// Unix seconds at which it ends.
    pub exp: u64,
    /// What its bearer may do.
    pub role: String,
    /// The sign-in that it comes from.
    pub sid: String,
}

impl Access {
    /// For a subject with a role, from a sign-in.
    pub fn new(subject: &str, role: &str, sign_in: &str, issued_at: u64, expires_at: u64) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject.to_owned(),
            iat: issued_at,
            exp: expires_at,
            role: role.to_owned(),
            sid: sign_in.to_owned(),
        }
    }

    /// The token that says so.
    pub fn sign(&self, key: &SigningKey) -> String {
        jws::sign(TYP, self, key)
    }
}

/// Checks a token. `now` is in Unix seconds.
pub fn check(token: &str, keys: &KeySet, now: u64) -> Result<Access, Denied> {
    let access: Access = jws::verify(TYP, token, keys)?;
    if access.iss != ISSUER || access.aud != AUDIENCE {
        return Err(Denied::Bad);
    }
    if access.exp.saturating_add(LEEWAY_S) < now {
        return Err(Denied::Expired);
    }
    Ok(access)
}

#[cfg(test)]
mod tests {
    use super::super::{Act, Claims};
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn an_access_token_is_no_stream_token_and_none_of_them_the_other() {
        let key = SigningKey::from_seed(&[7; 32]);
        let access = Access::new("p", "player", "s", NOW, NOW + 900);
        let token = access.sign(&key);
        assert_eq!(check(&token, &key.public(), NOW), Ok(access.clone()));
        assert_eq!(check(&token, &key.public(), NOW + 905), Ok(access.clone()));
        assert_eq!(check(&token, &key.public(), NOW + 906), Err(Denied::Expired));
        let stream = Claims::new("p", Act::Watch, "*", NOW + 900).sign(&key);
        assert_eq!(check(&stream, &key.public(), NOW), Err(Denied::Bad));
        let channel = "match/1".parse().unwrap();
        let taken = super::super::check(Some(&token), &key.public(), Act::Watch, &channel, NOW);
        assert_eq!(taken, Err(Denied::Bad));
        let elsewhere = Access { aud: "else".to_owned(), ..access.clone() }.sign(&key);
        assert_eq!(check(&elsewhere, &key.public(), NOW), Err(Denied::Bad));
        let other = SigningKey::from_seed(&[8; 32]);
        assert_eq!(check(&access.sign(&other), &key.public(), NOW), Err(Denied::Bad));
    }
}
