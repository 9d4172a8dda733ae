//! Password hashes: Argon2id (RFC 9106), written as PHC strings, at the cost that OWASP recommends. Where and when hashes are
//! computed, and for whom, is left to the core; which passwords are good enough, too.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use usher_types::{Random, limits};

/// What a hash costs whoever computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes; they could run side by side, here they run one after another.
    pub lanes: u32,
}

impl PasswordCost {
    /// What new hashes cost today.
    pub const TODAY: Self = Self { memory_kib: 19_456, iterations: 2, lanes: 1 };

    /// More than this is refused before anything is computed, wherever the hash came from.
    const MOST: Self = Self { memory_kib: 1024 * 1024, iterations: 64, lanes: 64 };

    fn is_bearable(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib
            && self.iterations <= Self::MOST.iterations
            && self.lanes <= Self::MOST.lanes
    }

    fn of(params: &Params) -> Self {
        Self { memory_kib: params.m_cost(), iterations: params.t_cost(), lanes: params.p_cost() }
    }
}

/// Bytes of a new salt.
const SALT_BYTES: usize = 16;
/// Bytes of a new hash.
const HASH_BYTES: usize = 32;

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing, or more than [`limits::PASSWORD_BYTES`].
    #[error("a password has 1 to {} bytes", limits::PASSWORD_BYTES)]
    Length,
    /// Argon2 does not know such parameters, or they are beyond bearing.
    #[error("this cost is not possible")]
    Cost,
    /// The memory that the cost asks for is not there.
    #[error("not enough memory to hash a password")]
    Memory,
}

/// Hashes a password with a salt of its own; the PHC string is what to store.
pub fn hash(password: &[u8], cost: PasswordCost, random: &dyn Random) -> Result<String, PasswordError> {
    Hasher::new().hash(password, cost, random)
}

/// Whether a password is the one of a stored hash.
pub fn verify(password: &[u8], phc: &str) -> bool {
    Hasher::new().verify(password, phc)
}

/// A hash of today's cost that is no password's, to be checked where there is no account: the answer takes as long.
pub const fn dummy_hash() -> &'static str {
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
}

/// Whether a stored hash is weaker than today's, or of another kind. One that costs more is left as it is.
pub fn needs_rehash(phc: &str) -> bool {
    let Some(stored) = Stored::parse(phc) else { return true };
    let cost = PasswordCost::of(&stored.params);
    let today = PasswordCost::TODAY;
    stored.version != Version::V0x13
        || cost.memory_kib < today.memory_kib
        || cost.iterations < today.iterations
        || stored.salt.len() < SALT_BYTES
        || stored.hash.len() < HASH_BYTES
}

/// Blocks of 1 KiB that are reserved at least. glibc maps what is larger than 32 MiB by itself and gives it back when it is freed;
/// smaller blocks it keeps, once a few were freed. Only what is used is ever touched.
const RESERVED: usize = 33 * 1024;

/// Hashes one password after another in the same memory. One per thread: asking the system for 19 MiB each time costs more than
/// keeping them.
#[derive(Default)]
pub struct Hasher {
    memory: Vec<Block>,
}

impl Hasher {
    /// One that has no memory yet; the first hash takes it.
    pub const fn new() -> Self {
        Self { memory: Vec::new() }
    }

    /// As [`hash`].
    pub fn hash(
        &mut self,
        password: &[u8],
        cost: PasswordCost,
        random: &dyn Random,
    ) -> Result<String, PasswordError> {
        if !is_a_password(password) {
            return Err(PasswordError::Length);
        }
        let params = Params::new(cost.memory_kib, cost.iterations, cost.lanes, Some(HASH_BYTES));
        let params = params.ok().filter(|_| cost.is_bearable()).ok_or(PasswordError::Cost)?;
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt);
        let mut output = [0; HASH_BYTES];
        self.fill(password, &salt, params.clone(), Version::V0x13, &mut output)?;
        let written = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(params).map_err(|_| PasswordError::Cost)?,
            salt: Some(Salt::new(&salt).map_err(|_| PasswordError::Cost)?),
            hash: Some(Output::new(&output).map_err(|_| PasswordError::Cost)?),
        };
        Ok(written.to_string())
    }

    /// As [`verify`]. What is no Argon2id hash, or an unbearably expensive one, is no password's.
    pub fn verify(&mut self, password: &[u8], phc: &str) -> bool {
        let Some(stored) = Stored::parse(phc).filter(|_| is_a_password(password)) else { return false };
        let mut output = vec![0; stored.hash.len()];
        let done = self.fill(password, &stored.salt, stored.params, stored.version, &mut output);
        done.is_ok() && crate::matches(&output, stored.hash.as_bytes())
    }

    /// Computes a hash in the kept memory, which grows where the cost asks for more and shrinks to today's cost afterwards.
    fn fill(
        &mut self,
        password: &[u8],
        salt: &[u8],
        params: Params,
        version: Version,
        output: &mut [u8],
    ) -> Result<(), PasswordError> {
        let blocks = params.block_count();
        let missing = blocks.saturating_sub(self.memory.len());
        let wanted = missing.max(RESERVED.saturating_sub(self.memory.len()));
        self.memory.try_reserve_exact(wanted).map_err(|_| PasswordError::Memory)?;
        self.memory.resize(self.memory.len() + missing, Block::new());
        let memory = self.memory.get_mut(..blocks).ok_or(PasswordError::Memory)?;
        let done = Argon2::new(Algorithm::Argon2id, version, params)
            .hash_password_into_with_memory(password, salt, output, memory);
        let kept = usize::try_from(PasswordCost::TODAY.memory_kib).unwrap_or(usize::MAX);
        if self.memory.len() > kept {
            self.memory.truncate(kept);
            self.memory.shrink_to(RESERVED);
        }
        done.map_err(|_| PasswordError::Cost)
    }
}

/// A PHC string, read and found bearable.
struct Stored {
    params: Params,
    version: Version,
    salt: Salt,
    hash: Output,
}

impl Stored {
    fn parse(phc: &str) -> Option<Self> {
        let read = PasswordHash::new(phc).ok().filter(|read| read.algorithm == ARGON2ID_IDENT)?;
        let params = Params::try_from(&read).ok()?;
        // The reference implementation wrote no version before 1.3, that is 0x13.
        let version = read.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
        PasswordCost::of(&params).is_bearable().then_some(())?;
        Some(Self { params, version, salt: read.salt?, hash: read.hash? })
    }
}

fn is_a_password(password: &[u8]) -> bool {
    (1..=limits::PASSWORD_BYTES).contains(&password.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, iterations: 1, lanes: 1 };

    #[test]
    fn a_password_matches_its_own_hash_and_no_other_does() {
        let mut hasher = Hasher::new();
        let stored = hasher.hash(b"correct horse battery", PasswordCost::TODAY, &SystemRandom).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            hasher.verify(b"correct horse battery", &stored) && verify(b"correct horse battery", &stored)
        );
        for wrong in [b"".as_slice(), b"correct horse batterz", b"correct horse battery ", &[0; 1025]] {
            assert!(!hasher.verify(wrong, &stored));
        }
        assert!(!needs_rehash(&stored));
    }

    #[test]
    fn the_reference_implementations_hashes_are_understood() {
        // From the test of the reference implementation (phc-winner-argon2, src/test.c): version, memory and lanes vary.
        let others = [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ];
        let mut hasher = Hasher::new();
        for other in others {
            assert!(hasher.verify(b"password", other) && !hasher.verify(b"Password", other), "{other}");
            assert!(needs_rehash(other));
        }
        assert!(hasher.memory.len() <= 19_456, "an expensive hash does not keep its memory");
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hash(b"password", CHEAP, &SystemRandom), hash(b"password", CHEAP, &SystemRandom));
    }

    #[test]
    fn memory_that_was_used_before_changes_nothing() {
        let (mut used, mut fresh) = (Hasher::new(), Hasher::new());
        let dear = PasswordCost { memory_kib: 256, iterations: 2, lanes: 2 };
        let _ = used.hash(b"another", dear, &SystemRandom).unwrap();
        let stored = used.hash(b"password", CHEAP, &SystemRandom).unwrap();
        assert!(fresh.verify(b"password", &stored) && used.verify(b"password", &stored));
    }

    #[test]
    fn the_dummy_costs_what_a_hash_costs_today_and_is_nobodys() {
        let stored = Stored::parse(dummy_hash()).unwrap();
        assert_eq!(PasswordCost::of(&stored.params), PasswordCost::TODAY);
        assert_eq!((stored.salt.len(), stored.hash.len()), (SALT_BYTES, HASH_BYTES));
        assert!(!needs_rehash(dummy_hash()));
        assert!(!verify(b"password", dummy_hash()));
    }

    #[test]
    fn unbearable_and_malformed_hashes_are_nobodys_and_cost_nothing() {
        let tail = "$c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let mut hasher = Hasher::new();
        for head in [
            "$argon2id$v=19$m=1048577,t=1,p=1",
            "$argon2id$v=19$m=4294967295,t=1,p=1",
            "$argon2id$v=19$m=64,t=65,p=1",
            "$argon2id$v=19$m=64,t=4294967295,p=1",
            "$argon2id$v=19$m=65536,t=1,p=65",
            "$argon2id$v=19$m=64,t=0,p=1",
            "$argon2id$v=19$m=64,t=1,p=0",
            "$argon2id$v=19$m=4,t=1,p=1",
            "$argon2id$v=20$m=64,t=1,p=1",
            "$argon2i$v=19$m=64,t=1,p=1",
            "$argon2d$v=19$m=64,t=1,p=1",
            "$scrypt$ln=16,r=8,p=1",
            "$argon2id$v=19$m=64,t=1,p=1,x=1",
            "",
            "x",
            "$",
        ] {
            let phc = format!("{head}{tail}");
            assert!(!hasher.verify(b"password", &phc), "{phc}");
            assert!(needs_rehash(&phc), "{phc}");
        }
        for phc in [
            "",
            "$argon2id",
            "$argon2id$v=19$m=64,t=1,p=1",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "password",
        ] {
            assert!(!hasher.verify(b"password", phc), "{phc}");
        }
        assert!(hasher.memory.is_empty());
    }

    #[test]
    fn what_cannot_be_hashed_is_said() {
        for password in [b"".as_slice(), &[b'x'; limits::PASSWORD_BYTES + 1]] {
            assert_eq!(hash(password, CHEAP, &SystemRandom), Err(PasswordError::Length));
        }
        for cost in [
            PasswordCost { memory_kib: 0, ..CHEAP },
            PasswordCost { iterations: 0, ..CHEAP },
            PasswordCost { lanes: 0, ..CHEAP },
            PasswordCost { memory_kib: 1024 * 1024 + 1, ..CHEAP },
            PasswordCost { iterations: 65, ..CHEAP },
        ] {
            assert_eq!(hash(b"password", cost, &SystemRandom), Err(PasswordError::Cost));
        }
    }
}
