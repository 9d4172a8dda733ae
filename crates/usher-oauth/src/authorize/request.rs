//! The authorization request (OpenID Connect Core §3.1.2.1, RFC 6749 §4.1.1, RFC 7636 §4.3): one small parser per parameter, all
//! of them needed to make the struct, so that a forgotten check is a missing field.

use super::SharedClient;
use super::claims;
use super::error::{AuthorizeError, PageError, RedirectError};
use super::prompt::{Prompt, parse_prompt};
use super::response::{self, Delivery};
use crate::grant::birth::{Refresh, Withheld};
use crate::redirect::RegisteredRedirect;
use crate::response_mode::ResponseMode;
use usher_core::client::ResponseType;
use usher_core::grant::RequestedClaims;
use usher_core::{Client, Cx};
use usher_types::page::Problem;
use usher_types::uri::RedirectUri;
use usher_types::{Locale, Params, ParamsError, Scope, Span, UserId, limits};

/// The parameters that mean something here; others are not even kept.
pub(super) const KNOWN: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "claims_locales",
    "acr_values",
    "display",
    "claims",
    "request",
    "request_uri",
    "registration",
];

/// A request that may be decided.
pub(crate) struct AuthorizationRequest {
    /// Who asks.
    pub(crate) client: SharedClient,
    /// Where the response goes.
    pub(crate) redirect: RegisteredRedirect,
    /// What the response carries.
    pub(crate) kind: ResponseType,
    /// How the response goes there.
    pub(crate) mode: ResponseMode,
    /// To be given back as it is.
    pub(crate) state: Option<String>,
    /// What is asked for, as far as the application may.
    pub(crate) scope: Scope,
    /// Whether a refresh token is asked for, as far as settings decide about it.
    pub(crate) refresh: Refresh,
    /// To be put into the ID token.
    pub(crate) nonce: Option<String>,
    /// The S256 challenge.
    pub(crate) code_challenge: Option<String>,
    /// Which pages must or must not be shown.
    pub(crate) prompt: Prompt,
    /// How old the sign-in may be.
    pub(crate) max_age: Option<Span>,
    /// Who is expected, by login name.
    pub(crate) login_hint: Option<String>,
    /// Who is expected, by an ID token; verified when the application's keys are read.
    pub(crate) id_token_hint: Option<String>,
    /// The pages' language.
    pub(crate) locale: Locale,
    /// Single claims, as far as the application could see them by some scope.
    pub(crate) claims: RequestedClaims,
    /// The person that the `claims` parameter demands.
    pub(crate) demanded_sub: Option<UserId>,
    /// Authentication context classes that the request insists on; empty where it does not.
    pub(crate) essential_acr: Vec<String>,
}

impl AuthorizationRequest {
    /// Reads and checks a request as far as settings decide it.
    pub(crate) fn parse(cx: &Cx, params: &Params) -> Result<Self, AuthorizeError> {
        let client = client(cx, params)?;
        let redirect = redirect(params, &client)?;
        let state =
            params.one("state").ok().flatten().filter(|s| s.len() <= limits::STATE_BYTES).map(str::to_owned);
        let delivery = Delivery::of(params, &redirect);
        let refusal = Refusal {
            client: &client,
            redirect: &redirect,
            mode: delivery.for_errors,
            state: state.as_deref(),
        };
        let mode = delivery.mode.map_err(|m| refusal.make("invalid_request", m))?;
        refusal.one(params, "state", limits::STATE_BYTES)?;
        let kind = response::response_type(params, &client, &redirect)
            .map_err(|(error, description)| refusal.make(error, description))?;
        not_supported(params, &refusal)?;
        let scope_asked = scope(params, &refusal)?;
        let refresh = match Refresh::by_settings(&client, &scope_asked) {
            // Mission and RFC 6749 §4.2.2: "The authorization server MUST NOT issue a refresh token" by the front channel.
            Refresh::Given if !kind.has_code() => Refresh::Withheld(Withheld::FrontChannel),
            other => other,
        };
        let nonce = refusal.one(params, "nonce", limits::STATE_BYTES)?.map(str::to_owned);
        response::check_id_token(kind, &scope_asked, &client, nonce.as_deref())
            .map_err(|(error, description)| refusal.make(error, description))?;
        let claims = claims(params, &refusal)?;
        Ok(Self {
            scope: scope_asked.filtered(|s| {
                client.scope.contains(s) && (s != "offline_access" || refresh == Refresh::Given)
            }),
            refresh,
            nonce,
            code_challenge: code_challenge(params, kind, &refusal)?,
            prompt: refusal
                .one(params, "prompt", 256)?
                .map_or(Ok(Prompt::default()), parse_prompt)
                .and_then(|prompt| may_create(cx, prompt))
                .map_err(|m| refusal.make("invalid_request", m))?,
            max_age: max_age(params, &client, &refusal)?,
            login_hint: refusal.one(params, "login_hint", limits::IDENTIFIER_BYTES)?.map(str::to_owned),
            id_token_hint: refusal.one(params, "id_token_hint", limits::HEAD_BYTES)?.map(str::to_owned),
            locale: locale(cx, params, &refusal)?,
            demanded_sub: demanded_sub(&claims, &refusal)?,
            essential_acr: claims.essential_acr,
            claims: claims.requested.filtered(|name| usher_core::claims::is_within_reach(&client, name)),
            kind,
            mode,
            state,
            redirect,
            client,
        })
    }

    /// An error that goes to the application.
    pub(crate) fn refuse(&self, error: &'static str, description: &str) -> AuthorizeError {
        Refusal {
            client: &self.client,
            redirect: &self.redirect,
            mode: self.mode,
            state: self.state.as_deref(),
        }
        .make(error, description)
    }
}

/// What is needed to refuse a request towards its application.
struct Refusal<'a> {
    client: &'a Client,
    redirect: &'a RegisteredRedirect,
    mode: ResponseMode,
    state: Option<&'a str>,
}

impl Refusal<'_> {
    fn make(&self, error: &'static str, description: impl Into<String>) -> AuthorizeError {
        AuthorizeError::Redirect(Box::new(RedirectError {
            redirect: self.redirect.clone(),
            mode: self.mode,
            state: self.state.map(str::to_owned),
            client_id: self.client.id().to_owned(),
            error,
            description: description.into(),
        }))
    }

    fn one<'p>(
        &self,
        params: &'p Params,
        name: &'static str,
        most: usize,
    ) -> Result<Option<&'p str>, AuthorizeError> {
        let value = params.one(name).map_err(|e| self.make("invalid_request", e.to_string()))?;
        if value.is_some_and(|v| v.len() > most) {
            return Err(self.make("invalid_request", format!("{name} is longer than {most} bytes")));
        }
        Ok(value)
    }
}

fn page(
    error: &'static str,
    problem: Problem,
    client: Option<&Client>,
    developer: Vec<(&str, String)>,
) -> AuthorizeError {
    AuthorizeError::Page(Box::new(PageError {
        error,
        problem,
        developer: developer.into_iter().map(|(label, text)| (label.to_owned(), text)).collect(),
        client_id: client.map(|c| c.id().to_owned()),
    }))
}

fn client(cx: &Cx, params: &Params) -> Result<SharedClient, AuthorizeError> {
    let unknown =
        |reason: String| page("invalid_request", Problem::UnknownApplication, None, vec![("reason", reason)]);
    let id = params.one("client_id").map_err(|e| unknown(e.to_string()))?;
    let id = id.ok_or_else(|| unknown("client_id is missing".to_owned()))?;
    let client = cx
        .pool
        .clients
        .get(id)
        .ok_or_else(|| unknown(format!("no application with client_id {id:?} in this pool")))?;
    Ok(SharedClient::clone(client))
}

fn redirect(params: &Params, client: &Client) -> Result<RegisteredRedirect, AuthorizeError> {
    let registered =
        || client.settings.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join(" ");
    let wrong = |reason: String| {
        page(
            "invalid_request",
            Problem::ReturnAddress,
            Some(client),
            vec![("reason", reason), ("registered redirect_uris", registered())],
        )
    };
    let given = params.one("redirect_uri").map_err(|e: ParamsError| wrong(e.to_string()))?;
    match given {
        Some(uri) => RegisteredRedirect::requested(client, uri).ok_or_else(|| {
            wrong(format!("redirect_uri {uri:?} is not registered; it is compared byte by byte"))
        }),
        // RFC 6749 §3.1.2.3 lets a request without one use the only registered URI; OpenID Connect Core §3.1.2.1 demands it.
        None => {
            let openid = params.first("scope").is_some_and(|s| s.split(' ').any(|t| t == "openid"));
            let only = RegisteredRedirect::only(client).filter(|_| !openid);
            only.ok_or_else(|| wrong("redirect_uri is missing".to_owned()))
        }
    }
}

/// OpenID Connect Core §3.1.2.6: codes for parameters that the server does not take.
fn not_supported(params: &Params, refusal: &Refusal<'_>) -> Result<(), AuthorizeError> {
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if params.first(name).is_some() {
            return Err(refusal.make(error, format!("the parameter {name} is not supported")));
        }
    }
    Ok(())
}

fn scope(params: &Params, refusal: &Refusal<'_>) -> Result<Scope, AuthorizeError> {
    let text = refusal.one(params, "scope", limits::HEAD_BYTES)?.unwrap_or_default();
    Scope::parse(text).map_err(|e| refusal.make("invalid_scope", e.to_string()))
}

fn code_challenge(
    params: &Params,
    kind: ResponseType,
    refusal: &Refusal<'_>,
) -> Result<Option<String>, AuthorizeError> {
    let method = refusal.one(params, "code_challenge_method", 16)?;
    let challenge = refusal.one(params, "code_challenge", 256)?;
    // Where there is no code there is nothing to protect, and the two are like parameters that nobody knows.
    if !kind.has_code() {
        return Ok(None);
    }
    let Some(challenge) = challenge else {
        // RFC 9700 §2.1.1: "public clients MUST use PKCE".
        return match (refusal.client.needs_pkce(), method) {
            (true, _) => Err(refusal.make(
                "invalid_request",
                "code_challenge is missing: this application must use PKCE (RFC 7636) with S256",
            )),
            (false, Some(_)) => {
                Err(refusal.make("invalid_request", "code_challenge_method without code_challenge"))
            }
            (false, None) => Ok(None),
        };
    };
    // RFC 7636 §4.4.1; "plain", the default where no method is named, does not protect against who sees the request.
    if method != Some("S256") {
        return Err(refusal.make("invalid_request", "code_challenge_method must be S256"));
    }
    let legal = challenge.len() == 43
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !legal {
        return Err(refusal.make("invalid_request", "an S256 code_challenge has 43 characters of base64url"));
    }
    Ok(Some(challenge.to_owned()))
}

/// Whether people can be prompted to make an account here, where that is asked for.
fn may_create(cx: &Cx, prompt: Prompt) -> Result<Prompt, &'static str> {
    match prompt.create && !cx.signs_up() {
        true => Err(
            "prompt=create is not supported here: people of this pool do not make accounts for themselves",
        ),
        false => Ok(prompt),
    }
}

fn max_age(params: &Params, client: &Client, refusal: &Refusal<'_>) -> Result<Option<Span>, AuthorizeError> {
    let Some(text) = refusal.one(params, "max_age", 16)? else {
        return Ok(client.settings.default_max_age.map(Span::seconds));
    };
    let seconds = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    match seconds {
        Some(seconds) => Ok(Some(Span::seconds(seconds))),
        None => Err(refusal.make("invalid_request", "max_age must be a whole number of seconds")),
    }
}

fn locale(cx: &Cx, params: &Params, refusal: &Refusal<'_>) -> Result<Locale, AuthorizeError> {
    // Read so that a repeat is refused; neither changes what is shown: every page suits every display, and claims have one language.
    refusal.one(params, "claims_locales", 512)?;
    refusal.one(params, "acr_values", 1024)?;
    if let Some(display) = refusal.one(params, "display", 16)?
        && !["page", "popup", "touch", "wap"].contains(&display)
    {
        return Err(refusal.make("invalid_request", "display must be one of: page, popup, touch, wap"));
    }
    let asked = refusal.one(params, "ui_locales", 512)?.and_then(Locale::from_tags);
    Ok(asked.unwrap_or(cx.locale))
}

fn claims(params: &Params, refusal: &Refusal<'_>) -> Result<claims::ClaimsParameter, AuthorizeError> {
    let Some(text) = refusal.one(params, "claims", limits::HEAD_BYTES)? else {
        return Ok(claims::ClaimsParameter::default());
    };
    claims::parse(text).map_err(|m| refusal.make("invalid_request", format!("claims: {m}")))
}

fn demanded_sub(
    claims: &claims::ClaimsParameter,
    refusal: &Refusal<'_>,
) -> Result<Option<UserId>, AuthorizeError> {
    // OpenID Connect Core §5.5.1: "sub" with a value asks for that very person; a value that nobody here has can never be met.
    match &claims.sub {
        None => Ok(None),
        Some(sub) => sub
            .parse()
            .map(Some)
            .map_err(|_| refusal.make("login_required", "the person that claims asks for is not signed in")),
    }
}
