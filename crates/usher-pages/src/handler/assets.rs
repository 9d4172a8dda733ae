//! Stylesheets, logos and the icon. Their addresses change with their content, so they are kept for ever.

use crate::render;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use usher_core::reply::Caching;
use usher_core::{Cx, Reply, Request};

/// The pages' stylesheet.
pub fn style() -> Reply {
    let (css, _) = render::style_css();
    Reply::bytes(StatusCode::OK, "text/css; charset=utf-8", Bytes::from_static(css))
        .cached(Caching::Immutable)
}

/// The pages' icon.
pub fn icon() -> Reply {
    Reply::bytes(StatusCode::OK, "image/x-icon", Bytes::from_static(render::icon()))
        .cached(Caching::Public(86_400))
}

/// An application's colour as a stylesheet, generated from the parsed value.
pub fn application_style(cx: &Cx, request: &Request) -> Reply {
    let client = client_id(request).and_then(|id| cx.pool.clients.get(&id).cloned());
    let colour = client.and_then(|c| c.settings.colour.as_deref().and_then(render::Rgb::parse));
    match colour {
        Some(colour) => {
            let css = render::application_style(colour);
            Reply::bytes(StatusCode::OK, "text/css; charset=utf-8", Bytes::from(css))
                .cached(Caching::Immutable)
        }
        None => Reply::empty(StatusCode::NOT_FOUND),
    }
}

/// An application's logo, as it was stored, with its type told so that nobody guesses another.
pub async fn application_logo(cx: &Cx, request: Request) -> Reply {
    let Some(id) = client_id(&request).filter(|id| cx.pool.clients.contains_key(id)) else {
        return Reply::empty(StatusCode::NOT_FOUND);
    };
    match cx.store().logo(cx.pool.id, &id).await {
        Ok(Some(logo)) => {
            let media_type = match logo.media_type.as_str() {
                "image/png" => "image/png",
                "image/jpeg" => "image/jpeg",
                _ => "image/webp",
            };
            let sandbox = HeaderValue::from_static("default-src 'none'; sandbox");
            Reply::bytes(StatusCode::OK, media_type, Bytes::from(logo.bytes))
                .cached(Caching::Immutable)
                .with(HeaderName::from_static("content-security-policy"), sandbox)
                .with(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"))
        }
        Ok(None) => Reply::empty(StatusCode::NOT_FOUND),
        Err(fault) => {
            tracing::error!(request.id = %cx.request_id(), fault = %fault, "a logo could not be read");
            Reply::empty(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn client_id(request: &Request) -> Option<String> {
    request.query_params().ok()?.first("client_id").map(str::to_owned)
}
