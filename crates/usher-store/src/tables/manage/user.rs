//! People by id, by the beginning of a login name and in pages, and the end of an account.

use crate::tables::{UserRow, statements, user};
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp, UserId};

/// A person with what only management shows.
#[derive(Debug, Clone)]
pub struct UserRecord {
    /// The person.
    pub user: UserRow,
    /// Birth of the account.
    pub created_at: Timestamp,
    /// Its last change.
    pub updated_at: Timestamp,
}

statements! {
    PAGE = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version, u.created_at, u.updated_at
        FROM users u WHERE u.pool_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $3";
    FIND = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version, u.created_at, u.updated_at
        FROM users u WHERE u.pool_id = $1 AND u.id = $2";
    SEARCH = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version, u.created_at, u.updated_at, i.identifier_key
        FROM identifiers i JOIN users u ON u.pool_id = $1 AND u.id = i.user_id
        WHERE i.pool_id = $1 AND i.identifier_key >= $2 AND i.identifier_key > $3 AND i.identifier_key < $4
        ORDER BY i.identifier_key LIMIT $5";
    DELETE = "DELETE FROM users WHERE pool_id = $1 AND id = $2 AND version = $3";
    DELETE_CONSENTS = "DELETE FROM consents WHERE pool_id = $1 AND user_id = $2";
}

fn read(row: &Row) -> Result<UserRecord, Fault> {
    let user = user::read(row)?.ok_or_else(|| Fault::bug("a person without an id"))?;
    Ok(UserRecord { user, created_at: row.get(6)?, updated_at: row.get(7)? })
}

impl Store {
    /// People in the order of their births, from the one after `after` on.
    pub async fn user_page(
        &self,
        pool: PoolId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserRecord>, Fault> {
        let after = after.unwrap_or(UserId::from_bytes([0; 16]));
        self.list(PAGE, params![pool, after, limit]).await?.iter().map(read).collect()
    }

    /// The person with an id.
    pub async fn user_record(&self, pool: PoolId, id: UserId) -> Result<Option<UserRecord>, Fault> {
        self.find(FIND, params![pool, id]).await?.as_ref().map(read).transpose()
    }

    /// People with a login name that begins so, each with that name in its folded form, from the name after `after` on. Somebody with two
    /// such names is there twice.
    pub async fn search_users(
        &self,
        pool: PoolId,
        beginning: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, UserRecord)>, Fault> {
        let beyond = format!("{beginning}{}", char::MAX);
        let rows = self.list(SEARCH, params![pool, beginning, after, beyond, limit]).await?;
        rows.iter().map(|row| Ok((row.get(8)?, read(row)?))).collect()
    }
}

/// Writes.
pub mod write {
    use super::{DELETE, DELETE_CONSENTS};
    use crate::{Batch, params};
    use usher_types::{PoolId, UserId};

    /// Removes a person if their version is still the one that was read, else refused by `guard`; and what they consented to.
    pub fn delete(batch: &mut Batch, guard: &'static str, pool: PoolId, id: UserId, version: i64) {
        batch.must(guard, DELETE, params![pool, id, version]);
        batch.then(DELETE_CONSENTS, params![pool, id]);
    }
}
