//! Every number that bounds something, in one table. `cargo xtask check` compares it with docs/limits.md.

use crate::Span;

macro_rules! limits {
    ($($(#[doc = $doc:literal])* $name:ident: $kind:ty = $value:expr;)*) => {
        $($(#[doc = $doc])* pub const $name: $kind = $value;)*

        /// Name, value and meaning of each, as the documentation lists them.
        pub const TABLE: &[(&str, &str, &str)] = &[$((stringify!($name), stringify!($value), concat!($($doc),*))),*];
    };
}

limits! {
    /// Bytes of a request's body.
    BODY_BYTES: usize = 64 * 1024;
    /// Bytes of a command at the management socket.
    COMMAND_BYTES: usize = 512 * 1024;
    /// Bytes of a request's line and headers together.
    HEAD_BYTES: usize = 16 * 1024;
    /// Parameters of one request.
    PARAMETERS: usize = 100;
    /// Tokens of one scope.
    SCOPE_TOKENS: usize = 64;
    /// Bytes of a password; more is refused before it is hashed.
    PASSWORD_BYTES: usize = 1024;
    /// Applications of a pool whose names a new password must not be made of.
    PASSWORD_APPLICATIONS: usize = 100;
    /// Bytes of a login name as it is typed.
    IDENTIFIER_BYTES: usize = 320;
    /// Bytes of state and of nonce.
    STATE_BYTES: usize = 4096;
    /// Depth of nested JSON that is read.
    JSON_DEPTH: usize = 16;
    /// Registered URIs of one kind per application.
    REGISTERED_URIS: usize = 100;
    /// Bytes of one URI.
    URI_BYTES: usize = 2048;
    /// Bytes of an application's logo.
    LOGO_BYTES: usize = 128 * 1024;
    /// People side by side in one browser.
    SESSIONS_PER_BROWSER: usize = 10;
    /// Within this time the head of a request must be there.
    HEAD_TIME: Span = Span::seconds(10);
    /// Within this time the body of a request must be there, and an answer must be taken.
    BODY_TIME: Span = Span::seconds(20);
    /// After a server was told to stop, what is in flight may go on for this time.
    FAREWELL: Span = Span::seconds(20);
    /// Within this time the database must answer a look at its readiness.
    READY_TIME: Span = Span::seconds(2);
    /// What was found out about readiness is told again for this time.
    READY_KEPT: Span = Span::seconds(1);
    /// Between two tries whether the database can be written again, after a write failed.
    PROBE: Span = Span::seconds(3);
    /// Bytes that such a try writes and takes away again.
    PROBE_BYTES: usize = 64 * 1024;
    /// Between two looks at certificate files.
    CERTIFICATE_POLL: Span = Span::seconds(5);
    /// Certificates for other names.
    OTHER_CERTIFICATES: usize = 100;
    /// Seconds that a server waits, not ready, before it stops accepting.
    SHUTDOWN_DELAY: u32 = 300;
    /// Connections to the operations listener at once.
    OPERATIONS_CONNECTIONS: usize = 32;
    /// Different causes of refusals that are counted; more are counted together.
    REFUSAL_CAUSES: usize = 200;
    /// After this time an idle connection is closed.
    IDLE_CONNECTION: Span = Span::seconds(75);
    /// Connections at once.
    CONNECTIONS: usize = 10_000;
    /// Of these, connections from one network (/24, /56) that is not a trusted proxy's.
    CONNECTIONS_BY_NETWORK: usize = 1_000;
    /// Passwords waiting to be checked; one more is answered 429.
    HASH_QUEUE: usize = 256;
    /// Of these, passwords from one network (/24, /56).
    HASH_QUEUE_BY_NETWORK: usize = 32;
    /// Wrong passwords for one login name within the window; one more is answered 429.
    FAILURES_BY_ACCOUNT: u32 = 10;
    /// Wrong passwords from one network (/24, /56) within the window; one more is answered 429.
    FAILURES_BY_NETWORK: u32 = 100;
    /// Wrong passwords by the password grant of one application with credentials, whose backend's network is everybody's; one more is answered 429.
    FAILURES_BY_APPLICATION: u32 = 1_000;
    /// Wrong passwords of one person since the last right one; from then on only devices on which the person is known may try, until there is another password or an administrator unlocks (NIST SP 800-63B-4 §3.2.2 allows 100).
    FAILURES_IN_A_ROW: u32 = 100;
    /// Wrong passwords for one person on a device on which they are known; one more, and it is as any other until the next right one.
    FAILURES_BY_DEVICE: u32 = 10;
    /// The window in which wrong passwords are counted.
    FAILURE_WINDOW: Span = Span::minutes(15);
    /// Life of an authorization code.
    CODE: Span = Span::seconds(60);
    /// Life of a device code and its user code.
    DEVICE_CODE: Span = Span::minutes(10);
    /// Between two polls with a device code; each one that comes earlier makes it 5 seconds longer (RFC 8628 §3.5).
    DEVICE_POLL: Span = Span::seconds(5);
    /// Wrong user codes from one network (/24, /56) within the window; one more is answered 429.
    USER_CODES_BY_NETWORK: u32 = 20;
    /// Wrong user codes in a pool within the window; from then on a network has only the next number of tries.
    USER_CODES_BY_POOL: u32 = 1_000;
    /// Wrong user codes from one network (/24, /56) while the pool is past its number; one more is answered 429.
    USER_CODES_BY_CLEAN_NETWORK: u32 = 3;
    /// Wrong user codes in a pool within the window, from whichever networks; one more is answered 429. Of 20^8 codes with 1,000 waiting, so many guesses find one with a chance of 1 in 2,560.
    USER_CODES: u32 = 10_000;
    /// Requests of devices from one network (/24, /56) within the window, for applications without credentials; one more is answered 429.
    DEVICE_REQUESTS_BY_NETWORK: u32 = 100;
    /// Requests of devices within the window by one application with credentials, from wherever; one more is answered 429.
    DEVICE_REQUESTS_BY_APPLICATION: u32 = 1_000;
    /// How far ahead the end of an assertion may lie (RFC 7523 §3).
    ASSERTION: Span = Span::minutes(10);
    /// How far clocks of those who make assertions may differ from this one.
    CLOCK_SKEW: Span = Span::seconds(60);
    /// How often a token is exchanged for another, and that one again (RFC 8693 §4.1).
    EXCHANGES: usize = 3;
    /// Access keys of one application.
    ACCESS_KEYS: usize = 100;
    /// Between two writings of when an access key was last used.
    LAST_USED: Span = Span::minutes(1);
    /// Life of an access token.
    ACCESS_TOKEN: Span = Span::minutes(10);
    /// Life of an ID token.
    ID_TOKEN: Span = Span::minutes(10);
    /// The longest life that an access token or an ID token can be given.
    LONGEST_TOKEN: Span = Span::days(1);
    /// A signing key signs this long.
    SIGNING_KEY: Span = Span::days(90);
    /// A signing key is published this long before it signs, so that everybody has read the key set again.
    KEY_AHEAD: Span = Span::hours(24);
    /// A refresh token that is not used for this long ends.
    REFRESH_IDLE: Span = Span::days(30);
    /// A refresh token ends this long after the grant, used or not.
    REFRESH_ABSOLUTE: Span = Span::days(180);
    /// A refresh token spent this recently, whose successor was never used, gets the same successor again.
    REFRESH_GRACE: Span = Span::seconds(10);
    /// A session that is not used for this long ends.
    SESSION_IDLE: Span = Span::hours(12);
    /// A session ends this long after its start.
    SESSION_ABSOLUTE: Span = Span::days(14);
    /// The same for a person who asked to be remembered; idle or not.
    SESSION_REMEMBERED: Span = Span::days(90);
    /// A device on which a person signed in is known for this long, counted from the last time.
    KNOWN_DEVICE: Span = Span::days(180);
    /// Devices on which a person is known.
    DEVICES_PER_PERSON: u32 = 20;
    /// Secrets of one device, a new one for each person who was not known on it: so many people at least are known on it side by side.
    SECRETS_PER_DEVICE: usize = 10;
    /// Who changes a password has proved this recently who they are.
    FRESH_SIGN_IN: Span = Span::minutes(10);
    /// Life of a sign-in in progress.
    INTERACTION: Span = Span::minutes(30);
    /// Life of a link by which somebody who forgot their password chooses another one.
    RESET_LINK: Span = Span::minutes(30);
    /// Life of a link, made by an administrator's command, by which somebody chooses a password.
    FIRST_PASSWORD_LINK: Span = Span::hours(24);
    /// Life of a link by which somebody shows that an e-mail address is theirs.
    VERIFY_LINK: Span = Span::hours(24);
    /// Life of a link by which somebody makes an account.
    SIGN_UP_LINK: Span = Span::hours(1);
    /// Mails of one kind to one person, or about one address, within the window; what is more is not sent.
    MAILS_BY_PERSON: u32 = 3;
    /// Requests from one network (/24, /56) that send mails within the window; one more is answered 429.
    MAILS_BY_NETWORK: u32 = 10;
    /// Mails of one pool within the window; what is more waits for the next one.
    MAILS_BY_POOL: u32 = 2_000;
    /// Mails of one pool about accounts to be made within the window: the rest of its mails are for people whom it knows.
    SIGN_UP_MAILS_BY_POOL: u32 = 500;
    /// The window in which mails are counted.
    MAIL_WINDOW: Span = Span::hours(1);
    /// Between two looks at the mails that wait.
    MAIL_POLL: Span = Span::seconds(2);
    /// Mails that one node sends at once.
    MAILS_AT_ONCE: u32 = 8;
    /// Within this time a mail server must have taken a mail.
    MAIL_TIME: Span = Span::seconds(30);
    /// For so long a node has a mail for itself; then another one may send it.
    MAIL_LEASE: Span = Span::minutes(2);
    /// After the first failure a mail is tried again; each wait after it is twice as long, an hour at most.
    MAIL_WAIT: Span = Span::minutes(1);
    /// The longest wait between two tries of a mail.
    MAIL_LONGEST_WAIT: Span = Span::hours(1);
    /// A mail that could not be sent for so long is given up.
    MAIL_GIVEN_UP: Span = Span::days(1);
    /// A spent ticket is kept this long past its expiry, so that a replay still finds what it gave.
    SPENT_TICKET: Span = Span::minutes(10);
    /// Sums of refusals are kept this long.
    REFUSALS_KEPT: Span = Span::days(30);
    /// Rows that one step of the sweeper removes.
    SWEEP_STEP: u32 = 500;
    /// The machine's clock is followed without doubt where it is corrected by no more than this.
    CLOCK_STEP: Span = Span::seconds(10);
    /// What has expired is removed by a clock only that has been beyond doubt for this long.
    CLOCK_SETTLED: Span = Span::hours(1);
    /// After a jump the machine's clock is believed again when it has kept its new time for this long.
    CLOCK_TRUST: Span = Span::minutes(1);
    /// The audit trail is kept this long where a pool does not say otherwise.
    AUDIT_KEPT: Span = Span::days(400);
    /// Between two looks for rows of the audit trail that are not sealed.
    AUDIT_SEAL_EVERY: Span = Span::seconds(5);
    /// Sums of refusals are sealed together for a span of this length.
    REFUSALS_SPAN: Span = Span::minutes(10);
    /// Sums of refusals are written no later than this after their minute, and sealed no earlier.
    REFUSALS_LATE: Span = Span::minutes(5);
    /// Between two looks for sums of refusals that are not sealed.
    REFUSALS_SEAL_EVERY: Span = Span::minutes(1);
    /// Between two looks for rows of the audit trail that are old enough to go.
    AUDIT_KEEP_EVERY: Span = Span::hours(1);
    /// A node that seals the audit trail does so alone for this long after its last step.
    AUDIT_LEASE: Span = Span::seconds(30);
    /// Rows of the audit trail that one step numbers.
    AUDIT_STEP: u32 = 100;
    /// Rows of the audit trail under one seal.
    AUDIT_SEAL: u32 = 500;
    /// A seal of the audit trail takes rows for this long.
    AUDIT_SEAL_DAY: Span = Span::days(1);
    /// Sealed values that one step of sealing anew looks at.
    RESEAL_STEP: u32 = 100;
    /// Between two looks at the revision of the configuration.
    REVISION_POLL: Span = Span::millis(500);
    /// Within this time every node has seen a change of the configuration.
    CHANGE_SEEN: Span = Span::seconds(1);
    /// Pools that are read at once.
    POOLS_READ: u32 = 500;
    /// A pool that could not be read, and did not change, is looked at again after this long.
    UNREAD_AGAIN: Span = Span::seconds(30);
    /// Entries of one part of a list on the pages of an account.
    ACCOUNT_ENTRIES: u32 = 20;
    /// Grants that are read, newest first, to say what the applications of one part may see.
    ACCOUNT_GRANTS: u32 = 500;
    /// Bytes of one claim of a person.
    CLAIM_BYTES: usize = 2048;
    /// Characters of a password that stands alone (NIST SP 800-63B-4 §3.1.1.2).
    PASSWORD_CHARACTERS: usize = 15;
}
