//! Keys that follow one another, and their way out. Every node looks in its housekeeping, without a statement as long as nothing is due; of
//! two nodes that find the same due at the same moment one writes.

use crate::keys::schedule::{self, Stage};
use crate::keys::{made, of};
use crate::snapshot::Pool;
use crate::trail::Marker;
use crate::trail::Party;
use crate::{App, Fault};
use serde_json::json;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::tables::{AuditAbout, AuditEvent, KeyRow, write};
use usher_store::{Applied, Batch};
use usher_types::{PoolId, Timestamp};

const GENERATION: &str = "no other node made this key";
const AS_READ: &str = "the key is as it was read";

impl App {
    /// Makes the keys that are due, takes out of the key sets what has nothing left to verify, and removes what nobody can bring back.
    pub async fn rotate_keys(&self, now: Timestamp) -> Result<(), Fault> {
        let mut has_changed = false;
        for pool in self.snapshot().pools() {
            for algorithm in pool.algorithms.iter().copied().filter(|a| !a.is_symmetric()) {
                let keys = of(&pool.key_rows, algorithm);
                if let Some(stage) = schedule::due(keys, pool.settings.signing_key_life(), now) {
                    has_changed |= self.make_key(pool, algorithm, stage, now).await?;
                }
                for at in 0..keys.len() {
                    has_changed |= self.retire_key(pool, keys, at, now).await?;
                }
            }
        }
        if has_changed { self.refresh_snapshot().await } else { Ok(()) }
    }

    async fn make_key(
        &self,
        pool: &Pool,
        algorithm: SigningAlgorithm,
        stage: Stage,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let key = made(&self.master, &self.world, (pool.id, algorithm), (stage, now)).await?;
        let detail = json!({ "by": "schedule", "kid": &key.kid, "signs_from": stage.signs_from.seconds() });
        let mut batch = Batch::new();
        write::signing_key::insert_next(&mut batch, GENERATION, pool.id, key);
        self.apply_key(batch, pool.id, ("key_created", &detail), now).await
    }

    /// Withdraws or removes the key at a position where its time has come.
    async fn retire_key(
        &self,
        pool: &Pool,
        keys: &[KeyRow],
        at: usize,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let (Some(key), Some(end)) = (keys.get(at), schedule::ends_at(keys, at)) else { return Ok(false) };
        let withdrawn = end.plus(schedule::published_after_end());
        // An ID token lives on as a hint for as long as a session that it names.
        let longest = pool.settings.session_absolute().max(pool.settings.session_remembered());
        let mut batch = Batch::new();
        let event = if now > withdrawn.plus(longest) {
            write::signing_key::delete(&mut batch, AS_READ, pool.id, key);
            "key_deleted"
        } else if now > withdrawn && key.is_published {
            write::signing_key::withdraw(&mut batch, AS_READ, pool.id, key);
            "key_withdrawn"
        } else {
            return Ok(false);
        };
        // Invariant: a key goes only where the one that signs is there.
        if let Some(signer) = schedule::signer(keys, now).and_then(|at| keys.get(at)) {
            write::signing_key::stands(&mut batch, AS_READ, pool.id, signer);
        }
        let detail = json!({ "by": "schedule", "kid": &key.kid });
        self.apply_key(batch, pool.id, (event, &detail), now).await
    }

    /// Applies a change of keys with its row of the audit trail; where another node made it, there is none.
    async fn apply_key(
        &self,
        mut batch: Batch,
        pool: PoolId,
        (event, detail): (&'static str, &serde_json::Value),
        now: Timestamp,
    ) -> Result<bool, Fault> {
        write::pool::bump_revision(&mut batch, pool);
        let row =
            AuditEvent { event, client_id: None, user_id: None, network: None, detail: detail.to_string() };
        let target = detail["kid"].as_str().map(|kid| Party::Key(kid.to_owned()).to_string());
        let about = AuditAbout { target, ..AuditAbout::default() };
        let marker = Marker { keys: &self.trail, now, random: &*self.world.random };
        marker.record(&mut batch, pool, row, about);
        let applied = self.store.apply(batch).await?;
        if applied == Applied::Done {
            tracing::info!(pool = %pool, event, %detail, "signing keys have changed");
        }
        Ok(applied == Applied::Done)
    }
}
