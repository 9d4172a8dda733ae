//! A person's claims (OpenID Connect Core §5.1): as declared, strictly; and as stored, one JSON object by claim name.

pub mod check;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use usher_types::Timestamp;

/// The `address` claim (OpenID Connect Core §5.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Full mailing address, formatted for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house number, and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State, province, prefecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Zip code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

macro_rules! claims {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// The standard claims of a person, as a seed declares them. Login names are `username`, `email` and `phone_number`.
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Claims {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $name: Option<$type>,)*
            /// Fields of the pool's own.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub custom: BTreeMap<String, Value>,
        }
        /// The names of the standard claims.
        pub const STANDARD_CLAIMS: &[&str] = &[$(stringify!($name)),*];
    };
}

claims! {
    /// Full name.
    name: String,
    /// Given name(s).
    given_name: String,
    /// Surname(s).
    family_name: String,
    /// Middle name(s).
    middle_name: String,
    /// Casual name.
    nickname: String,
    /// Shorthand name; the user name where none is given.
    preferred_username: String,
    /// Profile page.
    profile: String,
    /// Picture.
    picture: String,
    /// Web page.
    website: String,
    /// E-mail address; a login name.
    email: String,
    /// Whether it has been verified.
    email_verified: bool,
    /// `female`, `male`, or other words.
    gender: String,
    /// `YYYY-MM-DD`.
    birthdate: String,
    /// Time zone, `Europe/Paris`.
    zoneinfo: String,
    /// Language, BCP 47.
    locale: String,
    /// Telephone number, E.164; a login name.
    phone_number: String,
    /// Whether it has been verified.
    phone_number_verified: bool,
    /// Postal address.
    address: Address,
}

/// A person's claims as stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile(Map<String, Value>);

impl Profile {
    /// The stored form of declared claims; `updated_at` is in seconds, as OpenID Connect Core §5.1 wants it.
    pub fn new(claims: &Claims, username: Option<&str>, now: Timestamp) -> Self {
        let Ok(Value::Object(mut map)) = serde_json::to_value(claims) else { return Self::default() };
        if let Some(Value::Object(custom)) = map.remove("custom") {
            map.extend(custom);
        }
        if let Some(username) = username {
            map.entry("preferred_username").or_insert_with(|| username.into());
            map.insert(USERNAME.to_owned(), username.into());
        }
        if map.contains_key("email") {
            map.entry("email_verified").or_insert(Value::Bool(false));
        }
        if map.contains_key("phone_number") {
            map.entry("phone_number_verified").or_insert(Value::Bool(false));
        }
        map.insert(UPDATED_AT.to_owned(), now.seconds().into());
        Self(map)
    }

    /// The claims and the user name that were declared. A preferred user name that is the user name was not declared.
    pub fn declared(&self) -> (Claims, Option<String>) {
        let username = self.text(USERNAME).map(str::to_owned);
        let mut standard = Map::new();
        let mut custom = BTreeMap::new();
        for (name, value) in &self.0 {
            let is_standard = STANDARD_CLAIMS.contains(&name.as_str());
            if is_standard && Claims::deserialize(&Value::from_iter([(name.as_str(), value.clone())])).is_ok()
            {
                standard.insert(name.clone(), value.clone());
            } else if name != USERNAME && name != UPDATED_AT {
                custom.insert(name.clone(), value.clone());
            }
        }
        if self.text("preferred_username") == username.as_deref() {
            standard.remove("preferred_username");
        }
        let mut claims: Claims = serde_json::from_value(Value::Object(standard)).unwrap_or_default();
        claims.custom = custom;
        (claims, username)
    }

    /// Reads the stored form; what is not a JSON object is nobody's profile.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).map(Self).unwrap_or_default()
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The claim of this name.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|_| name != USERNAME)
    }

    /// The same person's claims, apart from when they were updated.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let without = |p: &Self| {
            let mut map = p.0.clone();
            map.remove(UPDATED_AT);
            map
        };
        without(self) == without(other)
    }

    /// What to call the person.
    pub fn display_name(&self) -> String {
        let named = ["name", "nickname", "given_name"].iter().find_map(|n| self.text(n));
        named.or_else(|| self.login_name()).unwrap_or_default().to_owned()
    }

    /// The name that the person signs in with: user name, else e-mail address, else telephone number.
    pub fn login_name(&self) -> Option<&str> {
        [USERNAME, "email", "phone_number"].iter().find_map(|n| self.text(n))
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// The same claims with another e-mail address, which is verified.
    #[must_use]
    pub fn with_email(mut self, email: &str, now: Timestamp) -> Self {
        self.0.insert("email".to_owned(), email.into());
        self.with_verified_email(now)
    }

    /// The e-mail address, where it is verified.
    pub fn verified_email(&self) -> Option<&str> {
        let is_verified = self.0.get("email_verified") == Some(&Value::Bool(true));
        self.text("email").filter(|_| is_verified)
    }

    /// The e-mail address, where it is not verified.
    pub fn unverified_email(&self) -> Option<&str> {
        self.text("email").filter(|_| self.verified_email().is_none())
    }

    /// The same claims with what others show to be verified: an address that is the same.
    #[must_use]
    pub fn with_verified_by(mut self, other: &Self) -> Self {
        for (claim, flag) in [("email", "email_verified"), ("phone_number", "phone_number_verified")] {
            let is_verified = other.0.get(flag) == Some(&Value::Bool(true));
            if is_verified && self.text(claim).is_some() && self.text(claim) == other.text(claim) {
                self.0.insert(flag.to_owned(), Value::Bool(true));
            }
        }
        self
    }

    /// The same claims with the e-mail address verified.
    #[must_use]
    pub fn with_verified_email(mut self, now: Timestamp) -> Self {
        self.0.insert("email_verified".to_owned(), Value::Bool(true));
        self.0.insert(UPDATED_AT.to_owned(), now.seconds().into());
        self
    }

    /// All names that the person can sign in with, with their kinds.
    pub fn login_names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("username", USERNAME), ("email", "email"), ("phone", "phone_number")]
            .into_iter()
            .filter_map(|(kind, n)| Some((kind, self.text(n)?)))
    }

    /// What is known about the person and would be expected in their password: names, addresses, numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        EXPECTED.iter().filter_map(|name| self.text(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|t| !t.is_empty())
    }
}

/// The claims that a pool may let people change themselves, in the order in which they are shown.
pub const CHANGEABLE: [&str; 16] = [
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "preferred_username",
    "email",
    "phone_number",
    "gender",
    "birthdate",
    "locale",
    "zoneinfo",
    "website",
    "profile",
    "picture",
    "address",
];

/// The key under which the user name is stored: not a claim.
const USERNAME: &str = "username";
/// The claims that a person's password must not be made of.
const EXPECTED: [&str; 12] = [
    USERNAME,
    "preferred_username",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "email",
    "phone_number",
    "birthdate",
    "website",
    "profile",
];
/// The claim that the server sets.
const UPDATED_AT: &str = "updated_at";

/// Names that no field of a pool's own can have: they mean something else in a token or here.
pub(crate) fn is_reserved(name: &str) -> bool {
    const RESERVED: [&str; 14] = [
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "nonce",
        "sid",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "client_id",
    ];
    STANDARD_CLAIMS.contains(&name) || RESERVED.contains(&name) || name == USERNAME || name == UPDATED_AT
}
