//! A demo in this process and a person who walks through it with a browser.

use super::chromium::{Chromium, Setup};
use fantoccini::wd::WindowHandle;
use std::ops::Deref;
use usher::demo::{self, Running};

/// A person at a browser, and a demo. It is the browser as well.
pub(super) struct Walker {
    browser: Chromium,
    demo: Running,
}

impl Deref for Walker {
    type Target = Chromium;

    fn deref(&self) -> &Chromium {
        &self.browser
    }
}

/// The person who signs in.
const USERNAME: &str = "alice";

impl Walker {
    /// Starts a demo and a browser; nothing where there is no browser.
    pub(super) async fn start(setup: Setup) -> Option<Self> {
        let browser = setup.start().await?;
        let demo = demo::start(Some(0)).await.unwrap();
        Some(Self { browser, demo })
    }

    /// An address of the relying party.
    pub(super) fn party(&self, path: &str) -> String {
        format!("{}{path}", self.demo.demo.base)
    }

    /// An address of usher, below the issuer.
    pub(super) fn usher(&self, path: &str) -> String {
        format!("{}{path}", self.demo.demo.issuer)
    }

    /// The password of the person who signs in.
    pub(super) fn password(&self) -> &str {
        &self.demo.demo.people.iter().find(|p| p.username == USERNAME).unwrap().password
    }

    /// Begins a walk of a server's application with these choices of its form.
    pub(super) async fn begin(&self, kind: &str, choices: &[(&str, &str)]) {
        self.open(&self.party(&format!("/{kind}"))).await;
        self.choose(choices).await;
        self.click("form[action$='/start'] .button").await;
    }

    /// Begins such a walk and goes to usher.
    pub(super) async fn ask(&self, kind: &str, choices: &[(&str, &str)]) {
        self.begin(kind, choices).await;
        self.click("#go").await;
    }

    /// The window that opens beside this one.
    pub(super) async fn another_tab(&self, this: &WindowHandle) -> WindowHandle {
        for _ in 0..200 {
            if let Some(other) = self.tabs().await.into_iter().find(|tab| tab != this) {
                return other;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("no window opened")
    }

    /// Makes choices in the form that begins a walk.
    pub(super) async fn choose(&self, choices: &[(&str, &str)]) {
        for (name, value) in choices {
            if matches!(*name, "prompt" | "response_mode") && self.count("form details[open]").await == 0 {
                self.click("form details summary").await;
            }
            self.click(&format!("form input[name='{name}'][value='{value}']")).await;
        }
    }

    /// Signs in at usher's form.
    pub(super) async fn sign_in(&self) {
        self.fill("#identifier", USERNAME).await;
        self.fill("#password", self.password()).await;
        self.click("#sign-in").await;
    }

    /// Signs in and allows what is asked.
    pub(super) async fn sign_in_and_allow(&self) {
        self.sign_in().await;
        self.click("#allow").await;
    }

    /// Sees the page of a walk that ended well: tokens are there, and every check of them held.
    pub(super) async fn sees_verified_tokens(&self) {
        let result = self.text("#result").await;
        assert!(self.address().await.as_str().starts_with(&self.demo.demo.base));
        assert!(result.starts_with("Signed in"), "{result}");
        assert!(!self.text("#subject").await.is_empty());
        let checks = self.texts("#tokens .checks li.right").await.join("\n");
        for check in ["signature", "iss", "aud", "exp", "nonce", "at_hash"] {
            assert!(checks.contains(check), "{check} was not checked:\n{checks}");
        }
        assert_eq!(self.texts(".checks li.wrong").await, Vec::<String>::new());
    }

    /// Tries something with the tokens by a button, and sees exactly these exchanges with these statuses.
    pub(super) async fn tries(&self, button: &str, exchanges: &[&str]) {
        let before = self.count("#next article.exchange").await;
        self.click(&format!("#{button}")).await;
        self.see(&format!("#next article.exchange:nth-of-type({})", before + exchanges.len())).await;
        let titles = self.texts("#next article.exchange h3").await;
        let found: Vec<&str> = titles.iter().skip(before).map(String::as_str).collect();
        assert_eq!(found.len(), exchanges.len(), "{found:?}");
        for (found, expected) in found.iter().zip(exchanges) {
            assert!(found.starts_with(expected), "{found:?} instead of {expected:?}");
        }
    }
}
