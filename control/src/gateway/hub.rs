//! Which sockets want to hear of what.
//!
//! Invariant: nobody waits for a socket. One whose queue is full is let go: its senders are dropped,
//! it finds its queue at an end, and says so to its client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::events::Event;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::play::Standing;
use crate::tournaments::TournamentId;

/// Notes that wait for a socket.
const QUEUE_LEN: usize = 32;

/// What somebody wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    Identity(PlayerId),
    Ticket(TicketId),
    Match(MatchId),
    /// As a spectator.
    Watched(MatchId),
    /// What concerns all who take part.
    Tournament(TournamentId),
    /// What concerns one of them, by its number.
    Entrant(TournamentId, i64),
}

/// What a socket is told.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    Event(Arc<Event>),
    /// How far both sides of a duel are.
    Progress(MatchId, Arc<Standing>),
    /// The same somebody has come with another socket.
    TakenOver,
}

#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<Sockets>);

#[derive(Debug, Default)]
struct Sockets {
    next: u64,
    members: HashMap<u64, Member>,
    by_topic: HashMap<Topic, Vec<u64>>,
}

#[derive(Debug)]
struct Member {
    notes: mpsc::Sender<Note>,
    topics: Vec<Topic>,
}

/// A socket's place in the hub, for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Seat<'a> {
    hub: &'a Hub,
    id: u64,
    pub(crate) notes: mpsc::Receiver<Note>,
}

impl Hub {
    pub(crate) fn sit(&self) -> Seat<'_> {
        let (sender, notes) = mpsc::channel(QUEUE_LEN);
        let mut sockets = self.lock();
        sockets.next += 1;
        let id = sockets.next;
        sockets.members.insert(id, Member { notes: sender, topics: Vec::new() });
        Seat { hub: self, id, notes }
    }

    /// Tells all that want to hear of any of these, each once.
    pub(crate) fn tell(&self, topics: &[Topic], note: &Note) {
        let mut sockets = self.lock();
        let mut told: Vec<u64> = Vec::new();
        for topic in topics {
            let ids = sockets.by_topic.get(topic).into_iter().flatten();
            told.extend(ids.copied());
        }
        told.sort_unstable();
        told.dedup();
        for id in told {
            let full = sockets
                .members
                .get(&id)
                .is_some_and(|member| member.notes.try_send(note.clone()).is_err());
            if full {
                sockets.remove(id);
            }
        }
    }

    /// Somebody has come with a socket to another process: no socket here speaks for it any more.
    pub(crate) fn give_up(&self, topic: Topic) {
        self.lock().give_up(topic, None);
    }

    /// Who watches a match.
    pub(crate) fn watchers(&self, id: MatchId) -> usize {
        self.lock().by_topic.get(&Topic::Watched(id)).map_or(0, Vec::len)
    }

    /// Sockets that are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().members.len()
    }

    /// Sockets that were opened so far.
    pub(crate) fn opened(&self) -> u64 {
        self.lock().next
    }

    fn lock(&self) -> MutexGuard<'_, Sockets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sockets {
    fn listen(&mut self, id: u64, topic: Topic) {
        let Some(member) = self.members.get_mut(&id) else { return };
        if !member.topics.contains(&topic) {
            member.topics.push(topic);
            self.by_topic.entry(topic).or_default().push(id);
        }
    }

    fn ignore(&mut self, id: u64, topic: Topic) {
        if let Some(member) = self.members.get_mut(&id) {
            member.topics.retain(|it| *it != topic);
        }
        if let Some(ids) = self.by_topic.get_mut(&topic) {
            ids.retain(|it| *it != id);
            if ids.is_empty() {
                self.by_topic.remove(&topic);
            }
        }
    }

    fn give_up(&mut self, topic: Topic, but: Option<u64>) {
        let all = self.by_topic.get(&topic).cloned().unwrap_or_default();
        for id in all.into_iter().filter(|id| Some(*id) != but) {
            if let Some(member) = self.members.get(&id) {
                // A full queue ends the socket as well.
                let _ended_either_way = member.notes.try_send(Note::TakenOver);
            }
            self.remove(id);
        }
    }

    fn remove(&mut self, id: u64) {
        let topics = self.members.get(&id).map(|member| member.topics.clone());
        for topic in topics.unwrap_or_default() {
            self.ignore(id, topic);
        }
        self.members.remove(&id);
    }
}

impl Seat<'_> {
    pub(crate) fn listen(&self, topic: Topic) {
        self.hub.lock().listen(self.id, topic);
    }

    pub(crate) fn ignore(&self, topic: Topic) {
        self.hub.lock().ignore(self.id, topic);
    }

    /// This socket speaks for somebody now, and no other does.
    pub(crate) fn take_over(&self, topic: Topic) {
        let mut sockets = self.hub.lock();
        sockets.give_up(topic, Some(self.id));
        sockets.listen(self.id, topic);
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.hub.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> Note {
        let event = Event {
            number: 1,
            at: crate::time::At(0),
            kind: "x".into(),
            match_id: None,
            identity_id: None,
            body: serde_json::Value::Null,
        };
        Note::Event(Arc::new(event))
    }

    #[test]
    fn a_socket_whose_queue_is_full_is_let_go_and_the_others_are_told() {
        let hub = Hub::default();
        let topic = Topic::Match(MatchId(1));
        let (mut slow, mut quick) = (hub.sit(), hub.sit());
        slow.listen(topic);
        quick.listen(topic);
        for _ in 0..=QUEUE_LEN {
            hub.tell(&[topic, topic], &note());
            assert!(quick.notes.try_recv().is_ok());
            assert!(quick.notes.try_recv().is_err(), "each once");
        }
        for _ in 0..QUEUE_LEN {
            assert!(slow.notes.try_recv().is_ok());
        }
        assert_eq!(slow.notes.try_recv().unwrap_err(), mpsc::error::TryRecvError::Disconnected);
        drop((slow, quick));
        assert_eq!(hub.count(), 0);
        assert!(hub.lock().by_topic.is_empty(), "nothing is left behind");
    }

    #[test]
    fn the_newest_socket_of_somebody_takes_over() {
        let hub = Hub::default();
        let me = Topic::Identity(PlayerId(1));
        let mut old = hub.sit();
        old.take_over(me);
        let mut new = hub.sit();
        new.take_over(me);
        assert!(matches!(old.notes.try_recv(), Ok(Note::TakenOver)));
        hub.tell(&[me], &note());
        assert!(new.notes.try_recv().is_ok());
        assert!(old.notes.try_recv().is_err());
    }
}
