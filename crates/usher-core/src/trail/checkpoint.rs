//! A checkpoint: a seal to be kept elsewhere. Who can change the whole database can cut off rows and seals together, or put an old copy in
//! its place; then what is left is whole in itself, and only what was kept elsewhere tells of the rest.

use crate::trail::TrailKeys;
use serde::{Deserialize, Serialize};
use usher_store::tables::Seal;
use usher_types::opaque::{base64url, base64url_decode};
use usher_types::{PoolId, Timestamp};

/// A seal as it is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The pool's id.
    pub pool_id: PoolId,
    /// The number of the row up to which it speaks.
    pub number: i64,
    /// The running digest up to that row, base64url.
    pub link: String,
    /// The number of the seal's first row.
    pub first_number: i64,
    /// When the seal's oldest row was written, milliseconds since 1970.
    pub oldest_at: Timestamp,
    /// When its newest row was written.
    pub newest_at: Timestamp,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// When its rows were removed, because they were old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<Timestamp>,
    /// The public part of the key that signed it, base64url.
    pub public_key: String,
    /// The signature (Ed25519), base64url.
    pub signature: String,
}

/// What is wrong with a text that should be a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is none.
    #[error("this is no checkpoint as usher audit checkpoint writes it")]
    Form,
    /// Another pool's, another installation's, or changed.
    #[error("this checkpoint was made of another pool or by another installation, or it was changed")]
    Foreign,
}

impl Checkpoint {
    /// The longest text that is read as one.
    pub const MOST_BYTES: usize = 4096;

    /// Of a pool's seal.
    pub fn of(pool: PoolId, seal: &Seal) -> Self {
        Self {
            pool_id: pool,
            number: seal.last_number,
            link: base64url(&seal.link),
            first_number: seal.first_number,
            oldest_at: seal.oldest_at,
            newest_at: seal.newest_at,
            sealed_at: seal.sealed_at,
            removed_at: seal.removed_at,
            public_key: base64url(&seal.public_key),
            signature: base64url(&seal.signature),
        }
    }

    /// Reads a text: a checkpoint, or what the command line showed as JSON with it.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        #[derive(Deserialize)]
        struct Shown {
            checkpoint: Checkpoint,
        }
        if text.len() > Self::MOST_BYTES {
            return Err(CheckpointError::Form);
        }
        serde_json::from_str::<Self>(text)
            .or_else(|_| serde_json::from_str::<Shown>(text).map(|shown| shown.checkpoint))
            .map_err(|_| CheckpointError::Form)
    }

    /// The link that it claims, where this installation signed it for this pool.
    pub(crate) fn open(&self, keys: &TrailKeys, pool: PoolId) -> Result<[u8; 32], CheckpointError> {
        let bytes = |text: &str| base64url_decode(text).ok_or(CheckpointError::Form);
        let link: [u8; 32] = bytes(&self.link)?.try_into().map_err(|_| CheckpointError::Form)?;
        let seal = Seal {
            first_number: self.first_number,
            last_number: self.number,
            link,
            oldest_at: self.oldest_at,
            newest_at: self.newest_at,
            sealed_at: self.sealed_at,
            removed_at: self.removed_at,
            public_key: bytes(&self.public_key)?,
            signature: bytes(&self.signature)?,
        };
        let is_ours = self.pool_id == pool && keys.is_genuine(pool, &seal);
        is_ours.then_some(link).ok_or(CheckpointError::Foreign)
    }
}
