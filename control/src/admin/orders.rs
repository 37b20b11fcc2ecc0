//! What every request has to know and nobody wants to ask the database for: who is shut out, and
//! which queues let nobody in.
//!
//! Read when a process starts, by whoever has changed something before it answers, and by every
//! process when it reads the change in the log, which is some milliseconds later.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use super::Door;
use crate::events::Event;
use crate::ids::PlayerId;
use crate::store::{self, Store, admin as rows};

#[derive(Debug, Default)]
pub(crate) struct Orders(RwLock<Arc<Held>>);

#[derive(Debug, Default)]
struct Held {
    /// Those that are not open.
    doors: BTreeMap<String, Door>,
    disabled: HashSet<PlayerId>,
}

impl Orders {
    pub(crate) async fn open(store: &Store) -> Result<Self, store::Error> {
        let orders = Self::default();
        orders.refresh(store).await?;
        Ok(orders)
    }

    /// Reads them again.
    pub(crate) async fn refresh(&self, store: &Store) -> Result<(), store::Error> {
        let read = store.read(async |tx| {
            let doors = rows::doors(tx).await?.into_iter().collect();
            let disabled = rows::disabled(tx).await?.into_iter().collect();
            Ok::<_, store::Error>(Held { doors, disabled })
        });
        let held = Arc::new(read.await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(())
    }

    /// Reads them again if a line of the log says that they have changed.
    pub(crate) async fn follow(&self, store: &Store, event: &Event) {
        if !["admin.queue_door", "admin.user_disabled", "admin.user_enabled"]
            .contains(&event.kind.as_str())
        {
            return;
        }
        if let Err(error) = self.refresh(store).await {
            tracing::error!(%error, "an operator's order was not read, the old ones stand");
        }
    }

    pub(crate) fn door(&self, queue: &str) -> Door {
        self.held().doors.get(queue).copied().unwrap_or_default()
    }

    pub(crate) fn has_disabled(&self, id: PlayerId) -> bool {
        self.held().disabled.contains(&id)
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
