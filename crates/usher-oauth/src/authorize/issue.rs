//! The birth of an authorization response: a code (RFC 6749 §4.1.2), tokens by the front channel (OpenID Connect Core §3.2.2.5,
//! §3.3.2.5), both or neither, in one batch.

use super::error::AuthorizeError;
use super::request::AuthorizationRequest;
use crate::grant::authorization_code::{self, CodePayload};
use crate::grant::birth::Refresh;
use crate::mint::{Beside, ClaimsOfScope, Mint};
use crate::response_mode;
use usher_core::audit::About;
use usher_core::browser::Browser;
use usher_core::client::GrantType;
use usher_core::grant::Granted;
use usher_core::interaction::{self, Open, Progress};
use usher_core::trail::{Event, Party};
use usher_core::{AuthnContext, Cx, Fault, Reply};
use usher_store::tables::{AuditEvent, AuthorizeRow, NewGrant, NewTicket, write};
use usher_store::{Applied, Batch};
use usher_types::{GrantId, Opaque, TicketId};

/// A request that is decided: the person gets what it asks for.
pub(crate) struct Issue<'a> {
    /// The request.
    pub(crate) asked: &'a AuthorizationRequest,
    /// The request's browser.
    pub(crate) browser: Option<&'a Browser>,
    /// The person.
    pub(crate) person: &'a AuthnContext,
    /// The interaction that led here.
    pub(crate) open: Option<&'a Open>,
    /// What was read.
    pub(crate) row: &'a AuthorizeRow,
}

/// The guard of what is given by a consent.
const CONSENT: &str = "the consent is as it was read";
/// The guards of what is given by the front channel at once.
const USER: &str = "the person may still sign in";
const SESSION: &str = "the session goes on";

impl Issue<'_> {
    /// Makes the response and delivers it. An interaction that gave a code before gives another, and the first, if it was not used, is
    /// void. `None` where another tab changed the interaction or the consent meanwhile.
    pub(crate) async fn respond(&self, cx: &Cx) -> Result<Option<Reply>, AuthorizeError> {
        let asked = self.asked;
        let mut batch = Batch::new();
        let granted = self.granted();
        let id = TicketId::new(cx.now, cx.random());
        let mut response: Vec<(&'static str, String)> = Vec::new();
        if asked.kind.has_code() {
            response.push(("code", self.code(cx, &mut batch, id, &granted)));
        } else if let Refresh::Withheld(why) = asked.refresh_for(self.person) {
            cx.refused(why.sentence(), asked.kind.as_str(), asked.client.id());
        }
        if asked.kind.has_token() {
            self.tokens(cx, &mut batch, &granted, &mut response)?;
        }
        if let Some(browser) = self.browser.filter(|_| self.person.wants_touch(cx.now)) {
            write::session::touch(&mut batch, cx.pool.id, browser.id, self.person.session_id(), cx.now);
        }
        self.record(cx, &mut batch, id);
        // Last, as the removal of access takes its rows.
        if !asked.client.settings.skip_consent {
            let (user, scope) = (self.person.user_id(), self.person.consented_scope().to_string());
            write::consent::stands(&mut batch, CONSENT, cx.pool.id, user, asked.client.id(), &scope);
        }
        match cx.store().apply(batch).await? {
            Applied::Done if asked.kind.has_token() => cx.app.metrics.tokens(GrantType::Implicit),
            Applied::Done => {}
            // A double click, or access that was removed: the other one was first, and the request is decided again.
            Applied::Refused { guard } if guard == interaction::STATE || guard == CONSENT => return Ok(None),
            Applied::Refused { guard } if guard == USER || guard == SESSION => {
                return Err(asked.refuse("login_required", "the person signed out or was disabled meanwhile"));
            }
            Applied::Refused { guard } => return Err(Fault::bug(guard).into()),
        }
        response.extend(asked.state.clone().map(|s| ("state", s)));
        Ok(Some(response_mode::deliver(cx, asked.mode, &asked.redirect, asked.client.id(), response)))
    }

    fn granted(&self) -> Granted {
        let (asked, person) = (self.asked, self.person);
        Granted {
            scope: asked.grantable_scope(person),
            claims: asked.claims.clone(),
            nonce: asked.nonce.clone(),
            auth_time: Some(person.auth_time()),
            amr: person.amr().to_owned(),
            acr: person.acr().to_owned(),
            sid: Some(person.sid().to_owned()),
            ..Granted::default()
        }
    }

    /// A code, and the ticket that it is.
    fn code(&self, cx: &Cx, batch: &mut Batch, id: TicketId, granted: &Granted) -> String {
        let (asked, person) = (self.asked, self.person);
        let code = Opaque::new(*id.as_bytes(), cx.random());
        let payload = CodePayload {
            redirect_uri: asked.redirect.as_str().to_owned(),
            redirect_uri_given: asked.redirect.was_given(),
            code_challenge: asked.code_challenge.clone(),
            withheld: match asked.refresh_for(person) {
                Refresh::Withheld(why) => Some(why),
                Refresh::Given | Refresh::NotAsked => None,
            },
            granted: granted.clone(),
        };
        let ticket = NewTicket {
            id,
            secret_hash: usher_crypto::sha256(code.secret().expose()),
            client_id: Some(asked.client.id().to_owned()),
            user_id: Some(person.user_id()),
            session_id: Some(person.session_id()),
            grant_id: Some(GrantId::new(cx.now, cx.random())),
            browser: None,
            payload: serde_json::to_string(&payload).unwrap_or_default(),
            state: String::new(),
            created_at: cx.now,
            expires_at: cx.now.plus(asked.client.code_lifetime()),
        };
        write::ticket::insert(batch, cx.pool.id, authorization_code::KIND, ticket);
        code.reveal()
    }

    /// Tokens by the front channel. They hang on a grant of their own that ends with the session and has no refresh token.
    fn tokens(
        &self,
        cx: &Cx,
        batch: &mut Batch,
        granted: &Granted,
        response: &mut Vec<(&'static str, String)>,
    ) -> Result<(), AuthorizeError> {
        let (asked, person) = (self.asked, self.person);
        let client = &*asked.client;
        // RFC 6749 §4.2.2 and Core §5.4: nothing here can be refreshed, so nothing says that it could.
        let granted = Granted { scope: granted.scope.filtered(|s| s != "offline_access"), ..granted.clone() };
        let profile = person.profile().to_text();
        let mint = Mint {
            client,
            secret_sealed: self.row.client.as_ref().and_then(|c| c.secret_sealed.as_deref()),
            grant_id: GrantId::new(cx.now, cx.random()),
            user_id: person.user_id(),
            granted: &granted,
            scope: &granted.scope,
            profile: &profile,
        };
        write::user::may_sign_in(batch, USER, cx.pool.id, person.user_id());
        write::session::still_there(batch, SESSION, cx.pool.id, person.session_id());
        let mut access_token = None;
        if asked.kind.has_access_token() {
            let end = cx.now.plus(client.access_token_lifetime());
            let grant = NewGrant {
                id: mint.grant_id,
                client_id: client.id().to_owned(),
                user_id: person.user_id(),
                session_id: Some(person.session_id()),
                offline: false,
                payload: granted.to_text(),
                salt: [0; 16],
                created_at: cx.now,
                idle_expires_at: end,
                expires_at: end,
                parent_id: None,
            };
            write::grant::insert(batch, cx.pool.id, grant);
            let token = mint.access_token(cx, batch)?;
            let lifetime = client.access_token_lifetime().as_seconds().to_string();
            response.push(("access_token", token.clone()));
            response.extend([("token_type", "Bearer".to_owned()), ("expires_in", lifetime)]);
            response.push(("scope", granted.scope.to_string()));
            access_token = Some(token);
        }
        let event = AuditEvent {
            event: Event::Grant.name(),
            client_id: Some(client.id().to_owned()),
            user_id: Some(person.user_id()),
            network: Some(cx.peer.network()),
            detail: serde_json::json!({
                "grant": mint.grant_id, "by": GrantType::Implicit.as_str(), "response_type": asked.kind.as_str(),
                "scope": granted.scope, "offline": false
            })
            .to_string(),
        };
        let about = About { target: Some(Party::Grant(mint.grant_id)), ..About::default() };
        cx.audit_about(batch, event, about);
        if asked.kind.has_id_token() {
            let code = response.iter().find(|(name, _)| *name == "code").map(|(_, code)| code.clone());
            let claims_of_scope = match asked.kind.has_access_token() || asked.kind.has_code() {
                true => ClaimsOfScope::AtUserinfo,
                false => ClaimsOfScope::InIdToken,
            };
            let beside = Beside {
                access_token: access_token.as_deref(),
                code: code.as_deref(),
                state: asked.state.as_deref(),
                claims_of_scope,
            };
            response.push(("id_token", mint.id_token(cx, &beside)?));
        }
        Ok(())
    }

    /// What was done in this interaction stays, but an answer given on its pages counts once, and so does a sign-in made for it.
    fn record(&self, cx: &Cx, batch: &mut Batch, given: TicketId) {
        let (Some(open), Some(browser)) = (self.open, self.browser) else { return };
        if let Some((earlier, _)) = open.progress.code {
            write::ticket::void(batch, cx.pool.id, authorization_code::KIND, earlier);
        }
        let progress = Progress {
            session: Some(self.person.session_id()),
            allowed: None,
            denied: false,
            code: Some((given, cx.now)),
        };
        open.record(cx, batch, &progress, browser);
    }
}
