//! Whether who asks for what is not there is a person with a browser or a program.
//!
//! Browsers say that they want HTML, and programs that they want JSON, or anything. In doubt it is
//! a program: those came first, and break where a person only wonders.

use axum::http::{HeaderMap, header};

/// Kinds that a program wants to have.
const OF_PROGRAMS: [&str; 2] = ["application/json", "application/problem+json"];

/// Whether HTML is named, and wanted more than what programs want.
pub(super) fn prefers_html(asked: &HeaderMap) -> bool {
    let weight = |wanted: &str| {
        let values = asked.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
        let kinds = values.flat_map(|it| it.split(','));
        kinds.filter_map(|kind| weight_of(kind, wanted)).fold(0.0, f32::max)
    };
    let html = weight("text/html");
    OF_PROGRAMS.iter().all(|kind| weight(kind) < html)
}

/// What this kind of an Accept weighs, if it is the one that is wanted.
fn weight_of(kind: &str, wanted: &str) -> Option<f32> {
    let mut parts = kind.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let weight = parts.find_map(|it| it.strip_prefix("q=").or_else(|| it.strip_prefix("Q=")));
    // What is no weight is not wanted: in doubt it is a program.
    Some(weight.map_or(1.0, |it| it.parse().unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn prefers(accept: &[&str]) -> bool {
        let mut asked = HeaderMap::new();
        for value in accept {
            asked.append(header::ACCEPT, HeaderValue::from_str(value).expect("it is a header"));
        }
        prefers_html(&asked)
    }

    #[test]
    fn browsers_get_pages() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "text/html",
            "TEXT/HTML ; q=0.9, application/json;q=0.8",
        ] {
            assert!(prefers(&[accept]), "{accept}");
        }
        assert!(prefers(&["application/json;q=0.1", "text/html"]));
    }

    #[test]
    fn programs_get_problems() {
        for accept in [
            "*/*",
            "application/json",
            "application/json, text/html",
            "application/json, text/html;q=0.9",
            "application/problem+json, text/html",
            "text/html;q=0",
            "text/html;q=much",
            "text/htmlx",
            "",
        ] {
            assert!(!prefers(&[accept]), "{accept}");
        }
        assert!(!prefers(&[]));
    }
}
