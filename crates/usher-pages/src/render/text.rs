//! The sentences of the pages in each language (Project Fluent), and how names are put into them.
//!
//! A name inside a sentence is surrounded by isolation marks (U+2068, U+2069). [`Texts::html`] turns these into `<bdi>`;
//! a title, which some systems show with boxes for such marks, goes without. Names are cleaned first, so that all marks are ours.

use super::name::{clean, escape};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;
use usher_types::Locale;

/// The sentences of one language.
pub(crate) struct Texts(FluentBundle<FluentResource>);

/// A mistake in the sentences, or in how a template asks for one.
#[derive(Debug)]
pub(crate) struct TextError(String);

impl std::fmt::Display for TextError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is put into a sentence.
pub(crate) enum Part {
    /// A name or another text.
    Name(String),
    /// A number, which also chooses between singular and plural.
    Count(i64),
}

impl Texts {
    /// The sentences of a language.
    pub(crate) fn load(locale: Locale) -> Result<Self, TextError> {
        let wrong = |what: String| TextError(format!("the texts of {}: {what}", locale.tag()));
        let language: LanguageIdentifier = locale.tag().parse().map_err(|e| wrong(format!("{e}")))?;
        let resource =
            FluentResource::try_new(source(locale).to_owned()).map_err(|(_, e)| wrong(format!("{e:?}")))?;
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        bundle.add_resource(resource).map_err(|e| wrong(format!("{e:?}")))?;
        Ok(Self(bundle))
    }

    /// A sentence by its key, `message` or `message.attribute`, with the isolation marks around names.
    fn marked(&self, key: &str, parts: Vec<(String, Part)>) -> Result<String, TextError> {
        let (message, attribute) = key.split_once('.').map_or((key, None), |(m, a)| (m, Some(a)));
        let found = self.0.get_message(message);
        let pattern = match attribute {
            None => found.and_then(|m| m.value()),
            Some(name) => found.and_then(|m| m.get_attribute(name)).map(|a| a.value()),
        };
        let pattern = pattern.ok_or_else(|| TextError(format!("there is no text {key}")))?;
        let mut args = FluentArgs::with_capacity(parts.len());
        for (name, part) in parts {
            args.set(
                name,
                match part {
                    Part::Name(text) => FluentValue::from(clean(&text)),
                    Part::Count(number) => FluentValue::from(number),
                },
            );
        }
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(TextError(format!("the text {key}: {errors:?}"))) }
    }

    /// A sentence by its key, as plain text.
    pub(crate) fn plain(&self, key: &str, parts: Vec<(String, Part)>) -> Result<String, TextError> {
        Ok(self.marked(key, parts)?.replace(['\u{2068}', '\u{2069}'], ""))
    }

    /// A sentence by its key, as HTML.
    pub(crate) fn html(&self, key: &str, parts: Vec<(String, Part)>) -> Result<String, TextError> {
        let text = self.marked(key, parts)?;
        Ok(escape(&text).replace('\u{2068}', "<bdi>").replace('\u{2069}', "</bdi>"))
    }
}

/// The file of a language.
const fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::English => include_str!("../locales/en.ftl"),
        Locale::SimplifiedChinese => include_str!("../locales/zh-Hans.ftl"),
    }
}

#[cfg(test)]
mod tests;
