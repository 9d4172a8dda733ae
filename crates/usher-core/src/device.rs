//! A device that asks for a person's permission (RFC 8628): the ticket that the device polls with, and the one that the typed code
//! finds. What a person types is in `typed`, what they answer in `answer`; the endpoint, the grant and the pages are the doors'.

mod answer;
mod typed;

pub use answer::{Answer, Answering, Waiting, answer, is_fresh, waiting};
pub use typed::{Known, Typed, look_up};

use crate::grant::Granted;
use crate::guesses::counter;
use crate::{Client, Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::tables::write::device::Change;
use usher_store::tables::write::throttle::Bound;
use usher_store::tables::{NewTicket, TicketRow, write};
use usher_store::{Applied, Batch};
use usher_types::{Opaque, Scope, Span, TicketId, Timestamp, UserCode, limits};

/// The kind of ticket that device codes are.
pub const KIND: &str = usher_store::tables::kind::DEVICE_CODE;
/// The kind of ticket that typed codes find; its payload is the other one's id.
const USER_CODE: &str = "user_code";

/// What a device asked for; never changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wanted {
    scope: Scope,
    /// The network that it asked from, for the person to recognise.
    network: String,
}

/// What became of a device's request so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum State {
    /// Nobody has answered.
    Pending(Pace),
    /// Somebody allowed it; who is in the ticket.
    Approved {
        /// What they granted.
        granted: Box<Granted>,
    },
    /// Somebody refused it.
    Denied,
}

/// How a device polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Its last poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polled_at: Option<Timestamp>,
    /// What must lie between two polls.
    interval: Span,
}

/// What a poll before the answer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// To go on as it does.
    Pending,
    /// That it came too early, and to wait longer from now on.
    SlowDown,
}

impl State {
    /// Reads the stored form.
    pub fn of(ticket: &TicketRow) -> Result<Self, Fault> {
        serde_json::from_str(&ticket.state)
            .map_err(|e| Fault::bug(&format!("a stored device request cannot be read: {e}")))
    }

    fn to_text(&self) -> Result<String, Fault> {
        serde_json::to_string(self)
            .map_err(|e| Fault::bug(&format!("the state of a device request cannot be written: {e}")))
    }
}

impl Pace {
    /// RFC 8628 §3.5, `slow_down`: "the interval MUST be increased by 5 seconds for this and all subsequent requests".
    const LONGER: Span = limits::DEVICE_POLL;

    fn polled(self, now: Timestamp) -> (Poll, Self) {
        let early = self.polled_at.is_some_and(|last| now.since(last) < self.interval);
        let interval = if early { self.interval.and(Self::LONGER) } else { self.interval };
        let poll = if early { Poll::SlowDown } else { Poll::Pending };
        (poll, Self { polled_at: Some(now), interval })
    }
}

/// The codes of a new request, each to be told once.
pub struct Begun {
    /// What the device polls with.
    pub device_code: String,
    /// What it shows.
    pub user_code: UserCode,
}

/// What came of a device's request.
pub enum Beginning {
    /// It waits for a person.
    Begun(Begun),
    /// Too many before it: for so long there are no more.
    MustWait(Span),
}

/// Stores a request of a device for a scope. It costs whoever asks nothing, so only so many are taken: from a network where the
/// application cannot prove who it is, else from the application.
pub async fn begin(cx: &Cx, client: &Client, scope: Scope) -> Result<Beginning, Fault> {
    let (kind, of, limit): (&[u8], _, _) = match client.is_public() {
        true => (b"device requests by network", cx.peer.network(), limits::DEVICE_REQUESTS_BY_NETWORK),
        false => (b"device requests", client.id().to_owned(), limits::DEVICE_REQUESTS_BY_APPLICATION),
    };
    let counter = counter(&cx.app.keys.counters, cx.pool.id, kind, &of);
    let bound = Bound { limit, window: limits::FAILURE_WINDOW };
    let id = TicketId::new(cx.now, cx.random());
    let device_code = Opaque::new(*id.as_bytes(), cx.random());
    let wanted = Wanted { scope, network: cx.peer.network() };
    let payload = serde_json::to_string(&wanted)
        .map_err(|e| Fault::bug(&format!("a device request cannot be written: {e}")))?;
    let state = State::Pending(Pace { polled_at: None, interval: limits::DEVICE_POLL }).to_text()?;
    let new = |id, secret_hash, payload, state| NewTicket {
        id,
        secret_hash,
        client_id: Some(client.id().to_owned()),
        user_id: None,
        session_id: None,
        grant_id: None,
        browser: None,
        payload,
        state,
        created_at: cx.now,
        expires_at: cx.now.plus(client.device_code_lifetime()),
    };
    for _ in 0..DRAWS {
        let user_code = UserCode::draw(cx.random());
        let (user_id, user_hash) = stands_for(cx, &user_code);
        let mut batch = Batch::new();
        write::throttle::count_at_most(&mut batch, MANY, cx.pool.id, &counter, (cx.now, bound));
        let typed = new(user_id, user_hash, id.to_string(), String::new());
        write::ticket::insert_once(&mut batch, TAKEN, cx.pool.id, USER_CODE, typed);
        let secret_hash = usher_crypto::sha256(device_code.secret().expose());
        let polled = new(id, secret_hash, payload.clone(), state.clone());
        write::ticket::insert(&mut batch, cx.pool.id, KIND, polled);
        match cx.store().apply(batch).await? {
            Applied::Done => {
                return Ok(Beginning::Begun(Begun { device_code: device_code.reveal(), user_code }));
            }
            Applied::Refused { guard } if guard == MANY => {
                let full = cx.store().throttle(cx.pool.id, &counter).await?;
                let end = full.map_or(cx.now, |t| t.since.plus(bound.window));
                return Ok(Beginning::MustWait(end.since(cx.now)));
            }
            Applied::Refused { .. } => {}
        }
    }
    Err(Fault::bug("every user code that was drawn is taken"))
}

/// How often a code is drawn until one is free.
const DRAWS: usize = 5;
const TAKEN: &str = "the user code is not taken";
const MANY: &str = "one more request is not too many";

/// Records a poll of a request that nobody has answered, and says what to tell the device. `None` where something happened to the
/// request meanwhile: it is to be read again.
pub async fn poll(cx: &Cx, ticket: &TicketRow, pace: Pace) -> Result<Option<Poll>, Fault> {
    let (poll, pace) = pace.polled(cx.now);
    let change = Change { kind: KIND, id: ticket.id, to: State::Pending(pace).to_text()? };
    let mut batch = Batch::new();
    write::device::wait(
        &mut batch,
        "the request is as it was read",
        cx.pool.id,
        (change, &ticket.state),
        cx.now,
    );
    Ok((cx.store().apply(batch).await? == Applied::Done).then_some(poll))
}

/// The id and the hash of the ticket that a typed code finds: a MAC, so that a stolen database tells no code.
fn stands_for(cx: &Cx, code: &UserCode) -> (TicketId, [u8; 32]) {
    let mac = usher_crypto::hmac_sha256(
        &cx.app.keys.user_codes,
        &[cx.pool.id.as_bytes(), code.letters().as_bytes()],
    );
    let id = mac.first_chunk::<16>().copied().unwrap_or_default();
    (TicketId::from_bytes(id), mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_poll_that_comes_too_early_makes_the_pause_five_seconds_longer() {
        let at = |seconds: i64| Timestamp::from_seconds(1_000 + seconds);
        let mut pace = Pace { polled_at: None, interval: limits::DEVICE_POLL };
        // Seconds, and what the poll is told.
        for (seconds, told) in [
            (0, Poll::Pending),
            (5, Poll::Pending),
            (9, Poll::SlowDown),
            (18, Poll::SlowDown),
            (33, Poll::Pending),
            (47, Poll::SlowDown),
            (67, Poll::Pending),
        ] {
            let (poll, next) = pace.polled(at(seconds));
            assert_eq!(poll, told, "{seconds} s");
            pace = next;
        }
    }
}
