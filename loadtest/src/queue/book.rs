//! What is known about each entry, as the arena answered it.
//!
//! Invariant: nothing is forgotten: an entry that was said to be in two matches has both.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde::Deserialize;

/// Everybody who joins in a run, by number.
#[derive(Debug)]
pub(crate) struct Book {
    /// Connect codes begin with it, and no other run's do.
    prefix: String,
    entries: RefCell<Vec<Entry>>,
    waiting: Cell<usize>,
    answered: Cell<usize>,
    looks: Cell<u64>,
    errors: RefCell<BTreeMap<String, u64>>,
}

/// One who joins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    /// When the join was meant to leave, and when it did; 0 until then.
    pub(crate) meant_us: u64,
    pub(crate) sent_us: u64,
    pub(crate) joined: Joined,
    /// When the join was answered; 0 until then.
    pub(crate) answered_us: u64,
    /// When its match was first heard of; 0 until then, and if that was at the end.
    pub(crate) matched_us: u64,
    /// The entry's name in the arena.
    pub(crate) queue_id: Box<str>,
    /// What was last heard of it, unless it was asked for in vain.
    pub(crate) status: Option<Status>,
    /// It was asked for at the end, and that was answered.
    pub(crate) looked: bool,
    /// All different ones that it was said to have.
    pub(crate) meetings: Vec<Meeting>,
}

/// What became of a join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Joined {
    /// It has not left.
    #[default]
    Unsent,
    /// It left, and nothing came back.
    Unanswered,
    /// The answer was no.
    Refused,
    /// The arena gave it an entry.
    In,
}

/// A match as one of its sides sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meeting {
    pub(crate) match_id: Box<str>,
    pub(crate) opponent: Box<str>,
}

/// What became of an entry, as the arena says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Waiting,
    Matched,
    Cancelled,
    Expired,
}

/// What the arena answers about an entry.
#[derive(Debug, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) queue_id: Box<str>,
    pub(crate) status: Status,
    pub(crate) match_id: Option<Box<str>>,
    pub(crate) opponent_code: Option<Box<str>>,
}

impl Book {
    pub(crate) fn new(prefix: String, len: usize) -> Self {
        Self {
            prefix,
            entries: RefCell::new(vec![Entry::default(); len]),
            waiting: Cell::new(0),
            answered: Cell::new(0),
            looks: Cell::new(0),
            errors: RefCell::default(),
        }
    }

    /// The body of a join.
    pub(crate) fn join(&self, at: usize) -> String {
        let code = format!("{}-{at}", self.prefix);
        format!(
            r#"{{"connect_code":"{code}","fighter_name":"loadtest","wallet_address":"0x{code:0>40}"}}"#
        )
    }

    /// The same as a request over the gateway; its id is the number.
    pub(crate) fn enter(&self, at: usize) -> String {
        let code = format!("{}-{at}", self.prefix);
        format!(
            r#"{{"type":"queue.enter","id":"{at}","data":{{"game_type":"melee","connect_code":"{code}","wallet_address":"0x{code:0>40}"}}}}"#
        )
    }

    /// Whose connect code it is; none if it is not of this run.
    pub(crate) fn number(&self, code: &str) -> Option<usize> {
        let number = code.strip_prefix(&self.prefix)?.strip_prefix('-')?.parse().ok()?;
        (number < self.entries.borrow().len()).then_some(number)
    }

    pub(crate) fn sends(&self, at: usize, meant_us: u64, now_us: u64) {
        let mut entries = self.entries.borrow_mut();
        let entry = &mut entries[at];
        (entry.meant_us, entry.sent_us, entry.joined) = (meant_us, now_us, Joined::Unanswered);
    }

    pub(crate) fn refused(&self, at: usize, now_us: u64) {
        let mut entries = self.entries.borrow_mut();
        (entries[at].joined, entries[at].answered_us) = (Joined::Refused, now_us);
        self.answered.set(self.answered.get() + 1);
    }

    pub(crate) fn joined(&self, at: usize, ticket: Ticket, now_us: u64) {
        let mut entries = self.entries.borrow_mut();
        let entry = &mut entries[at];
        (entry.joined, entry.answered_us) = (Joined::In, now_us);
        entry.queue_id.clone_from(&ticket.queue_id);
        self.answered.set(self.answered.get() + 1);
        self.hear(entry, ticket, Some(now_us));
    }

    /// Whoever waits has asked.
    pub(crate) fn seen(&self, at: usize, ticket: Ticket, now_us: u64) {
        self.looks.set(self.looks.get() + 1);
        self.hear(&mut self.entries.borrow_mut()[at], ticket, Some(now_us));
    }

    /// It was asked for when nobody joined any more, which is no notice of anything.
    pub(crate) fn seen_at_end(&self, at: usize, ticket: Ticket) {
        let mut entries = self.entries.borrow_mut();
        entries[at].looked = true;
        self.looks.set(self.looks.get() + 1);
        self.hear(&mut entries[at], ticket, None);
    }

    fn hear(&self, entry: &mut Entry, ticket: Ticket, notice_us: Option<u64>) {
        let waits = |status| usize::from(status == Some(Status::Waiting));
        let before = waits(entry.status);
        entry.status = Some(ticket.status);
        self.waiting.set(self.waiting.get() + waits(entry.status) - before);
        let (Some(match_id), Some(opponent)) = (ticket.match_id, ticket.opponent_code) else {
            return;
        };
        if entry.meetings.is_empty() {
            entry.matched_us = notice_us.unwrap_or(0);
        }
        let meeting = Meeting { match_id, opponent };
        if !entry.meetings.contains(&meeting) {
            entry.meetings.push(meeting);
        }
    }

    /// The arena does not know it.
    pub(crate) fn missing(&self, at: usize) {
        let mut entries = self.entries.borrow_mut();
        if entries[at].status.take() == Some(Status::Waiting) {
            self.waiting.set(self.waiting.get() - 1);
        }
    }

    /// Something went wrong, and how often it did.
    pub(crate) fn erred(&self, what: String) {
        *self.errors.borrow_mut().entry(what).or_default() += 1;
    }

    /// Everybody, those included who have not joined yet.
    pub(crate) fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    pub(crate) fn queue_id(&self, at: usize) -> Box<str> {
        self.entries.borrow()[at].queue_id.clone()
    }

    pub(crate) fn status(&self, at: usize) -> Option<Status> {
        self.entries.borrow()[at].status
    }

    /// Entries that wait, as far as is known.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.get()
    }

    /// Joins that were answered, whatever with.
    pub(crate) fn answered(&self) -> usize {
        self.answered.get()
    }

    /// Answers to questions about an entry.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.get()
    }

    pub(crate) fn errors(&self) -> BTreeMap<String, u64> {
        self.errors.borrow().clone()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.borrow().clone()
    }
}
