//! Heavy work a few at a time, off the threads that serve: whoever finds the queue full is asked to come back.

use store::StoreError;
use tokio::sync::Semaphore;

use crate::error::{Answer, ServiceError};

/// A kind of heavy work, with its turns and its queue.
pub struct Turns {
    turns: Semaphore,
    waiting: Semaphore,
}

impl Turns {
    /// `at_once` pieces of work are done at a time, and `waiting` in all are under way or in the queue.
    #[must_use]
    pub const fn new(at_once: usize, waiting: usize) -> Self {
        Self { turns: Semaphore::const_new(at_once), waiting: Semaphore::const_new(waiting) }
    }

    /// Does a piece of work in its turn. Work that has begun keeps its turn to the end, also when nobody waits for it
    /// any more: otherwise a flood of broken connections would run all at once.
    ///
    /// # Errors
    /// [`ServiceError::Busy`] when the queue is full.
    pub async fn take<T: Send + 'static>(
        &'static self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Answer<T> {
        let waiting = self.waiting.try_acquire().map_err(|_| ServiceError::Busy)?;
        let turn = self.turns.acquire().await.map_err(|_| ServiceError::Busy)?;
        let worked = tokio::task::spawn_blocking(move || {
            let _held = (waiting, turn);
            work()
        });
        worked.await.map_err(|_| StoreError::Unavailable.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_turns_away_and_work_that_began_keeps_its_turn() {
        static TURNS: Turns = Turns::new(1, 2);
        let (go, wait) = mpsc::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel();
        let first = tokio::spawn(TURNS.take(move || {
            let _ = began.send(());
            let _ = wait.recv();
        }));
        begun.await.unwrap();
        // Nobody waits for it any more, and it still works.
        first.abort();
        let second = tokio::spawn(TURNS.take(|| 2));
        while TURNS.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(TURNS.take(|| 3).await, Err(ServiceError::Busy)));
        assert!(!second.is_finished());
        go.send(()).unwrap();
        assert_eq!(second.await.unwrap().unwrap(), 2);
        assert_eq!(TURNS.take(|| 4).await.unwrap(), 4);
    }
}
