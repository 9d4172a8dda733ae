//! The browser's cookie: `<browser id>.<secret>`. The id is constant, the secret changes at each rise of privilege.

use crate::{Cx, Request};
use usher_store::tables::BrowserNow;
use usher_types::{BrowserId, Opaque};

/// A browser as its cookie presents it. Holding one proves nothing: its secret is compared with what is stored.
#[derive(Debug)]
pub struct Browser {
    /// Its id.
    pub id: BrowserId,
    /// SHA-256 of the cookie's secret.
    pub hash: [u8; 32],
    cookie: Opaque,
}

impl Browser {
    /// The browser that a request's cookie presents.
    pub fn of(cx: &Cx, request: &Request) -> Option<Self> {
        let cookie = Opaque::parse(request.cookie(&cookie_name(cx, COOKIE))?).ok()?;
        Some(Self::with(BrowserId::from_bytes(cookie.id()), cookie))
    }

    /// A browser that has no cookie yet.
    pub fn new(cx: &Cx) -> Self {
        Self::with_new_secret(cx, BrowserId::new(cx.now, cx.random()))
    }

    /// The same browser with a new secret.
    #[must_use]
    pub fn renewed(&self, cx: &Cx) -> Self {
        Self::with_new_secret(cx, self.id)
    }

    fn with_new_secret(cx: &Cx, id: BrowserId) -> Self {
        Self::with(id, Opaque::new(*id.as_bytes(), cx.random()))
    }

    fn with(id: BrowserId, cookie: Opaque) -> Self {
        Self { id, hash: usher_crypto::sha256(cookie.secret().expose()), cookie }
    }

    /// Whether this is the browser whose secret has this hash.
    pub fn is(&self, stored_hash: Option<[u8; 32]>) -> bool {
        stored_hash.is_some_and(|hash| usher_crypto::matches(&hash, &self.hash))
    }

    /// What a form of this browser carries against forgery: a MAC of the interaction under the cookie's secret.
    pub fn form_token(&self, interaction: &str) -> String {
        let mac =
            usher_crypto::hmac_sha256(self.cookie.secret().expose(), &[b"form", interaction.as_bytes()]);
        usher_types::opaque::base64url(&mac)
    }

    /// The Set-Cookie value that gives the browser its secret; kept beyond the browser's end where someone asked to be remembered.
    pub fn set_cookie(&self, cx: &Cx, keep_seconds: Option<i64>) -> String {
        let age = keep_seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax{}{age}",
            cookie_name(cx, COOKIE),
            self.cookie.reveal(),
            secure(cx)
        )
    }

    /// The Set-Cookie value that takes the secret away.
    pub fn forget_cookie(cx: &Cx) -> String {
        format!("{}=; Path=/; HttpOnly; SameSite=Lax{}; Max-Age=0", cookie_name(cx, COOKIE), secure(cx))
    }
}

impl Cx {
    /// A browser, as it is read about at this moment.
    pub fn here(&self, browser: Option<&Browser>) -> BrowserNow {
        BrowserNow { pool: self.pool.id, browser: browser.map(|b| b.id), now: self.now }
    }
}

/// What the cookie's name begins with.
const COOKIE: &str = "usher-";

/// `__Host-usher-<pool>` over TLS; on plain loopback without the prefix that browsers would refuse there, and with the port, since
/// cookies do not keep ports apart.
pub(crate) fn cookie_name(cx: &Cx, kind: &str) -> String {
    let url = &cx.pool.address;
    if url.is_https() {
        format!("__Host-{kind}{}", cx.pool.name)
    } else {
        format!("{kind}{}-{}", cx.pool.name, url.port())
    }
}

pub(crate) fn secure(cx: &Cx) -> &'static str {
    if cx.pool.address.is_https() { "; Secure" } else { "" }
}
