//! What the pages do: show a form, take what a person did there into the interaction, and redirect back to the door that began it.
//! What an answer means for the application is that door's to decide.

pub mod account;
pub mod advisor;
mod assets;
mod change_password;
mod choose_account;
mod consent;
mod device;
mod device_consent;
mod device_qr;
mod form;
mod link;
mod reset;
mod sign_in;
mod sign_out;
mod sign_up;
mod verify;

pub use assets::{application_logo, application_style, icon, style};
pub use change_password::change_password;
pub use choose_account::choose_account;
pub use consent::consent;
pub use device::device;
pub use device_consent::device_consent;
pub use device_qr::device_qr;
pub use reset::{forgot_password, new_password};
pub use sign_in::sign_in;
pub use sign_out::{sign_out, signed_out};
pub use sign_up::{sign_up, sign_up_link};
pub use verify::verify_email;
