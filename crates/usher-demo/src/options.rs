//! What a person may choose before a walk, and the authorization request that comes of it (RFC 6749 §4.1.1, RFC 7636 §4.3,
//! OpenID Connect Core §3.1.2.1).

use crate::random::unguessable;
use crate::wire;
use usher_types::Params;

/// The scopes that can be chosen, with what they give; the first three are chosen to begin with.
pub(crate) const SCOPES: [(&str, &str); 6] = [
    ("openid", "says who signed in, by an ID token; without it this is plain OAuth 2.0"),
    ("profile", "name, picture, locale and their like"),
    ("email", "the e-mail address and whether it was verified"),
    ("phone", "the telephone number and whether it was verified"),
    ("address", "the postal address"),
    (
        "offline_access",
        "a refresh token that outlives the session; adds prompt=consent, since OpenID Connect gives it only to those who were asked",
    ),
];

/// What `prompt` can ask for.
pub(crate) const PROMPTS: [(&str, &str); 4] = [
    ("none", "show nothing: an error comes back if anything would have to be asked"),
    ("login", "ask for the password even where somebody is signed in"),
    ("consent", "ask for consent even where it was given before"),
    ("select_account", "let the person choose among accounts"),
];

/// How the answer can travel.
pub(crate) const RESPONSE_MODES: [(&str, &str); 2] = [
    ("query", "in the address of a redirect: the default"),
    ("form_post", "in a form that the browser posts: the code stays out of addresses and logs"),
];

/// Bytes of a login name that are passed on.
const LOGIN_HINT_BYTES: usize = 320;

/// Whether the request carries a proof key (RFC 7636).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pkce {
    /// With the hash of a verifier.
    #[default]
    S256,
    /// Without.
    Absent,
}

/// What was chosen. Only what stands in the tables above gets in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    scopes: Vec<&'static str>,
    prompt: Option<&'static str>,
    response_mode: Option<&'static str>,
    max_age: Option<u32>,
    login_hint: Option<String>,
    pkce: Pkce,
}

impl Options {
    /// Reads the form. What it does not know is left out.
    pub(crate) fn read(form: &Params) -> Self {
        let chosen = |table: &[(&'static str, &str)], name| {
            form.first(name).and_then(|value| table.iter().find(|(n, _)| *n == value)).map(|(n, _)| *n)
        };
        Self {
            scopes: SCOPES
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| form.all("scope").any(|v| v == *name))
                .collect(),
            prompt: chosen(&PROMPTS, "prompt"),
            response_mode: chosen(&RESPONSE_MODES, "response_mode"),
            max_age: form.first("max_age").and_then(|text| text.trim().parse().ok()),
            login_hint: form
                .first("login_hint")
                .map(str::trim)
                .filter(|t| t.len() <= LOGIN_HINT_BYTES && !t.is_empty())
                .map(str::to_owned),
            pkce: if form.first("pkce") == Some("none") { Pkce::Absent } else { Pkce::S256 },
        }
    }

    /// The same with a proof key, whatever was chosen: public clients have no choice.
    pub(crate) fn with_pkce(self) -> Self {
        Self { pkce: Pkce::S256, ..self }
    }

    /// OpenID Connect Core §11 on offline_access: "MUST ensure that the prompt parameter contains consent unless other conditions for
    /// processing the request permitting offline access to the requested resources are in place". `none` stands alone.
    fn prompt(&self) -> Option<String> {
        let offline = self.scopes.contains(&"offline_access");
        match self.prompt {
            None if offline => Some("consent".to_owned()),
            Some(prompt @ ("login" | "select_account")) if offline => Some(format!("{prompt} consent")),
            prompt => prompt.map(str::to_owned),
        }
    }
}

/// An authorization request that was made, with what its answer is compared with.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    /// Parameters in order.
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// The whole address.
    pub(crate) url: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    /// Only where `openid` is asked for: the ID token carries it back.
    pub(crate) nonce: Option<String>,
    pub(crate) verifier: Option<String>,
    pub(crate) max_age: Option<u32>,
}

impl AuthorizationRequest {
    /// Makes a request with fresh state, nonce and verifier.
    pub(crate) fn new(endpoint: &str, client_id: &str, redirect_uri: String, options: &Options) -> Self {
        let state = unguessable();
        let nonce = options.scopes.contains(&"openid").then(unguessable);
        let verifier = (options.pkce == Pkce::S256).then(unguessable);
        let mut parameters = vec![
            ("response_type", "code".to_owned()),
            ("client_id", client_id.to_owned()),
            ("redirect_uri", redirect_uri.clone()),
            ("scope", options.scopes.join(" ")),
            ("state", state.clone()),
        ];
        parameters.extend(nonce.clone().map(|nonce| ("nonce", nonce)));
        if let Some(verifier) = &verifier {
            parameters.push(("code_challenge", usher_crypto::pkce::s256(verifier)));
            parameters.push(("code_challenge_method", "S256".to_owned()));
        }
        parameters.extend(options.prompt().map(|prompt| ("prompt", prompt)));
        parameters.extend(options.response_mode.map(|mode| ("response_mode", mode.to_owned())));
        parameters.extend(options.max_age.map(|age| ("max_age", age.to_string())));
        parameters.extend(options.login_hint.clone().map(|hint| ("login_hint", hint)));
        parameters.retain(|(_, value)| !value.is_empty());
        let pairs: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        let url = format!("{endpoint}{mark}{}", wire::encode(&pairs));
        let client_id = client_id.to_owned();
        Self { parameters, url, client_id, redirect_uri, state, nonce, verifier, max_age: options.max_age }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(form: &str) -> AuthorizationRequest {
        let options = Options::read(&Params::parse(form.as_bytes()).unwrap());
        AuthorizationRequest::new(
            "http://localhost:1/oidc/auth",
            "shop",
            "http://127.0.0.1:2/cb".to_owned(),
            &options,
        )
    }

    fn value<'a>(request: &'a AuthorizationRequest, name: &str) -> Option<&'a str> {
        request.parameters.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    #[test]
    fn a_request_holds_what_was_chosen_and_nothing_else() {
        let request = request(
            "scope=openid&scope=email&scope=admin&prompt=login&response_mode=fragment&max_age=60&login_hint=alice&x=y",
        );
        assert_eq!(value(&request, "scope"), Some("openid email"));
        assert_eq!(value(&request, "prompt"), Some("login"));
        assert_eq!(value(&request, "response_mode"), None);
        assert_eq!(value(&request, "max_age"), Some("60"));
        assert_eq!(value(&request, "login_hint"), Some("alice"));
        assert!(request.url.starts_with("http://localhost:1/oidc/auth?response_type=code&client_id=shop&redirect_uri=http%3A%2F%2F127.0.0.1%3A2%2Fcb"));
    }

    #[test]
    fn offline_access_asks_for_consent_unless_nothing_may_be_shown() {
        assert_eq!(value(&request("scope=offline_access"), "prompt"), Some("consent"));
        assert_eq!(value(&request("scope=offline_access&prompt=login"), "prompt"), Some("login consent"));
        assert_eq!(value(&request("scope=offline_access&prompt=consent"), "prompt"), Some("consent"));
        assert_eq!(value(&request("scope=offline_access&prompt=none"), "prompt"), Some("none"));
    }

    #[test]
    fn a_nonce_goes_with_openid_and_a_challenge_with_its_verifier() {
        let with = request("scope=openid");
        assert_eq!(value(&with, "nonce"), with.nonce.as_deref());
        assert_eq!(
            value(&with, "code_challenge").unwrap(),
            usher_crypto::pkce::s256(with.verifier.as_deref().unwrap())
        );
        let without = request("scope=email&pkce=none");
        assert!(without.nonce.is_none() && without.verifier.is_none());
        assert_eq!((value(&without, "nonce"), value(&without, "code_challenge")), (None, None));
    }

    #[test]
    fn nothing_is_used_twice() {
        let (one, other) = (request("scope=openid"), request("scope=openid"));
        assert_ne!(one.state, other.state);
        assert_ne!(one.nonce, other.nonce);
        assert_ne!(one.verifier, other.verifier);
    }
}
