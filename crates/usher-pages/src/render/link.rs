//! What the templates of pages around links in mails are given.

use super::view::{choose_password, value};
use minijinja::context;
use minijinja::value::Value;
use usher_types::page::{Done, ForgotProblem, LinkPage};

/// The template of a page.
pub(super) const fn template(page: &LinkPage) -> &'static str {
    match page {
        LinkPage::Forgot(_) => "forgot_password.html",
        LinkPage::Confirm(_) => "confirm_link.html",
        LinkPage::NewPassword(_) => "change_password.html",
        LinkPage::Notice(_) => "notice.html",
    }
}

/// The key of a page's title, whether a try failed, and the variables of its template.
pub(super) fn context(page: &LinkPage) -> (&'static str, bool, Value) {
    match page {
        LinkPage::Forgot(forgot) => {
            let minutes = match forgot.problem {
                Some(ForgotProblem::TooMany { minutes }) => Some(minutes),
                _ => None,
            };
            let problem_key = value(forgot.problem.map(forgot_problem_key));
            let content = context! { problem_key, minutes => value(minutes), ..value(forgot) };
            ("forgot-password", forgot.problem.is_some(), content)
        }
        LinkPage::Confirm(confirm) => ("confirm-link", false, value(confirm)),
        LinkPage::NewPassword(new) => {
            ("change-password", new.problem.is_some(), choose_password("new-password-lead", new))
        }
        LinkPage::Notice(notice) => (done_key(notice.what), false, value(notice)),
    }
}

const fn forgot_problem_key(problem: ForgotProblem) -> &'static str {
    match problem {
        ForgotProblem::Missing => "forgot-password-problem-missing",
        ForgotProblem::Stale => "forgot-password-problem-stale",
        ForgotProblem::TooMany { .. } => "forgot-password-problem-too-many",
    }
}

/// The sentences of what was done, with `.lead` and `.next`.
const fn done_key(what: Done) -> &'static str {
    match what {
        Done::LinkSent => "done-link-sent",
        Done::PasswordChosen => "done-password-chosen",
    }
}
