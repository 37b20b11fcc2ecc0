//! Who may publish and watch, and whose keys are believed.

use std::sync::Arc;

use arena_protocol::OF_MATCHES;
use arena_protocol::token::KeySet;
use arena_relay::{Access, Keys};
use clap::ValueEnum;
use serde::Deserialize;

use super::Unusable;
use crate::key_url::KeyUrl;
use crate::token::KeyFile;

/// Who may publish and watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Who {
    /// Everybody, without a token
    Open,
    /// Whoever has a token
    Required,
}

/// What was said about access.
pub(super) struct Asked {
    pub(super) who: Option<Who>,
    pub(super) keys: Option<String>,
    pub(super) insecure_open: bool,
    pub(super) loopback: bool,
}

/// Who has keys of its own that tokens are checked with.
pub(super) enum Keyholder {
    /// Control, in this process.
    Here,
    /// Control, at this URL.
    There(String),
    /// Nobody.
    Nobody,
}

impl Asked {
    /// Who may do what, and keys that have to be kept fresh for it.
    pub(super) fn settle(
        self,
        keyholder: &Keyholder,
    ) -> Result<(Access, Option<Arc<KeyUrl>>), Unusable> {
        let unusable = |text: &str| Unusable(text.to_owned());
        let open = self.loopback || self.insecure_open;
        let default = if open && self.keys.is_none() { Who::Open } else { Who::Required };
        let who = self.who.unwrap_or(default);
        if who == Who::Open && !open {
            return Err(unusable(
                "access: open access on an address that others can reach needs --insecure-open",
            ));
        }
        let (keys, key_url) = match (self.keys, keyholder) {
            (Some(keys), _) => keys_at(&keys)?,
            (None, Keyholder::There(url)) => keys_at(&format!("{url}/.well-known/jwks.json"))?,
            // Its own are added when it is there.
            (None, Keyholder::Here) => (Arc::new(KeySet::default()) as Arc<dyn Keys>, None),
            (None, Keyholder::Nobody) => match who {
                Who::Open => return Ok((Access::Open, None)),
                Who::Required => {
                    return Err(unusable(
                        "keys: access is required here, so --keys has to name the keys that \
                         tokens are checked with (arena token keys makes them), or --control-url \
                         whoever has them, or --insecure-open lets everybody in",
                    ));
                }
            },
        };
        let access = match who {
            Who::Open => Access::Guarded { prefix: OF_MATCHES, keys },
            Who::Required => Access::Required(keys),
        };
        Ok((access, key_url))
    }
}

/// Keys, and those of them that have to be kept fresh.
type Believed = (Arc<dyn Keys>, Option<Arc<KeyUrl>>);

fn keys_at(place: &str) -> Result<Believed, Unusable> {
    if place.starts_with("http://") || place.starts_with("https://") {
        let keys = KeyUrl::new(place).map_err(|cause| Unusable(format!("keys: {cause:#}")))?;
        let keys = Arc::new(keys);
        return Ok((Arc::clone(&keys) as Arc<dyn Keys>, Some(keys)));
    }
    let keys = KeyFile::new(place.into());
    keys.keys().map_err(|cause| Unusable(format!("keys: {cause}")))?;
    Ok((Arc::new(keys), None))
}
