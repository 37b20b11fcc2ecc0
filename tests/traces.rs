//! Traces reach a collector: the real binary, and a socket that takes what it posts.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

#[expect(dead_code, reason = "this test needs little of it")]
mod arena;

use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use arena::Arena;

/// One request of the binary to the collector: its head and its body.
async fn posted(collector: &TcpListener) -> (String, Json) {
    let (mut socket, _) = collector.accept().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.unwrap().parse::<usize>().unwrap() {
                socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
                return (head.to_owned(), serde_json::from_str(body).unwrap());
            }
        }
        assert!(socket.read_buf(&mut bytes).await.unwrap() > 0, "a whole request");
    }
}

#[tokio::test]
async fn a_request_is_a_span_that_names_its_match() {
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", collector.local_addr().unwrap());
    let arena = Arena::serve(&["--otlp", &url]);
    let id = "018bcfe5-6800-7000-8000-000000000000";
    assert_eq!(arena.asked().status(&format!("/v1/matches/{id}")).await, 404);
    let (head, body) = posted(&collector).await;
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    let resource = &body["resourceSpans"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "arena");
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    let named = spans.iter().find(|span| span["name"] == "GET /v1/matches/{match_id}");
    let attributes = named.unwrap()["attributes"].as_array().unwrap();
    let of = |key: &str| attributes.iter().find(|it| it["key"] == key).map(|it| &it["value"]);
    assert_eq!(of("match.id").unwrap()["stringValue"], id);
    assert_eq!(of("http.status").unwrap()["intValue"], "404");
    assert_eq!(of("request.id").unwrap()["stringValue"].as_str().unwrap().len(), 16);
}
