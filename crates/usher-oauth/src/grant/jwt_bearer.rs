//! The JWT bearer grant (RFC 7523 §2.1): somebody whom the application's settings name vouches for a person. Nobody is asked and nobody
//! signs in, so the person must have consented to the scope before, and the tokens tell of no authentication.

use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use crate::client_auth::assertion::{self, Claims, InTime, Use};
use crate::grant::birth::{self, Birth, Refresh, Withheld};
use usher_core::client::{AssertedSubject, Client, GrantType};
use usher_core::grant::Granted;
use usher_core::profile::Profile;
use usher_core::{Cx, Fault, Reply};
use usher_crypto::jose::{self, AcceptedType};
use usher_store::tables::{AssertedPerson, AssertedRead, Named, write};
use usher_store::{Applied, Batch};
use usher_types::fold::IdentifierKey;
use usher_types::{Endpoint, GrantId, Params, Scope, UserId};

/// The types of an assertion that is a grant.
const GRANT: AcceptedType<'_> = AcceptedType::IsOrAbsent(&["JWT", "authorization-grant+jwt"]);

/// The parameters of the grant.
pub(crate) struct JwtBearerRequest {
    assertion: String,
    scope: Option<Scope>,
}

impl JwtBearerRequest {
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        // RFC 7523 §2.1: "The value of the "assertion" parameter MUST contain a single JWT."
        let assertion =
            params.one("assertion")?.ok_or_else(|| OauthError::invalid_request("assertion is missing"))?;
        let scope = params.one("scope")?.map(Scope::parse).transpose();
        Ok(Self {
            assertion: assertion.to_owned(),
            scope: scope.map_err(|e| OauthError::refused("invalid_scope", e.to_string()))?,
        })
    }

    /// The one read of the grant: whom the assertion names, before anything of it is true.
    pub(crate) async fn read(&self, cx: &Cx, client_id: &str) -> Result<AssertedRead, Fault> {
        let client = cx.pool.clients.get(client_id);
        let named = client.and_then(|client| self.named(client)).unwrap_or(Named::Nobody);
        cx.store().asserted(cx.pool.id, client_id, &named).await
    }

    fn named(&self, client: &Client) -> Option<Named> {
        let claims: Claims = jose::peek_claims(&self.assertion).ok()?;
        match client.asserting.get(&claims.iss)?.subject {
            AssertedSubject::Sub => {
                let id: UserId = claims.sub.parse().ok()?;
                // One text stands for a person, whatever else a reader of UUIDs takes.
                (id.to_string() == claims.sub).then_some(Named::Id(id))
            }
            _ => IdentifierKey::fold(&claims.sub).map(Named::Key),
        }
    }

    /// The assertion, if its issuer is one of the application's and signed it for this server.
    fn check(&self, cx: &Cx, client: &Client) -> Result<(InTime, AssertedSubject), &'static str> {
        let claimed: Claims = jose::peek_claims(&self.assertion).map_err(assertion::cause)?;
        let issuer = client
            .asserting
            .get(&claimed.iss)
            .ok_or("the issuer of the assertion is none of the application's")?;
        let claims = assertion::verify(&self.assertion, &issuer.keys, GRANT)?;
        Ok((claims.check(&assertion::audiences(cx, Endpoint::Token), cx.now)?, issuer.subject))
    }
}

/// The guards beside [`assertion::FIRST_USE`].
const USER: &str = "the person was disabled, or has to choose another password, since tokens were asked for";
const CONSENT: &str = "the consent changed while tokens were made";

/// Gives tokens for the person whom an assertion names. Using it and giving are one write.
pub(crate) async fn grant(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &JwtBearerRequest,
    read: AssertedRead,
) -> Result<Reply, OauthError> {
    let (assertion, meaning) = request.check(cx, client.client()).map_err(OauthError::invalid_grant)?;
    let person = read
        .person
        .filter(|person| person.enabled && is_named(&person.profile, meaning, &assertion.subject))
        .ok_or_else(|| OauthError::invalid_grant("the assertion names nobody who may sign in"))?;
    if person.must_change_password {
        return Err(super::new_password_first());
    }
    let asked = request.scope.as_ref().ok_or_else(|| {
        OauthError::refused("invalid_scope", "scope is missing: name what the token is to be for")
    })?;
    let scope = allowed(client.client(), asked, &person)?;
    // RFC 7521 §4.1: "In practice, that will usually mean that refresh tokens are not issued in response to assertion grant requests".
    let refresh = match Refresh::by_settings(client.client(), asked) {
        Refresh::NotAsked => Refresh::NotAsked,
        _ => Refresh::Withheld(Withheld::Assertion),
    };
    let granted = Granted { scope, ..Granted::default() };
    let mut batch = Batch::new();
    assertion.spend(cx, &mut batch, Use::Grant);
    write::user::may_be_spoken_for(&mut batch, USER, cx.pool.id, person.id);
    if let Some(consented) = person.consented_scope.as_deref().filter(|_| !client.client().asks_nobody()) {
        write::consent::stands(&mut batch, CONSENT, cx.pool.id, person.id, client.client().id(), consented);
    }
    let birth = Birth {
        client,
        by: GrantType::JwtBearer,
        id: GrantId::new(cx.now, cx.random()),
        user_id: person.id,
        session_id: None,
        granted: &granted,
        profile: &person.profile,
        refresh,
    };
    let answer = birth::give(cx, &mut batch, &birth)?;
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(answer),
        Applied::Refused { guard } => Err(OauthError::invalid_grant(guard)),
    }
}

/// Whether the person is the one whom a subject of this meaning names. An address or a number that nobody verified may be anybody's.
fn is_named(profile: &str, meaning: AssertedSubject, subject: &str) -> bool {
    let profile = Profile::parse(profile);
    let verified = |claim: &str| profile.claim(claim).is_some_and(|value| value == true);
    let kind = match meaning {
        AssertedSubject::Sub => return true,
        AssertedSubject::Username => "username",
        AssertedSubject::Email if verified("email_verified") => "email",
        AssertedSubject::PhoneNumber if verified("phone_number_verified") => "phone",
        AssertedSubject::Email | AssertedSubject::PhoneNumber => return false,
    };
    let asked = IdentifierKey::fold(subject);
    profile.login_names().any(|(k, name)| k == kind && IdentifierKey::fold(name) == asked)
}

/// The scope that may be given without asking: the application's own, and what the person has consented to or an administrator has
/// decided for all.
pub(super) fn allowed(client: &Client, asked: &Scope, person: &AssertedPerson) -> Result<Scope, OauthError> {
    let asked = asked.filtered(|token| token != "offline_access");
    let refused = |description: &str| Err(OauthError::refused("invalid_scope", description));
    if !asked.is_within(&client.scope) {
        return refused("the scope holds what the application may not ask for");
    }
    if client.asks_nobody() {
        return Ok(asked);
    }
    let consented = person.consented_scope.as_deref().map(|text| Scope::parse(text).unwrap_or_default());
    match consented {
        Some(consented) if asked.is_within(&consented) => Ok(asked),
        _ => refused("the person has not allowed the application this scope: they must sign in to it once"),
    }
}
