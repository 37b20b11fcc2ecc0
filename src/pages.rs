//! The pages and the browser's library, as they are embedded in the binary.
//!
//! - `assets`: a file as an answer: its kind, its tag, and compressed where that is taken.
//! - `policy`: what a page may load, and whom it may connect to.
//! - `taste`: whether who asks for what is not there wants a page.
//!
//! Owns which page is at which path, also where there is nothing, and what is the same on all of
//! them (`head.html`, `bar.html`). Invariant: no page is served without its policy.

mod assets;
mod policy;
mod taste;

use std::sync::Arc;

use arena_relay::{method_not_allowed, not_found};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use assets::Assets;

/// Path, and the page there.
const PAGES: &[(&str, &str)] = &[
    ("/", "pages/index.html"),
    ("/watch/{*channel}", "pages/watch.html"),
    ("/play", "pages/play.html"),
    ("/history", "pages/history.html"),
    ("/history/{match_id}", "pages/match.html"),
    ("/brackets", "pages/tournaments.html"),
    ("/brackets/{tournament_id}", "pages/tournament.html"),
    ("/players", "pages/players.html"),
    ("/players/{player}", "pages/player.html"),
    ("/betting", "pages/betting.html"),
    ("/operate", "pages/operate.html"),
];

/// The page of every other path.
const MISSING: &str = "pages/missing.html";

/// The pages. `quic_port` is where they may connect beside the port that they come from.
pub(crate) fn routes(quic_port: u16) -> Router {
    let assets = Arc::new(Assets::default());
    let mut router = Router::new();
    for (path, name) in PAGES {
        let assets = Arc::clone(&assets);
        let page = async move |headers: HeaderMap| served(&assets, name, &headers, quic_port);
        router = router.route(path, get(page));
    }
    let missing = {
        let assets = Arc::clone(&assets);
        async move |headers: HeaderMap| missing(&assets, &headers, quic_port).await
    };
    let asset = async move |Path(path): Path<String>, headers: HeaderMap| match assets::file(&path)
    {
        Some(content) => assets.answer(&path, content, &headers),
        None => not_found().await,
    };
    router
        .route("/assets/{*path}", get(asset))
        .fallback(missing)
        .method_not_allowed_fallback(method_not_allowed)
}

fn served(assets: &Assets, name: &str, asked: &HeaderMap, quic_port: u16) -> Response {
    let Some(page) = page(name) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = assets.answer(name, page.into_bytes().into(), asked);
    let policy = policy::policy(asked, quic_port);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// A page that is not there is never the one that somebody has already, so no tag is looked at.
async fn missing(assets: &Assets, asked: &HeaderMap, quic_port: u16) -> Response {
    let mut asked = asked.clone();
    asked.remove(header::IF_NONE_MATCH);
    let mut response = if taste::prefers_html(&asked) {
        served(assets, MISSING, &asked, quic_port)
    } else {
        not_found().await
    };
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// A page with what is the same on all of them: `<!-- head -->`, and `<!-- bar AREA -->`, in which
/// the area is marked as where we are.
fn page(name: &str) -> Option<String> {
    let page = text(name)?.replace("<!-- head -->", text("pages/head.html")?.trim_end());
    let Some((before, rest)) = page.split_once("<!-- bar ") else { return Some(page) };
    let (area, after) = rest.split_once(" -->")?;
    let here = format!("data-area=\"{area}\"");
    let bar = text("pages/bar.html")?.replace(&here, &format!("{here} aria-current=\"true\""));
    Some(format!("{before}{}{after}", bar.trim_end()))
}

fn text(name: &str) -> Option<String> {
    String::from_utf8(assets::file(name)?.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[test]
    fn every_page_has_the_head_the_bar_and_one_place_in_it() {
        for (path, name) in PAGES {
            let page = page(name).unwrap_or_else(|| panic!("{path}: {name} is there"));
            assert!(page.contains("/assets/pages/style.css"), "{path} has the head");
            assert!(page.contains("href=\"/play\""), "{path} has the bar");
            assert!(!page.contains("<!--"), "{path}: everything was put in");
            assert_eq!(page.matches("aria-current=").count(), 1, "{path} is in one area");
        }
        let missing = page(MISSING).expect("it is there");
        assert!(missing.contains("href=\"/play\"") && !missing.contains("<!--"));
        assert!(!missing.contains("aria-current="), "it is in no area");
    }

    fn headers(of: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn every_page_has_the_policy_of_the_host_that_it_was_asked_of() {
        for (_, name) in PAGES {
            let policy_for = |host| {
                let asked = headers(&[(header::HOST, host)]);
                let page = served(&Assets::default(), name, &asked, 4433);
                page.headers()[header::CONTENT_SECURITY_POLICY].clone()
            };
            let own = policy_for("arena.example:8000");
            let own = own.to_str().expect("it is ASCII");
            assert!(own.contains("connect-src 'self' https://arena.example:4433;"), "{own}");
            let hostile = policy_for("a.example; script-src *");
            let hostile = hostile.to_str().expect("it is ASCII");
            assert!(hostile.contains("connect-src 'self';"), "{hostile}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_a_page_for_browsers_and_a_problem_for_programs() {
        let browser = [(header::ACCEPT, "text/html,*/*;q=0.8"), (header::IF_NONE_MATCH, "*")];
        let page = missing(&Assets::default(), &headers(&browser), 4433).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
        assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(page.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let body = to_bytes(page.into_body(), usize::MAX).await.expect("it comes");
        assert!(String::from_utf8_lossy(&body).contains("Nothing is here"));

        let program = headers(&[(header::ACCEPT, "*/*")]);
        let problem = missing(&Assets::default(), &program, 4433).await;
        assert_eq!(problem.status(), StatusCode::NOT_FOUND);
        assert_eq!(problem.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(problem.headers()[header::VARY], "accept");
    }
}
