//! What an address asks of TLS, taken out of it before the driver reads the rest: the driver knows fewer words (no
//! `sslrootcert`, no `sslmode=verify-full`). Both forms of an address are read as the driver reads them; what is no word of TLS
//! is handed on as it was written.

use percent_encoding::percent_decode_str;

/// What is said about TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// `sslmode`.
    pub(super) mode: Option<Mode>,
    /// `sslrootcert`.
    pub(super) authorities: Option<String>,
}

/// A `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `disable`.
    Plain,
    /// `allow`, `prefer`: TLS where the other side says that it can.
    Opportunistic,
    /// `require`, `verify-ca`, `verify-full`, which are all the last one here.
    Verified,
}

/// The address without what it says of TLS, and that; or what is wrong.
pub(super) fn split(address: &str) -> Result<(String, Asked), String> {
    let scheme = ["postgresql://", "postgres://"].iter().find(|scheme| address.starts_with(**scheme));
    match scheme {
        Some(scheme) => split_url(address, scheme.len()),
        None => split_words(address),
    }
}

impl Asked {
    /// Takes a key and its value, where they are about TLS.
    fn take(&mut self, key: &str, value: String) -> Result<bool, String> {
        let twice = match key {
            "sslmode" => {
                let mode = match value.as_str() {
                    "disable" => Mode::Plain,
                    "allow" | "prefer" => Mode::Opportunistic,
                    "require" | "verify-ca" | "verify-full" => Mode::Verified,
                    _ => return Err("sslmode is verify-full or disable".to_owned()),
                };
                self.mode.replace(mode).is_some()
            }
            "sslrootcert" => self.authorities.replace(value).is_some(),
            _ => return Ok(false),
        };
        if twice { Err(format!("{key} stands there twice")) } else { Ok(true) }
    }
}

/// `postgresql://user:password@host/database?key=value&…`: credentials end at the first `@`, parameters begin at the next `?`.
fn split_url(address: &str, scheme: usize) -> Result<(String, Asked), String> {
    let mut asked = Asked::default();
    let credentials = address.get(scheme..).and_then(|rest| rest.find('@')).map_or(scheme, |at| scheme + at);
    let Some(query) = address.get(credentials..).and_then(|rest| rest.find('?')).map(|at| credentials + at)
    else {
        return Ok((address.to_owned(), asked));
    };
    let (rest, parameters) = address.split_at(query);
    let mut parameters = parameters.strip_prefix('?').unwrap_or(parameters);
    let mut kept = Vec::new();
    while !parameters.is_empty() {
        let Some((key, after)) = parameters.split_once('=') else {
            kept.push(parameters);
            break;
        };
        let (value, next) = after.split_once('&').unwrap_or((after, ""));
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        if !asked.take(&decoded(key), decoded(value))? {
            kept.push(parameters.get(..key.len() + 1 + value.len()).unwrap_or(parameters));
        }
        parameters = next;
    }
    let mut whole = rest.to_owned();
    if !kept.is_empty() {
        whole.push('?');
        whole.push_str(&kept.join("&"));
    }
    Ok((whole, asked))
}

/// `key=value key='a value'`, with a backslash before what is to be taken as it is.
fn split_words(address: &str) -> Result<(String, Asked), String> {
    let mut asked = Asked::default();
    // What is left begins with a space, so that it cannot begin as the other form does.
    let mut kept = vec![""];
    let mut rest = address.trim_start();
    while !rest.is_empty() {
        // What cannot be read is for the driver to refuse.
        let Some((key, value, end)) = word(rest) else {
            kept.push(rest);
            break;
        };
        let (written, next) = rest.split_at(end);
        if !asked.take(key, value)? {
            kept.push(written);
        }
        rest = next.trim_start();
    }
    Ok((kept.join(" "), asked))
}

/// The first key with its value, and where they end.
fn word(text: &str) -> Option<(&str, String, usize)> {
    let (key, _) = text.split_at(text.find(|c: char| c == '=' || c.is_whitespace())?);
    let after = text.get(key.len()..)?.trim_start().strip_prefix('=')?.trim_start();
    let begin = text.len() - after.len();
    let quoted = after.starts_with('\'');
    let mut value = String::new();
    let mut characters = after.char_indices();
    if quoted {
        characters.next();
    }
    let end = loop {
        match characters.next() {
            None if quoted => return None,
            None => break after.len(),
            Some((at, '\'')) if quoted => break at + 1,
            Some((at, c)) if !quoted && c.is_whitespace() => break at,
            Some((_, '\\')) => value.extend(characters.next().map(|(_, c)| c)),
            Some((_, c)) => value.push(c),
        }
    };
    (!key.is_empty() && (quoted || !value.is_empty())).then_some((key, value, begin + end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio_postgres::Config;
    use tokio_postgres::config::SslMode;

    #[test]
    fn what_is_said_of_tls_is_taken_out_and_the_rest_stays_as_it_was_written() {
        let verified = Asked { mode: Some(Mode::Verified), authorities: Some("/etc/a file.pem".to_owned()) };
        for (written, rest) in [
            (
                "postgresql://u:p%40@h/d?sslmode=verify-full&application_name=a%20b&sslrootcert=%2Fetc/a%20file.pem",
                "postgresql://u:p%40@h/d?application_name=a%20b",
            ),
            ("postgres://h?sslrootcert=/etc/a%20file.pem&ssl%6Dode=require", "postgres://h"),
            (
                "host=h password='a sslmode=disable \\' b' sslmode = verify-ca sslrootcert='/etc/a file.pem'",
                " host=h password='a sslmode=disable \\' b'",
            ),
            (
                "sslrootcert=/etc/a\\ file.pem password=a\\ sslmode=disable sslmode='require'host=h",
                " password=a\\ sslmode=disable host=h",
            ),
        ] {
            assert_eq!(split(written), Ok((rest.to_owned(), verified.clone())), "{written}");
            assert!(rest.parse::<Config>().is_ok(), "{rest}");
        }
    }

    #[test]
    fn a_password_is_not_taken_for_what_it_looks_like() {
        for written in [
            "postgresql://u:p?sslmode=disable@h/d",
            " password='sslmode=disable' host=h",
            " password=\\'\\ sslmode=disable host=h",
        ] {
            assert_eq!(split(written), Ok((written.to_owned(), Asked::default())), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_for_the_driver_to_refuse() {
        for written in
            ["host=h sslmode", "host=h sslmode=", "host=h x='sslmode=disable", "postgres://h/d?sslmode"]
        {
            let (rest, asked) = split(written).unwrap();
            assert_eq!(asked, Asked::default(), "{written}");
            assert!(rest.parse::<Config>().is_err(), "{rest}");
        }
        for written in ["host=h sslmode=off", "postgres://h/?sslmode=disable&sslmode=require"] {
            assert!(split(written).is_err(), "{written}");
        }
    }

    /// What addresses are made of, and what could be taken for something else in them.
    const PIECES: &[&str] = &[
        "postgres://",
        "sslmode=disable",
        "sslmode=require",
        "sslmode",
        "=prefer",
        "ssl%6Dode=",
        "host=h",
        "password=",
        "p",
        "user=",
        " ",
        "\t",
        "'",
        "\\",
        "=",
        "?",
        "&",
        "@",
        "/",
        ":",
        "%",
        "%20",
        "%ff",
        "application_name=",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_address_is_read_as_the_driver_reads_it(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
            let address = pieces.concat();
            // Where a word stands twice, the driver takes the last one.
            if let Ok((rest, asked)) = split(&address) {
                match (address.parse::<Config>(), rest.parse::<Config>()) {
                    (Ok(mut whole), Ok(rest)) => {
                        let mode = match asked.mode {
                            Some(Mode::Plain) => SslMode::Disable,
                            Some(Mode::Verified) => SslMode::Require,
                            Some(Mode::Opportunistic) | None => SslMode::Prefer,
                        };
                        prop_assert_eq!(whole.get_ssl_mode(), mode, "{}", address);
                        prop_assert_eq!(whole.ssl_mode(SslMode::Prefer), &rest, "{}", address);
                    }
                    (Err(_), Err(_)) => {}
                    (whole, rest) => prop_assert!(false, "{}: {:?} {:?}", address, whole, rest),
                }
            }
        }
    }
}
