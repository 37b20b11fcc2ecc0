//! What a relay tells control of its channels, as JSON.
//!
//! Reports tell where a channel is, not what happened to it: whichever of them is lost, the next one
//! makes up for it, and one that comes twice says nothing new. They may come late, so a relay counts
//! them, and its lives; control forgets whatever is older than what it knows.

use serde::{Deserialize, Serialize};

/// Streams of one report at most; a relay with more to say sends several.
pub const STREAMS_MAX: usize = 200;
/// A relay says something at least this often, or it is taken to be gone.
pub const SILENCE_MS_MAX: u64 = 30_000;

/// What one relay has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Its name, the same after a restart.
    pub relay: String,
    /// When it started, in Unix milliseconds: what an earlier run held is gone.
    pub boot: u64,
    /// Counts its reports, from 1; the same number is the same report.
    pub number: u64,
    /// Those that have changed, or all of them if it was asked to begin anew.
    pub streams: Vec<Stream>,
}

/// One life of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// The channel's name.
    pub channel: String,
    /// Which life of it.
    pub epoch: u64,
    /// What its payloads are.
    pub schema: String,
    /// Where it is.
    pub state: State,
    /// Why it ended.
    pub reason: Option<String>,
    /// The newest batch, if there is one.
    pub last_seq: Option<u64>,
    /// Who watches.
    pub viewers: u64,
}

/// Where a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its publisher is connected.
    Live,
    /// Its publisher is not, and may come back.
    Away,
    /// Nothing more will come.
    Ended,
}

/// What control answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Control does not know what it was told before: all streams are to be told again.
    pub resend: bool,
}

impl State {
    /// As it stands in rows and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Away => "away",
            Self::Ended => "ended",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Live, Self::Away, Self::Ended].into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_the_same_behind_its_text() {
        let stream = Stream {
            channel: "match/1".into(),
            epoch: 1_800_000_000_000_000,
            schema: "melee/1".into(),
            state: State::Away,
            reason: None,
            last_seq: Some(7),
            viewers: 3,
        };
        let report = Report { relay: "a".into(), boot: 1, number: 2, streams: vec![stream] };
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let more = text.replacen("\"relay\"", "\"more\":1,\"relay\"", 1);
        assert!(serde_json::from_str::<Report>(&more).is_err());
        assert_eq!(State::named("away"), Some(State::Away));
    }
}
