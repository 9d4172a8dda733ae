//! Mails on their way out of this program: the `[mail]` section ([`settings`]), the mail server ([`smtp`]), and the job that sends what
//! waits ([`sender`]).

pub mod sender;
pub mod settings;
pub mod smtp;

pub use sender::{say_what_is_missing, send_due, sender};
pub use settings::MailSection;
pub use smtp::Smtp;
