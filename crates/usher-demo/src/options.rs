//! What a person may choose before a walk, and the authorization request that comes of it (RFC 6749 §4.1.1, RFC 7636 §4.3,
//! OpenID Connect Core §3.1.2.1, OAuth 2.0 Multiple Response Types §2).

use crate::kind::{Choice, Kind};
use crate::random::unguessable;
use crate::wire;
use usher_types::Params;

/// The scopes that can be chosen, with what they give; the first three are chosen to begin with.
const SCOPES: [Choice; 6] = [
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

/// A scope of two applications' own. It is what the Order API can exchange their tokens for.
pub(crate) const STOCK: Choice =
    ("stock:read", "what is in stock: a scope of this application's own, for another API");

/// The API that it is for.
pub(crate) const AUDIENCE: &str = "urn:demo:stock";

/// What `prompt` can ask for.
pub(crate) const PROMPTS: [Choice; 4] = [
    ("none", "show nothing: an error comes back if anything would have to be asked"),
    ("login", "ask for the password even where somebody is signed in"),
    ("consent", "ask for consent even where it was given before"),
    ("select_account", "let the person choose among accounts"),
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

/// Whether `offline_access` brings the `prompt=consent` that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum OfflineConsent {
    #[default]
    AskedFor,
    /// To see the refresh token withheld.
    LeftOut,
}

/// What was chosen. Only what stands in the tables above and in the kind's gets in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    response_type: Option<&'static str>,
    scopes: Vec<&'static str>,
    prompt: Option<&'static str>,
    response_mode: Option<&'static str>,
    max_age: Option<u32>,
    login_hint: Option<String>,
    pkce: Pkce,
    offline_consent: OfflineConsent,
}

impl Options {
    /// Reads the form of a kind of application. What it does not know is left out.
    pub(crate) fn read(kind: Kind, form: &Params) -> Self {
        let chosen = |table: &[Choice], name| {
            form.first(name).and_then(|value| table.iter().find(|(n, _)| *n == value)).map(|(n, _)| *n)
        };
        // Public clients have no choice, and a hybrid response's code is worth the same care.
        let may_do_without = kind == Kind::Web && form.first("pkce") == Some("none");
        Self {
            response_type: chosen(kind.response_types(), "response_type")
                .or_else(|| kind.response_types().first().map(|(name, _)| *name)),
            scopes: scopes(kind, form),
            prompt: chosen(&PROMPTS, "prompt"),
            response_mode: chosen(kind.response_modes(), "response_mode"),
            max_age: form.first("max_age").and_then(|text| text.trim().parse().ok()),
            login_hint: form
                .first("login_hint")
                .map(str::trim)
                .filter(|t| t.len() <= LOGIN_HINT_BYTES && !t.is_empty())
                .map(str::to_owned),
            pkce: if may_do_without { Pkce::Absent } else { Pkce::S256 },
            offline_consent: match form.first("offline_consent") {
                Some("left_out") => OfflineConsent::LeftOut,
                _ => OfflineConsent::AskedFor,
            },
        }
    }

    /// OpenID Connect Core §11 on offline_access: "MUST ensure that the prompt parameter contains consent unless other conditions for
    /// processing the request permitting offline access to the requested resources are in place". `none` stands alone.
    fn prompt(&self) -> Option<String> {
        let offline =
            self.scopes.contains(&"offline_access") && self.offline_consent == OfflineConsent::AskedFor;
        match self.prompt {
            None if offline => Some("consent".to_owned()),
            Some(prompt @ ("login" | "select_account")) if offline => Some(format!("{prompt} consent")),
            prompt => prompt.map(str::to_owned),
        }
    }
}

/// The scopes that an application of this kind can ask for.
pub(crate) fn scopes_of(kind: Kind) -> Vec<Choice> {
    let own = matches!(kind, Kind::Web | Kind::Password).then_some(STOCK);
    SCOPES.into_iter().chain(own).collect()
}

/// The scopes that a form chose, in their order.
pub(crate) fn scopes(kind: Kind, form: &Params) -> Vec<&'static str> {
    let names = scopes_of(kind).into_iter().map(|(name, _)| name);
    names.filter(|name| form.all("scope").any(|value| value == *name)).collect()
}

/// Where a request goes, for whom, and where its answer shall go.
pub(crate) struct To<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: String,
}

/// An authorization request that was made, with what its answer is compared with.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    /// Parameters in order.
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// The whole address.
    pub(crate) url: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    /// Where an ID token is asked for: it carries the value back.
    pub(crate) nonce: Option<String>,
    pub(crate) verifier: Option<String>,
    pub(crate) max_age: Option<u32>,
}

impl AuthorizationRequest {
    /// Makes a request with fresh state, nonce and verifier.
    pub(crate) fn new(to: To<'_>, options: &Options) -> Self {
        let To { endpoint, client_id, redirect_uri } = to;
        let response_type = options.response_type.unwrap_or("code");
        let has = |word: &str| response_type.split(' ').any(|w| w == word);
        let state = unguessable();
        let nonce = (options.scopes.contains(&"openid") || has("id_token")).then(unguessable);
        let verifier = (options.pkce == Pkce::S256 && has("code")).then(unguessable);
        let mut parameters = vec![
            ("response_type", response_type.to_owned()),
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
        let url = address(endpoint, &parameters);
        Self { parameters, url, redirect_uri, state, nonce, verifier, max_age: options.max_age }
    }

    /// A parameter that was sent.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// An endpoint's address with a query.
pub(crate) fn address(endpoint: &str, parameters: &[(&'static str, String)]) -> String {
    let pairs: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mark = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{mark}{}", wire::encode(&pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request_of(kind: Kind, form: &str) -> AuthorizationRequest {
        let options = Options::read(kind, &Params::parse(form.as_bytes()).unwrap());
        let to = To {
            endpoint: "http://localhost:1/oidc/auth",
            client_id: "shop",
            redirect_uri: "http://127.0.0.1:2/cb".to_owned(),
        };
        AuthorizationRequest::new(to, &options)
    }

    fn request(form: &str) -> AuthorizationRequest {
        request_of(Kind::Web, form)
    }

    #[test]
    fn a_request_holds_what_was_chosen_and_nothing_else() {
        let request = request(
            "scope=openid&scope=email&scope=admin&prompt=login&response_mode=smoke&response_type=token&max_age=60&login_hint=alice&x=y",
        );
        assert_eq!(request.value("scope"), Some("openid email"));
        assert_eq!(request.value("prompt"), Some("login"));
        assert_eq!(request.value("response_mode"), None);
        assert_eq!(request.value("max_age"), Some("60"));
        assert_eq!(request.value("login_hint"), Some("alice"));
        assert!(request.url.starts_with("http://localhost:1/oidc/auth?response_type=code&client_id=shop&redirect_uri=http%3A%2F%2F127.0.0.1%3A2%2Fcb"));
    }

    #[test]
    fn offline_access_asks_for_consent_unless_nothing_may_be_shown_or_it_was_left_out() {
        for (form, prompt) in [
            ("scope=offline_access", Some("consent")),
            ("scope=offline_access&prompt=login", Some("login consent")),
            ("scope=offline_access&prompt=consent", Some("consent")),
            ("scope=offline_access&prompt=none", Some("none")),
            ("scope=offline_access&offline_consent=left_out", None),
        ] {
            assert_eq!(request(form).value("prompt"), prompt, "{form}");
        }
    }

    #[test]
    fn a_nonce_goes_with_an_id_token_and_a_challenge_with_its_verifier() {
        let with = request("scope=openid");
        assert_eq!(with.value("nonce"), with.nonce.as_deref());
        assert_eq!(
            with.value("code_challenge").unwrap(),
            usher_crypto::pkce::s256(with.verifier.as_deref().unwrap())
        );
        let without = request("scope=email&pkce=none");
        assert!(without.nonce.is_none() && without.verifier.is_none());
        assert_eq!((without.value("nonce"), without.value("code_challenge")), (None, None));
        let implicit = request_of(Kind::Implicit, "scope=email&response_type=id_token");
        assert!(implicit.nonce.is_some() && implicit.verifier.is_none());
        let hybrid = request_of(Kind::Hybrid, "response_type=code+token&pkce=none&response_mode=form_post");
        assert_eq!(hybrid.value("response_mode"), Some("form_post"));
        assert!(hybrid.verifier.is_some(), "there is no choice where public eyes may see the code");
    }

    #[test]
    fn nothing_is_used_twice() {
        let (one, other) = (request("scope=openid"), request("scope=openid"));
        assert_ne!(one.state, other.state);
        assert_ne!(one.nonce, other.nonce);
        assert_ne!(one.verifier, other.verifier);
    }
}
