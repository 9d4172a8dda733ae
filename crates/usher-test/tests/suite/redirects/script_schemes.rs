//! Attack class "script schemes": what a browser would run is neither registered nor put where a browser follows it.

use std::path::Path;
use usher::config;
use usher_test::TestServer;
use usher_types::uri::{RedirectUri, WebUrl};

/// Addresses that run, read or show something here, in the spellings that filters forget.
const SCRIPTS: [&str; 30] = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://app.test/%0aalert(1)",
    "javascript:%61lert(1)",
    " javascript:alert(1)",
    "\tjavascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "javascript\t:alert(1)",
    "java\u{0}script:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript&colon;alert(1)",
    "jav&#x09;ascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "DATA:text/html;base64,PHNjcmlwdD4=",
    "data:,x",
    "vbscript:msgbox(1)",
    "VBScript:x",
    "livescript:x",
    "mocha:x",
    "file:///etc/passwd",
    "blob:https://app.test/x",
    "filesystem:https://app.test/x",
    "about:blank",
    "view-source:https://app.test",
    "chrome://settings",
    "mailto:a@b.test",
    "tel:1",
    "ws://app.test/",
    "https://app.test/\u{0}",
];

#[test]
fn no_script_is_registered_as_an_address_or_shown_as_a_link() {
    for uri in SCRIPTS {
        assert!(RedirectUri::parse(uri).is_err(), "{uri:?}");
        assert!(WebUrl::parse(uri).is_err(), "{uri:?}");
    }
    // An application's own scheme is good for a redirect, never for a link.
    assert!(
        RedirectUri::parse("com.example.app:/cb").is_ok() && WebUrl::parse("com.example.app:/cb").is_err()
    );
}

#[tokio::test]
async fn a_configuration_that_declares_one_is_refused_by_its_place() {
    let t = TestServer::start().await;
    let marker = "client_id = \"native\"\n";
    let quoted = |uri: &str| serde_json::to_string(uri).unwrap();
    for uri in SCRIPTS {
        for key in ["client_uri", "policy_uri", "tos_uri", "redirect_uris", "post_logout_redirect_uris"] {
            let value = if key.ends_with('s') { format!("[{}]", quoted(uri)) } else { quoted(uri) };
            let seed = match key {
                "redirect_uris" => t.seed().replace("redirect_uris = [\"http://127.0.0.1/cb\", \"http://[::1]/cb\", \"com.example.notes:/cb\"]", &format!("redirect_uris = {value}")),
                key => t.seed().replace(marker, &format!("{marker}{key} = {value}\n")),
            };
            assert_ne!(seed, t.seed());
            let Err(error) = config::parse(&seed, Path::new("usher.toml")) else {
                panic!("{key} = {value} was taken")
            };
            assert!(error.to_string().contains("usher.toml:"), "{error}");
        }
    }
    let seed = t.seed().replace(marker, &format!("{marker}client_uri = \"https://notes.test\"\n"));
    assert!(config::parse(&seed, Path::new("usher.toml")).is_ok());
}

#[tokio::test]
async fn only_a_native_application_has_a_scheme_of_its_own() {
    let t = TestServer::start().await;
    for (name, address) in [
        ("web", "https://web.test/cb\", \"https://web.test/cb?code=x&state=y&keep=1"),
        ("spa", "https://spa.test/cb"),
    ] {
        let seed = t.seed().replace(
            &format!("redirect_uris = [\"{address}\"]"),
            "redirect_uris = [\"com.example.app:/cb\"]",
        );
        assert_ne!(seed, t.seed(), "{name}");
        let path = t.folder().join(format!("{name}.toml"));
        std::fs::write(&path, seed).unwrap();
        let error = config::load(&path).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("only a native application"), "{error}");
    }
}

#[tokio::test]
async fn a_form_posts_to_https_to_a_loopback_address_or_to_an_applications_own_scheme() {
    let t = TestServer::start().await;
    for (name, uri) in [
        ("web", "https://web.test/cb"),
        ("native", "http://127.0.0.1:5001/cb"),
        ("native", "com.example.notes:/cb"),
    ] {
        let application = t.application(name);
        let changes = [("redirect_uri", uri), ("response_mode", "form_post"), ("prompt", "none")];
        let answer = t.browser().get(&application.request(&changes)).await;
        assert_eq!(super::page(&answer).form().0, uri);
    }
    for uri in SCRIPTS {
        let changes = [("redirect_uri", uri), ("response_mode", "form_post"), ("prompt", "none")];
        super::is_error_page(&t.browser().get(&t.application("native").request(&changes)).await, uri);
    }
}
