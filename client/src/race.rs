//! Several ways to the same end: each starts a while after the one before it, or at once when that
//! one fails; the first that succeeds wins, the others are dropped.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

/// The first success, else the first failure; `None` if there is nothing to try.
pub(crate) async fn first_ok<T, E, F>(
    attempts: Vec<F>,
    head_start: Duration,
) -> Option<Result<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting = attempts.into_iter();
    let mut running = FuturesUnordered::new();
    let mut failure = None;
    let mut start = pin!(tokio::time::sleep(Duration::ZERO));
    let mut more = true;
    loop {
        tokio::select! {
            biased;
            Some(done) = running.next() => match done {
                Ok(won) => return Some(Ok(won)),
                Err(error) => {
                    failure.get_or_insert(error);
                    start.as_mut().reset(Instant::now());
                }
            },
            () = &mut start, if more => match waiting.next() {
                Some(attempt) => {
                    running.push(attempt);
                    start.as_mut().reset(Instant::now() + head_start);
                }
                None => more = false,
            },
            else => return failure.map(Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::future::BoxFuture;

    use super::*;

    type Attempt = BoxFuture<'static, Result<u8, &'static str>>;

    async fn race(attempts: Vec<Attempt>) -> Option<Result<u8, &'static str>> {
        first_ok(attempts, Duration::from_millis(1)).await
    }

    #[tokio::test]
    async fn the_first_that_succeeds_wins() {
        assert_eq!(race(vec![Box::pin(ready(Ok(1))), Box::pin(ready(Ok(2)))]).await, Some(Ok(1)));
        assert_eq!(race(vec![Box::pin(pending()), Box::pin(ready(Ok(2)))]).await, Some(Ok(2)));
        assert_eq!(
            race(vec![Box::pin(ready(Err("a"))), Box::pin(ready(Ok(2)))]).await,
            Some(Ok(2))
        );
    }

    #[tokio::test]
    async fn when_all_fail_the_first_failure_is_told() {
        let attempts: Vec<Attempt> = vec![Box::pin(ready(Err("a"))), Box::pin(ready(Err("b")))];
        assert_eq!(race(attempts).await, Some(Err("a")));
        assert_eq!(race(Vec::new()).await, None);
    }

    #[tokio::test]
    async fn a_failure_starts_the_next_one_at_once() {
        let attempts: Vec<Attempt> = vec![Box::pin(ready(Err("a"))), Box::pin(ready(Ok(2)))];
        let hour = Duration::from_secs(3600);
        assert_eq!(first_ok(attempts, hour).await, Some(Ok(2)));
    }
}
