//! Who is signed in in a browser: the sessions that are alive, and the proof that one of them is.

use crate::app::Cx;
use crate::browser::Browser;
use crate::profile::Profile;
use crate::snapshot::Pool;
use usher_store::tables::{AuthorizeRow, Presence, SessionRow};
use usher_types::page::Account;
use usher_types::{Scope, SessionId, Span, Timestamp, UserId};

/// The authentication context class of one factor.
pub const ACR_ONE_FACTOR: &str = "urn:usher:acr:one-factor";
/// The authentication context class of several factors.
pub const ACR_SEVERAL_FACTORS: &str = "urn:usher:acr:several-factors";
/// The authentication context class of factors that cannot be phished.
pub const ACR_PHISHING_RESISTANT: &str = "urn:usher:acr:phishing-resistant";
/// All authentication context classes, weakest first.
pub const ACR_VALUES: [&str; 3] = [ACR_ONE_FACTOR, ACR_SEVERAL_FACTORS, ACR_PHISHING_RESISTANT];

/// Who signed in, when and how. Made only from a session that was found alive in the browser that the request came from.
#[derive(Debug, Clone)]
pub struct AuthnContext {
    session: SessionRow,
    profile: Profile,
    must_change_password: bool,
    has_consented: bool,
    consented_scope: Scope,
    consented_claims: Vec<String>,
}

impl AuthnContext {
    /// The people who are signed in in the request's browser. Nobody, where the cookie's secret is not the browser's.
    pub fn all(cx: &Cx, browser: Option<&Browser>, row: &AuthorizeRow) -> Vec<Self> {
        if !browser.is_some_and(|b| b.is(row.browser_hash)) {
            return Vec::new();
        }
        row.present
            .iter()
            .filter(|p| p.enabled && is_alive(&p.session, &cx.pool, cx.now))
            .map(Self::of)
            .collect()
    }

    fn of(presence: &Presence) -> Self {
        let scope =
            presence.consented_scope.as_deref().and_then(|s| Scope::parse(s).ok()).unwrap_or_default();
        let claims = presence.consented_claims.as_deref().unwrap_or_default();
        Self {
            session: presence.session.clone(),
            profile: Profile::parse(&presence.profile),
            must_change_password: presence.must_change_password,
            has_consented: presence.consented_scope.is_some(),
            consented_scope: scope,
            consented_claims: claims.split(' ').filter(|c| !c.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// The session.
    pub const fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// The person.
    pub const fn user_id(&self) -> UserId {
        self.session.user_id
    }

    /// The `sid` claim.
    pub fn sid(&self) -> &str {
        &self.session.sid
    }

    /// When the person last proved who they are.
    pub const fn auth_time(&self) -> Timestamp {
        self.session.auth_time
    }

    /// How, as RFC 8176 names it, space-separated.
    pub fn amr(&self) -> &str {
        &self.session.amr
    }

    /// The authentication context class.
    pub fn acr(&self) -> &str {
        &self.session.acr
    }

    /// The person's claims.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether the person has to choose another password before anything else.
    pub const fn must_change_password(&self) -> bool {
        self.must_change_password
    }

    /// Whether the person has consented to anything for the application at hand.
    pub const fn has_consented(&self) -> bool {
        self.has_consented
    }

    /// The scope that the person has consented to for the application at hand.
    pub const fn consented_scope(&self) -> &Scope {
        &self.consented_scope
    }

    /// The single claims that the person has consented to for the application at hand.
    pub fn consented_claims(&self) -> &[String] {
        &self.consented_claims
    }

    /// Whether the sign-in is as young as is demanded. OpenID Connect Core §3.1.2.1: max_age=0 is the same as prompt=login.
    pub fn is_young(&self, now: Timestamp, max_age: Option<Span>) -> bool {
        max_age.is_none_or(|most| most > Span::seconds(0) && now.since(self.auth_time()) <= most)
    }

    /// Whether its last use is a minute or more ago, so that this one is worth a write.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        now.since(self.session.seen_at) >= Span::minutes(1)
    }

    /// The person, as shown to themself.
    pub fn account(&self) -> Account {
        Account {
            session: self.session.id.to_string(),
            name: self.profile.display_name(),
            identifier: self.profile.login_name().unwrap_or_default().to_owned(),
        }
    }
}

/// Whether a session goes on: not ended, not too old, not unused for too long.
pub fn is_alive(session: &SessionRow, pool: &Pool, now: Timestamp) -> bool {
    let idle =
        if session.remembered { pool.settings.session_remembered() } else { pool.settings.session_idle() };
    session.ended_at.is_none() && session.expires_at > now && session.seen_at.plus(idle) > now
}
