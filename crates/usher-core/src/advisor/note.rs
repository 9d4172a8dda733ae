//! What goes with a mode: what to keep where, what today's best practice asks beyond it, and what turning it on costs.
//! Only which notes there are; their words are in [`super::words`].

use super::decide::Mode;
use super::reference::Reference;

/// One thing to know about a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Note {
    /// Tokens stay on the server, the browser has a cookie.
    KeepInSession,
    /// State, nonce and verifier until the callback.
    KeepCheckValues,
    /// The client secret in the environment or a secret store.
    KeepSecret,
    /// Tokens of a page in memory only.
    KeepInMemory,
    /// State, nonce and verifier of a page until the callback.
    KeepInSessionStorage,
    /// The refresh token in the system's key store.
    KeepInKeychain,
    /// No secret in a program that is shipped.
    KeepNoSecret,
    /// The fragment leaves the address at once.
    DropFragment,
    /// The access key and the secret key.
    KeepAccessKey,
    /// A token is used until it ends.
    ReuseToken,
    /// The password is forgotten at once.
    ForgetPassword,
    /// PKCE with a secret too.
    PkceWithSecret,
    /// A key pair rather than a secret.
    KeyPair,
    /// A small backend before a single-page app.
    BackendForFrontend,
    /// Refresh tokens of public applications rotate.
    Rotation,
    /// Refresh tokens in a browser end soon.
    ShortRefresh,
    /// The system's browser, no embedded one.
    SystemBrowser,
    /// A claimed https address rather than a scheme.
    ClaimedAddress,
    /// Implicit is deprecated.
    ImplicitDeprecated,
    /// How to do without implicit.
    ImplicitWayOut,
    /// Only the scopes that are needed.
    LeastPrivilege,
    /// An access key for each caller.
    KeyPerCaller,
    /// No refresh token for programs.
    NoRefreshForPrograms,
    /// The password mode is forbidden today.
    PasswordForbidden,
    /// How to do without the password mode.
    PasswordWayOut,
    /// What implicit costs: tokens in addresses.
    CostTokensInAddress,
    /// What implicit costs: tokens that cannot be tied to the application.
    CostInjection,
    /// What implicit costs: nothing to renew with.
    CostNoRefresh,
    /// What the password costs: the application sees it.
    CostSeesPasswords,
    /// What the password costs: everything that a sign-in page can do.
    CostNoSignInPage,
    /// What the password costs: people learn to type it anywhere.
    CostPhishing,
}

impl Note {
    /// All of them.
    pub const ALL: [Self; 31] = [
        Self::KeepInSession,
        Self::KeepCheckValues,
        Self::KeepSecret,
        Self::KeepInMemory,
        Self::KeepInSessionStorage,
        Self::KeepInKeychain,
        Self::KeepNoSecret,
        Self::DropFragment,
        Self::KeepAccessKey,
        Self::ReuseToken,
        Self::ForgetPassword,
        Self::PkceWithSecret,
        Self::KeyPair,
        Self::BackendForFrontend,
        Self::Rotation,
        Self::ShortRefresh,
        Self::SystemBrowser,
        Self::ClaimedAddress,
        Self::ImplicitDeprecated,
        Self::ImplicitWayOut,
        Self::LeastPrivilege,
        Self::KeyPerCaller,
        Self::NoRefreshForPrograms,
        Self::PasswordForbidden,
        Self::PasswordWayOut,
        Self::CostTokensInAddress,
        Self::CostInjection,
        Self::CostNoRefresh,
        Self::CostSeesPasswords,
        Self::CostNoSignInPage,
        Self::CostPhishing,
    ];

    /// The specification that says so, where one does.
    pub const fn references(self) -> &'static [Reference] {
        match self {
            Self::PkceWithSecret => &[Reference::Rfc9700Code],
            Self::KeyPair | Self::KeyPerCaller => &[Reference::Rfc9700Authentication],
            Self::KeepInMemory | Self::BackendForFrontend | Self::ShortRefresh => &[Reference::Rfc10017],
            Self::Rotation => &[Reference::Rfc9700Refresh],
            Self::KeepNoSecret => &[Reference::Rfc8252Secrets],
            Self::SystemBrowser => &[Reference::Rfc8252Embedded],
            Self::ClaimedAddress => &[Reference::Rfc8252Claimed],
            Self::ImplicitDeprecated => &[Reference::Rfc9700Implicit, Reference::OAuth21],
            Self::ImplicitWayOut => &[Reference::Rfc7636, Reference::Rfc10017],
            Self::LeastPrivilege => &[Reference::Rfc9700Privilege],
            Self::NoRefreshForPrograms => &[Reference::Rfc6749NoRefresh],
            Self::PasswordForbidden => &[Reference::Rfc9700Password, Reference::OAuth21],
            Self::PasswordWayOut => &[Reference::Rfc8628],
            Self::CostTokensInAddress | Self::CostInjection | Self::CostNoRefresh => {
                &[Reference::Rfc9700Implicit]
            }
            Self::CostSeesPasswords | Self::CostNoSignInPage | Self::CostPhishing => {
                &[Reference::Rfc9700Password]
            }
            Self::KeepInSession
            | Self::KeepCheckValues
            | Self::KeepSecret
            | Self::KeepInSessionStorage
            | Self::KeepInKeychain
            | Self::DropFragment
            | Self::KeepAccessKey
            | Self::ReuseToken
            | Self::ForgetPassword => &[],
        }
    }
}

impl Mode {
    /// What to keep where.
    pub const fn storage(self) -> &'static [Note] {
        match self {
            Self::AuthorizationCode => &[Note::KeepInSession, Note::KeepCheckValues, Note::KeepSecret],
            Self::SinglePageCode => &[Note::KeepInMemory, Note::KeepInSessionStorage],
            Self::NativeCode => &[Note::KeepInKeychain, Note::KeepNoSecret],
            Self::Implicit => &[Note::KeepInMemory, Note::KeepInSessionStorage, Note::DropFragment],
            Self::ClientCredentials => &[Note::KeepAccessKey, Note::ReuseToken],
            Self::Password => &[Note::ForgetPassword, Note::KeepInSession, Note::KeepSecret],
        }
    }

    /// What today's best practice asks beyond the mode itself.
    pub const fn best_practice(self) -> &'static [Note] {
        match self {
            Self::AuthorizationCode => &[Note::PkceWithSecret, Note::KeyPair, Note::LeastPrivilege],
            Self::SinglePageCode => &[Note::BackendForFrontend, Note::Rotation, Note::ShortRefresh],
            Self::NativeCode => &[Note::SystemBrowser, Note::ClaimedAddress, Note::Rotation],
            Self::Implicit => &[Note::ImplicitDeprecated, Note::ImplicitWayOut],
            Self::ClientCredentials => {
                &[Note::KeyPerCaller, Note::LeastPrivilege, Note::KeyPair, Note::NoRefreshForPrograms]
            }
            Self::Password => &[Note::PasswordForbidden, Note::PasswordWayOut],
        }
    }

    /// What turning it on costs; nothing for modes that are not deprecated.
    pub const fn cost(self) -> &'static [Note] {
        match self {
            Self::Implicit => &[Note::CostTokensInAddress, Note::CostInjection, Note::CostNoRefresh],
            Self::Password => &[Note::CostSeesPasswords, Note::CostNoSignInPage, Note::CostPhishing],
            Self::AuthorizationCode | Self::SinglePageCode | Self::NativeCode | Self::ClientCredentials => {
                &[]
            }
        }
    }
}
