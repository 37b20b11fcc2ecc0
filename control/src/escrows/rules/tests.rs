use proptest::prelude::*;

use super::standing::{Heard, Opened};
use super::*;
use crate::onchain::Place;
use crate::queue::rules::config::defaults;
use crate::uint::EscrowId;

const A: &str = "0x1111111111111111111111111111111111111111";
const B: &str = "0x2222222222222222222222222222222222222222";
const NOBODY: &str = "0x0000000000000000000000000000000000000000";
const T: At = At(1_000_000_000);
const NUMBER: EscrowId = EscrowId::small(7);

fn terms(stake: Option<Wei>) -> Terms {
    let contract = "0x3333333333333333333333333333333333333333".parse().unwrap();
    Terms { chain_id: 31_337, contract, confirmations: 3, stake }
}

fn agreed() -> Agreed {
    let players = Sides { first: A.parse().unwrap(), second: B.parse().unwrap() };
    Agreed { players, tier: 2, stake: Wei::coins(300) }
}

fn queue(name: &str) -> Queue {
    defaults().into_iter().find(|queue| queue.name == name).unwrap()
}

#[test]
fn a_queue_is_played_for_stakes_that_the_escrow_takes_and_within_its_windows() {
    assert_eq!(fits(&queue("code_duel"), &terms(None)), Ok(()));
    let [one, strange] = [Wei::coins(300), Wei::small(1)];
    let mut untiered = queue("code_duel");
    untiered.entrance.tiers.clear();
    assert_eq!(fits(&untiered, &terms(Some(one))), Ok(()));
    let mut priced = queue("code_duel");
    priced.entrance.tiers[0].stake = "51".into();
    for (queue, stake, why) in [
        (queue("melee"), Some(one), Unfit::TooLong(1_800)),
        (queue("proxy_war"), Some(one), Unfit::NotOfTwo),
        (queue("bounty_hunt"), None, Unfit::NotOfTwo),
        (queue("code_duel"), Some(one), Unfit::TierOrStake),
        (untiered.clone(), None, Unfit::TierOrStake),
        (untiered, Some(strange), Unfit::NoSuchStake),
        (priced, None, Unfit::NoSuchStake),
    ] {
        assert_eq!(fits(&queue, &terms(stake)), Err(why), "{} {stake:?}", queue.name);
    }
}

#[test]
fn the_deadlines_of_a_staked_duel_nest_in_those_of_the_escrow() {
    let duel = queue("code_duel").timing;
    let opened = Standing { opened: Some(Opened { number: NUMBER, at: T }), ..Standing::default() };
    let until = open_until(&opened).unwrap();
    assert!(T + STAKING + MARGIN <= until && until + MARGIN <= T + JOIN_WINDOW);
    assert!(duel.countdown.0 + duel.length.0 + MARGIN.0 < RESULT_WINDOW.0);
}

#[test]
fn a_tier_is_the_contracts_number_of_what_it_costs() {
    let tiers = queue("code_duel").entrance.tiers;
    let of = |tier| staked(&terms(None), &tiers, tier);
    for (tier, number, tokens) in
        [("bronze", 0, 50), ("silver", 1, 150), ("gold", 2, 300), ("diamond", 3, 500)]
    {
        assert_eq!(of(Some(tier)), Some((number, Wei::coins(tokens))));
    }
    assert_eq!((of(None), of(Some("tin"))), (None, None));
}

#[test]
fn a_stake_counts_when_it_has_its_confirmations_and_the_result_would_come_in_time() {
    let timing = queue("code_duel").timing;
    let both = Sides { first: Some(10), second: Some(12) };
    let standing = Standing {
        opened: Some(Opened { number: NUMBER, at: T }),
        joined: both,
        started_at: Some(T),
        ..Standing::default()
    };
    let of = |standing: &Standing, head, waits| {
        let Sides { first, second } = has(standing, &terms(None), head, waits);
        (first, second)
    };
    let soon = Some((&timing, T + Span::seconds(1)));
    let late = Some((&timing, T + Span::seconds(80)));
    let one = Standing { joined: Sides { first: Some(10), second: None }, ..standing };
    let ended = Standing { ended: Some(End::Cancelled), ..standing };
    for (standing, head, waits, expected) in [
        (&one, 11, soon, (Stake::Seen, Stake::Owed)),
        (&one, 12, soon, (Stake::Locked, Stake::Owed)),
        // What was heard of is as new as its own block, whatever was read.
        (&standing, 0, soon, (Stake::Locked, Stake::Seen)),
        (&standing, 13, soon, (Stake::Locked, Stake::Seen)),
        (&standing, 14, soon, (Stake::Locked, Stake::Locked)),
        (&standing, 14, late, (Stake::Seen, Stake::Seen)),
        (&standing, 14, None, (Stake::Locked, Stake::Locked)),
        (&ended, 14, None, (Stake::Seen, Stake::Seen)),
    ] {
        assert_eq!(of(standing, head, waits), expected, "{standing:?} {head}");
    }
}

#[test]
fn what_an_escrow_has_is_sent_on_whatever_becomes_of_the_match() {
    let opened = Some(Opened { number: NUMBER, at: T });
    let nothing = Standing { opened, ..Standing::default() };
    let one = Standing { joined: Sides { first: Some(1), second: None }, ..nothing };
    let joined = Sides { first: Some(1), second: Some(1) };
    let both = Standing { joined, started_at: Some(T), ..nothing };
    let cancelled = Standing { ended: Some(End::Cancelled), ..both };
    let paid = Sides { first: Wei::coins(540), second: Wei::ZERO };
    let won = End::Resolved { winner: Some(Side::First) };
    let resolved = Standing { ended: Some(won), paid, ..both };
    let returned =
        Standing { paid: Sides { first: Wei::coins(300), second: Wei::ZERO }, ..cancelled };
    let winner = Fate::Won { winner: Side::First, forfeit: false };
    let expiry = Some(T + JOIN_WINDOW + SLACK);
    let timeout = Some(T + RESULT_WINDOW + SLACK);
    let now = Some(At(0));
    for (fate, standing, result, pay) in [
        (Fate::Void, Standing::default(), false, (None, None)),
        (Fate::Void, nothing, false, (None, None)),
        (Fate::Void, one, false, (expiry, None)),
        (Fate::Open, both, false, (timeout, timeout)),
        (winner, both, true, (timeout, timeout)),
        (Fate::Void, both, true, (timeout, timeout)),
        (winner, resolved, false, (now, None)),
        (Fate::Void, cancelled, false, (now, now)),
        (winner, cancelled, false, (now, now)),
        (Fate::Void, returned, false, (None, now)),
    ] {
        let wanted = wants(fate, &standing);
        let (first, second) = pay;
        assert_eq!(wanted, Wants { result, pay: Sides { first, second } }, "{fate:?} {standing:?}");
    }
}

#[test]
fn what_must_never_be_is_seen() {
    let opened = Some(Opened { number: NUMBER, at: T });
    let joined = Sides { first: Some(1), second: Some(1) };
    let resolved = |winner, coins: [u64; 2]| Standing {
        opened,
        joined,
        started_at: Some(T),
        ended: Some(End::Resolved { winner }),
        paid: Sides { first: Wei::coins(coins[0]), second: Wei::coins(coins[1]) },
    };
    let of = |fate, standing: &Standing| fault(fate, standing, Wei::coins(300));
    let won = Fate::Won { winner: Side::First, forfeit: true };
    let right = resolved(Some(Side::First), [540, 0]);
    assert_eq!(of(won, &right), None);
    assert_eq!(of(Fate::Drawn, &resolved(None, [270, 270])), None);
    assert!(of(Fate::Drawn, &right).is_some() && of(Fate::Void, &right).is_some());
    assert!(of(won, &resolved(Some(Side::Second), [0, 540])).is_some());
    assert!(of(won, &resolved(Some(Side::First), [540, 61])).is_some());
}

fn said(choice: u8) -> Said {
    let player = |account: &str| account.parse().unwrap();
    match choice {
        0 => Said::Joined { player: player(A) },
        1 => Said::Joined { player: player(B) },
        2 => Said::Started,
        3 => Said::Resolved { winner: player(A) },
        4 => Said::Resolved { winner: player(NOBODY) },
        5 => Said::Cancelled,
        6 => Said::Paid { player: player(A), amount: Wei::coins(1) },
        _ => Said::Paid { player: player(B), amount: Wei::coins(2) },
    }
}

proptest! {
    /// Events come in any order, some of them twice, and blocks are taken back in between: what is
    /// left is what somebody sees who hears only what the chain has.
    #[test]
    fn whatever_was_heard_and_taken_back_leaves_what_the_chain_says(
        events in proptest::collection::vec((0_i64..6, 0_i64..3, 0_u8..8), 0..24),
        gone in proptest::collection::vec(0_i64..6, 0..4),
        order in any::<u64>(),
    ) {
        let mut chain: Vec<Heard> = Vec::new();
        for (block, log, choice) in events {
            let place = Place { block, log };
            if chain.iter().all(|heard| heard.place != place) {
                chain.push(Heard { place, at: T + Span::seconds(block.unsigned_abs()), said: said(choice) });
            }
        }
        chain.retain(|heard| !gone.contains(&heard.place.block));
        let opened = Some(Opened { number: NUMBER, at: T });
        let mut mixed = chain.clone();
        mixed.sort_by_key(|heard| {
            let place = heard.place.block * 10 + heard.place.log;
            order.wrapping_mul(place.unsigned_abs() | 1).rotate_left(17)
        });
        chain.sort_by_key(|heard| heard.place);
        let fresh = Standing::of(&agreed(), opened, &chain);
        prop_assert_eq!(Standing::of(&agreed(), opened, &mixed), fresh);
        // Without an escrow of ours, nothing is about it.
        prop_assert_eq!(Standing::of(&agreed(), None, &chain), Standing::default());
    }
}

#[test]
fn an_escrow_is_a_matchs_if_it_is_what_two_agreed_upon_and_the_newest() {
    let created = |block, number, agreed: Agreed| {
        let key = crate::onchain::MatchKey("0x00".into());
        let said = Said::Created { key, number: EscrowId::small(number), agreed };
        Heard { place: Place { block, log: 0 }, at: T, said }
    };
    let cheaper = Agreed { tier: 0, stake: Wei::coins(50), ..agreed() };
    let turned = Sides { first: B.parse().unwrap(), second: A.parse().unwrap() };
    let others = Agreed { players: turned, ..agreed() };
    let all = [
        created(4, 9, others),
        created(3, 8, agreed()),
        created(1, 7, agreed()),
        created(5, 1, cheaper),
    ];
    let found = Standing::opened(&agreed(), &all);
    assert_eq!(found.map(|opened| opened.number), Some(EscrowId::small(8)));
    assert_eq!(Standing::opened(&agreed(), &all[3..]), None);
}

#[test]
fn a_prize_is_both_stakes_until_the_contract_says_what_it_gave() {
    let started = Standing {
        opened: Some(Opened { number: NUMBER, at: T }),
        started_at: Some(T),
        ..Standing::default()
    };
    let won = Fate::Won { winner: Side::First, forfeit: false };
    let resolved = End::Resolved { winner: Some(Side::First) };
    let paid = Sides { first: Wei::coins(570), second: Wei::ZERO };
    for (name, fate, standing, expected) in [
        ("nobody has paid", won, Standing::default(), None),
        ("not decided", Fate::Open, started, None),
        ("a tie", Fate::Drawn, started, None),
        ("won", won, started, Some(Wei::coins(600))),
        (
            "less the rake",
            won,
            Standing { ended: Some(resolved), paid, ..started },
            Some(Wei::coins(570)),
        ),
        ("given back", won, Standing { ended: Some(End::Cancelled), ..started }, None),
    ] {
        assert_eq!(prize(fate, &standing, Wei::coins(300)), expected, "{name}");
    }
}
