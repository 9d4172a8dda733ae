//! Every setting of the file beside the pools, in one table: what it is where nothing is said, what is allowed, and why it is there. The types
//! say which there are; a test holds this table equal to them, and docs/guide/settings.md is made from it.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its keys from the file's top, with dots; `[]` where there can be several.
    pub key: &'static str,
    /// What it is where nothing is said; "—" where it must be said.
    pub default: &'static str,
    /// What is allowed.
    pub allowed: &'static str,
    /// Why it is there.
    pub reason: &'static str,
    /// Whether it is a secret: never shown, and taken from a file by `…_FILE`.
    pub secret: bool,
}

impl Setting {
    /// The environment's variable; none where only the file can hold it.
    pub fn variable(&self) -> Option<String> {
        let keys = self.key.to_ascii_uppercase().replace('.', "__");
        (!self.key.contains("[]")).then(|| format!("USHER_{keys}"))
    }
}

const fn setting(
    key: &'static str,
    default: &'static str,
    allowed: &'static str,
    reason: &'static str,
) -> Setting {
    Setting { key, default, allowed, reason, secret: false }
}

const fn secret(
    key: &'static str,
    default: &'static str,
    allowed: &'static str,
    reason: &'static str,
) -> Setting {
    Setting { key, default, allowed, reason, secret: true }
}

/// All of them, section by section.
pub const TABLE: &[Setting] = &[
    setting(
        "server.public_url",
        "—",
        "scheme, host and port, such as https://login.example.com; http only for localhost, 127.0.0.1 and [::1]",
        "Where people and applications reach the server. Issuer, links, cookies and redirects are made from it and never from what a request says of itself.",
    ),
    setting(
        "server.listen",
        "127.0.0.1:8080",
        "an IP address and a port, such as 127.0.0.1:8080 or [::]:443; without TLS an address that is not loopback needs trusted_proxies",
        "Where the server listens. Loopback by default, so that nothing is open that nobody opened.",
    ),
    setting(
        "server.development",
        "false",
        "true or false",
        "Error pages explain themselves to developers. Off, since an explanation tells an attacker something, too.",
    ),
    setting(
        "server.trusted_proxies",
        "[]",
        "a list of IP addresses and networks, such as 10.0.0.5 or 10.0.0.0/8",
        "Proxies that are believed about who is behind them (X-Forwarded-For). Empty, since whoever is believed can lie about where guesses come from.",
    ),
    setting(
        "server.shutdown_delay",
        "0",
        "whole seconds, 0 to 300",
        "How long the server goes on answering after it was told to stop, not ready meanwhile, so that balancers notice before it stops accepting.",
    ),
    setting(
        "server.password_block_list",
        "none",
        "a file: a password a line, or sorted SHA-1 digests",
        "Passwords that nobody may choose, beside those that usher itself refuses.",
    ),
    setting(
        "server.tls.certificate",
        "none",
        "a file: PEM, the certificate first, its chain after it",
        "The certificate by which the server speaks TLS itself. Read again when it changes.",
    ),
    setting(
        "server.tls.private_key",
        "none",
        "a file: PEM, the certificate's private key",
        "Its private key.",
    ),
    setting(
        "server.tls.others[].certificate",
        "none",
        "a file: PEM",
        "A certificate for other names, picked by the name that the client asks for (SNI).",
    ),
    setting("server.tls.others[].private_key", "none", "a file: PEM", "Its private key."),
    setting(
        "storage.folder",
        "usher-data",
        "a folder; a relative one starts at the file's folder",
        "Holds the master key and the management socket, and the database where url does not name another.",
    ),
    secret(
        "storage.url",
        "none",
        "postgresql://user:password@host/database; ?sslrootcert=FILE for authorities of its own, ?sslmode=disable to do without TLS",
        "The database is PostgreSQL, which several nodes can share; to another machine by TLS that is verified. Without it the database is the embedded one.",
    ),
    setting(
        "storage.master_key_file",
        "none",
        "a file: 32 bytes, or base64url on each line, the newest key first",
        "The master keys, where they are not master.key in the folder; USHER_MASTER_KEY_FILE says so too, and USHER_MASTER_KEY holds the keys themselves.",
    ),
    setting(
        "log.format",
        "auto",
        "auto, text or json",
        "How the log is written, on standard error: auto is text on a terminal and JSON elsewhere.",
    ),
    setting(
        "log.level",
        "info",
        "error, warn, info, debug or trace",
        "How much is told. No level tells a secret.",
    ),
    setting(
        "mail.host",
        "—",
        "a name or an address, such as smtp.example.com",
        "The mail server; its certificate must have this name. Without [mail] none are sent.",
    ),
    setting("mail.port", "465, 587 or 25, by security", "1 to 65535", "The mail server's port."),
    setting(
        "mail.security",
        "tls",
        "tls, starttls or none; none to this machine only",
        "How the connection is secured. Links in mails open accounts, so nothing is sent where the server does not offer what is said here.",
    ),
    setting("mail.username", "none", "text, with password", "The name to sign in to the mail server with."),
    secret("mail.password", "none", "text, with username", "Its password."),
    setting(
        "mail.from",
        "—",
        "an address, or a name and an address in angle brackets, such as \"Example <no-reply@example.com>\"",
        "The sender. A pool's mail_from is another name for it.",
    ),
    setting("mail.reply_to", "none", "the same", "Where answers go, where that is not the sender."),
    setting(
        "mail.authorities",
        "none",
        "a file: PEM",
        "Certificates of authorities that are trusted beside those of the machine.",
    ),
    setting(
        "operations.listen",
        "none",
        "an IP address and a port, such as 127.0.0.1:9464",
        "Where /healthz, /readyz and /metrics answer, apart from people's requests. Off, since numbers tell an outsider something.",
    ),
];

/// The sections that the environment can set.
pub fn sections() -> Vec<&'static str> {
    let mut all: Vec<&str> = TABLE.iter().filter_map(|setting| setting.key.split('.').next()).collect();
    all.dedup();
    all
}

/// The setting at a path; numbers stand for whichever of several.
pub fn find<T: AsRef<str>>(path: &[T]) -> Option<&'static Setting> {
    let mut key = String::new();
    for part in path.iter().map(AsRef::as_ref) {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            key.push_str("[]");
        } else {
            let dot = if key.is_empty() { "" } else { "." };
            key.push_str(dot);
            key.push_str(part);
        }
    }
    TABLE.iter().find(|setting| setting.key == key)
}
