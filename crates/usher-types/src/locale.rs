//! The languages that pages speak, and how one is chosen.

use serde::{Deserialize, Serialize};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Locale {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    SimplifiedChinese,
}

impl Locale {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::English, Self::SimplifiedChinese];

    /// Its BCP 47 tag, as in `lang` and in discovery's `ui_locales_supported`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-Hans",
        }
    }

    /// The language that a BCP 47 tag asks for, if it is one of ours. Traditional Chinese is not Simplified Chinese.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split('-');
        match parts.next()? {
            "en" => Some(Self::English),
            "zh" => {
                (!parts.any(|p| matches!(p, "hant" | "tw" | "hk" | "mo"))).then_some(Self::SimplifiedChinese)
            }
            _ => None,
        }
    }

    /// The first language of a space-separated list of tags that is ours (OpenID Connect Core §3.1.2.1, `ui_locales`).
    pub fn from_tags(tags: &str) -> Option<Self> {
        tags.split(' ').find_map(Self::from_tag)
    }

    /// The language that an Accept-Language header prefers (RFC 9110 §12.5.4).
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(Self, u32)> = None;
        for item in header.split(',').take(32) {
            let mut parts = item.split(';');
            let Some(locale) = parts.next().and_then(|t| Self::from_tag(t.trim())) else { continue };
            let quality = parts
                .find_map(|p| p.trim().strip_prefix("q=").or(p.trim().strip_prefix("Q=")))
                .map_or(1000, quality);
            if quality > 0 && best.is_none_or(|(_, q)| quality > q) {
                best = Some((locale, quality));
            }
        }
        best.map(|(locale, _)| locale)
    }
}

/// A weight of RFC 9110 §12.4.2 in thousandths; nonsense weighs nothing.
fn quality(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("1", _) => 1000,
        ("0", Ok(n)) => n,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_wins() {
        assert_eq!(Locale::from_accept_language("fr, zh-CN;q=0.8, en;q=0.9"), Some(Locale::English));
        assert_eq!(Locale::from_accept_language("zh-CN,zh;q=0.9,en;q=0.8"), Some(Locale::SimplifiedChinese));
        assert_eq!(Locale::from_accept_language("zh-TW, de"), None);
        assert_eq!(Locale::from_accept_language("en;q=0"), None);
        assert_eq!(Locale::from_accept_language("en;q=x,;;q==,"), None);
        assert_eq!(Locale::from_tags("zh-Hant zh en"), Some(Locale::SimplifiedChinese));
    }
}
