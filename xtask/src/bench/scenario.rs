//! What is asked of the server, what of the answers is checked, and what a figure should reach beside a responder that does nothing.

use super::baseline::Baseline;
use super::site::{Site, Tokens, Visitor};
use super::wire::Wire;
use anyhow::{Context as _, bail, ensure};
use usher_crypto::jose::VerifyingKey;
use usher_types::Endpoint;

/// A kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    /// The discovery document.
    Discovery,
    /// An authorization request in a browser with a session, and the exchange of its code, with PKCE. Counted together, as one.
    Code,
    /// The rotation of a refresh token; each connection has a grant of its own.
    Refresh,
    /// The introspection of a JWT access token.
    Introspection,
    /// Who an access token's person is.
    Userinfo,
}

/// What one connection sends again and again.
pub(super) enum Load {
    /// The same request, whose answer is always the same.
    Same { request: Vec<u8>, body: Vec<u8> },
    /// The same request, whose answer is a new token each time.
    Token { request: Vec<u8> },
    /// Whole code flows.
    Code { authorize: Vec<u8>, form: String, exchange: Vec<u8>, tokens: Tokens },
    /// Rotations.
    Refresh { form: String, exchange: Vec<u8>, tokens: Tokens },
}

impl Scenario {
    /// All of them, in the order of the report.
    pub(super) const ALL: [Self; 5] =
        [Self::Discovery, Self::Code, Self::Refresh, Self::Introspection, Self::Userinfo];

    /// Its name on the command line and in the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Code => "code",
            Self::Refresh => "refresh",
            Self::Introspection => "introspection",
            Self::Userinfo => "userinfo",
        }
    }

    pub(super) fn parse(name: &str) -> anyhow::Result<Self> {
        let names: Vec<&str> = Self::ALL.iter().map(|s| s.name()).collect();
        let found = Self::ALL.into_iter().find(|s| s.name() == name);
        found.with_context(|| format!("there is no scenario {name}; there are {}", names.join(", ")))
    }

    /// What it is measured against, and the part of its rate that should be reached.
    pub(super) const fn target(self) -> (Baseline, f64) {
        match self {
            Self::Discovery => (Baseline::Bare, 0.85),
            Self::Code => (Baseline::Sign, 0.10),
            Self::Refresh => (Baseline::Sign, 0.15),
            Self::Introspection | Self::Userinfo => (Baseline::Bare, 0.20),
        }
    }

    /// One connection's load. Where it is about a token, a fresh one is got first.
    pub(super) async fn load(self, site: &Site, visitor: &mut Visitor) -> anyhow::Result<Load> {
        let mut wire = Wire::connect(site.address).await?;
        if matches!(self, Self::Introspection | Self::Userinfo) {
            let tokens = site.tokens(&mut wire, &Site::refresh_form(&visitor.refresh)).await?;
            (visitor.access, visitor.refresh) = (tokens.access, tokens.refresh);
        }
        match self {
            Self::Discovery => Load::same(&mut wire, site.discovery(), "\"token_endpoint\"").await,
            Self::Introspection => {
                let request =
                    site.post_as_application(Endpoint::Introspection, &format!("token={}", visitor.access));
                Load::same(&mut wire, request, "\"active\":true").await
            }
            Self::Userinfo => {
                let bearer = format!("authorization: Bearer {}\r\n", visitor.access);
                let request = site.get(Endpoint::Userinfo.path(), &bearer);
                Load::same(&mut wire, request, &format!("\"sub\":\"{}\"", visitor.sub)).await
            }
            Self::Code => {
                let cookie = format!("cookie: {}\r\n", visitor.cookie);
                let authorize = site.get(&Site::authorize_target(), &cookie);
                // The form's length never changes, so neither does the head of the request.
                let answer = wire.exchange(&authorize).await?.expect(303, "authorize")?;
                let code = answer.header("location").and_then(Site::code).context("no code")?;
                let form = Site::exchange_form(&"x".repeat(code.len()));
                let exchange = site.post_as_application(Endpoint::Token, &form);
                Ok(Load::Code { authorize, form, exchange, tokens: Tokens::default() })
            }
            Self::Refresh => {
                let form = Site::refresh_form(&visitor.refresh);
                let exchange = site.post_as_application(Endpoint::Token, &form);
                Ok(Load::Refresh { form, exchange, tokens: Tokens::default() })
            }
        }
    }
}

impl Load {
    /// A request whose first answer must hold a text, and whose later ones must be the first.
    async fn same(wire: &mut Wire, request: Vec<u8>, holds: &str) -> anyhow::Result<Self> {
        let answer = wire.exchange(&request).await?.expect(200, holds)?;
        let text = answer.text()?;
        ensure!(text.contains(holds), "{holds} was expected in {text}");
        Ok(Self::Same { body: answer.body.to_vec(), request })
    }

    /// Sends what makes up one unit of the load, and checks the answers.
    pub(super) async fn once(&mut self, wire: &mut Wire) -> anyhow::Result<()> {
        match self {
            Self::Same { request, body } => {
                let answer = wire.exchange(request).await?.expect(200, "a request")?;
                if answer.body != *body {
                    bail!("another answer than the first: {}", String::from_utf8_lossy(answer.body));
                }
            }
            Self::Token { request } => {
                let answer = wire.exchange(request).await?.expect(200, "a request")?;
                ensure!(answer.body.split(|b| *b == b'.').count() == 3, "no token came");
            }
            Self::Code { authorize, form, exchange, tokens } => {
                let answer = wire.exchange(authorize).await?.expect(303, "authorize")?;
                let code =
                    answer.header("location").and_then(Site::code).context("authorize gave no code")?;
                replace_end(form, exchange, code)?;
                *tokens = exchanged(wire, exchange).await?;
            }
            Self::Refresh { form, exchange, tokens } => {
                *tokens = exchanged(wire, exchange).await?;
                replace_end(form, exchange, &tokens.refresh)?;
            }
        }
        Ok(())
    }

    /// Checks the last ID token of a round, and gives what a later round needs back to the visitor.
    pub(super) fn settle(
        self,
        site: &Site,
        keys: &[VerifyingKey],
        visitor: &mut Visitor,
    ) -> anyhow::Result<()> {
        let (tokens, is_rotated) = match self {
            Self::Same { .. } | Self::Token { .. } => return Ok(()),
            Self::Code { tokens, .. } => (tokens, false),
            Self::Refresh { tokens, .. } => (tokens, true),
        };
        // A connection may not have had a turn in a short round.
        if tokens.id.is_empty() {
            return Ok(());
        }
        let sub = site.subject(keys, &tokens.id)?;
        ensure!(sub == visitor.sub, "tokens about {sub} for {}", visitor.sub);
        if is_rotated {
            (visitor.access, visitor.refresh) = (tokens.access, tokens.refresh);
        }
        Ok(())
    }
}

async fn exchanged(wire: &mut Wire, request: &[u8]) -> anyhow::Result<Tokens> {
    let answer = wire.exchange(request).await?.expect(200, "the token endpoint")?;
    Tokens::find(answer.text()?)
}

/// Puts a token of the same length where the request's form ends with one.
fn replace_end(form: &mut String, request: &mut Vec<u8>, token: &str) -> anyhow::Result<()> {
    let kept = form.rfind('=').map_or(0, |at| at + 1);
    ensure!(form.len() == kept + token.len(), "a token of another length than those before it");
    form.truncate(kept);
    form.push_str(token);
    request.truncate(request.len() - token.len());
    request.extend_from_slice(token.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back() {
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::parse(scenario.name()).unwrap(), scenario);
        }
    }

    #[test]
    fn the_next_token_takes_the_place_of_the_last() {
        let mut form = "grant_type=refresh_token&refresh_token=aaa".to_owned();
        let mut request = format!("POST / HTTP/1.1\r\n\r\n{form}").into_bytes();
        replace_end(&mut form, &mut request, "bbb").unwrap();
        assert_eq!(form, "grant_type=refresh_token&refresh_token=bbb");
        assert!(request.ends_with(b"\r\n\r\ngrant_type=refresh_token&refresh_token=bbb"));
        assert!(replace_end(&mut form, &mut request, "bbbb").is_err());
    }
}
