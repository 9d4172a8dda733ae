//! Planting an application's access keys. Those that are not declared are left alone: the command line may have made them.

use super::changed::Changed;
use super::planter::Planter;
use super::{Item, SeedError};
use crate::client::AccessKeySettings;
use crate::trail::{Event, Party};
use usher_store::tables::write::access_key::Version;
use usher_store::tables::{AccessKeyAccount, AccessKeyRow, NewAccessKey, write};
use usher_store::{Applied, Batch};

const KEY: &str = "the access key is as it was read";

impl Planter<'_> {
    pub(super) async fn access_key(
        &self,
        client_id: &str,
        declared: &AccessKeySettings,
        item: Item,
    ) -> Result<(), SeedError> {
        let secret_hash = usher_crypto::sha256(declared.secret_key.expose());
        let account = AccessKeyAccount {
            enabled: declared.enabled,
            label: declared.label.clone(),
            scope: declared.scope.clone(),
            access_token_lifetime: declared.access_token_lifetime,
        };
        let now = self.world.clock.now();
        let mut batch = Batch::new();
        let stored = self.store.access_key(self.pool, &declared.access_key).await?;
        let changed = stored.as_ref().map(|s| Changed::of_access_key(s, (&account, &secret_hash)));
        match stored {
            Some(stored) if stored.client_id != client_id => {
                let message = format!("this access key belongs to the application {:?}", stored.client_id);
                return Err(self.wrong(item, "access_key", message));
            }
            Some(stored) => self.change(&mut batch, &stored, account, secret_hash),
            None => {
                let key = NewAccessKey {
                    access_key: declared.access_key.clone(),
                    client_id: client_id.to_owned(),
                    secret_hash,
                    account,
                };
                write::access_key::insert(&mut batch, KEY, self.pool, key, now);
            }
        }
        if !batch.is_empty() {
            let event = if changed.is_none() { Event::AccessKeyCreated } else { Event::AccessKeyChanged };
            let about = (None, Party::AccessKey(declared.access_key.clone()));
            self.record(&mut batch, event, about, changed.unwrap_or_default());
        }
        let Applied::Refused { .. } = self.store.apply(batch).await? else { return Ok(()) };
        // Another node applied the same declaration first, or the name is an application's.
        match self.store.access_key(self.pool, &declared.access_key).await? {
            Some(_) => Ok(()),
            None => {
                let message = "an application has this name: each name means one caller".to_owned();
                Err(self.wrong(item, "access_key", message))
            }
        }
    }

    /// What is equal is left alone.
    fn change(
        &self,
        batch: &mut Batch,
        stored: &AccessKeyRow,
        account: AccessKeyAccount,
        secret_hash: [u8; 32],
    ) {
        let now = self.world.clock.now();
        if account.enabled && !stored.account.enabled {
            tracing::warn!(
                access_key = stored.access_key,
                "a disabled access key is enabled again, as it is declared"
            );
        }
        if stored.account != account {
            let read = Version { access_key: &stored.access_key, version: stored.version };
            write::access_key::update(batch, KEY, self.pool, (read, account), now);
        }
        if !usher_crypto::matches(&stored.secret_hash, &secret_hash) {
            tracing::warn!(
                access_key = stored.access_key,
                "an access key's secret key is set to the declared one"
            );
            let key = (self.pool, stored.access_key.as_str());
            write::access_key::replace_secret(batch, KEY, key, secret_hash, now);
        }
    }
}
