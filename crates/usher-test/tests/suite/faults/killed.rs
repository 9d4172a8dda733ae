//! SIGKILL under load: whatever was answered before is true afterwards.

use super::SERVER;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use usher_store::{Engine, Store};
use usher_test::{Application, Browser, ServerProcess};

/// People at work at the same time.
const WORKERS: usize = 4;
/// Times that the server is killed.
const LIVES: usize = 3;
/// Answers before each time.
const ANSWERS: usize = 60;

/// What one person's application has been told so far.
#[derive(Clone, Default)]
struct Told {
    browser: Option<Browser>,
    /// The newest refresh token, and whether another one has been asked for without an answer yet.
    living: Option<(String, bool)>,
    /// Refresh tokens that were revoked.
    revoked: Vec<String>,
    /// Codes that were exchanged, under grants that live or were revoked.
    spent: Vec<String>,
    /// Grants that were answered.
    grants: usize,
}

type Ledger = Arc<Mutex<Told>>;

/// Works until nobody answers any more; each step is noted when it is answered.
async fn work(app: Application, ledger: Ledger, answered: impl Fn()) {
    let fresh = async |browser: &mut Browser| {
        let request = app.request(&[("scope", "openid offline_access")]);
        let code = usher_test::Callback::parse(&browser.walk(&request, "alice").await).code().to_owned();
        let tokens = app.exchange(&code).await.tokens();
        let mut told = ledger.lock().unwrap();
        told.browser = Some(browser.clone());
        told.living = Some((tokens.refresh.unwrap(), false));
        told.spent.push(code);
        told.grants += 1;
    };
    let mut browser = ledger.lock().unwrap().browser.clone().unwrap();
    for step in 0.. {
        let living = ledger.lock().unwrap().living.clone();
        match living {
            None => fresh(&mut browser).await,
            Some((token, _)) if step % 6 == 5 => {
                ledger.lock().unwrap().living = None;
                assert_eq!(app.revoke(&token).await.status, 200);
                ledger.lock().unwrap().revoked.push(token);
            }
            Some((token, _)) => {
                ledger.lock().unwrap().living = Some((token.clone(), true));
                let next = app.refresh(&token).await.tokens().refresh.unwrap();
                ledger.lock().unwrap().living = Some((next, false));
            }
        }
        answered();
    }
}

/// Everybody works; after so many answers the server is killed in the middle of it.
async fn kill_under_load(server: &mut ServerProcess, ledgers: &[Ledger]) {
    let (answers, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let workers: Vec<_> = ledgers
        .iter()
        .map(|ledger| {
            let (answers, enough) = (Arc::clone(&answers), Arc::clone(&enough));
            let answered = move || {
                if answers.fetch_add(1, SeqCst) + 1 == ANSWERS {
                    enough.notify_one();
                }
            };
            tokio::spawn(work(server.application("first-party"), Arc::clone(ledger), answered))
        })
        .collect();
    tokio::select! {
        () = enough.notified() => {}
        // A worker ends only by a failure, which is this test's while the server lives.
        () = ended(&workers) => panic!("{}", server.log()),
    }
    server.kill();
    for worker in workers {
        assert!(worker.await.unwrap_err().is_panic(), "whoever still asked was not answered");
    }
}

async fn ended(workers: &[tokio::task::JoinHandle<()>]) {
    while !workers.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::task::yield_now().await;
    }
}

/// What was answered is true, and what was not answered can be asked again.
async fn assert_kept(app: &Application, ledger: &Ledger) {
    let told = ledger.lock().unwrap().clone();
    let mut browser = told.browser.unwrap();
    let silent = app.request(&[("prompt", "none")]);
    let callback = usher_test::Callback::parse(&browser.open(&silent).await.elsewhere());
    let code = callback.code().to_owned();
    app.exchange(&code).await.tokens();
    for token in &told.revoked {
        app.refresh(token).await.refused("invalid_grant");
    }
    if let Some((token, is_asked)) = told.living {
        let answer = app.refresh(&token).await;
        let living = match answer.status.as_u16() {
            200 => Some((answer.tokens().refresh.unwrap(), false)),
            // A rotation whose answer was lost is repeated for some seconds only.
            _ if is_asked => None,
            _ => panic!("a refresh token that was answered is lost: {}", answer.text()),
        };
        ledger.lock().unwrap().living = living;
    }
    let mut told = ledger.lock().unwrap();
    told.browser = Some(browser);
    told.grants += 1;
}

async fn number(store: &Store, sql: &'static str) -> i64 {
    store.find(sql, Vec::new()).await.unwrap().unwrap().get(0).unwrap()
}

async fn nothing_that_was_answered_is_lost(engine: Engine) {
    let mut server = ServerProcess::start(engine, SERVER).await;
    let app = server.application("first-party");
    let ledgers: Vec<Ledger> = (0..WORKERS).map(|_| Ledger::default()).collect();
    for ledger in &ledgers {
        let mut browser = server.browser();
        app.sign_in(&mut browser, "alice", "openid offline_access").await;
        let mut told = ledger.lock().unwrap();
        (told.browser, told.grants) = (Some(browser), 1);
    }
    for _ in 0..LIVES {
        kill_under_load(&mut server, &ledgers).await;
        server.start_again().await;
        for ledger in &ledgers {
            assert_kept(&app, ledger).await;
        }
    }
    server.kill();
    let store = Store::open(server.place()).await.unwrap();
    let grants = number(&store, "SELECT COUNT(*) FROM grants").await;
    let recorded = number(&store, "SELECT COUNT(*) FROM audit WHERE event = 'grant'").await;
    assert_eq!(grants, recorded, "each grant has its row of the audit trail, and none has two");
    let answered: usize = ledgers.iter().map(|ledger| ledger.lock().unwrap().grants).sum();
    assert!(usize::try_from(grants).unwrap() >= answered);
    store.close().await;

    server.start_again().await;
    for code in ledgers.iter().flat_map(|ledger| ledger.lock().unwrap().spent.clone()) {
        app.exchange(&code).await.refused("invalid_grant");
    }
}

on_both_engines! { nothing_that_was_answered_is_lost }
