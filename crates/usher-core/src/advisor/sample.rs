//! Code for the clients that are common for each kind of application, kept as files of their own so that they can be tried. Secrets
//! come from the environment in all of them.

use super::decide::Mode;
use super::kit::Kit;
use usher_types::Endpoint;

/// A piece of code, ready to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Language and library.
    pub title: &'static str,
    /// What it needs to be installed, as a command; empty where nothing is.
    pub install: &'static str,
    /// The code.
    pub code: String,
}

/// A sample before its holes are filled.
struct Form {
    title: &'static str,
    install: &'static str,
    text: &'static str,
}

const NODE: &str = "npm install openid-client@6";

/// The samples for a mode.
pub(super) fn all(mode: Mode, kit: &Kit) -> Vec<Sample> {
    let filled =
        |form: &Form| Sample { title: form.title, install: form.install, code: fill(form.text, mode, kit) };
    forms(mode).iter().map(filled).collect()
}

const fn forms(mode: Mode) -> &'static [Form] {
    match mode {
        Mode::AuthorizationCode => &[
            Form {
                title: "Node.js: openid-client, Express",
                install: "npm install openid-client@6 express@5 express-session@1",
                text: include_str!("samples/backend.mjs"),
            },
            Form {
                title: "Go: go-oidc, oauth2",
                install: "go get github.com/coreos/go-oidc/v3 golang.org/x/oauth2",
                text: include_str!("samples/backend.go"),
            },
            Form {
                title: "Python: Authlib, Flask",
                install: "pip install authlib flask requests",
                text: include_str!("samples/backend.py"),
            },
        ],
        Mode::SinglePageCode => &[
            Form {
                title: "TypeScript: oidc-client-ts",
                install: "npm install oidc-client-ts@3",
                text: include_str!("samples/single-page.ts"),
            },
            Form {
                title: "JavaScript without a library",
                install: "",
                text: include_str!("samples/single-page-plain.txt"),
            },
        ],
        Mode::NativeCode => &[
            Form {
                title: "Android: AppAuth",
                install: "implementation(\"net.openid:appauth:0.11.1\")",
                text: include_str!("samples/native.kt"),
            },
            Form {
                title: "iOS, macOS: AppAuth",
                install: "https://github.com/openid/AppAuth-iOS (Swift Package Manager)",
                text: include_str!("samples/native.swift"),
            },
            Form {
                title: "Desktop, command line: Node.js, openid-client",
                install: NODE,
                text: include_str!("samples/native.mjs"),
            },
        ],
        Mode::Implicit => &[
            Form {
                title: "JavaScript: oidc-client 1.11",
                install: "npm install oidc-client@1.11",
                text: include_str!("samples/implicit.html"),
            },
            Form { title: "The request", install: "", text: include_str!("samples/implicit.txt") },
        ],
        Mode::ClientCredentials => &[
            Form { title: "curl", install: "", text: include_str!("samples/machine.sh") },
            Form {
                title: "Node.js: openid-client",
                install: NODE,
                text: include_str!("samples/machine.mjs"),
            },
            Form {
                title: "Go: oauth2",
                install: "go get golang.org/x/oauth2",
                text: include_str!("samples/machine.go"),
            },
        ],
        Mode::Password => &[
            Form { title: "curl", install: "", text: include_str!("samples/password.sh") },
            Form {
                title: "Node.js: openid-client",
                install: NODE,
                text: include_str!("samples/password.mjs"),
            },
        ],
    }
}

/// The text with its holes filled.
fn fill(text: &str, mode: Mode, kit: &Kit) -> String {
    let redirect = redirect(mode, kit);
    let (scheme, rest) = redirect.split_once(':').unwrap_or((&redirect, ""));
    let after_host = rest.strip_prefix("//").map(|r| r.find('/').and_then(|at| r.get(at..)).unwrap_or("/"));
    let path = after_host.unwrap_or(rest).split('?').next().unwrap_or_default();
    let encoded: String = url::form_urlencoded::byte_serialize(redirect.as_bytes()).collect();
    let insecure = if kit.is_plain_http() { "  { execute: [client.allowInsecureRequests] },\n" } else { "" };
    text.replace("%INSECURE_OPTION%", insecure)
        .replace("%ISSUER%", &kit.issuer())
        .replace("%DISCOVERY%", &kit.url(Endpoint::Discovery))
        .replace("%AUTHORIZE%", &kit.url(Endpoint::Authorize))
        .replace("%TOKEN%", &kit.url(Endpoint::Token))
        .replace("%CLIENT_ID%", kit.client_id())
        .replace("%REDIRECT_URI_ENCODED%", &encoded)
        .replace("%REDIRECT_URI%", &redirect)
        .replace("%REDIRECT_SCHEME%", scheme)
        .replace("%REDIRECT_PATH%", path)
}

/// The callback that samples use: the first.
fn redirect(mode: Mode, kit: &Kit) -> String {
    kit.redirect_uris(mode).into_iter().next().unwrap_or_default()
}
