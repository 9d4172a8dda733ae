//! How a person stands with the limits of guessing, and how an administrator lets them in again.

use super::recorded;
use crate::error::AdminError;
use crate::outcome::{Outcome, Shown, UserView};
use crate::work::Work;
use usher_core::guesses;
use usher_core::profile::Profile;
use usher_core::trail::Event;
use usher_store::Batch;
use usher_store::tables::{UserRecord, write};
use usher_types::fold::IdentifierKey;
use usher_types::{PoolId, UserId, limits};

/// The person's counter and those of their login names; a network's goes on, since it is everybody's.
pub(super) async fn unlock(
    work: &Work<'_>,
    pool: PoolId,
    record: &UserRecord,
) -> Result<Outcome, AdminError> {
    let key = &work.admin.data_keys.counters;
    let mut batch = Batch::new();
    write::throttle::forget_person(&mut batch, pool, record.user.id);
    for (_, name) in Profile::parse(&record.user.profile).login_names() {
        if let Some(name) = IdentifierKey::fold(name) {
            write::throttle::reset(&mut batch, pool, &guesses::counter_of_name(key, pool, &name));
        }
    }
    work.audit(&mut batch, pool, recorded(Event::UserUnlocked, record.user.id, Vec::new()));
    work.apply(batch, |_| AdminError::conflict("this person")).await?;
    Ok(Outcome::of(Shown::User(with_state(work, pool, UserView::of(record), record.user.id).await?)))
}

/// With how many wrong passwords were tried, whether only known devices may go on, and how many there are.
pub(super) async fn with_state(
    work: &Work<'_>,
    pool: PoolId,
    view: UserView,
    user: UserId,
) -> Result<UserView, AdminError> {
    let state = work.store().guessing(pool, user, work.now).await?;
    Ok(UserView {
        wrong_passwords: Some(state.in_a_row),
        locked: Some(state.in_a_row >= i64::from(limits::FAILURES_IN_A_ROW)),
        known_devices: Some(state.devices),
        ..view
    })
}
