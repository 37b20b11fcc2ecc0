//! What the relay promises, over every transport with the same assertions.
#![expect(clippy::wildcard_enum_match_arm, reason = "what a test does not expect is one case")]
#![expect(unreachable_pub, reason = "support is a module of this test")]

macro_rules! over_every_transport {
    ($($scenario:ident),* $(,)?) => {
        over_every_transport!(@ quic, Quic, $($scenario),*);
        over_every_transport!(@ webtransport, WebTransport, $($scenario),*);
        over_every_transport!(@ websocket, WebSocket, $($scenario),*);
        over_every_transport!(@ memory, Memory, $($scenario),*);
    };
    (@ $module:ident, $via:ident, $($scenario:ident),*) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(super::Via::$via).await;
            })*
        }
    };
}

mod delay;
mod joining;
mod leaving;
mod publishing;
mod refusals;
mod rights;
mod slowness;
#[path = "../support/mod.rs"]
mod support;
