//! What is written of an application or a person, whoever asks for it: a declaration ([`crate::seed`]) or an administrator. The checks,
//! the stored form and the steps of a batch are here; who may ask, and what happens where a row has changed meanwhile, is left to them.

mod application;
mod logo;
mod user;

pub use application::{
    Draft, LogoChange, Place, SecretChange, insert_application, is_same_application, needs_secret,
    open_secret, read_settings, secret_context, update_application,
};
pub use logo::{LogoError, logo_of, read_logo};
pub use user::{
    UserSettings, change_password, check_password, check_user, delete_user, insert_user, login_keys,
    update_user,
};
pub(crate) use user::{folded_names, void_unspent};
