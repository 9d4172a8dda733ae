//! Commands about people's sessions in browsers.

use crate::error::AdminError;
use crate::outcome::{Deleted, Outcome, SessionView, Shown, moment};
use crate::page::{Page, cut, entries};
use crate::user;
use crate::work::{Recorded, Work};
use serde::{Deserialize, Serialize};
use usher_core::profile::Profile;
use usher_core::trail::Event;
use usher_store::Batch;
use usher_store::tables::{Part, PoolRecord, SessionRecord, write};
use usher_types::{PoolId, SessionId};

/// A command about sessions.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionCommand {
    /// Shows a page of those that go on.
    List {
        /// Which page.
        page: Page,
        /// Only those of this person: a login name or the id.
        user: Option<String>,
    },
    /// Ends one, and with it what does not outlive it.
    End {
        /// Its id.
        session: String,
    },
    /// Ends all of a person, and with them what does not outlive them.
    EndAll {
        /// Who: a login name or the id.
        user: String,
    },
}

const SESSION: &str = "the session goes on";

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: &PoolRecord,
    command: SessionCommand,
) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    match command {
        SessionCommand::List { page, user } => list(work, id, &page, user.as_deref()).await,
        SessionCommand::End { session } => end(work, id, &session).await,
        SessionCommand::EndAll { user } => end_all(work, id, &user).await,
    }
}

async fn list(work: &Work<'_>, pool: PoolId, page: &Page, user: Option<&str>) -> Result<Outcome, AdminError> {
    let after = page.after.as_ref().map(|text| text.parse::<SessionId>()).transpose();
    let after = after.map_err(|_| AdminError::setting("after", "the id of a session is expected"))?;
    let user = match user {
        Some(user) => Some(user::get(work, pool, user).await?.user.id),
        None => None,
    };
    let part = Part { after, limit: entries(page)? };
    let mut records = work.store().session_records(pool, user, part, work.now).await?;
    let next = cut(page, &mut records, |r| r.own.session.id.to_string());
    Ok(Outcome { next, ..Outcome::of(Shown::Sessions(records.iter().map(view).collect())) })
}

async fn end(work: &Work<'_>, pool: PoolId, session: &str) -> Result<Outcome, AdminError> {
    let missing = || {
        AdminError::NotFound(format!(
            "there is no session {session:?} that goes on in this pool: usher session list shows all"
        ))
    };
    let id: SessionId = session.parse().map_err(|_| missing())?;
    let record = work.store().session_record(pool, id, work.now).await?.ok_or_else(missing)?;
    let user = record.own.session.user_id;
    let mut batch = Batch::new();
    write::account::end_session(&mut batch, SESSION, pool, (user, id), work.now);
    write::grant::revoke_of_session(&mut batch, pool, id, work.now);
    let detail = vec![("session", id.to_string().into())];
    let event = Recorded { event: Event::SessionEnded.name(), client_id: None, user_id: Some(user), detail };
    work.audit(&mut batch, pool, event);
    work.apply(batch, |_| missing()).await?;
    Ok(ended("session", session))
}

async fn end_all(work: &Work<'_>, pool: PoolId, user: &str) -> Result<Outcome, AdminError> {
    let id = user::get(work, pool, user).await?.user.id;
    let mut batch = Batch::new();
    write::session::end_of_user(&mut batch, pool, id, work.now);
    write::account::revoke_with_sessions(&mut batch, pool, id, work.now);
    let event = Recorded {
        event: Event::SessionsEnded.name(),
        client_id: None,
        user_id: Some(id),
        detail: Vec::new(),
    };
    work.audit(&mut batch, pool, event);
    work.apply(batch, |_| AdminError::conflict("this person")).await?;
    Ok(ended("every session of", user))
}

fn ended(kind: &str, name: &str) -> Outcome {
    Outcome::of(Shown::Ended(Deleted { kind: kind.to_owned(), name: name.to_owned() }))
}

fn view(record: &SessionRecord) -> SessionView {
    let session = &record.own.session;
    let profile = Profile::parse(&record.profile);
    SessionView {
        id: session.id.to_string(),
        user: session.user_id.to_string(),
        login_name: profile.login_name().unwrap_or_default().to_owned(),
        browser: record.own.browser_name.as_ref().map(|name| name.trim_matches('/').replace('/', ", ")),
        methods: session.amr.split(' ').filter(|m| !m.is_empty()).map(str::to_owned).collect(),
        remembered: session.remembered,
        created_at: moment(record.own.created_at),
        auth_time: moment(session.auth_time),
        seen_at: moment(session.seen_at),
        expires_at: moment(session.expires_at),
    }
}
