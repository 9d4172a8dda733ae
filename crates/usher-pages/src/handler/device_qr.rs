//! The address of the page for a device's code, with the code, as a QR code (RFC 8628 §3.3.1): for applications whose devices can show
//! a picture but do not want to draw it.

use crate::render;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use usher_core::{Cx, Reply, Request};
use usher_types::{Endpoint, UserCode};

/// The picture of any code that is well-formed. Whether it exists is not looked up, so that nothing is told.
pub fn device_qr(cx: &Cx, request: &Request) -> Reply {
    let params = request.query_params().unwrap_or_default();
    let code = params.one("user_code").ok().flatten().and_then(UserCode::fold);
    let address = |code| format!("{}?user_code={code}", cx.url(Endpoint::Device));
    match code.and_then(|code| render::qr_svg(&address(code))) {
        Some(svg) => {
            let sandbox = HeaderValue::from_static("default-src 'none'; sandbox");
            Reply::bytes(StatusCode::OK, "image/svg+xml", Bytes::from(svg))
                .with(HeaderName::from_static("content-security-policy"), sandbox)
        }
        None => Reply::empty(StatusCode::BAD_REQUEST),
    }
}
