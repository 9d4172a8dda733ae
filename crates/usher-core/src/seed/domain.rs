//! The domain of a declared pool.

use super::{Item, SeedError};
use crate::client::SettingError;
use crate::domain::{DOMAIN_IS_FREE, moves};
use crate::world::World;
use usher_store::tables::write;
use usher_store::{Applied, Batch, Fault, Store};
use usher_types::{Domain, PoolId};

const POOL: &str = "the pool is as it was read";

/// Lets a pool live at the domain that is declared; nothing where none is.
pub(super) async fn apply(
    store: &Store,
    world: &World,
    (pool, number): (PoolId, usize),
    declared: Option<&Domain>,
) -> Result<(), SeedError> {
    let Some(domain) = declared else { return Ok(()) };
    let now = world.clock.now();
    for _ in 0..3 {
        let stored = store.pools_between(pool, pool).await?.pop();
        let Some(row) = stored.map(|state| state.pool) else { break };
        if row.domain.as_deref() == Some(domain.as_str()) {
            return Ok(());
        }
        let mut batch = Batch::new();
        write::pool::update(&mut batch, POOL, row, now);
        moves(&mut batch, pool, Some(domain), now);
        match store.apply(batch).await? {
            Applied::Done => return Ok(store.end_grants_until(pool, now, now).await?),
            Applied::Refused { guard: DOMAIN_IS_FREE } => {
                let message = format!("another pool lives at {domain}");
                let setting = SettingError::new("domain", message);
                return Err(SeedError::Setting { pool: number, item: Item::Pool, setting });
            }
            // Another node applied the same declaration first.
            Applied::Refused { .. } => {}
        }
    }
    Err(Fault::bug("a pool changed again and again while its domain was applied").into())
}
