//! Every way that a wager can take, up to six events long, whatever the contract says meanwhile.

use std::collections::HashSet;

use super::*;

const DEPTH: usize = 6;
const START: At = At(1_000_000);

/// A wager and what has come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    state: State,
    now: At,
    agreed: bool,
    secure_when_decided: bool,
}

#[test]
fn no_way_of_six_events_breaks_a_rule() {
    let terms = Terms { by: Side::First, amount: Wei::small(5), id: Some(WagerId::small(1)) };
    for backing in [Backing::Word, Backing::Contract] {
        let state = State::Proposed { answer_by: START + ANSWER_WITHIN };
        let first = Way { state, now: START, agreed: false, secure_when_decided: false };
        let mut ways = HashSet::from([first]);
        let mut seen = ways.clone();
        for _ in 0..DEPTH {
            let next: HashSet<_> =
                ways.iter().flat_map(|way| way.onwards(&terms, backing)).collect();
            ways = next.into_iter().filter(|way| seen.insert(*way)).collect();
        }
        let names: HashSet<_> = seen.iter().map(|way| way.state.name()).collect();
        let all = ["proposed", "accepted", "decided", "won", "declined", "lapsed", "void"];
        assert_eq!(names, HashSet::from(all), "every state was visited");
        assert!(seen.len() > 25, "{} ways", seen.len());
    }
}

impl Way {
    fn onwards(&self, terms: &Terms, backing: Backing) -> Vec<Self> {
        let mut onwards = Vec::new();
        for standing in standings(backing) {
            let due = due_at(&self.state, &standing);
            let mut times = vec![self.now, self.now + Span(900)];
            times.extend(due.into_iter().map(|due| due.max(self.now)));
            for now in times {
                let by = |event| self.by(terms, &standing, event, now);
                onwards.extend(events().into_iter().filter_map(by));
            }
        }
        onwards
    }

    fn by(&self, terms: &Terms, standing: &Standing, event: Event, now: At) -> Option<Self> {
        let answer = step(terms, self.state, standing, event, now);
        self.does_not_depend_on_who_looked(terms, standing, event, now, answer);
        let state = answer.ok()??;
        assert_eq!(step(terms, state, standing, event, now), Ok(None), "{event:?} twice");
        assert!(!over(self.state), "{event:?} changed what is over: {self:?}");
        let live = matches!(state, State::Proposed { .. } | State::Accepted { .. });
        let insecure = !standing.is_locked();
        let waits = matches!(state, State::Proposed { .. })
            || (matches!(state, State::Accepted { .. }) && insecure);
        assert_eq!(due_at(&state, standing).is_some(), waits, "whoever waits has a deadline");
        assert!(due_at(&state, standing).is_none_or(|due| due > now), "nothing is overdue");
        let agreed = self.agreed || matches!(state, State::Accepted { .. });
        let decided =
            matches!((self.state, state), (State::Accepted { .. }, State::Decided { .. }));
        let way = Self {
            state,
            now,
            agreed,
            secure_when_decided: self.secure_when_decided || (decided && standing.is_locked()),
        };
        way.check(standing, live);
        Some(way)
    }

    fn does_not_depend_on_who_looked(
        &self,
        terms: &Terms,
        standing: &Standing,
        event: Event,
        now: At,
        at_once: Result<Option<State>, Refused>,
    ) {
        let looked = step(terms, self.state, standing, Event::Look, now).expect("never refused");
        let Some(looked) = looked else { return };
        let after = step(terms, looked, standing, event, now);
        assert_eq!(
            after.map(|next| next.unwrap_or(looked)),
            at_once.map(|next| next.unwrap_or(self.state)),
            "{event:?}"
        );
    }

    fn check(&self, standing: &Standing, live: bool) {
        match self.state {
            State::Decided { .. } | State::Won { .. } => {
                assert!(self.agreed && self.secure_when_decided, "{self:?}");
            }
            State::Proposed { .. }
            | State::Accepted { .. }
            | State::Declined { .. }
            | State::Lapsed
            | State::Void { .. } => {}
        }
        let want = want(&self.state, standing);
        assert!(!live || want.is_none(), "nothing is moved while it goes on");
        assert_eq!(
            want == Some(Want::Settle),
            matches!((self.state, standing), (State::Won { .. }, Standing::Locked { .. }))
        );
        let nobody_wins =
            matches!(self.state, State::Declined { .. } | State::Lapsed | State::Void { .. });
        let goes_back = match standing {
            Standing::Locked { .. } => nobody_wins,
            Standing::Wrong { held_since: Some(_) } => {
                nobody_wins || matches!(self.state, State::Won { .. })
            }
            Standing::Word
            | Standing::Unseen
            | Standing::Open { .. }
            | Standing::Paid { .. }
            | Standing::PaidElsewhere { .. }
            | Standing::Returned
            | Standing::Wrong { held_since: None } => false,
        };
        let refund = matches!(want, Some(Want::Refund { .. }));
        assert_eq!(refund, goes_back, "no stake stays locked");
        let secured = is_secured(&self.state, standing);
        assert!(!secured || self.agreed, "nobody is sure of what was not agreed upon");
        assert!(!secured || !nobody_wins, "{self:?}");
    }
}

fn over(state: State) -> bool {
    matches!(state, State::Won { .. } | State::Declined { .. } | State::Lapsed | State::Void { .. })
}

fn events() -> Vec<Event> {
    let mut events = vec![Event::Start, Event::Close, Event::Refund, Event::Name, Event::Look];
    let winners = [None, Some(Side::First), Some(Side::Second)];
    events.extend(winners.map(Event::Decide));
    events.extend(
        Side::BOTH.into_iter().flat_map(|side| [Event::Accept(side), Event::Decline(side)]),
    );
    events
}

fn standings(backing: Backing) -> Vec<Standing> {
    match backing {
        Backing::Word => vec![Standing::Word],
        Backing::Contract => vec![
            Standing::Unseen,
            Standing::Open { bound: false },
            Standing::Locked { since: START, bound: false },
            Standing::Locked { since: START, bound: true },
            Standing::Paid { winner: Side::First, bound: true },
            Standing::PaidElsewhere { winner: Side::Second },
            Standing::Returned,
            Standing::Wrong { held_since: None },
            Standing::Wrong { held_since: Some(START) },
        ],
    }
}
