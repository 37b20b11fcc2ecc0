//! A file of the pages as an answer: its kind, its tag, and compressed where that is taken.
//!
//! Everything is asked for again each time and answered by 304 while it is the same, so a page and
//! its modules are never of two versions. Compressed is what is first asked for, once: at build it
//! would cost every build, and for each answer anew it would cost the more the more come.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use xxhash_rust::xxh3::xxh3_64;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/client"]
struct Client;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/pages"]
struct Pages;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/vendor"]
struct Vendor;

/// What is shorter does not get shorter by a header more.
const COMPRESSED_FROM: usize = 512;

pub(super) fn file(path: &str) -> Option<Cow<'static, [u8]>> {
    let (folder, name) = path.split_once('/')?;
    let file = match folder {
        "client" => Client::get(name),
        "pages" => Pages::get(name),
        "vendor" => Vendor::get(name),
        _another => None,
    };
    file.map(|file| file.data)
}

/// What was compressed, by path: as many as there are files, with the sum of what it was made of.
#[derive(Default)]
pub(super) struct Assets {
    compressed: Mutex<BTreeMap<String, (u64, Bytes)>>,
}

impl Assets {
    /// The answer to who asked for `path` with these headers.
    pub(super) fn answer(
        &self,
        path: &str,
        content: Cow<'static, [u8]>,
        asked: &HeaderMap,
    ) -> Response {
        let sum = xxh3_64(&content);
        // Weak: the same for both forms of the bytes.
        let tag = format!("W/\"{sum:016x}\"");
        let is_known = asked.get_all(header::IF_NONE_MATCH).iter().any(|it| names(it, &tag));
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else if content.len() >= COMPRESSED_FROM && is_text(path) && takes_gzip(asked) {
            let headers = [(header::CONTENT_ENCODING, "gzip")];
            (headers, self.gzip(path, sum, &content)).into_response()
        } else {
            content.into_response()
        };
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        for (name, value) in [
            (header::CONTENT_TYPE, kind(path)),
            (header::CACHE_CONTROL, "no-cache"),
            (header::VARY, "accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn gzip(&self, path: &str, sum: u64, content: &[u8]) -> Bytes {
        let known =
            self.compressed.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some((of, bytes)) = known
            && of == sum
        {
            return bytes;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let written = encoder.write_all(content).and_then(|()| encoder.finish());
        let bytes = Bytes::from(written.expect("a Vec takes everything"));
        let mut compressed = self.compressed.lock().unwrap_or_else(PoisonError::into_inner);
        compressed.insert(path.to_owned(), (sum, bytes.clone()));
        bytes
    }
}

/// Whether this If-None-Match names the tag.
fn names(value: &HeaderValue, tag: &str) -> bool {
    value.to_str().is_ok_and(|tags| tags.split(',').any(|it| it.trim() == tag || it.trim() == "*"))
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok()).any(|taken| {
        taken.split(',').any(|it| {
            let (name, weight) = it.split_once(';').unwrap_or((it, ""));
            let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !is_refused
        })
    })
}

fn is_text(path: &str) -> bool {
    kind(path) != "application/octet-stream"
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, kind)| kind) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("ts" | "md" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::body::to_bytes;
    use flate2::read::GzDecoder;

    use super::*;

    const PATH: &str = "pages/style.css";

    fn ask(headers: &[(header::HeaderName, &str)]) -> Response {
        let mut asked = HeaderMap::new();
        for (name, value) in headers {
            asked.append(name, HeaderValue::from_str(value).expect("it is a header"));
        }
        Assets::default().answer(PATH, file(PATH).expect("it is there"), &asked)
    }

    #[tokio::test]
    async fn what_is_compressed_is_shorter_and_says_the_same() {
        let plain = to_bytes(ask(&[]).into_body(), usize::MAX).await.expect("it comes");
        let answer = ask(&[(header::ACCEPT_ENCODING, "br, GZIP;q=0.5")]);
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[header::VARY], "accept-encoding");
        let gzip = to_bytes(answer.into_body(), usize::MAX).await.expect("it comes");
        assert!(gzip.len() * 2 < plain.len(), "{} of {}", gzip.len(), plain.len());
        let mut again = Vec::new();
        let read = GzDecoder::new(&gzip[..]).read_to_end(&mut again);
        assert!(read.is_ok() && again == plain);
    }

    #[test]
    fn who_does_not_take_it_gets_it_plain() {
        for taken in ["identity", "br", "gzip;q=0", "gzip; q=0.0", "xgzip"] {
            let answer = ask(&[(header::ACCEPT_ENCODING, taken)]);
            assert!(!answer.headers().contains_key(header::CONTENT_ENCODING), "{taken}");
        }
    }

    #[test]
    fn who_has_it_already_is_told_so() {
        let tag = ask(&[]).headers()[header::ETAG].to_str().expect("ASCII").to_owned();
        for known in [tag.clone(), format!("\"x\", {tag}"), "*".to_owned()] {
            let answer = ask(&[(header::IF_NONE_MATCH, &known)]);
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(answer.headers()[header::ETAG], *tag);
        }
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "W/\"0\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn only_the_folders_of_the_pages_are_served() {
        assert!(file("client/index.js").is_some());
        for path in ["tsconfig.json", "three/package.json", "client/../tsconfig.json", "client"] {
            assert!(file(path).is_none(), "{path}");
        }
    }
}
