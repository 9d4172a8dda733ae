//! People and the names they sign in with. A login name is unique in its pool whatever its kind, so that nobody's user name is
//! somebody else's e-mail address.

use super::{Acquaintance, Throttle, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{DeviceId, PoolId, UserId};

/// A person as stored.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// The `sub` of their tokens.
    pub id: UserId,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Their password's hash in PHC form.
    pub password_hash: Option<String>,
    /// Whether they have to choose another password before anything else.
    pub must_change_password: bool,
    /// Their claims, JSON.
    pub profile: String,
    /// Rises with each change.
    pub version: i64,
}

/// What the configuration said of a person when it was applied last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The folded login name by which it names them.
    pub named: String,
    /// A digest of what it said.
    pub digest: [u8; 32],
}

/// What a try to sign in is decided on. The same statement runs whether the name is known or not.
#[derive(Debug, Clone)]
pub struct LoginRow {
    /// The person with this login name.
    pub user: Option<UserRow>,
    /// What kind of name it is: `username`, `email` or `phone`.
    pub kind: Option<String>,
    /// Wrong tries for this login name, whoever's it is.
    pub by_name: Option<Throttle>,
    /// Wrong tries for this person, by whichever of their names.
    pub by_person: Option<Throttle>,
    /// Wrong tries from this network.
    pub by_source: Option<Throttle>,
    /// Wrong passwords of this person since the last right one.
    pub in_a_row: i64,
    /// How the person is known on the device that it comes from; as its cookie says, which proves nothing until its secret is compared.
    pub acquaintance: Option<Acquaintance>,
}

impl LoginRow {
    /// What is left where the name is nobody's.
    #[must_use]
    pub fn of_nobody(self) -> Self {
        Self { user: None, by_person: None, in_a_row: 0, acquaintance: None, ..self }
    }
}

/// By what a try to sign in is read.
#[derive(Debug, Clone, Copy)]
pub struct LoginKeys<'a> {
    /// The folded login name.
    pub identifier_key: &'a str,
    /// The counter of that name.
    pub by_name: [u8; 32],
    /// The counter of the source.
    pub by_source: [u8; 32],
    /// The device, where its cookie says one.
    pub device: Option<DeviceId>,
}

statements! {
    LOGIN = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version, i.kind, a.failures, a.since, q.failures, q.since, n.failures, n.since, q.in_a_row,
            d.secret_hash, d.failures, d.expires_at
        FROM pools p
        LEFT JOIN identifiers i ON i.pool_id = $1 AND i.identifier_key = $2
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = i.user_id
        LEFT JOIN throttles a ON a.pool_id = $1 AND a.counter = $3
        LEFT JOIN failures q ON q.pool_id = $1 AND q.user_id = i.user_id
        LEFT JOIN throttles n ON n.pool_id = $1 AND n.counter = $4
        LEFT JOIN devices d ON d.pool_id = $1 AND d.id = $5 AND d.user_id = i.user_id
        WHERE p.id = $1";
    FIND = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version
        FROM identifiers i JOIN users u ON u.pool_id = $1 AND u.id = i.user_id
        WHERE i.pool_id = $1 AND i.identifier_key = $2";
    DECLARED = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version, u.declared
        FROM users u WHERE u.pool_id = $1 AND u.declared_as = $2 ORDER BY u.id LIMIT 1";
    ALL_DECLARED = "SELECT id, declared_as FROM users WHERE pool_id = $1 AND declared_as IS NOT NULL ORDER BY declared_as";
    UNDECLARE = "UPDATE users SET declared_as = NULL, declared = NULL WHERE pool_id = $1 AND id = $2";
    DECLARE = "UPDATE users SET declared_as = $3, declared = $4 WHERE pool_id = $1 AND id = $2";
    FIND_BY_ID = "SELECT u.id, u.enabled, u.password_hash, u.must_change_password, u.profile, u.version
        FROM users u WHERE u.pool_id = $1 AND u.id = $2";
    INSERT = "INSERT INTO users (pool_id, id, enabled, password_hash, must_change_password, profile, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)";
    UPDATE = "UPDATE users SET enabled = $4, password_hash = $5, must_change_password = $6, profile = $7, version = $8, updated_at = $9
        WHERE pool_id = $1 AND id = $2 AND version = $3";
    MAY_SIGN_IN = "UPDATE users SET enabled = enabled
        WHERE pool_id = $1 AND id = $2 AND enabled = 1";
    MAY_BE_SPOKEN_FOR = "UPDATE users SET enabled = enabled
        WHERE pool_id = $1 AND id = $2 AND enabled = 1 AND must_change_password = 0";
    PASSWORD_STANDS = "UPDATE users SET enabled = enabled
        WHERE pool_id = $1 AND id = $2 AND enabled = 1 AND password_hash = $3";
    REHASH = "UPDATE users SET password_hash = $4
        WHERE pool_id = $1 AND id = $2 AND enabled = 1 AND password_hash = $3";
    CHANGE_PASSWORD = "UPDATE users SET password_hash = $4, must_change_password = 0, version = version + 1, updated_at = $5
        WHERE pool_id = $1 AND id = $2 AND enabled = 1 AND password_hash = $3";
    INSERT_IDENTIFIER = "INSERT INTO identifiers (pool_id, identifier_key, kind, user_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (pool_id, identifier_key) DO NOTHING";
    DELETE_IDENTIFIERS = "DELETE FROM identifiers WHERE pool_id = $1 AND user_id = $2";
}

impl Store {
    /// What a try to sign in with a login name is decided on.
    pub async fn login(&self, pool: PoolId, keys: LoginKeys<'_>) -> Result<LoginRow, Fault> {
        let LoginKeys { identifier_key, by_name, by_source, device } = keys;
        let row = self
            .find(LOGIN, params![pool, identifier_key, by_name, by_source, device])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        Ok(LoginRow {
            user: read(&row)?,
            kind: row.get(6)?,
            by_name: Throttle::read(&row, 7)?,
            by_person: Throttle::read(&row, 9)?,
            by_source: Throttle::read(&row, 11)?,
            in_a_row: row.get::<Option<i64>>(13)?.unwrap_or(0),
            acquaintance: Acquaintance::read(&row, 14)?,
        })
    }

    /// The person with a login name.
    pub async fn user_by_identifier(
        &self,
        pool: PoolId,
        identifier_key: &str,
    ) -> Result<Option<UserRow>, Fault> {
        self.find(FIND, params![pool, identifier_key]).await?.map_or(Ok(None), |row| read(&row))
    }

    /// The person whom the configuration names by a folded login name, whatever they are called now; with a digest of what it said.
    pub async fn declared_user(
        &self,
        pool: PoolId,
        named: &str,
    ) -> Result<Option<(UserRow, Option<[u8; 32]>)>, Fault> {
        let row = self.find(DECLARED, params![pool, named]).await?;
        row.map(|row| Ok(read(&row)?.zip(Some(row.get(6)?)))).transpose().map(Option::flatten)
    }

    /// Everybody whom the configuration named when it was applied last, each with the folded login name by which it did.
    pub async fn declared_people(&self, pool: PoolId) -> Result<Vec<(UserId, String)>, Fault> {
        let rows = self.list(ALL_DECLARED, params![pool]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// The person with an id.
    pub async fn user_by_id(&self, pool: PoolId, id: UserId) -> Result<Option<UserRow>, Fault> {
        self.find(FIND_BY_ID, params![pool, id]).await?.map_or(Ok(None), |row| read(&row))
    }
}

/// Reads a person from the first columns; `None` where an outer join found nothing.
pub(super) fn read(row: &Row) -> Result<Option<UserRow>, Fault> {
    let Some(id) = row.get::<Option<UserId>>(0)? else { return Ok(None) };
    Ok(Some(UserRow {
        id,
        enabled: row.get(1)?,
        password_hash: row.get(2)?,
        must_change_password: row.get(3)?,
        profile: row.get(4)?,
        version: row.get(5)?,
    }))
}

/// Writes.
pub mod write {
    use super::{
        CHANGE_PASSWORD, DECLARE, DELETE_IDENTIFIERS, Declaration, INSERT, INSERT_IDENTIFIER,
        MAY_BE_SPOKEN_FOR, MAY_SIGN_IN, PASSWORD_STANDS, REHASH, UNDECLARE, UPDATE, UserRow,
    };
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp, UserId};

    /// Stores a new person.
    pub fn insert(batch: &mut Batch, pool: PoolId, user: UserRow, now: Timestamp) {
        let must_change = user.must_change_password;
        batch.then(
            INSERT,
            params![pool, user.id, user.enabled, user.password_hash, must_change, user.profile, now],
        );
    }

    /// Replaces a person if their version is still the one that was read; else refused by `guard`.
    pub fn update(batch: &mut Batch, guard: &'static str, pool: PoolId, user: UserRow, now: Timestamp) {
        let next = user.version.saturating_add(1);
        batch.must(
            guard,
            UPDATE,
            params![
                pool,
                user.id,
                user.version,
                user.enabled,
                user.password_hash,
                user.must_change_password,
                user.profile,
                next,
                now
            ],
        );
    }

    /// Keeps what the configuration says of a person.
    pub fn declare(batch: &mut Batch, pool: PoolId, user: UserId, declaration: Declaration) {
        batch.then(DECLARE, params![pool, user, declaration.named, declaration.digest]);
    }

    /// The configuration names a person no more.
    pub fn undeclare(batch: &mut Batch, pool: PoolId, user: UserId) {
        batch.then(UNDECLARE, params![pool, user]);
    }

    /// Refuses the batch by `guard` where the person may not sign in any more.
    pub fn may_sign_in(batch: &mut Batch, guard: &'static str, pool: PoolId, user: UserId) {
        batch.must(guard, MAY_SIGN_IN, params![pool, user]);
    }

    /// Refuses the batch by `guard` where the person may not sign in any more or has to choose another password first.
    pub fn may_be_spoken_for(batch: &mut Batch, guard: &'static str, pool: PoolId, user: UserId) {
        batch.must(guard, MAY_BE_SPOKEN_FOR, params![pool, user]);
    }

    /// Refuses the batch by `guard` where the person may not sign in any more or the password that was checked is not theirs any more.
    pub fn password_stands(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        user: UserId,
        password_hash: &str,
    ) {
        batch.must(guard, PASSWORD_STANDS, params![pool, user, password_hash]);
    }

    /// Like [`password_stands`], and stores the same password hashed at today's cost.
    pub fn rehash(batch: &mut Batch, guard: &'static str, pool: PoolId, user: UserId, from: &str, to: &str) {
        batch.must(guard, REHASH, params![pool, user, from, to]);
    }

    /// Replaces the password that a person was asked to change.
    pub struct PasswordChange<'a> {
        /// The person.
        pub user: UserId,
        /// The present password's hash.
        pub from: &'a str,
        /// The new one's.
        pub to: &'a str,
    }

    /// Stores a new password; refused by `guard` where the person may not sign in any more or the present one is another by now.
    pub fn change_password(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        change: &PasswordChange<'_>,
        now: Timestamp,
    ) {
        batch.must(guard, CHANGE_PASSWORD, params![pool, change.user, change.from, change.to, now]);
    }

    /// Gives a person a login name; refused by `guard` where it is taken.
    pub fn insert_identifier(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        user: UserId,
        key: &str,
        kind: &'static str,
    ) {
        batch.must(guard, INSERT_IDENTIFIER, params![pool, key, kind, user]);
    }

    /// Takes all login names from a person.
    pub fn delete_identifiers(batch: &mut Batch, pool: PoolId, user: UserId) {
        batch.then(DELETE_IDENTIFIERS, params![pool, user]);
    }
}
