//! Which claims a scope or the `claims` parameter yields (OpenID Connect Core §5.4 and §5.5).

use crate::Client;
use crate::profile::Profile;
use serde_json::{Map, Value};
use usher_types::Scope;

/// Claims of the scope `profile` (OpenID Connect Core §5.4).
const PROFILE: &[&str] = &[
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// The claims that a standard scope yields.
pub fn of_standard_scope(scope: &str) -> &'static [&'static str] {
    match scope {
        "profile" => PROFILE,
        "email" => &["email", "email_verified"],
        "phone" => &["phone_number", "phone_number_verified"],
        "address" => &["address"],
        _ => &[],
    }
}

/// The claims that a scope yields for an application.
pub fn of_scope<'a>(client: &'a Client, scope: &'a Scope) -> impl Iterator<Item = &'a str> {
    scope.iter().flat_map(|token| {
        let own = client.own_scope(token).map(|s| s.claims.iter().map(String::as_str)).into_iter().flatten();
        of_standard_scope(token).iter().copied().chain(own)
    })
}

/// Whether an application could ever see a claim: some scope that it may ask for yields it.
pub fn is_within_reach(client: &Client, claim: &str) -> bool {
    of_scope(client, &client.scope).any(|c| c == claim)
}

/// Puts into `into` what a person's profile holds of the named claims.
pub fn select<'a>(profile: &Profile, names: impl Iterator<Item = &'a str>, into: &mut Map<String, Value>) {
    for name in names {
        if let Some(value) = profile.claim(name) {
            into.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// All claims that discovery lists as supported.
pub fn supported() -> Vec<&'static str> {
    let mut names = vec!["sub", "auth_time", "acr", "amr", "sid"];
    names.extend(["profile", "email", "phone", "address"].iter().flat_map(|s| of_standard_scope(s)));
    names
}
