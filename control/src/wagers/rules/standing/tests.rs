use super::*;
use crate::uint::WagerId;

const A: &str = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const B: &str = "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf";
const MATCH: MatchId = MatchId::random(1);
const C: &str = "0x6813eb9362372eef6200f3b1dbc3f819671cba69";

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn proposed(proposer: &str, opponent: &str, amount: u64) -> Said {
    let (proposer, opponent) = (account(proposer), account(opponent));
    Said::Proposed { proposer, opponent, amount: Wei::small(amount), game: None }
}

fn of_game(name: &str) -> Said {
    let (proposer, opponent) = (account(A), account(B));
    let game = Some(name.to_owned());
    Said::Proposed { proposer, opponent, amount: Wei::small(5), game }
}

fn standing(said: &[Said]) -> Standing {
    let terms = &Terms { by: Side::First, amount: Wei::small(5), id: Some(WagerId::default()) };
    let wallets = &Sides { first: Some(account(A)), second: Some(account(B)) };
    let said: Vec<_> = said.iter().map(|said| (At(7), said.clone())).collect();
    let (backing, match_id) = (Backing::Contract, MATCH);
    Standing::of(&Agreed { backing, terms, wallets, match_id, game: "melee" }, &said)
}

#[test]
fn the_contract_is_believed_and_nobody_else() {
    let nobody = format!("0x{}", "0".repeat(40));
    let accepted = |by| Said::Accepted { by: account(by) };
    let paid_by =
        |id, winner| Said::Settled { match_key: MatchKey::of(id), winner: account(winner) };
    let paid = |winner| paid_by(MATCH, winner);
    let bound_to = |id| Said::Bound { match_key: MatchKey::of(id) };
    let here = || bound_to(MATCH);
    let elsewhere = || bound_to(MatchId::random(2));
    let open = Standing::Open { bound: false };
    let wrong = Standing::Wrong { held_since: None };
    let held = Standing::Wrong { held_since: Some(At(7)) };
    let (since, second) = (At(7), Side::Second);
    for (name, said, expected) in [
        ("for this match", vec![proposed(A, B, 5), here()], Standing::Open { bound: true }),
        ("for another match", vec![proposed(A, B, 5), elsewhere()], wrong),
        ("not heard of", vec![], Standing::Unseen),
        ("proposed", vec![proposed(A, B, 5)], open),
        ("open to anybody", vec![proposed(A, &nobody, 5)], open),
        ("of this game", vec![of_game("melee")], open),
        ("another amount", vec![proposed(A, B, 6)], wrong),
        ("somebody else's", vec![proposed(C, B, 5)], wrong),
        ("against somebody else", vec![proposed(A, C, 5)], wrong),
        (
            "locked by any match",
            vec![proposed(A, B, 5), accepted(B)],
            Standing::Locked { since, bound: false },
        ),
        (
            "locked for this match",
            vec![proposed(A, B, 5), here(), accepted(B)],
            Standing::Locked { since, bound: true },
        ),
        ("taken by another", vec![proposed(A, &nobody, 5), accepted(C)], wrong),
        ("strangers' own", vec![proposed(C, B, 5), accepted(B)], wrong),
        ("of another game, and taken", vec![of_game("ultimate"), accepted(B)], held),
        ("of another amount, and taken", vec![proposed(A, B, 6), accepted(B)], held),
        ("the other way round, and taken", vec![proposed(B, A, 5), accepted(A)], held),
        ("for another match, and taken", vec![proposed(A, B, 5), elsewhere(), accepted(B)], held),
        (
            "paid",
            vec![proposed(A, B, 5), accepted(B), paid(B)],
            Standing::Paid { winner: second, bound: false },
        ),
        (
            "paid by another match",
            vec![proposed(A, B, 5), accepted(B), paid_by(MatchId::random(2), B)],
            Standing::PaidElsewhere { winner: second },
        ),
        ("paid to a stranger", vec![proposed(A, B, 5), accepted(B), paid(C)], wrong),
        ("cancelled", vec![proposed(A, B, 5), Said::Cancelled], Standing::Returned),
        ("voided", vec![proposed(A, B, 5), accepted(B), Said::Voided], Standing::Returned),
        (
            "wrong, taken and voided",
            vec![proposed(A, B, 6), accepted(B), Said::Voided],
            Standing::Returned,
        ),
    ] {
        assert_eq!(standing(&said), expected, "{name}");
    }
}
