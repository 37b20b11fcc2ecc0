//! Results as wallets sign them: hashes and signatures that were made by other libraries, every
//! other form of them, and the damaged ones.

use arena_protocol::result::{
    Address, B256, Domain, Malformed, MatchResult, Signature, match_id, recover, wallet,
};
use proptest::prelude::*;

const ID: &str = "00000000-0000-4000-8000-000000000001";
const CONTRACT: &str = "0x1CC748475F1F666017771FB49131708446B9f3DF";
/// Of the keys 1 and 2.
const WINNER: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
const LOSER: &str = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF";

/// Chain, digest, and both signatures, made by the signer of the clients of today.
const SIGNED: [(u64, &str, [&str; 2]); 2] = [
    (
        143,
        "e416b41a78c7933539bbbe2721747b71f11b2491f0b548a96c0a0200996f36dd",
        [
            "ca0e8ef60f6180bb45b75d0228e8afdd0fa73f281b6c740e55874d0fcf62fde7\
             64df1dcf5809fc769fd08946aecf73d5e8aef58eedd6972fffae864515c1e6d21b",
            "728f31a9d2b9e4c0b8e1201230d2c2123baf8854a6f58060b94f868499231ffc\
             76a09fbed8dd651905d74c846a2b5288381ae9fdd450cffe05370e1ac8c3ebcd1b",
        ],
    ),
    (
        10143,
        "f5354e85ba1df4f1ffd589937c964c540aa6f6c4e18724019f4f7df399bbc12e",
        [
            "db80493f0f281826ec1334a9823724a4ed1e4944ea19a938cb49ad43d0855d3c\
             63bc90c08401bcccfb0ff031ad59d858c25bc554995a9b74f7b9aa50b99213f31c",
            "5054dc7461e114df862a750630cc5e2604a6f3d25205b5e3057d6044fcc893e7\
             70df0b55ebbecb34b71d0929d5d8f1e90f487a666eb2a2e299f68296ff4083791b",
        ],
    ),
];

fn result() -> MatchResult {
    MatchResult {
        match_id: match_id(ID),
        winner: wallet(WINNER).expect("a wallet"),
        loser: wallet(LOSER).expect("a wallet"),
        game_id: "melee".into(),
        winner_score: 3,
        loser_score: 0,
        replay_hash: B256::ZERO,
        timestamp: 1_700_000_000,
    }
}

fn domain(chain_id: u64) -> Domain {
    Domain { chain_id, contract: wallet(CONTRACT).expect("a wallet") }
}

fn signer(result: MatchResult, domain: &Domain, signature: &str) -> Option<Address> {
    Some(recover(result, domain, signature.parse().expect("a signature")).ok()?.signer())
}

#[test]
fn a_match_is_known_to_the_contract_by_the_sum_of_its_id() {
    let sum = "11e594f481958c10e3015d0bf0447a22f068a8a647f475df15ce2c7ab4b8f3f1";
    assert_eq!(match_id(ID).to_string(), format!("0x{sum}"));
}

#[test]
fn what_other_libraries_signed_is_known_here() {
    for (chain, digest, signatures) in SIGNED {
        let domain = domain(chain);
        assert_eq!(result().digest(&domain).to_string(), format!("0x{digest}"));
        for (signature, account) in signatures.iter().zip([WINNER, LOSER]) {
            let signed = recover(result(), &domain, signature.parse().unwrap()).unwrap();
            assert_eq!(signed.signer().to_checksum(None), account);
            assert_eq!(signed.signature().to_string(), *signature);
        }
    }
}

#[test]
fn each_form_of_a_signature_is_the_same_signature() {
    for (_, _, signatures) in SIGNED {
        for text in signatures {
            let one: Signature = text.parse().unwrap();
            let odd = text.ends_with("1c");
            let low_v = format!("{}{}", &text[..128], if odd { "01" } else { "00" });
            let first = u8::from_str_radix(&text[64..66], 16).unwrap() | (u8::from(odd) << 7);
            let compact = format!("{}{first:02x}{}", &text[..64], &text[66..128]);
            for form in [
                format!("0x{text}"),
                text.to_uppercase(),
                low_v,
                compact.clone(),
                format!("0x{compact}"),
            ] {
                assert_eq!(form.parse(), Ok(one), "{form}");
            }
        }
    }
}

#[test]
fn what_is_no_signature_is_told_apart() {
    let good = SIGNED[0].2[0];
    let (r, s) = (&good[..64], &good[64..128]);
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let zero = "00".repeat(32);
    // The order less s: with the other v it would recover to the same account.
    let high = "9b20e230a7f60389602f76b951308c28d1ffe757c172090bc023d847ba745a6f";
    for (text, error) in [
        (String::new(), Malformed::Length(0)),
        ("0x".into(), Malformed::Length(0)),
        (format!("{r}{s}1b00"), Malformed::Length(66)),
        (good[..126].into(), Malformed::Length(63)),
        (format!("{r}{s}1d"), Malformed::V(29)),
        (format!("{r}{s}02"), Malformed::V(2)),
        (format!("{r}{s}23"), Malformed::V(35)),
        (format!("{r}{s}ff"), Malformed::V(255)),
        (format!("{zero}{s}1b"), Malformed::OutOfRange),
        (format!("{r}{zero}1b"), Malformed::OutOfRange),
        (format!("{order}{s}1b"), Malformed::OutOfRange),
        (format!("{r}{order}1b"), Malformed::OutOfRange),
        (format!("{r}{high}1c"), Malformed::HighS),
        (format!("0X{good}"), Malformed::NotHex),
        (format!("0x0x{good}"), Malformed::NotHex),
        (good[..129].into(), Malformed::NotHex),
        ("0xsig_a".into(), Malformed::NotHex),
        ("f".repeat(20_000), Malformed::Length(10_000)),
    ] {
        assert_eq!(text.parse::<Signature>(), Err(error), "{text:.80}");
    }
}

#[test]
fn whatever_is_changed_is_signed_by_somebody_else() {
    let (chain, _, [signature, _]) = SIGNED[0];
    let winner = wallet(WINNER).ok();
    assert_eq!(signer(result(), &domain(chain), signature), winner);
    let changes: [fn(&mut MatchResult); 7] = [
        |it| it.match_id = match_id("00000000-0000-4000-8000-000000000002"),
        |it| std::mem::swap(&mut it.winner, &mut it.loser),
        |it| it.game_id = "Melee".into(),
        |it| it.winner_score = 4,
        |it| it.loser_score = 1,
        |it| it.replay_hash = B256::repeat_byte(1),
        |it| it.timestamp += 1,
    ];
    for change in changes {
        let mut other = result();
        change(&mut other);
        assert_ne!(signer(other, &domain(chain), signature), winner);
    }
    assert_ne!(signer(result(), &domain(10143), signature), winner, "another chain");
    let elsewhere = Domain { contract: wallet(LOSER).unwrap(), ..domain(chain) };
    assert_ne!(signer(result(), &elsewhere, signature), winner, "another contract");
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in "(0x)?[0-9a-f]{0,140}|.{0,80}", bytes: [u8; 65]) {
        let _ = text.parse::<Signature>();
        if let Ok(read) = Signature::from_bytes(&bytes) {
            prop_assert_eq!(read.to_string().parse(), Ok(read));
            let _ = recover(result(), &domain(143), read);
        }
    }
}
