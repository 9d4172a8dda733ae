//! A browser that signs in through the pages, once for each connection: what the measured requests take for granted.

use super::site::{PASSWORD, Site, USERNAME, Visitor};
use super::wire::{Wire, between};
use anyhow::{Context as _, bail};
use usher_crypto::jose::VerifyingKey;
use usher_types::{Endpoint, Params};

/// Redirects and pages that a sign-in may take.
const STEPS: usize = 8;

/// Somebody new signs in, and the application exchanges the code.
pub(super) async fn sign_in(site: &Site, keys: &[VerifyingKey]) -> anyhow::Result<Visitor> {
    let mut browser = Browser { wire: Wire::connect(site.address).await?, cookie: String::new(), site };
    let code = browser.walk().await.context("signing in")?;
    let tokens = site.tokens(&mut browser.wire, &Site::exchange_form(&code)).await?;
    let sub = site.subject(keys, &tokens.id)?;
    Ok(Visitor { cookie: browser.cookie, sub, access: tokens.access, refresh: tokens.refresh })
}

struct Browser<'a> {
    wire: Wire,
    cookie: String,
    site: &'a Site,
}

/// What came back.
enum Arrival {
    Redirect(String),
    Page(String),
}

impl Browser<'_> {
    /// From the authorization request to the code.
    async fn walk(&mut self) -> anyhow::Result<String> {
        let mut target = Site::authorize_target();
        for _ in 0..STEPS {
            let request = self.site.get(&target, &self.cookie_line());
            let mut arrival = self.send(&request).await?;
            if let Arrival::Page(html) = &arrival {
                let form = sign_in_form(html).with_context(|| format!("no sign-in form at {target}"))?;
                let headers = format!("{}origin: http://{}\r\n", self.cookie_line(), self.site.authority);
                let request = self.site.post(Endpoint::SignIn.path(), &headers, &form.encode());
                arrival = self.send(&request).await?;
            }
            let Arrival::Redirect(location) = arrival else { bail!("the sign-in was refused") };
            if let Some(code) = Site::code(&location) {
                return Ok(code.to_owned());
            }
            let base = format!("http://{}", self.site.authority);
            location.strip_prefix(&base).unwrap_or(&location).clone_into(&mut target);
        }
        bail!("the pages never let go, at {target}")
    }

    async fn send(&mut self, request: &[u8]) -> anyhow::Result<Arrival> {
        let answer = self.wire.exchange(request).await?;
        if let Some(cookie) = answer.header("set-cookie") {
            cookie.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
        }
        match (answer.status, answer.header("location")) {
            (303, Some(location)) => Ok(Arrival::Redirect(location.to_owned())),
            _ => Ok(Arrival::Page(answer.expect(200, "a page")?.text()?.to_owned())),
        }
    }

    fn cookie_line(&self) -> String {
        if self.cookie.is_empty() { String::new() } else { format!("cookie: {}\r\n", self.cookie) }
    }
}

/// The filled-in form of the sign-in page. Its hidden values are base64url, so that nothing in them is escaped.
fn sign_in_form(html: &str) -> Option<Params> {
    let hidden = |name: &str| {
        let (_, rest) = html.split_once(&format!("name=\"{name}\""))?;
        between(rest, "value=\"", '"')
    };
    let pairs = [
        ("interaction", hidden("interaction")?),
        ("form_token", hidden("form_token")?),
        ("identifier", USERNAME),
        ("password", PASSWORD),
    ];
    Some(Params::from(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_filled_in() {
        let html = r#"<form><input type="hidden" name="interaction" value="i-1"><input type="hidden" name="form_token" value="t_2">"#;
        let form = sign_in_form(html).unwrap();
        assert_eq!(form.first("interaction"), Some("i-1"));
        assert_eq!(form.first("form_token"), Some("t_2"));
        assert!(sign_in_form("<p>no").is_none());
    }
}
