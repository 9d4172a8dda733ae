//! Password hashing in a place of its own: as many threads as cores, a bounded queue that is fair by network, and an answer "too
//! busy" beyond it, so that a storm of sign-ins never starves the rest of the server.

use crate::password::{self, Password};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;
use usher_crypto::password::{Hasher, PasswordCost, dummy_hash, needs_rehash};
use usher_types::{Histogram, Random, Secret, limits};

/// What to find out about a password.
pub struct Check {
    /// What was typed.
    pub password: Secret,
    /// The stored hash; `None` where there is none to compare with, which costs just as much.
    pub stored: Option<String>,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The password is right; with the same password hashed at today's cost where the stored hash is weaker.
    Right(Option<String>),
    /// It is not.
    Wrong,
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// What a job does on its thread.
type Run = Box<dyn FnOnce(&mut Hasher, &dyn Random) + Send>;

/// One piece of work; what it finds out goes to whoever asked.
struct Job {
    run: Run,
    kind: Kind,
}

/// What a piece of work does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Looks at a password without hashing it.
    Look,
    /// Hashes it.
    Hash,
    /// Hashes it and compares that with what is stored.
    Compare,
}

#[derive(Default)]
struct Queue {
    by_network: HashMap<String, VecDeque<Job>>,
    turn: VecDeque<String>,
    waiting: usize,
    closed: bool,
    hashes: u64,
    comparisons: u64,
}

impl Queue {
    /// Makes room for a network that has fewer jobs waiting than another: the longest queue's newest job is told that it is too busy.
    fn displace(&mut self, fewer_than: usize) -> bool {
        let longest = self.by_network.iter_mut().max_by_key(|(_, jobs)| jobs.len());
        let Some((_, jobs)) = longest.filter(|(_, jobs)| jobs.len() > fewer_than + 1) else { return false };
        // Dropping a job drops its sender, which answers.
        if jobs.pop_back().is_some() {
            self.waiting = self.waiting.saturating_sub(1);
        }
        true
    }
}

struct Shared {
    queue: Mutex<Queue>,
    more: Condvar,
    random: Arc<dyn Random>,
    time: Histogram,
}

/// The threads that hash.
pub struct Hashing {
    shared: Arc<Shared>,
}

impl Hashing {
    /// Starts as many threads as there are cores.
    pub fn start(random: Arc<dyn Random>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            more: Condvar::new(),
            random,
            time: Histogram::default(),
        });
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for number in 0..threads {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name(format!("hashing-{number}")).spawn(move || work(&shared))?;
        }
        Ok(Self { shared })
    }

    /// Checks a password, after those of other networks that came before and in turn with them.
    pub async fn check(&self, network: &str, check: Check) -> Result<Checked, Busy> {
        let kind = if check.stored.is_some() { Kind::Compare } else { Kind::Hash };
        self.wait(network, kind, move |hasher, random| evaluate(hasher, &check, random)).await
    }

    /// Hashes a new password at today's cost, in the same queue.
    pub async fn hash(&self, network: &str, password: Password) -> Result<String, Busy> {
        let hash = move |hasher: &mut Hasher, random: &dyn Random| {
            hasher.hash(password.secret().expose(), PasswordCost::TODAY, random).ok()
        };
        self.wait(network, Kind::Hash, hash).await?.ok_or(Busy)
    }

    /// Does something about a password that takes a while but no hash, in the same queue.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        network: &str,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        self.wait(network, Kind::Look, move |_, _| look()).await
    }

    async fn wait<T: Send + 'static>(
        &self,
        network: &str,
        kind: Kind,
        work: impl FnOnce(&mut Hasher, &dyn Random) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, answered) = oneshot::channel();
        let run = Box::new(move |hasher: &mut Hasher, random: &dyn Random| {
            // Whoever asked may have gone away; their answer goes nowhere.
            let _ = answer.send(work(hasher, random));
        });
        self.enqueue(network, Job { run, kind })?;
        answered.await.map_err(|_| Busy)
    }

    fn enqueue(&self, network: &str, job: Job) -> Result<(), Busy> {
        let mut queue = lock(&self.shared);
        let mine = queue.by_network.get(network).map_or(0, VecDeque::len);
        let full = queue.waiting >= limits::HASH_QUEUE && !queue.displace(mine);
        if full || mine >= limits::HASH_QUEUE_BY_NETWORK || queue.closed {
            return Err(Busy);
        }
        queue.waiting += 1;
        let jobs = queue.by_network.entry(network.to_owned()).or_default();
        let first = jobs.is_empty();
        jobs.push_back(job);
        if first {
            queue.turn.push_back(network.to_owned());
        }
        drop(queue);
        self.shared.more.notify_one();
        Ok(())
    }

    /// How long hashing took, without waiting.
    pub fn time(&self) -> &Histogram {
        &self.shared.time
    }

    /// How many passwords wait.
    pub fn waiting(&self) -> usize {
        lock(&self.shared).waiting
    }

    /// How many passwords have been compared with a stored hash since the start.
    pub fn comparisons(&self) -> u64 {
        lock(&self.shared).comparisons
    }

    /// How many hashes have been computed since the start.
    pub fn hashes(&self) -> u64 {
        lock(&self.shared).hashes
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        lock(&self.shared).closed = true;
        self.shared.more.notify_all();
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Queue> {
    shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One thread's life. Its working memory is given back whenever there is nothing to do.
fn work(shared: &Shared) {
    loop {
        let mut hasher = Hasher::new();
        let Some(mut job) = wait_for_job(shared) else { return };
        loop {
            let begun = Instant::now();
            (job.run)(&mut hasher, &*shared.random);
            shared.time.observe(begun.elapsed());
            match next_job(&mut lock(shared)) {
                Some(next) => job = next,
                None => break,
            }
        }
    }
}

fn wait_for_job(shared: &Shared) -> Option<Job> {
    let mut queue = lock(shared);
    loop {
        if queue.closed {
            return None;
        }
        if let Some(job) = next_job(&mut queue) {
            return Some(job);
        }
        queue = shared.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Takes the oldest job of the network whose turn it is.
fn next_job(queue: &mut Queue) -> Option<Job> {
    let network = queue.turn.pop_front()?;
    let jobs = queue.by_network.get_mut(&network)?;
    let job = jobs.pop_front();
    if jobs.is_empty() {
        queue.by_network.remove(&network);
    } else {
        queue.turn.push_back(network);
    }
    if let Some(job) = &job {
        queue.waiting = queue.waiting.saturating_sub(1);
        queue.hashes += u64::from(job.kind != Kind::Look);
        queue.comparisons += u64::from(job.kind == Kind::Compare);
    }
    job
}

/// A password whose text as it was typed is not the form in which passwords are hashed is compared as it was typed too, where the first
/// was wrong: whether anything is stored changes nothing of that.
fn evaluate(hasher: &mut Hasher, check: &Check, random: &dyn Random) -> Checked {
    let (password, as_typed) = password::forms(&check.password);
    let stored = check.stored.as_deref();
    let first = compare(hasher, password.expose(), stored, random);
    match as_typed {
        Some(as_typed) if first == Checked::Wrong => {
            match compare(hasher, as_typed.expose(), stored, random) {
                Checked::Wrong => Checked::Wrong,
                // From now on as all are.
                Checked::Right(_) => {
                    Checked::Right(hasher.hash(password.expose(), PasswordCost::TODAY, random).ok())
                }
            }
        }
        _ => first,
    }
}

/// Invariant: exactly one hash of today's cost is computed, whatever is stored; a weaker stored hash is checked beside it.
fn compare(hasher: &mut Hasher, password: &[u8], stored: Option<&str>, random: &dyn Random) -> Checked {
    let Some(stored) = stored else {
        let _ = hasher.verify(password, dummy_hash());
        return Checked::Wrong;
    };
    if !needs_rehash(stored) {
        return if hasher.verify(password, stored) { Checked::Right(None) } else { Checked::Wrong };
    }
    let right = hasher.verify(password, stored);
    let renewed = hasher.hash(password, PasswordCost::TODAY, random).ok();
    if right { Checked::Right(renewed) } else { Checked::Wrong }
}
