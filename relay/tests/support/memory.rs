//! The client in memory.

use std::sync::Arc;

use arena_protocol::{Batch, FromRelay};
use arena_relay::Connector;
use arena_relay::memory::Delivered;
use tokio::task::JoinSet;

use super::{Ends, Event};

pub fn open(connector: &Connector, ends: Ends, tasks: &mut JoinSet<()>) {
    let client = Arc::new(connector.open(32));
    let Ends { mut to_relay, events, mut reading } = ends;
    let writer = Arc::clone(&client);
    tasks.spawn(async move {
        while let Some(message) = to_relay.recv().await {
            if !writer.send(message).await {
                return;
            }
        }
    });
    tasks.spawn(async move {
        loop {
            if reading.wait_for(|reading| *reading).await.is_err() {
                return;
            }
            let event = match client.recv().await {
                None => return,
                Some(Delivered::Message(bytes)) => {
                    Event::Message(FromRelay::decode(bytes).expect("relays speak the protocol"))
                }
                Some(Delivered::Batch(bytes, datagram)) => {
                    let batch = Batch::parse(bytes).expect("relays speak the protocol");
                    if datagram {
                        Event::Datagram(batch)
                    } else {
                        Event::Message(FromRelay::Batch(batch))
                    }
                }
                Some(Delivered::Closed(code)) => Event::Closed(code.map(|code| 4000 + code)),
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
}
