//! The description of the API: `/openapi.json`, made from the handlers, and a page to read it.

mod everywhere;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::{Modify, OpenApi};

use self::everywhere::Everywhere;

#[derive(OpenApi)]
#[openapi(
    modifiers(&Once, &Everywhere),
    components(schemas(
        crate::gateway::messages::Request,
        crate::gateway::messages::Message,
        // Those that parameters name.
        crate::ids::MatchId,
        crate::ids::PlayerId,
    )),
    info(title = "Arena", description = "The control plane: identities, queues, matches, results."),
    paths(
        crate::queue::http::join,
        crate::queue::http::nobody,
        crate::queue::http::look,
        crate::queue::http::leave,
        crate::queue::http::enter,
        crate::queue::listing::list,
        crate::queue::entry::look,
        crate::queue::entry::explain,
        crate::queue::entry::prefer,
        crate::lobby::http::register,
        crate::lobby::http::form,
        crate::lobby::http::look_at_crew,
        crate::lobby::http::join_crew,
        crate::lobby::http::leave_crew,
        crate::lobby::http::challenge,
        crate::lobby::http::answer,
        crate::lobby::http::look,
        crate::lobby::http::leave,
        crate::lobby::http::report,
        crate::lobby::http::finish,
        crate::lobby::http::void,
        crate::gateway::http::open,
        crate::matches::http::list,
        crate::matches::http::before::look,
        crate::matches::http::look_closer,
        crate::streams::http::watch,
        crate::streams::http::publish,
        crate::streams::http::live,
        crate::streams::http::report,
        crate::matches::http::ready,
        crate::matches::http::leave,
        crate::admin::http::matches::void,
        crate::admin::http::matches::resolve,
        crate::admin::http::matches::requeue,
        crate::admin::http::older::cleanup,
        crate::admin::http::older::expire,
        crate::admin::http::older::rematch,
        crate::admin::http::older::backfill_wallets,
        crate::admin::http::queues::list,
        crate::admin::http::queues::look,
        crate::admin::http::queues::door,
        crate::admin::http::users::list,
        crate::admin::http::users::make,
        crate::admin::http::users::look,
        crate::admin::http::users::role,
        crate::admin::http::users::disable,
        crate::admin::http::users::enable,
        crate::admin::http::users::keys,
        crate::admin::http::users::make_key,
        crate::admin::http::users::revoke_key,
        crate::admin::http::events,
        crate::invariants::look,
        crate::wagers::http::look,
        crate::wagers::http::propose,
        crate::wagers::http::accept,
        crate::wagers::http::decline,
        crate::wagers::http::look_closer,
        crate::wagers::http::offer,
        crate::wagers::http::agree,
        crate::wagers::http::refuse,
        crate::escrows::http::look,
        crate::pools::http::of_match,
        crate::pools::http::look_closer,
        crate::pools::http::list,
        crate::pools::http::books,
        crate::pools::http::odds,
        crate::pools::http::bets,
        crate::pools::http::quote,
        crate::pools::http::claim,
        crate::pools::http::cancel,
        crate::chain::http::named,
        crate::chain::http::status,
        crate::chain::http::list,
        crate::chain::http::retry,
        crate::faucet::http::give,
        crate::faucet::http::wallet,
        crate::faucet::http::top_up,
        crate::tournaments::http::before::create,
        crate::tournaments::http::before::list,
        crate::tournaments::http::before::featured,
        crate::tournaments::http::before::look,
        crate::tournaments::http::before::bracket,
        crate::tournaments::http::before::my_entry,
        crate::tournaments::http::before::register,
        crate::tournaments::http::before::self_register,
        crate::tournaments::http::before::close,
        crate::tournaments::http::before::feature,
        crate::tournaments::http::before::advance,
        crate::tournaments::http::before::next,
        crate::tournaments::http::before::operated::force_advance,
        crate::tournaments::http::before::operated::distribute,
        crate::tournaments::http::before::operated::set_status,
        crate::tournaments::http::before::operated::pools,
        crate::tournaments::http::list,
        crate::tournaments::http::look,
        crate::tournaments::http::look_at_bracket,
        crate::tournaments::http::standings,
        crate::tournaments::http::enter,
        crate::tournaments::http::show_up,
        crate::tournaments::http::leaving::withdraw,
        crate::tournaments::http::leaving::take_out,
        crate::tournaments::http::admin::make,
        crate::tournaments::http::admin::close,
        crate::tournaments::http::admin::decide,
        crate::tournaments::http::admin::replay,
        crate::tournaments::http::admin::end,
        crate::matches::http::events,
        crate::results::http::report,
        crate::results::http::look,
        crate::signatures::http::submit,
        crate::signatures::http::list,
        crate::signatures::http::typed_data,
        crate::ratings::http::ladder,
        crate::ratings::http::look,
        crate::ratings::http::history,
        crate::ratings::players::look,
        crate::ratings::players::against,
        crate::identities::http::register,
        crate::identities::http::log_in,
        crate::identities::http::refresh,
        crate::identities::http::log_out,
        crate::identities::browser::resume,
        crate::identities::browser::end,
        crate::identities::http::nonce,
        crate::identities::http::wallet,
        crate::identities::http::me,
        crate::identities::http::make_key,
        crate::identities::http::keys,
        crate::identities::http::revoke_key,
        crate::identities::http::jwks,
        crate::identities::http::rotate,
        crate::agents::http::make,
        crate::agents::http::change,
        crate::agents::http::look,
        crate::agents::http::list,
    )
)]
struct Api;

/// Adds the key to those calls that are done once for each; a test asks every call for it.
struct Once;

const DONE_ONCE: &[&str] = &[
    "/queue/join",
    "/v1/queues/{queue}/join",
    "/v1/queues/{queue}/register",
    "/v1/queues/{queue}/crews",
    "/v1/crews/{crew_id}/join",
    "/v1/crews/{crew_id}/leave",
    "/v1/crews/{crew_id}/challenge",
    "/v1/lobbies/{lobby_id}/answer",
    "/v1/lobbies/{lobby_id}/leave",
    "/v1/lobbies/{lobby_id}/report",
    "/v1/admin/lobbies/{lobby_id}/finish",
    "/v1/admin/lobbies/{lobby_id}/void",
    "/v1/matches/{match_id}/ready",
    "/v1/matches/{match_id}/leave",
    "/v1/admin/matches/{match_id}/void",
    "/matches/{match_id}/result",
    "/matches/{match_id}/wager/propose",
    "/matches/{match_id}/wager/accept",
    "/matches/{match_id}/wager/decline",
    "/v1/matches/{match_id}/wager",
    "/v1/matches/{match_id}/wager/accept",
    "/v1/matches/{match_id}/wager/decline",
    "/admin/pools/{pool_id}/cancel",
    "/admin/faucet/topup",
    "/v1/admin/matches/{match_id}/resolve",
    "/v1/admin/matches/{match_id}/requeue",
    "/admin/cleanup",
    "/admin/matches/{match_id}/expire",
    "/admin/matches/{match_id}/rematch",
    "/admin/matches/{match_id}/backfill-wallets",
    "/tournaments",
    "/tournaments/{tournament_id}/register",
    "/tournaments/{tournament_id}/self-register",
    "/tournaments/{tournament_id}/close-registration",
    "/tournaments/{tournament_id}/feature",
    "/tournaments/{tournament_id}/advance",
    "/tournaments/{tournament_id}/next",
    "/admin/tournaments/{tournament_id}/force-advance",
    "/admin/tournaments/{tournament_id}/set-status",
    "/v1/tournaments/{tournament_id}/entries",
    "/v1/tournaments/{tournament_id}/show-up",
    "/v1/tournaments/{tournament_id}/withdraw",
    "/v1/admin/tournaments/{tournament_id}/withdraw",
    "/v1/admin/tournaments",
    "/v1/admin/tournaments/{tournament_id}/close",
    "/v1/admin/tournaments/{tournament_id}/decide",
    "/v1/admin/tournaments/{tournament_id}/replay",
    "/v1/admin/tournaments/{tournament_id}/end",
];

impl Modify for Once {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .pattern(Some("^[!-~]+$"))
            .max_length(Some(255));
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "Of your choice, such as a random UUID. Asked again with the same key, it is not \
                 done again: the same answer comes, for 24 h, with `idempotent-replayed: true`. \
                 With another body or path it is refused with 422; while the first is under way, \
                 with 409. A refusal is not kept.",
            ))
            .schema(Some(schema))
            .build();
        for &path in DONE_ONCE {
            let call = api.paths.paths.get_mut(path).and_then(|path| path.post.as_mut());
            if let Some(call) = call {
                call.parameters.get_or_insert_default().push(key.clone().into());
            }
        }
    }
}

pub(super) async fn openapi() -> Response {
    super::json(&Api::openapi())
}

pub(super) async fn page() -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, include_str!("docs/page.html")).into_response()
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs/page.css"))
}

pub(super) async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs/page.js"))
}
