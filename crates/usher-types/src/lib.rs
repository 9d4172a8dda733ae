//! The words that every part of usher shares: identifiers, time, secrets, scopes, URIs, parameters, what a page shows, and
//! [`endpoint`], the only list of URLs. Pure data and parsers: nothing here reads a clock, a file or a socket.

pub mod domain;
pub mod endpoint;
pub mod fold;
pub mod histogram;
pub mod id;
pub mod limits;
pub mod locale;
pub mod look;
pub mod mail;
pub mod opaque;
pub mod page;
pub mod params;
pub mod random;
pub mod scope;
pub mod scope_item;
pub mod secret;
pub mod time;
pub mod uri;
pub mod user_code;

pub use domain::Domain;
pub use endpoint::Endpoint;
pub use histogram::Histogram;
pub use id::{BrowserId, DeviceId, GrantId, PoolId, RequestId, SessionId, TicketId, TokenId, UserId};
pub use locale::Locale;
pub use opaque::Opaque;
pub use params::{Params, ParamsError};
pub use random::Random;
pub use scope::{Scope, ScopeToken};
pub use scope_item::ScopeItem;
pub use secret::Secret;
pub use time::{Clock, Span, Timestamp};
pub use user_code::UserCode;
