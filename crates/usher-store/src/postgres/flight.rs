//! One batch on PostgreSQL: BEGIN, the steps and COMMIT leave in one flight, and the answers are read afterwards.
//!
//! A guard is written so that it fails as a statement (see the dialect), which makes the server skip what follows and turns
//! COMMIT into a rollback. Invariant: a batch succeeded when each of its steps did, since COMMIT of an aborted
//! transaction succeeds too. What may have been committed is never sent again.

use super::{ends_connection, fault, fitting, lend};
use crate::batch::Step;
use crate::dialect::{GUARD_FAILED, Translated};
use crate::{Applied, Batch, Fault, Value};
use deadpool_postgres::{Object, Pool};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Error, Statement};

/// Tries of a batch before its fault is told: it loses to another one at most so often.
const TRIES: u32 = 24;
/// The longest pause before a batch that lost to another one is tried again; the first is a millisecond, and each is twice as long.
const LONGEST_PAUSE: Duration = Duration::from_millis(256);
/// Of these, tries on connections that were dead before anything was sent.
const DEAD_CONNECTIONS: u32 = 6;
/// How long the server may take for one batch. Its own time limits on statements and locks are shorter.
const LIMIT: Duration = Duration::from_secs(90);

/// Why an attempt did not settle the batch.
enum Failure {
    /// The server undid it in favour of another one; nothing was changed.
    Conflict(Fault),
    /// The connection was dead before the server saw anything of the batch.
    Stale(Fault),
    /// There is nothing more to try.
    Final(Fault),
}

/// Applies a batch, again where it lost a conflict.
pub(super) async fn apply(pool: &Pool, guards: &Translated, batch: &Batch) -> Result<Applied, Fault> {
    let mut dead = 0;
    for tried in 1..TRIES {
        match attempt(pool, guards, batch).await {
            Ok(applied) => return Ok(applied),
            Err(Failure::Final(fault)) => return Err(fault),
            // A dead connection fails at once, so that more than a few of them in a row mean that there is no server.
            Err(Failure::Stale(fault)) if dead == DEAD_CONNECTIONS => return Err(fault),
            Err(Failure::Stale(_)) => dead += 1,
            Err(Failure::Conflict(_)) => sleep(pause(tried)).await,
        }
    }
    attempt(pool, guards, batch).await.map_err(|failure| match failure {
        Failure::Conflict(fault) | Failure::Stale(fault) | Failure::Final(fault) => fault,
    })
}

/// How long to wait after so many tries: longer each time, and of a different length for each batch, since those that met once and
/// waited equally long would meet again.
fn pause(tried: u32) -> Duration {
    static PAUSED: AtomicU32 = AtomicU32::new(0);
    let longest = Duration::from_millis(1).saturating_mul(1 << tried.min(16)).min(LONGEST_PAUSE);
    // Multiples of the golden ratio, without their whole part, lie evenly and far from their neighbours.
    let spread = PAUSED.fetch_add(1, Relaxed).wrapping_mul(0x9E37_79B9);
    longest.mul_f64(f64::from(spread) / f64::from(u32::MAX))
}

async fn attempt(pool: &Pool, guards: &Translated, batch: &Batch) -> Result<Applied, Failure> {
    let lease = Lease::new(lend(pool).await.map_err(Failure::Final)?);
    let Some(client) = lease.client() else { return Err(Failure::Final(Fault::closed())) };
    let unsent = |fault: Fault| match fault {
        Fault::Unavailable(_) => Failure::Stale(fault),
        other => Failure::Final(other),
    };
    let mut steps = Vec::with_capacity(batch.len());
    for step in batch.steps() {
        let statement = prepare(client, guards, step).await.map_err(unsent)?;
        // Looked at for all steps before the first is sent.
        fitting(&statement, &step.params).map_err(Failure::Final)?;
        steps.push((step, statement));
    }
    if client.is_closed() {
        return Err(Failure::Stale(Fault::unavailable("the connection was closed")));
    }
    let sent = async {
        match steps.as_slice() {
            [(step, statement)] => verdict_on_one(step, execute(client, statement, &step.params).await),
            many => verdict_on_many(many, fly(client, many).await),
        }
    };
    let verdict = timeout(LIMIT, sent).await.unwrap_or(Err(Failure::Final(Fault::UnknownCommit)));
    if !matches!(verdict, Err(Failure::Final(Fault::UnknownCommit))) {
        lease.give_back();
    }
    verdict
}

async fn prepare(client: &Object, guards: &Translated, step: &Step) -> Result<Statement, Fault> {
    let prepared = match step.guard {
        Some(_) => client.prepare_cached(&guards.get(step.sql)).await,
        None => client.prepare_cached(step.sql).await,
    };
    prepared.map_err(|e| fault(&e))
}

type Reply = Result<(), Error>;

async fn execute(client: &Object, statement: &Statement, params: &[Value]) -> Reply {
    client.execute_raw(statement, params).await.map(drop)
}

/// Sends BEGIN, the steps and COMMIT without waiting in between; the replies are in that order.
async fn fly(client: &Object, steps: &[(&Step, Statement)]) -> Vec<Reply> {
    let mut flight: Vec<Pin<Box<dyn Future<Output = Reply> + Send + '_>>> =
        Vec::with_capacity(steps.len() + 2);
    flight.push(Box::pin(client.batch_execute("BEGIN")));
    for (step, statement) in steps {
        flight.push(Box::pin(execute(client, statement, &step.params)));
    }
    flight.push(Box::pin(client.batch_execute("COMMIT")));

    // A request is sent when its future is first polled, so the first round sends all of them in order.
    let mut replies: Vec<Option<Reply>> = flight.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut landed = true;
        for (request, reply) in flight.iter_mut().zip(&mut replies).filter(|(_, reply)| reply.is_none()) {
            match request.as_mut().poll(cx) {
                Poll::Ready(answer) => *reply = Some(answer),
                Poll::Pending => landed = false,
            }
        }
        if landed { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    replies.into_iter().flatten().collect()
}

/// What became of a statement that went alone: it is a transaction of its own.
fn verdict_on_one(step: &Step, reply: Reply) -> Result<Applied, Failure> {
    match reply {
        Ok(()) => Ok(Applied::Done),
        Err(e) if may_have_committed(&e) => Err(Failure::Final(Fault::UnknownCommit)),
        Err(e) => undone(step, &e),
    }
}

/// What became of BEGIN, the steps and COMMIT.
fn verdict_on_many(steps: &[(&Step, Statement)], replies: Vec<Reply>) -> Result<Applied, Failure> {
    let mut replies = replies.into_iter();
    match replies.next() {
        Some(Ok(())) => {}
        // The server hung up at the first word, so it never came to the rest.
        Some(Err(e)) if ends_connection(&e) => return Err(Failure::Stale(fault(&e))),
        // Without its BEGIN each step would have stood alone.
        _ => return Err(Failure::Final(Fault::UnknownCommit)),
    }
    for ((step, _), reply) in steps.iter().zip(&mut replies) {
        match reply {
            Ok(()) => {}
            // The server answered this step with an error, so COMMIT finds an aborted transaction, or nobody at all.
            Err(e) if e.as_db_error().is_some() => return undone(step, &e),
            Err(_) => return Err(Failure::Final(Fault::UnknownCommit)),
        }
    }
    match replies.next() {
        Some(Ok(())) => Ok(Applied::Done),
        Some(Err(e)) if may_have_committed(&e) => Err(Failure::Final(Fault::UnknownCommit)),
        Some(Err(e)) if is_conflict(&e) => Err(Failure::Conflict(fault(&e))),
        Some(Err(e)) => Err(Failure::Final(fault(&e))),
        None => Err(Failure::Final(Fault::UnknownCommit)),
    }
}

/// A step's error, after which nothing of the batch stands.
fn undone(step: &Step, error: &Error) -> Result<Applied, Failure> {
    match (step.guard, error.code()) {
        (Some(guard), Some(code)) if code.code() == GUARD_FAILED => Ok(Applied::Refused { guard }),
        _ if is_conflict(error) => Err(Failure::Conflict(fault(error))),
        _ => Err(Failure::Final(fault(error))),
    }
}

/// serialization_failure and deadlock_detected: the server has undone the transaction, and asks for another try.
fn is_conflict(error: &Error) -> bool {
    error.code().is_some_and(|code| matches!(code.code(), "40001" | "40P01"))
}

/// Whether an error leaves open what happened to a COMMIT that was sent: the connection's own, or the server's last words.
fn may_have_committed(error: &Error) -> bool {
    error.as_db_error().is_none() || ends_connection(error)
}

/// A connection with a batch under way. Dropped before [`Lease::give_back`] it is closed, not pooled: somebody else's
/// statements must never run in what is left of a transaction.
struct Lease {
    client: Option<Object>,
}

impl Lease {
    fn new(client: Object) -> Self {
        Self { client: Some(client) }
    }

    fn client(&self) -> Option<&Object> {
        self.client.as_ref()
    }

    fn give_back(mut self) {
        self.client = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
