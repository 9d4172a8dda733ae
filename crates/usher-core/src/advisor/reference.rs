//! The specifications that advice and findings point to, each with the address of the section.

/// A place in a specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// Client types.
    Rfc6749ClientTypes,
    /// A client's password in the body.
    Rfc6749ClientPassword,
    /// Life of a code.
    Rfc6749Code,
    /// Who may use client credentials.
    Rfc6749ClientCredentials,
    /// No refresh token for client credentials.
    Rfc6749NoRefresh,
    /// Response types and grants belong together.
    Rfc7591Grants,
    /// Codes that are intercepted.
    Rfc7636,
    /// Claimed https addresses.
    Rfc8252Claimed,
    /// `localhost`.
    Rfc8252Localhost,
    /// Secrets in native apps.
    Rfc8252Secrets,
    /// Consent where the client cannot be assured.
    Rfc8252Impersonation,
    /// Embedded browsers.
    Rfc8252Embedded,
    /// Device authorization.
    Rfc8628,
    /// Impersonation and delegation.
    Rfc8693Impersonation,
    /// Claims of access tokens.
    Rfc9068,
    /// Redirect-based flows.
    Rfc9700Redirects,
    /// PKCE.
    Rfc9700Code,
    /// The implicit grant.
    Rfc9700Implicit,
    /// Replay of refresh tokens.
    Rfc9700Refresh,
    /// Least privilege.
    Rfc9700Privilege,
    /// The password grant.
    Rfc9700Password,
    /// Client authentication.
    Rfc9700Authentication,
    /// Other recommendations: no plain http.
    Rfc9700Http,
    /// Protection of refresh tokens.
    Rfc9700RefreshProtection,
    /// Browser-based applications.
    Rfc10017,
    /// OAuth 2.1.
    OAuth21,
    /// Signatures of ID tokens.
    OpenIdSigning,
}

impl Reference {
    /// How it is cited.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rfc6749ClientTypes => "RFC 6749 §2.1",
            Self::Rfc6749ClientPassword => "RFC 6749 §2.3.1",
            Self::Rfc6749Code => "RFC 6749 §4.1.2",
            Self::Rfc6749ClientCredentials => "RFC 6749 §4.4",
            Self::Rfc6749NoRefresh => "RFC 6749 §4.4.3",
            Self::Rfc7591Grants => "RFC 7591 §2.1",
            Self::Rfc7636 => "RFC 7636 §4",
            Self::Rfc8252Claimed => "RFC 8252 §7.2",
            Self::Rfc8252Localhost => "RFC 8252 §8.3",
            Self::Rfc8252Secrets => "RFC 8252 §8.5",
            Self::Rfc8252Impersonation => "RFC 8252 §8.6",
            Self::Rfc8252Embedded => "RFC 8252 §8.12",
            Self::Rfc8628 => "RFC 8628",
            Self::Rfc8693Impersonation => "RFC 8693 §1.1",
            Self::Rfc9068 => "RFC 9068 §2.2",
            Self::Rfc9700Redirects => "RFC 9700 §2.1",
            Self::Rfc9700Code => "RFC 9700 §2.1.1",
            Self::Rfc9700Implicit => "RFC 9700 §2.1.2",
            Self::Rfc9700Refresh => "RFC 9700 §2.2.2",
            Self::Rfc9700Privilege => "RFC 9700 §2.3",
            Self::Rfc9700Password => "RFC 9700 §2.4",
            Self::Rfc9700Authentication => "RFC 9700 §2.5",
            Self::Rfc9700Http => "RFC 9700 §2.6",
            Self::Rfc9700RefreshProtection => "RFC 9700 §4.14.2",
            Self::Rfc10017 => "RFC 10017",
            Self::OAuth21 => "OAuth 2.1 (draft)",
            Self::OpenIdSigning => "OpenID Connect Core §10.1",
        }
    }

    /// Where it can be read.
    pub const fn url(self) -> &'static str {
        match self {
            Self::Rfc6749ClientTypes => "https://www.rfc-editor.org/rfc/rfc6749#section-2.1",
            Self::Rfc6749ClientPassword => "https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1",
            Self::Rfc6749Code => "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2",
            Self::Rfc6749ClientCredentials => "https://www.rfc-editor.org/rfc/rfc6749#section-4.4",
            Self::Rfc6749NoRefresh => "https://www.rfc-editor.org/rfc/rfc6749#section-4.4.3",
            Self::Rfc7591Grants => "https://www.rfc-editor.org/rfc/rfc7591#section-2.1",
            Self::Rfc7636 => "https://www.rfc-editor.org/rfc/rfc7636#section-4",
            Self::Rfc8252Claimed => "https://www.rfc-editor.org/rfc/rfc8252#section-7.2",
            Self::Rfc8252Localhost => "https://www.rfc-editor.org/rfc/rfc8252#section-8.3",
            Self::Rfc8252Secrets => "https://www.rfc-editor.org/rfc/rfc8252#section-8.5",
            Self::Rfc8252Impersonation => "https://www.rfc-editor.org/rfc/rfc8252#section-8.6",
            Self::Rfc8252Embedded => "https://www.rfc-editor.org/rfc/rfc8252#section-8.12",
            Self::Rfc8628 => "https://www.rfc-editor.org/rfc/rfc8628",
            Self::Rfc8693Impersonation => "https://www.rfc-editor.org/rfc/rfc8693#section-1.1",
            Self::Rfc9068 => "https://www.rfc-editor.org/rfc/rfc9068#section-2.2",
            Self::Rfc9700Redirects => "https://www.rfc-editor.org/rfc/rfc9700#section-2.1",
            Self::Rfc9700Code => "https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1",
            Self::Rfc9700Implicit => "https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2",
            Self::Rfc9700Refresh => "https://www.rfc-editor.org/rfc/rfc9700#section-2.2.2",
            Self::Rfc9700Privilege => "https://www.rfc-editor.org/rfc/rfc9700#section-2.3",
            Self::Rfc9700Password => "https://www.rfc-editor.org/rfc/rfc9700#section-2.4",
            Self::Rfc9700Authentication => "https://www.rfc-editor.org/rfc/rfc9700#section-2.5",
            Self::Rfc9700Http => "https://www.rfc-editor.org/rfc/rfc9700#section-2.6",
            Self::Rfc9700RefreshProtection => "https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2",
            Self::Rfc10017 => "https://www.rfc-editor.org/rfc/rfc10017",
            Self::OAuth21 => "https://datatracker.ietf.org/doc/draft-ietf-oauth-v2-1/",
            Self::OpenIdSigning => "https://openid.net/specs/openid-connect-core-1_0.html#Signing",
        }
    }
}
