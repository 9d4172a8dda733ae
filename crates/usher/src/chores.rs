//! What runs beside requests, each in a loop of its own, until the server ends.

use crate::mail;
use crate::spell::{Spell, Turn};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use usher_core::{App, reseal};
use usher_types::{Span, limits};

/// Between two sweeps, and between two writings of summed-up refusals.
const PAUSE: Span = Span::seconds(30);

/// The parts that run beside requests: looking at the revision, sweeping, writing sums, sealing the audit trail, sending mails.
pub fn begin(app: &Arc<App>) -> [JoinHandle<()>; 4] {
    let app = || Arc::clone(app);
    [tokio::spawn(look(app())), tokio::spawn(keep(app())), tokio::spawn(seal(app())), mail::sender(&app())]
}

/// Sees changes of the configuration and of the master keys.
async fn look(app: Arc<App>) {
    let (mut told, mut spell) = (String::new(), Spell::default());
    loop {
        told_to_look(limits::REVISION_POLL).await;
        look_at_master_keys(&app, &mut told).await;
        match spell.take(app.refresh_snapshot().await) {
            Some(Turn::Begins(fault)) => {
                tracing::warn!(%fault, "the configuration could not be looked at; it is tried on, and told when it can");
            }
            Some(Turn::Ends) => tracing::warn!("the configuration can be looked at again"),
            None => {}
        }
    }
}

/// Looks after keys, removes what has expired, and writes what is written late.
async fn keep(app: Arc<App>) {
    loop {
        tokio::time::sleep(PAUSE.to_std()).await;
        let now = app.world.clock.now();
        // What cannot be undone is not done by a clock that may be wrong.
        if app.world.clock.is_sure()
            && let Err(fault) = app.rotate_keys(now).await
        {
            tracing::warn!(%fault, "signing keys could not be looked after");
        }
        let swept = match app.world.clock.is_settled() {
            true => app.sweep(now).await,
            false => Ok(()),
        };
        let counter = match swept.is_ok() {
            true => &app.metrics.sweeps,
            false => &app.metrics.sweeps_failed,
        };
        counter.fetch_add(1, Relaxed);
        if let Err(fault) = swept {
            tracing::warn!(%fault, "a sweep was not finished");
        }
        if let Err(fault) = app.flush_refusals().await {
            tracing::warn!(%fault, "refusals were not stored");
        }
        if let Err(fault) = app.last_used.flush(&app.store, now).await {
            tracing::warn!(%fault, "uses of access keys were not stored");
        }
    }
}

/// Seals what was recorded, and removes what is old enough to go.
async fn seal(app: Arc<App>) {
    let (mut kept_at, mut summed_at) = (None, app.world.clock.now());
    loop {
        tokio::time::sleep(limits::AUDIT_SEAL_EVERY.to_std()).await;
        let now = app.world.clock.now();
        if !now.is_within(limits::REFUSALS_SEAL_EVERY, summed_at) && app.world.clock.is_sure() {
            summed_at = now;
            if let Err(fault) = app.seal_refusals().await {
                tracing::warn!(%fault, "sums of refusals were not sealed");
            }
        }
        if let Err(fault) = app.seal_audit().await {
            tracing::warn!(%fault, "the audit trail was not sealed");
        }
        let now = app.world.clock.now();
        let is_due = kept_at.is_none_or(|at| !now.is_within(limits::AUDIT_KEEP_EVERY, at));
        if is_due && app.world.clock.is_settled() {
            kept_at = Some(now);
            if let Err(fault) = app.keep_audit(now).await {
                tracing::warn!(%fault, "what is old in the audit trail was not removed");
            }
        }
    }
}

/// Takes up master keys that have changed where they are kept. What is wrong there is told once, not every second.
async fn look_at_master_keys(app: &App, told: &mut String) {
    match reseal::take_up(&app.store, &app.master).await {
        Ok(true) => {
            let ids: Vec<String> = app.master.ids().iter().map(ToString::to_string).collect();
            tracing::info!(master_keys = ids.join(" "), "the master keys have changed; the first one seals");
            told.clear();
        }
        Ok(false) => told.clear(),
        Err(why) if why != *told => {
            tracing::warn!(why, "the master keys stay as they were");
            *told = why;
        }
        Err(_) => {}
    }
}

/// Waits for SIGHUP, or for a time.
async fn told_to_look(within: Span) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return tokio::time::sleep(within.to_std()).await;
    };
    let _ = tokio::time::timeout(within.to_std(), hangup.recv()).await;
}
