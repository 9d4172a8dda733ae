//! Numbers and seals of the audit trail. Rows are written without a number; a chore numbers what is committed, in small steps, and each
//! step leaves or lengthens a seal: the running digest up to its last row, signed. What is signed and how stands in usher-core.

use super::audit::Told;
use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// A seal over the rows from one number to another; or, once they have been removed in their time, the end of what was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The number of its first row.
    pub first_number: i64,
    /// The number of its last row.
    pub last_number: i64,
    /// The running digest up to its last row.
    pub link: [u8; 32],
    /// When its oldest row was written.
    pub oldest_at: Timestamp,
    /// When its newest row was written.
    pub newest_at: Timestamp,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// When its rows were removed.
    pub removed_at: Option<Timestamp>,
    /// Whose signature it bears.
    pub public_key: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A row that waits for its number.
#[derive(Debug, Clone)]
pub struct Unsealed {
    /// Its id, as it is stored.
    pub id: Vec<u8>,
    /// What it tells.
    pub told: Told,
    /// The mark that whoever wrote it left, as it is stored.
    pub mark: Option<Vec<u8>>,
}

/// A row that has a number. Whatever is stored can be read, so that a check can say what is wrong with it.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// Its number.
    pub number: i64,
    /// What it tells.
    pub told: Told,
    /// The mark that whoever wrote it left.
    pub mark: Option<Vec<u8>>,
    /// The running digest up to it.
    pub link: Option<Vec<u8>>,
}

/// What waits for its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many rows.
    pub rows: i64,
    /// When the oldest of them was written.
    pub oldest_at: Option<Timestamp>,
}

/// The position of `at` among the columns that tell.
const AT: usize = 2;

impl Unsealed {
    /// When it was written.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.told.number(AT).unwrap_or(0))
    }
}

impl Numbered {
    /// When it was written.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.told.number(AT).unwrap_or(0))
    }
}

statements! {
    POOLS_THAT_WAIT = "SELECT DISTINCT pool_id FROM audit WHERE number IS NULL";
    WAITING = "SELECT COUNT(*), MIN(at) FROM audit WHERE pool_id = $1 AND number IS NULL";
    UNSEALED = "SELECT pool_id, id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, mark FROM audit
        WHERE pool_id = $1 AND number IS NULL AND id > $2 ORDER BY id LIMIT $3";
    NUMBERED = "SELECT pool_id, id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, mark, number, link
        FROM audit WHERE pool_id = $1 AND number >= $2 ORDER BY number LIMIT $3";
    BEFORE = "SELECT number FROM audit WHERE pool_id = $1 AND number <= $2 ORDER BY number LIMIT 1";
    NEWEST = "SELECT first_number, last_number, link, oldest_at, newest_at, sealed_at, removed_at, public_key, signature FROM audit_seals
        WHERE pool_id = $1 ORDER BY first_number DESC LIMIT 1";
    OLDEST = "SELECT first_number, last_number, link, oldest_at, newest_at, sealed_at, removed_at, public_key, signature FROM audit_seals
        WHERE pool_id = $1 ORDER BY first_number LIMIT 1";
    OLDEST_WITH_ROWS = "SELECT first_number, last_number, link, oldest_at, newest_at, sealed_at, removed_at, public_key, signature
        FROM audit_seals WHERE pool_id = $1 AND removed_at IS NULL ORDER BY first_number LIMIT 1";
    SEALS = "SELECT first_number, last_number, link, oldest_at, newest_at, sealed_at, removed_at, public_key, signature FROM audit_seals
        WHERE pool_id = $1 AND first_number >= $2 ORDER BY first_number LIMIT $3";
    NUMBER = "UPDATE audit SET number = $3, link = $4 WHERE pool_id = $1 AND id = $2 AND number IS NULL";
    BEGIN_SEAL = "INSERT INTO audit_seals
        (pool_id, first_number, last_number, link, oldest_at, newest_at, sealed_at, public_key, signature)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    LENGTHEN_SEAL = "UPDATE audit_seals SET last_number = $3, link = $4, oldest_at = $5, newest_at = $6, sealed_at = $7, public_key = $8,
        signature = $9 WHERE pool_id = $1 AND first_number = $2 AND last_number = $10 AND removed_at IS NULL";
    CLOSE = "UPDATE audit_seals SET removed_at = $4, public_key = $5, signature = $6
        WHERE pool_id = $1 AND first_number = $2 AND last_number = $3 AND removed_at IS NULL";
    REMOVE_ROWS = "DELETE FROM audit WHERE pool_id = $1 AND number >= $2 AND number <= $3";
    FORGET_ENDS = "DELETE FROM audit_seals WHERE pool_id = $1 AND first_number < $2 AND removed_at IS NOT NULL";
}

impl Store {
    /// The pools with rows that wait for their numbers.
    pub async fn pools_with_unsealed_audit(&self) -> Result<Vec<PoolId>, Fault> {
        self.list(POOLS_THAT_WAIT, params![]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// How much of a pool's trail waits for its numbers.
    pub async fn audit_waiting(&self, pool: PoolId) -> Result<Waiting, Fault> {
        let rows = self.list(WAITING, params![pool]).await?;
        let row = rows.first().ok_or_else(|| Fault::bug("a count is a row"))?;
        Ok(Waiting { rows: row.get(0)?, oldest_at: row.get(1)? })
    }

    /// The rows of a pool that wait for their numbers, by their ids, after one; no bytes come before every id.
    pub async fn unsealed_audit(
        &self,
        pool: PoolId,
        after: &[u8],
        limit: u32,
    ) -> Result<Vec<Unsealed>, Fault> {
        let rows = self.list(UNSEALED, params![pool, after, limit]).await?;
        rows.iter()
            .map(|row| Ok(Unsealed { id: row.get(1)?, told: Told::of(row), mark: row.get(12)? }))
            .collect()
    }

    /// The rows of a pool from a number on.
    pub async fn numbered_audit(&self, pool: PoolId, from: i64, limit: u32) -> Result<Vec<Numbered>, Fault> {
        let rows = self.list(NUMBERED, params![pool, from, limit]).await?;
        rows.iter()
            .map(|row| {
                Ok(Numbered {
                    told: Told::of(row),
                    mark: row.get(12)?,
                    number: row.get(13)?,
                    link: row.get(14)?,
                })
            })
            .collect()
    }

    /// The lowest number of a row up to a number, where there is one.
    pub async fn audit_number_up_to(&self, pool: PoolId, number: i64) -> Result<Option<i64>, Fault> {
        self.find(BEFORE, params![pool, number]).await?.map(|row| row.get(0)).transpose()
    }

    /// A pool's newest seal.
    pub async fn newest_audit_seal(&self, pool: PoolId) -> Result<Option<Seal>, Fault> {
        self.find(NEWEST, params![pool]).await?.as_ref().map(seal).transpose()
    }

    /// A pool's oldest seal, which may be the end of what was removed.
    pub async fn oldest_audit_seal(&self, pool: PoolId) -> Result<Option<Seal>, Fault> {
        self.find(OLDEST, params![pool]).await?.as_ref().map(seal).transpose()
    }

    /// A pool's oldest seal whose rows are there.
    pub async fn oldest_audit_seal_with_rows(&self, pool: PoolId) -> Result<Option<Seal>, Fault> {
        self.find(OLDEST_WITH_ROWS, params![pool]).await?.as_ref().map(seal).transpose()
    }

    /// A pool's seals, from one that begins with a number or later.
    pub async fn audit_seals(&self, pool: PoolId, from: i64, limit: u32) -> Result<Vec<Seal>, Fault> {
        self.list(SEALS, params![pool, from, limit]).await?.iter().map(seal).collect()
    }
}

fn seal(row: &Row) -> Result<Seal, Fault> {
    // A digest of another length is none that was sealed; as zeros it fits nothing either.
    let link: Vec<u8> = row.get(2)?;
    Ok(Seal {
        first_number: row.get(0)?,
        last_number: row.get(1)?,
        link: link.try_into().unwrap_or([0; 32]),
        oldest_at: row.get(3)?,
        newest_at: row.get(4)?,
        sealed_at: row.get(5)?,
        removed_at: row.get(6)?,
        public_key: row.get(7)?,
        signature: row.get(8)?,
    })
}

/// Writes.
pub mod write {
    use super::{BEGIN_SEAL, CLOSE, FORGET_ENDS, LENGTHEN_SEAL, NUMBER, REMOVE_ROWS, Seal};
    use crate::{Batch, params};
    use usher_types::PoolId;

    /// Gives a row its number; refused by `guard` where it has one or is gone.
    pub fn number(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        id: &[u8],
        (number, link): (i64, [u8; 32]),
    ) {
        batch.must(guard, NUMBER, params![pool, id, number, link]);
    }

    /// Stores a new seal; refused by `guard` where another begins with the same number.
    pub fn begin(batch: &mut Batch, guard: &'static str, pool: PoolId, seal: Seal) {
        batch.must(
            guard,
            BEGIN_SEAL,
            params![
                pool,
                seal.first_number,
                seal.last_number,
                seal.link,
                seal.oldest_at,
                seal.newest_at,
                seal.sealed_at,
                seal.public_key,
                seal.signature
            ],
        );
    }

    /// Lengthens a seal that ends with a number; refused by `guard` where it does not any more.
    pub fn lengthen(batch: &mut Batch, guard: &'static str, pool: PoolId, (ends, seal): (i64, Seal)) {
        batch.must(
            guard,
            LENGTHEN_SEAL,
            params![
                pool,
                seal.first_number,
                seal.last_number,
                seal.link,
                seal.oldest_at,
                seal.newest_at,
                seal.sealed_at,
                seal.public_key,
                seal.signature,
                ends
            ],
        );
    }

    /// Removes the rows of a seal, which is from then on the end of what was removed, in place of the one before; refused by `guard`
    /// where it has changed.
    pub fn remove(batch: &mut Batch, guard: &'static str, pool: PoolId, seal: Seal) {
        let (first, last) = (seal.first_number, seal.last_number);
        batch.must(
            guard,
            CLOSE,
            params![pool, first, last, seal.removed_at, seal.public_key, seal.signature],
        );
        batch.then(REMOVE_ROWS, params![pool, first, last]);
        batch.then(FORGET_ENDS, params![pool, first]);
    }
}
