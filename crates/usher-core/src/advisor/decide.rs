//! The decision: from the answers to the next question or to one mode. The questions and their order are the mission's; nothing
//! else in usher decides which mode an application gets.

use super::question::{Answer, Answers, Application, Question, YesNo};

/// What an application is advised to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Authorization code, by a backend that keeps a secret (RFC 6749 §4.1).
    AuthorizationCode,
    /// Authorization code with PKCE, by a single-page app (RFC 7636).
    SinglePageCode,
    /// Authorization code with PKCE, by a native app (RFC 8252).
    NativeCode,
    /// Implicit (OpenID Connect Core §3.2), where nothing else works.
    Implicit,
    /// Client credentials (RFC 6749 §4.4).
    ClientCredentials,
    /// The resource owner's password (RFC 6749 §4.3), where no other mode fits.
    Password,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AuthorizationCode,
        Self::SinglePageCode,
        Self::NativeCode,
        Self::Implicit,
        Self::ClientCredentials,
        Self::Password,
    ];

    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::SinglePageCode => "authorization_code_pkce_single_page",
            Self::NativeCode => "authorization_code_pkce_native",
            Self::Implicit => "implicit",
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
        }
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// This question.
    Ask(Question),
    /// Nothing: this is the mode.
    Advice(Mode),
}

/// The next question, or the mode. A question is asked only while its answer can still change the mode.
pub const fn next(answers: &Answers) -> Step {
    match (answers.person, answers.public_code) {
        (None, _) => Step::Ask(Question::Person),
        (Some(YesNo::No), _) => Step::Advice(Mode::ClientCredentials),
        (Some(YesNo::Yes), None) => Step::Ask(Question::PublicCode),
        (Some(YesNo::Yes), Some(YesNo::Yes)) => without_secret(*answers),
        (Some(YesNo::Yes), Some(YesNo::No)) => with_secret(*answers),
    }
}

/// Anyone can read its code, so it has no secret.
const fn without_secret(answers: Answers) -> Step {
    match (answers.application, answers.web_crypto) {
        (None, _) => Step::Ask(Question::Application),
        (Some(Application::Native), _) => Step::Advice(Mode::NativeCode),
        (Some(Application::SinglePage), None) => Step::Ask(Question::WebCrypto),
        (Some(Application::SinglePage), Some(YesNo::Yes)) => Step::Advice(Mode::SinglePageCode),
        (Some(Application::SinglePage), Some(YesNo::No)) => Step::Advice(Mode::Implicit),
    }
}

/// It has a backend that can keep a secret. The password needs three things at once, so a single one that is missing decides,
/// whether or not the others were answered.
const fn with_secret(answers: Answers) -> Step {
    match (answers.one_party, answers.trusted_with_passwords, answers.other_modes_fit) {
        (Some(YesNo::No), _, _) | (_, Some(YesNo::No), _) | (_, _, Some(YesNo::Yes)) => {
            Step::Advice(Mode::AuthorizationCode)
        }
        (None, _, _) => Step::Ask(Question::OneParty),
        (_, None, _) => Step::Ask(Question::TrustedWithPasswords),
        (_, _, None) => Step::Ask(Question::OtherModesFit),
        (Some(YesNo::Yes), Some(YesNo::Yes), Some(YesNo::No)) => Step::Advice(Mode::Password),
    }
}

/// The path through the questions that the answers take: those that bear on the mode, in order, up to the one that decides.
/// Answers to other questions are left out, so they never change what is advised, linked or shown.
pub fn walk(answers: &Answers) -> Vec<(Question, Answer)> {
    let mut path = Vec::new();
    let mut so_far = Answers::default();
    for (question, answer) in answers.given() {
        if let Step::Ask(_) = next(&so_far)
            && bears(question, so_far)
        {
            so_far = so_far.with(question, answer);
            path.push((question, answer));
        }
    }
    path
}

/// Whether a question lies on the branch that these answers have reached.
const fn bears(question: Question, so_far: Answers) -> bool {
    let person = matches!(so_far.person, Some(YesNo::Yes));
    let public = matches!(so_far.public_code, Some(YesNo::Yes));
    let secret = matches!(so_far.public_code, Some(YesNo::No));
    match question {
        Question::Person => true,
        Question::PublicCode => person,
        Question::Application => person && public,
        Question::WebCrypto => {
            person && public && matches!(so_far.application, Some(Application::SinglePage))
        }
        Question::OneParty | Question::TrustedWithPasswords | Question::OtherModesFit => person && secret,
    }
}
