//! From arguments to a command: settings are read by their kinds, files are opened, what cannot be undone is asked for.

use super::Failure;
use super::arguments::{
    AccessKeyArguments, AccessKeyCommand, AppArguments, AppCommand, Command, KeyArguments, KeyCommand,
    PoolArguments, PoolCommand, UserArguments, UserCommand,
};
use super::audit::{self, AuditArguments};
use super::input;
use super::master_key::{MasterKeyArguments, MasterKeyCommand};
use super::options::{Changes, Part, PasswordSource, Place, Yes};
use super::session::{self, SessionArguments};
use super::settings::Listing;
use usher_admin::setting::{ACCESS_KEY, APPLICATION, Kind, POOL, Table, USER};
use usher_admin::{self as admin, Assignment, Change, Order, Page, Picture, read_change, read_seconds};
use usher_types::opaque::base64url;
use usher_types::{Domain, Secret};

/// What a management command comes to.
pub enum Work {
    /// An order for the installation at a place.
    Order(Place, Order),
    /// Something about the master keys of the installation at a place.
    MasterKey(Place, MasterKeyCommand),
    /// A list of settings, which needs no installation.
    Settings(Place, Listing),
}

/// What is made of the arguments; `None` where they are no management command.
pub fn read(command: Command) -> Result<Option<Work>, Failure> {
    Ok(match command {
        Command::Serve { .. }
        | Command::CheckConfig { .. }
        | Command::Health { .. }
        | Command::Demo { .. }
        | Command::Advise(_)
        | Command::Mail(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Migrate(_)
        | Command::Doctor(_)
        | Command::Completions { .. } => None,
        Command::Pool(PoolArguments { place, command: PoolCommand::Settings }) => {
            Some(Work::Settings(place, Listing(&POOL)))
        }
        Command::App(AppArguments { place, command: AppCommand::Settings, .. }) => {
            Some(Work::Settings(place, Listing(&APPLICATION)))
        }
        Command::AccessKey(AccessKeyArguments { place, command: AccessKeyCommand::Settings, .. }) => {
            Some(Work::Settings(place, Listing(&ACCESS_KEY)))
        }
        Command::User(UserArguments { place, command: UserCommand::Settings, .. }) => {
            Some(Work::Settings(place, Listing(&USER)))
        }
        Command::Pool(PoolArguments { place, command }) => {
            Some(Work::Order(place, Order { pool: None, command: admin::Command::Pool(pool(command)?) }))
        }
        Command::App(AppArguments { place, pool, command }) => {
            Some(Work::Order(place, Order { pool: pool.pool, command: admin::Command::App(app(command)?) }))
        }
        Command::AccessKey(AccessKeyArguments { place, pool, command }) => {
            let command = admin::Command::AccessKey(access_key(command)?);
            Some(Work::Order(place, Order { pool: pool.pool, command }))
        }
        Command::User(UserArguments { place, pool, command }) => {
            Some(Work::Order(place, Order { pool: pool.pool, command: admin::Command::User(user(command)?) }))
        }
        Command::MasterKey(MasterKeyArguments { place, command }) => Some(Work::MasterKey(place, command)),
        Command::Key(KeyArguments { place, pool, command }) => {
            Some(Work::Order(place, Order { pool: pool.pool, command: admin::Command::Key(key(command)?) }))
        }
        Command::Audit(AuditArguments { place, pool, command }) => {
            let command = admin::Command::Audit(audit::command(command)?);
            Some(Work::Order(place, Order { pool: pool.pool, command }))
        }
        Command::Session(SessionArguments { place, pool, command }) => {
            let command = admin::Command::Session(session::read(command)?);
            Some(Work::Order(place, Order { pool: pool.pool, command }))
        }
    })
}

fn pool(command: PoolCommand) -> Result<admin::PoolCommand, Failure> {
    Ok(match command {
        PoolCommand::Create { name, domain, changes } => admin::PoolCommand::Create {
            name,
            domain: domain.as_deref().map(domain_of).transpose()?,
            changes: Read::from(&POOL, &changes)?.changes,
        },
        PoolCommand::List(part) => admin::PoolCommand::List(page(part)),
        PoolCommand::Show { name } => admin::PoolCommand::Show { name },
        PoolCommand::Set { name, domain, no_domain, changes, if_version } => admin::PoolCommand::Set {
            name: Some(name),
            domain: match domain {
                Some(domain) => Some(admin::Move::To(domain_of(&domain)?)),
                None => no_domain.then_some(admin::Move::Back),
            },
            changes: Read::from(&POOL, &changes)?.changes,
            version: if_version,
        },
        PoolCommand::Delete { name, yes } => {
            // Nothing else deletes so much, so that a terminal is not asked: it must be written.
            if !yes.yes {
                let message = format!(
                    "pool {name:?} would go with its people, applications and keys: --yes says that it is meant"
                );
                return Err(Failure::Written(message));
            }
            admin::PoolCommand::Delete { name }
        }
        PoolCommand::Settings => return Err(no_order()),
    })
}

fn domain_of(text: &str) -> Result<Domain, Failure> {
    Domain::parse(text).map_err(|error| Failure::Written(format!("--domain: {error}")))
}

fn app(command: AppCommand) -> Result<admin::ApplicationCommand, Failure> {
    Ok(match command {
        AppCommand::Create { client_id, changes } => {
            let Read { changes, secret, picture } = Read::from(&APPLICATION, &changes)?;
            admin::ApplicationCommand::Create { client_id, changes, client_secret: secret, logo: picture }
        }
        AppCommand::List(part) => admin::ApplicationCommand::List(page(part)),
        AppCommand::Show { client_id } => admin::ApplicationCommand::Show { client_id },
        AppCommand::Set { client_id, changes: Changes { changes, if_version } } => {
            let Read { changes, secret, picture } = Read::from(&APPLICATION, &changes)?;
            admin::ApplicationCommand::Set {
                client_id,
                changes,
                client_secret: secret,
                logo: picture,
                version: if_version,
            }
        }
        AppCommand::RotateSecret { client_id, overlap } => {
            admin::ApplicationCommand::RotateSecret { client_id, overlap_seconds: self::overlap(&overlap)? }
        }
        AppCommand::Delete { client_id, yes } => {
            confirm(
                &yes,
                &format!("Deleting the application {client_id:?} and everything that it was given"),
            )?;
            admin::ApplicationCommand::Delete { client_id }
        }
        AppCommand::Settings => return Err(no_order()),
    })
}

fn access_key(command: AccessKeyCommand) -> Result<admin::AccessKeyCommand, Failure> {
    Ok(match command {
        AccessKeyCommand::Create { app, changes } => admin::AccessKeyCommand::Create {
            client_id: app,
            changes: Read::from(&ACCESS_KEY, &changes)?.changes,
        },
        AccessKeyCommand::List { app, part } => {
            admin::AccessKeyCommand::List { page: page(part), client_id: app }
        }
        AccessKeyCommand::Show { access_key } => admin::AccessKeyCommand::Show { access_key },
        AccessKeyCommand::Set { access_key, changes: Changes { changes, if_version } } => {
            admin::AccessKeyCommand::Set {
                access_key,
                changes: Read::from(&ACCESS_KEY, &changes)?.changes,
                version: if_version,
            }
        }
        AccessKeyCommand::Rotate { access_key, overlap } => {
            admin::AccessKeyCommand::Rotate { access_key, overlap_seconds: self::overlap(&overlap)? }
        }
        AccessKeyCommand::Delete { access_key, yes } => {
            confirm(&yes, &format!("Deleting the access key {access_key:?}"))?;
            admin::AccessKeyCommand::Delete { access_key }
        }
        AccessKeyCommand::Settings => return Err(no_order()),
    })
}

fn user(command: UserCommand) -> Result<admin::UserCommand, Failure> {
    Ok(match command {
        UserCommand::Create { username, changes, password, link } => {
            let changes = Read::from(&USER, &changes)?.changes;
            let password = match link {
                true => admin::FirstPassword::Link,
                false => first_password(&password)?.unwrap_or_default(),
            };
            admin::UserCommand::Create { username, changes, password }
        }
        UserCommand::Link { user } => admin::UserCommand::Link { user },
        UserCommand::VerifyEmail { user } => admin::UserCommand::VerifyEmail { user },
        UserCommand::List { find, part } => admin::UserCommand::List { page: page(part), find },
        UserCommand::Show { user } => admin::UserCommand::Show { user },
        UserCommand::Set { user, changes: Changes { changes, if_version } } => admin::UserCommand::Set {
            user,
            changes: Read::from(&USER, &changes)?.changes,
            version: if_version,
        },
        UserCommand::SetPassword { user, password, must_change } => {
            let password = match first_password(&password)? {
                Some(password) => password,
                None => admin::FirstPassword::Given { password: Some(input::ask_password()?) },
            };
            admin::UserCommand::SetPassword { user, password, must_change }
        }
        UserCommand::Unlock { user } => admin::UserCommand::Unlock { user },
        UserCommand::Delete { user, yes } => {
            confirm(&yes, &format!("Deleting {user:?} with their sessions and grants"))?;
            admin::UserCommand::Delete { user }
        }
        UserCommand::Settings => return Err(no_order()),
    })
}

fn key(command: KeyCommand) -> Result<admin::KeyCommand, Failure> {
    Ok(match command {
        KeyCommand::Rotate { alg, now } => {
            let begin = if now { admin::Begin::Now } else { admin::Begin::Published };
            admin::KeyCommand::Rotate { algorithm: alg, begin }
        }
        KeyCommand::List => admin::KeyCommand::List,
        KeyCommand::Show { kid } => admin::KeyCommand::Show { kid },
        KeyCommand::Delete { kid, yes } => {
            confirm(
                &yes,
                &format!(
                    "Deleting the key {kid:?}, so that tokens which it signed cannot be verified any more,"
                ),
            )?;
            admin::KeyCommand::Delete { kid }
        }
    })
}

/// Settings as they were written, with what came from files.
struct Read {
    changes: Vec<Change>,
    secret: Option<Secret>,
    picture: Picture,
}

impl Read {
    fn from(table: &Table, written: &[String]) -> Result<Self, Failure> {
        let mut read = Self { changes: Vec::new(), secret: None, picture: Picture::Keep };
        for text in written {
            let assignment = Assignment::parse(text).map_err(|e| Failure::Written(e.to_string()))?;
            let (setting, _) = table.find(assignment.name)?;
            match setting.kind {
                Kind::Secret => read.secret = Some(secret(read.secret.as_ref(), assignment)?),
                Kind::Picture => read.picture = picture(assignment)?,
                Kind::Json | Kind::Objects(_) | Kind::Members => {
                    let content = match assignment.text.strip_prefix('@') {
                        Some(path) => input::file(setting.name, path)?,
                        None => assignment.text.as_bytes().to_vec(),
                    };
                    let content = String::from_utf8(content).map_err(|_| {
                        Failure::Written(format!("{}: a text in UTF-8 is expected", setting.name))
                    })?;
                    read.changes.push(read_change(table, Assignment { text: &content, ..assignment })?);
                }
                _ => read.changes.push(read_change(table, assignment)?),
            }
        }
        Ok(read)
    }
}

fn secret(before: Option<&Secret>, assignment: Assignment<'_>) -> Result<Secret, Failure> {
    let wrong = |what: &str| Err(Failure::Written(format!("{}: {what}", assignment.name)));
    if before.is_some() {
        return wrong("it is given twice");
    }
    if assignment.operation != admin::Operation::Set || assignment.text.is_empty() {
        return wrong(
            "it is set, or drawn by rotate-secret; an application has none where it authenticates without one",
        );
    }
    input::secret(assignment.name, assignment.text)
}

fn picture(assignment: Assignment<'_>) -> Result<Picture, Failure> {
    if assignment.operation != admin::Operation::Set {
        return Err(Failure::Written(format!("{}: there is at most one", assignment.name)));
    }
    if assignment.text.is_empty() {
        return Ok(Picture::Remove);
    }
    let path = assignment.text.strip_prefix('@').unwrap_or(assignment.text);
    Ok(Picture::Put(base64url(&input::file(assignment.name, path)?)))
}

fn first_password(source: &PasswordSource) -> Result<Option<admin::FirstPassword>, Failure> {
    if source.generate {
        return Ok(Some(admin::FirstPassword::Drawn));
    }
    let Some(written) = &source.password else { return Ok(None) };
    let password = input::secret("password", written)?;
    Ok(Some(admin::FirstPassword::Given { password: Some(password) }))
}

fn page(part: Part) -> Page {
    Page { after: part.after, limit: part.limit }
}

/// The time of an overlap. A number alone is refused: whoever writes 24 hardly means seconds.
fn overlap(text: &str) -> Result<u32, Failure> {
    let wrong = |message: String| Err(Failure::Written(message));
    match read_seconds(text) {
        Some(number) if number > 0 && text.ends_with(|c: char| c.is_ascii_digit()) => {
            wrong(format!("overlap: {number} of what? {number}h, {number}d, or {number}s"))
        }
        Some(seconds) => Ok(seconds),
        None => wrong("overlap: a number with s, m, h or d is expected, such as 24h".to_owned()),
    }
}

fn confirm(yes: &Yes, what: &str) -> Result<(), Failure> {
    if yes.yes { Ok(()) } else { input::confirm(what) }
}

/// Settings are shown without an order.
fn no_order() -> Failure {
    Failure::World("a list of settings is no order".to_owned())
}
