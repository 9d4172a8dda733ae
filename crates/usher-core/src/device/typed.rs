//! The code that a person types (RFC 8628 §5.1): wrong ones are counted by network and by pool, and no more than the limits are ever
//! looked at, even when all arrive at once. Whoever guesses from many networks leaves the others a few tries each, so that they cannot
//! keep everybody from a device; what all of them together may guess is bounded too.

use super::{USER_CODE, stands_for};
use crate::guesses::{Standing, counter};
use crate::{Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::Batch;
use usher_store::tables::{TicketRow, write};
use usher_types::opaque::{base64url, base64url_decode};
use usher_types::{Span, TicketId, UserCode, limits};

/// What came of a typed code.
pub enum Typed {
    /// A device waits for an answer.
    Known(Known),
    /// It is no code that waits for somebody.
    Wrong,
    /// So many codes are being looked at that together with the wrong ones they could pass the limit.
    Busy,
    /// Too many wrong codes: for so long none is looked at.
    MustWait(Span),
}

/// The request that a typed code named.
pub struct Known {
    /// The application.
    pub client_id: String,
    pub(super) device: TicketId,
    pub(super) code: UserCode,
}

/// What an interaction keeps of it. The code is sealed: whoever reads the database learns none.
#[derive(Serialize, Deserialize)]
struct Kept {
    device: TicketId,
    code: String,
}

/// What user codes are sealed for.
const SEALED_FOR: &str = "user code";

impl Known {
    /// The request of the interaction that goes on from here.
    pub fn to_request(&self, cx: &Cx) -> String {
        let sealed = cx.app.keys.interactions.seal(SEALED_FOR, self.code.letters().as_bytes(), cx.random());
        let kept = Kept { device: self.device, code: base64url(&sealed) };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Reads the request of an interaction.
    pub(super) fn of_request(cx: &Cx, client_id: &str, request: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(request).ok()?;
        let sealed = base64url_decode(&kept.code)?;
        // Interactions that began before there were data keys were sealed by the master key itself.
        let code = cx.app.keys.interactions.open(SEALED_FOR, &sealed);
        let code = code.or_else(|_| cx.app.master.open(SEALED_FOR, &sealed)).ok()?;
        let code = UserCode::fold(std::str::from_utf8(code.expose()).ok()?)?;
        Some(Self { client_id: client_id.to_owned(), device: kept.device, code })
    }
}

/// Looks a typed code up.
pub async fn look_up(cx: &Cx, code: UserCode) -> Result<Typed, Fault> {
    let name = |kind: &[u8], of: &str| counter(&cx.app.keys.counters, cx.pool.id, kind, of);
    let (network, pool) = (name(b"user codes by network", &cx.peer.network()), name(b"user codes", ""));
    let guesses = &cx.app.guesses;
    let by_network = guesses.announce(cx.pool.id, network);
    let by_pool = guesses.announce(cx.pool.id, pool);
    let before = guesses.failures();
    let (id, mac) = stands_for(cx, &code);
    let read = || cx.store().user_code(cx.pool.id, (USER_CODE, id), network, pool);
    let mut found = read().await?;
    if guesses.failures() != before {
        found = read().await?;
    }
    let of_network = |limit| by_network.standing(found.by_network, limit, cx.now);
    let of_pool = |limit| by_pool.standing(found.by_pool, limit, cx.now);
    // A network that has hardly guessed is none of those that used up the pool's number.
    let of_others = match of_network(limits::USER_CODES_BY_CLEAN_NETWORK) {
        Standing::Free => Standing::Free,
        mine => match of_pool(limits::USER_CODES_BY_POOL) {
            // In a moment it is known whether this network's own were wrong.
            Standing::MustWait(_) if mine == Standing::Crowded => Standing::Crowded,
            pool => pool,
        },
    };
    for standing in [of_network(limits::USER_CODES_BY_NETWORK), of_pool(limits::USER_CODES), of_others] {
        match standing {
            Standing::Free => {}
            Standing::Crowded => return Ok(Typed::Busy),
            Standing::MustWait(wait) => {
                cx.refused("device: too many wrong codes", "", "");
                return Ok(Typed::MustWait(wait));
            }
        }
    }
    if let Some(known) = found.code.and_then(|ticket| known(cx, ticket, code, &mac)) {
        return Ok(Typed::Known(known));
    }
    let mut batch = Batch::new();
    for counter in [network, pool] {
        write::throttle::count(&mut batch, cx.pool.id, &counter, cx.now, limits::FAILURE_WINDOW);
    }
    let _ = cx.store().apply(batch).await?;
    guesses.stored_failure();
    cx.refused("device: no such code waits", "", "");
    Ok(Typed::Wrong)
}

/// What a ticket says, if its code waits for an answer. An expired code and one that was answered look like one that never was.
fn known(cx: &Cx, ticket: TicketRow, code: UserCode, mac: &[u8; 32]) -> Option<Known> {
    let waits = usher_crypto::matches(&ticket.secret_hash, mac)
        && ticket.consumed_at.is_none()
        && ticket.expires_at > cx.now;
    let device = ticket.payload.parse().ok().filter(|_| waits)?;
    Some(Known { client_id: ticket.client_id?, device, code })
}
