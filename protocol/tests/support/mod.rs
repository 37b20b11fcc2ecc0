//! The messages of the golden vectors, and how a message is told in JSON.
//!
//! In the JSON of a vector, 64-bit numbers are decimal strings and bytes are hex, so that every
//! language reads them exactly.

use arena_protocol::{
    Accepted, Batch, Code, Delivery, End, FROM_THE_FIRST, FromClient, FromRelay, Gap, GoAway,
    Header, Hello, Intent, Refused, Start, Welcome, Why,
};
use serde_json::{Value, json};

pub(crate) enum Sample {
    Client(FromClient),
    Relay(FromRelay),
}

impl Sample {
    pub(crate) fn bare(&self) -> Vec<u8> {
        match self {
            Self::Client(message) => message.encode().bare().to_vec(),
            Self::Relay(message) => message.encode().bare().to_vec(),
        }
    }

    pub(crate) fn from(&self) -> &'static str {
        match self {
            Self::Client(_) => "client",
            Self::Relay(_) => "relay",
        }
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Client(message) => client_json(message),
            Self::Relay(message) => relay_json(message),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("vectors are hex")).collect()
}

pub(crate) fn samples() -> Vec<(&'static str, Sample)> {
    let mut all = Vec::new();
    all.extend(hellos().map(|(name, hello)| (name, Sample::Client(FromClient::Hello(hello)))));
    all.push(("end from a publisher", Sample::Client(FromClient::End("the match is over".into()))));
    for (name, batch) in batches() {
        all.push((name, Sample::Client(FromClient::Batch(batch.clone()))));
        all.push((name, Sample::Relay(FromRelay::Batch(batch))));
    }
    all.extend(answers().map(|(name, message)| (name, Sample::Relay(message))));
    all
}

fn hellos() -> [(&'static str, Hello); 5] {
    let hello = |channel: &str, token: Option<&str>, intent| Hello {
        version: 1,
        channel: channel.into(),
        token: token.map(Into::into),
        intent,
    };
    let watch = |after, delivery| Intent::Watch { after, delivery };
    let publish = |schema: &str, meta: &[u8], resume| Intent::Publish {
        schema: schema.into(),
        meta: meta.into(),
        resume,
    };
    [
        ("watch from the newest group", hello("demo", None, watch(None, Delivery::Live))),
        (
            "watch behind 250, complete",
            hello("m/1", Some("a.b.c"), watch(Some(250), Delivery::Complete)),
        ),
        (
            "watch from the first, latest",
            hello("m/1", None, watch(Some(FROM_THE_FIRST), Delivery::Latest)),
        ),
        ("publish", hello("m/~7_x.Y-z", None, publish("melee/1", br#"{"stageId":25}"#, false))),
        ("publish, resuming", hello(&"c".repeat(128), Some("t"), publish("opaque", b"", true))),
    ]
}

fn batches() -> [(&'static str, Batch); 3] {
    let header = |seq, captured_us, first_frame, frames, key| Header {
        seq,
        captured_us,
        first_frame,
        frames,
        key,
    };
    [
        ("first batch", Batch::new(header(0, 0, -123, 6, true), b"x")),
        ("batch with numbers of every width", {
            Batch::new(header(251, 1_763_670_000_000_000, 65_536, 65_535, false), &[0xab; 300])
        }),
        ("batch with the greatest numbers", {
            Batch::new(header(u64::MAX - 1, u64::MAX, i64::MIN, 0, false), &[0, 255])
        }),
    ]
}

fn answers() -> [(&'static str, FromRelay); 11] {
    let start = Start { epoch: 1_763_670_000_000_000, schema: "json".into(), meta: b"{}".to_vec() };
    let welcome =
        Welcome { subscription: 0, epoch: 0, start: None, oldest_seq: 0, next_seq: 0, delay_ms: 0 };
    let live = Welcome {
        subscription: 255,
        epoch: start.epoch,
        start: Some(start.clone()),
        oldest_seq: 250,
        next_seq: 70_000,
        delay_ms: 500,
    };
    let gap = |from, to, why| FromRelay::Gap(Gap { from, to, why });
    [
        ("welcome, nobody publishes", FromRelay::Welcome(welcome)),
        ("welcome, live", FromRelay::Welcome(live)),
        ("end", FromRelay::End(End { last_seq: Some(9), reason: "done".into() })),
        ("end without a batch", FromRelay::End(End { last_seq: None, reason: String::new() })),
        ("refused", FromRelay::Refused(Refused::new(Code::Conflict, "already published"))),
        ("accepted", FromRelay::Accepted(Accepted { held: 1_000, stored: None })),
        ("accepted and stored", FromRelay::Accepted(Accepted { held: 1_000, stored: Some(999) })),
        ("gap", gap(3, 9, Why::Lagged)),
        ("gap of what a restart lost", gap(0, 4_294_967_296, Why::Restarted)),
        (
            "go away",
            FromRelay::GoAway(GoAway { after_ms: 1_500, url: Some("https://b.example".into()) }),
        ),
        ("start", FromRelay::Start(start)),
    ]
}

fn client_json(message: &FromClient) -> Value {
    match message {
        FromClient::Hello(Hello { version, channel, token, intent }) => {
            let intent = match intent {
                Intent::Publish { schema, meta, resume } => {
                    json!({ "Publish": { "schema": schema, "meta": hex(meta), "resume": resume } })
                }
                Intent::Watch { after, delivery } => {
                    let after = after.map(|after| after.to_string());
                    json!({ "Watch": { "after": after, "delivery": format!("{delivery:?}") } })
                }
            };
            json!({ "type": "Hello", "version": version, "channel": channel, "token": token, "intent": intent })
        }
        FromClient::Batch(batch) => batch_json(batch),
        FromClient::End(reason) => json!({ "type": "End", "reason": reason }),
    }
}

fn relay_json(message: &FromRelay) -> Value {
    match message {
        FromRelay::Welcome(welcome) => json!({
            "type": "Welcome",
            "subscription": welcome.subscription,
            "epoch": welcome.epoch.to_string(),
            "start": welcome.start.as_ref().map(start_json),
            "oldest_seq": welcome.oldest_seq.to_string(),
            "next_seq": welcome.next_seq.to_string(),
            "delay_ms": welcome.delay_ms,
        }),
        FromRelay::Batch(batch) => batch_json(batch),
        FromRelay::End(End { last_seq, reason }) => {
            json!({ "type": "End", "last_seq": last_seq.map(|seq| seq.to_string()), "reason": reason })
        }
        FromRelay::Refused(Refused { code, reason }) => {
            json!({ "type": "Refused", "code": code, "reason": reason })
        }
        FromRelay::Accepted(Accepted { held, stored }) => {
            let stored = stored.map(|seq| seq.to_string());
            json!({ "type": "Accepted", "held": held.to_string(), "stored": stored })
        }
        FromRelay::Gap(Gap { from, to, why }) => {
            let why = format!("{why:?}");
            json!({ "type": "Gap", "from": from.to_string(), "to": to.to_string(), "why": why })
        }
        FromRelay::GoAway(GoAway { after_ms, url }) => {
            json!({ "type": "GoAway", "after_ms": after_ms, "url": url })
        }
        FromRelay::Start(start) => {
            let mut value = start_json(start);
            value["type"] = "Start".into();
            value
        }
    }
}

fn start_json(start: &Start) -> Value {
    json!({ "epoch": start.epoch.to_string(), "schema": start.schema, "meta": hex(&start.meta) })
}

fn batch_json(batch: &Batch) -> Value {
    let header = batch.header();
    json!({
        "type": "Batch",
        "seq": header.seq.to_string(),
        "captured_us": header.captured_us.to_string(),
        "first_frame": header.first_frame.to_string(),
        "frames": header.frames,
        "key": header.key,
        "payload": hex(&batch.payload()),
    })
}
