//! Samples of the pages around links in mails.

use super::{Change, account, form};
use usher_types::Locale;
use usher_types::page::{
    ChangePassword, ConfirmLink, Content, Done, ForgotPassword, ForgotProblem, LinkPage, NewPasswordProblem,
    Notice,
};

/// Every one of them.
pub(super) fn pages(locale: Locale, change: Change<'_>) -> Vec<(String, Content)> {
    let mut pages = vec![
        ("forgot-password", forgot(None, change)),
        ("forgot-password-missing", forgot(Some(ForgotProblem::Missing), change)),
        ("forgot-password-stale", forgot(Some(ForgotProblem::Stale), change)),
        ("forgot-password-too-many", forgot(Some(ForgotProblem::TooMany { minutes: 12 }), change)),
        ("confirm-link", confirm(Some("192.0.2.0/24"), locale, change)),
        ("confirm-link-made", confirm(None, locale, change)),
        ("new-password", new_password(None, locale, change)),
        ("new-password-too-short", new_password(Some(NewPasswordProblem::TooShort), locale, change)),
    ];
    for what in Done::ALL {
        let name = match what {
            Done::LinkSent => "done-link-sent",
            Done::PasswordChosen => "done-password-chosen",
        };
        pages.push((
            name,
            LinkPage::Notice(Notice { what, way: Some(change("/staff/sign-in?interaction=1")) }),
        ));
    }
    let content = |page| Content::Link(Box::new(page));
    pages.into_iter().map(|(name, page)| (name.to_owned(), content(page))).collect()
}

fn forgot(problem: Option<ForgotProblem>, change: Change<'_>) -> LinkPage {
    LinkPage::Forgot(ForgotPassword {
        form: form("forgot-password", change),
        identifier: change("alice@northwind.example"),
        problem,
        back: Some(change("/staff/sign-in?interaction=1")),
    })
}

fn confirm(network: Option<&str>, locale: Locale, change: Change<'_>) -> LinkPage {
    LinkPage::Confirm(ConfirmLink {
        form: form("new-password", change),
        account: account(locale, change),
        network: network.map(str::to_owned),
        minutes: 3,
    })
}

fn new_password(problem: Option<NewPasswordProblem>, locale: Locale, change: Change<'_>) -> LinkPage {
    let (form, account) = (form("new-password", change), account(locale, change));
    LinkPage::NewPassword(ChangePassword { form, account, least: 15, problem })
}
