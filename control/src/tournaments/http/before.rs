//! `/tournaments`: as the runners, pages and people of the old API know it. Whatever changes
//! something but for entering is an operator's.
//!
//! Invariant: nobody is shown an e-mail address but who names it.

pub mod asked;
pub mod objects;
pub mod operated;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use self::asked::{
    AdvanceRequest, CreateTournamentRequest, Fighter, RegisterRequest, SelfRegisterRequest,
    WhoseEntry,
};
use self::objects::{
    BracketBefore, EntryWithEmail, ListedBefore, MyEntryResponse, NextResponse,
    SelfRegisteredResponse, TournamentBefore, TournamentsBefore,
};
use super::super::entering::{self, Entering};
use super::super::play::{self, Next};
use super::super::rules::Spot;
use super::super::rules::settings::{ENTRIES_MAX, Settings};
use super::super::ruling::{self, Winner};
use super::super::whole::Whole;
use super::super::{Error, Strategy, desk};
use super::{check, name_fits, owner, tournament};
use crate::admin::Act;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::auth::{Anybody, Operator};
use crate::matches::rules::Sides;
use crate::queue::MELEE;
use crate::queue::http::may_join;

/// Tournaments of one answer, the newest.
const LISTED_MAX: i64 = 500;

/// Make a tournament: single elimination, whose games are asked for one by one
#[utoipa::path(post, path = "/tournaments", tag = "tournaments", security(("bearer" = [])),
    request_body = CreateTournamentRequest,
    responses(
        (status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn create(
    State(ctx): State<Ctx>,
    operator: Operator,
    Json(asked): Json<CreateTournamentRequest>,
) -> Result<Response, Problem> {
    name_fits(&asked.name)?;
    let entries: Vec<_> =
        asked.entries.unwrap_or_default().into_iter().map(Entering::from).collect();
    if entries.len() > usize::from(ENTRIES_MAX) {
        return Err(Problem::invalid(format!("entries: expected at most {ENTRIES_MAX}")));
    }
    entries.iter().try_for_each(check)?;
    let room = u16::try_from(entries.len()).unwrap_or(ENTRIES_MAX);
    let before = Settings::before(MELEE);
    let settings = Settings { entries_max: before.entries_max.max(room), ..before };
    let act = act(&ctx, operator, "POST /tournaments")?;
    let made = entering::make(&ctx, act, asked.name, settings, entries).await.map_err(as_before)?;
    shown(&ctx, made).await
}

/// List tournaments, the newest first
#[utoipa::path(get, path = "/tournaments", tag = "tournaments",
    responses((status = 200, body = TournamentsBefore)))]
pub async fn list(State(ctx): State<Ctx>) -> Result<Response, Problem> {
    let listed = desk::list(&ctx, None, LISTED_MAX).await?;
    let tournaments: Vec<_> = listed.iter().map(ListedBefore::of).collect();
    Ok(json(&TournamentsBefore { count: tournaments.len(), tournaments }))
}

/// Look at the tournament to be shown first: one that is played, else featured, open, or the newest
#[utoipa::path(get, path = "/tournaments/featured", tag = "tournaments",
    responses((status = 200, body = TournamentBefore),
        (status = 404, body = error::Body, content_type = "application/problem+json")))]
pub async fn featured(State(ctx): State<Ctx>) -> Result<Response, Problem> {
    Ok(json(&TournamentBefore::of(&desk::featured(&ctx).await?)))
}

/// Look at a tournament
#[utoipa::path(get, path = "/tournaments/{tournament_id}", tag = "tournaments",
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = 404, body = error::Body, content_type = "application/problem+json")))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(&TournamentBefore::of(&desk::look(&ctx, tournament(&id)?).await?)))
}

/// Look at a tournament's bracket
#[utoipa::path(get, path = "/tournaments/{tournament_id}/bracket", tag = "tournaments",
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = BracketBefore),
        (status = 404, body = error::Body, content_type = "application/problem+json")))]
pub async fn bracket(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(&BracketBefore::of(&desk::look(&ctx, tournament(&id)?).await?)))
}

/// Look for one's own entry: by the e-mail it was made with, or by its wallet
#[utoipa::path(get, path = "/tournaments/{tournament_id}/my-entry", tag = "tournaments",
    params(("tournament_id" = String, Path, description = "8 digits in hex"),
        ("email" = Option<String>, Query, description = "Shows the entry with its e-mail"),
        ("wallet" = Option<String>, Query, description = "Shows it without")),
    responses((status = 200, body = MyEntryResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn my_entry(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Query(WhoseEntry { email, wallet }): Query<WhoseEntry>,
) -> Result<Response, Problem> {
    let found = desk::entry_of(&ctx, tournament(&id)?, email.as_deref(), wallet.as_deref()).await?;
    let entry = found.map(|(entrant, knows)| EntryWithEmail::of(&entrant, knows));
    Ok(json(&MyEntryResponse { found: entry.is_some(), entry }))
}

/// Enter somebody into a tournament
#[utoipa::path(post, path = "/tournaments/{tournament_id}/register", tag = "tournaments",
    security(("bearer" = [])), request_body = RegisterRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn register(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Path(id): Path<String>,
    Json(asked): Json<RegisterRequest>,
) -> Result<Response, Problem> {
    let entering = Entering::from(asked);
    check(&entering)?;
    let entered = entering::enter(&ctx, tournament(&id)?, entering).await;
    shown(&ctx, entered.map_err(as_before)?.0).await
}

/// Enter a tournament
#[utoipa::path(post, path = "/tournaments/{tournament_id}/self-register", tag = "tournaments",
    security((), ("bearer" = [])), request_body = SelfRegisterRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = SelfRegisteredResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn self_register(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(asked): Json<SelfRegisterRequest>,
) -> Result<Response, Problem> {
    may_join(&ctx, caller.as_ref())?;
    let SelfRegisterRequest { fighter, email } = asked;
    let Fighter { name, character, wallet_address } = fighter;
    let entering = Entering {
        name,
        character,
        strategy: Some(Strategy::Phillip),
        owner: owner(None, wallet_address, caller.as_ref()),
        email: Some(email.trim().to_owned()),
        coded: true,
        ..Entering::default()
    };
    check(&entering)?;
    let entered = entering::enter(&ctx, tournament(&id)?, entering).await;
    let (whole, entrant) = entered.map_err(as_before)?;
    let entry = EntryWithEmail::of(&entrant, true);
    let tournament = TournamentBefore::of(&desk::shown(&ctx, whole).await?);
    Ok(json(&SelfRegisteredResponse { success: true, entry, tournament }))
}

/// Close registration: the seed is published, and the bracket stands
#[utoipa::path(post, path = "/tournaments/{tournament_id}/close-registration", tag = "tournaments",
    security(("bearer" = [])),
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn close(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let act = act(&ctx, operator, "POST /tournaments/ID/close-registration")?;
    let closed = entering::close(&ctx, act, tournament(&id)?).await;
    shown(&ctx, closed.map_err(as_before)?).await
}

/// Show a tournament before others, or not any more
#[utoipa::path(post, path = "/tournaments/{tournament_id}/feature", tag = "tournaments",
    security(("bearer" = [])),
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn feature(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let act = act(&ctx, operator, "POST /tournaments/ID/feature")?;
    let featured = ruling::feature(&ctx, act, tournament(&id)?).await?;
    shown(&ctx, featured).await
}

/// Say who has won a game; its own match says so by itself
#[utoipa::path(post, path = "/tournaments/{tournament_id}/advance", tag = "tournaments",
    security(("bearer" = [])), request_body = AdvanceRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn advance(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(asked): Json<AdvanceRequest>,
) -> Result<Response, Problem> {
    advanced(&ctx, operator, &id, asked, "POST /tournaments/ID/advance").await
}

async fn advanced(
    ctx: &Ctx,
    operator: Operator,
    id: &str,
    asked: AdvanceRequest,
    why: &str,
) -> Result<Response, Problem> {
    let AdvanceRequest { round, slot, winner_name, score_a, score_b } = asked;
    let score = Sides { first: score_a.unwrap_or(0), second: score_b.unwrap_or(0) };
    let winner = Winner::Named(winner_name);
    let act = act(ctx, operator, why)?;
    let ruled =
        ruling::rule(ctx, act, tournament(id)?, Spot { round, slot }, winner, score).await?;
    shown(ctx, ruled).await
}

/// Begin the next game: its match is made, and `queue_id_a` and `queue_id_b` speak for its sides
#[utoipa::path(post, path = "/tournaments/{tournament_id}/next", tag = "tournaments",
    security(("bearer" = [])),
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = NextResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn next(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let act = act(&ctx, operator, "POST /tournaments/ID/next")?;
    let answer = match play::next(&ctx, act, tournament(&id)?).await? {
        Next::Begun(begun) => {
            let (spot, tickets) = (begun.spot, begun.tickets);
            NextResponse::begun(&desk::shown(&ctx, begun.whole).await?, spot, tickets)
        }
        Next::Nothing(whole) => NextResponse::nothing(&whole),
    };
    Ok(json(&answer))
}

async fn shown(ctx: &Ctx, whole: Whole) -> Result<Response, Problem> {
    Ok(json(&TournamentBefore::of(&desk::shown(ctx, whole).await?)))
}

/// These calls bring no reason; the log names the call.
fn act(ctx: &Ctx, operator: Operator, why: &str) -> Result<Act, Problem> {
    Ok(Act::new(operator, why, ctx.clock.now())?)
}

/// As clients of the old API know these refusals.
fn as_before(error: Error) -> Problem {
    let bad = match &error {
        Error::Closed | Error::Full | Error::TooFew | Error::Taken("name") => true,
        Error::Taken(_)
        | Error::Unknown
        | Error::NoSuchQueue
        | Error::Tier
        | Error::StillOpen
        | Error::Over
        | Error::NoWay { .. }
        | Error::OwnPace
        | Error::NotAnEntry
        | Error::Withdrawn
        | Error::NoSuchName
        | Error::Busy(_)
        | Error::NoPool
        | Error::Refused(_)
        | Error::Store(_) => false,
    };
    let problem = Problem::from(error);
    if bad { Problem { status: StatusCode::BAD_REQUEST, ..problem } } else { problem }
}
