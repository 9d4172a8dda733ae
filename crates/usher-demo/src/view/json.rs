//! JSON laid out for reading without being parsed: members keep their order and every value its spelling, so that what is shown is
//! what came over the wire.

/// Lays out a JSON text. Anything else comes out as it went in.
pub(super) fn lay_out(text: &str) -> String {
    let trimmed = text.trim();
    if !trimmed.starts_with(['{', '[']) || serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_err() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut characters = trimmed.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = characters.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' | '\n' | '\t' => {}
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other => out.push(other),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_spelling_stay() {
        let text = r#"{"b":1.0,"a":["x, {y}: \"z\" \\",{}, [ ]],"u":"\u00e9"}"#;
        let expected = "{\n  \"b\": 1.0,\n  \"a\": [\n    \"x, {y}: \\\"z\\\" \\\\\",\n    {},\n    []\n  ],\n  \"u\": \"\\u00e9\"\n}";
        assert_eq!(lay_out(text), expected);
        assert_eq!(lay_out(expected), expected);
    }

    #[test]
    fn what_is_not_json_stays_as_it_is() {
        for text in ["", "a=b&c=d", "<p>{</p>", "{broken", "{\"a\":1}x"] {
            assert_eq!(lay_out(text), text);
        }
    }
}
