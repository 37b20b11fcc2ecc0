//! The arrows between the parts: what a manifest may name. A new arrow is argued for, then added here.

use std::collections::BTreeSet;
use std::path::Path;

/// Part, and the parts that it may use, tests included.
const ARROWS: [(&str, &[&str]); 7] = [
    ("protocol", &[]),
    ("relay", &["arena-protocol"]),
    ("control", &["arena-protocol"]),
    ("client", &["arena-protocol"]),
    ("loadtest", &["arena-protocol", "arena-client"]),
    ("benches", &["arena-protocol", "arena-client", "arena-control", "arena-relay"]),
    (".", &["arena-protocol", "arena-relay", "arena-control", "arena-client"]),
];

/// Crates that only some parts may use, whatever for.
const WRAPPED: [(&str, &[&str]); 6] = [
    ("quinn", &["relay", "client", "loadtest"]),
    ("quinn-proto", &["relay"]),
    ("web-transport-quinn", &["relay", "client", "loadtest"]),
    ("axum", &["relay", "control", "."]),
    ("sqlx", &["control"]),
    ("bincode", &["protocol"]),
];

fn manifest(part: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(part).join("Cargo.toml");
    std::fs::read_to_string(path).expect("it is there").parse().expect("it is TOML")
}

fn dependencies(part: &str) -> BTreeSet<String> {
    let manifest = manifest(part);
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|name| manifest.get(*name)?.as_table());
    tables.flat_map(|table| table.keys().cloned()).collect()
}

#[test]
fn parts_use_only_the_parts_that_they_may() {
    for (part, allowed) in ARROWS {
        for used in dependencies(part).iter().filter(|name| name.starts_with("arena-")) {
            assert!(allowed.contains(&used.as_str()), "{part} uses {used}");
        }
    }
}

#[test]
fn some_crates_are_used_by_some_parts_only() {
    for (name, parts) in WRAPPED {
        for (part, _) in ARROWS {
            let uses = dependencies(part).contains(name);
            assert!(!uses || parts.contains(&part), "{part} uses {name}");
        }
    }
}

#[test]
fn only_the_store_knows_the_database() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("control/src");
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path == src.join("store") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("it is text");
                assert!(!text.contains("sqlx::"), "{} knows sqlx", path.display());
            }
        }
    }
}

#[test]
fn every_part_of_the_workspace_has_its_arrows_here() {
    let root = manifest(".");
    let members = root["workspace"]["members"].as_array().expect("a list");
    let members: BTreeSet<_> = members.iter().filter_map(|member| member.as_str()).collect();
    assert_eq!(members, ARROWS.iter().map(|(part, _)| *part).collect());
}

#[test]
fn versions_stand_in_the_root_only() {
    for (part, _) in ARROWS {
        let manifest = manifest(part);
        for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(name).and_then(|table| table.as_table()) else {
                continue;
            };
            for (used, value) in table {
                let inherited = value.get("workspace").is_some_and(|it| it.as_bool() == Some(true));
                assert!(inherited, "{part} gives {used} a version of its own");
            }
        }
    }
}
