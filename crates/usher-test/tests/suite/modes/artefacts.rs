//! One of everything that usher hands out, all of it alive and of one person, one browser and one application: what it is, where it
//! belongs, and how to see whether it is still good.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use usher_test::{Answer, Application, Arrival, Browser, PASSWORD, Response, TestServer, send};

/// Applications with every mode: `owner` is whose everything is, `other` and `album` try to use it. The other pool has an application
/// of the owner's very name and secret.
const APPLICATIONS: &str = r#"
[[pools.applications]]
client_id = "owner"
client_secret = "owner-secret-0123456789-0123456789-0123456789"
client_name = "Owner"
redirect_uris = ["https://every.test/cb"]
first_party = true
skip_consent = true
grant_types = ["authorization_code", "refresh_token", "implicit", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "password"]
response_types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"]
"#;

/// The programmatic access account of the owner, in both pools.
const ACCESS_KEYS: &str = "access_keys = [{ access_key = \"AKowner\", secret_key = \"access-secret-0123456789-0123456789-0123456789\", scope = \"orders\" }]\n";

/// The kinds of what is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    HybridCode,
    RefreshToken,
    RefreshTokenByPassword,
    JwtAccessToken,
    OpaqueAccessToken,
    FrontAccessToken,
    AccessTokenByPassword,
    IdToken,
    FrontIdToken,
    Interaction,
    Posted,
    Cookie,
    FormToken,
    Sid,
    State,
    DeviceCode,
    UserCode,
    AccessKey,
    AccessTokenOfAccessKey,
}

/// Where something can be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Code,
    RefreshToken,
    Password,
    Username,
    ClientSecret,
    Introspection,
    Revocation,
    Userinfo,
    HintOfAuthorize,
    HintOfSignOut,
    PostedToAuthorize,
    PostedToSignOut,
    Page,
    Resume,
    Cookie,
    FormToken,
    DeviceCode,
    UserCode,
}

impl Place {
    pub(super) const ALL: [Self; 18] = [
        Self::Code,
        Self::RefreshToken,
        Self::Password,
        Self::Username,
        Self::ClientSecret,
        Self::Introspection,
        Self::Revocation,
        Self::Userinfo,
        Self::HintOfAuthorize,
        Self::HintOfSignOut,
        Self::PostedToAuthorize,
        Self::PostedToSignOut,
        Self::Page,
        Self::Resume,
        Self::Cookie,
        Self::FormToken,
        Self::DeviceCode,
        Self::UserCode,
    ];

    /// What belongs here; everything else is out of place.
    pub(super) const fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Code => matches!(kind, Kind::Code | Kind::HybridCode),
            Self::RefreshToken => matches!(kind, Kind::RefreshToken | Kind::RefreshTokenByPassword),
            Self::Introspection | Self::Revocation => {
                kind.is_token() || matches!(kind, Kind::AccessTokenOfAccessKey)
            }
            Self::Userinfo => kind.is_access_token(),
            Self::HintOfAuthorize | Self::HintOfSignOut => matches!(kind, Kind::IdToken | Kind::FrontIdToken),
            Self::PostedToAuthorize => matches!(kind, Kind::Posted),
            Self::Page | Self::Resume => matches!(kind, Kind::Interaction),
            Self::Cookie => matches!(kind, Kind::Cookie),
            Self::FormToken => matches!(kind, Kind::FormToken),
            Self::DeviceCode => matches!(kind, Kind::DeviceCode),
            Self::UserCode => matches!(kind, Kind::UserCode),
            Self::Password | Self::Username | Self::ClientSecret | Self::PostedToSignOut => false,
        }
    }

    /// Whether an application presents something here; else a browser or nobody in particular does.
    pub(super) const fn is_an_applications(self) -> bool {
        matches!(
            self,
            Self::Code
                | Self::RefreshToken
                | Self::Password
                | Self::Username
                | Self::ClientSecret
                | Self::Introspection
                | Self::Revocation
                | Self::DeviceCode
        )
    }
}

impl Kind {
    pub(super) const fn is_access_token(self) -> bool {
        matches!(
            self,
            Self::JwtAccessToken
                | Self::OpaqueAccessToken
                | Self::FrontAccessToken
                | Self::AccessTokenByPassword
        )
    }

    pub(super) const fn is_token(self) -> bool {
        self.is_access_token() || matches!(self, Self::RefreshToken | Self::RefreshTokenByPassword)
    }
}

/// One of everything.
pub(super) struct Artefacts {
    pub(super) owner: Application,
    pub(super) browser: Browser,
    pub(super) all: Vec<(Kind, String)>,
}

/// A server with everything that is needed.
pub(super) async fn server() -> TestServer {
    let opaque = APPLICATIONS
        .replace("\"owner\"", "\"opaque\"")
        .replace("owner-secret", "opaque-secret")
        .replace("skip_consent = true", "skip_consent = true\naccess_token_format = \"opaque\"");
    let other = APPLICATIONS.replace("\"owner\"", "\"other\"").replace("owner-secret", "other-secret");
    let album = APPLICATIONS
        .replace("\"owner\"", "\"album\"")
        .replace(
            "client_secret = \"owner-secret-0123456789-0123456789-0123456789\"",
            "application_type = \"single_page\"",
        )
        .replace(", \"password\"", "")
        .replace("\"client_credentials\", ", "");
    let owner = format!("{APPLICATIONS}{ACCESS_KEYS}");
    let first = [&owner, &opaque, &other, &album].map(String::as_str).concat();
    TestServer::builder()
        .edit("[[pools]]\nname = \"staff\"\n", &format!("{first}\n[[pools]]\nname = \"staff\"\n"))
        .more(&owner)
        .start()
        .await
}

/// A parameter of an address's query.
fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap_or_else(|| panic!("no query in {address}"));
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .find(|(n, _)| n == name)
        .unwrap_or_else(|| panic!("no {name} in {address}"))
        .1
}

impl Artefacts {
    /// Makes one of everything, by a browser of its own.
    pub(super) async fn make(t: &TestServer) -> Self {
        let (owner, opaque, mut browser) = (t.application("owner"), t.application("opaque"), t.browser());
        let scope = ("scope", "openid profile offline_access");
        let code = owner.respond(&mut browser, "alice", &[scope]).await;
        let tokens = owner.exchange(code.get("code")).await.tokens();
        let handle = opaque.respond_at_once(&mut browser, &[]).await;
        let handle = opaque.exchange(handle.get("code")).await.tokens().access;
        let fields = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD), scope];
        let by_password = owner.post("/oidc/token", &fields).await.tokens();
        let front = owner.respond_at_once(&mut browser, &[("response_type", "code id_token token")]).await;
        // So that the sign-in above is older than the request that wants another.
        t.advance(usher_types::Span::seconds(1));
        let asked = owner.request(&[("prompt", "login")]);
        let interaction = parameter(&browser.get(&asked).await.location(), "interaction");
        let page = browser.open(&format!("/sign-in?interaction={interaction}")).await.page();
        let query = asked.split_once('?').unwrap().1;
        let posted: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .filter(|(name, _)| name != "prompt")
            .collect();
        let posted: Vec<(&str, &str)> = posted.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let posted = browser.post_from_elsewhere(&owner.path("/oidc/auth"), &posted).await.location();
        let sid =
            owner.verify(tokens.id.as_deref().unwrap(), "owner").await["sid"].as_str().unwrap().to_owned();
        let by_key =
            access_account(&owner).post("/oidc/token", &[("grant_type", "client_credentials")]).await;
        let device = owner.post("/oidc/device/auth", &[("scope", "openid")]).await.json();
        let of_device = |name: &str| device[name].as_str().unwrap_or_else(|| panic!("{device}")).to_owned();
        let last = owner.respond_at_once(&mut browser, &[]).await;
        let all = vec![
            (Kind::Code, last.get("code").to_owned()),
            (Kind::HybridCode, front.get("code").to_owned()),
            (Kind::RefreshToken, tokens.refresh.unwrap()),
            (Kind::RefreshTokenByPassword, by_password.refresh.unwrap()),
            (Kind::JwtAccessToken, tokens.access),
            (Kind::OpaqueAccessToken, handle),
            (Kind::FrontAccessToken, front.get("access_token").to_owned()),
            (Kind::AccessTokenByPassword, by_password.access),
            (Kind::IdToken, tokens.id.unwrap()),
            (Kind::FrontIdToken, front.get("id_token").to_owned()),
            (Kind::Interaction, interaction),
            (Kind::Posted, parameter(&posted, "posted")),
            (Kind::Cookie, browser.cookies.values().next().unwrap().clone()),
            (Kind::FormToken, page.attribute("input[name=form_token]", "value").unwrap()),
            (Kind::Sid, sid),
            (Kind::State, "a state".to_owned()),
            (Kind::DeviceCode, of_device("device_code")),
            (Kind::UserCode, of_device("user_code")),
            (Kind::AccessKey, "AKowner".to_owned()),
            (Kind::AccessTokenOfAccessKey, by_key.tokens().access),
        ];
        Self { owner, browser, all }
    }

    /// One of them.
    pub(super) fn one(&self, wanted: Kind) -> &str {
        &self.all.iter().find(|(kind, _)| *kind == wanted).unwrap().1
    }

    /// Those that are good no more: each is used where it belongs, by whom it belongs to.
    pub(super) async fn dead(mut self, t: &TestServer) -> Vec<Kind> {
        let opaque = t.application("opaque");
        let mut dead = Vec::new();
        let all = std::mem::take(&mut self.all);
        // Codes and refresh tokens last: using them changes what else there is.
        let (spent, kept): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(kind, _)| Place::Code.takes(*kind) || Place::RefreshToken.takes(*kind));
        for (kind, text) in kept.iter().chain(&spent) {
            let good = match kind {
                Kind::Code | Kind::HybridCode => self.owner.exchange(text).await.status == 200,
                Kind::RefreshToken | Kind::RefreshTokenByPassword => {
                    self.owner.is_active(text).await && self.owner.refresh(text).await.status == 200
                }
                Kind::OpaqueAccessToken => {
                    opaque.is_active(text).await && opaque.userinfo(text).await.status == 200
                }
                kind if kind.is_access_token() => {
                    self.owner.is_active(text).await && self.owner.userinfo(text).await.status == 200
                }
                Kind::IdToken | Kind::FrontIdToken => {
                    let changes = [("prompt", "none"), ("id_token_hint", text.as_str())];
                    self.owner.respond_at_once(&mut self.browser, &changes).await.params.contains_key("code")
                }
                Kind::Interaction => {
                    let arrival = self.browser.open(&format!("/sign-in?interaction={text}")).await;
                    matches!(arrival, Arrival::Page(page) if page.has("#sign-in"))
                }
                Kind::Posted => {
                    let arrival = self.browser.open(&format!("/oidc/auth?posted={text}")).await;
                    Response::of(&arrival).is_some_and(|r| r.params.contains_key("code"))
                }
                Kind::Cookie => {
                    let silent = self.owner.respond_at_once(&mut self.browser, &[("prompt", "none")]).await;
                    silent.params.contains_key("code")
                }
                Kind::AccessTokenOfAccessKey => access_account(&self.owner).is_active(text).await,
                Kind::DeviceCode => {
                    present(&self.owner, Place::DeviceCode, text).await.json()["error"]
                        == "authorization_pending"
                }
                Kind::UserCode => {
                    let page = self.browser.open("/device").await.page();
                    let page = self.browser.submit(&page, &[("user_code", text)]).await.page();
                    page.has("#allow")
                }
                // These open nothing by themselves.
                _ => true,
            };
            if !good {
                dead.push(*kind);
            }
        }
        dead
    }
}

/// The owner's programmatic access account, as a caller.
fn access_account(owner: &Application) -> Application {
    let secret = "access-secret-0123456789-0123456789-0123456789".to_owned();
    let mut account = owner.clone();
    (account.client_id, account.secret) = ("AKowner".to_owned(), Some(secret));
    account
}

/// Presents something to an endpoint that applications call.
pub(super) async fn present(app: &Application, place: Place, text: &str) -> Answer {
    let token = |fields: Vec<(&'static str, String)>| async move {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        app.post("/oidc/token", &fields).await
    };
    let text = text.to_owned();
    match place {
        Place::Code => app.exchange(&text).await,
        Place::RefreshToken => app.refresh(&text).await,
        Place::Password => {
            token(vec![("grant_type", "password".into()), ("username", "alice".into()), ("password", text)])
                .await
        }
        Place::Username => {
            token(vec![("grant_type", "password".into()), ("username", text), ("password", PASSWORD.into())])
                .await
        }
        Place::ClientSecret => {
            let mut impostor = app.clone();
            impostor.secret = Some(text);
            impostor.post("/oidc/token/introspection", &[("token", "x")]).await
        }
        Place::DeviceCode => {
            token(vec![
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code".into()),
                ("device_code", text),
            ])
            .await
        }
        Place::Introspection => app.post("/oidc/token/introspection", &[("token", &text)]).await,
        Place::Revocation => app.revoke(&text).await,
        other => panic!("{other:?} is no application's"),
    }
}

/// One GET with a bearer token.
pub(super) async fn bearer(t: &TestServer, path: &str, token: &str) -> Answer {
    let request = Request::get(path)
        .header(header::HOST, t.origin().split_once("://").unwrap().1)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Full::<Bytes>::default());
    send(t.address, request.unwrap()).await
}
