//! Samples of the pages around links in mails.

use super::{Change, account, form};
use usher_types::Locale;
use usher_types::page::{
    ChangePassword, ConfirmLink, Content, Done, FinishProblem, FinishSignUp, ForgotPassword, ForgotProblem,
    LinkPage, NewPasswordProblem, Notice, SignInFirst, SignUp, SignUpProblem, VerifyEmail,
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
        ("first-password", first_password(locale, change)),
        ("new-password-too-short", new_password(Some(NewPasswordProblem::TooShort), locale, change)),
    ];
    pages.push(("verify-email", verify_email(false, change)));
    pages.push(("verify-email-change", verify_email(true, change)));
    pages.push(("sign-in-first", sign_in_first(change)));
    for (name, problem) in [
        ("sign-up", None),
        ("sign-up-name", Some(SignUpProblem::Name)),
        ("sign-up-email", Some(SignUpProblem::Email)),
        ("sign-up-too-short", Some(SignUpProblem::Password(NewPasswordProblem::TooShort))),
        ("sign-up-different", Some(SignUpProblem::Password(NewPasswordProblem::Different))),
        ("sign-up-busy", Some(SignUpProblem::Password(NewPasswordProblem::Busy))),
        ("sign-up-stale", Some(SignUpProblem::Stale)),
        ("sign-up-too-many", Some(SignUpProblem::TooMany { minutes: 2 })),
    ] {
        pages.push((name, sign_up(problem.as_slice(), locale, change)));
    }
    let all = [
        SignUpProblem::Name,
        SignUpProblem::Email,
        SignUpProblem::Password(NewPasswordProblem::TooShort),
        SignUpProblem::Password(NewPasswordProblem::Different),
    ];
    pages.push(("sign-up-all", sign_up(&all, locale, change)));
    for (name, asks_password, problem) in [
        ("finish-sign-up", false, None),
        ("finish-sign-up-elsewhere", true, None),
        ("finish-sign-up-wrong", true, Some(FinishProblem::WrongPassword)),
        ("finish-sign-up-busy", true, Some(FinishProblem::Busy)),
    ] {
        pages.push((name, finish(asks_password, problem, locale, change)));
    }
    for what in Done::ALL {
        let name = match what {
            Done::LinkSent => "done-link-sent",
            Done::EmailVerified => "done-email-verified",
            Done::AddressTaken => "done-address-taken",
            Done::SignUpSent => "done-sign-up-sent",
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

fn verify_email(is_change: bool, change: Change<'_>) -> LinkPage {
    let (email, account) = (change("alice@northwind.example"), change("alice"));
    LinkPage::VerifyEmail(VerifyEmail { form: form("verify-email", change), email, account, is_change })
}

fn sign_in_first(change: Change<'_>) -> LinkPage {
    let (email, account) = (change("alice@northwind.example"), change("alice"));
    LinkPage::SignInFirst(SignInFirst { form: form("verify-email", change), email, account })
}

fn sign_up(problems: &[SignUpProblem], locale: Locale, change: Change<'_>) -> LinkPage {
    let account = account(locale, change);
    LinkPage::SignUp(SignUp {
        form: form("sign-up", change),
        name: account.name,
        email: account.identifier,
        least: 15,
        problems: problems.to_vec(),
        back: Some(change("/staff/sign-in?interaction=1")),
    })
}

fn finish(
    asks_password: bool,
    problem: Option<FinishProblem>,
    locale: Locale,
    change: Change<'_>,
) -> LinkPage {
    let account = account(locale, change);
    let (name, email) = (account.name, account.identifier);
    LinkPage::FinishSignUp(FinishSignUp {
        form: form("sign-up/link", change),
        name,
        email,
        asks_password,
        problem,
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
    LinkPage::NewPassword(ChangePassword {
        form,
        account,
        least: 15,
        problems: problem.into_iter().collect(),
    })
}

fn first_password(locale: Locale, change: Change<'_>) -> LinkPage {
    let (form, account) = (form("new-password", change), account(locale, change));
    LinkPage::FirstPassword(ChangePassword { form, account, least: 15, problems: Vec::new() })
}
