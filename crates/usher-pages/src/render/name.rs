//! Texts that other people wrote: names, descriptions, what was typed. How they are cleaned, escaped and set apart.

/// A text without the characters that could change how its surroundings look: control characters, and the embeddings, overrides
/// and isolates of the bidirectional algorithm (UAX #9 §2). What was written stays readable, in the order in which it was written.
pub(crate) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    spaced
        .filter(|c| !c.is_control() && !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

/// A text as HTML, inside an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

/// A name as HTML, set apart so that its direction of writing does not spread.
pub(crate) fn isolated(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(&clean(text)))
}

/// The letter that stands for a name where there is no picture.
pub(crate) fn initial(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map_or_else(|| "•".to_owned(), |c| c.to_uppercase().collect())
}

/// Whether an address may stand in a link: `http` or `https`, whatever else was stored.
pub(crate) fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// Whether an address is a path on this server. `//host` and `/\host` are other servers to a browser.
pub(crate) fn is_local(address: &str) -> bool {
    let mut bytes = address.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && !address.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_its_surroundings_around() {
        assert_eq!(clean("a\u{202E}b\u{2069}c\u{0}d\ne"), "abcd e");
        assert_eq!(clean("عليّ 李 👩‍💻"), "عليّ 李 👩‍💻");
    }

    #[test]
    fn what_ends_a_text_or_an_attribute_is_escaped() {
        assert_eq!(escape(r#"<a href='x' b="&">"#), "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt;");
        assert_eq!(isolated("<\u{202E}b>"), "<bdi>&lt;b&gt;</bdi>");
    }

    #[test]
    fn an_initial_is_the_first_letter() {
        assert_eq!(initial(" (alice)"), "A");
        assert_eq!(initial("李雷"), "李");
        assert_eq!(initial("👩‍💻"), "•");
        assert_eq!(initial(""), "•");
    }

    #[test]
    fn only_plain_addresses_become_links() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            " https://x",
            "//x",
            "",
            "HTTPS:x",
        ] {
            assert!(!is_web(bad), "{bad}");
        }
        for bad in ["//x", "/\\x", "/a\tb", "x", "", "https://x", "javascript:x"] {
            assert!(!is_local(bad), "{bad}");
        }
        assert!(is_web("https://x/") && is_local("/") && is_local("/staff/sign-in?x=y"));
    }
}
