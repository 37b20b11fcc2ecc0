//! Every route on one screen, and what all of them have in common.

mod around;
mod cross_origin;
pub mod docs;
pub mod extract;
pub mod lenient;
pub mod limits;
pub(crate) mod once;
mod operating;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{delete, get, post};

pub use self::cross_origin::readable;
pub use self::operating::{health, metrics};
use crate::admin::http as admin;
use crate::context::Ctx;
use crate::error::Problem;
use crate::{
    agents, chain, escrows, faucet, gateway, identities, invariants, lobby, matches, pools, queue,
    ratings, results, signatures, streams, tournaments, wagers,
};

/// Bytes of a body.
const BODY_LEN_MAX: usize = 64 * 1024;

/// The routes of the control plane, to which others can be added.
pub fn routes(ctx: Ctx) -> Router {
    dressed(bare(&ctx).method_not_allowed_fallback(method_not_allowed), ctx)
}

/// The control plane alone: whatever else is asked for is not there.
pub fn router(ctx: Ctx) -> Router {
    let alone = bare(&ctx)
        .route("/health", get(operating::health_alone))
        .route("/metrics", get(operating::metrics_alone))
        .fallback(not_found);
    dressed(alone.method_not_allowed_fallback(method_not_allowed), ctx)
}

fn bare(ctx: &Ctx) -> Router<Ctx> {
    // What changes matches or money is done once for each key.
    let once = from_fn_with_state(ctx.clone(), once::once);
    let once = || once.clone();
    Router::new()
        // As for any other entry that does not exist.
        .route("/queue/join", post(queue::http::join).layer(once()).get(queue::http::nobody))
        .route("/queue/{queue_id}", get(queue::http::look).delete(queue::http::leave))
        .route("/v1/entries/{queue_id}", get(queue::entry::look))
        .route("/v1/entries/{queue_id}/explain", get(queue::entry::explain))
        .route("/v1/queues", get(queue::listing::list))
        .route("/v1/queues/{queue}/join", post(queue::http::enter).layer(once()))
        .route("/v1/queues/{queue}/register", post(lobby::http::register).layer(once()))
        .route("/v1/queues/{queue}/crews", post(lobby::http::form).layer(once()))
        .route("/v1/crews/{crew_id}", get(lobby::http::look_at_crew))
        .route("/v1/crews/{crew_id}/join", post(lobby::http::join_crew).layer(once()))
        .route("/v1/crews/{crew_id}/leave", post(lobby::http::leave_crew).layer(once()))
        .route("/v1/crews/{crew_id}/challenge", post(lobby::http::challenge).layer(once()))
        .route("/v1/lobbies/{lobby_id}", get(lobby::http::look))
        .route("/v1/lobbies/{lobby_id}/answer", post(lobby::http::answer).layer(once()))
        .route("/v1/lobbies/{lobby_id}/leave", post(lobby::http::leave).layer(once()))
        .route("/v1/lobbies/{lobby_id}/report", post(lobby::http::report).layer(once()))
        .route("/matches", get(matches::http::list))
        .route("/matches/{match_id}", get(matches::http::before::look))
        .route("/v1/matches/{match_id}", get(matches::http::look_closer))
        .route(
            "/v1/matches/{match_id}/stream",
            get(streams::http::watch).post(streams::http::publish),
        )
        .route("/v1/live", get(streams::http::live))
        .route("/v1/relay/reports", post(streams::http::report))
        .route("/v1/matches/{match_id}/ready", post(matches::http::ready).layer(once()))
        .route("/v1/matches/{match_id}/leave", post(matches::http::leave).layer(once()))
        .route("/v1/matches/{match_id}/events", get(matches::http::events))
        .route("/matches/{match_id}/result", post(results::http::report).layer(once()))
        .route("/v1/matches/{match_id}/result", get(results::http::look))
        // Idempotent by itself; and a contract's wallet has to be asked, for which no writer waits.
        .route("/matches/{match_id}/signature", post(signatures::http::submit))
        .route("/matches/{match_id}/signatures", get(signatures::http::list))
        .route("/v1/matches/{match_id}/typed-data", get(signatures::http::typed_data))
        .route("/v1/ratings/{queue}", get(ratings::http::ladder))
        .route("/v1/ratings/{queue}/{player}", get(ratings::http::look))
        .route("/v1/ratings/{queue}/{player}/history", get(ratings::http::history))
        .route("/v1/ratings/{queue}/{player}/against/{other}", get(ratings::players::against))
        .route("/v1/players/{player}", get(ratings::players::look))
        .route("/matches/{match_id}/wager", get(wagers::http::look))
        .route("/matches/{match_id}/wager/propose", post(wagers::http::propose).layer(once()))
        .route("/matches/{match_id}/wager/accept", post(wagers::http::accept).layer(once()))
        .route("/matches/{match_id}/wager/decline", post(wagers::http::decline).layer(once()))
        .route(
            "/v1/matches/{match_id}/wager",
            post(wagers::http::offer).layer(once()).get(wagers::http::look_closer),
        )
        .route("/v1/matches/{match_id}/wager/accept", post(wagers::http::agree).layer(once()))
        .route("/v1/matches/{match_id}/wager/decline", post(wagers::http::refuse).layer(once()))
        .route("/matches/{match_id}/pool", get(pools::http::of_match))
        .route("/v1/matches/{match_id}/pool", get(pools::http::look_closer))
        .route("/v1/matches/{match_id}/stakes", get(escrows::http::look))
        .route("/pools", get(pools::http::list))
        .route("/v1/pools", get(pools::http::books))
        .route("/pools/{pool_id}/odds", get(pools::http::odds))
        .route("/pools/{pool_id}/bets", get(pools::http::bets))
        .route("/v1/pools/{pool_id}/quote", post(pools::http::quote))
        .route("/v1/pools/{pool_id}/claims/{account}", get(pools::http::claim))
        .route("/faucet", post(faucet::http::give))
        .route("/v1/chain", get(chain::http::named))
        .route("/v1/gateway", get(gateway::http::open))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .route("/docs/page.css", get(docs::style))
        .route("/docs/page.js", get(docs::script))
        .merge(identified())
        .merge(tournaments(ctx))
        .merge(operated(ctx))
}

/// Who somebody is, and what belongs to him.
fn identified() -> Router<Ctx> {
    Router::new()
        .route("/v1/auth/register", post(identities::http::register))
        .route("/v1/auth/login", post(identities::http::log_in))
        .route("/v1/auth/refresh", post(identities::http::refresh))
        .route("/v1/auth/logout", post(identities::http::log_out))
        .route(
            "/v1/auth/session",
            post(identities::browser::resume).delete(identities::browser::end),
        )
        .route("/v1/auth/nonce", post(identities::http::nonce))
        .route("/v1/auth/wallet", post(identities::http::wallet))
        .route("/v1/me", get(identities::http::me))
        .route("/v1/keys", get(identities::http::keys).post(identities::http::make_key))
        .route("/v1/keys/{key_id}", delete(identities::http::revoke_key))
        .route("/.well-known/jwks.json", get(identities::http::jwks))
        .route("/v1/agents", get(agents::http::list).post(agents::http::make))
        .route("/v1/agents/{agent_id}", get(agents::http::look).put(agents::http::change))
}

fn tournaments(ctx: &Ctx) -> Router<Ctx> {
    use tournaments::http::{self as played, admin, before};
    let once = from_fn_with_state(ctx.clone(), once::once);
    let once = || once.clone();
    Router::new()
        .route("/tournaments", post(before::create).layer(once()).get(before::list))
        .route("/tournaments/featured", get(before::featured))
        .route("/tournaments/{tournament_id}", get(before::look))
        .route("/tournaments/{tournament_id}/bracket", get(before::bracket))
        .route("/tournaments/{tournament_id}/my-entry", get(before::my_entry))
        .route("/tournaments/{tournament_id}/register", post(before::register).layer(once()))
        .route(
            "/tournaments/{tournament_id}/self-register",
            post(before::self_register).layer(once()),
        )
        .route("/tournaments/{tournament_id}/close-registration", post(before::close).layer(once()))
        .route("/tournaments/{tournament_id}/feature", post(before::feature).layer(once()))
        .route("/tournaments/{tournament_id}/advance", post(before::advance).layer(once()))
        .route("/tournaments/{tournament_id}/next", post(before::next).layer(once()))
        .route(
            "/admin/tournaments/{tournament_id}/force-advance",
            post(before::operated::force_advance).layer(once()),
        )
        .route("/admin/tournaments/{tournament_id}/distribute", post(before::operated::distribute))
        .route(
            "/admin/tournaments/{tournament_id}/set-status",
            post(before::operated::set_status).layer(once()),
        )
        .route("/admin/tournaments/{tournament_id}/pools", get(before::operated::pools))
        .route("/v1/tournaments", get(played::list))
        .route("/v1/tournaments/{tournament_id}", get(played::look))
        .route("/v1/tournaments/{tournament_id}/bracket", get(played::look_at_bracket))
        .route("/v1/tournaments/{tournament_id}/standings", get(played::standings))
        .route("/v1/tournaments/{tournament_id}/entries", post(played::enter).layer(once()))
        .route("/v1/tournaments/{tournament_id}/show-up", post(played::show_up).layer(once()))
        .route(
            "/v1/tournaments/{tournament_id}/withdraw",
            post(played::leaving::withdraw).layer(once()),
        )
        .route(
            "/v1/admin/tournaments/{tournament_id}/withdraw",
            post(played::leaving::take_out).layer(once()),
        )
        .route("/v1/admin/tournaments", post(admin::make).layer(once()))
        .route("/v1/admin/tournaments/{tournament_id}/close", post(admin::close).layer(once()))
        .route("/v1/admin/tournaments/{tournament_id}/decide", post(admin::decide).layer(once()))
        .route("/v1/admin/tournaments/{tournament_id}/replay", post(admin::replay).layer(once()))
        .route("/v1/admin/tournaments/{tournament_id}/end", post(admin::end).layer(once()))
}

/// What operators ask, and nobody else.
fn operated(ctx: &Ctx) -> Router<Ctx> {
    let once = from_fn_with_state(ctx.clone(), once::once);
    let once = || once.clone();
    Router::new()
        .route("/v1/admin/lobbies/{lobby_id}/finish", post(lobby::http::finish).layer(once()))
        .route("/v1/admin/lobbies/{lobby_id}/void", post(lobby::http::void).layer(once()))
        .route("/admin/pools/{pool_id}/cancel", post(pools::http::cancel).layer(once()))
        .route("/admin/cleanup", post(admin::older::cleanup).layer(once()))
        .route("/admin/matches/{match_id}/expire", post(admin::older::expire).layer(once()))
        .route("/admin/matches/{match_id}/rematch", post(admin::older::rematch).layer(once()))
        .route(
            "/admin/matches/{match_id}/backfill-wallets",
            post(admin::older::backfill_wallets).layer(once()),
        )
        .route("/v1/admin/matches/{match_id}/void", post(admin::matches::void).layer(once()))
        .route("/v1/admin/matches/{match_id}/resolve", post(admin::matches::resolve).layer(once()))
        .route("/v1/admin/matches/{match_id}/requeue", post(admin::matches::requeue).layer(once()))
        .route("/v1/admin/queues", get(admin::queues::list))
        .route("/v1/admin/queues/{queue}", get(admin::queues::look))
        .route("/v1/admin/queues/{queue}/door", post(admin::queues::door))
        .route("/v1/admin/users", get(admin::users::list).post(admin::users::make))
        .route("/v1/admin/users/{user}", get(admin::users::look))
        .route("/v1/admin/users/{user}/role", post(admin::users::role))
        .route("/v1/admin/users/{user}/disable", post(admin::users::disable))
        .route("/v1/admin/users/{user}/enable", post(admin::users::enable))
        .route("/v1/admin/users/{user}/keys", get(admin::users::keys).post(admin::users::make_key))
        .route("/v1/admin/users/{user}/keys/{key_id}/revoke", post(admin::users::revoke_key))
        .route("/v1/admin/events", get(admin::events))
        .route("/v1/admin/keys/rotate", post(identities::http::rotate))
        .route("/v1/admin/entries/{queue_id}/priority", post(queue::entry::prefer))
        .route("/v1/admin/invariants", get(invariants::look))
        .route("/admin/wallet", get(faucet::http::wallet))
        .route("/admin/faucet/topup", post(faucet::http::top_up).layer(once()))
        .route("/v1/admin/chain", get(chain::http::status))
        .route("/v1/admin/chain/jobs", get(chain::http::list))
        .route("/v1/admin/chain/retry", post(chain::http::retry))
}

fn dressed(routes: Router<Ctx>, ctx: Ctx) -> Router {
    routes
        .layer(from_fn_with_state(ctx.clone(), around::request))
        .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
        .with_state(ctx)
}

async fn not_found() -> Problem {
    Problem::not_found("nothing is served at this path")
}

async fn method_not_allowed() -> Problem {
    let detail = "this path does not take this method: see the header Allow";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// An answer in JSON that nobody keeps.
pub(crate) fn json<T: serde::Serialize>(body: &T) -> Response {
    use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
    use axum::response::IntoResponse as _;
    match serde_json::to_vec(body) {
        Ok(body) => ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body)
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            let detail = "a fault of ours";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
        }
    }
}
