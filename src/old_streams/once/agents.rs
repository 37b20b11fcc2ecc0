//! Where the agents of a match are that can be told from each other, by their sockets. Pure.

use super::Source;

/// Sockets that are remembered; two agents have two, and others after a reconnect.
const AGENTS_MAX: usize = 8;

/// Where an agent is, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It named the game that is played; `framed` once it has said a frame of it.
    Here {
        framed: bool,
    },
    /// It was in the game before, or in the match before, and has not said that the game is over.
    Behind,
    /// It has, and has named no other since.
    Over,
    Unknown,
}

/// Known agents; the longest known goes when there are too many.
#[derive(Debug, Default)]
pub(super) struct Agents(Vec<(u64, Place)>);

impl Agents {
    pub(super) fn place(&self, source: Source) -> Place {
        let Source::Socket(number) = source else { return Place::Unknown };
        let known = self.0.iter().find(|(socket, _)| *socket == number);
        known.map_or(Place::Unknown, |(_, place)| *place)
    }

    /// It names the game that is played.
    pub(super) fn join(&mut self, source: Source) {
        self.forget(source);
        let Source::Socket(number) = source else { return };
        if self.0.len() == AGENTS_MAX {
            self.0.remove(0);
        }
        self.0.push((number, Place::Here { framed: false }));
    }

    /// It says a frame of the game that it named.
    pub(super) fn frame(&mut self, source: Source) {
        let Source::Socket(number) = source else { return };
        for (socket, place) in &mut self.0 {
            if let (true, Place::Here { framed }) = (*socket == number, place) {
                *framed = true;
            }
        }
    }

    /// The game is over by the word of this one; the others will say so, too.
    pub(super) fn end(&mut self, source: Source) {
        self.forget(source);
        for (_, place) in &mut self.0 {
            *place = Place::Behind;
        }
    }

    /// The game that is over by the word of another one is over for this one, too.
    pub(super) fn end_behind(&mut self, source: Source) {
        let Source::Socket(number) = source else { return };
        for (socket, place) in &mut self.0 {
            if *socket == number {
                *place = Place::Over;
            }
        }
    }

    /// A game begins by the word of this one.
    pub(super) fn begin(&mut self, source: Source) {
        self.end(source);
        self.join(source);
    }

    /// Nobody can be in an earlier game any more.
    pub(super) fn all_here(&mut self) {
        self.0.retain(|(_, place)| matches!(place, Place::Here { .. }));
    }

    pub(super) fn forget(&mut self, source: Source) {
        let Source::Socket(number) = source else { return };
        self.0.retain(|(socket, _)| *socket != number);
    }
}
