//! Commands about signing keys. A new key is published before it signs; one that has signed stays published until what it signed has
//! expired. Keys follow one another by themselves; commands are for another time than theirs.

use crate::error::AdminError;
use crate::outcome::{KeyView, Outcome, Shown, moment};
use crate::work::{Recorded, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_core::keys::schedule::{self, Stage, State};
use usher_core::registration::read_settings;
use usher_core::trail::Event;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Batch;
use usher_store::tables::{KeyRow, PoolRecord, write};
use usher_types::{PoolId, Timestamp, limits};

/// A command about signing keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyCommand {
    /// Makes the next key; it signs after the time that everybody needs to read the key set again.
    Rotate {
        /// The algorithm; RS256 where none is named.
        algorithm: Option<String>,
        /// When it signs.
        begin: Begin,
    },
    /// Shows all.
    List,
    /// Shows one.
    Show {
        /// Its identifier.
        kid: String,
    },
    /// Deletes one; tokens that it signed cannot be verified any more.
    Delete {
        /// Its identifier.
        kid: String,
    },
}

/// When a new key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    /// When everybody has read the key set again.
    Published,
    /// Now.
    Now,
}

const KEY: &str = "the key is as it was read";

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: &PoolRecord,
    command: KeyCommand,
) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    match command {
        KeyCommand::Rotate { algorithm, begin } => rotate(work, id, algorithm.as_deref(), begin).await,
        KeyCommand::List => Ok(Outcome::of(Shown::Keys(Ring::read(work, id).await?.views()))),
        KeyCommand::Show { kid } => Ok(Outcome::of(Shown::Key(Ring::read(work, id).await?.view(&kid)?))),
        KeyCommand::Delete { kid } => delete(work, id, &kid).await,
    }
}

async fn rotate(
    work: &Work<'_>,
    pool: PoolId,
    name: Option<&str>,
    begin: Begin,
) -> Result<Outcome, AdminError> {
    let name = name.unwrap_or(SigningAlgorithm::Rs256.as_str());
    let algorithm = SigningAlgorithm::parse(name).filter(|a| !a.is_symmetric());
    let Some(algorithm) = algorithm else {
        let known: Vec<&str> = SigningAlgorithm::ALL
            .into_iter()
            .filter(|a| !a.is_symmetric())
            .map(SigningAlgorithm::as_str)
            .collect();
        return Err(AdminError::setting("alg", &format!("one of {} is expected", known.join(", "))));
    };
    let ring = Ring::read(work, pool).await?;
    let keys = ring.of(name);
    let waiting = keys.first().filter(|k| k.signs_from > work.now);
    let mut batch = Batch::new();
    let kid = match (waiting, begin) {
        (Some(next), Begin::Published) => {
            let note = "it was made before and waits; --now lets it sign at once".to_owned();
            return Ok(Outcome { notes: vec![note], ..Outcome::of(Shown::Key(ring.view(&next.kid)?)) });
        }
        (Some(next), Begin::Now) => {
            write::signing_key::begin(&mut batch, KEY, pool, next, work.now);
            next.kid.clone()
        }
        (None, _) => {
            let ahead = work.now.plus(limits::KEY_AHEAD);
            let is_first = keys.is_empty();
            let signs_from = if is_first || begin == Begin::Now { work.now } else { ahead };
            let stage = Stage { signs_from, generation: schedule::following(keys) };
            let row = work.new_key(pool, algorithm, stage).await?;
            let kid = row.kid.clone();
            write::signing_key::insert_next(&mut batch, KEY, pool, row);
            kid
        }
    };
    write::pool::bump_revision(&mut batch, pool);
    let detail = vec![("kid", Value::from(kid.as_str())), ("now", Value::from(begin == Begin::Now))];
    work.audit(&mut batch, pool, recorded(Event::KeyRotated, detail));
    work.apply(batch, |_| AdminError::conflict("a key of this algorithm")).await?;
    let shown = Ring::read(work, pool).await?.view(&kid)?;
    let mut notes = Vec::new();
    match (shown.in_use, shown.signing) {
        (false, _) => notes.push(format!("no application uses {name} yet, so that it is not published")),
        (true, true) if begin == Begin::Now => notes.push(
            "it signs from now on: an application that keeps the key set without reading it again for an unknown kid refuses its tokens until it does"
                .to_owned(),
        ),
        (true, true) => notes.push("it signs from now on".to_owned()),
        (true, false) => notes.push(format!(
            "it is published and signs from {} on; --now lets it sign at once",
            shown.signs_from.as_deref().unwrap_or("later")
        )),
    }
    Ok(Outcome { notes, ..Outcome::of(Shown::Key(shown)) })
}

async fn delete(work: &Work<'_>, pool: PoolId, kid: &str) -> Result<Outcome, AdminError> {
    let ring = Ring::read(work, pool).await?;
    let key = ring.get(kid)?;
    let signer = ring.signer(&key.algorithm);
    let used = ring.used.contains(&key.algorithm);
    if used && signer.is_some_and(|s| s.kid == key.kid) {
        let message = format!(
            "{kid} signs tokens by {}, which is in use: let the next one sign first (usher key rotate --alg {} --now), then delete it",
            key.algorithm, key.algorithm
        );
        return Err(AdminError::Refused(message));
    }
    let mut batch = Batch::new();
    if let Some(signer) = signer.filter(|s| s.kid != key.kid) {
        // The key that signs may be on its way out too.
        write::signing_key::stands(&mut batch, KEY, pool, signer);
    }
    write::signing_key::delete(&mut batch, KEY, pool, key);
    write::pool::bump_revision(&mut batch, pool);
    let detail = vec![("kid", Value::from(kid))];
    work.audit(&mut batch, pool, recorded(Event::KeyDeleted, detail));
    work.apply(batch, |_| AdminError::conflict("a key of this algorithm")).await?;
    let mut outcome = Outcome::deleted("key", kid);
    if used {
        outcome.notes.push("tokens that it signed cannot be verified any more: usher refuses them at once, others when they have read the key set again".to_owned());
    }
    Ok(outcome)
}

/// A pool's keys and the algorithms in use.
struct Ring {
    keys: Vec<KeyRow>,
    used: Vec<String>,
    now: Timestamp,
}

impl Ring {
    async fn read(work: &Work<'_>, pool: PoolId) -> Result<Self, AdminError> {
        let keys = work.store().signing_keys(pool).await?;
        let mut used = vec![SigningAlgorithm::Rs256.as_str().to_owned()];
        let mut after = String::new();
        loop {
            let records = work.store().client_page(pool, &after, limits::SWEEP_STEP).await?;
            let Some(last) = records.last() else { return Ok(Self { keys, used, now: work.now }) };
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

    fn get(&self, kid: &str) -> Result<&KeyRow, AdminError> {
        self.keys.iter().find(|k| k.kid == kid).ok_or_else(|| {
            AdminError::NotFound(format!("there is no key {kid:?} in this pool: usher key list shows all"))
        })
    }

    /// The keys of an algorithm, the one that signs last first.
    fn of(&self, algorithm: &str) -> &[KeyRow] {
        let mut chunks = self.keys.chunk_by(|a, b| a.algorithm == b.algorithm);
        chunks.find(|c| c.first().is_some_and(|k| k.algorithm == algorithm)).unwrap_or_default()
    }

    /// The key that signs by an algorithm.
    fn signer(&self, algorithm: &str) -> Option<&KeyRow> {
        let keys = self.of(algorithm);
        schedule::signer(keys, self.now).and_then(|at| keys.get(at))
    }

    fn views(&self) -> Vec<KeyView> {
        self.keys.iter().map(|key| self.view_of(key)).collect()
    }

    fn view(&self, kid: &str) -> Result<KeyView, AdminError> {
        self.get(kid).map(|key| self.view_of(key))
    }

    fn view_of(&self, key: &KeyRow) -> KeyView {
        let keys = self.of(&key.algorithm);
        let at = keys.iter().position(|k| k.kid == key.kid).unwrap_or_default();
        let state = schedule::state(keys, at, self.now);
        let ends_at = schedule::ends_at(keys, at);
        KeyView {
            kid: key.kid.clone(),
            algorithm: key.algorithm.clone(),
            state: state.as_str().to_owned(),
            signing: state == State::Signing,
            in_use: self.used.contains(&key.algorithm),
            created_at: moment(key.created_at),
            signs_from: (key.signs_from.millis() > 0).then(|| moment(key.signs_from)),
            signs_until: ends_at.map(moment),
            published_until: ends_at.map(|end| moment(end.plus(schedule::published_after_end()))),
        }
    }
}

fn recorded(event: Event, detail: Vec<(&'static str, Value)>) -> Recorded<'static> {
    Recorded { event: event.name(), client_id: None, user_id: None, detail }
}
