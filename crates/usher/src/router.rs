//! From the wire to a handler and back. [`Endpoint`] is matched exhaustively: an endpoint without a handler does not compile.
//! Nothing here or behind it depends on the Host header, except that a wrong one is told the right address.

use crate::{operations, peer};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use usher_core::reply::Body;
use usher_core::request::Peer;
use usher_core::snapshot::Site;
use usher_core::{App, Cx, Pool, Reply, Request};
use usher_oauth as oauth;
use usher_pages::{handler as pages, render};
use usher_types::endpoint::Cors;
use usher_types::page::{Content, ErrorPage, Frame, Page, Problem};
use usher_types::uri::PublicUrl;
use usher_types::{Endpoint, Locale, limits};

/// Answers one request, and counts it.
pub async fn answer(
    app: Arc<App>,
    peer: IpAddr,
    incoming: hyper::Request<Incoming>,
) -> Response<Full<Bytes>> {
    let begun = Instant::now();
    let (endpoint, response) = route(&app, peer, incoming).await;
    app.metrics.request(endpoint, response.status().as_u16(), begun.elapsed());
    response
}

async fn route(
    app: &Arc<App>,
    peer: IpAddr,
    incoming: hyper::Request<Incoming>,
) -> (Option<Endpoint>, Response<Full<Bytes>>) {
    let (parts, body) = incoming.into_parts();
    let host =
        parts.uri.authority().map(|a| a.as_str().to_owned()).or_else(|| text(&parts.headers, &header::HOST));
    // RFC 9110 §4.2.3: "an empty port component … or … the default port" name the same place as none.
    let default_port = if app.settings.public_url.is_https() { ":443" } else { ":80" };
    let host = host.map(|host| host.strip_suffix(default_port).map(str::to_owned).unwrap_or(host));
    // Whoever looks after the server asks by its number, and before there is a pool.
    if let Some((None, state @ (Endpoint::Health | Endpoint::Ready))) = Endpoint::find(parts.uri.path())
        && matches!(parts.method, Method::GET | Method::HEAD)
    {
        return (Some(state), operations::plain(operations::state(app, state).await));
    }
    let Some(site) = app.snapshot().site(host.as_deref(), parts.uri.path()) else {
        return (None, before_the_first_pool(app, parts.uri.path(), &parts.headers));
    };
    let is_elsewhere = matches!(site, Site::Elsewhere(_));
    let (pool, endpoint) = match site {
        Site::Found(pool, endpoint) => (pool, Some(endpoint)),
        Site::Nothing(pool) => (pool, None),
        // Programs are told the right address in their own way.
        Site::Elsewhere(pool) => (pool, Endpoint::find(parts.uri.path()).map(|(_, endpoint)| endpoint)),
    };
    let peer = peer::address(peer, &parts.headers, &app.settings.trusted_proxies);
    let cx = context(app, pool, peer.unwrap_or(IpAddr::from([0, 0, 0, 0])), &parts.headers);
    let head = parts.method == Method::HEAD && endpoint.is_some_and(Endpoint::answers_head);
    let method = if head { Method::GET } else { parts.method };
    let origin = parts.headers.get(header::ORIGIN).cloned();
    // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code … to any request message that contains more than one
    // Host header field line".
    let one_host = parts.headers.get_all(header::HOST).iter().count() == 1;
    let reply = match endpoint {
        _ if !one_host || peer.is_err() => problem(&cx, endpoint, StatusCode::BAD_REQUEST, Problem::Request),
        _ if is_elsewhere => {
            let address = format!("{}{}", cx.pool.origin(), parts.uri.path());
            problem(&cx, endpoint, StatusCode::MISDIRECTED_REQUEST, Problem::Address { address })
        }
        None => match account_at(&cx, parts.uri.path()) {
            Some(account) if matches!(method, Method::GET | Method::HEAD) => Reply::see_other(&account),
            _ => problem(&cx, None, StatusCode::NOT_FOUND, Problem::NotFound),
        },
        Some(endpoint) if method == Method::OPTIONS => preflight(&cx, endpoint),
        Some(endpoint) if !endpoint.methods().contains(&method.as_str()) => not_allowed(&cx, endpoint),
        Some(endpoint) => match read_body(body).await {
            Ok(body) => {
                let query = parts.uri.query().unwrap_or_default().to_owned();
                dispatch(&cx, endpoint, Request { method, query, headers: parts.headers, body }).await
            }
            Err(status) => problem(&cx, Some(endpoint), status, Problem::TooLarge)
                .with(header::CONNECTION, HeaderValue::from_static("close")),
        },
    };
    let reply = allow_origin(&cx, endpoint.map_or(Cors::Nobody, Endpoint::cors), origin, reply);
    (endpoint, finish(app, &cx.pool.address, reply))
}

/// Where whoever types the name of the server or of a pool alone comes to sign in: the account's pages begin with that.
fn account_at(cx: &Cx, path: &str) -> Option<String> {
    let name = path.strip_prefix('/')?;
    if name.is_empty() {
        return Some(cx.path(Endpoint::Account));
    }
    let snapshot = cx.app.snapshot();
    let pool = snapshot.pool(Some(name.strip_suffix('/').unwrap_or(name))).filter(|_| cx.pool.is_first)?;
    Some(format!("{}{}", pool.base, Endpoint::Account.path()))
}

/// Until there is a first pool, or while it cannot be read, people are told so, with the look of every page.
fn before_the_first_pool(app: &App, path: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
    let lacks = app.snapshot().lacks_first();
    let reply = match Endpoint::find(path) {
        Some((None, Endpoint::Style)) => pages::style(),
        Some((None, Endpoint::Icon)) => pages::icon(),
        Some((_, endpoint)) if endpoint.is_for_programs() => {
            let description = if lacks { "the server cannot answer now" } else { "there is no pool yet" };
            let error =
                serde_json::json!({ "error": "temporarily_unavailable", "error_description": description });
            Reply::json(StatusCode::SERVICE_UNAVAILABLE, &error)
        }
        _ => {
            let frame = Frame {
                locale: asked_language(headers).unwrap_or_default(),
                pool: app.settings.public_url.authority().to_owned(),
                base: String::new(),
                application: None,
                request_id: String::new(),
            };
            let error = "temporarily_unavailable".to_owned();
            let problem = if lacks { Problem::Unavailable } else { Problem::NoPool };
            let content = ErrorPage { error, problem, developer: Vec::new(), back: None };
            Reply::page(StatusCode::SERVICE_UNAVAILABLE, Page { frame, content: Content::Error(content) })
        }
    };
    finish(app, &app.settings.public_url, reply)
}

async fn dispatch(cx: &Cx, endpoint: Endpoint, request: Request) -> Reply {
    match endpoint {
        Endpoint::Discovery | Endpoint::AuthorizationServerMetadata => {
            oauth::metadata::discovery(cx, &request)
        }
        Endpoint::Jwks => oauth::metadata::jwks(cx, &request),
        Endpoint::Authorize => oauth::authorize::authorize(cx, request).await,
        Endpoint::AuthorizeResume => oauth::authorize::resume(cx, request).await,
        Endpoint::Token => oauth::token::token(cx, request).await,
        Endpoint::Userinfo => oauth::userinfo::userinfo(cx, request).await,
        Endpoint::Introspection => oauth::introspection::introspect(cx, request).await,
        Endpoint::Revocation => oauth::revocation::revocation(cx, request).await,
        Endpoint::DeviceAuthorization => oauth::device::device_authorization(cx, request).await,
        Endpoint::EndSession => oauth::end_session::end_session(cx, request).await,
        Endpoint::SignIn => pages::sign_in(cx, request).await,
        Endpoint::ChooseAccount => pages::choose_account(cx, request).await,
        Endpoint::ChangePassword => pages::change_password(cx, request).await,
        Endpoint::ForgotPassword => pages::forgot_password(cx, request).await,
        Endpoint::NewPassword => pages::new_password(cx, request).await,
        Endpoint::VerifyEmail => pages::verify_email(cx, request).await,
        Endpoint::SignUp => pages::sign_up(cx, request).await,
        Endpoint::SignUpLink => pages::sign_up_link(cx, request).await,
        Endpoint::Consent => pages::consent(cx, request).await,
        Endpoint::Device => pages::device(cx, request).await,
        Endpoint::DeviceResume => oauth::device::resume(cx, request).await,
        Endpoint::DeviceConsent => pages::device_consent(cx, request).await,
        Endpoint::DeviceQr => pages::device_qr(cx, &request),
        Endpoint::SignOut => pages::sign_out(cx, request).await,
        Endpoint::SignedOut => pages::signed_out(cx, &request),
        Endpoint::ApplicationLogo => pages::application_logo(cx, request).await,
        Endpoint::ApplicationStyle => pages::application_style(cx, &request),
        Endpoint::Advisor => pages::advisor::page(cx, &request),
        Endpoint::AdvisorApi => pages::advisor::api(cx, &request),
        Endpoint::Account => pages::account::overview(cx, request).await,
        Endpoint::AccountProfile => pages::account::profile(cx, request).await,
        Endpoint::AccountPassword => pages::account::password(cx, request).await,
        Endpoint::AccountSessions => pages::account::sessions(cx, request).await,
        Endpoint::AccountApplications => pages::account::applications(cx, request).await,
        Endpoint::AccountResume => pages::account::resume(cx, request).await,
        Endpoint::Style => pages::style(),
        Endpoint::Icon => pages::icon(),
        Endpoint::Health | Endpoint::Ready => operations::state(&cx.app, endpoint).await,
    }
}

fn context(app: &Arc<App>, pool: Arc<Pool>, peer: IpAddr, headers: &HeaderMap) -> Cx {
    let locale = asked_language(headers).unwrap_or(pool.settings.default_locale);
    Cx::new(Arc::clone(app), pool, Peer(peer), locale)
}

fn asked_language(headers: &HeaderMap) -> Option<Locale> {
    headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).and_then(Locale::from_accept_language)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}

/// Reads a body whole: no larger than is allowed, no slower than is allowed.
async fn read_body(body: Incoming) -> Result<Bytes, StatusCode> {
    use hyper::body::Body as _;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let whole = Limited::new(body, limits::BODY_BYTES).collect();
    match tokio::time::timeout(limits::BODY_TIME.to_std(), whole).await {
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
    }
}

/// An error that belongs to no door: JSON where programs ask (RFC 6749 §5.2), else a page.
fn problem(cx: &Cx, endpoint: Option<Endpoint>, status: StatusCode, problem: Problem) -> Reply {
    if endpoint.is_some_and(Endpoint::is_for_programs) {
        let description = match &problem {
            Problem::Address { address } => format!("this server is reached at another address: {address}"),
            _ => status.canonical_reason().unwrap_or("the request cannot be answered").to_owned(),
        };
        return Reply::json(
            status,
            &serde_json::json!({ "error": "invalid_request", "error_description": description }),
        );
    }
    let content =
        ErrorPage { error: "invalid_request".to_owned(), problem, developer: Vec::new(), back: None };
    Reply::page(status, cx.page(None, cx.locale, Content::Error(content)))
}

/// RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
fn not_allowed(cx: &Cx, endpoint: Endpoint) -> Reply {
    let head = if endpoint.answers_head() { ", HEAD" } else { "" };
    let allow = format!("{}{head}", endpoint.methods().join(", "));
    let allow = HeaderValue::try_from(allow).unwrap_or(HeaderValue::from_static("GET"));
    problem(cx, Some(endpoint), StatusCode::METHOD_NOT_ALLOWED, Problem::Method).with(header::ALLOW, allow)
}

/// The answer to a browser that asks before a request to another origin (Fetch §3.2.2).
fn preflight(cx: &Cx, endpoint: Endpoint) -> Reply {
    if endpoint.cors() == Cors::Nobody {
        return not_allowed(cx, endpoint);
    }
    let methods =
        HeaderValue::try_from(endpoint.methods().join(", ")).unwrap_or(HeaderValue::from_static("GET"));
    Reply::empty(StatusCode::NO_CONTENT)
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, methods)
        .with(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"))
        .with(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"))
}

/// Who may read the answer from a page of another origin; never with credentials.
fn allow_origin(cx: &Cx, cors: Cors, origin: Option<HeaderValue>, reply: Reply) -> Reply {
    match cors {
        Cors::Nobody => reply,
        Cors::Anyone => reply.with(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        Cors::PublicApplications => {
            let reply = reply.with(header::VARY, HeaderValue::from_static("Origin"));
            match origin.filter(|o| o.to_str().is_ok_and(|o| cx.pool.origins.contains(o))) {
                Some(origin) => reply.with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
                None => reply,
            }
        }
    }
}

/// Renders pages and adds what every answer carries.
fn finish(app: &App, address: &PublicUrl, reply: Reply) -> Response<Full<Bytes>> {
    let Reply { status, mut headers, body } = reply;
    let content = match body {
        Body::Empty => Bytes::new(),
        Body::Bytes(bytes) => bytes,
        Body::Page(page) => {
            let rendered = render::html(&page, render::Mode { developer: app.settings.developer });
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            if let Ok(policy) = HeaderValue::try_from(rendered.csp) {
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            if !page.content.is_delivery() {
                headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            }
            Bytes::from(rendered.body)
        }
    };
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if address.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    let mut response = Response::new(Full::new(content));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
