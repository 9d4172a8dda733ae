//! An interaction: a request that waits for a person. A door stores it and redirects to the pages; the pages record in it what the
//! person did and redirect back; the door decides again. It works only in the browser in which it began.

use crate::browser::Browser;
use crate::interaction_cache::Cached;
pub use crate::interaction_cache::{Door, Interaction};
use crate::{Cx, Fault};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use usher_store::tables::write::ticket::StateChange;
use usher_store::tables::{AuthorizeRow, NewTicket, TicketRow, write};
use usher_store::{Applied, Batch};
use usher_types::{Endpoint, Opaque, SessionId, TicketId, Timestamp, limits};

/// The kind of ticket that interactions are.
pub const KIND: &str = "interaction";

/// How a request's browser stands to an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its cookie's secret is the one that the interaction is bound to.
    Bound,
    /// Another tab has signed somebody in since: its secret is the browser's present one.
    Moved,
    /// Its secret is the one that the interaction began with and was replaced since: a form sent twice. Good for a sign-in, which
    /// proves everything anew, and for nothing else.
    Former,
}

/// What a person has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The session that the person chose or signed in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The session whose person allowed what is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<SessionId>,
    /// Whether the person refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
    /// The code that came of it, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<(TicketId, Timestamp)>,
}

/// An interaction that was found and belongs to the request's browser.
#[derive(Debug, Clone)]
pub struct Open {
    /// Its id.
    pub id: TicketId,
    /// What waits.
    pub interaction: Arc<Interaction>,
    /// What was done so far.
    pub progress: Progress,
    /// When it began.
    pub created_at: Timestamp,
    /// How the request's browser stands to it.
    pub standing: Standing,
    state: String,
}

/// Why an interaction does not go on.
#[derive(Debug, thiserror::Error)]
pub enum InteractionError {
    /// There is none of that name, or its time is over.
    #[error("no such interaction, or it has expired")]
    Gone,
    /// It began in another browser, or the browser keeps no cookies.
    #[error("the interaction belongs to another browser")]
    OtherBrowser,
    /// Our mistake or the world's.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Adds a new interaction to a batch and gives its handle, which goes into the pages' addresses. `person` is the session that the
/// request is about already, where that is decided.
pub fn begin(
    cx: &Cx,
    batch: &mut Batch,
    browser: &Browser,
    interaction: Interaction,
    person: Option<SessionId>,
) -> String {
    let interaction = Interaction { began_with: browser.hash, ..interaction };
    let id = TicketId::new(cx.now, cx.random());
    let handle = Opaque::new(*id.as_bytes(), cx.random());
    let secret_hash = usher_crypto::sha256(handle.secret().expose());
    let ticket = NewTicket {
        id,
        secret_hash,
        client_id: interaction.application(),
        user_id: None,
        session_id: None,
        grant_id: None,
        browser: Some((browser.id, browser.hash)),
        payload: serde_json::to_string(&interaction).unwrap_or_default(),
        state: to_state(&Progress { session: person, ..Progress::default() }),
        created_at: cx.now,
        expires_at: cx.now.plus(limits::INTERACTION),
    };
    write::ticket::insert(batch, cx.pool.id, KIND, ticket);
    let cached = Cached {
        secret_hash,
        browser: (browser.id, browser.hash),
        interaction: Arc::new(interaction),
        created_at: cx.now,
    };
    cx.app.interactions.insert(cx.pool.id, id, cached);
    handle.reveal()
}

/// The interaction of a handle, for showing its first page: from memory where it is there and the browser's secret is still the one
/// it began with. What was done so far is not known then.
pub fn peek(cx: &Cx, handle: &str, browser: &Browser) -> Option<Arc<Interaction>> {
    let handle = Opaque::parse(handle).ok()?;
    let cached = cx.app.interactions.get(cx.pool.id, TicketId::from_bytes(handle.id()))?;
    let alive = cached.created_at.plus(limits::INTERACTION) > cx.now;
    let known = usher_crypto::matches(&cached.secret_hash, &usher_crypto::sha256(handle.secret().expose()));
    (alive && known && browser.id == cached.browser.0 && browser.is(Some(cached.browser.1)))
        .then(|| Arc::clone(&cached.interaction))
}

/// Reads the interaction of a handle with everything that is decided beside it, if it is the browser's. One read.
pub async fn read(
    cx: &Cx,
    handle: &Opaque,
    browser: Option<&Browser>,
) -> Result<(Open, AuthorizeRow), InteractionError> {
    let row = cx.store().interaction(cx.here(browser), TicketId::from_bytes(handle.id())).await?;
    let open = Open::check(cx, handle, row.ticket.as_ref(), browser, row.browser_hash)?;
    Ok((open, row))
}

impl Open {
    /// The interaction of a handle, as read with the sessions of the browser, if it is this browser's. Whether the door that goes on
    /// with it is the one that stored it is that door's to compare.
    fn check(
        cx: &Cx,
        handle: &Opaque,
        ticket: Option<&TicketRow>,
        browser: Option<&Browser>,
        browser_hash: Option<[u8; 32]>,
    ) -> Result<Self, InteractionError> {
        let ticket = ticket.ok_or(InteractionError::Gone)?;
        let known =
            usher_crypto::matches(&ticket.secret_hash, &usher_crypto::sha256(handle.secret().expose()));
        if !known || ticket.expires_at <= cx.now {
            return Err(InteractionError::Gone);
        }
        let browser =
            browser.filter(|b| ticket.browser_id == Some(b.id)).ok_or(InteractionError::OtherBrowser)?;
        let interaction: Interaction = serde_json::from_str(&ticket.payload)
            .map_err(|e| Fault::bug(&format!("a stored interaction: {e}")))?;
        let standing =
            if browser.is(ticket.browser_hash) && (browser_hash.is_none() || browser.is(browser_hash)) {
                Standing::Bound
            } else if browser.is(browser_hash) {
                Standing::Moved
            } else if browser.is(Some(interaction.began_with)) {
                Standing::Former
            } else {
                return Err(InteractionError::OtherBrowser);
            };
        Ok(Self {
            id: ticket.id,
            interaction: Arc::new(interaction),
            progress: serde_json::from_str(&ticket.state).unwrap_or_default(),
            created_at: ticket.created_at,
            standing,
            state: ticket.state.clone(),
        })
    }

    /// Records what the person did, and binds the interaction to the browser's present secret; refused where another tab was first.
    pub fn record(&self, cx: &Cx, batch: &mut Batch, progress: &Progress, browser: &Browser) {
        let change = StateChange {
            id: self.id,
            from: self.state.clone(),
            to: to_state(progress),
            browser: (browser.id, browser.hash),
        };
        write::ticket::set_state(batch, STATE, cx.pool.id, KIND, change, cx.now);
    }

    /// The same as a batch of its own.
    pub async fn record_alone(
        &self,
        cx: &Cx,
        progress: &Progress,
        browser: &Browser,
    ) -> Result<Applied, Fault> {
        let mut batch = Batch::new();
        self.record(cx, &mut batch, progress, browser);
        cx.store().apply(batch).await
    }
}

/// The guard by which a batch is refused when another tab changed the interaction first.
pub const STATE: &str = "the interaction is still as it was read";

fn to_state(progress: &Progress) -> String {
    serde_json::to_string(progress).unwrap_or_else(|_| "{}".to_owned())
}

/// The browser that an interaction can be bound to, with the cookie to be set where it is a new one: a cookie whose secret is not the
/// browser's any more is nobody's.
pub fn browser_for(
    cx: &Cx,
    browser: Option<Browser>,
    stored_hash: Option<[u8; 32]>,
) -> (Browser, Option<String>) {
    match browser.filter(|b| stored_hash.is_none() || b.is(stored_hash)) {
        Some(browser) => (browser, None),
        None => {
            let browser = Browser::new(cx);
            let cookie = browser.set_cookie(cx, None);
            (browser, Some(cookie))
        }
    }
}

/// The address of one of the pages for an interaction.
pub fn page_address(cx: &Cx, page: Endpoint, handle: &str) -> String {
    format!("{}?interaction={handle}", cx.path(page))
}
