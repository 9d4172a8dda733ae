//! Carrying out a management command: a running server does it; where none runs, the database is opened here.

use super::arguments::Command;
use super::master_key::{self, Told};
use super::options::Place;
use super::order::{self, Work};
use super::{Failure, audit, render};
use crate::config::{self, Loaded};
use crate::installation::{self, Absent};
use crate::management::{Unanswered, ask, path_in};
use crate::serve::{self, StartError};
use crate::{output, world};
use usher_admin::{Admin, Operator, Order, Outcome, execute};
use usher_core::data_keys::DataKeys;
use usher_core::trail::TrailKeys;
use usher_core::world::World;
use usher_types::fold::IdentifierKey;

/// Carries out a management command and shows what came of it.
pub async fn manage(command: Command) -> Result<(), Failure> {
    match order::read(command)? {
        None => Ok(()),
        Some(Work::Settings(place, listing)) => {
            let text = if place.json { listing.json() } else { listing.text() };
            output::print(&text).map_err(Failure::World)
        }
        Some(Work::MasterKey(place, command)) => {
            let loaded = config::load(&place.config).map_err(|e| Failure::Written(e.to_string()))?;
            match master_key::run(&loaded, command).await? {
                Told::Outcome(outcome) => show(&place, &outcome),
                Told::Key(key) => output::print(&format!("{key}\n")).map_err(Failure::World),
            }
        }
        Some(Work::Order(place, order)) => {
            let loaded = config::load(&place.config).map_err(|e| Failure::Written(e.to_string()))?;
            let declared = declared(&loaded, &order);
            let mut outcome = carry_out(&loaded, order).await?;
            outcome.notes.extend(declared);
            show(&place, &outcome)?;
            audit::judge(&outcome)
        }
    }
}

fn show(place: &Place, outcome: &Outcome) -> Result<(), Failure> {
    if place.json {
        output::print(&(render::json(outcome)? + "\n")).map_err(Failure::World)?;
    } else {
        output::print(&render::text(outcome)?).map_err(Failure::World)?;
        for note in &outcome.notes {
            eprintln!("{note}");
        }
    }
    Ok(())
}

/// Has an order carried out by the server that runs on the installation's folder, or by this process where none runs.
pub async fn carry_out(loaded: &Loaded, order: Order) -> Result<Outcome, Failure> {
    let socket = path_in(&loaded.folder());
    match ask(&socket, &order).await {
        Ok(answer) => Ok(answer?),
        Err(Unanswered::Broken(why)) => Err(Failure::World(why)),
        Err(Unanswered::Nobody) => directly(loaded, order).await,
    }
}

/// Opens the database and does what a server would do.
async fn directly(loaded: &Loaded, order: Order) -> Result<Outcome, Failure> {
    let folder = loaded.folder();
    if let Some(owner) = installation::other_owner(&folder) {
        return Err(Failure::World(format!(
            "{} belongs to the Unix user {owner}, and no server runs on it: run this command as that user",
            folder.display()
        )));
    }
    let known_passwords = loaded.known_passwords().map_err(|e| Failure::Written(e.to_string()))?;
    let world = World { known_passwords, ..world::system() };
    let absent = if order.command.may_be_the_first()? { Absent::Made } else { Absent::Refused };
    let (store, master) = serve::open(loaded, &world, absent).await.map_err(|error| match error {
        StartError::Config(error) => Failure::Written(error.to_string()),
        StartError::InUse(why) => Failure::World(format!(
            "{why}. The server that has it does not listen on {}",
            path_in(&folder).display()
        )),
        StartError::Machine(why) => Failure::World(why),
    })?;
    let public_url = &loaded.config.server.public_url;
    // How many values each master key seals is told also where none of them is the right one.
    let only_looks =
        matches!(order.command, usher_admin::Command::MasterKey(usher_admin::MasterKeyCommand::Status));
    let keys = match DataKeys::open(&store, &master, &world).await {
        Err(_) if only_looks => Ok(DataKeys::of_nobody(&world)),
        opened => opened,
    };
    let done = match keys {
        Ok(keys) => {
            let trail = TrailKeys::of(&keys);
            let (store, master, world) = (&store, &master, &world);
            let admin = Admin { store, master, world, data_keys: &keys, trail: &trail, public_url };
            execute(&admin, order, Operator { unix_user: rustix::process::geteuid().as_raw() }).await
        }
        Err(fault) => Err(fault.into()),
    };
    store.close().await;
    Ok(done?)
}

/// What to know about a thing that the configuration declares too and the next start sets back.
fn declared(loaded: &Loaded, order: &Order) -> Option<String> {
    use usher_admin::{
        AccessKeyCommand as Key, ApplicationCommand as App, Command as C, PoolCommand as Pool,
        UserCommand as User,
    };
    let pools = &loaded.config.pools;
    let pool = match (&order.command, &order.pool) {
        (C::Pool(Pool::Set { name: Some(name), .. } | Pool::Delete { name }), _) | (_, Some(name)) => {
            pools.iter().find(|p| p.name == *name)
        }
        _ => pools.first(),
    }?;
    let what = match &order.command {
        // A domain that is not declared is not set back.
        C::Pool(Pool::Set { domain: Some(_), changes, .. })
            if changes.is_empty() && pool.domain.is_none() =>
        {
            return None;
        }
        C::Pool(Pool::Set { .. } | Pool::Delete { .. }) => format!("the pool {:?}", pool.name),
        C::App(
            App::Set { client_id, .. } | App::RotateSecret { client_id, .. } | App::Delete { client_id },
        ) => {
            let app = pool.applications.iter().find(|a| a.client_id == *client_id)?;
            format!("the application {:?}", app.client_id)
        }
        // What a declaration says of somebody is applied when it changes, and when they are not there.
        C::User(User::Delete { user }) => {
            let meant = IdentifierKey::fold(user);
            let same = |name: &Option<String>| {
                meant.is_some() && name.as_deref().and_then(IdentifierKey::fold) == meant
            };
            pool.users
                .iter()
                .find(|u| same(&u.username) || same(&u.claims.email) || same(&u.claims.phone_number))?;
            format!("the person {user:?}")
        }
        C::AccessKey(
            Key::Set { access_key, .. } | Key::Rotate { access_key, .. } | Key::Delete { access_key },
        ) => {
            let mut keys = pool.applications.iter().flat_map(|a| &a.access_keys);
            keys.find(|k| k.access_key == *access_key)?;
            format!("the access key {access_key:?}")
        }
        _ => return None,
    };
    Some(format!(
        "{} declares {what} too: the next start sets it back to what is declared",
        loaded.path.display()
    ))
}
