//! What clients of the old API send; keys that they do not know are left aside.

use serde::Deserialize;
use utoipa::ToSchema;

use super::super::super::Strategy;
use super::super::super::entering::Entering;
use super::super::owner;
use crate::http::lenient;

/// A tournament that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateTournamentRequest {
    #[schema(min_length = 1, max_length = 100, example = "Fight Night")]
    pub(super) name: String,
    /// Who takes part; without any, registration is open.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub(super) entries: Option<Vec<RegisterRequest>>,
}

/// What everybody says who enters, or is entered.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TournamentFighter)]
pub struct Fighter {
    #[schema(
        min_length = 1,
        max_length = 100,
        example = "ada",
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[!-~][^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    pub(super) name: String,
    #[schema(max_length = 256, example = "FOX")]
    pub(super) character: String,
    #[serde(default)]
    #[schema(max_length = 256)]
    pub(super) wallet_address: Option<String>,
}

/// Somebody whom an operator enters.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TournamentRegisterRequest)]
pub struct RegisterRequest {
    #[serde(flatten)]
    pub(super) fighter: Fighter,
    /// Who signed it up.
    #[serde(default)]
    #[schema(max_length = 256)]
    pub(super) registrant: Option<String>,
    #[serde(default)]
    #[schema(max_length = 256)]
    pub(super) email: Option<String>,
    /// `phillip` if it is left out.
    #[serde(default)]
    pub(super) strategy: Option<Strategy>,
    /// `NOJN#` and a number if it is left out.
    #[serde(default)]
    #[schema(max_length = 256)]
    pub(super) connect_code: Option<String>,
}

/// Somebody who enters.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TournamentSelfRegisterRequest)]
pub struct SelfRegisterRequest {
    #[serde(flatten)]
    pub(super) fighter: Fighter,
    #[schema(
        min_length = 3,
        max_length = 256,
        example = "ada@example.org",
        pattern = "^[!-?A-~]+@[!-~]+$"
    )]
    pub(super) email: String,
}

/// By what somebody is known.
#[derive(Debug, Deserialize)]
pub struct WhoseEntry {
    pub(super) email: Option<String>,
    pub(super) wallet: Option<String>,
}

/// What came of a game.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TournamentAdvanceRequest)]
pub struct AdvanceRequest {
    /// From 0.
    #[serde(deserialize_with = "lenient::whole")]
    #[schema(minimum = 0, maximum = 4096)]
    pub(super) round: u16,
    /// From 0.
    #[serde(deserialize_with = "lenient::whole")]
    #[schema(minimum = 0, maximum = 4096)]
    pub(super) slot: u16,
    #[schema(max_length = 100)]
    pub(super) winner_name: String,
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    #[schema(maximum = 255)]
    pub(super) score_a: Option<u8>,
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    #[schema(maximum = 255)]
    pub(super) score_b: Option<u8>,
}

impl From<RegisterRequest> for Entering {
    fn from(from: RegisterRequest) -> Self {
        let Fighter { name, character, wallet_address } = from.fighter;
        Self {
            name,
            character,
            strategy: Some(from.strategy.unwrap_or(Strategy::Phillip)),
            owner: owner(from.connect_code, wallet_address, None),
            agent_id: None,
            registrant: from.registrant,
            email: from.email.map(|it| it.trim().to_owned()).filter(|email| !email.is_empty()),
            coded: true,
        }
    }
}
