//! What a sign-in stores.

use super::{Outcome, Place, Proven, Stay, USER};
use crate::audit::About;
use crate::browser::Browser;
use crate::interaction::{self, Progress};
use crate::session::{ACR_ONE_FACTOR, is_alive};
use crate::trail::{Event, Party};
use crate::{Cx, Fault};
use std::sync::atomic::Ordering::Relaxed;
use usher_store::tables::write::session::BrowserSecret;
use usher_store::tables::{AuditEvent, AuthorizeRow, NewSession, write};
use usher_store::{Applied, Batch};
use usher_types::page::SignInProblem;
use usher_types::{SessionId, limits};

/// One batch: the browser's new secret, the session, the device, the interaction's progress, the counters, the audit row.
pub(super) async fn store_session(
    cx: &Cx,
    Place { open, browser, here, browser_name }: Place<'_>,
    proven: &Proven,
    stay: Stay,
) -> Result<Outcome, Fault> {
    let pool = cx.pool.id;
    let user_id = proven.user.id;
    let settings = &cx.pool.settings;
    let remember = stay == Stay::Remembered;
    let lifetime = if remember { settings.session_remembered() } else { settings.session_absolute() };
    // A form sent twice carries the secret that the first sending replaced: this sign-in begins a browser of its own.
    let nobody = AuthorizeRow { browser_hash: None, present: Vec::new(), ..here.clone() };
    let (here, renewed) = match open.standing {
        interaction::Standing::Former => (&nobody, Browser::new(cx)),
        interaction::Standing::Bound | interaction::Standing::Moved => (here, browser.renewed(cx)),
    };
    let keep_until = here
        .present
        .iter()
        .map(|p| p.session.expires_at)
        .chain([cx.now.plus(lifetime)])
        .max()
        .unwrap_or(cx.now);
    let secret = BrowserSecret { id: renewed.id, hash: renewed.hash, expires_at: keep_until };

    let mut batch = Batch::new();
    match here.browser_hash {
        Some(_) => write::session::rotate_browser(&mut batch, BROWSER, pool, &secret, browser.hash),
        None => write::session::insert_browser(&mut batch, BROWSER, pool, &secret, cx.now),
    }
    proven.stands(cx, &mut batch);
    proven.device.remember(cx, &mut batch, user_id);

    let known = here
        .present
        .iter()
        .filter(|p| browser.is(here.browser_hash) && is_alive(&p.session, &cx.pool, cx.now));
    let known: Vec<_> = known.map(|p| &p.session).collect();
    let earlier = known.iter().find(|s| s.user_id == user_id);
    let session = NewSession {
        id: earlier.map_or_else(|| SessionId::new(cx.now, cx.random()), |s| s.id),
        user_id,
        sid: earlier.map_or_else(|| new_sid(cx), |s| s.sid.clone()),
        amr: "pwd".to_owned(),
        acr: ACR_ONE_FACTOR.to_owned(),
        remembered: remember,
        expires_at: cx.now.plus(lifetime),
        browser_name: browser_name.map(str::to_owned),
    };
    let session_id = session.id;
    if earlier.is_some() {
        write::session::renew(&mut batch, SESSION, pool, renewed.id, session, cx.now);
    } else {
        if known.len() >= limits::SESSIONS_PER_BROWSER
            && let Some(oldest) = known.iter().min_by_key(|s| s.seen_at)
        {
            write::session::end(&mut batch, pool, browser.id, oldest.id, cx.now);
            write::grant::revoke_of_session(&mut batch, pool, oldest.id, cx.now);
        }
        write::session::insert(&mut batch, pool, renewed.id, session, cx.now);
    }
    let progress = Progress { session: Some(session_id), code: open.progress.code, ..Progress::default() };
    open.record(cx, &mut batch, &progress, &renewed);
    let event = AuditEvent {
        event: Event::SignIn.name(),
        client_id: open.interaction.application(),
        user_id: Some(user_id),
        network: Some(cx.peer.network()),
        detail: r#"{"amr":"pwd"}"#.to_owned(),
    };
    let about = About { target: Some(Party::Session(session_id)), ..About::default() };
    cx.audit_about(&mut batch, event, about);

    match cx.store().apply(batch).await? {
        Applied::Done => {
            cx.app.metrics.sign_ins.fetch_add(1, Relaxed);
            tracing::info!(request.id = %cx.request_id(), user.id = %user_id, client.id = open.interaction.client_id, "signed in");
            let keep_seconds =
                keeps_cookie(here, browser, stay).then(|| keep_until.since(cx.now).as_seconds());
            Ok(Outcome::SignedIn { browser: renewed, keep_seconds, device: proven.device.set_cookie(cx) })
        }
        Applied::Refused { guard } if guard == USER => {
            cx.refused("sign_in: disabled or changed meanwhile", "", &open.interaction.client_id);
            Ok(Outcome::Refused(SignInProblem::Mismatch, None))
        }
        Applied::Refused { .. } => Ok(Outcome::Overtaken),
    }
}

/// Whether the cookie outlives the browser: someone in it asked to be remembered.
fn keeps_cookie(here: &AuthorizeRow, browser: &Browser, stay: Stay) -> bool {
    stay == Stay::Remembered
        || (browser.is(here.browser_hash)
            && here.present.iter().any(|p| p.session.remembered && p.session.ended_at.is_none()))
}

const BROWSER: &str = "the browser's secret is still the one it showed";
const SESSION: &str = "the session goes on";

fn new_sid(cx: &Cx) -> String {
    let mut bytes = [0; 16];
    cx.random().fill(&mut bytes);
    usher_types::opaque::base64url(&bytes)
}
