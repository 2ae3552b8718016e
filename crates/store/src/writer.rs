//! The one writer: takes waiting commands into one transaction, each in its savepoint, and answers after the COMMIT.
//!
//! A command is owned, so a dropped request never stops it. A refusal or panic undoes its own savepoint only. When
//! the COMMIT or a savepoint fails, the connection is dropped, the whole group is undone and every caller hears
//! [`StoreError::Unavailable`].

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::db::{Conn, Db};
use crate::error::StoreError;
use crate::sql::execute;
use crate::tx::Tx;

/// Commands in one transaction at most.
pub const GROUP: usize = 64;

/// Commands that may wait; the next caller waits outside.
const QUEUE: usize = 1024;

/// What became of a command's group.
enum Fate {
    Committed,
    Lost,
}

/// A command that ran: whether its changes stay, and how to answer its caller once the group's fate is known.
struct Ran {
    keep: bool,
    answer: Box<dyn FnOnce(Fate) + Send>,
}

type Command = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Ran> + Send>;

/// Hands changes to the writer task. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Command>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the writer task on its own connection. It ends when every [`Writer`] is dropped and the queue is empty.
    #[must_use]
    pub fn start(db: Db, chain: i64) -> (Self, JoinHandle<()>) {
        let (queue, commands) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(serve(db, chain, commands, Arc::clone(&commits)));
        (Self { queue, commits }, task)
    }

    /// How many groups were committed since the start: each is one COMMIT, and so one fsync of the log.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Runs `work` in the next group and gives its answer after that group's COMMIT has returned.
    ///
    /// # Errors
    /// What `work` refuses, or [`StoreError::Unavailable`] when the group was lost.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let command: Command = Box::new(move |tx| {
            Box::pin(async move {
                let result = work(tx).await;
                let keep = result.is_ok();
                let answer = move |fate| {
                    // A caller that went away needs no answer; its change stands all the same.
                    let _ = sender.send(match fate {
                        Fate::Committed => result,
                        Fate::Lost => Err(StoreError::Unavailable.into()),
                    });
                };
                Ran { keep, answer: Box::new(answer) }
            })
        });
        self.queue.send(command).await.map_err(|_| StoreError::Unavailable)?;
        receiver.await.map_err(|_| StoreError::Unavailable)?
    }
}

async fn serve(db: Db, chain: i64, mut commands: mpsc::Receiver<Command>, commits: Arc<AtomicU64>) {
    let mut kept: Option<Tx> = None;
    let mut group = Vec::with_capacity(GROUP);
    while commands.recv_many(&mut group, GROUP).await > 0 {
        let mut tx = match kept.take() {
            Some(tx) => tx,
            None => match db.own_conn().await {
                Ok(conn) => Tx::new(conn, chain),
                Err(error) => {
                    tracing::error!(%error, "the writer has no connection");
                    // Dropped commands answer their callers with Unavailable.
                    group.clear();
                    continue;
                }
            },
        };
        let mut ran = Vec::with_capacity(group.len());
        let outcome = run_group(&mut tx, &mut group, &mut ran).await;
        if let Err(error) = &outcome {
            tracing::error!(%error, commands = ran.len(), "a group of changes was lost");
        } else {
            kept = Some(tx);
            commits.fetch_add(1, Ordering::Relaxed);
        }
        group.clear();
        for done in ran {
            (done.answer)(if outcome.is_ok() { Fate::Committed } else { Fate::Lost });
        }
    }
}

/// Runs a group to its COMMIT. On an error the caller drops the connection, which undoes everything.
async fn run_group(tx: &mut Tx, group: &mut Vec<Command>, ran: &mut Vec<Ran>) -> Result<(), StoreError> {
    tx.begin().await?;
    for command in group.drain(..) {
        savepoint(tx, "savepoint one").await?;
        let mark = tx.mark();
        match AssertUnwindSafe(command(tx)).catch_unwind().await {
            Ok(done) if done.keep => {
                savepoint(tx, "release savepoint one").await?;
                ran.push(done);
            }
            // A refusal waits for the COMMIT as well: what it was decided on must have become true.
            Ok(done) => {
                undo(tx, mark).await?;
                ran.push(done);
            }
            Err(_) => {
                tracing::error!("a command panicked; its changes were undone");
                undo(tx, mark).await?;
            }
        }
    }
    tx.finish().await
}

async fn undo(tx: &mut Tx, mark: crate::tx::Mark) -> Result<(), StoreError> {
    tx.rewind(mark);
    savepoint(tx, "rollback to savepoint one").await?;
    savepoint(tx, "release savepoint one").await
}

async fn savepoint(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    let mut conn: Conn<'_> = tx.conn();
    execute!(&mut conn, sql).map(|_| ())
}
