//! Checking the trail, and a checkpoint to be kept elsewhere.

use crate::audit::view;
use crate::error::AdminError;
use crate::outcome::{Outcome, Shown};
use crate::work::Work;
use usher_core::pool::PoolSettings;
use usher_core::trail::Checkpoint;
use usher_core::trail::verify::{VerifyError, verify as walk};
use usher_store::Fault;
use usher_store::tables::PoolRecord;
use usher_types::limits;

pub(super) async fn verify(
    work: &Work<'_>,
    pool: Option<String>,
    checkpoint: Option<&Checkpoint>,
) -> Result<Outcome, AdminError> {
    let pools = match (pool, checkpoint) {
        (None, None) => every_pool(work).await?,
        (named, _) => vec![work.pool(named).await?],
    };
    let mut reports = Vec::new();
    for pool in pools {
        let settings = PoolSettings::stored(&pool.pool.settings)
            .map_err(|e| Fault::bug(&format!("settings of pool {}: {e}", pool.pool.name)))?;
        let kept = (settings.audit_kept(), work.now);
        let report = walk(work.store(), work.admin.trail, pool.pool.id, kept, checkpoint).await;
        let report = report.map_err(|error| match error {
            VerifyError::Checkpoint(wrong) => AdminError::setting("checkpoint", &wrong.to_string()),
            VerifyError::Fault(fault) => fault.into(),
        })?;
        reports.push(view::report(&pool.pool.name, report));
    }
    Ok(Outcome::of(Shown::AuditReports(reports)))
}

pub(super) async fn checkpoint(work: &Work<'_>, pool: &PoolRecord) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    let newest = work.store().newest_audit_seal(id).await?;
    let Some(seal) = newest else {
        let message =
            "nothing of this pool's audit trail is sealed yet: a running server does it within seconds";
        return Err(AdminError::NotFound(message.to_owned()));
    };
    if !work.admin.trail.is_genuine(id, &seal) {
        let message = "the newest seal was not made by this installation: usher audit verify says more";
        return Err(AdminError::Refused(message.to_owned()));
    }
    Ok(Outcome::of(Shown::Checkpoint(Checkpoint::of(id, &seal))))
}

async fn every_pool(work: &Work<'_>) -> Result<Vec<PoolRecord>, AdminError> {
    let mut pools = Vec::new();
    let mut after = String::new();
    loop {
        let page = work.store().pool_page(&after, limits::SWEEP_STEP).await?;
        let Some(last) = page.last() else { return Ok(pools) };
        after.clone_from(&last.pool.name);
        pools.extend(page);
    }
}
