//! How long the trail is kept: the rows of a seal go together once all of them are old enough. The seal stays in their place, signed anew
//! as the end of what was removed, so that what is left can still be checked and says from where it begins. Sums of refusals go with the rows
//! that sealed them, at the latest.

use crate::trail::TrailKeys;
use usher_store::tables::{Seal, Swept, write};
use usher_store::{Applied, Batch, Fault, Store};
use usher_types::{PoolId, Timestamp};

const SEAL: &str = "the seal is as it was read";

/// Removes the rows of the oldest seal, if all of them were written before a moment.
pub async fn remove(
    store: &Store,
    keys: &TrailKeys,
    pool: PoolId,
    (before, now): (Timestamp, Timestamp),
) -> Result<Swept, Fault> {
    let Some(seal) = store.oldest_audit_seal_with_rows(pool).await?.filter(|s| s.newest_at < before) else {
        return Ok(Swept::Clean);
    };
    // Invariant: what is removed was sealed by this installation, else a seal with other times would have rows removed in its name.
    if !keys.is_genuine(pool, &seal) {
        return Err(Fault::bug(&format!(
            "the oldest seal of the audit trail of pool {pool} was not made by this installation, so nothing is removed: usher audit verify says more"
        )));
    }
    let mut batch = Batch::new();
    let newest_at = seal.newest_at;
    let end = keys.sign(pool, Seal { removed_at: Some(now), ..seal });
    write::audit_seal::remove(&mut batch, SEAL, pool, end);
    match store.apply(batch).await? {
        Applied::Done => {
            while store.sweep_refusals(pool, newest_at).await? == Swept::More {}
            Ok(Swept::More)
        }
        // Another node did it.
        Applied::Refused { .. } => Ok(Swept::Clean),
    }
}
