//! What must hold for every input of every parser. A target takes any bytes, gives them to one parser and panics where an
//! invariant breaks: what is accepted reads back as itself, nothing dangerous is accepted, nothing unsigned is believed.
//!
//! The same functions are run by libFuzzer (the folder `fuzz` of the repository) and, over its corpus, by this crate's tests.
//! Where one input has several parts, lines divide them, so that a corpus can be read and written by hand.

#![expect(clippy::missing_panics_doc, reason = "a target has no other way to say that an invariant broke")]

mod account;
mod advisor;
mod assertion;
mod assignment;
mod authorize;
mod backup;
mod input;
mod jose;
mod modes;
mod new_password;
mod operate;
mod page;
mod request;
mod secrets;
mod settings;
mod stored;
mod text;
mod uri;

pub use account::{browser, claim};
pub use advisor::advisor;
pub use assertion::{assertion_claims, exchange_request};
pub use assignment::assignment;
pub use authorize::{claims_parameter, prompt};
pub use backup::backup;
pub use jose::{jose_header, jose_verify, json_object, public_jwk};
pub use modes::{jwk_set, response_type, scope_item};
pub use new_password::{known_passwords, new_password};
pub use operate::{environment, forwarded};
pub use page::page;
pub use request::{basic, request};
pub use secrets::{master_keys, password, seal};
pub use settings::{client_settings, config};
pub use stored::{checkpoint, granted, profile, refresh_token};
pub use text::{endpoint, identifier, locale, opaque, params, scope, user_code};
pub use uri::{domain, loopback, public_url, redirect_uri, web_url};

/// A function that takes any bytes and panics where an invariant breaks.
pub type Target = fn(&[u8]);

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// Every target by its name, which is also its folder in the corpus and its binary.
        pub const TARGETS: &[(&str, Target)] = &[$((stringify!($name), $name)),*];
    };
}

targets! {
    advisor, assertion_claims, assignment, backup, basic, browser, checkpoint, claim, claims_parameter, client_settings, config, domain,
    endpoint, environment, exchange_request, forwarded, granted, identifier, jose_header, jose_verify, json_object, jwk_set,
    known_passwords, locale, loopback, master_keys, new_password, opaque, page, params, password, profile, prompt, public_jwk, public_url,
    redirect_uri, refresh_token, request, response_type, scope, scope_item, seal, user_code, web_url,
}
