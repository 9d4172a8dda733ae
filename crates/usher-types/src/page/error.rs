//! The page of an error.

use serde::Serialize;

/// The error page: element id `error`, the specification's code in its `data-error`.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// The specification's error code, e.g. `invalid_request`.
    pub error: String,
    /// What to tell people.
    pub problem: Problem,
    /// For developers: label and text, shown folded, only in development mode and the demo.
    pub developer: Vec<(String, String)>,
    /// A way on, on this server or at the application.
    pub back: Option<String>,
}

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    /// The link names no application that is known here.
    UnknownApplication,
    /// The application's return address is missing or not registered.
    ReturnAddress,
    /// The application's request does not make sense.
    Request,
    /// This sign-in took too long or was finished already.
    Expired,
    /// A device's code is not open any more: expired, or answered.
    DeviceCode,
    /// This sign-in was begun in another browser, or cookies are off.
    OtherBrowser,
    /// The form was not sent by this server's page.
    Forged,
    /// A link from a mail that is not good, or not any more.
    Link,
    /// A request to sign out that cannot be trusted.
    SignOut,
    /// There is nothing at this address.
    NotFound,
    /// The page was asked for in a way that it does not answer.
    Method,
    /// The request is larger than is read.
    TooLarge,
    /// Too many requests.
    TooMany {
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
    /// The server is reached at another address.
    Address {
        /// The right one.
        address: String,
    },
    /// There is no pool yet, so that nobody can sign in.
    NoPool,
    /// Our mistake.
    Internal,
    /// The database cannot be reached at the moment.
    Unavailable,
}
