//! Turns a mail into words: a subject, a text, and the same as HTML that names nothing outside but its one link.

use super::engine;
use super::text::{Part, Texts};
use minijinja::context;
use minijinja::value::{Serde, Value};
use usher_types::mail::{Letter, Mail};

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Renders a mail; what cannot be is a mistake of ours, told as a sentence.
pub fn mail(mail: &Mail) -> Result<RenderedMail, String> {
    let texts = Texts::load(mail.locale).map_err(|e| e.to_string())?;
    let parts = || {
        vec![
            ("pool".to_owned(), Part::Name(mail.pool.clone())),
            ("identifier".to_owned(), Part::Name(mail.identifier.clone())),
            ("network".to_owned(), Part::Name(mail.network.clone())),
            ("minutes".to_owned(), Part::Count(mail.minutes)),
            ("hours".to_owned(), Part::Count(mail.minutes / 60)),
        ]
    };
    let key = key(mail.letter)?;
    let say = |which: &str| texts.plain(&format!("{key}{which}"), parts()).map_err(|e| e.to_string());
    let mut before = vec![say(".lead")?];
    let mut after = Vec::new();
    let mut action = None;
    if let Some(link) = &mail.link {
        action = Some((say(".action")?, link.clone()));
        after.push(say(".until")?);
    }
    before.extend(say(".where").ok().filter(|_| !mail.network.is_empty()));
    after.push(say(".otherwise")?);
    let subject = say("")?;

    let mut text: Vec<String> = before.clone();
    text.extend(action.as_ref().map(|(words, link)| format!("{words}:\n{link}")));
    text.extend(after.iter().cloned());
    text.push(format!("-- \n{}", super::name::clean(&mail.pool)));

    let (words, link) = action.unzip();
    let html = engine::render(
        mail.locale,
        "mail.html",
        context! {
            locale => mail.locale.tag(),
            subject => subject.as_str(),
            pool => mail.pool.as_str(),
            before => Value::from(Serde(&before)),
            after => Value::from(Serde(&after)),
            words => Value::from(Serde(words)),
            link => Value::from(Serde(link)),
        },
    )?;
    Ok(RenderedMail { subject, text: text.join("\n\n") + "\n", html })
}

/// The sentences of a letter.
fn key(letter: Letter) -> Result<&'static str, String> {
    match letter {
        Letter::Reset => Ok("mail-reset"),
        Letter::PasswordChanged => Ok("mail-password-changed"),
        Letter::VerifyEmail => Ok("mail-verify-email"),
        Letter::EmailChanged => Ok("mail-email-changed"),
        Letter::SignUp => Ok("mail-sign-up"),
        Letter::AlreadyHere => Ok("mail-already-here"),
        Letter::Nothing => Err("nothing is sent".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::{Html, Selector};
    use usher_types::Locale;

    const HOSTILE: &str = "<b>x</b>\r\nBcc: all@example.com\u{202e}\"'&{{ 7 }}";

    fn letter(letter: Letter, locale: Locale, name: &str) -> RenderedMail {
        let link = "https://id.example/new-password?token=AAAA.BBBB".to_owned();
        mail(&Mail {
            locale,
            letter,
            pool: name.to_owned(),
            identifier: name.to_owned(),
            network: "192.0.2.0/24".to_owned(),
            link: matches!(letter, Letter::Reset | Letter::VerifyEmail | Letter::SignUp).then_some(link),
            minutes: 60,
        })
        .unwrap()
    }

    #[test]
    fn every_letter_reads_well_in_every_language() {
        for kind in Letter::ALL.into_iter().filter(|l| *l != Letter::Nothing) {
            for locale in Locale::ALL {
                let mail = letter(kind, locale, "Northwind");
                for part in [&mail.subject, &mail.text, &mail.html] {
                    assert!(!part.contains(['\u{2068}', '\u{2069}']) && !part.contains("{ $"), "{part}");
                    assert!(part.contains("Northwind"), "{part}");
                }
                let document = Html::parse_document(&mail.html);
                assert!(document.errors.is_empty(), "{:?}", document.errors);
                let links: Vec<_> = document.select(&Selector::parse("[href], [src]").unwrap()).collect();
                assert!(links.len() <= 1, "{}", mail.html);
            }
        }
    }

    #[test]
    fn a_name_adds_no_line_to_a_subject_and_no_element_to_a_mail() {
        for kind in Letter::ALL.into_iter().filter(|l| *l != Letter::Nothing) {
            for locale in Locale::ALL {
                let (plain, hostile) = (letter(kind, locale, "Northwind"), letter(kind, locale, HOSTILE));
                assert!(!hostile.subject.contains(char::is_control), "{}", hostile.subject);
                assert_eq!(plain.text.lines().count(), hostile.text.lines().count());
                let elements = |mail: &RenderedMail| {
                    Html::parse_document(&mail.html).select(&Selector::parse("*").unwrap()).count()
                };
                assert_eq!(elements(&plain), elements(&hostile));
            }
        }
    }
}
