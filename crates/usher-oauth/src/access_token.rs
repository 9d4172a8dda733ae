//! Reading an access token that is presented: a JWT by its signature, an opaque one by its row. A person's is alive only as long as its
//! grant, its person, its application and, where it does not outlive it, its session are; one without a person as long as the access key
//! and the application that it was issued to are, and it was not revoked.

use serde::Deserialize;
use usher_core::grant::Granted;
use usher_core::{Cx, Fault};
use usher_crypto::jose::{self, AcceptedType};
use usher_store::tables::{AccountState, AccountToken, Credentials, GrantRow, Inspected, Origin};
use usher_types::{GrantId, Opaque, Scope, Timestamp, TokenId};

/// What an access token says.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The person, or the account; none in the model's shape of an account's token.
    pub sub: Option<String>,
    /// For whom it is.
    pub aud: Audience,
    /// The application, or the access key, that it was issued to.
    pub client_id: String,
    /// The application of an account.
    pub azp: Option<String>,
    /// Birth, in seconds.
    pub iat: i64,
    /// End, in seconds.
    pub exp: i64,
    /// Its id.
    pub jti: TokenId,
    /// What it allows.
    pub scope: Scope,
    /// The grant of a person's.
    pub gid: Option<GrantId>,
    /// Who may act for its person (RFC 8693 §4.4).
    pub may_act: Option<serde_json::Value>,
}

/// One audience or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// Whether it names this one.
    pub fn names(&self, who: &str) -> bool {
        match self {
            Self::One(one) => one == who,
            Self::Many(many) => many.iter().any(|one| one == who),
        }
    }
}

impl Claims {
    /// A token without a person, as it names itself.
    fn account(&self) -> Option<AccountToken<'_>> {
        let client_id = self.azp.as_deref().filter(|_| self.gid.is_none())?;
        Some(AccountToken { account: &self.client_id, client_id, id: self.jti })
    }

    /// Whether it names everything that one of its kind names: a person's its person, an account's its application, and nobody else.
    fn is_whole(&self) -> bool {
        match self.gid {
            Some(_) => self.sub.is_some(),
            None => self.azp.is_some() && self.sub.as_ref().is_none_or(|sub| *sub == self.client_id),
        }
    }

    /// Whether this issuer made it and its end is ahead.
    fn is_current(&self, cx: &Cx) -> Result<(), &'static str> {
        if self.iss != cx.pool.issuer {
            return Err("another issuer's token");
        }
        if Timestamp::from_seconds(self.exp) <= cx.now {
            return Err("the token has expired");
        }
        Ok(())
    }
}

/// An access token that is alive.
pub struct Alive {
    /// What it says.
    pub claims: Claims,
    /// Whose it is.
    pub holder: Holder,
}

/// Whose an access token is.
pub enum Holder {
    /// A person's.
    Person(Box<Person>),
    /// An access key's, or an application's own.
    Account,
}

/// What a person's token hangs on.
pub struct Person {
    /// What was granted.
    pub granted: Granted,
    /// Grant, person and session.
    pub inspected: Inspected,
}

/// The outcome of a read: the caller's credentials, where a caller was named, and the token, where it is alive.
pub struct Read {
    /// The caller.
    pub caller: Credentials,
    /// The token, or why it is not alive: a sentence for the log.
    pub token: Result<Alive, &'static str>,
}

/// A token that is this server's, alive or not, as far as its revocation needs it.
pub enum Found {
    /// It hangs on a grant.
    Grant(Box<GrantRow>),
    /// It hangs on an account.
    Account(Box<Claims>),
}

/// What was read with a token.
struct Stored {
    caller: Credentials,
    claims: Option<Claims>,
    inspected: Option<Inspected>,
    account: AccountState,
}

/// Reads a token in one statement, together with the credentials of whoever asks.
pub async fn read(cx: &Cx, token: &str, caller: Option<&str>) -> Result<Read, Fault> {
    let Stored { caller, claims, inspected, account } = find(cx, token, caller).await?;
    let token = match claims {
        None => Err("not an access token of this issuer"),
        Some(claims) if claims.gid.is_some() => alive_person(cx, claims, inspected),
        Some(claims) => alive_account(cx, claims, &account),
    };
    Ok(Read { caller, token })
}

/// Reads a token that is to be revoked. One that has expired is not valid any more: who finds one in a log cannot end a session by it.
pub async fn read_to_revoke(
    cx: &Cx,
    token: &str,
    caller: &str,
) -> Result<(Credentials, Option<Found>), Fault> {
    let Stored { caller, claims, inspected, .. } = find(cx, token, Some(caller)).await?;
    let found = match claims.filter(|claims| claims.is_current(cx).is_ok()) {
        Some(claims) if claims.account().is_some() => Some(Found::Account(Box::new(claims))),
        Some(_) => inspected.map(|i| Found::Grant(Box::new(i.grant))),
        None => None,
    };
    Ok((caller, found))
}

/// The claims of a JWT access token of this pool, whether or not it is alive.
pub fn verify(cx: &Cx, token: &str) -> Option<Claims> {
    // RFC 9068 §4: "The resource server MUST verify that the "typ" header value is "at+jwt" or "application/at+jwt" and reject tokens
    // carrying any other value." An ID token is not an access token.
    let payload = cx.pool.verified.get_or_verify(token, || {
        let verified = jose::verify(token, cx.pool.keys.verifying(), AcceptedType::Is(&["at+jwt"])).ok()?;
        // Names that stand twice are found here, once for all later reads.
        verified.claims::<Claims>().ok()?;
        Some(verified.payload)
    })?;
    serde_json::from_slice(&payload).ok().filter(Claims::is_whole)
}

async fn find(cx: &Cx, token: &str, caller: Option<&str>) -> Result<Stored, Fault> {
    if let Ok(opaque) = Opaque::parse(token) {
        return find_opaque(cx, &opaque, caller).await;
    }
    let claims = verify(cx, token);
    if let Some(account) = claims.as_ref().and_then(Claims::account) {
        let (caller, account) = cx.store().inspect_account(cx.pool.id, caller, account).await?;
        return Ok(Stored { caller, claims, inspected: None, account });
    }
    let read = cx.store().inspect(cx.pool.id, caller, claims.as_ref().and_then(|c| c.gid)).await?;
    Ok(Stored { caller: read.caller, claims, inspected: read.inspected, account: AccountState::default() })
}

async fn find_opaque(cx: &Cx, token: &Opaque, caller: Option<&str>) -> Result<Stored, Fault> {
    let read = cx.store().inspect_opaque(cx.pool.id, caller, TokenId::from_bytes(token.id())).await?;
    let hash = usher_crypto::sha256(token.secret().expose());
    let known = read.secret_hash.is_some_and(|stored| usher_crypto::matches(&stored, &hash))
        && read.expires_at.is_some_and(|end| end > cx.now);
    let claims = read
        .payload
        .filter(|_| known)
        .and_then(|text| serde_json::from_str(&text).ok())
        .filter(Claims::is_whole);
    Ok(Stored { caller: read.token.caller, claims, inspected: read.token.inspected, account: read.account })
}

fn alive_person(cx: &Cx, claims: Claims, inspected: Option<Inspected>) -> Result<Alive, &'static str> {
    let inspected = inspected.ok_or("its grant is not there")?;
    claims.is_current(cx)?;
    if claims.sub.as_deref() != Some(&inspected.grant.user_id.to_string())
        || claims.client_id != inspected.grant.client_id
    {
        return Err("it names another person or application than its grant");
    }
    if inspected.grant.expires_at <= cx.now {
        return Err("its grant has come to its end");
    }
    if inspected.grant.revoked_at.is_some() {
        return Err("its grant is revoked");
    }
    if !inspected.user_enabled || !inspected.client_enabled {
        return Err("its person or application is disabled");
    }
    if inspected.origin == Origin::Ended {
        return Err("what it was exchanged for is revoked");
    }
    if !inspected.grant.offline && !inspected.session_goes_on {
        return Err("its session has ended");
    }
    let granted = Granted::parse(&inspected.grant.payload).map_err(|_| "its grant cannot be read")?;
    Ok(Alive { claims, holder: Holder::Person(Box::new(Person { granted, inspected })) })
}

fn alive_account(cx: &Cx, claims: Claims, state: &AccountState) -> Result<Alive, &'static str> {
    let token = claims.account().ok_or("a token of nobody")?;
    claims.is_current(cx)?;
    if state.denied {
        return Err("the token is revoked");
    }
    // What was deleted and made anew under the same name is another one.
    let was_there = |since: Option<Timestamp>| since.is_some_and(|birth| birth.seconds() <= claims.iat);
    if !was_there(state.client_since) {
        return Err("its application is not there or disabled");
    }
    // An application's own token names it twice; any other names an access key of the application.
    if token.account != token.client_id {
        let key = state.key.as_ref().filter(|key| key.client_id == token.client_id);
        if !was_there(key.and_then(|key| key.since)) {
            return Err("its access key is not there or disabled");
        }
    }
    Ok(Alive { claims, holder: Holder::Account })
}
