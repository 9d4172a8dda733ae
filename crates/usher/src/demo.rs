//! `usher demo`: a server, people, applications and a relying party, nothing to configure, in a folder that is gone afterwards.
//! usher is at `http://localhost:P` and the relying party at `http://127.0.0.1:Q`: two sites, since cookies know no ports.

mod clients;

use crate::serve::{self, StartError};
use crate::signals::told_to_stop;
use crate::{config, listener, world};
use clients::{KeyPair, Made};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use usher_core::App;
use usher_core::mail::{Mailer, Message, Sending};
use usher_demo::{Demo, Mail, Mailbox, Person};
use usher_types::{Endpoint, Random as _, opaque::base64url};

/// The port that is tried first.
const PORT: u16 = 8100;

/// The people, with what is worth knowing about each.
const PEOPLE: [(&str, &str, &str, &str); 3] = [
    ("alice", "Alice Arden", "correct horse battery staple", "Every claim filled in."),
    ("bob", "Bob Brook", "seven blue kites at noon", "Can sign in as bob@example.com too."),
    ("chen", "陈晨", "green tea before the rain", "Her pages are in Chinese where the browser prefers it."),
];

/// Runs until it is told to stop.
pub async fn run(port: Option<u16>) -> Result<(), StartError> {
    let running = start(port).await?;
    println!("{}", screen(&running.demo));
    told_to_stop().await;
    running.stop().await
}

/// Puts usher's mails into the demo's mailbox.
struct Delivery(Mailbox);

impl Mailer for Delivery {
    fn send(&self, message: Message) -> Sending<'_> {
        let Message { to, subject, text, .. } = message;
        self.0.put(Mail { to, subject, text });
        Box::pin(std::future::ready(Ok("250 in the mailbox".to_owned())))
    }
}

/// A demo that answers.
pub struct Running {
    /// What it shows, and where.
    pub demo: Demo,
    app: Arc<App>,
    stop: watch::Sender<()>,
    server: JoinHandle<()>,
    party: JoinHandle<std::io::Result<()>>,
    chores: [JoinHandle<()>; 4],
    folder: TempDir,
}

/// Starts one: on the asked port and the next, on any two for port 0; without one on the usual ports, or on any if those are taken.
pub async fn start(port: Option<u16>) -> Result<Running, StartError> {
    let failed = |e: std::io::Error| StartError::Machine(e.to_string());
    let folder = tempfile::Builder::new().prefix("usher-demo-").tempdir().map_err(failed)?;
    let (server, party) = listeners(port).await?;
    let issuer_port = server.local_addr().map_err(failed)?.port();
    let party_port = party.local_addr().map_err(failed)?.port();
    let mailbox = Mailbox::default();
    let mut world = world::system();
    world.mailer = Some(Arc::new(Delivery(mailbox.clone())));
    let mut secret = [0; 32];
    world.random.fill(&mut secret);
    let made = Made { secret: base64url(&secret), bank: KeyPair::generate()?, partner: KeyPair::generate()? };

    let text = include_str!("demo/usher.toml")
        .replace("{port}", &issuer_port.to_string())
        .replace("{party}", &party_port.to_string())
        .replace("{secret}", &made.secret)
        .replace("{bank}", &made.bank.declared)
        .replace("{partner}", &made.partner.declared);
    let loaded = config::parse(&text, Path::new(&folder.path().join("usher.toml")))?;
    let app = serve::prepare(&loaded, world).await?;
    let chores = crate::chores::begin(&app);

    let demo = Demo {
        issuer: format!("http://localhost:{issuer_port}/oidc"),
        base: format!("http://127.0.0.1:{party_port}"),
        advisor: format!("http://localhost:{issuer_port}{}", Endpoint::Advisor.path()),
        clients: clients::clients(made),
        people: people(),
        mailbox,
    };
    let (stop, stopped) = watch::channel(());
    let wait = |mut stopped: watch::Receiver<()>| async move {
        // An error means that the sender is gone, which is an end too.
        let _ = stopped.changed().await;
    };
    let server = tokio::spawn(listener::serve(Arc::clone(&app), server, None, wait(stopped.clone())));
    let party = tokio::spawn(usher_demo::serve(party, demo.clone(), wait(stopped)));
    Ok(Running { demo, app, stop, server, party, chores, folder })
}

impl Running {
    /// Finishes what is in flight, and removes everything.
    pub async fn stop(self) -> Result<(), StartError> {
        let _ = self.stop.send(());
        let _ = tokio::join!(self.server, self.party);
        for chore in self.chores {
            chore.abort();
        }
        self.app.store.clone().close().await;
        self.folder.close().map_err(|e| StartError::Machine(e.to_string()))
    }
}

fn people() -> Vec<Person> {
    let person = |(username, name, password, note): (&str, &str, &str, &str)| Person {
        username: username.to_owned(),
        name: name.to_owned(),
        password: password.to_owned(),
        note: note.to_owned(),
    };
    PEOPLE.map(person).into()
}

/// Two listeners on loopback: the asked port and the next, any two for port 0; without one, the usual ones or any that are free.
async fn listeners(port: Option<u16>) -> Result<(TcpListener, TcpListener), StartError> {
    let bind = async |port: u16| TcpListener::bind(("127.0.0.1", port)).await;
    let wanted = port.unwrap_or(PORT);
    let taken = |e: std::io::Error| {
        StartError::Machine(format!(
            "port {wanted} or {} cannot be used: {e}; name another with --port",
            wanted + 1
        ))
    };
    let next = if wanted == 0 { 0 } else { wanted.saturating_add(1) };
    match (bind(wanted).await, bind(next).await) {
        (Ok(server), Ok(party)) => Ok((server, party)),
        (Err(e), _) | (_, Err(e)) if port.is_some() => Err(taken(e)),
        _ => Ok((bind(0).await.map_err(taken)?, bind(0).await.map_err(taken)?)),
    }
}

/// What is printed: addresses, accounts, what to do.
fn screen(demo: &Demo) -> String {
    let accounts: Vec<String> =
        demo.people.iter().map(|p| format!("    {:<8} {:<32} {}", p.username, p.password, p.note)).collect();
    format!(
        "
  usher demo

  Open     {}
           A relying party that walks through every mode and shows what goes over the wire.

  usher    {}
           Its metadata: {}/.well-known/openid-configuration

  Mailbox  {}/mailbox
           Every mail that usher sends here: for a forgotten password, a new account.

  Sign in as
{}

  Applications
{}

  Everything is kept in a folder that is removed at the end. Stop with Ctrl-C.
",
        demo.base,
        demo.issuer,
        demo.issuer,
        demo.base,
        accounts.join("\n"),
        clients::LIST.map(|(id, what)| format!("    {id:<14} {what}")).join("\n"),
    )
}
