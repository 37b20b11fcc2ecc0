//! One statement with its values, and one row of an answer, the same for both databases.
//!
//! Values are whole numbers, text and bytes, which both databases keep alike: times are Unix
//! milliseconds, truths are 0 and 1, amounts are text. Parameters are `$1`, `$2`, … everywhere.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Arguments, Encode, Row as _, Type};

use super::Error;

/// A statement and what it is given.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    pub(super) text: &'static str,
    pub(super) values: Vec<Value>,
    /// How many rows it has to change, or the write has lost a race.
    pub(super) changing: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// Begins a statement.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql { text, values: Vec::new(), changing: None }
}

impl Sql {
    /// Gives the next parameter its value.
    #[must_use]
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// A conditional update: if it does not change so many rows, somebody else was faster, and the
    /// whole write is done again.
    #[must_use]
    pub(crate) fn changing(mut self, rows: u64) -> Self {
        self.changing = Some(rows);
        self
    }

    /// Appends this statement to others that leave in one go; its parameters are counted on.
    pub(super) fn append_to(self, text: &mut String, values: &mut Vec<Value>) {
        let already = values.len();
        if already == 0 {
            text.push_str(self.text);
        } else {
            renumber(self.text, already, text);
        }
        text.push(';');
        values.extend(self.values);
    }
}

fn renumber(from: &str, by: usize, to: &mut String) {
    let mut rest = from;
    while let Some((before, after)) = rest.split_once('$') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = after[..digits].parse().expect("a $ stands for a numbered parameter");
        to.push_str(before);
        to.push('$');
        to.push_str(&(number + by).to_string());
        rest = &after[digits..];
    }
    to.push_str(rest);
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

/// The values as a database's driver takes them.
pub(super) fn arguments<A: Arguments + Default>(values: Vec<Value>) -> Result<A, Error>
where
    Option<i64>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        };
        added.map_err(|cause| Error::broken(cause.to_string()))?;
    }
    Ok(arguments)
}

/// A row of an answer; columns by their place.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident, $type:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, column: usize) -> Result<$type, Error> {
            let read = match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            };
            read.map_err(Error::from)
        }
    };
}

impl Row {
    column!(int, i64);
    column!(int_or_null, Option<i64>);
    column!(text, String);
    column!(text_or_null, Option<String>);
    column!(bytes, Vec<u8>);

    /// A truth that is kept as 0 or 1.
    pub(crate) fn truth(&self, column: usize) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_leave_together_count_their_parameters_on() {
        let (mut text, mut values) = (String::new(), Vec::new());
        sql("UPDATE a SET b = $2 WHERE c = $1").bind(1).bind("x").append_to(&mut text, &mut values);
        sql("DELETE FROM d WHERE e = $1 OR f = $1 AND g > $2")
            .bind(2)
            .bind(3)
            .append_to(&mut text, &mut values);
        assert_eq!(
            text,
            "UPDATE a SET b = $2 WHERE c = $1;DELETE FROM d WHERE e = $3 OR f = $3 AND g > $4;"
        );
        assert_eq!(values.len(), 4);
    }
}
