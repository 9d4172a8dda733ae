//! Whether the database can be read and written now: a look at the revision, and a row of some size that is written and taken away in
//! one batch. Nobody ever sees that row, since it is gone before the batch is committed.

use super::statements;
use crate::{Applied, Batch, Fault, Store, params};
use usher_types::limits;

statements! {
    READ = "SELECT number FROM revision WHERE id = 1";
    WRITE = "INSERT INTO logos (pool_id, client_id, media_type, bytes) VALUES ($1, 'probe', 'probe', $2)
        ON CONFLICT (pool_id, client_id) DO UPDATE SET bytes = excluded.bytes";
    TAKE_AWAY = "DELETE FROM logos WHERE pool_id = $1 AND client_id = 'probe'";
}

/// A pool that cannot be.
const NOBODYS: [u8; 16] = [0; 16];

impl Store {
    /// Reads something, never on a thread that serves requests.
    pub async fn probe_read(&self) -> Result<(), Fault> {
        self.list(READ, params![]).await.map(drop)
    }

    /// Writes something that needs room, and takes it away. Where that works, an earlier failure is over.
    pub async fn probe_write(&self) -> Result<(), Fault> {
        let mut batch = Batch::new();
        batch.must("room", WRITE, params![NOBODYS.to_vec(), vec![0_u8; limits::PROBE_BYTES]]);
        batch.must("gone", TAKE_AWAY, params![NOBODYS.to_vec()]);
        match self.apply(batch).await? {
            Applied::Done => {
                self.meter().writing(false);
                Ok(())
            }
            Applied::Refused { guard } => Err(Fault::bug(guard)),
        }
    }
}
