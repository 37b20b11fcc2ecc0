//! What clients ask of crews and of games of many.

use serde_json::json;

use super::messages::{Ask, Say, Shown};
use crate::context::Ctx;
use crate::error::Problem;
use crate::ids::{LobbyId, PlayerId};
use crate::lobby::reports::{self, Winner};
use crate::lobby::{self, service};

pub(super) async fn lobby_answer(
    ctx: &Ctx,
    identity: Option<PlayerId>,
    request: &str,
    ask: Ask,
) -> Result<Say, Problem> {
    let who = identity.ok_or_else(|| Problem::unauthorized("lobbies need an account: auth"))?;
    let lobby = |lobby| {
        let fields = json!(lobby::http::LobbyResponse::from(lobby));
        Say::LobbyUpdate(Shown { fields })
    };
    let crew = |crew| {
        let fields = json!(lobby::http::CrewResponse::from(crew));
        Say::TeamUpdate(Shown { fields })
    };
    Ok(match ask {
        Ask::LobbyRegister { game_type } => lobby(service::register(ctx, &game_type, who).await?),
        Ask::LobbyLeave { lobby_id } => lobby(service::leave(ctx, lobby_id, who).await?),
        Ask::LobbyReport { lobby_id, winner } => {
            let winner = Winner(winner.map(|id| id.0));
            lobby(reports::report(ctx, lobby_id, who, winner).await?)
        }
        Ask::TeamForm { game_type } => {
            let makes = ctx.keyed.id("crew", identity, request).map(LobbyId);
            crew(service::form(ctx, &game_type, who, makes).await?)
        }
        Ask::TeamJoin { crew_id } => crew(service::change_crew(ctx, crew_id, who, true).await?),
        Ask::TeamLeave { crew_id } => crew(service::change_crew(ctx, crew_id, who, false).await?),
        Ask::TeamChallenge { crew_id, opponent } => {
            let makes = ctx.keyed.id("battle", identity, request).map(LobbyId);
            lobby(service::challenge(ctx, crew_id, who, opponent, makes).await?)
        }
        Ask::TeamAnswer { lobby_id, crew_id, response } => {
            lobby(service::answer(ctx, lobby_id, crew_id, who, response.accepts()).await?)
        }
        Ask::Auth { .. }
        | Ask::QueueEnter { .. }
        | Ask::QueueExplain {}
        | Ask::QueueLeave {}
        | Ask::MatchReady { .. }
        | Ask::MatchLeave { .. }
        | Ask::GameKeys { .. }
        | Ask::GameProgress { .. }
        | Ask::SpectateJoin { .. }
        | Ask::SpectateLeave { .. }
        | Ask::SpectateBet { .. }
        | Ask::StateGet {}
        | Ask::Pong {} => Say::Ok {},
    })
}
