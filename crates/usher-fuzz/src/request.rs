//! Targets for what a request carries besides parameters: cookies, forms, and credentials in the Authorization header.

use crate::input::utf8;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::form_urlencoded::byte_serialize;
use usher_core::Request;
use usher_core::request::FormError;
use usher_oauth::client_auth::parse_basic;
use usher_types::{Params, limits};

/// A request as it is written in HTTP/1.1: header lines, an empty line, the body. Lines that are no header are left out, as
/// the listener would refuse them.
pub fn request(data: &[u8]) {
    let request = read(data);
    for name in ["__Host-usher-main", "usher-main-8080", "a", ""] {
        let given = cookies(&request, name);
        let one = if let [one] = given.as_slice() { Some(*one) } else { None };
        match request.cookie(name) {
            None => assert!(given.len() != 1, "{name}={one:?} is lost"),
            found => assert_eq!(found, one, "{name} is what was sent under this very name, once"),
        }
    }
    let types: Vec<_> = request.headers.get_all(CONTENT_TYPE).iter().collect();
    assert!(request.header(&CONTENT_TYPE).is_none() || types.len() == 1);
    match request.form() {
        Ok(form) => {
            let media_type =
                types.first().and_then(|t| t.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
            assert!(media_type.trim_start().starts_with("application/x-www-form-urlencoded"), "{media_type}");
            assert!(form.pairs().len() <= limits::PARAMETERS);
            let again = Params::parse(form.encode().as_bytes());
            assert_eq!(again.as_ref().map(Params::pairs), Ok(form.pairs()));
        }
        Err(FormError::Params(e)) => assert_eq!(Params::parse(&request.body).err(), Some(e)),
        Err(FormError::MediaType) => {
            let plain = types.len() == 1 && types.iter().all(|t| *t == "application/x-www-form-urlencoded");
            assert!(!plain, "a form is refused");
        }
    }
}

fn read(data: &[u8]) -> Request {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|b| *b == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            && headers.len() < 100
        {
            headers.append(name, value);
        }
    }
    let body = Bytes::copy_from_slice(rest);
    Request { method: Method::POST, query: String::new(), headers, body }
}

/// Every value that is given for a cookie. Only spaces and tabs stand around a pair: to a browser, a name that begins with any
/// other white space does not begin with `__Host-`, so anybody may set it.
fn cookies<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    let pairs = request.headers.get_all(COOKIE).iter().flat_map(|h| h.as_bytes().split(|b| *b == b';'));
    let texts = pairs.filter_map(utf8).filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    texts.filter(|(n, _)| *n == name).map(|(_, value)| value).collect()
}

/// Credentials of RFC 6749 §2.3.1: whole, and written again as the same. The input is the header's second half; an input that
/// is not base64 is encoded first.
pub fn basic(data: &[u8]) {
    let encoded = STANDARD.encode(data);
    for text in utf8(data).into_iter().chain([encoded.as_str()]) {
        let Some((id, secret)) = parse_basic(text) else { continue };
        assert!(!id.is_empty() && !secret.is_empty(), "{text}");
        assert!(!id.contains('\0') && !secret.contains('\0'), "{text}");
        let form = |half: &str| byte_serialize(half.as_bytes()).collect::<String>();
        let again = STANDARD.encode(format!("{}:{}", form(&id), form(&secret)));
        assert_eq!(parse_basic(&again), Some((id.clone(), secret.clone())), "{text}");
        // A colon in the identifier can only have been encoded, so the first plain one ends it.
        let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
        let colons = bytes.split(|b| *b == b':').skip(1).count();
        assert!(colons >= 1 && secret.matches(':').count() >= colons - 1, "{text}");
        assert!(id.len() + secret.len() < bytes.len(), "nothing grows: {text}");
    }
}
