//! The only list of URLs. The router, discovery, pages and redirects all take their paths from here.
//!
//! A pool's endpoints lie under its base: the public URL for the first pool, `<public URL>/<pool>` for the others. The issuer
//! is `<base>/oidc`. Every path is exact; what varies is in the query.

/// Everything that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Provider metadata (OpenID Connect Discovery §4).
    Discovery,
    /// The same at the address of RFC 8414 §3.1, where the issuer's path follows the well-known part.
    AuthorizationServerMetadata,
    /// The key set (RFC 7517 §5).
    Jwks,
    /// The authorization endpoint (RFC 6749 §3.1).
    Authorize,
    /// Where the sign-in pages hand an authorization request back.
    AuthorizeResume,
    /// The token endpoint (RFC 6749 §3.2).
    Token,
    /// The UserInfo endpoint (OpenID Connect Core §5.3).
    Userinfo,
    /// Token introspection (RFC 7662).
    Introspection,
    /// Token revocation (RFC 7009).
    Revocation,
    /// Device authorization (RFC 8628 §3.1).
    DeviceAuthorization,
    /// RP-initiated logout (OpenID Connect RP-Initiated Logout §2).
    EndSession,
    /// The sign-in page.
    SignIn,
    /// The account chooser.
    ChooseAccount,
    /// The page where a person chooses a new password before going on.
    ChangePassword,
    /// Where people who forgot their password ask for a link.
    ForgotPassword,
    /// Where a link leads by which a person chooses a password.
    NewPassword,
    /// Where a link leads by which a person verifies an e-mail address.
    VerifyEmail,
    /// Where people make accounts for themselves.
    SignUp,
    /// Where a link leads by which an account is made.
    SignUpLink,
    /// The consent page.
    Consent,
    /// Where people type the code that a device shows (RFC 8628 §3.3).
    Device,
    /// Where the sign-in pages hand a device's request back.
    DeviceResume,
    /// The consent page of a device's request.
    DeviceConsent,
    /// A device's code with the address to type it at, as a QR code (RFC 8628 §3.3.1).
    DeviceQr,
    /// The sign-out page.
    SignOut,
    /// The signed-out page.
    SignedOut,
    /// An application's logo.
    ApplicationLogo,
    /// An application's colours as a stylesheet.
    ApplicationStyle,
    /// The advisor's page.
    Advisor,
    /// The advisor for programs.
    AdvisorApi,
    /// A person's own account: whose it is, and the way to its parts.
    Account,
    /// A person's own claims.
    AccountProfile,
    /// A person's own password.
    AccountPassword,
    /// Where a person is signed in.
    AccountSessions,
    /// What a person has allowed applications.
    AccountApplications,
    /// Where the sign-in pages hand a visit to an account back.
    AccountResume,
    /// The pages' stylesheet.
    Style,
    /// The pages' icon.
    Icon,
    /// Whether the process runs; whatever the Host says.
    Health,
    /// Whether requests can be answered now; whatever the Host says.
    Ready,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 40] = [
        Self::Discovery,
        Self::AuthorizationServerMetadata,
        Self::Jwks,
        Self::Authorize,
        Self::AuthorizeResume,
        Self::Token,
        Self::Userinfo,
        Self::Introspection,
        Self::Revocation,
        Self::DeviceAuthorization,
        Self::EndSession,
        Self::SignIn,
        Self::ChooseAccount,
        Self::ChangePassword,
        Self::ForgotPassword,
        Self::NewPassword,
        Self::VerifyEmail,
        Self::SignUp,
        Self::SignUpLink,
        Self::Consent,
        Self::Device,
        Self::DeviceResume,
        Self::DeviceConsent,
        Self::DeviceQr,
        Self::SignOut,
        Self::SignedOut,
        Self::ApplicationLogo,
        Self::ApplicationStyle,
        Self::Advisor,
        Self::AdvisorApi,
        Self::Account,
        Self::AccountProfile,
        Self::AccountPassword,
        Self::AccountSessions,
        Self::AccountApplications,
        Self::AccountResume,
        Self::Style,
        Self::Icon,
        Self::Health,
        Self::Ready,
    ];

    /// Its path below the pool's base; for [`Self::AuthorizationServerMetadata`], the part before the pool.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/oidc/.well-known/openid-configuration",
            Self::AuthorizationServerMetadata => "/.well-known/oauth-authorization-server",
            Self::Jwks => "/oidc/.well-known/jwks.json",
            Self::Authorize => "/oidc/auth",
            Self::AuthorizeResume => "/oidc/auth/resume",
            Self::Token => "/oidc/token",
            Self::Userinfo => "/oidc/me",
            Self::Introspection => "/oidc/token/introspection",
            Self::Revocation => "/oidc/token/revocation",
            Self::DeviceAuthorization => "/oidc/device/auth",
            Self::EndSession => "/oidc/session/end",
            Self::SignIn => "/sign-in",
            Self::ChooseAccount => "/choose-account",
            Self::ChangePassword => "/change-password",
            Self::ForgotPassword => "/forgot-password",
            Self::NewPassword => "/new-password",
            Self::VerifyEmail => "/verify-email",
            Self::SignUp => "/sign-up",
            Self::SignUpLink => "/sign-up/link",
            Self::Consent => "/consent",
            Self::Device => "/device",
            Self::DeviceResume => "/device/resume",
            Self::DeviceConsent => "/device/consent",
            Self::DeviceQr => "/device/qr",
            Self::SignOut => "/sign-out",
            Self::SignedOut => "/signed-out",
            Self::ApplicationLogo => "/application/logo",
            Self::ApplicationStyle => "/application/style.css",
            Self::Advisor => "/advisor",
            Self::AdvisorApi => "/api/v1/advisor",
            Self::Account => "/account",
            Self::AccountProfile => "/account/profile",
            Self::AccountPassword => "/account/password",
            Self::AccountSessions => "/account/sessions",
            Self::AccountApplications => "/account/applications",
            Self::AccountResume => "/account/resume",
            Self::Style => "/assets/usher.css",
            Self::Icon => "/favicon.ico",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
        }
    }

    /// Whether it exists once for the whole server, not once per pool.
    pub const fn is_global(self) -> bool {
        matches!(self, Self::Style | Self::Icon | Self::Health | Self::Ready)
    }

    /// Its place among [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The methods that it answers, beside OPTIONS where [`Self::cors`] says so.
    pub const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Authorize
            | Self::Userinfo
            | Self::EndSession
            | Self::SignIn
            | Self::ChooseAccount
            | Self::ChangePassword
            | Self::ForgotPassword
            | Self::NewPassword
            | Self::VerifyEmail
            | Self::SignUp
            | Self::SignUpLink
            | Self::Consent
            | Self::Device
            | Self::DeviceConsent
            | Self::SignOut
            | Self::Account
            | Self::AccountProfile
            | Self::AccountPassword
            | Self::AccountSessions
            | Self::AccountApplications
            | Self::AdvisorApi => &["GET", "POST"],
            Self::Token | Self::Introspection | Self::Revocation | Self::DeviceAuthorization => &["POST"],
            _ => &["GET"],
        }
    }

    /// Whether programs ask it, never people: its errors are JSON whatever Accept says.
    pub const fn is_for_programs(self) -> bool {
        matches!(
            self,
            Self::Discovery
                | Self::AuthorizationServerMetadata
                | Self::Jwks
                | Self::Token
                | Self::Userinfo
                | Self::Introspection
                | Self::Revocation
                | Self::DeviceAuthorization
                | Self::AdvisorApi
                | Self::Health
                | Self::Ready
        )
    }

    /// Whether HEAD is answered as GET without content: where a GET changes nothing.
    pub const fn answers_head(self) -> bool {
        matches!(
            self,
            Self::Discovery
                | Self::AuthorizationServerMetadata
                | Self::Jwks
                | Self::DeviceQr
                | Self::SignedOut
                | Self::ApplicationLogo
                | Self::ApplicationStyle
                | Self::Advisor
                | Self::AdvisorApi
                | Self::Style
                | Self::Icon
                | Self::Health
                | Self::Ready
        )
    }

    /// Who may read its answer from a page of another origin.
    pub const fn cors(self) -> Cors {
        match self {
            Self::Discovery | Self::AuthorizationServerMetadata | Self::Jwks => Cors::Anyone,
            Self::Token | Self::Userinfo | Self::Revocation | Self::DeviceAuthorization => {
                Cors::PublicApplications
            }
            _ => Cors::Nobody,
        }
    }

    /// The pool's path segment, if one is named, and the endpoint that a request's path means.
    pub fn find(path: &str) -> Option<(Option<&str>, Self)> {
        if let Some(issuer_path) = path.strip_prefix(Self::AuthorizationServerMetadata.path()) {
            let pool = issuer_path.strip_suffix("/oidc")?;
            return match pool.strip_prefix('/') {
                None if pool.is_empty() => Some((None, Self::AuthorizationServerMetadata)),
                Some(name) if is_pool_name(name) => Some((Some(name), Self::AuthorizationServerMetadata)),
                _ => None,
            };
        }
        if let Some(endpoint) = Self::at(path) {
            return Some((None, endpoint));
        }
        let (name, _) = path.strip_prefix('/')?.split_once('/')?;
        let rest = path.get(1 + name.len()..)?;
        let endpoint = Self::at(rest)?;
        (is_pool_name(name) && !endpoint.is_global()).then_some((Some(name), endpoint))
    }

    /// The endpoint at a path below a pool's base.
    fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| *e != Self::AuthorizationServerMetadata && e.path() == path)
    }
}

/// Who may read an endpoint's answer from a page of another origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// Any page: the answer is public.
    Anyone,
    /// Pages at the origins of callbacks that public applications of the pool registered; never with credentials.
    PublicApplications,
    /// None.
    Nobody,
}

/// Whether a text can name a pool: `[a-z0-9-]`, at most 63, no hyphen at either end, and never the first segment of a path of [`Endpoint`].
pub fn is_pool_name(name: &str) -> bool {
    let legal = !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    legal
        && !RESERVED.contains(&name)
        && Endpoint::ALL.iter().all(|e| e.path().split('/').nth(1) != Some(name))
}

/// Names that later endpoints will want.
const RESERVED: &[&str] = &[
    "api", "admin", "account", "console", "healthz", "readyz", "metrics", "scim", "saml", "health", "static",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_finds_its_endpoint_with_and_without_a_pool() {
        for endpoint in Endpoint::ALL {
            let path = endpoint.path();
            if endpoint == Endpoint::AuthorizationServerMetadata {
                assert_eq!(Endpoint::find(&format!("{path}/oidc")), Some((None, endpoint)));
                assert_eq!(Endpoint::find(&format!("{path}/staff/oidc")), Some((Some("staff"), endpoint)));
            } else {
                assert_eq!(Endpoint::find(path), Some((None, endpoint)));
                let below = format!("/staff{path}");
                assert_eq!(
                    Endpoint::find(&below),
                    (!endpoint.is_global()).then_some((Some("staff"), endpoint))
                );
            }
        }
    }

    #[test]
    fn each_is_at_its_place() {
        assert!(Endpoint::ALL.iter().enumerate().all(|(place, e)| e.index() == place));
    }

    #[test]
    fn other_spellings_of_a_path_find_nothing() {
        for path in [
            "",
            "/",
            "//oidc/token",
            "/oidc/token/",
            "/OIDC/token",
            "/oidc//token",
            "/oidc/%74oken",
            "/oidc/token;x",
            "/./oidc/token",
            "/a/b/oidc/token",
            "/../oidc/token",
            "/-a/oidc/token",
            "/oidc/oidc/token",
            "/api/oidc/token",
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-serveroidc",
            "/.well-known/oauth-authorization-server//oidc",
        ] {
            assert_eq!(Endpoint::find(path), None, "{path}");
        }
    }

    #[test]
    fn a_pool_is_never_named_like_a_path() {
        for name in [
            "oidc",
            "sign-in",
            "assets",
            "application",
            "consent",
            "device",
            "api",
            "",
            "-a",
            "a-",
            "A",
            "a.b",
            "a/b",
        ] {
            assert!(!is_pool_name(name), "{name}");
        }
        assert!(is_pool_name("staff-2"));
    }
}
