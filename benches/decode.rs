//! What bytes cost before anybody is sent anything.

use std::hint::black_box;

use arena_client::play::Play;
use arena_protocol::melee::{self, Frame, Record};
use arena_protocol::token::{self, Act, Claims, SigningKey};
use arena_protocol::{Batch, Header};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn batch(payload: &[u8]) -> Batch {
    let header = Header {
        seq: 70_000,
        captured_us: 1_800_000_000_000_000,
        first_frame: 600,
        frames: 6,
        key: true,
    };
    Batch::new(header, payload)
}

fn records(frames: usize) -> Vec<Record> {
    let mut play = Play::new(1);
    let frames: Vec<Frame> = (0..600 + frames).map(|_| play.step().frame).skip(600).collect();
    let start = Record::Start(play.start().clone());
    std::iter::once(start).chain(melee::runs(frames)).collect()
}

fn questions(criterion: &mut Criterion) {
    for len in [120, 1_200, 65_536] {
        let message = batch(&vec![7; len]).message().clone();
        let mut group = criterion.benchmark_group("what_does_it_cost_to_check_a_batch");
        group.throughput(Throughput::Bytes(message.len() as u64));
        group.bench_function(format!("{len}_bytes"), |bench| {
            bench.iter(|| Batch::parse(black_box(message.clone())).expect("a batch"));
        });
        group.finish();
    }
    let records = records(6);
    let payload = melee::encode(&records).expect("it can be encoded");
    criterion.bench_function("what_does_it_cost_to_encode_six_frames", |bench| {
        bench.iter(|| melee::encode(black_box(&records)).expect("it can be encoded"));
    });
    criterion.bench_function("what_does_it_cost_to_decode_six_frames", |bench| {
        bench.iter(|| melee::decode(black_box(&payload)).expect("it can be decoded"));
    });
    let key = SigningKey::from_seed(&[7; 32]);
    let (keys, channel) = (key.public(), "match/1".parse().expect("a name"));
    let token = Claims::new("agent", Act::Watch, "match/*", 1_800_000_060).sign(&key);
    criterion.bench_function("what_does_it_cost_to_check_a_token", |bench| {
        bench.iter(|| {
            token::check(Some(black_box(&token)), &keys, Act::Watch, &channel, 1_800_000_000)
                .expect("sound")
        });
    });
}

criterion_group!(benches, questions);
criterion_main!(benches);
