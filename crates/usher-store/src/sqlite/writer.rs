//! Writing to SQLite: one thread takes whatever batches are queued, never waiting for more, runs each in a savepoint and
//! commits them together, so that a busy disk's one flush serves many requests.
//!
//! Invariant: nobody is answered before COMMIT has returned.

use super::{bind, fault};
use crate::batch::Step;
use crate::dialect::Translated;
use crate::{Applied, Batch, Fault};
use rusqlite::{Connection, ErrorCode};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

/// Batches that may wait for the writer; whoever comes then waits for a place.
const QUEUE: usize = 1024;
/// Batches under one COMMIT, so that the first of them is not kept waiting for long.
const GROUP: usize = 256;

type Answer = Result<Applied, Fault>;

/// The way to the thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
enum Job {
    Apply { batch: Batch, answer: oneshot::Sender<Answer> },
    Close,
}

impl Writer {
    /// Starts the thread. It holds the folder's lock until it ends.
    pub(super) fn start(connection: Connection, statements: Arc<Translated>, lock: File) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new().name("usher-writer".to_owned()).spawn(move || {
            Scribe { connection, statements }.run(jobs);
            drop(lock);
        })?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Queues a batch and waits until it is committed or refused.
    pub(super) async fn apply(&self, batch: Batch) -> Answer {
        let (answer, answered) = oneshot::channel();
        match self.queue.try_send(Job::Apply { batch, answer }) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Fault::closed()),
            Err(mpsc::error::TrySendError::Full(job)) => {
                // A task waits for the place, since this future can be dropped while it waits and the batch must not be.
                let queue = self.queue.clone();
                tokio::spawn(async move { queue.send(job).await });
            }
        }
        // The thread ends without an answer only when it breaks, and then nobody knows how far it came.
        answered.await.unwrap_or(Err(Fault::UnknownCommit))
    }

    /// Lets the thread finish what is queued and waits for its end.
    pub(super) async fn close(&self) {
        let _ = self.queue.send(Job::Close).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }
}

/// What the thread works with.
struct Scribe {
    connection: Connection,
    statements: Arc<Translated>,
}

impl Scribe {
    fn run(&self, mut jobs: mpsc::Receiver<Job>) {
        let mut taken = Vec::with_capacity(GROUP);
        while jobs.blocking_recv_many(&mut taken, GROUP) > 0 {
            let mut batches = Vec::with_capacity(taken.len());
            let mut answers = Vec::with_capacity(taken.len());
            for job in taken.drain(..) {
                match job {
                    Job::Apply { batch, answer } => {
                        batches.push(batch);
                        answers.push(answer);
                    }
                    // What was queued before the end is still done.
                    Job::Close => jobs.close(),
                }
            }
            for (answer, outcome) in answers.into_iter().zip(self.apply(&batches)) {
                // Whoever asked may have gone away; the batch stands all the same.
                let _ = answer.send(outcome);
            }
        }
    }

    /// Applies a group under one COMMIT.
    fn apply(&self, group: &[Batch]) -> Vec<Answer> {
        if group.is_empty() {
            return Vec::new();
        }
        self.commit(group).unwrap_or_else(|fault| {
            // After some errors SQLite has already rolled back by itself.
            if !self.connection.is_autocommit() {
                let _ = self.run_fixed("ROLLBACK");
            }
            vec![Err(fault); group.len()]
        })
    }

    /// The outcome of each batch after COMMIT; an error is that of the whole group.
    fn commit(&self, group: &[Batch]) -> Result<Vec<Answer>, Fault> {
        self.run_fixed("BEGIN IMMEDIATE").map_err(|e| fault(&e))?;
        if let [only] = group {
            // Nobody else's work hangs on this transaction: it needs no savepoint, and a refusal undoes all of it.
            let outcome = self.steps(only.steps())?;
            if let Applied::Refused { .. } = outcome {
                self.run_fixed("ROLLBACK").map_err(|e| fault(&e))?;
                return Ok(vec![Ok(outcome)]);
            }
            self.committed()?;
            return Ok(vec![Ok(outcome)]);
        }
        let outcomes = group.iter().map(|batch| self.in_savepoint(batch)).collect::<Result<_, _>>()?;
        self.committed()?;
        Ok(outcomes)
    }

    fn committed(&self) -> Result<(), Fault> {
        self.run_fixed("COMMIT").map_err(|e| match e.sqlite_error_code() {
            // The mark that commits may have reached the disk although the system reported that it did not.
            Some(ErrorCode::SystemIoFailure) => Fault::UnknownCommit,
            _ => fault(&e),
        })
    }

    /// Runs one batch so that its refusal or failure undoes it alone; an error ends the whole group.
    fn in_savepoint(&self, batch: &Batch) -> Result<Answer, Fault> {
        self.run_fixed("SAVEPOINT batch").map_err(|e| fault(&e))?;
        let outcome = self.steps(batch.steps());
        match &outcome {
            Ok(Applied::Done) => {}
            // A full disk may have ended the transaction, and with it the batches that were done before this one.
            Err(fault) if self.connection.is_autocommit() => return Err(fault.clone()),
            Ok(Applied::Refused { .. }) | Err(Fault::Bug(_) | Fault::Full) => {
                self.run_fixed("ROLLBACK TO batch").map_err(|e| fault(&e))?;
            }
            // After an error of the disk nothing that the transaction holds is trusted.
            Err(fault) => return Err(fault.clone()),
        }
        self.run_fixed("RELEASE batch").map_err(|e| fault(&e))?;
        Ok(outcome)
    }

    fn steps(&self, steps: &[Step]) -> Answer {
        for step in steps {
            let changed = self.step(step)?;
            if let Some(guard) = step.guard.filter(|_| changed != 1) {
                return Ok(Applied::Refused { guard });
            }
        }
        Ok(Applied::Done)
    }

    fn step(&self, step: &Step) -> Result<usize, Fault> {
        let mut statement =
            self.connection.prepare_cached(&self.statements.get(step.sql)).map_err(|e| fault(&e))?;
        if step.guard.is_some() && statement.readonly() {
            return Err(Fault::bug("a guard must change a row, and this one only reads"));
        }
        bind(&mut statement, &step.params)?;
        statement.raw_execute().map_err(|e| fault(&e))
    }

    fn run_fixed(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute().map(drop)
    }
}
