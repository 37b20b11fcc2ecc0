//! `docs/gateway.md` says what the code does: its lists of messages are made of the schemas.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use crate::support::TestControl;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/gateway.md");
const BEGIN: &str = "<!-- messages: written by the test gateway_docs -->\n";
const END: &str = "<!-- end of messages -->\n";

/// With `ARENA_WRITE_DOCS=1` it writes the lists instead.
#[tokio::test]
async fn every_message_is_in_the_document_with_its_fields() {
    let openapi = TestControl::start().await.get("/openapi.json").await.body;
    let schemas = &openapi["components"]["schemas"];
    let mut lists = String::new();
    for (title, name) in [("From the client", "Ask"), ("From the arena", "Say")] {
        writeln!(lists, "\n## {title}").unwrap();
        for variant in schemas[name]["oneOf"].as_array().unwrap() {
            message(&mut lists, schemas, variant);
        }
    }
    let text = std::fs::read_to_string(Path::new(FILE)).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("where the lists begin");
    let (there, after) = rest.split_once(END).expect("where the lists end");
    if std::env::var_os("ARENA_WRITE_DOCS").is_some() {
        let text = format!("{before}{BEGIN}{lists}\n{END}{after}");
        std::fs::write(Path::new(FILE), text).unwrap();
        return;
    }
    assert_eq!(there.trim(), lists.trim(), "write it again: ARENA_WRITE_DOCS=1 cargo nextest run");
}

/// Every code that the gateway's own files refuse with is explained.
#[tokio::test]
async fn every_error_of_the_gateway_is_in_the_document() {
    let text = std::fs::read_to_string(Path::new(FILE)).unwrap();
    for code in [
        "bad_message",
        "too_many_requests",
        "unauthorized",
        "forbidden",
        "not_found",
        "invalid",
        "already_matched",
        "already_playing",
        "cooling_down",
        "asked_otherwise",
        "other_identity",
        "claims_do_not_count",
        "impossible_keys",
        "no_duel",
        "no_pool",
        "betting_closed",
        "too_many_watched",
        "told_otherwise",
    ] {
        assert!(text.contains(&format!("`{code}`")), "{code} is not explained");
    }
}

fn message(lists: &mut String, schemas: &Json, variant: &Json) {
    let kind = variant["properties"]["type"]["enum"][0].as_str().unwrap();
    let description = variant["description"].as_str().unwrap_or_default();
    writeln!(lists, "\n### `{kind}`\n\n{}", one_line(description)).unwrap();
    let data = resolved(schemas, &variant["properties"]["data"]);
    let fields = data["properties"].as_object();
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else { return };
    let required = data["required"].as_array().cloned().unwrap_or_default();
    writeln!(lists, "\n| field | type | |\n|---|---|---|").unwrap();
    for (name, field) in fields {
        let optional =
            if required.contains(&Json::from(name.as_str())) { "" } else { ", optional" };
        let description = one_line(field["description"].as_str().unwrap_or_default());
        writeln!(lists, "| `{name}` | {}{optional} | {description} |", type_of(field)).unwrap();
    }
}

fn resolved<'a>(schemas: &'a Json, schema: &'a Json) -> &'a Json {
    match schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        Some(name) => &schemas[name],
        None => schema,
    }
}

fn type_of(field: &Json) -> String {
    if let Some(name) = field["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return name.to_owned();
    }
    if let Some(any) = field["oneOf"].as_array() {
        let one = any.iter().find(|one| one["type"] != "null");
        return one.map(type_of).unwrap_or_default();
    }
    let kind = &field["type"];
    let types = kind.as_array().map_or_else(|| std::slice::from_ref(kind), Vec::as_slice);
    let name = types.iter().filter_map(Json::as_str).find(|name| *name != "null");
    match name {
        Some("array") => format!("list of {}", type_of(&field["items"])),
        name => name.unwrap_or("any").to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
