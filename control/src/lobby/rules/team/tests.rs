use super::*;
use crate::matches::rules::How;
use crate::time::Span;

/// Small, so that every way can be tried.
const NUMBERS: Numbers = Numbers {
    members_min: 2,
    members_max: 3,
    answer: Span::seconds(60),
    search: Span::seconds(300),
    start_timer: Span::seconds(300),
    length: Span::seconds(180),
};
const WON: Outcome = Outcome::Won { winner: Side::Second, how: How::Played };

/// Its members are numbered by the tens of the crew.
fn crew(id: u128, members: u128) -> Crew {
    let members = (0..members).map(|member| PlayerId(id * 10 + member)).collect();
    Crew { id: LobbyId(id), members }
}

fn challenged() -> Battle {
    challenge(&NUMBERS, crew(1, 2), Some(LobbyId(2)), At(0)).unwrap().0
}

fn after(battle: &Battle, event: Event, s: i64) -> (Battle, Vec<Effect>) {
    match step(&NUMBERS, battle, event, At(s * 1_000)).unwrap() {
        Next::Changed(battle, effects) => (battle, effects),
        Next::Same => (battle.clone(), Vec::new()),
    }
}

#[test]
fn a_challenge_that_is_accepted_starts_when_the_timer_is_over() {
    let (battle, effects) = after(&challenged(), Event::Accept(crew(2, 2)), 10);
    let starts_at = At(310_000);
    assert_eq!(effects, [Effect::Declare { starts_at }]);
    let (battle, effects) = after(&battle, Event::TimePassed, 310);
    assert_eq!(
        (battle.state, effects),
        (State::Active { ends_by: At(490_000) }, vec![Effect::Start])
    );
    let (battle, effects) = after(&battle, Event::Finish(WON), 400);
    assert_eq!(battle.state, State::Resolved { outcome: WON });
    let released = Side::BOTH.map(|side| Effect::Release { side });
    assert_eq!(effects, [[Effect::Decide { outcome: WON }].as_slice(), &released].concat());
}

#[test]
fn who_is_refused_or_ignored_meets_the_next_that_seeks() {
    for (event, s, until) in
        [(Event::Decline(LobbyId(2)), 10, 310_000), (Event::TimePassed, 60, 360_000)]
    {
        let (battle, effects) = after(&challenged(), event, s);
        let state = State::Seeking { until: At(until) };
        assert_eq!((battle.state, effects), (state, vec![Effect::Seek]));
        let late = step(&NUMBERS, &battle, Event::Accept(crew(2, 2)), At(61_000));
        assert_eq!(late, Err(Refused::NotAsked), "it has had its chance");
        let (battle, _) = after(&battle, Event::Meet(crew(3, 3)), 70);
        assert_eq!(battle.state, State::Declared { starts_at: At(370_000) });
    }
}

#[test]
fn a_crew_that_fell_apart_lets_the_other_seek_again() {
    let (battle, _) = after(&challenged(), Event::Accept(crew(2, 2)), 10);
    let (battle, _) = after(&battle, Event::Leave(Side::Second, PlayerId(20)), 20);
    let (battle, effects) = after(&battle, Event::TimePassed, 310);
    let side = Side::Second;
    assert_eq!(battle.state, State::Cancelled { reason: Cancelled::TooFew { side } });
    assert_eq!(effects, [Effect::Release { side }, Effect::Requeue { side: Side::First }]);
}

#[test]
fn crews_that_cannot_fight_are_refused() {
    let bad = Err(Refused::BadCrew { min: 2, max: 3 });
    let twice = Crew { id: LobbyId(1), members: vec![PlayerId(1), PlayerId(1)] };
    for crew in [crew(1, 1), crew(1, 4), twice] {
        assert_eq!(challenge(&NUMBERS, crew, None, At(0)), bad);
    }
    let itself = challenge(&NUMBERS, crew(1, 2), Some(LobbyId(1)), At(0));
    assert_eq!(itself, Err(Refused::Shared));
    let mut spy = crew(2, 2);
    spy.members.push(PlayerId(10));
    let accepted = step(&NUMBERS, &challenged(), Event::Accept(spy), At(0));
    assert_eq!(accepted, Err(Refused::Shared));
}

#[test]
fn members_come_and_go_until_the_start() {
    let (battle, _) = after(&challenged(), Event::Accept(crew(2, 2)), 10);
    let join = |battle: &Battle, player, s: i64| {
        let event = Event::Join(Side::First, PlayerId(player));
        step(&NUMBERS, battle, event, At(s * 1_000))
    };
    assert_eq!(join(&battle, 10, 20), Ok(Next::Same));
    assert_eq!(join(&battle, 20, 20), Err(Refused::Shared), "not on both sides");
    let (full, _) = after(&battle, Event::Join(Side::First, PlayerId(77)), 20);
    assert_eq!(join(&full, 78, 20), Err(Refused::Full));
    assert_eq!(join(&full, 78, 310), Err(Refused::Closed));
}

#[test]
fn the_oldest_that_seeks_meets_the_next_that_it_may() {
    let mut shares = crew(2, 2);
    shares.members.push(PlayerId(10));
    let seeking = [crew(1, 2), shares, crew(3, 3), crew(4, 2), crew(5, 2)];
    assert_eq!(opponents(&seeking), [(0, 2), (1, 3)]);
    assert_eq!(opponents(&seeking[..2]), []);
}

#[test]
fn no_way_of_eight_events_breaks_a_rule() {
    let start = (challenged(), At(0), [0, 0]);
    let mut ways = HashSet::from([start]);
    let mut seen = ways.clone();
    for _ in 0..8 {
        let mut next = HashSet::new();
        for (battle, now, released) in &ways {
            let due = battle.due_at().unwrap_or(*now);
            for now in [*now, due - Span(1), due, due + Span::seconds(1_000)] {
                for event in events() {
                    next.extend(checked(battle, &event, now, *released));
                }
            }
        }
        ways = next.into_iter().filter(|way| seen.insert(way.clone())).collect();
    }
    assert!(seen.len() > 200, "{}", seen.len());
}

fn events() -> Vec<Event> {
    let drawn = Outcome::Drawn { how: How::Played };
    let mut events = vec![
        Event::Accept(crew(2, 2)),
        Event::Decline(LobbyId(2)),
        Event::Withdraw,
        Event::Meet(crew(3, 3)),
        Event::FoundElsewhere,
        Event::Finish(WON),
        Event::Finish(drawn),
        Event::Void,
        Event::TimePassed,
    ];
    for side in Side::BOTH {
        events.extend([10, 20, 77].map(|player| Event::Join(side, PlayerId(player))));
        events.extend([10, 20, 31].map(|player| Event::Leave(side, PlayerId(player))));
    }
    events
}

type Way = (Battle, At, [u8; 2]);

fn checked(before: &Battle, event: &Event, now: At, mut released: [u8; 2]) -> Option<Way> {
    let answer = step(&NUMBERS, before, event.clone(), now);
    let Ok(Next::Changed(battle, effects)) = answer else {
        return None;
    };
    assert!(before.due_at().is_some(), "what is over does not change");
    assert!(battle.due_at().is_none_or(|due_at| due_at > now));
    let again = step(&NUMBERS, &battle, event.clone(), now);
    assert!(!matches!(again, Ok(Next::Changed(..))), "{event:?} twice");
    for effect in effects {
        match effect {
            Effect::Release { side } | Effect::Requeue { side } => {
                released[usize::from(side == Side::Second)] += 1;
            }
            Effect::Ask { .. }
            | Effect::Seek
            | Effect::Declare { .. }
            | Effect::Start
            | Effect::Decide { .. } => {}
        }
    }
    let over = battle.due_at().is_none();
    let met = battle.defender.is_some();
    assert_eq!(released, [u8::from(over), u8::from(over && met)], "{battle:?}");
    if let Some(defender) = &battle.defender {
        assert_eq!(check_apart(&battle.challenger, defender), Ok(()));
    }
    if let State::Active { .. } | State::Resolved { .. } = battle.state {
        let defender = battle.defender.as_ref().expect("two crews fight");
        assert!(check_crew(&NUMBERS, &battle.challenger).is_ok());
        assert!(check_crew(&NUMBERS, defender).is_ok());
    }
    Some((battle, now, released))
}
