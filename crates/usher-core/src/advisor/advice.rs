//! What is advised: a mode, the tokens that it yields, the settings that make it so, and code for it. Its reason and its notes are
//! words of [`super::words`].

use super::decide::Mode;
use super::kit::{Kit, Setting};
use super::sample::{self, Sample};
use serde_json::json;

/// Whether a mode yields a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Yield {
    /// Always.
    Yes,
    /// Where the scope `openid` was granted.
    WithOpenid,
    /// Where it is asked for and allowed.
    WhenAllowed,
    /// Never.
    Never,
}

impl Yield {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Yes, Self::WithOpenid, Self::WhenAllowed, Self::Never];

    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::WithOpenid => "with_openid",
            Self::WhenAllowed => "when_allowed",
            Self::Never => "never",
        }
    }
}

/// The tokens that a mode yields, and nothing else ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// An access token.
    pub access: Yield,
    /// An ID token.
    pub id: Yield,
    /// A refresh token.
    pub refresh: Yield,
}

impl Mode {
    /// The tokens that it yields.
    pub const fn tokens(self) -> Tokens {
        let (id, refresh) = match self {
            Self::AuthorizationCode | Self::SinglePageCode | Self::NativeCode | Self::Password => {
                (Yield::WithOpenid, Yield::WhenAllowed)
            }
            Self::Implicit => (Yield::WithOpenid, Yield::Never),
            Self::ClientCredentials => (Yield::Never, Yield::Never),
        };
        Tokens { access: Yield::Yes, id, refresh }
    }
}

/// Everything that follows from a mode for one application.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The mode.
    pub mode: Mode,
    /// The settings, in the order in which they are best read; all others keep their defaults.
    pub settings: Vec<Setting>,
    /// What to type to create the application so.
    pub commands: Vec<String>,
    /// The same as a declaration for the configuration file.
    pub declaration: String,
    /// Code for its common clients.
    pub samples: Vec<Sample>,
}

impl Advice {
    /// The advice for an application.
    pub fn new(mode: Mode, kit: &Kit) -> Self {
        let settings = settings(mode, kit);
        Self {
            mode,
            commands: commands(mode, kit, &settings),
            declaration: declaration(mode, kit, &settings),
            samples: sample::all(mode, kit),
            settings,
        }
    }
}

/// Seconds of a day.
const DAY: u32 = 86_400;

fn settings(mode: Mode, kit: &Kit) -> Vec<Setting> {
    let set = Setting::new;
    let callbacks = || set("redirect_uris", json!(kit.redirect_uris(mode)));
    let code = || {
        [
            set("grant_types", json!(["authorization_code", "refresh_token"])),
            set("response_types", json!(["code"])),
            set("require_pkce", json!(true)),
            set("scope", json!("openid profile email offline_access")),
        ]
    };
    let mut settings = vec![set("client_name", json!(kit.client_name()))];
    match mode {
        Mode::AuthorizationCode => {
            settings.push(set("application_type", json!("web")));
            settings.extend(code());
            settings.push(callbacks());
            settings.push(set("token_endpoint_auth_method", json!("client_secret_basic")));
        }
        Mode::SinglePageCode => {
            settings.push(set("application_type", json!("single_page")));
            settings.extend(code());
            settings.push(callbacks());
            settings.push(set("token_endpoint_auth_method", json!("none")));
            settings.push(set("refresh_token_idle_lifetime", json!(DAY)));
            settings.push(set("refresh_token_absolute_lifetime", json!(7 * DAY)));
        }
        Mode::NativeCode => {
            settings.push(set("application_type", json!("native")));
            settings.extend(code());
            settings.push(callbacks());
            settings.push(set("token_endpoint_auth_method", json!("none")));
        }
        Mode::Implicit => settings.extend([
            set("application_type", json!("single_page")),
            set("grant_types", json!(["implicit"])),
            set("response_types", json!(["id_token token"])),
            set("scope", json!("openid profile email")),
            callbacks(),
            set("token_endpoint_auth_method", json!("none")),
        ]),
        Mode::ClientCredentials => settings.extend([
            set("application_type", json!("web")),
            set("grant_types", json!(["client_credentials"])),
            set("response_types", json!([])),
            set("token_endpoint_auth_method", json!("client_secret_basic")),
        ]),
        Mode::Password => settings.extend([
            set("application_type", json!("web")),
            set("first_party", json!(true)),
            set("grant_types", json!(["password", "refresh_token"])),
            set("response_types", json!([])),
            set("scope", json!("openid profile email offline_access")),
            set("token_endpoint_auth_method", json!("client_secret_basic")),
        ]),
    }
    settings
}

fn commands(mode: Mode, kit: &Kit, settings: &[Setting]) -> Vec<String> {
    let arguments: Vec<String> = settings.iter().map(Setting::argument).collect();
    let pool = kit.pool_argument();
    let mut commands = vec![format!("usher app create {} {}{pool}", kit.client_id(), arguments.join(" "))];
    if mode == Mode::ClientCredentials {
        let label = Setting::new("label", json!("nightly export")).argument();
        let scope = Setting::new("scope", json!("orders:*:read")).argument();
        commands.push(format!("usher access-key create --app {} {label} {scope}{pool}", kit.client_id()));
    }
    commands
}

/// The same for usher.toml. A secret that somebody copies from a page is no secret, so its place holds what to type there.
fn declaration(mode: Mode, kit: &Kit, settings: &[Setting]) -> String {
    let mut text = format!("[[pools.applications]]\nclient_id = {}\n", json!(kit.client_id()));
    if !mode.is_public() {
        text.push_str("client_secret = \"<64 characters: openssl rand -hex 32>\"\n");
    }
    for setting in settings {
        text.push_str(&setting.declaration());
        text.push('\n');
    }
    text
}

impl Mode {
    /// Whether its applications have no secret.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::SinglePageCode | Self::NativeCode | Self::Implicit)
    }
}
