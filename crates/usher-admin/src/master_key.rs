//! Commands about the master keys: how much each seals, and sealing anew what another than the first one sealed. Where they are kept, and
//! how they get there, is the program's affair.

use crate::error::AdminError;
use crate::outcome::{MasterKeyView, Outcome, Shown};
use crate::work::{Recorded, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_core::reseal::{self, Shares};
use usher_core::trail::Event;
use usher_store::Batch;

/// A command about the master keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MasterKeyCommand {
    /// Reads the keys again from where they are kept, and counts what each seals.
    Status,
    /// The same, and seals anew what is not sealed by the first.
    Reseal,
}

pub(crate) async fn execute(work: &Work<'_>, command: MasterKeyCommand) -> Result<Outcome, AdminError> {
    let master = work.admin.master;
    reseal::take_up(work.store(), master).await.map_err(AdminError::Refused)?;
    let mut notes = Vec::new();
    if let MasterKeyCommand::Reseal = command {
        let values = reseal::reseal(work.store(), master, &*work.admin.world.random).await?;
        if values > 0 {
            record(work, values).await?;
            notes.push(format!("{values} values were sealed anew"));
        }
    }
    let shares = reseal::shares(work.store(), &master.keys()).await?;
    notes.extend(advice(&shares));
    Ok(Outcome { notes, ..Outcome::of(Shown::MasterKeys(views(&shares))) })
}

/// The first pool's trail tells of it, since master keys belong to no pool.
async fn record(work: &Work<'_>, values: u64) -> Result<(), AdminError> {
    let Some(first) = work.store().first_pool().await? else { return Ok(()) };
    let key = work.admin.master.ids().first().map(ToString::to_string).unwrap_or_default();
    let detail = vec![("master_key", Value::from(key)), ("values", Value::from(values))];
    let mut batch = Batch::new();
    let recorded =
        Recorded { event: Event::MasterKeyResealed.name(), client_id: None, user_id: None, detail };
    work.audit(&mut batch, first.pool.id, recorded);
    work.apply(batch, |_| AdminError::conflict("the audit trail")).await
}

fn views(shares: &Shares) -> Vec<MasterKeyView> {
    let view = |(at, share): (usize, &reseal::Share)| MasterKeyView {
        id: share.key.to_string(),
        seals: at == 0,
        values: share.values,
    };
    let others =
        [("unnamed", shares.unnamed), ("lost", shares.lost)].into_iter().filter(|(_, values)| *values > 0);
    let others = others.map(|(id, values)| MasterKeyView { id: id.to_owned(), seals: false, values });
    shares.known.iter().enumerate().map(view).chain(others).collect()
}

/// What there is to do.
fn advice(shares: &Shares) -> Vec<String> {
    let mut notes = Vec::new();
    if shares.lost > 0 {
        notes.push(format!(
            "{} values were sealed by a master key that is not at hand and cannot be opened: put that key back, after the others",
            shares.lost
        ));
    }
    if shares.unnamed > 0 {
        notes.push(format!(
            "{} values do not say which key sealed them, as the first versions wrote them: usher master-key rotate seals them anew",
            shares.unnamed
        ));
    }
    let of_others: i64 = shares.known.iter().skip(1).map(|share| share.values).sum();
    if of_others > 0 {
        notes.push(format!("{of_others} values are to be sealed anew: usher master-key rotate"));
    }
    if shares.known.len() > 1 && shares.is_settled() {
        notes.push("the keys after the first seal nothing any more: usher master-key rotate --finish takes them out, and keep them with backups that are older than this; where one was added a moment ago, usher master-key promote lets it seal first".to_owned());
    }
    notes
}
