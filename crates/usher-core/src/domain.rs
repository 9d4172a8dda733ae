//! Pools at domains of their own: what a move means. A pool has one address and so one issuer; at another address it is another issuer,
//! and nothing that was granted before is worth anything there.

use usher_store::Batch;
use usher_store::tables::{PoolRow, write};
use usher_types::domain::DomainError;
use usher_types::uri::PublicUrl;
use usher_types::{Domain, PoolId, Timestamp};

/// What refuses a batch in which [`moves`] finds the domain taken.
pub const DOMAIN_IS_FREE: &str = "the domain is free";

/// Where a pool lives.
#[derive(Debug, Clone)]
pub struct Home {
    /// The public URL, or its own domain with the public URL's scheme and port.
    pub address: PublicUrl,
    /// What its paths begin with there.
    pub base: String,
    /// Whether the domain is its own.
    pub is_own: bool,
}

impl Home {
    /// Where a stored pool lives under a public URL; an error where its domain and the public URL do not go together.
    pub fn of(pool: &PoolRow, public_url: &PublicUrl) -> Result<Self, DomainError> {
        match &pool.domain {
            Some(host) => {
                let address = Domain::parse(host)?.address(public_url)?;
                Ok(Self { address, base: String::new(), is_own: true })
            }
            None => {
                let base = if pool.is_first { String::new() } else { format!("/{}", pool.name) };
                Ok(Self { address: public_url.clone(), base, is_own: false })
            }
        }
    }

    /// The pool's issuer identifier.
    pub fn issuer(&self) -> String {
        format!("{}{}/oidc", self.address.origin(), self.base)
    }
}

/// Lets a pool move to a domain, or back below the public URL, with everything that goes with it in one batch; the batch makes sure that
/// the pool is as it was read. What was granted at the old address ends afterwards in steps ([`usher_store::Store::end_grants_until`]);
/// what this process does not end, sweeping does.
pub fn moves(batch: &mut Batch, pool: PoolId, domain: Option<&Domain>, now: Timestamp) {
    write::domain::delete(batch, pool);
    if let Some(domain) = domain {
        write::domain::insert(batch, DOMAIN_IS_FREE, pool, domain.as_str(), now);
    }
    write::domain::mark_moved(batch, pool, now);
    write::pool::bump_revision(batch, pool);
}
