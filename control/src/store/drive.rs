//! Drives the writer's future on its own thread.
//!
//! The writer talks with the database's thread, a few microseconds at a time. Sleeping and being
//! woken costs more than that, and the database's thread would wake us for every row. So we yield
//! for a moment first, which lets it go on where there is one core, and sees its answer at once
//! where there are two; only then do we sleep.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// As long as a slow answer takes, without a sync.
const PATIENCE: Duration = Duration::from_micros(50);

struct Call {
    called: AtomicBool,
    asleep: AtomicBool,
    thread: Thread,
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // SeqCst on both flags, here and below: either we see the sleeper, or it sees the call.
        self.called.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }
}

/// Runs a future to its end on this thread.
pub(super) fn drive<T>(future: impl Future<Output = T>) -> T {
    let call = Arc::new(Call {
        called: AtomicBool::new(false),
        asleep: AtomicBool::new(false),
        thread: std::thread::current(),
    });
    let waker = Waker::from(Arc::clone(&call));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        let since = Instant::now();
        while !call.called.swap(false, Ordering::SeqCst) {
            if since.elapsed() < PATIENCE {
                std::thread::yield_now();
                continue;
            }
            call.asleep.store(true, Ordering::SeqCst);
            if !call.called.load(Ordering::SeqCst) {
                std::thread::park();
            }
            call.asleep.store(false, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn it_is_woken_early_and_late() {
        let (to, mut here) = mpsc::channel(1);
        let (back, mut there) = mpsc::channel(1);
        let other = std::thread::spawn(move || {
            drive(async move {
                for n in 0..20_000_u32 {
                    to.send(n).await.unwrap();
                    // Now and then longer than anybody's patience.
                    if n % 1000 == 0 {
                        std::thread::park_timeout(PATIENCE * 3);
                    }
                    assert_eq!(there.recv().await, Some(n));
                }
            });
        });
        drive(async move {
            while let Some(n) = here.recv().await {
                back.send(n).await.unwrap();
            }
        });
        other.join().unwrap();
    }
}
