use super::*;
use crate::queue::rules::config::defaults;

const ID: &str = "00000000-0000-4000-8000-000000000001";
const ENTRY: &str = "00000000-0000-4000-8000-00000000000a";
const A: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
const B: &str = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF";

fn taken(changes: &[(&'static str, Option<&'static str>)]) -> Result<Taken, Left> {
    let mut columns = vec![
        ("id", Some(ID)),
        ("status", Some("completed")),
        ("p1_connect_code", Some("A#1")),
        ("p2_connect_code", Some("B#2")),
        ("p1_wallet", Some(A)),
        ("p2_wallet", Some(B)),
        ("p1_queue_id", Some(ENTRY)),
        ("winner_wallet", Some(B)),
        ("loser_wallet", Some(A)),
        ("winner_score", Some("3")),
        ("loser_score", Some("1")),
        ("result_timestamp", Some("1700000000")),
        ("created_at", Some("2023-11-14T22:00:00.123456+00:00")),
        ("completed_at", Some("2023-11-14T22:13:20.500000+00:00")),
    ];
    columns.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    columns.extend(changes);
    let fresh = Sides { first: TicketId(1), second: TicketId(2) };
    a_match(&Record::of(&columns), &defaults()[0], fresh)
}

#[test]
fn a_result_is_what_was_decided_there() {
    let Taken { made, decided, .. } = taken(&[]).unwrap();
    assert_eq!((made.id.to_string(), made.state.old_name()), (ID.to_owned(), "completed"));
    assert_eq!(made.created_at, At(1_699_999_200_123));
    assert_eq!(made.ended_at, Some(At(1_700_000_000_500)));
    assert_eq!(made.players.first.entry.to_string(), ENTRY, "who knows it speaks for the side");
    assert_eq!(made.players.second.entry, TicketId(2));
    let decided = decided.unwrap();
    let outcome = Outcome::Won { winner: Side::Second, how: How::Played };
    assert_eq!(decided.result.outcome, outcome);
    assert_eq!(decided.result.stocks, Sides { first: 1, second: 3 });
    assert_eq!(decided.at, At(1_700_000_000_000));
}

#[test]
fn a_match_without_wallets_was_won_by_who_had_more_left_and_a_tie_by_the_first() {
    let without =
        [("p1_wallet", None), ("p2_wallet", None), ("winner_wallet", None), ("loser_wallet", None)];
    assert_eq!(taken(&without).unwrap_err(), Left::Winner, "nothing tells it");
    for (first, second, winner) in
        [("2", "1", Side::First), ("1", "2", Side::Second), ("0", "0", Side::First)]
    {
        let stocks = [("p1_stocks", Some(first)), ("p2_stocks", Some(second))];
        let taken = taken(&[&without[..], &stocks].concat()).unwrap();
        let outcome = Outcome::Won { winner, how: How::Played };
        assert_eq!(taken.made.state.outcome(), Some(outcome));
    }
}

#[test]
fn a_match_that_is_played_goes_on_with_the_one_report_that_there_is() {
    let playing = [
        ("status", Some("playing")),
        ("p1_result", Some("COMPLETED")),
        ("p1_stocks", Some("3")),
        ("p1_opponent_stocks", Some("1")),
    ];
    let Taken { made, decided, reports, lost } = taken(&playing).unwrap();
    assert_eq!((made.state.name(), made.ended_at, decided), ("active", None, None));
    assert_eq!(made.state.deadlines()[0].due_at, made.created_at + Span::seconds(1_800));
    let report = reports.first.unwrap();
    assert_eq!((report.outcome.as_str(), report.stocks), ("COMPLETED", Some(3)));
    assert_eq!(reports.second, None);
    assert_eq!(lost, [(Side::Second, Lost::Entry)]);
}

#[test]
fn what_of_a_side_is_not_taken_along_is_told() {
    let long: &'static str = "x".repeat(257).leak();
    let playing = [("status", Some("playing")), ("p1_stocks", None), ("p2_stocks", None)];
    let with = |side, changed: &[(&'static str, Option<&'static str>)], lost| {
        let entry = ("p2_queue_id", Some("00000000-0000-4000-8000-00000000000b"));
        let mut changes = [&playing[..], changed].concat();
        if !changes.iter().any(|(name, _)| *name == entry.0) {
            changes.push(entry);
        }
        assert_eq!(taken(&changes).unwrap().lost, [(side, lost)], "{changed:?}");
    };
    with(Side::First, &[("p1_queue_id", None)], Lost::Entry);
    with(Side::First, &[("p1_queue_id", Some("seven"))], Lost::Entry);
    with(Side::Second, &[("p2_queue_id", Some(ENTRY))], Lost::EntryTwice);
    with(Side::First, &[("p1_wallet", Some(long))], Lost::Wallet);
    with(Side::Second, &[("p2_agent_id", Some("seven"))], Lost::Agent);
    with(Side::Second, &[("p2_agent_id", Some("-1"))], Lost::Agent);
    with(Side::First, &[("p1_result", Some("\0"))], Lost::Report);
    let both = [("p1_result", Some("COMPLETED")), ("p2_result", Some("COMPLETED"))];
    let lost = taken(&[&playing[..], &both, &[("p2_queue_id", None)]].concat()).unwrap().lost;
    let report = |side| (side, Lost::Report);
    assert_eq!(lost, [(Side::Second, Lost::Entry), report(Side::First), report(Side::Second)]);
}

#[test]
fn what_cannot_be_read_is_left_with_its_reason() {
    for (column, value, left) in [
        ("id", Some("00000000-0000-4000-8000-00000000000A"), Left::Id),
        ("id", None, Left::Id),
        ("status", Some("paused"), Left::Status),
        ("p2_connect_code", None, Left::Code),
        ("p1_connect_code", Some("A\0"), Left::Code),
        ("created_at", Some("yesterday"), Left::Made),
        ("result_timestamp", Some("-5"), Left::Decided),
        ("result_timestamp", Some("9223372036854775807"), Left::Decided),
        ("winner_score", Some("256"), Left::Score),
        ("loser_score", None, Left::Score),
        ("winner_wallet", Some("0x0000000000000000000000000000000000000001"), Left::Winner),
    ] {
        assert_eq!(taken(&[(column, value)]).unwrap_err(), left, "{column} {value:?}");
    }
}
