//! `/v1/tournaments`: look, enter, show up, withdraw. `before` is the old API's, `admin` the
//! operators'.

pub mod admin;
pub mod answers;
pub mod before;
pub mod bracket;
pub mod leaving;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use self::answers::{
    EnteredResponse, MineResponse, SeenTournament, StandingsResponse, TournamentResponse,
    TournamentsResponse,
};
use self::bracket::BracketResponse;
use super::entering::{self, Entering};
use super::play::{self, Speaker};
use super::rules::game::Refused;
use super::{Error, TournamentId, desk, whole};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::auth::{Anybody, Caller};
use crate::ids::TicketId;
use crate::onchain::Account;
use crate::queue::http::{agent_number, may_join};
use crate::queue::rules::Owner;

/// Characters of a name.
pub(crate) const NAME_LEN_MAX: usize = 100;
/// Characters of anything else that clients say about themselves.
pub(crate) const TEXT_LEN_MAX: usize = 256;

/// Which tournaments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<String>,
    limit: Option<u16>,
}

/// Who wants to take part: known by an account, a connect code or a wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TournamentEntryRequest)]
pub struct EnterRequest {
    /// As the bracket shows it; nobody else in the tournament has it.
    #[schema(
        min_length = 1,
        max_length = 100,
        example = "ada",
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[!-~][^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    name: String,
    /// What it plays with.
    #[serde(default)]
    #[schema(max_length = 256, example = "FOX")]
    character: Option<String>,
    /// Where opponents find it; may be left out by who is logged in.
    #[serde(default)]
    #[schema(max_length = 256, example = "FOX#123")]
    connect_code: Option<String>,
    /// Who is paid.
    #[serde(default)]
    #[schema(max_length = 256)]
    wallet_address: Option<String>,
    /// Its number in the registry of agents.
    #[serde(default)]
    #[schema(minimum = 0)]
    agent_id: Option<i64>,
}

/// Who speaks for an entry: its key, or nothing from who is logged in and entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TournamentSpeakerRequest)]
pub struct SpeakerRequest {
    /// What entering answered.
    #[serde(default)]
    #[schema(value_type = Option<String>,
        pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    entry_key: Option<TicketId>,
}

/// List tournaments, the newest first
#[utoipa::path(get, path = "/v1/tournaments", tag = "tournaments",
    params(("before" = Option<String>, Query, description = "The `next` of the page before",
            pattern = "^[0-9a-f]{8}$"),
        ("limit" = Option<u16>, Query, description = "50 if it is left out",
            minimum = 1, maximum = 100)),
    responses(
        (status = 200, body = TournamentsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(State(ctx): State<Ctx>, Query(page): Query<Page>) -> Result<Response, Problem> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit: expected 1 to 100"));
    }
    let spelled = || Problem::invalid("before: expected the `next` of another page");
    let before = page.before.map(|id| id.parse().map_err(|_| spelled())).transpose()?;
    let listed = desk::list(&ctx, before, limit.into()).await?;
    let full = listed.len() == usize::from(limit);
    let next = listed.last().filter(|_| full).map(|it| it.tournament.id);
    let tournaments = listed.iter().map(|it| SeenTournament::of(&it.tournament, it.entries));
    Ok(json(&TournamentsResponse { tournaments: tournaments.collect(), next }))
}

/// Look at a tournament and who takes part
#[utoipa::path(get, path = "/v1/tournaments/{tournament_id}", tag = "tournaments",
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = TournamentResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(&TournamentResponse::of(&whole::look(&ctx, tournament(&id)?).await?)))
}

/// Look at a tournament's bracket, as far as it is known
#[utoipa::path(get, path = "/v1/tournaments/{tournament_id}/bracket", tag = "tournaments",
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = BracketResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look_at_bracket(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(json(&BracketResponse::of(&whole::look(&ctx, tournament(&id)?).await?)))
}

/// Look at who stands where in a tournament, and by what
#[utoipa::path(get, path = "/v1/tournaments/{tournament_id}/standings", tag = "tournaments",
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = StandingsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn standings(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(json(&StandingsResponse::of(&whole::look(&ctx, tournament(&id)?).await?)))
}

/// Enter a tournament
///
/// The `entry_key` of the answer speaks for the entry; whoever is logged in speaks for it as well.
#[utoipa::path(post, path = "/v1/tournaments/{tournament_id}/entries", tag = "tournaments",
    security((), ("bearer" = [])), request_body = EnterRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = EnteredResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn enter(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(asked): Json<EnterRequest>,
) -> Result<Response, Problem> {
    may_join(&ctx, caller.as_ref())?;
    let owner = owner(asked.connect_code, asked.wallet_address, caller.as_ref());
    if owner == Owner::default() {
        let detail = "say who you are: log in, or give a connect_code or a wallet_address";
        return Err(Problem::invalid(detail));
    }
    let entering = Entering {
        name: asked.name,
        character: asked.character.unwrap_or_default(),
        owner,
        agent_id: agent_number(asked.agent_id)?,
        ..Entering::default()
    };
    check(&entering)?;
    let (_, entrant) = entering::enter(&ctx, tournament(&id)?, entering).await?;
    Ok(json(&EnteredResponse::of(&entrant)))
}

/// Show up for the game that an entry is called to
///
/// Asked again, it says how that game stands. Once both sides are there, `match_id` and `queue_id`
/// are what joining a queue would have answered.
#[utoipa::path(post, path = "/v1/tournaments/{tournament_id}/show-up", tag = "tournaments",
    security((), ("bearer" = [])), request_body = SpeakerRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = MineResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn show_up(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(asked): Json<SpeakerRequest>,
) -> Result<Response, Problem> {
    let who = asked.speaker(caller)?;
    let mine = play::show_up(&ctx, tournament(&id)?, who).await?;
    Ok(json(&MineResponse::of(&mine)))
}

impl SpeakerRequest {
    fn speaker(self, caller: Option<Caller>) -> Result<Speaker, Problem> {
        match (self.entry_key, caller) {
            (Some(key), _) => Ok(Speaker::Key(key)),
            (None, Some(caller)) => {
                caller.needs("queue")?;
                Ok(Speaker::Identity(caller.id))
            }
            (None, None) => Err(Error::NotAnEntry.into()),
        }
    }
}

fn tournament(text: &str) -> Result<TournamentId, Error> {
    text.parse().map_err(|_| Error::Unknown)
}

/// What is empty says as little as what is left out.
fn owner(code: Option<String>, wallet: Option<String>, caller: Option<&Caller>) -> Owner {
    Owner {
        identity: caller.map(|caller| caller.id),
        connect_code: code.filter(|code| !code.is_empty()),
        wallet: wallet.filter(|wallet| !wallet.is_empty()),
    }
}

/// Whether what somebody says of an entry can be kept.
fn check(entering: &Entering) -> Result<(), Problem> {
    name_fits(&entering.name)?;
    let texts = [
        ("character", Some(&entering.character)),
        ("connect_code", entering.owner.connect_code.as_ref()),
        ("wallet_address", entering.owner.wallet.as_ref()),
        ("registrant", entering.registrant.as_ref()),
        ("email", entering.email.as_ref()),
    ];
    for (field, text) in texts {
        if text.is_some_and(|text| text.chars().count() > TEXT_LEN_MAX) {
            let detail = format!("{field}: expected at most {TEXT_LEN_MAX} characters");
            return Err(Problem::invalid(detail));
        }
    }
    let wallet = entering.owner.wallet.as_ref().and_then(|wallet| wallet.parse::<Account>().ok());
    if wallet.as_ref().is_some_and(Account::is_nobody) {
        return Err(Problem::invalid("wallet_address: nobody has the key of this address"));
    }
    let address = |email: &&String| {
        email.split_once('@').is_none_or(|(who, host)| who.is_empty() || host.is_empty())
    };
    match entering.email.as_ref().filter(address) {
        Some(_) => Err(Problem::invalid("email: expected an address such as ada@example.org")),
        None => Ok(()),
    }
}

fn name_fits(name: &str) -> Result<(), Problem> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > NAME_LEN_MAX || name.chars().any(char::is_control) {
        let detail = format!("name: expected 1 to {NAME_LEN_MAX} characters that can be seen");
        return Err(Problem::invalid(detail));
    }
    Ok(())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unknown | Error::Refused(Refused::NoGame) => Self::not_found(detail),
            Error::NoSuchQueue
            | Error::Tier
            | Error::NoSuchName
            | Error::Refused(Refused::NeedsWinner) => Self::invalid(detail),
            Error::Closed => Self::conflict("registration_closed", detail),
            Error::Full => Self::conflict("tournament_full", detail),
            Error::Taken(_) => Self::conflict("taken", detail),
            Error::TooFew => Self::conflict("too_few_entries", detail),
            Error::StillOpen => Self::conflict("registration_open", detail),
            Error::Over => Self::conflict("tournament_over", detail),
            Error::NoWay { .. } | Error::OwnPace => Self::conflict("tournament_state", detail),
            Error::NotAnEntry => Self::forbidden(detail),
            Error::Withdrawn => Self::conflict("withdrawn", detail),
            Error::Busy(_) => Self::conflict("already_playing", detail),
            Error::NoPool => Self::conflict("no_pool", detail),
            Error::Refused(Refused::Stands) => Self::conflict("game_decided", detail),
            Error::Refused(Refused::NotCalled) => Self::conflict("not_called", detail),
            Error::Refused(Refused::NotOpen) => Self::conflict("game_not_open", detail),
            Error::Store(error) => error.into(),
        }
    }
}
