//! Links that a command makes for a person: one by which they choose a password, and a mail by which they verify their address.

use crate::error::AdminError;
use crate::outcome::{Outcome, Shown, moment};
use crate::work::{Admin, Work};
use usher_core::domain::Home;
use usher_core::mail::reset::{Desk, link_by_command};
use usher_core::mail::verify::{Queued, queue_mail};
use usher_core::pool::PoolSettings;
use usher_core::profile::Profile;
use usher_store::Batch;
use usher_store::tables::{PoolRecord, UserRow};
use usher_types::{Locale, Secret, Timestamp};

/// A link by which a person, as they are now, chooses a password, and when it ends.
pub(crate) type MadeLink = (Secret, Timestamp);

/// Makes one in the batch; earlier ones end.
pub(crate) fn made_link(
    work: &Work<'_>,
    batch: &mut Batch,
    pool: &PoolRecord,
    user: &UserRow,
) -> Result<MadeLink, AdminError> {
    let Admin { data_keys, world, public_url, .. } = *work.admin;
    let desk = Desk { pool: pool.pool.id, key: &data_keys.links, random: &*world.random, now: work.now };
    let (path, end) = link_by_command(batch, &desk, user);
    let home = Home::of(&pool.pool, public_url).map_err(|e| AdminError::Wrong(e.to_string()))?;
    Ok((Secret::from(format!("{}{}{path}", home.address.origin(), home.base)), end))
}

/// The outcome with the link, which is shown this once.
pub(crate) fn with_link(mut outcome: Outcome, (link, end): MadeLink) -> Outcome {
    if let Shown::User(shown) = &mut outcome.shown {
        shown.link = Some(link);
        let end = moment(end);
        outcome.notes.push(format!(
            "give them the link by a way that you trust: it is shown this once, works once, until {end}, and a change of the account ends it"
        ));
    }
    outcome
}

/// Queues the mail by which a person verifies their address, where there is one to be verified.
pub(crate) fn queue_verification(
    work: &Work<'_>,
    batch: &mut Batch,
    pool: &PoolRecord,
    rules: &PoolSettings,
    user: &UserRow,
) -> Queued {
    let Admin { data_keys, world, .. } = *work.admin;
    let desk = Desk { pool: pool.pool.id, key: &data_keys.links, random: &*world.random, now: work.now };
    let (claims, _) = Profile::parse(&user.profile).declared();
    let spoken = claims.locale.as_deref().and_then(Locale::from_tag);
    queue_mail(batch, &desk, user, spoken.unwrap_or(rules.default_locale))
}
