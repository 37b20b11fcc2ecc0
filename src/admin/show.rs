//! An answer → what a person reads: a table, or a line for each thing that is known.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// How an answer is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Show {
    Users,
    Keys,
    Queues,
    Entries,
    Matches,
    Events,
    Broken,
    /// One thing, a line for each of its fields.
    One,
    /// One event on one line.
    Line,
    /// That it was done is all there is to say.
    Done,
}

/// A heading, and where the value is.
type Column = (&'static str, &'static str);

impl Show {
    pub(super) fn render(self, answer: &Json) -> String {
        const USERS: &[Column] = &[
            ("id", "/id"),
            ("name", "/name"),
            ("role", "/role"),
            ("wallet", "/wallet"),
            ("disabled", "/disabled_at"),
        ];
        const KEYS: &[Column] = &[("id", "/id"), ("name", "/name"), ("scopes", "/scopes")];
        const QUEUES: &[Column] = &[
            ("queue", "/name"),
            ("mode", "/mode"),
            ("door", "/door"),
            ("waiting", "/waiting"),
            ("matches", "/matches"),
        ];
        const ENTRIES: &[Column] = &[
            ("position", "/position"),
            ("connect code", "/connect_code"),
            ("identity", "/identity"),
            ("rating", "/rating"),
            ("tier", "/tier"),
        ];
        const MATCHES: &[Column] = &[
            ("id", "/id"),
            ("queue", "/queue"),
            ("state", "/course/state"),
            ("p1", "/p1/connect_code"),
            ("p2", "/p2/connect_code"),
            ("stream", "/stream/state"),
            ("viewers", "/stream/viewers"),
        ];
        const EVENTS: &[Column] =
            &[("number", "/number"), ("kind", "/kind"), ("match", "/match_id"), ("what", "/body")];
        const BROKEN: &[Column] = &[("row", "/row"), ("rule", "/rule")];
        match self {
            Self::Users => paged(answer, "users", USERS),
            Self::Keys => table(&answer["keys"], KEYS),
            Self::Queues => table(&answer["queues"], QUEUES),
            Self::Entries => table(&answer["entries"], ENTRIES),
            Self::Matches => paged(answer, "matches", MATCHES),
            Self::Events => table(&answer["events"], EVENTS),
            Self::Broken => table(&answer["broken"], BROKEN),
            Self::One => lines(answer, ""),
            Self::Line => {
                let cells: Vec<_> = EVENTS.iter().map(|(_, place)| cell(answer, place)).collect();
                format!("{}\n", cells.join("  "))
            }
            Self::Done => "done\n".to_owned(),
        }
    }
}

fn paged(answer: &Json, list: &str, columns: &[Column]) -> String {
    let mut text = table(&answer[list], columns);
    if let Some(next) = answer["next"].as_str() {
        writeln!(text, "more: --before {next}").expect("writing to a String cannot fail");
    }
    text
}

fn table(rows: &Json, columns: &[Column]) -> String {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        return "none\n".to_owned();
    }
    let heads = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|(_, at)| cell(row, at)).collect());
    let all: Vec<Vec<String>> = std::iter::once(heads).chain(cells).collect();
    let widths: Vec<_> = (0..columns.len())
        .map(|at| all.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in all {
        let padded: Vec<_> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn cell(row: &Json, place: &str) -> String {
    plain(row.pointer(place).unwrap_or(&Json::Null))
}

/// What others wrote may not move the cursor.
fn plain(value: &Json) -> String {
    let text = match value {
        Json::Null => "-".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => value.to_string(),
    };
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn lines(value: &Json, name: &str) -> String {
    match value {
        Json::Object(fields) => {
            let below = |key: &str| {
                if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
            };
            fields.iter().map(|(key, value)| lines(value, &below(key))).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            format!("{name}: {}\n", plain(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_its_columns_under_each_other_and_says_where_to_go_on() {
        let answer = json!({
            "users": [
                { "id": "1", "name": "ada", "role": "admin" },
                { "id": "22", "name": "eve\u{1b}[2J", "role": "player", "disabled_at": 5 },
            ],
            "next": "22",
        });
        let text = Show::Users.render(&answer);
        assert_eq!(
            text,
            "id  name     role    wallet  disabled\n\
             1   ada      admin   -       -\n\
             22  eve\u{fffd}[2J  player  -       5\n\
             more: --before 22\n"
        );
        assert_eq!(Show::Broken.render(&json!({ "broken": [] })), "none\n");
    }

    #[test]
    fn one_thing_is_a_line_for_each_field() {
        let text = Show::One.render(&json!({ "id": "1", "course": { "state": "active" } }));
        assert_eq!(text, "course.state: active\nid: 1\n");
    }
}
