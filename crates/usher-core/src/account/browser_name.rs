//! A browser and its operating system, as far as the User-Agent header says (RFC 9110 §10.1.5): for a person to tell their sessions
//! apart, never for a decision. Only names from this file's lists are kept, so that nothing that a client wrote is stored or shown.

/// The longest header that is looked at.
const BYTES: usize = 512;

/// Browsers by what marks them, the more particular before those that it names itself after.
const BROWSERS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex"),
    ("UCBrowser/", "UC Browser"),
    ("QQBrowser/", "QQ Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems by what marks them, in the same order.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Linux", "Linux"),
];

/// The stored form of what a User-Agent header says: `<browser>/<system>`, either of which may be empty; `None` where nothing is known.
pub fn read(user_agent: &str) -> Option<String> {
    // A header that is longer than any browser's is none of theirs.
    if user_agent.len() > BYTES {
        return None;
    }
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map_or("", |(_, name)| *name)
    };
    let (browser, system) = (find(BROWSERS), find(SYSTEMS));
    (!browser.is_empty() || !system.is_empty()).then(|| format!("{browser}/{system}"))
}

/// Browser and system of a stored form.
pub fn parts(stored: &str) -> (Option<String>, Option<String>) {
    let (browser, system) = stored.split_once('/').unwrap_or((stored, ""));
    let known = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    (known(browser), known(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_by_what_they_say_of_themselves() {
        for (header, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox/Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge/Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
                "Safari/macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome/Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1",
                "Chrome/iPhone",
            ),
            ("curl/8.5.0 (Linux)", "/Linux"),
        ] {
            assert_eq!(read(header).as_deref(), Some(expected), "{header}");
        }
        assert_eq!(parts("Firefox/Linux"), (Some("Firefox".to_owned()), Some("Linux".to_owned())));
        assert_eq!(parts("/Linux"), (None, Some("Linux".to_owned())));
    }

    #[test]
    fn nothing_that_a_client_wrote_is_kept() {
        assert_eq!(read(""), None);
        assert_eq!(read("<script>alert(1)</script>"), None);
        assert_eq!(read("Firefox/<b> Linux\u{202e}").as_deref(), Some("Firefox/Linux"));
        assert_eq!(read(&"Firefox/1 ".repeat(100)), None);
    }
}
