//! The target for pages: whatever is written into one, it stays text.

use crate::input::utf8;
use scraper::{Html, Node};
use url::Url;
use usher_pages::render::{Mode, Rendered, html};
use usher_types::page::{
    Account, Application, ChooseAccount, Consent, ConsentItem, Content, Device, DeviceConsent, DeviceDone,
    DeviceProblem, ErrorPage, Form, FormPost, Frame, Page, Problem, SignIn, SignInNotice, SignInProblem,
    SignOut, SignedOut, WebMessage,
};
use usher_types::{Endpoint, Locale};

/// The first line chooses the page by its length, every other line is the next text on it, over and over. A page of hostile
/// texts has the very elements and attributes of the same page with harmless ones, and no link leads to a script.
pub fn page(data: &[u8]) {
    let Some(text) = utf8(data).filter(|t| !t.contains('\0') && t.len() <= 4096) else { return };
    let hostile = Lines::of(text, str::to_owned);
    let harmless = Lines::of(text, harmless);
    let (rendered, plain) = (render(hostile), render(harmless));
    let document = Html::parse_document(&rendered.body);
    assert_eq!(structure(&document), structure(&Html::parse_document(&plain.body)), "{}", rendered.body);
    stays_here(&document, &rendered);
    assert!(
        rendered.csp.starts_with("default-src 'none'") && !rendered.csp.contains("unsafe"),
        "{}",
        rendered.csp
    );
    assert!(!rendered.csp.contains(['\r', '\n', ',']), "{}", rendered.csp);
    let directives: Vec<&str> = rendered.csp.split(';').filter_map(|d| d.split_whitespace().next()).collect();
    assert!(directives.len() <= 7, "{}", rendered.csp);
    assert!(directives.iter().enumerate().all(|(i, d)| directives.iter().take(i).all(|other| other != d)));
}

/// The text without what HTML gives a meaning to; different texts stay different.
fn harmless(text: &str) -> String {
    let marks = ["x", "<", ">", "&", "\"", "'", "`", "="].into_iter().zip('s'..);
    marks.fold(text.to_owned(), |text, (mark, name)| text.replace(mark, &format!("x{name}")))
}

/// Texts to fill a page with.
struct Lines {
    choice: usize,
    texts: Vec<String>,
    next: usize,
}

impl Lines {
    fn of(text: &str, change: impl Fn(&str) -> String) -> Self {
        let mut lines = text.split('\n');
        let choice = lines.next().map_or(0, str::len);
        let texts: Vec<String> = lines.map(change).collect();
        Self { choice, texts, next: 0 }
    }

    fn text(&mut self) -> String {
        self.next += 1;
        self.texts.get((self.next - 1) % self.texts.len().max(1)).cloned().unwrap_or_default()
    }

    fn some(&mut self) -> Option<String> {
        Some(self.text()).filter(|t| t != "-")
    }

    fn form(&mut self) -> Form {
        let action = Endpoint::SignIn.path().to_owned();
        Form { action, interaction: self.text(), form_token: self.text() }
    }

    fn account(&mut self) -> Account {
        Account { session: self.text(), name: self.text(), identifier: self.text() }
    }
}

fn render(mut lines: Lines) -> Rendered {
    let choice = lines.choice;
    let content = match choice % 7 {
        _ if choice >= FIRST_OF_DEVICES => device(&mut lines, choice),
        0 => Content::SignIn(SignIn {
            form: lines.form(),
            identifier: lines.text(),
            remember: true,
            problem: [None, Some(SignInProblem::Mismatch), Some(SignInProblem::IdentifierMissing)]
                .get(choice / 7 % 3)
                .copied()
                .flatten(),
            notice: [None, Some(SignInNotice::PasswordChosen)].get(choice % 2).copied().flatten(),
            choose_account: lines.some(),
            forgot_password: lines.some(),
            sign_up: lines.some(),
        }),
        1 => Content::ChooseAccount(ChooseAccount {
            form: lines.form(),
            accounts: vec![lines.account(), lines.account()],
        }),
        2 => Content::Consent(consent(&mut lines, choice)),
        3 => Content::SignOut(SignOut {
            form: lines.form(),
            account: Some(lines.account()),
            others: choice / 7 % 2,
        }),
        4 => Content::SignedOut(SignedOut {
            remaining: choice / 7 % 2,
            stayed: choice / 14 % 2 == 1,
            way: lines.text(),
        }),
        5 => Content::Error(ErrorPage {
            error: lines.text(),
            problem: if (choice / 7).is_multiple_of(2) {
                Problem::Request
            } else {
                Problem::Address { address: lines.text() }
            },
            developer: vec![(lines.text(), lines.text())],
            back: lines.some(),
        }),
        _ if (choice / 7).is_multiple_of(2) => Content::WebMessage(WebMessage {
            target_origin: target(&lines.text()),
            parameters: vec![(lines.text(), lines.text()), ("state".to_owned(), lines.text())],
        }),
        _ => Content::FormPost(FormPost {
            target: target(&lines.text()),
            parameters: vec![(lines.text(), lines.text()), ("state".to_owned(), lines.text())],
        }),
    };
    let application = Application {
        name: lines.text(),
        logo: lines.some(),
        style: lines.some(),
        home: lines.some(),
        policy: lines.some(),
        terms: lines.some(),
    };
    let frame = Frame {
        locale: if (choice / 21).is_multiple_of(2) { Locale::English } else { Locale::SimplifiedChinese },
        pool: lines.text(),
        base: String::new(),
        application: (choice / 42).is_multiple_of(2).then_some(application),
        request_id: lines.text(),
    };
    html(&Page { frame, content }, Mode { developer: true })
}

/// From this length of the first line on, a page is one of a device's request.
const FIRST_OF_DEVICES: usize = 84;

fn device(lines: &mut Lines, choice: usize) -> Content {
    match choice % 3 {
        0 => Content::Device(Device {
            form: lines.form(),
            user_code: lines.text(),
            from_link: (choice / 3).is_multiple_of(2),
            problem: [None, Some(DeviceProblem::Wrong), Some(DeviceProblem::Missing)]
                .get(choice / 6 % 3)
                .copied()
                .flatten(),
        }),
        1 => {
            let Consent { form, account, items, first_party, .. } = consent(lines, choice);
            Content::DeviceConsent(DeviceConsent {
                form,
                account,
                items,
                first_party,
                user_code: lines.text(),
                network: lines.text(),
                same_network: (choice / 3).is_multiple_of(2),
                minutes: 1,
            })
        }
        _ => Content::DeviceDone(DeviceDone { allowed: (choice / 3).is_multiple_of(2) }),
    }
}

fn consent(lines: &mut Lines, choice: usize) -> Consent {
    Consent {
        form: lines.form(),
        account: lines.account(),
        items: vec![
            ConsentItem::Identity,
            ConsentItem::Scope { name: lines.text(), description: lines.some() },
            ConsentItem::Claim { name: lines.text() },
        ],
        first_party: (choice / 7).is_multiple_of(2),
        return_host: lines.text(),
    }
}

/// A redirection URI that could be registered, with the text in its path and query.
fn target(text: &str) -> String {
    let path: String =
        text.chars().filter(|c| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;:@/?".contains(*c)).collect();
    format!("https://app.example/{path}")
}

/// Every element, in order, with the names of its attributes.
fn structure(document: &Html) -> Vec<String> {
    let elements = document.tree.values().filter_map(Node::as_element);
    let described = elements.map(|e| {
        let mut names: Vec<&str> = e.attrs().map(|(name, _)| name).collect();
        names.sort_unstable();
        format!("{} {}", e.name(), names.join(" "))
    });
    described.collect()
}

/// No attribute runs anything, nothing is loaded from elsewhere, and links and forms lead to http, https or this server.
fn stays_here(document: &Html, rendered: &Rendered) {
    let here = Url::parse("https://id.example").ok();
    let scripts =
        document.tree.values().filter_map(Node::as_element).filter(|e| e.name() == "script").count();
    assert_eq!(scripts, rendered.csp.matches("script-src 'sha256-").count(), "{}", rendered.body);
    for element in document.tree.values().filter_map(Node::as_element) {
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style" && name != "srcdoc", "{}", rendered.body);
            if !["href", "src", "action", "formaction"].contains(&name) {
                continue;
            }
            let leads = here.as_ref().and_then(|here| here.join(value).ok());
            let to_web = leads.as_ref().is_none_or(|l| matches!(l.scheme(), "http" | "https"));
            assert!(to_web, "{value}");
            if element.name() == "link" || element.name() == "img" {
                assert!(leads.as_ref().map(Url::origin) == here.as_ref().map(Url::origin), "{value}");
            }
        }
    }
}
