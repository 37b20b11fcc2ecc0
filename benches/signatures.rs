//! What it costs to know whose signature over a result it is, from the text that arrives.

use std::hint::black_box;

use arena_protocol::result::{B256, Domain, MatchResult, Signature, match_id, recover, wallet};
use criterion::{Criterion, criterion_group, criterion_main};

/// The binary's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIGNATURE: &str = "0xca0e8ef60f6180bb45b75d0228e8afdd0fa73f281b6c740e55874d0fcf62fde7\
     64df1dcf5809fc769fd08946aecf73d5e8aef58eedd6972fffae864515c1e6d21b";
const WINNER: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
const LOSER: &str = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF";
const CONTRACT: &str = "0x1CC748475F1F666017771FB49131708446B9f3DF";

fn signatures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("signature");
    let account = |text| wallet(text).expect("an address");
    let domain = Domain { chain_id: 143, contract: account(CONTRACT) };
    let result = MatchResult {
        match_id: match_id("00000000-0000-4000-8000-000000000001"),
        winner: account(WINNER),
        loser: account(LOSER),
        game_id: "melee".into(),
        winner_score: 3,
        loser_score: 0,
        replay_hash: B256::ZERO,
        timestamp: 1_700_000_000,
    };
    group.bench_function("whose is it", |bencher| {
        bencher.iter(|| {
            let read: Signature = black_box(SIGNATURE).parse().expect("a signature");
            let signed = recover(result.clone(), &domain, read).expect("somebody's");
            assert_eq!(signed.signer(), result.winner);
        });
    });
    group.bench_function("the hash alone", |bencher| {
        bencher.iter(|| black_box(&result).digest(black_box(&domain)));
    });
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
