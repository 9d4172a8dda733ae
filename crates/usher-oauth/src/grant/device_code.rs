//! The device code grant (RFC 8628 §3.4, §3.5): a device polls until a person has answered. Spending its code and the birth of the
//! tokens are one batch; a code that is presented again takes back what it gave.

use super::authorization_code::{Replay, replayed};
use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use crate::grant::birth::{self, Birth, Refresh};
use usher_core::client::GrantType;
use usher_core::device::{self, Poll, State};
use usher_core::grant::Granted;
use usher_core::trail::Event;
use usher_core::{Cx, Fault, Reply};
use usher_store::tables::{CodeRead, TicketRow, write};
use usher_store::{Applied, Batch};
use usher_types::{Opaque, Params, TicketId};

/// The parameters of a poll.
pub(crate) struct DeviceRequest {
    device_code: String,
}

impl DeviceRequest {
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let code = params
            .one("device_code")?
            .ok_or_else(|| OauthError::invalid_request("device_code is missing"))?;
        Ok(Self { device_code: code.to_owned() })
    }

    /// The one read of a poll.
    pub(crate) async fn read(&self, cx: &Cx, client_id: &str) -> Result<CodeRead, Fault> {
        let id = Opaque::parse(&self.device_code).ok().map(|c| TicketId::from_bytes(c.id()));
        cx.store().code_exchange(cx.pool.id, client_id, device::KIND, id).await
    }
}

/// Answers a poll. Whatever happens to the request at the same moment is noticed by the batch, and the poll decided anew.
pub(crate) async fn poll(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &DeviceRequest,
    first: CodeRead,
) -> Result<Reply, OauthError> {
    let mut read = first;
    for _ in 0..TRIES {
        let ticket = check(cx, client, request, &read).await?;
        match State::of(ticket)? {
            State::Denied => {
                return Err(OauthError::refused("access_denied", "the person did not allow it"));
            }
            State::Approved { granted } => return spend(cx, client, ticket, &read, *granted).await,
            State::Pending(pace) => match device::poll(cx, ticket, pace).await? {
                Some(Poll::Pending) => {
                    return Err(OauthError::refused(
                        "authorization_pending",
                        "nobody has answered yet: ask again after the interval",
                    ));
                }
                Some(Poll::SlowDown) => return Err(slow_down()),
                None => read = request.read(cx, client.client().id()).await?,
            },
        }
    }
    // So many polls at once are too many, whatever the pause before them.
    Err(slow_down())
}

/// How often a poll is decided again because something happened to the request meanwhile.
const TRIES: usize = 5;

fn slow_down() -> OauthError {
    OauthError::refused(
        "slow_down",
        "asked too early: wait 5 seconds longer between two requests from now on",
    )
}

/// The request that a right code of this application's stands for, if its time is not over.
async fn check<'a>(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &DeviceRequest,
    read: &'a CodeRead,
) -> Result<&'a TicketRow, OauthError> {
    let code = Opaque::parse(&request.device_code)
        .map_err(|_| OauthError::invalid_grant("not a device code of this server's"))?;
    let ticket = read
        .code
        .as_ref()
        .filter(|t| usher_crypto::matches(&t.secret_hash, &usher_crypto::sha256(code.secret().expose())));
    let ticket = ticket.ok_or_else(|| OauthError::invalid_grant("no such device code"))?;
    if ticket.consumed_at.is_some() {
        return Err(
            replayed(cx, client, ticket.grant_id.map(|grant| (grant, ticket.user_id)), &REPLAY).await?
        );
    }
    // RFC 8628 §3.4: the code is checked as RFC 6749 §4.1.3 demands, "ensure that the … code was issued to the authenticated … client".
    if ticket.client_id.as_deref() != Some(client.client().id()) {
        return Err(OauthError::invalid_grant("the device code was issued to another application"));
    }
    // RFC 8628 §3.5, `expired_token`: "The "device_code" has expired, and the device authorization session has concluded."
    if ticket.expires_at <= cx.now {
        return Err(OauthError::refused("expired_token", "the device code has expired: ask for another"));
    }
    Ok(ticket)
}

/// The one batch of a poll after the person allowed it.
async fn spend(
    cx: &Cx,
    client: &AuthenticatedClient,
    ticket: &TicketRow,
    read: &CodeRead,
    granted: Granted,
) -> Result<Reply, OauthError> {
    let application = client.client();
    // What the application may no longer ask for, it no longer gets.
    let granted = Granted { scope: granted.scope.filtered(|s| application.scope.contains(s)), ..granted };
    let refresh = Refresh::by_settings(application, &granted.scope);
    let links = ticket.grant_id.zip(ticket.user_id).zip(ticket.session_id);
    let ((grant_id, user_id), session_id) =
        links.ok_or_else(|| Fault::bug("an approved device request without a person"))?;
    // A grant with a refresh token outlives the session in which it was given, whether that ends before or after this poll.
    let hangs_on_session = refresh != Refresh::Given;
    if !read.user_enabled || (hangs_on_session && !read.session_goes_on) {
        return Err(OauthError::invalid_grant(
            "the person was disabled, or signed out, since they allowed the device",
        ));
    }
    let mut batch = Batch::new();
    write::ticket::spend(&mut batch, SPEND, cx.pool.id, device::KIND, ticket.id, cx.now);
    write::user::may_sign_in(&mut batch, USER, cx.pool.id, user_id);
    if hangs_on_session {
        write::session::still_there(&mut batch, SESSION, cx.pool.id, session_id);
    }
    let birth = Birth {
        client,
        by: GrantType::DeviceCode,
        id: grant_id,
        user_id,
        session_id: Some(session_id),
        granted: &granted,
        profile: read.profile.as_deref().unwrap_or_default(),
        refresh,
    };
    let answer = birth::give(cx, &mut batch, &birth)?;
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(answer),
        Applied::Refused { guard } if guard == SPEND => {
            Err(replayed(cx, client, Some((grant_id, Some(user_id))), &REPLAY).await?)
        }
        Applied::Refused { guard } => Err(OauthError::invalid_grant(guard)),
    }
}

const SPEND: &str = "the device code is unspent";
const USER: &str = "the person was disabled while the device polled";
const SESSION: &str = "the session ended while the device polled";

const REPLAY: Replay = Replay {
    event: Event::DeviceCodeReplayed,
    cause: "the device code was spent before: its grant is revoked",
};
