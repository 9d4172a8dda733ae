//! The cookie of a device on which somebody signed in before: `<device id>.<secret>`. It proves nothing about who sits there. A wrong
//! password that comes with it is counted apart from everybody else's, so that whoever guesses at a person elsewhere keeps nobody from
//! signing in who has done so here before.

use crate::browser::{cookie_name, secure};
use crate::{Cx, Request};
use usher_store::Batch;
use usher_store::tables::{DeviceState, SeenDevice, write};
use usher_types::{DeviceId, Opaque, UserId, limits};

/// What the cookie's name begins with. No pool's name has the low line, so that no pool's cookie has this name.
const COOKIE: &str = "usher-device_";

/// A device as its cookie presents it, which proves nothing until its secret is compared.
#[derive(Debug)]
pub struct KnownDevice {
    /// Its id.
    pub id: DeviceId,
    hash: [u8; 32],
    cookie: Opaque,
    /// Whether its secret is new, though others are known on it.
    is_renewed: bool,
}

impl KnownDevice {
    /// The device that a request's cookie presents.
    pub fn of(cx: &Cx, request: &Request) -> Option<Self> {
        let cookie = Opaque::parse(request.cookie(&cookie_name(cx, COOKIE))?).ok()?;
        Some(Self::with(DeviceId::from_bytes(cookie.id()), cookie))
    }

    /// A device that nobody has signed in on.
    pub(crate) fn new(cx: &Cx) -> Self {
        let id = DeviceId::new(cx.now, cx.random());
        Self::with(id, Opaque::new(*id.as_bytes(), cx.random()))
    }

    fn with(id: DeviceId, cookie: Opaque) -> Self {
        Self { id, hash: usher_crypto::sha256(cookie.secret().expose()), cookie, is_renewed: false }
    }

    /// The same device with another secret, for somebody who was not known on it: who kept the cookie from before is on no device that is
    /// known for them.
    pub(crate) fn renewed(&self, cx: &Cx) -> Self {
        let cookie = Opaque::new(*self.id.as_bytes(), cx.random());
        Self { is_renewed: true, ..Self::with(self.id, cookie) }
    }

    /// Whether this is the device whose state was read.
    pub(crate) fn is(&self, stored: &DeviceState) -> bool {
        stored.secret_hash.is_some_and(|hash| usher_crypto::matches(&hash, &self.hash))
    }

    /// Adds to a batch that a person signed in on it just now.
    pub(crate) fn remember(&self, cx: &Cx, batch: &mut Batch, user_id: UserId) {
        if self.is_renewed {
            write::known_device::renew(batch, cx.pool.id, self.id, &self.hash);
        }
        let expires_at = cx.now.plus(limits::KNOWN_DEVICE);
        let seen = SeenDevice { id: self.id, user_id, secret_hash: self.hash, expires_at };
        write::known_device::remember(batch, cx.pool.id, &seen, cx.now);
    }

    /// The Set-Cookie value that lets the browser show it again.
    pub fn set_cookie(&self, cx: &Cx) -> String {
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax{}; Max-Age={}",
            cookie_name(cx, COOKIE),
            self.cookie.reveal(),
            secure(cx),
            limits::KNOWN_DEVICE.as_seconds()
        )
    }
}
