//! The device authorization grant (RFC 8628) but for its token request, which is a grant like the others: where a device asks, and where
//! the pages hand the request back that a person found by the device's code.

mod authorization;
mod resume;

pub use authorization::device_authorization;
pub use resume::resume;
