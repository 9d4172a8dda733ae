//! Commands about signing keys. A new key is published before it signs, and a key that has signed stays published until it is deleted.

use crate::error::AdminError;
use crate::outcome::{KeyView, Outcome, Shown, moment};
use crate::work::{Recorded, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_core::registration::read_settings;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Batch;
use usher_store::tables::{KeyRecord, PoolRecord, write};
use usher_types::{PoolId, limits};

/// A command about signing keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyCommand {
    /// Makes a key; it signs only where it is the first of its algorithm.
    Create {
        /// The algorithm.
        algorithm: String,
    },
    /// Shows all.
    List,
    /// Shows one.
    Show {
        /// Its identifier.
        kid: String,
    },
    /// Lets one sign from now on.
    Sign {
        /// Its identifier.
        kid: String,
    },
    /// Deletes one; tokens that it signed cannot be verified any more.
    Delete {
        /// Its identifier.
        kid: String,
    },
}

const KEY: &str = "the key is as it was read";

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: &PoolRecord,
    command: KeyCommand,
) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    match command {
        KeyCommand::Create { algorithm } => create(work, id, &algorithm).await,
        KeyCommand::List => Ok(Outcome::of(Shown::Keys(Ring::read(work, id).await?.views()))),
        KeyCommand::Show { kid } => Ok(Outcome::of(Shown::Key(Ring::read(work, id).await?.view(&kid)?))),
        KeyCommand::Sign { kid } => sign(work, id, &kid).await,
        KeyCommand::Delete { kid } => delete(work, id, &kid).await,
    }
}

async fn create(work: &Work<'_>, pool: PoolId, name: &str) -> Result<Outcome, AdminError> {
    let algorithm = SigningAlgorithm::parse(name).filter(|a| !a.is_symmetric());
    let Some(algorithm) = algorithm else {
        let known: Vec<&str> = SigningAlgorithm::ALL
            .into_iter()
            .filter(|a| !a.is_symmetric())
            .map(SigningAlgorithm::as_str)
            .collect();
        return Err(AdminError::setting("alg", &format!("one of {} is expected", known.join(", "))));
    };
    let row = work.new_key(pool, algorithm).await?;
    let kid = row.kid.clone();
    // Behind all others of its algorithm, so that it does not sign before everybody knows it.
    let others = work.store().key_records(pool).await?;
    let lowest = others.iter().filter(|k| k.algorithm == name).map(|k| k.priority).min();
    let priority = lowest.map_or(0, |lowest| lowest.saturating_sub(1));
    let mut batch = Batch::new();
    write::manage::key::insert(&mut batch, KEY, pool, (row, priority), work.now);
    write::pool::bump_revision(&mut batch, pool);
    work.audit(&mut batch, pool, recorded("key_created", &kid));
    work.apply(batch, |_| AdminError::conflict("this key")).await?;
    let shown = Ring::read(work, pool).await?.view(&kid)?;
    let note = match (shown.in_use, shown.signing) {
        (false, _) => format!("no application uses {name} yet, so that it is not published"),
        (true, true) => "it signs from now on".to_owned(),
        (true, false) => {
            format!(
                "it is published and does not sign yet: when applications have read the key set again, usher key set {kid} signing=true"
            )
        }
    };
    Ok(Outcome { notes: vec![note], ..Outcome::of(Shown::Key(shown)) })
}

async fn sign(work: &Work<'_>, pool: PoolId, kid: &str) -> Result<Outcome, AdminError> {
    let ring = Ring::read(work, pool).await?;
    let key = ring.get(kid)?;
    if !ring.signs(key) {
        let of_it = ring.keys.iter().filter(|k| k.algorithm == key.algorithm);
        let highest = of_it.map(|k| k.priority).max().unwrap_or(0);
        let mut batch = Batch::new();
        write::manage::key::prioritise(&mut batch, KEY, pool, key, highest.saturating_add(1));
        write::pool::bump_revision(&mut batch, pool);
        work.audit(&mut batch, pool, recorded("key_signs", kid));
        work.apply(batch, |_| AdminError::conflict("this key")).await?;
    }
    Ok(Outcome::of(Shown::Key(Ring::read(work, pool).await?.view(kid)?)))
}

async fn delete(work: &Work<'_>, pool: PoolId, kid: &str) -> Result<Outcome, AdminError> {
    let ring = Ring::read(work, pool).await?;
    let key = ring.get(kid)?;
    let used = ring.used.contains(&key.algorithm);
    if used && ring.signs(key) {
        let message = format!(
            "{kid} signs tokens by {}, which is in use: let another one sign first (usher key create --alg {}, usher key set KID signing=true)",
            key.algorithm, key.algorithm
        );
        return Err(AdminError::Refused(message));
    }
    let mut batch = Batch::new();
    if let Some(signer) = ring.signer(&key.algorithm).filter(|s| s.kid != key.kid) {
        // The key that signs may be on its way out too.
        write::manage::key::stands(&mut batch, KEY, pool, signer);
    }
    write::manage::key::delete(&mut batch, KEY, pool, key);
    write::pool::bump_revision(&mut batch, pool);
    work.audit(&mut batch, pool, recorded("key_deleted", kid));
    work.apply(batch, |_| AdminError::conflict("a key of this algorithm")).await?;
    let mut outcome = Outcome::deleted("key", kid);
    if used {
        outcome.notes.push("tokens that it signed cannot be verified any more".to_owned());
    }
    Ok(outcome)
}

/// A pool's keys and the algorithms in use.
struct Ring {
    keys: Vec<KeyRecord>,
    used: Vec<String>,
}

impl Ring {
    async fn read(work: &Work<'_>, pool: PoolId) -> Result<Self, AdminError> {
        let keys = work.store().key_records(pool).await?;
        let mut used = vec![SigningAlgorithm::Rs256.as_str().to_owned()];
        let mut after = String::new();
        loop {
            let records = work.store().client_page(pool, &after, limits::SWEEP_STEP).await?;
            let Some(last) = records.last() else { return Ok(Self { keys, used }) };
            after.clone_from(&last.client.client_id);
            // An application whose settings cannot be read is not served, so that it uses nothing.
            for settings in records.iter().filter_map(|r| read_settings(&r.client.settings).ok()) {
                for algorithm in
                    [settings.id_token_signed_response_alg, settings.access_token_signed_response_alg]
                {
                    if !used.iter().any(|u| u == algorithm.as_str()) {
                        used.push(algorithm.as_str().to_owned());
                    }
                }
            }
        }
    }

    fn get(&self, kid: &str) -> Result<&KeyRecord, AdminError> {
        self.keys.iter().find(|k| k.kid == kid).ok_or_else(|| {
            AdminError::NotFound(format!("there is no key {kid:?} in this pool: usher key list shows all"))
        })
    }

    /// The key that signs by an algorithm: the list has it first.
    fn signer(&self, algorithm: &str) -> Option<&KeyRecord> {
        self.keys.iter().find(|k| k.algorithm == algorithm)
    }

    fn signs(&self, key: &KeyRecord) -> bool {
        self.signer(&key.algorithm).is_some_and(|s| s.kid == key.kid)
    }

    fn views(&self) -> Vec<KeyView> {
        self.keys.iter().map(|key| self.view_of(key)).collect()
    }

    fn view(&self, kid: &str) -> Result<KeyView, AdminError> {
        self.get(kid).map(|key| self.view_of(key))
    }

    fn view_of(&self, key: &KeyRecord) -> KeyView {
        KeyView {
            kid: key.kid.clone(),
            algorithm: key.algorithm.clone(),
            signing: self.signs(key),
            in_use: self.used.contains(&key.algorithm),
            created_at: moment(key.created_at),
        }
    }
}

fn recorded(event: &'static str, kid: &str) -> Recorded<'static> {
    Recorded { event, client_id: None, user_id: None, detail: vec![("kid", Value::from(kid))] }
}
