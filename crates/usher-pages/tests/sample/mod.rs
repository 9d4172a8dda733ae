//! A sample of every page, in every state that looks different: for the tests that render them all, and for the gallery.

mod account;

use usher_core::advisor::{Answers, Kit};
use usher_pages::handler::advisor::content;
use usher_types::Locale;
use usher_types::page::{
    Account, Application, ChangePassword, ChooseAccount, Consent, ConsentItem, Content, Device,
    DeviceConsent, DeviceDone, DeviceProblem, ErrorPage, Form, FormPost, Frame, NewPasswordProblem, Page,
    Problem, SignIn, SignInNotice, SignInProblem, SignOut, SignedOut, WebMessage,
};

mod link;

/// Changes a text of a sample: what stands for a name, or for the end of an address.
pub(crate) type Change<'a> = &'a dyn Fn(&str) -> String;

/// A page and what to call it.
pub(crate) struct Sample {
    /// Its name, fit for a file.
    pub(crate) name: String,
    /// The page.
    pub(crate) page: Page,
}

/// Every sample in a language, with every text in it changed.
pub(crate) fn all(locale: Locale, change: Change<'_>) -> Vec<Sample> {
    let application = application(locale, change);
    let without_logo =
        Application { logo: None, style: None, policy: None, terms: None, ..application.clone() };
    let mut samples = Vec::new();
    for (suffix, application) in
        [("", Some(application)), ("-no-logo", Some(without_logo)), ("-no-application", None)]
    {
        for (name, content) in contents(locale, change) {
            let frame = frame(locale, application.clone(), change);
            samples.push(Sample { name: format!("{name}{suffix}"), page: Page { frame, content } });
        }
    }
    // Nor is an account any application's.
    for (name, content) in account::contents(locale, change) {
        let page = Page { frame: frame(locale, None, change), content };
        samples.push(Sample { name: format!("account-{name}"), page });
    }
    // The advisor is nobody's application's.
    for (name, answers) in ADVISOR {
        let page = Page { frame: frame(locale, None, change), content: advisor(locale, answers, change) };
        samples.push(Sample { name: format!("advisor-{name}"), page });
    }
    samples
}

/// A text as long as anybody's.
pub(crate) fn longest(text: &str) -> String {
    if text.starts_with("https:") || text.starts_with('/') {
        return format!("{text}{}", "/averylongpartofanaddress".repeat(8));
    }
    let long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewaren";
    format!("{text} {long} {text} {text} {text}")
}

fn frame(locale: Locale, application: Option<Application>, change: Change<'_>) -> Frame {
    let pool = match locale {
        Locale::English => "Northwind",
        Locale::SimplifiedChinese => "北风集团",
    };
    let request_id = change("01939f3a-6f0c-7d52-b7a1-5f1d6c0e9a42");
    Frame { locale, pool: change(pool), base: "/staff".to_owned(), application, request_id }
}

fn application(locale: Locale, change: Change<'_>) -> Application {
    let name = match locale {
        Locale::English => "Photo Studio",
        Locale::SimplifiedChinese => "照片工坊",
    };
    Application {
        name: change(name),
        logo: Some(change("/staff/application/logo?client=photos")),
        style: Some(change("/staff/application/style.css?client=photos")),
        home: Some(change("https://photos.example/")),
        policy: Some(change("https://photos.example/privacy")),
        terms: Some(change("https://photos.example/terms")),
    }
}

fn account(locale: Locale, change: Change<'_>) -> Account {
    let name = match locale {
        Locale::English => "Alice Moreau",
        Locale::SimplifiedChinese => "李晓雯",
    };
    Account {
        session: change("01939f3a-0000-7000-8000-000000000001"),
        name: change(name),
        identifier: change("alice@northwind.example"),
    }
}

fn form(path: &str, change: Change<'_>) -> Form {
    Form {
        action: change(&format!("/staff/{path}")),
        interaction: change("01939f3a-6f0c-7d52-b7a1-5f1d6c0e9a42.secret"),
        form_token: change("dGhlIGZvcm0ncyB0b2tlbg"),
    }
}

fn contents(locale: Locale, change: Change<'_>) -> Vec<(String, Content)> {
    let mut contents = vec![
        ("sign-in".to_owned(), sign_in("", None, change)),
        ("sign-in-known".to_owned(), sign_in("alice@northwind.example", None, change)),
        (
            "sign-in-password-chosen".to_owned(),
            sign_in_after(SignInNotice::PasswordChosen, sign_in("alice", None, change)),
        ),
        (
            "sign-in-first-password".to_owned(),
            sign_in_after(SignInNotice::FirstPassword, sign_in("alice", None, change)),
        ),
        (
            "sign-in-account-made".to_owned(),
            sign_in_after(SignInNotice::AccountMade, sign_in("alice", None, change)),
        ),
        ("choose-account".to_owned(), choose_account(locale, change)),
        ("consent".to_owned(), consent(locale, change)),
        ("consent-first-party".to_owned(), consent_first_party(locale, change)),
        ("sign-out".to_owned(), sign_out(Some(account(locale, change)), 0, change)),
        ("sign-out-others".to_owned(), sign_out(Some(account(locale, change)), 2, change)),
        ("sign-out-nobody".to_owned(), sign_out(None, 0, change)),
        ("signed-out".to_owned(), signed_out(0, false, change)),
        ("signed-out-others".to_owned(), signed_out(1, true, change)),
        ("form-post".to_owned(), form_post(change)),
        ("web-message".to_owned(), web_message(change)),
    ];
    contents.extend(devices(locale, change));
    for (name, problem) in sign_in_problems() {
        contents.push((format!("sign-in-{name}"), sign_in("alice", Some(problem), change)));
    }
    contents.extend(link::pages(locale, change));
    contents.push(("change-password".to_owned(), change_password(None, locale, change)));
    for (name, problem) in [
        ("too-short", NewPasswordProblem::TooShort),
        ("too-long", NewPasswordProblem::TooLong),
        ("unprintable", NewPasswordProblem::Unprintable),
        ("common", NewPasswordProblem::Common),
        ("expected", NewPasswordProblem::Expected),
        ("pattern", NewPasswordProblem::Pattern),
        ("known", NewPasswordProblem::Known),
        ("different", NewPasswordProblem::Different),
        ("same", NewPasswordProblem::Same),
        ("busy", NewPasswordProblem::Busy),
    ] {
        let content = change_password(Some(problem), locale, change);
        contents.push((format!("change-password-{name}"), content));
    }
    for (name, problem) in problems(change) {
        contents.push((format!("error-{name}"), error(problem, change)));
    }
    contents
}

fn sign_in(identifier: &str, problem: Option<SignInProblem>, change: Change<'_>) -> Content {
    Content::SignIn(SignIn {
        form: form("sign-in", change),
        identifier: if identifier.is_empty() { String::new() } else { change(identifier) },
        remember: problem.is_some(),
        problem,
        notice: None,
        sign_up: problem.is_none().then(|| change("/staff/sign-up?interaction=1")),
        forgot_password: problem.is_none().then(|| change("/staff/forgot-password?interaction=1")),
        choose_account: (!identifier.is_empty()).then(|| change("/staff/choose-account?interaction=1")),
    })
}

fn sign_in_after(notice: SignInNotice, page: Content) -> Content {
    match page {
        Content::SignIn(page) => Content::SignIn(SignIn { notice: Some(notice), ..page }),
        other => other,
    }
}

fn sign_in_problems() -> [(&'static str, SignInProblem); 6] {
    [
        ("no-name", SignInProblem::IdentifierMissing),
        ("no-password", SignInProblem::PasswordMissing),
        ("mismatch", SignInProblem::Mismatch),
        ("too-many-tries", SignInProblem::TooManyTries { minutes: 5 }),
        ("busy", SignInProblem::Busy),
        ("stale", SignInProblem::Stale),
    ]
}

fn choose_account(locale: Locale, change: Change<'_>) -> Content {
    let other = Account {
        session: change("01939f3a-0000-7000-8000-000000000002"),
        name: change("عليّ حسن"),
        identifier: change("ali@northwind.example"),
    };
    let nameless = Account { name: change("bob"), identifier: change("bob"), ..other.clone() };
    Content::ChooseAccount(ChooseAccount {
        form: form("choose-account", change),
        accounts: vec![account(locale, change), other, nameless],
    })
}

fn consent(locale: Locale, change: Change<'_>) -> Content {
    let description = match locale {
        Locale::English => "Order prints and charge them to your account",
        Locale::SimplifiedChinese => "订购冲印并从您的账户扣款",
    };
    let items = vec![
        ConsentItem::Identity,
        ConsentItem::Profile,
        ConsentItem::Email,
        ConsentItem::Phone,
        ConsentItem::Address,
        ConsentItem::Scope { name: change("prints:order"), description: Some(change(description)) },
        ConsentItem::Scope { name: change("albums:share"), description: None },
        ConsentItem::Claim { name: "birthdate".to_owned() },
        ConsentItem::Claim { name: change("shoe_size") },
        ConsentItem::OfflineAccess,
    ];
    Content::Consent(Consent {
        form: form("consent", change),
        account: account(locale, change),
        items,
        first_party: false,
        return_host: change("photos.example"),
    })
}

fn change_password(problem: Option<NewPasswordProblem>, locale: Locale, change: Change<'_>) -> Content {
    Content::ChangePassword(ChangePassword {
        form: form("change-password", change),
        account: account(locale, change),
        least: 15,
        problems: problem.into_iter().collect(),
    })
}

fn consent_first_party(locale: Locale, change: Change<'_>) -> Content {
    Content::Consent(Consent {
        form: form("consent", change),
        account: account(locale, change),
        items: vec![ConsentItem::Identity, ConsentItem::Profile, ConsentItem::Email],
        first_party: true,
        return_host: change("photos.example"),
    })
}

fn devices(locale: Locale, change: Change<'_>) -> Vec<(String, Content)> {
    let device = |user_code: String, from_link, problem| {
        Content::Device(Device { form: form("device", change), user_code, from_link, problem })
    };
    let mut contents = vec![
        ("device".to_owned(), device(String::new(), false, None)),
        ("device-link".to_owned(), device(change("WDJB-MJHT"), true, None)),
        ("device-done".to_owned(), Content::DeviceDone(DeviceDone { allowed: true })),
        ("device-refused".to_owned(), Content::DeviceDone(DeviceDone { allowed: false })),
    ];
    for (name, problem) in [
        ("missing", DeviceProblem::Missing),
        ("wrong", DeviceProblem::Wrong),
        ("too-many-tries", DeviceProblem::TooManyTries { minutes: 5 }),
        ("busy", DeviceProblem::Busy),
        ("stale", DeviceProblem::Stale),
    ] {
        contents.push((format!("device-{name}"), device(change("WDJB-MJHX"), false, Some(problem))));
    }
    let network = change("203.0.113.0/24");
    let other = DeviceConsent {
        form: form("device/consent", change),
        account: account(locale, change),
        items: vec![
            ConsentItem::Identity,
            ConsentItem::Email,
            ConsentItem::Scope { name: change("albums:share"), description: None },
            ConsentItem::OfflineAccess,
        ],
        first_party: false,
        user_code: change("WDJB-MJHT"),
        network,
        same_network: false,
        minutes: 7,
    };
    let same = DeviceConsent {
        items: Vec::new(),
        first_party: true,
        same_network: true,
        minutes: 0,
        ..other.clone()
    };
    contents.push(("device-consent".to_owned(), Content::DeviceConsent(other)));
    contents.push(("device-consent-first-party".to_owned(), Content::DeviceConsent(same)));
    contents
}

fn sign_out(account: Option<Account>, others: usize, change: Change<'_>) -> Content {
    Content::SignOut(SignOut { form: form("sign-out", change), account, others })
}

fn signed_out(remaining: usize, stayed: bool, change: Change<'_>) -> Content {
    Content::SignedOut(SignedOut { remaining, stayed, way: change("/staff/account") })
}

fn form_post(change: Change<'_>) -> Content {
    let parameters =
        [("code", "SplxlOBeZQQYbYS6WxSbIA"), ("state", "xyz"), ("iss", "https://id.example/oidc")];
    Content::FormPost(FormPost {
        target: change("https://photos.example/callback"),
        parameters: parameters.map(|(name, value)| (change(name), change(value))).to_vec(),
    })
}

fn web_message(change: Change<'_>) -> Content {
    let parameters = [("code", "SplxlOBeZQQYbYS6WxSbIA"), ("state", "xyz")];
    let callback = change("https://photos.example/callback");
    let origin = url::Url::parse(&callback).ok().map(|u| u.origin()).filter(url::Origin::is_tuple);
    Content::WebMessage(WebMessage {
        target_origin: origin.map_or(callback, |o| o.ascii_serialization()),
        parameters: parameters.map(|(name, value)| (change(name), change(value))).to_vec(),
    })
}

/// Answers that lead to pages which look different: a first question, one further on, and every mode.
const ADVISOR: [(&str, &str); 8] = [
    ("start", ""),
    ("question", "person=yes public_code=no one_party=yes"),
    ("code", "person=yes public_code=no one_party=no"),
    ("single-page", "person=yes public_code=yes application=single_page web_crypto=yes"),
    ("native", "person=yes public_code=yes application=native"),
    ("implicit", "person=yes public_code=yes application=single_page web_crypto=no"),
    ("client-credentials", "person=no"),
    ("password", "person=yes public_code=no one_party=yes trusted_with_passwords=yes other_modes_fit=no"),
];

fn advisor(locale: Locale, given: &str, change: Change<'_>) -> Content {
    let pairs = given.split_whitespace().filter_map(|pair| pair.split_once('='));
    let answers = pairs.fold(Answers::default(), |mut answers, (question, answer)| {
        // A sample that names no answer would show another page than it is called after.
        assert_eq!(answers.give(question, answer), Ok(()));
        answers
    });
    content(locale, &change("/staff/advisor"), &answers, &Kit::new("https://id.example/staff"))
}

fn problems(change: Change<'_>) -> [(&'static str, Problem); 17] {
    [
        ("unknown-application", Problem::UnknownApplication),
        ("return-address", Problem::ReturnAddress),
        ("request", Problem::Request),
        ("expired", Problem::Expired),
        ("device-code", Problem::DeviceCode),
        ("other-browser", Problem::OtherBrowser),
        ("forged", Problem::Forged),
        ("link", Problem::Link),
        ("sign-out", Problem::SignOut),
        ("not-found", Problem::NotFound),
        ("method", Problem::Method),
        ("too-large", Problem::TooLarge),
        ("too-many", Problem::TooMany { minutes: 1 }),
        ("address", Problem::Address { address: change("https://id.example/") }),
        ("no-pool", Problem::NoPool),
        ("internal", Problem::Internal),
        ("unavailable", Problem::Unavailable),
    ]
}

fn error(problem: Problem, change: Change<'_>) -> Content {
    let back = match problem {
        Problem::Expired | Problem::OtherBrowser => Some(change("https://photos.example/")),
        Problem::NotFound => Some(change("/staff/sign-in")),
        _ => None,
    };
    let developer = [
        ("redirect_uri", "https://photos.example/callback2"),
        ("registered", "https://photos.example/callback, http://127.0.0.1/callback"),
    ];
    Content::Error(ErrorPage {
        error: change("invalid_request"),
        problem,
        developer: developer.map(|(label, text)| (change(label), change(text))).to_vec(),
        back,
    })
}
