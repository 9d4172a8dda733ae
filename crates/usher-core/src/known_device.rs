//! The cookie of a device on which somebody signed in before: `<device id>.<secret>`, and after the newest secret those from before. It proves nothing about who sits there. A wrong
//! password that comes with it is counted apart from everybody else's, so that whoever guesses at a person elsewhere keeps nobody from
//! signing in who has done so here before.

use crate::browser::{cookie_name, secure};
use crate::{Cx, Request};
use std::iter;
use usher_store::Batch;
use usher_store::tables::{Acquaintance, SeenDevice, write};
use usher_types::opaque::base64url;
use usher_types::{DeviceId, Opaque, UserId, limits};

/// What the cookie's name begins with. No pool's name has the low line, so that no pool's cookie has this name.
const COOKIE: &str = "usher-device_";

/// A device as its cookie presents it, which proves nothing until its secrets are compared.
#[derive(Debug)]
pub struct KnownDevice {
    /// Its id.
    pub id: DeviceId,
    newest: Opaque,
    /// Its secrets from before, the later ones first: of people who have not signed in since somebody new did.
    former: Vec<Opaque>,
}

impl KnownDevice {
    /// The device that a request's cookie presents.
    pub fn of(cx: &Cx, request: &Request) -> Option<Self> {
        Self::parse(request.cookie(&cookie_name(cx, COOKIE))?)
    }

    /// Reads the cookie's value.
    fn parse(value: &str) -> Option<Self> {
        let (id, secrets) = value.split_once('.')?;
        let mut secrets = secrets.split('.').map(|secret| Opaque::parse(&format!("{id}.{secret}")).ok());
        let newest = secrets.next()??;
        let former: Vec<Opaque> = secrets.take(limits::SECRETS_PER_DEVICE).collect::<Option<_>>()?;
        (former.len() < limits::SECRETS_PER_DEVICE).then_some(Self {
            id: DeviceId::from_bytes(newest.id()),
            newest,
            former,
        })
    }

    /// A device that nobody has signed in on.
    pub(crate) fn new(cx: &Cx) -> Self {
        let id = DeviceId::new(cx.now, cx.random());
        Self { id, newest: Opaque::new(*id.as_bytes(), cx.random()), former: Vec::new() }
    }

    /// The same device with one more secret, for somebody who was not known on it: who kept the cookie from before is on no device that
    /// is known for them. For all others it stays what it was: whoever signs in with a copy of the cookie takes nothing from its owner.
    pub(crate) fn renewed(self, cx: &Cx) -> Self {
        let Self { id, newest, former } = self;
        let former = iter::once(newest).chain(former).take(limits::SECRETS_PER_DEVICE - 1).collect();
        Self { id, newest: Opaque::new(*id.as_bytes(), cx.random()), former }
    }

    /// Whether a person is known on it.
    pub(crate) fn is(&self, stored: &Acquaintance) -> bool {
        iter::once(&self.newest)
            .chain(&self.former)
            .any(|secret| usher_crypto::matches(&stored.secret_hash, &hash(secret)))
    }

    /// The cookie's value.
    fn reveal(&self) -> String {
        self.former
            .iter()
            .map(|s| base64url(s.secret().expose()))
            .fold(self.newest.reveal(), |value, secret| value + "." + &secret)
    }

    /// Adds to a batch that a person signed in on it just now.
    pub(crate) fn remember(&self, cx: &Cx, batch: &mut Batch, user_id: UserId) {
        let expires_at = cx.now.plus(limits::KNOWN_DEVICE);
        let seen = SeenDevice { id: self.id, user_id, secret_hash: hash(&self.newest), expires_at };
        write::known_device::remember(batch, cx.pool.id, &seen, cx.now);
    }

    /// The Set-Cookie value that lets the browser show it again.
    pub fn set_cookie(&self, cx: &Cx) -> String {
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax{}; Max-Age={}",
            cookie_name(cx, COOKIE),
            self.reveal(),
            secure(cx),
            limits::KNOWN_DEVICE.as_seconds()
        )
    }
}

fn hash(secret: &Opaque) -> [u8; 32] {
    usher_crypto::sha256(secret.secret().expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back_with_as_many_secrets_as_a_device_has_and_no_more() {
        let secret = |n: usize| base64url(&[u8::try_from(n).unwrap(); 32]);
        let value = |n: usize| (0..n).fold(base64url(&[7; 16]), |value, n| value + "." + &secret(n));
        for n in 1..=limits::SECRETS_PER_DEVICE {
            let device = KnownDevice::parse(&value(n)).unwrap();
            assert_eq!((device.id, device.reveal()), (DeviceId::from_bytes([7; 16]), value(n)));
            for known in 0..n {
                let stored = Acquaintance {
                    secret_hash: usher_crypto::sha256(&[u8::try_from(known).unwrap(); 32]),
                    failures: 0,
                    expires_at: usher_types::Timestamp::from_millis(0),
                };
                assert!(device.is(&stored), "{known} of {n}");
                assert!(!KnownDevice::parse(&value(known.max(1))).unwrap().is(&stored) || known == 0);
            }
        }
        let most = value(limits::SECRETS_PER_DEVICE);
        for wrong in [
            "",
            ".",
            &value(0),
            &value(limits::SECRETS_PER_DEVICE + 1),
            &format!("{most}."),
            &format!("{}.x", value(2)),
        ] {
            assert!(KnownDevice::parse(wrong).is_none(), "{wrong}");
        }
    }
}
