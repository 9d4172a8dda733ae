//! One master key following another: sealing anew, in steps, whatever another key than the first sealed, and counting what each key seals.
//! Requests go on meanwhile, since every key of the ring opens.

use crate::registration::secret_context;
use crate::{Fault, data_keys, keys};
use usher_crypto::seal::{KeyId, MARK_BYTES, MasterKey, RawKey};
use usher_store::tables::{SEALED, SealedColumn, SealedValue, write};
use usher_store::{Batch, Store, Value};
use usher_types::{PoolId, Random, limits};

/// What a master key seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The key.
    pub key: KeyId,
    /// How many values.
    pub values: i64,
}

/// How many values each key seals: those of the ring in its order, then what no key of the ring is named by.
#[derive(Debug, Default)]
pub struct Shares {
    /// Each key of the ring, the one that seals now first.
    pub known: Vec<Share>,
    /// Values that do not name their key: one of the ring's opens them, or none.
    pub unnamed: i64,
    /// Values of keys that are not in the ring, which cannot be opened.
    pub lost: i64,
}

impl Shares {
    /// Whether everything is sealed by the first key.
    pub fn is_settled(&self) -> bool {
        self.unnamed == 0 && self.lost == 0 && self.known.iter().skip(1).all(|share| share.values == 0)
    }
}

/// Counts what each key seals.
pub async fn shares(store: &Store, ring: &[RawKey]) -> Result<Shares, Fault> {
    let mut shares = Shares {
        known: ring.iter().map(|key| Share { key: key.id(), values: 0 }).collect(),
        ..Shares::default()
    };
    let version = ring.first().and_then(|key| key.id().mark().first().copied()).unwrap_or_default();
    for column in SEALED {
        for (mark, values) in store.sealed_counts(column, version).await? {
            let holder = shares.known.iter_mut().find(|s| s.key.mark() == *mark);
            match holder {
                Some(share) => share.values += values,
                None if mark.len() < MARK_BYTES => shares.unnamed += values,
                None => shares.lost += values,
            }
        }
    }
    Ok(shares)
}

/// Seals anew all that is not sealed by the first key; says how many values that were. Cut off at any moment, it goes on where it is
/// called again: each value is sealed by one key of the ring or by the other.
pub async fn reseal(store: &Store, master: &MasterKey, random: &dyn Random) -> Result<u64, Fault> {
    let mut resealed = 0;
    for column in SEALED {
        let mut after = None;
        while let Some((last, changed)) = step(store, master, (column, after), random).await? {
            resealed += changed;
            after = Some(last);
            tokio::task::yield_now().await;
        }
    }
    Ok(resealed)
}

/// One step of a column: the key of the last row that was looked at, and how many were sealed anew; `None` at the end.
async fn step(
    store: &Store,
    master: &MasterKey,
    (column, after): (&'static SealedColumn, Option<Vec<Value>>),
    random: &dyn Random,
) -> Result<Option<(Vec<Value>, u64)>, Fault> {
    let page = store.sealed_page(column, after, limits::RESEAL_STEP).await?;
    let Some(last) = page.last().map(|value| value.key.clone()) else { return Ok(None) };
    let mut batch = Batch::new();
    for value in page.into_iter().filter(|value| !master.is_current(&value.sealed)) {
        let context = context_of(column, &value)?;
        let plain = master.open(&context, &value.sealed).map_err(|_| {
            Fault::bug(&format!("a value of {} was sealed by a master key that is not at hand", column.name))
        })?;
        let sealed = master.seal(&context, plain.expose(), random);
        write::sealed::replace(&mut batch, column, value, sealed);
    }
    let changed = u64::try_from(batch.len()).unwrap_or(u64::MAX);
    if !batch.is_empty() {
        let _ = store.apply(batch).await?;
    }
    Ok(Some((last, changed)))
}

/// What a value is sealed for.
fn context_of(column: &SealedColumn, value: &SealedValue) -> Result<String, Fault> {
    match (column.name, value.key.as_slice()) {
        ("data_keys.sealed", [Value::Text(name)]) => Ok(data_keys::context(name)),
        ("signing_keys.sealed", [pool, Value::Text(algorithm), _]) => {
            Ok(keys::context(pool_of(pool)?, algorithm))
        }
        ("clients.secret_sealed" | "clients.previous_secret_sealed", [pool, Value::Text(client_id)]) => {
            Ok(secret_context(pool_of(pool)?, client_id))
        }
        (name, _) => Err(Fault::bug(&format!("nobody says what {name} is sealed for"))),
    }
}

fn pool_of(value: &Value) -> Result<PoolId, Fault> {
    usher_store::FromValue::from_value(value)
        .ok_or_else(|| Fault::bug("a key that does not begin with its pool"))
}

/// Goes on with the master keys as they are kept now; says whether they have changed. Where one is gone that seals something still, this
/// process goes on with those that it has, and the error says what to do.
pub async fn take_up(store: &Store, master: &MasterKey) -> Result<bool, String> {
    let kept = master.read_again()?;
    let ring = master.keys();
    if kept.iter().map(RawKey::id).eq(ring.iter().map(RawKey::id)) {
        return Ok(false);
    }
    let gone: Vec<RawKey> =
        ring.iter().filter(|k| kept.iter().all(|other| other.id() != k.id())).cloned().collect();
    if !gone.is_empty() {
        let shares = shares(store, &kept).await.map_err(|fault| fault.to_string())?;
        if shares.unnamed > 0 || shares.lost > 0 {
            let names: Vec<String> = gone.iter().map(|k| k.id().to_string()).collect();
            return Err(format!(
                "the master key {} is gone from where it was kept and seals {} values still: put it back",
                names.join(", "),
                shares.unnamed + shares.lost
            ));
        }
    }
    master.replace(kept);
    Ok(true)
}
