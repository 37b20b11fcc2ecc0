use arena_protocol::Header;

use super::*;

fn start(epoch: u64) -> Start {
    Start { epoch, schema: "opaque".to_owned(), meta: Vec::new() }
}

fn welcome(epoch: u64, next_seq: u64) -> Welcome {
    let start = (epoch > 0).then(|| start(epoch));
    Welcome { subscription: 0, epoch, start, oldest_seq: 0, next_seq, delay_ms: 0 }
}

fn batch(seq: u64) -> FromRelay {
    let header = Header { seq, captured_us: 0, first_frame: 0, frames: 1, key: false };
    FromRelay::Batch(Batch::new(header, b"x"))
}

fn gap(from: u64, to: u64) -> FromRelay {
    FromRelay::Gap(Gap { from, to, why: Why::Lagged })
}

fn end(last_seq: Option<u64>) -> FromRelay {
    FromRelay::End(End { last_seq, reason: "done".to_owned() })
}

/// Events in one line: `s1 0 1 g2-3:Lagged e`.
fn told(follow: &mut Follow) -> String {
    let words = std::iter::from_fn(|| follow.pop()).map(|event| match event {
        Event::Start(start) => format!("s{}", start.epoch),
        Event::Batch(batch) => batch.header().seq.to_string(),
        Event::Gap(gap) => format!("g{}-{}:{:?}", gap.from, gap.to, gap.why),
        Event::Reconnecting { .. } => "r".to_owned(),
        Event::Ended(_) => "e".to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn watching(delivery: Delivery, after: Option<u64>) -> Follow {
    let mut follow = Follow::new(delivery, after);
    follow.welcome(&welcome(1, 10), after);
    assert_eq!(told(&mut follow), "s1");
    follow
}

#[test]
fn a_live_viewer_begins_with_the_first_batch_it_gets() {
    let mut follow = watching(Delivery::Live, None);
    for message in [batch(7), batch(9), batch(8), gap(10, 11), batch(12)] {
        follow.heard(message);
    }
    assert_eq!(told(&mut follow), "7 8 9 g10-11:Lagged 12");
    assert_eq!(follow.after(), Some(12));
}

#[test]
fn whoever_asks_for_everything_waits_for_the_first() {
    let mut follow = watching(Delivery::Complete, Some(FROM_THE_FIRST));
    assert_eq!(follow.after(), Some(FROM_THE_FIRST));
    follow.heard(batch(1));
    assert_eq!(told(&mut follow), "");
    assert_eq!(follow.waits_for(), None, "streams are reliable");
    follow.heard(batch(0));
    assert_eq!(told(&mut follow), "0 1");
}

#[test]
fn a_resumed_session_repeats_nothing_and_leaves_nothing_out() {
    let mut follow = watching(Delivery::Complete, Some(2));
    for message in [batch(3), batch(5)] {
        follow.heard(message);
    }
    assert_eq!(told(&mut follow), "3");
    let after = follow.after();
    assert_eq!(after, Some(3));
    follow.welcome(&welcome(1, 12), after);
    for message in [batch(4), batch(5), batch(6)] {
        follow.heard(message);
    }
    assert_eq!(told(&mut follow), "4 5 6");
}

#[test]
fn another_life_begins_with_its_start_and_its_first_batch() {
    let mut follow = watching(Delivery::Complete, Some(2));
    for message in [batch(3), batch(5)] {
        follow.heard(message);
    }
    follow.welcome(&welcome(2, 1), Some(FROM_THE_FIRST));
    follow.heard(batch(0));
    assert_eq!(told(&mut follow), "3 g4-4:Restarted 5 s2 0");
}

#[test]
fn another_life_may_have_to_be_waited_for() {
    let mut follow = watching(Delivery::Live, None);
    follow.heard(batch(5));
    follow.welcome(&welcome(0, 0), Some(FROM_THE_FIRST));
    assert_eq!(follow.epoch(), None);
    follow.heard(FromRelay::Start(start(3)));
    follow.heard(batch(1));
    follow.heard(batch(0));
    assert_eq!(told(&mut follow), "5 s3 0 1");
}

#[test]
fn a_number_of_another_life_is_left_to_the_relay() {
    let mut follow = Follow::new(Delivery::Live, Some(99));
    follow.welcome(&welcome(1, 10), Some(99));
    follow.heard(FromRelay::Gap(Gap { from: 0, to: 3, why: Why::Restarted }));
    follow.heard(batch(4));
    assert_eq!(told(&mut follow), "s1 g0-3:Restarted 4");
}

#[test]
fn the_end_is_told_when_everything_before_it_was() {
    let mut follow = watching(Delivery::Live, None);
    for message in [batch(0), batch(2), end(Some(2))] {
        follow.heard(message);
    }
    assert_eq!(told(&mut follow), "0");
    assert_eq!(follow.waits_for(), Some((Some(1), DRAIN)));
    follow.heard(batch(1));
    assert_eq!(told(&mut follow), "1 2 e");
    assert!(follow.is_over());
}

#[test]
fn what_is_missing_at_the_end_is_named() {
    let mut follow = watching(Delivery::Live, None);
    for message in [batch(0), batch(2), end(Some(4))] {
        follow.heard(message);
    }
    follow.give_up();
    assert_eq!(told(&mut follow), "0 g1-1:Lagged 2 g3-4:Lagged e");
    let mut follow = watching(Delivery::Live, None);
    follow.heard(end(None));
    assert_eq!(told(&mut follow), "e");
}

#[test]
fn what_was_missing_of_a_life_that_ended_is_not_looked_for_in_another() {
    let mut follow = watching(Delivery::Live, None);
    for message in [batch(0), end(Some(1))] {
        follow.heard(message);
    }
    follow.welcome(&welcome(2, 0), Some(FROM_THE_FIRST));
    assert_eq!(told(&mut follow), "0 g1-1:Lagged e");
}

#[test]
fn the_latest_batch_waits_for_none_before_it() {
    let mut follow = watching(Delivery::Latest, None);
    for message in [batch(3), batch(6), gap(4, 5), batch(5), gap(7, 8), batch(9)] {
        follow.heard(message);
    }
    assert_eq!(told(&mut follow), "3 g4-5:Lagged 6 g7-8:Lagged 9");
}

#[test]
fn datagrams_are_waited_for_a_moment() {
    let mut follow = watching(Delivery::Datagram, None);
    for message in [batch(0), batch(2)] {
        follow.heard(message);
    }
    assert_eq!(follow.waits_for(), Some((Some(1), DATAGRAM_WINDOW)));
    follow.give_up();
    assert_eq!(told(&mut follow), "0 g1-1:Lagged 2");
    assert_eq!(follow.waits_for(), None);
}
