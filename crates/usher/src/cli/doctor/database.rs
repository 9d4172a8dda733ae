//! The database: whether it answers, its schema, its clock, its settings, and whether the master key opens what is sealed there.

use super::{Patient, Report};
use crate::master_key::Place as Kept;
use crate::{master_key, serve};
use usher_core::keys;
use usher_store::{Examination, MIGRATIONS, Place, SchemaState};
use usher_types::{Span, limits};

/// How far two clocks may be apart: times of one are compared with the other's.
const CLOCKS: Span = Span::seconds(5);
/// What a node opens at most, as `usher_store::PostgresOptions` has it.
const CONNECTIONS: i64 = 16;
/// What PostgreSQL keeps for its superusers unless it is told otherwise (`superuser_reserved_connections`).
const RESERVED: i64 = 3;

/// Whether the rest of the program could open the database without changing it.
pub(super) async fn look(patient: &Patient<'_>, report: &mut Report) -> bool {
    let place = serve::place(patient.loaded);
    let schema = SchemaState::look(&place, MIGRATIONS).await;
    let seen = Examination::of(&place).await;
    match (schema, seen) {
        (Err(error), _) | (_, Err(error)) => {
            let mend = match place {
                Place::Folder(_) => {
                    "run usher doctor as the server's user; if it is damaged, restore a backup"
                }
                Place::Postgres(_) => "start the database, or correct [storage] url",
            };
            report.find("database", error.to_string(), mend);
            false
        }
        (Ok(schema), Ok(seen)) => {
            let usable = steps(patient, &schema, report);
            lost(patient, &schema, report);
            settings(&seen, report);
            clock(patient, &seen, report);
            let opens = sealed(patient, &seen, report);
            if schema.found > 0 {
                pools(&seen, report);
            }
            usable && opens
        }
    }
}

fn steps(patient: &Patient<'_>, schema: &SchemaState, report: &mut Report) -> bool {
    if schema.too_new {
        let what = format!("a newer usher was here: the schema has number {}", schema.found);
        report.find("schema", what, "start the newer program");
    } else if !schema.pending.is_empty() && schema.found > 0 {
        let what = format!("the schema has number {}, and this program has later steps", schema.found);
        report.find("schema", what, format!("usher migrate --config {}", patient.loaded.path.display()));
    } else if schema.found == 0 {
        report.note("The database is empty: the first start fills it.");
    }
    !schema.too_new && schema.pending.is_empty()
}

/// A key that an installation made for itself, and nothing that it seals.
fn lost(patient: &Patient<'_>, schema: &SchemaState, report: &mut Report) {
    if schema.found == 0
        && let Ok(Some(_)) = patient.master
        && let Ok(Kept::Folder(key)) = master_key::place(patient.loaded)
    {
        let what = format!("the database is empty, and {} is that of an installation", key.display());
        let mend = "look whether the right folder and database are named; if the database was lost: usher restore FILE";
        report.find("database", what, mend);
    }
}

fn settings(seen: &Examination, report: &mut Report) {
    for setting in &seen.settings {
        let (what, mend) = match (setting.name.as_str(), setting.value.as_str()) {
            ("fsync" | "full_page_writes", "off") => (
                format!("{} is off: a power failure can destroy the database", setting.name),
                format!("set {} = on in postgresql.conf and reload it", setting.name),
            ),
            ("synchronous_commit", "off") => (
                "synchronous_commit is off: what was answered can be lost, a revocation for example"
                    .to_owned(),
                "set synchronous_commit = on in postgresql.conf, for this database and for its user".to_owned(),
            ),
            ("server_encoding", encoding) if encoding != "UTF8" => (
                format!("the database's encoding is {encoding}"),
                "make a database with the encoding UTF8 (createdb --encoding=UTF8 --template=template0) and restore a backup there"
                    .to_owned(),
            ),
            ("max_connections", number) => {
                let Ok(most) = number.parse::<i64>() else { continue };
                let nodes = (most - RESERVED - seen.others_connections).max(0) / CONNECTIONS;
                let allowed = format!(
                    "PostgreSQL allows {most} connections, of which others have {}, and a node opens up to {CONNECTIONS}",
                    seen.others_connections
                );
                if nodes > 0 {
                    let shown = if nodes == 1 { "one node".to_owned() } else { format!("{nodes} nodes") };
                    report.note(format!("{allowed}: enough for {shown}."));
                    continue;
                }
                (
                    format!("{allowed}: not enough for one node"),
                    "raise max_connections in postgresql.conf and restart the database".to_owned(),
                )
            }
            _ => continue,
        };
        report.find("PostgreSQL", what, mend);
    }
}

fn clock(patient: &Patient<'_>, seen: &Examination, report: &mut Report) {
    let Some(theirs) = seen.clock else { return };
    let ours = patient.world.clock.now();
    let apart = if theirs > ours { theirs.since(ours) } else { ours.since(theirs) };
    if apart > CLOCKS {
        let what = format!(
            "the clocks of this machine and of the database are {} s apart",
            apart.as_millis() / 1000
        );
        report.find("clock", what, "set both by NTP: timedatectl set-ntp true");
    }
}

/// Whether the master key is there and opens every signing key.
fn sealed(patient: &Patient<'_>, seen: &Examination, report: &mut Report) -> bool {
    let path = patient.loaded.folder().join("master.key");
    // One that cannot be read was told where it was read.
    let Ok(master) = &patient.master else { return false };
    let Some(master) = master else {
        if !seen.keys.is_empty() {
            let what = format!("{} is missing, and the database holds what it sealed", path.display());
            let mend = match patient.loaded.config.storage.url {
                Some(_) => "bring the key from another node, or put it back from where its copy is kept",
                None => "put the key back from where its copy is kept",
            };
            report.find("master key", what, mend);
        }
        return false;
    };
    let closed = seen.keys.iter().filter(|(pool, row)| !keys::opens(master, *pool, row)).count();
    if closed > 0 {
        let what = format!(
            "{} does not open {closed} of {} signing keys: it is the key of another database",
            path.display(),
            seen.keys.len()
        );
        report.find("master key", what, "put the key back that this database had");
    }
    closed == 0
}

fn pools(seen: &Examination, report: &mut Report) {
    if seen.pools.is_empty() {
        report.find("pools", "there is no pool, so nobody can sign in", "usher pool create NAME");
    }
    for pool in &seen.pools {
        if pool.keys == 0 {
            let what = format!("the pool {} has no signing key, so it gives no tokens", pool.name);
            report.find("pools", what, format!("usher key create --pool {} --alg RS256", pool.name));
        }
        if pool.applications == 0 {
            report.note(format!(
                "The pool {0} has no application yet: people sign in at its /account; usher advise --pool {0} --create NAME makes one.",
                pool.name
            ));
        }
    }
}

/// What a server that works has swept by now.
pub(super) async fn swept(patient: &Patient<'_>, report: &mut Report) {
    let Ok(seen) = Examination::of(&serve::place(patient.loaded)).await else { return };
    let keep = limits::SPENT_TICKET.max(limits::FAILURE_WINDOW);
    let late = patient.world.clock.now().minus(keep).minus(Span::minutes(5));
    if let Some(oldest) = seen.oldest_ticket.filter(|oldest| *oldest < late) {
        let what = format!(
            "a server runs, and what expired at {} is still there: it does not sweep",
            crate::cli::backup::moment(oldest)
        );
        report.find("sweep", what, "look for \"a sweep was not finished\" in the server's log");
    }
}
