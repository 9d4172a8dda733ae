//! The Content-Security-Policy of each page (CSP Level 3).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use url::Url;

/// The whole script of the page that posts an authorization response. Taking `submit` from the prototype works whatever the
/// fields are called.
pub(crate) const SUBMIT: &str = "HTMLFormElement.prototype.submit.call(document.forms[0])";

/// The whole script of the page that gives an authorization response to another window. The target is an origin, never `*`; the browser
/// drops the message where the window shows another one.
pub(crate) const MESSAGE: &str = "{const d=document.getElementById('response'),w=opener||(parent===self?null:parent),r={};\
for(const i of d.querySelectorAll('input'))r[i.name]=i.value;\
if(w)w.postMessage({type:'authorization_response',response:r},d.dataset.origin)}";

/// The policy of a page. It has no `form-action`: a POST here may end in a redirect to an application, and Chromium applies that
/// directive to every redirect that follows.
pub(crate) fn page() -> String {
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'".to_owned()
}

/// The policy of the page that posts a response to `target`: it may post to exactly there, and only a page of that origin may
/// frame it. None if no form may post there.
pub(crate) fn form_post(target: &str) -> Option<String> {
    let url = Url::parse(target).ok()?;
    let hash = STANDARD.encode(digest(&SHA256, SUBMIT.as_bytes()));
    let (action, ancestors) = match url.scheme() {
        "http" | "https" => (web_source(&url)?, origin_source(&url)?),
        // What these would do with a form's data is run or show it here, not deliver it.
        "javascript" | "data" | "vbscript" | "blob" | "file" | "filesystem" | "about" => return None,
        scheme => (format!("{scheme}:"), "'none'".to_owned()),
    };
    Some(format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'self'; img-src 'self'; form-action {action}; \
         base-uri 'none'; frame-ancestors {ancestors}"
    ))
}

/// The policy of the page that gives a response to a window of an origin: it can do nothing else, and only a page of that origin may
/// frame it. None if there is no such origin.
pub(crate) fn web_message(target_origin: &str) -> Option<String> {
    let url = Url::parse(target_origin).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    let hash = STANDARD.encode(digest(&SHA256, MESSAGE.as_bytes()));
    let ancestors = origin_source(&url)?;
    Some(format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'self'; img-src 'self'; form-action 'none'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    ))
}

/// A source that matches the address and, except that a path ending in `/` stands for all below it, nothing else. The query takes
/// no part (CSP3 §6.7.2.12).
fn web_source(url: &Url) -> Option<String> {
    let mut source = origin_source(url)?;
    // A host that the grammar cannot write leaves only the scheme.
    if source.ends_with(':') {
        return Some(source);
    }
    for byte in url.path().bytes() {
        // CSP3 §2.3.1: "; (0x3B) and , (0x2C) … must be percent encoded", since they end a directive and a policy.
        match byte {
            b';' | b',' | b'\'' => write!(source, "%{byte:02X}").ok()?,
            _ => source.push(char::from(byte)),
        }
    }
    Some(source)
}

/// A source that matches the origin of an address. The grammar of CSP3 §2.3.1 has no way to write an IPv6 address; such an origin
/// is known by its scheme only.
fn origin_source(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let writable = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let scheme = url.scheme();
    Some(match (writable, url.port()) {
        (false, _) => format!("{scheme}:"),
        (true, None) => format!("{scheme}://{host}"),
        (true, Some(port)) => format!("{scheme}://{host}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directive(target: &str, name: &str) -> Option<String> {
        let csp = form_post(target)?;
        csp.split("; ").find_map(|d| d.strip_prefix(name).map(|v| v.trim().to_owned()))
    }

    #[test]
    fn a_page_may_be_framed_by_nobody_and_may_redirect_after_a_post() {
        assert!(page().contains("frame-ancestors 'none'"));
        assert!(!page().contains("form-action") && !page().contains("unsafe"));
    }

    #[test]
    fn a_response_is_posted_to_exactly_its_target() {
        for (target, action, ancestors) in [
            ("https://app.example/cb", "https://app.example/cb", "https://app.example"),
            ("https://app.example/cb?tenant=a;b", "https://app.example/cb", "https://app.example"),
            ("http://127.0.0.1:8080/a;b,c", "http://127.0.0.1:8080/a%3Bb%2Cc", "http://127.0.0.1:8080"),
            ("https://app.example", "https://app.example/", "https://app.example"),
            ("http://[::1]:8080/cb", "http:", "http:"),
            ("com.example.app:/cb", "com.example.app:", "'none'"),
        ] {
            assert_eq!(directive(target, "form-action").as_deref(), Some(action), "{target}");
            assert_eq!(directive(target, "frame-ancestors").as_deref(), Some(ancestors), "{target}");
        }
    }

    #[test]
    fn no_target_can_end_a_directive() {
        for target in [
            "https://app.example/;script-src *",
            "https://a;b/",
            "https://app.example/'none'",
            "https://app.example/ x",
        ] {
            if let Some(csp) = form_post(target) {
                assert_eq!(csp.matches(';').count(), 6, "{csp}");
                assert_eq!(
                    csp.matches("script-src").count(),
                    csp.matches("script-src 'sha256-").count() + csp.matches("%3Bscript-src").count()
                );
            }
        }
    }

    #[test]
    fn nothing_is_posted_to_a_script() {
        for target in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            "about:blank",
            "x",
            "",
        ] {
            assert_eq!(form_post(target), None, "{target}");
        }
    }
}
