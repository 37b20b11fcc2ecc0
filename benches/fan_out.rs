//! What a batch costs from a publisher to its viewers, without a network.

use arena_protocol::{Batch, Delivery, FromClient, Header, Hello, Intent};
use arena_relay::memory::{Client, Delivered};
use arena_relay::{Config, Connector, Relay};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const WINDOW: usize = 64;

async fn start() -> (Connector, JoinSet<()>) {
    let mut config = Config::default();
    config.http.set_port(0);
    config.quic.set_port(0);
    config.limits.messages_per_s = u32::MAX;
    config.limits.bytes_per_s = u32::MAX;
    let relay = Relay::bind(config).await.expect("free ports");
    let connector = relay.connector();
    let mut running = JoinSet::new();
    let router = relay.routes();
    running.spawn(async {
        relay.run(router, std::future::pending()).await.expect("no part of it dies");
    });
    (connector, running)
}

async fn open(connector: &Connector, intent: Intent) -> Client {
    let client = connector.open(WINDOW);
    let hello = Hello { version: 1, channel: "bench".into(), token: None, intent };
    assert!(client.send(FromClient::Hello(hello).encode().bare()).await, "the relay runs");
    assert!(matches!(client.recv().await, Some(Delivered::Message(_))), "Welcome");
    client
}

async fn next_batch(client: &Client) {
    while !matches!(client.recv().await, Some(Delivered::Batch(..))) {}
}

fn questions(criterion: &mut Criterion) {
    for viewers in [1_u64, 10, 100, 1_000] {
        let runtime = Runtime::new().expect("a runtime");
        let (connector, _running) = runtime.block_on(start());
        let publisher = runtime.block_on(open(
            &connector,
            Intent::Publish { schema: "opaque".into(), meta: Vec::new(), resume: false },
        ));
        let watch =
            || open(&connector, Intent::Watch { after: None, delivery: Delivery::Complete });
        let watching = runtime.block_on(async {
            let mut watching = Vec::new();
            for _ in 0..viewers {
                watching.push(watch().await);
            }
            watching
        });
        let mut seq = 0;
        let mut group = criterion.benchmark_group("what_does_a_batch_cost_for_so_many_viewers");
        group.throughput(Throughput::Elements(viewers));
        group.bench_function(viewers.to_string(), |bench| {
            bench.iter(|| {
                runtime.block_on(async {
                    let header =
                        Header { seq, captured_us: 0, first_frame: 0, frames: 1, key: true };
                    let message = Batch::new(header, &[7; 1_200]).message().clone();
                    seq += 1;
                    assert!(publisher.send(message).await, "the relay runs");
                    for viewer in &watching {
                        next_batch(viewer).await;
                    }
                });
            });
        });
        group.finish();
    }
}

criterion_group!(benches, questions);
criterion_main!(benches);
