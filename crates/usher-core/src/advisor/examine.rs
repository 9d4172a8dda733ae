//! Looks at the settings of an application that is there and names each that is wrong or weaker than it needs to be: why, by which
//! specification, how serious, and the change that puts it right. What a setting may be at all is [`ClientSettings::check`]'s.

mod credentials;
mod lifetimes;
mod modes;

use super::kit::{Setting, quoted};
use super::reference::Reference;
use crate::client::ClientSettings;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Could be better.
    Advice,
    /// Weaker than today's best practice, or without effect.
    Warning,
    /// Wrong: somebody can use it.
    Serious,
}

impl Severity {
    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Serious => "serious",
        }
    }
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $name:ident: $id:literal, $severity:ident, $reference:ident;)*) => {
        /// What is looked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[doc = $doc])* $name,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name for programs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How serious it is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The specification that says so.
            pub const fn reference(self) -> Reference {
                match self { $(Self::$name => Reference::$reference,)* }
            }
        }
    };
}

rules! {
    /// Implicit is on although the code is on too, or the application could use it.
    ImplicitNotNeeded: "implicit_not_needed", Serious, Rfc9700Implicit;
    /// Implicit is all that a single-page application has.
    ImplicitOn: "implicit_on", Warning, Rfc9700Implicit;
    /// Access tokens leave by the front channel beside a code.
    AccessTokenInFront: "access_token_in_front_channel", Warning, Rfc9700Implicit;
    /// Password is on although a mode with a sign-in page is on too.
    PasswordNotNeeded: "password_not_needed", Serious, Rfc9700Password;
    /// Password is all that it has.
    PasswordOn: "password_on", Warning, Rfc9700Password;
    /// Tokens may go to callbacks without TLS.
    InsecureRedirects: "insecure_redirect_uris", Serious, Rfc9700Http;
    /// A callback on loopback of an application that is not native.
    LoopbackCallback: "loopback_callback", Warning, Rfc9700Http;
    /// `localhost` counts as a loopback address.
    LocalhostAnyPort: "localhost_any_port", Warning, Rfc8252Localhost;
    /// Callbacks that no mode uses.
    UnusedRedirects: "unused_redirect_uris", Warning, Rfc9700Redirects;
    /// A response type whose grant is off.
    ResponseWithoutGrant: "response_type_without_grant", Warning, Rfc7591Grants;
    /// A grant whose response type is missing.
    GrantWithoutResponse: "grant_without_response_type", Warning, Rfc7591Grants;
    /// The refresh grant where nothing yields a refresh token.
    RefreshWithoutSource: "refresh_without_source", Advice, Rfc7591Grants;
    /// A program that people can read has credentials.
    SecretInPublicProgram: "secret_in_public_program", Serious, Rfc8252Secrets;
    /// An application with a backend has no credentials.
    WebWithoutSecret: "web_without_secret", Warning, Rfc6749ClientTypes;
    /// A public application has a scope of its own by client credentials.
    PublicClientCredentials: "public_client_credentials", Serious, Rfc6749ClientCredentials;
    /// Access keys under a public application.
    KeysUnderPublic: "access_keys_under_public_application", Advice, Rfc6749ClientCredentials;
    /// PKCE is not demanded.
    PkceNotRequired: "pkce_not_required", Advice, Rfc9700Code;
    /// The secret goes in the body.
    SecretInBody: "secret_in_body", Advice, Rfc6749ClientPassword;
    /// Assertions are signed by the shared secret.
    SharedSecretAssertion: "shared_secret_assertion", Advice, Rfc9700Authentication;
    /// ID tokens are signed by the shared secret.
    SymmetricIdToken: "symmetric_id_token", Warning, OpenIdSigning;
    /// No consent although the application cannot be assured.
    ConsentSkipped: "consent_skipped_for_public", Warning, Rfc8252Impersonation;
    /// An item of scope that covers every resource.
    EveryResource: "scope_covers_every_resource", Serious, Rfc9700Privilege;
    /// Access tokens in the model's shape.
    AccessKeyAsAudience: "access_key_as_audience", Advice, Rfc9068;
    /// Tokens are exchanged without a trace of who acts.
    Impersonation: "impersonation", Warning, Rfc8693Impersonation;
    /// A code lives longer than a minute.
    LongCode: "long_code", Advice, Rfc6749Code;
    /// An access token lives longer than an hour.
    LongAccessToken: "long_access_token", Warning, Rfc9700Privilege;
    /// An ID token lives longer than an hour.
    LongIdToken: "long_id_token", Advice, OpenIdSigning;
    /// A refresh token lives very long.
    LongRefresh: "long_refresh_token", Warning, Rfc9700RefreshProtection;
    /// A refresh token lives long in a browser.
    LongRefreshInBrowser: "long_refresh_token_in_browser", Advice, Rfc10017;
    /// Refresh tokens do not rotate.
    RotationOff: "refresh_rotation_off", Advice, Rfc9700RefreshProtection;
    /// A spent refresh token works on for long.
    LongGrace: "long_refresh_grace", Warning, Rfc9700RefreshProtection;
}

/// Something that is wrong with an application's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What.
    pub rule: Rule,
    /// The setting that it is about.
    pub setting: &'static str,
    /// The settings that put it right.
    pub fix: Vec<Setting>,
}

impl Finding {
    fn new(rule: Rule, setting: &'static str, fix: Vec<Setting>) -> Self {
        Self { rule, setting, fix }
    }

    /// What to type to put it right.
    pub fn command(&self, client_id: &str) -> String {
        let changes: Vec<String> = self.fix.iter().map(Setting::argument).collect();
        format!("usher app set {} {}", quoted(client_id), changes.join(" "))
    }

    /// The same for a finding about an access key.
    pub fn key_command(&self, access_key: &str) -> String {
        let changes: Vec<String> = self.fix.iter().map(Setting::argument).collect();
        format!("usher access-key set {} {}", quoted(access_key), changes.join(" "))
    }
}

/// What is wrong with the scope of an access key.
pub fn examine_key(scope: &str) -> Option<Finding> {
    let kept = credentials::without_wildcard(scope)?;
    Some(Finding::new(Rule::EveryResource, "scope", vec![Setting::new("scope", kept.into())]))
}

/// Everything that is wrong, the most serious first.
pub fn examine(settings: &ClientSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    modes::look(settings, &mut findings);
    credentials::look(settings, &mut findings);
    lifetimes::look(settings, &mut findings);
    findings.sort_by_key(|f| std::cmp::Reverse(f.rule.severity()));
    findings
}
