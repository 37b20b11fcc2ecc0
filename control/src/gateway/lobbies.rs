//! What clients ask of crews and of games of many.

use serde_json::json;

use super::messages::{Ask, Say, Shown};
use crate::context::Ctx;
use crate::error::Problem;
use crate::ids::PlayerId;
use crate::lobby::{self, service};

pub(super) async fn lobby_answer(
    ctx: &Ctx,
    identity: Option<PlayerId>,
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
        Ask::TeamForm { game_type } => crew(service::form(ctx, &game_type, who).await?),
        Ask::TeamJoin { crew_id } => crew(service::change_crew(ctx, crew_id, who, true).await?),
        Ask::TeamLeave { crew_id } => crew(service::change_crew(ctx, crew_id, who, false).await?),
        Ask::TeamChallenge { crew_id, opponent } => {
            lobby(service::challenge(ctx, crew_id, who, opponent).await?)
        }
        Ask::TeamAnswer { lobby_id, crew_id, response } => {
            lobby(service::answer(ctx, lobby_id, crew_id, who, response.accepts()).await?)
        }
        Ask::Auth { .. }
        | Ask::QueueEnter { .. }
        | Ask::QueueLeave {}
        | Ask::MatchReady { .. }
        | Ask::MatchLeave { .. }
        | Ask::GameKeys { .. }
        | Ask::GameProgress { .. }
        | Ask::SpectateJoin { .. }
        | Ask::SpectateLeave { .. }
        | Ask::StateGet {}
        | Ask::Pong {} => Say::Ok {},
    })
}
