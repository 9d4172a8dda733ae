//! What came of a command: names that programs can rely on. Secrets are here once, at their creation, and nowhere else.

mod audit;

pub use audit::{AuditReportView, AuditRowView, BrokenView, RefusalView};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use usher_core::profile::Profile;
use usher_core::trail::Checkpoint;
use usher_store::tables::UserRecord;
use usher_types::{Secret, Timestamp};

/// What came of a command.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    /// The thing, or the things, that it was about.
    #[serde(flatten)]
    pub shown: Shown,
    /// Where a list goes on: the value for `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the administrator should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The thing, or the things, that a command was about.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A pool.
    Pool(PoolView),
    /// Pools.
    Pools(Vec<PoolView>),
    /// An application.
    App(ApplicationView),
    /// Applications.
    Apps(Vec<ApplicationView>),
    /// A programmatic access account.
    AccessKey(AccessKeyView),
    /// Programmatic access accounts.
    AccessKeys(Vec<AccessKeyView>),
    /// A person.
    User(UserView),
    /// People.
    Users(Vec<UserView>),
    /// A signing key.
    Key(KeyView),
    /// Signing keys.
    Keys(Vec<KeyView>),
    /// Rows of the audit trail.
    AuditRows(Vec<AuditRowView>),
    /// Sums of refusals.
    Refusals(Vec<RefusalView>),
    /// What checks of audit trails found.
    AuditReports(Vec<AuditReportView>),
    /// A seal of the audit trail, to be kept elsewhere.
    Checkpoint(Checkpoint),
    /// The master keys.
    MasterKeys(Vec<MasterKeyView>),
    /// Sessions.
    Sessions(Vec<SessionView>),
    /// Something that is gone.
    Deleted(Deleted),
    /// Something that goes on no more.
    Ended(Deleted),
}

/// Something that is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deleted {
    /// What it was, as in "application".
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct PoolView {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Whether it lives at the public URL itself.
    pub is_first: bool,
    /// The domain that it lives at, where it is one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its issuer; missing where its domain and the public URL do not go together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Rises with each change.
    pub version: i64,
    /// Birth.
    pub created_at: String,
    /// Its last change.
    pub updated_at: String,
    /// Its settings.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// An application.
#[derive(Serialize, Deserialize)]
pub struct ApplicationView {
    /// Its client identifier.
    pub client_id: String,
    /// Its secret, right after it was made.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
    pub client_secret: Option<Secret>,
    /// Whether it may do anything.
    pub enabled: bool,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// Until when the secret before is accepted too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<String>,
    /// Whether it has a logo.
    pub has_logo: bool,
    /// Rises with each change.
    pub version: i64,
    /// Birth.
    pub created_at: String,
    /// Its last change.
    pub updated_at: String,
    /// Its settings.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// A programmatic access account.
#[derive(Serialize, Deserialize)]
pub struct AccessKeyView {
    /// The access key.
    pub access_key: String,
    /// The secret key, right after it was made.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
    pub secret_key: Option<Secret>,
    /// The application that it belongs to.
    pub client_id: String,
    /// What it is for.
    pub label: String,
    /// The scope items that it has.
    pub scope: String,
    /// Life of its access tokens in seconds, where it is not the application's.
    pub access_token_lifetime: Option<u32>,
    /// Whether it may do anything.
    pub enabled: bool,
    /// When it was last used, to the minute.
    pub last_used_at: Option<String>,
    /// Until when the secret key before is accepted too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<String>,
    /// Rises with each change.
    pub version: i64,
    /// Birth.
    pub created_at: String,
}

/// A person.
#[derive(Serialize, Deserialize)]
pub struct UserView {
    /// Their id, the `sub` of their tokens.
    pub id: String,
    /// The password, right after it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
    pub password: Option<Secret>,
    /// A link by which they choose a password, right after it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
    pub link: Option<Secret>,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether they must choose another password at their next sign-in.
    pub must_change_password: bool,
    /// Whether they have a password.
    pub has_password: bool,
    /// Wrong passwords since the last right one, where one person is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_passwords: Option<i64>,
    /// Whether there were so many that only devices may go on on which they signed in before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// The number of these devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_devices: Option<i64>,
    /// The names that they can sign in with.
    pub login_names: Vec<String>,
    /// Rises with each change.
    pub version: i64,
    /// Birth of the account.
    pub created_at: String,
    /// Its last change.
    pub updated_at: String,
    /// Their claims.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// A signing key.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeyView {
    /// Its identifier in headers.
    pub kid: String,
    /// The algorithm that it is for.
    pub algorithm: String,
    /// What it does: next, signing, retired or withdrawn.
    pub state: String,
    /// Whether it is the one of its algorithm that signs.
    pub signing: bool,
    /// Whether its algorithm is in use, so that it is published.
    pub in_use: bool,
    /// Birth.
    pub created_at: String,
    /// From when on it signs; unknown of old keys.
    pub signs_from: Option<String>,
    /// Until when it signs, where a later one is there.
    pub signs_until: Option<String>,
    /// Until when it is published then.
    pub published_until: Option<String>,
}

/// A master key.
#[derive(Debug, Serialize, Deserialize)]
pub struct MasterKeyView {
    /// What it is called, which tells nothing about it; "unnamed" for values that do not name their key, "lost" for those of keys that are
    /// not at hand.
    pub id: String,
    /// Whether it is the one that seals.
    pub seals: bool,
    /// How many values it sealed.
    pub values: i64,
}

/// A session.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// The person's id.
    pub user: String,
    /// The name that they sign in with.
    pub login_name: String,
    /// The browser and its system, where they are known.
    pub browser: Option<String>,
    /// How they signed in, as RFC 8176 names it.
    pub methods: Vec<String>,
    /// Whether they asked to be remembered.
    pub remembered: bool,
    /// Birth.
    pub created_at: String,
    /// When they last proved who they are in it.
    pub auth_time: String,
    /// When it was last used, to the minute.
    pub seen_at: String,
    /// Its absolute end.
    pub expires_at: String,
}

impl UserView {
    /// A person as stored.
    pub(crate) fn of(record: &UserRecord) -> Self {
        let user = &record.user;
        let profile = Profile::parse(&user.profile);
        let (claims, username) = profile.declared();
        let mut settings = match serde_json::to_value(&claims) {
            Ok(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        if let Some(username) = username {
            settings.insert("username".to_owned(), username.into());
        }
        Self {
            id: user.id.to_string(),
            password: None,
            link: None,
            enabled: user.enabled,
            must_change_password: user.must_change_password,
            has_password: user.password_hash.is_some(),
            wrong_passwords: None,
            locked: None,
            known_devices: None,
            login_names: profile.login_names().map(|(_, name)| name.to_owned()).collect(),
            version: user.version,
            created_at: moment(record.created_at),
            updated_at: moment(record.updated_at),
            settings,
        }
    }
}

impl Outcome {
    /// One thing, or a whole list.
    pub(crate) const fn of(shown: Shown) -> Self {
        Self { shown, next: None, notes: Vec::new() }
    }

    /// Something that is gone.
    pub(crate) fn deleted(kind: &str, name: &str) -> Self {
        Self::of(Shown::Deleted(Deleted { kind: kind.to_owned(), name: name.to_owned() }))
    }
}

/// A moment as RFC 3339 has it, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map_or_else(|_| at.millis().to_string(), |t| t.to_string())
}

/// A secret on its one way out: to whoever asked for it to be made.
#[expect(clippy::ref_option, reason = "this is the shape that serde asks for")]
pub(crate) fn reveal<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        None => serializer.serialize_none(),
        Some(secret) => match std::str::from_utf8(secret.expose()) {
            Ok(text) => serializer.serialize_some(text),
            Err(_) => Err(serde::ser::Error::custom("the secret is no text")),
        },
    }
}
