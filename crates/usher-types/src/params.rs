//! Parameters of requests: `application/x-www-form-urlencoded` text from a query or a body (RFC 6749 appendix B).
//! RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted from the request. … Request
//! and response parameters MUST NOT be included more than once."

use crate::limits;
use percent_encoding::percent_decode;

/// The parameters of one request, in order. `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

/// Why parameters could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// More than [`limits::PARAMETERS`].
    #[error("at most {} parameters are read", limits::PARAMETERS)]
    TooMany,
    /// Bytes that are not UTF-8 after decoding, or U+0000.
    #[error("a parameter is not UTF-8 text, or holds the character U+0000")]
    Text,
    /// The same parameter twice.
    #[error("the parameter {0} is given more than once")]
    Repeated(&'static str),
}

impl Params {
    /// Reads a query string or a form body.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParamsError> {
        let mut params = Vec::new();
        for pair in bytes.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
            if params.len() == limits::PARAMETERS {
                return Err(ParamsError::TooMany);
            }
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            params.push((name, value));
        }
        Ok(Self(params))
    }

    /// The one value of a parameter; absent and empty are the same.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, ParamsError> {
        let mut found = self.0.iter().filter(|(n, _)| n == name);
        let first = found.next();
        if found.next().is_some() {
            return Err(ParamsError::Repeated(name));
        }
        Ok(first.map(|(_, v)| v.as_str()).filter(|v| !v.is_empty()))
    }

    /// All values of a parameter that may be repeated (`resource`, RFC 8707 §2), without the empty ones.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// The first value of a parameter, repeated or not: only for text that is shown or logged, never for a decision.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// The parameters with one of these names.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(n, _)| names.contains(&n.as_str())).cloned().collect())
    }

    /// The same parameters as `application/x-www-form-urlencoded` text.
    pub fn encode(&self) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(&self.0);
        text.finish()
    }

    /// Name and value of each, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl From<Vec<(String, String)>> for Params {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte, the whole UTF-8 without U+0000.
pub fn decode(bytes: &[u8]) -> Result<String, ParamsError> {
    let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let decoded: Vec<u8> = percent_decode(&spaced).collect();
    let text = String::from_utf8(decoded).map_err(|_| ParamsError::Text)?;
    if text.contains('\0') {
        return Err(ParamsError::Text);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn values_are_decoded_as_forms_are() {
        let params = read("a=1+2&b=%C3%A9%2B&c&d=&=x");
        assert_eq!(params.one("a"), Ok(Some("1 2")));
        assert_eq!(params.one("b"), Ok(Some("é+")));
        assert_eq!(params.one("c"), Ok(None));
        assert_eq!(params.one("d"), Ok(None));
    }

    #[test]
    fn a_repeat_is_refused_where_it_is_asked_for_even_when_one_is_empty() {
        let params = read("state=1&state=&unknown=1&unknown=2");
        assert_eq!(params.one("state"), Err(ParamsError::Repeated("state")));
        assert_eq!(params.one("nonce"), Ok(None));
        assert_eq!(params.all("unknown").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn broken_text_and_nul_are_refused() {
        for wrong in ["a=%ff", "a=%00", "%00=a", "a=\u{0}"] {
            assert_eq!(Params::parse(wrong.as_bytes()).unwrap_err(), ParamsError::Text);
        }
    }

    #[test]
    fn the_number_of_parameters_is_limited() {
        let many = |n: usize| (0..n).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        assert!(Params::parse(many(limits::PARAMETERS).as_bytes()).is_ok());
        assert_eq!(Params::parse(many(limits::PARAMETERS + 1).as_bytes()).unwrap_err(), ParamsError::TooMany);
    }
}
