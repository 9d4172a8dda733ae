//! Sealing at rest: what is stored but must be read again (signing keys, secrets for HS256, data keys) is encrypted under a master key
//! with AES-256-GCM (NIST SP 800-38D), bound to a context that says what it is and whose.
//!
//! A sealed value is a version byte, 2; the id of the master key, 4 bytes; a random nonce of 12 bytes; the ciphertext and a tag of 16 bytes.
//! Version 1 had no id and is opened still, by whichever key fits. Each context has a key of its own, derived by HKDF-SHA256 (RFC 5869), and
//! the context is authenticated too. Where master keys are kept is left to the program.

use crate::unfailing;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use usher_types::{Random, Secret};
use zeroize::Zeroizing;

/// Bytes of a master key and of every key derived from it.
pub const KEY_BYTES: usize = 32;
/// Bytes of what tells by which key a value was sealed: the version, and the key's id.
pub const MARK_BYTES: usize = 1 + ID_BYTES;
/// Bytes of a key's id.
const ID_BYTES: usize = 4;

/// The first byte of a value that names its key, and of one that does not.
const VERSION: u8 = 2;
const WITHOUT_ID: u8 = 1;

/// What keys for sealing are derived for; the others have their own, so that no label can name a sealing key.
const FOR_SEALING: &[u8] = b"usher seal 1\0";
const FOR_DERIVING: &[u8] = b"usher derive 1\0";
const FOR_NAMING: &[u8] = b"usher name 1\0";

/// Why a key or a sealed value cannot be used. Says nothing about which part was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A master key has exactly [`KEY_BYTES`].
    #[error("a master key has {KEY_BYTES} bytes")]
    KeyLength,
    /// Sealed under another master key or context, changed, cut, or by a later version of this program.
    #[error("this was sealed under another key or for another purpose, or it was changed")]
    Unreadable,
}

/// One master key. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct RawKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    id: KeyId,
}

/// What a key is called: derived from it, and telling nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; ID_BYTES]);

/// The key of keys: the one that seals, and others, which open what they sealed. They can change while the server runs.
pub struct MasterKey {
    ring: RwLock<Arc<[RawKey]>>,
    /// Keys that were taken away while the process ran. They open what was read before its value was sealed anew.
    former: RwLock<Vec<RawKey>>,
    source: Option<KeySource>,
}

/// Where a running server reads its master keys again; the error is a sentence without them.
pub type KeySource = Box<dyn Fn() -> Result<Vec<RawKey>, String> + Send + Sync>;

impl RawKey {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random.fill(bytes.as_mut_slice());
        Self::named(bytes)
    }

    /// The one with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| SealError::KeyLength)?;
        Ok(Self::named(Zeroizing::new(bytes)))
    }

    fn named(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let name = expand(&bytes, FOR_NAMING, "");
        let mut id = [0; ID_BYTES];
        id.iter_mut().zip(name.iter()).for_each(|(to, from)| *to = *from);
        Self { bytes, id: KeyId(id) }
    }

    /// The bytes themselves, to be written to where the master key is kept and nowhere else.
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// What it is called.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    fn cipher(&self, context: &str) -> LessSafeKey {
        let key = expand(&self.bytes, FOR_SEALING, context);
        LessSafeKey::new(unfailing(UnboundKey::new(&AES_256_GCM, key.as_slice())))
    }

    /// Opens a value that this key sealed for a context. Of values that name their key it looks at its own only.
    fn open(&self, context: &str, sealed: &[u8]) -> Option<Secret> {
        let rest = sealed.strip_prefix(&self.id.mark()).or_else(|| sealed.strip_prefix(&[WITHOUT_ID]))?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
        let (nonce, context_too) = (Nonce::assume_unique_for_key(*nonce), Aad::from(context.as_bytes()));
        let mut plain = body.to_vec();
        let length = self.cipher(context).open_in_place(nonce, context_too, &mut plain).ok()?.len();
        plain.truncate(length);
        Some(Secret::new(plain))
    }
}

impl KeyId {
    /// What begins each value that this key sealed.
    pub fn mark(self) -> [u8; MARK_BYTES] {
        let mut mark = [VERSION; MARK_BYTES];
        mark.iter_mut().skip(1).zip(self.0).for_each(|(to, from)| *to = from);
        mark
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl MasterKey {
    /// A new one, alone.
    pub fn generate(random: &dyn Random) -> Self {
        Self::from(RawKey::generate(random))
    }

    /// The one with these bytes, alone.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        RawKey::from_bytes(bytes).map(Self::from)
    }

    /// Several, of which the first seals; and where they are read again.
    pub fn of(keys: Vec<RawKey>, source: Option<KeySource>) -> Self {
        Self { ring: RwLock::new(keys.into()), former: RwLock::default(), source }
    }

    /// The keys, the one that seals first.
    pub fn keys(&self) -> Arc<[RawKey]> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Their names in the same order.
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().iter().map(RawKey::id).collect()
    }

    /// Goes on with these keys. Those that go away still open what this process has read already, and nothing counts them.
    pub fn replace(&self, keys: Vec<RawKey>) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let mut former = self.former.write().unwrap_or_else(PoisonError::into_inner);
        former.extend(ring.iter().filter(|key| keys.iter().all(|kept| kept.id() != key.id())).cloned());
        *ring = keys.into();
    }

    /// What the first key that opens a value gives.
    fn first_of<T>(&self, of: impl Fn(&RawKey) -> Option<T>) -> Result<T, SealError> {
        let former = || self.former.read().unwrap_or_else(PoisonError::into_inner).iter().find_map(&of);
        self.keys().iter().find_map(&of).or_else(former).ok_or(SealError::Unreadable)
    }

    /// The keys as they are kept now; those at hand where they cannot change.
    pub fn read_again(&self) -> Result<Vec<RawKey>, String> {
        self.source.as_ref().map_or_else(|| Ok(self.keys().to_vec()), |source| source())
    }

    /// A key for one purpose, named by its label, of the master key that sealed a value: the same every time, and telling nothing about
    /// the others.
    pub fn derive_as(&self, context: &str, sealed: &[u8], label: &str) -> Result<[u8; KEY_BYTES], SealError> {
        self.first_of(|key| key.open(context, sealed).map(|_| *expand(&key.bytes, FOR_DERIVING, label)))
    }

    /// Encrypts for a context; only [`Self::open`] with the same context reads it again.
    pub fn seal(&self, context: &str, plain: &[u8], random: &dyn Random) -> Vec<u8> {
        let keys = self.keys();
        let key = unfailing(keys.first().ok_or("a master key"));
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let head = MARK_BYTES + NONCE_LEN;
        let mut sealed = Vec::with_capacity(head + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&key.id.mark());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, body) = sealed.split_at_mut(head);
        let (nonce, context_too) = (Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()));
        let tag = unfailing(key.cipher(context).seal_in_place_separate_tag(nonce, context_too, body));
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Decrypts what was sealed for this context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Secret, SealError> {
        self.first_of(|key| key.open(context, sealed))
    }

    /// Whether a value is sealed by the key that seals now.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        self.keys().first().is_some_and(|key| sealed.starts_with(&key.id.mark()))
    }
}

/// HKDF-SHA256 (RFC 5869) with a key as input and the purpose and name as info.
fn expand(key: &[u8; KEY_BYTES], purpose: &[u8], name: &str) -> Zeroizing<[u8; KEY_BYTES]> {
    let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(key);
    let info = [purpose, name.as_bytes()];
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    unfailing(
        pseudorandom.expand(&info, hkdf::HKDF_SHA256).and_then(|output| output.fill(key.as_mut_slice())),
    );
    key
}

impl From<RawKey> for MasterKey {
    fn from(key: RawKey) -> Self {
        Self::of(vec![key], None)
    }
}

impl fmt::Debug for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawKey({})", self.id)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    fn key() -> MasterKey {
        MasterKey::from_bytes(&[7; KEY_BYTES]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_context() {
        for plain in [b"".as_slice(), b"a secret", &[0; 5000]] {
            let sealed = key().seal("client secret", plain, &SystemRandom);
            assert_eq!(sealed.len(), MARK_BYTES + NONCE_LEN + plain.len() + 16);
            assert_eq!(key().open("client secret", &sealed).unwrap().expose(), plain);
        }
    }

    #[test]
    fn it_opens_for_no_other_context_or_key() {
        let sealed = key().seal("client secret", b"a secret", &SystemRandom);
        for context in ["", "client secre", "client secret ", "Client secret", "signing key"] {
            assert_eq!(key().open(context, &sealed).unwrap_err(), SealError::Unreadable, "{context}");
        }
        assert!(MasterKey::generate(&SystemRandom).open("client secret", &sealed).is_err());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let sealed = key().seal("x", b"a secret", &SystemRandom);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key().open("x", &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key().open("x", &sealed[..length]).is_err(), "{length} bytes");
        }
        assert!(key().open("x", &[sealed.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        assert_ne!(key().seal("x", b"a secret", &SystemRandom), key().seal("x", b"a secret", &SystemRandom));
    }

    #[test]
    fn a_value_names_the_key_that_sealed_it_and_others_do_not_try() {
        let (old, new) = (raw(7), raw(8));
        let before = key().seal("x", b"a secret", &SystemRandom);
        assert!(before.starts_with(&old.id().mark()) && !before.starts_with(&new.id().mark()));
        let both = MasterKey::of(vec![new.clone(), old.clone()], None);
        let after = both.seal("x", b"a secret", &SystemRandom);
        assert!(both.is_current(&after) && !both.is_current(&before));
        for sealed in [&before, &after] {
            assert_eq!(both.open("x", sealed).unwrap().expose(), b"a secret");
        }
        assert!(key().open("x", &after).is_err());
        let alone = MasterKey::from(new);
        assert!(alone.open("x", &before).is_err() && alone.open("x", &after).is_ok());
    }

    #[test]
    fn a_key_that_went_away_opens_what_was_read_before_and_seals_nothing() {
        let master = MasterKey::of(vec![raw(1)], None);
        let before = master.seal("x", b"plain", &SystemRandom);
        master.replace(vec![raw(2)]);
        assert_eq!(master.open("x", &before).unwrap().expose(), b"plain");
        assert!(!master.is_current(&before) && master.ids() == [raw(2).id()]);
        assert!(MasterKey::of(master.keys().to_vec(), None).open("x", &before).is_err());
    }

    #[test]
    fn a_value_of_the_first_version_is_opened_by_whichever_key_fits() {
        let sealed = unnamed(&raw(7), "x", b"a secret");
        let both = MasterKey::of(vec![raw(8), raw(7)], None);
        assert_eq!(both.open("x", &sealed).unwrap().expose(), b"a secret");
        assert!(!both.is_current(&sealed) && both.open("y", &sealed).is_err());
        assert!(MasterKey::from(raw(8)).open("x", &sealed).is_err());
        assert_eq!(both.derive_as("x", &sealed, "l"), key().derive_as("x", &sealed, "l"));
    }

    /// A value as version 1 sealed it.
    fn unnamed(key: &RawKey, context: &str, plain: &[u8]) -> Vec<u8> {
        let named = MasterKey::from(key.clone()).seal(context, plain, &SystemRandom);
        [&[WITHOUT_ID], &named[MARK_BYTES..]].concat()
    }

    fn raw(byte: u8) -> RawKey {
        RawKey::from_bytes(&[byte; KEY_BYTES]).unwrap()
    }

    #[test]
    fn derived_keys_are_stable_and_differ_by_label_and_master() {
        let derived = |byte, label| *expand(&[byte; KEY_BYTES], FOR_DERIVING, label);
        assert_eq!(derived(7, "refresh tokens"), derived(7, "refresh tokens"));
        assert_ne!(derived(7, "refresh tokens"), derived(7, "refresh token"));
        assert_ne!(derived(7, "x"), derived(8, "x"));
        assert_ne!(derived(7, "x"), *expand(&[7; KEY_BYTES], FOR_SEALING, "x"));
        assert_ne!(derived(7, ""), *expand(&[7; KEY_BYTES], FOR_NAMING, ""));
        // Computed by hand (RFC 5869): installations from before data keys go on with it.
        let hex = derived(7, "refresh tokens").map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(hex, "69ee6394dcedd9db24a58d6550f59bc4b76dbaf5035371480f8b939ae05cc1b9");
    }

    #[test]
    fn a_master_key_has_32_bytes_and_is_not_shown() {
        for length in [0, 16, 31, 33, 64] {
            assert_eq!(MasterKey::from_bytes(&vec![1; length]).unwrap_err(), SealError::KeyLength);
        }
        assert_eq!(format!("{:?}", key()), "MasterKey(…)");
        assert_eq!(format!("{:?}", raw(7)).len(), "RawKey(01234567)".len());
        let made = || *RawKey::generate(&SystemRandom).as_bytes();
        assert_ne!(made(), made());
    }
}
