//! What the templates of pages around links in mails are given.

use super::view::{Mistake, choose_password, new_password_mistake, value};
use minijinja::context;
use minijinja::value::Value;
use usher_types::page::{Done, FinishProblem, ForgotProblem, LinkPage, SignUp, SignUpProblem};

/// The template of a page.
pub(super) const fn template(page: &LinkPage) -> &'static str {
    match page {
        LinkPage::Forgot(_) => "forgot_password.html",
        LinkPage::Confirm(_) => "confirm_link.html",
        LinkPage::NewPassword(_) | LinkPage::FirstPassword(_) => "change_password.html",
        LinkPage::VerifyEmail(_) => "verify_email.html",
        LinkPage::SignInFirst(_) => "sign_in_first.html",
        LinkPage::SignUp(_) => "sign_up.html",
        LinkPage::FinishSignUp(_) => "finish_sign_up.html",
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
            let keys = ["new-password-lead", "change-password-button"];
            ("change-password", !new.problems.is_empty(), choose_password(keys, new))
        }
        LinkPage::FirstPassword(first) => {
            let keys = ["first-password-lead", "first-password-button"];
            ("first-password", !first.problems.is_empty(), choose_password(keys, first))
        }
        LinkPage::VerifyEmail(verify) => ("verify-email", false, value(verify)),
        LinkPage::SignInFirst(first) => ("sign-in-first", false, value(first)),
        LinkPage::SignUp(sign_up) => ("sign-up", !sign_up.problems.is_empty(), self::sign_up(sign_up)),
        LinkPage::FinishSignUp(finish) => {
            let problem_key = value(finish.problem.map(finish_problem_key));
            ("finish-sign-up", finish.problem.is_some(), context! { problem_key, ..value(finish) })
        }
        LinkPage::Notice(notice) => (done_key(notice.what), false, value(notice)),
    }
}

fn sign_up(sign_up: &SignUp) -> Value {
    let minutes = sign_up.problems.iter().find_map(|problem| match problem {
        SignUpProblem::TooMany { minutes } => Some(*minutes),
        _ => None,
    });
    let mistakes: Vec<Mistake> = sign_up.problems.iter().map(|p| sign_up_mistake(*p)).collect();
    context! { mistakes => value(mistakes), minutes => value(minutes), ..value(sign_up) }
}

const fn sign_up_mistake(problem: SignUpProblem) -> Mistake {
    match problem {
        SignUpProblem::Name => Mistake { at: "name", key: "sign-up-problem-name" },
        SignUpProblem::Email => Mistake { at: "email", key: "sign-up-problem-email" },
        SignUpProblem::Password(problem) => new_password_mistake(problem),
        SignUpProblem::Stale => Mistake { at: "", key: "sign-up-problem-stale" },
        SignUpProblem::TooMany { .. } => Mistake { at: "", key: "sign-up-problem-too-many" },
    }
}

const fn finish_problem_key(problem: FinishProblem) -> &'static str {
    match problem {
        FinishProblem::WrongPassword => "finish-sign-up-problem-wrong",
        FinishProblem::Busy => "new-password-problem-busy",
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
        Done::EmailVerified => "done-email-verified",
        Done::AddressTaken => "done-address-taken",
        Done::SignUpSent => "done-sign-up-sent",
    }
}
