//! Assertions (RFC 7521, RFC 7523 §3): what a JWT must say that stands for an application (§2.2) or for a person (§2.1), and that it is
//! used once. Whose keys it is verified by is left to `private_key_jwt`, `client_secret_jwt` and the grant jwt-bearer.

use super::Presented;
use crate::OauthError;
use crate::access_token::Audience;
use serde::{Deserialize, Deserializer};
use usher_core::client::AuthMethod;
use usher_core::{Cx, Fault};
use usher_crypto::jose::{self, AcceptedType, JoseError, SigningAlgorithm, VerifyingKey};
use usher_store::tables::{NewTicket, write};
use usher_store::{Applied, Batch};
use usher_types::{Endpoint, Params, Span, TicketId, Timestamp, limits};

/// The `client_assertion_type` of RFC 7523 §2.2.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The types of an assertion that stands for an application.
const CLIENT: AcceptedType<'_> = AcceptedType::IsOrAbsent(&["JWT", "client-authentication+jwt"]);

/// The kinds of tickets that assertions leave behind when they are used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    /// Client authentication.
    Client,
    /// The grant jwt-bearer.
    Grant,
}

impl Use {
    const fn kind(self) -> &'static str {
        match self {
            Self::Client => "client_assertion",
            Self::Grant => "grant_assertion",
        }
    }
}

/// The guard of an assertion's first use, and what to say in the log of another.
pub(crate) const FIRST_USE: &str = "the assertion was used before";

/// The claims of an assertion (RFC 7523 §3): nothing is true yet.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// For whom it stands.
    pub sub: String,
    /// For whom it is.
    pub aud: Audience,
    /// Its end.
    pub exp: NumericDate,
    /// From when on it is good.
    pub nbf: Option<NumericDate>,
    /// When it was made.
    pub iat: Option<NumericDate>,
    /// Its id.
    pub jti: Option<String>,
}

/// A moment in a token (RFC 7519 §2): seconds since 1970, of which a fraction is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumericDate(pub Timestamp);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("not a moment");
        let written = serde_json::Number::deserialize(deserializer)?.to_string();
        let (whole, fraction) = written.split_once('.').unwrap_or((&written, "0"));
        let seconds: i64 = whole.parse().map_err(|_| wrong())?;
        // Beyond the year 9999 nobody means a moment; times are counted in milliseconds from here on.
        let likely = (0..253_402_300_800).contains(&seconds) && fraction.bytes().all(|b| b.is_ascii_digit());
        likely.then_some(Self(Timestamp::from_seconds(seconds))).ok_or_else(wrong)
    }
}

/// An assertion that is for this server and in its time. It may have been used already.
#[derive(Debug, Clone)]
pub struct InTime {
    /// Who made it.
    pub issuer: String,
    /// For whom it stands.
    pub subject: String,
    id: String,
    until: Timestamp,
}

/// Reads an assertion that is signed by one of these keys. The key decides the algorithm.
pub(crate) fn verify(
    assertion: &str,
    keys: &[VerifyingKey],
    accepted: AcceptedType<'_>,
) -> Result<Claims, &'static str> {
    jose::verify(assertion, keys, accepted).and_then(|verified| verified.claims()).map_err(cause)
}

/// The values of `aud` by which an assertion means this server, at this endpoint.
pub(crate) fn audiences(cx: &Cx, endpoint: Endpoint) -> [String; 3] {
    [cx.pool.issuer.clone(), cx.url(Endpoint::Token), cx.url(endpoint)]
}

impl Claims {
    /// Checks everything but the signature, and that it was not used before.
    pub fn check(self, audiences: &[String], now: Timestamp) -> Result<InTime, &'static str> {
        // RFC 7523 §3: "The authorization server MUST reject any JWT that does not contain its own identity as the intended audience."
        // One that is for others as well could be used by them here.
        let ours = |aud: &str| audiences.iter().any(|own| own == aud);
        let only_ours = match &self.aud {
            Audience::One(one) => ours(one),
            Audience::Many(many) => !many.is_empty() && many.iter().all(|one| ours(one)),
        };
        if !only_ours {
            return Err("the assertion is not for this server alone");
        }
        let skew = limits::CLOCK_SKEW;
        // §3: "The authorization server MUST reject any JWT with an expiration time that has passed, subject to allowable clock skew".
        let NumericDate(end) = self.exp;
        if end.plus(skew) <= now {
            return Err("the assertion has expired");
        }
        // §3: "The authorization server may reject JWTs with an "exp" claim value that is unreasonably far in the future."
        if end > now.plus(limits::ASSERTION).plus(skew) {
            return Err("the end of the assertion lies too far ahead");
        }
        if self.nbf.is_some_and(|NumericDate(from)| from > now.plus(skew)) {
            return Err("the assertion is not good yet");
        }
        // §3: "The authorization server may reject JWTs with an "iat" claim value that is unreasonably far in the past."
        let oldest = now.minus(limits::ASSERTION).minus(skew);
        if self.iat.is_some_and(|NumericDate(made)| made > now.plus(skew) || made < oldest) {
            return Err("the assertion was made too long ago, or in the future");
        }
        let id = self.jti.filter(|id| !id.is_empty()).ok_or("the assertion has no jti")?;
        // The end by which it would be accepted, and a second, since moments in tokens have no fractions.
        let until = end.plus(skew).plus(Span::seconds(1));
        Ok(InTime { issuer: self.iss, subject: self.sub, id, until })
    }
}

impl InTime {
    /// Adds its use to a batch, which is refused by [`FIRST_USE`] where it was used before. RFC 7523 §3: "the authorization server MAY
    /// ensure that JWTs are not replayed by maintaining the set of used "jti" values for the length of time for which the JWT would be
    /// considered valid". The sweeper keeps the row at least that long.
    pub(crate) fn spend(&self, cx: &Cx, batch: &mut Batch, r#use: Use) {
        let digest = usher_crypto::sha256_parts(&[
            r#use.kind().as_bytes(),
            self.issuer.as_bytes(),
            self.id.as_bytes(),
        ]);
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        let ticket = NewTicket {
            id: TicketId::from_bytes(id),
            secret_hash: digest,
            client_id: None,
            user_id: None,
            session_id: None,
            grant_id: None,
            browser: None,
            payload: String::new(),
            state: String::new(),
            created_at: cx.now,
            expires_at: self.until,
        };
        write::ticket::insert_once(batch, FIRST_USE, cx.pool.id, r#use.kind(), ticket);
    }

    /// Uses it at once, whatever becomes of the request: false where it was used before, here or by another node.
    pub(super) async fn is_first_use(&self, cx: &Cx) -> Result<bool, Fault> {
        let mut batch = Batch::new();
        self.spend(cx, &mut batch, Use::Client);
        Ok(cx.store().apply(batch).await? == Applied::Done)
    }
}

/// The application that an assertion is presented for (RFC 7521 §4.2): "The "client_id" is unnecessary for client assertion
/// authentication because the client is identified by the subject within the assertion."
pub(super) fn read(params: &Params) -> Result<Option<Presented>, OauthError> {
    let (assertion, kind) = match (params.one("client_assertion")?, params.one("client_assertion_type")?) {
        (None, None) => return Ok(None),
        (Some(assertion), Some(kind)) => (assertion, kind),
        _ => {
            return Err(OauthError::invalid_request(
                "client_assertion and client_assertion_type are given together",
            ));
        }
    };
    let failed = |cause| OauthError::InvalidClient { cause };
    if kind != TYPE {
        return Err(failed("another client_assertion_type than jwt-bearer"));
    }
    let header = jose::peek_header(assertion).map_err(|e| failed(cause(e)))?;
    let claims: Claims = jose::peek_claims(assertion).map_err(|e| failed(cause(e)))?;
    // Only the name of the method is taken from the header: the registered method decides the keys, and a key its algorithm.
    let method = match header.alg {
        SigningAlgorithm::Hs256 => AuthMethod::ClientSecretJwt,
        _ => AuthMethod::PrivateKeyJwt,
    };
    let client_id = params.one("client_id")?.map_or(claims.sub, str::to_owned);
    Ok(Some(Presented { client_id, secret: None, assertion: Some(assertion.to_owned()), method }))
}

/// The assertion of an application, checked against the keys that are registered for it.
pub(super) fn of_client(
    cx: &Cx,
    endpoint: Endpoint,
    client_id: &str,
    assertion: &str,
    keys: &[VerifyingKey],
) -> Result<InTime, &'static str> {
    let claims = verify(assertion, keys, CLIENT)?;
    // OpenID Connect Core §9: iss and sub "MUST contain the client_id of the OAuth Client". RFC 7521 §4.2: client_id "MUST identify the
    // same client as is identified by the client assertion."
    if claims.iss != client_id || claims.sub != client_id {
        return Err("iss, sub and client_id of the assertion are not one");
    }
    claims.check(&audiences(cx, endpoint), cx.now)
}

/// What is wrong with a token, for the log.
pub(crate) const fn cause(error: JoseError) -> &'static str {
    match error {
        JoseError::TooLong | JoseError::NotCompact | JoseError::Encoding | JoseError::NotMade => {
            "the assertion is no JWT in the compact form"
        }
        JoseError::Json => "the assertion is not JSON in which every member is there once",
        JoseError::HeaderMember => "the assertion's header holds a member that is not accepted",
        JoseError::Algorithm => "the assertion's header names no algorithm that is accepted",
        JoseError::Type => "the assertion is a token of another type",
        JoseError::UnknownKey => "no registered key has the kid and the algorithm of the assertion",
        JoseError::Signature => "the assertion's signature does not match",
        JoseError::Claims => "the assertion lacks a claim, or one has another shape",
    }
}
