//! The advisor's words in English.

use super::{AnswerWords, ModeWords, QuestionWords};
use crate::advisor::advice::Yield;
use crate::advisor::decide::Mode;
use crate::advisor::note::Note;
use crate::advisor::question::Question;

const fn says(label: &'static str, meaning: &'static str) -> AnswerWords {
    AnswerWords { label, meaning }
}

pub(super) const fn question(question: Question) -> QuestionWords {
    match question {
        Question::Person => QuestionWords {
            ask: "Is a person using it?",
            short: "A person?",
            why: "Where somebody sits before it, they sign in; where programs talk to each other, the program itself does.",
            answers: [
                says("Yes", "Customers, members or employees open it and sign in."),
                says("No", "A job, a service or a device calls an API on its own account."),
            ],
        },
        Question::PublicCode => QuestionWords {
            ask: "Can the public read its code?",
            short: "Code public?",
            why: "Whatever runs in a browser or is installed by people can be read by them, so a secret in it is no secret.",
            answers: [
                says("Yes", "All of it runs in the browser, on a phone or on a desktop."),
                says("No", "A backend of its own takes part and can keep a secret."),
            ],
        },
        Question::Application => QuestionWords {
            ask: "Is it a single-page or a native app?",
            short: "Which kind?",
            why: "Both are public, but a browser and an installed program receive answers and keep tokens differently.",
            answers: [
                says("Single-page app", "JavaScript in a browser, without a backend of its own."),
                says("Native app", "Installed on a phone or a desktop, or a command-line tool."),
            ],
        },
        Question::WebCrypto => QuestionWords {
            ask: "Does its browser have Web Crypto?",
            short: "Web Crypto?",
            why: "PKCE needs a SHA-256. Every current browser has it in crypto.subtle, but only for pages that come by https or from localhost.",
            answers: [
                says("Yes", "Current browsers, and the page comes by https or from localhost."),
                says("No", "An old embedded browser, or a page that can only come by plain http."),
            ],
        },
        Question::OneParty => QuestionWords {
            ask: "Does one party own the application and the resources?",
            short: "One party?",
            why: "People may show a password only to the party that they have the account with.",
            answers: [
                says("Yes", "The same organisation runs the application and what it gives access to."),
                says("No", "A partner or customer runs one of the two."),
            ],
        },
        Question::TrustedWithPasswords => QuestionWords {
            ask: "Can it be trusted with passwords?",
            short: "Trusted?",
            why: "It would see the password of everybody who signs in: in memory, perhaps in logs and crash reports.",
            answers: [
                says("Yes", "It is reviewed like a sign-in page, and logs nothing that people type."),
                says("No", "Or nobody can say so for certain."),
            ],
        },
        Question::OtherModesFit => QuestionWords {
            ask: "Does one of the other modes fit?",
            short: "Others fit?",
            why: "Wherever a browser can be opened, on the same device or on another, sign-in by redirect works and no application sees a password.",
            answers: [
                says("Yes", "It can send people to a sign-in page, if need be on another device."),
                says(
                    "No",
                    "There is no way to a browser, such as in an old terminal that asks for a password.",
                ),
            ],
        },
    }
}

pub(super) const fn mode(mode: Mode) -> ModeWords {
    match mode {
        Mode::AuthorizationCode => ModeWords {
            title: "Authorization code",
            short: "Code",
            reason: "Your backend can keep a secret, so the browser only carries a code that is worth nothing to anybody else. The backend exchanges the code, with its secret, for tokens that the browser never sees.",
        },
        Mode::SinglePageCode => ModeWords {
            title: "Authorization code with PKCE, for a single-page app",
            short: "Code + PKCE",
            reason: "Anyone can read the app's code, so it has no secret to prove itself by. A verifier that it draws anew for each sign-in takes the secret's place, so a code that is intercepted cannot be used.",
        },
        Mode::NativeCode => ModeWords {
            title: "Authorization code with PKCE, for a native app",
            short: "Code + PKCE",
            reason: "Anyone can take the installed program apart, so it has no secret to prove itself by. A verifier that it draws anew for each sign-in takes the secret's place, even when another program on the device catches the code.",
        },
        Mode::Implicit => ModeWords {
            title: "Implicit",
            short: "Implicit",
            reason: "Without Web Crypto the browser cannot compute what PKCE needs, and a code without it would be anybody's. So the tokens come straight back in the fragment of the address, which is weaker and is right only where nothing else works.",
        },
        Mode::ClientCredentials => ModeWords {
            title: "Client credentials",
            short: "Client credentials",
            reason: "No person takes part, so there is nobody to ask for a password or for consent. The caller signs in itself, with an access key and a secret key that were given to it alone.",
        },
        Mode::Password => ModeWords {
            title: "Password",
            short: "Password",
            reason: "The application and the resources are one party's, it is trusted with passwords, and no mode with a redirect fits. So user name and password go straight to the token endpoint, together with the application's own secret.",
        },
    }
}

pub(super) const fn token(given: Yield) -> &'static str {
    match given {
        Yield::Yes => "yes",
        Yield::WithOpenid => "yes, with the scope openid",
        Yield::WhenAllowed => "yes, when asked for and allowed",
        Yield::Never => "never",
    }
}

pub(super) const fn note(note: Note) -> &'static str {
    match note {
        Note::KeepInSession => {
            "Tokens: in the backend's session. The browser gets only a session cookie, HttpOnly, Secure and SameSite=Lax."
        }
        Note::KeepCheckValues => {
            "State, nonce and verifier: in the same session, until the callback has compared them."
        }
        Note::KeepSecret => "Client secret: in the environment or a secret store, never in the repository.",
        Note::KeepInMemory => {
            "Tokens: in memory only, never in localStorage, which every script on the page can read for ever."
        }
        Note::KeepInSessionStorage => {
            "State, nonce and, with PKCE, the verifier: in sessionStorage, until the callback has compared them."
        }
        Note::KeepInKeychain => {
            "Refresh token: in the system's key store (Keychain, Android Keystore, Credential Manager, Secret Service). Access token: in memory."
        }
        Note::KeepNoSecret => "Secret: none. One that is shipped with a program is everybody's.",
        Note::DropFragment => {
            "The fragment: taken out of the address and the history (history.replaceState) before anything else is loaded."
        }
        Note::KeepAccessKey => {
            "Access key and secret key: in the caller's secret store, one pair for each caller."
        }
        Note::ReuseToken => {
            "Access token: in memory until shortly before it ends; then a new one is asked for."
        }
        Note::ForgetPassword => {
            "Password: nowhere. It is forgotten when the answer is there, and a refresh token takes its place."
        }
        Note::PkceWithSecret => {
            "PKCE is recommended with a secret too: it stops a stolen code from being put into another sign-in. These settings demand it."
        }
        Note::KeyPair => {
            "A key pair (private_key_jwt) is better than a shared secret: what is stored at the server then cannot be used to sign in."
        }
        Note::BackendForFrontend => {
            "If it handles anything valuable, give it a small backend that keeps the tokens (backend for frontend): then no script that gets into the page can take them away. Answer the second question with no for it."
        }
        Note::Rotation => {
            "A refresh token of a public application is replaced at each use, and the use of an old one ends them all. usher always does so."
        }
        Note::ShortRefresh => {
            "In a browser a refresh token should end soon. These settings end it after a day without use and after a week in any case."
        }
        Note::SystemBrowser => {
            "Open the system's browser or its in-app tab, never a web view of your own: a web view can read the password, and knows no session."
        }
        Note::ClaimedAddress => {
            "Where the system can prove it, return by an https address that belongs to the app (Universal Links, App Links) rather than by a scheme that any program may claim."
        }
        Note::ImplicitDeprecated => "Best practice advises against it, and OAuth 2.1 leaves it out.",
        Note::ImplicitWayOut => {
            "It can nearly always be avoided: serve the page by https, and crypto.subtle is there; or compute the SHA-256 in JavaScript, since crypto.getRandomValues works everywhere. Then take the code with PKCE."
        }
        Note::LeastPrivilege => {
            "Ask for the scopes that are needed and for no others: what a token cannot do, its thief cannot do."
        }
        Note::KeyPerCaller => {
            "Give every caller an access key of its own, so that one can be rotated or switched off without the others."
        }
        Note::NoRefreshForPrograms => {
            "There is no refresh token: the keys themselves bring the next access token."
        }
        Note::PasswordForbidden => "Best practice forbids it, and OAuth 2.1 leaves it out.",
        Note::PasswordWayOut => {
            "Look once more for a browser: the system's own, or that of a telephone beside the device (device authorization)."
        }
        Note::CostTokensInAddress => {
            "Access tokens stand in addresses: in the history, in extensions, in whatever reads the address bar."
        }
        Note::CostInjection => {
            "Nothing ties a token to the sign-in that asked for it, so a token of somebody else can be slipped in."
        }
        Note::CostNoRefresh => {
            "There is never a refresh token: after ten minutes the person is sent round again."
        }
        Note::CostSeesPasswords => {
            "The application sees every password; a leak there is a leak of all of them."
        }
        Note::CostNoSignInPage => {
            "Passkeys, further factors, single sign-on, other providers and consent do not exist here: they need a sign-in page."
        }
        Note::CostPhishing => {
            "People learn to type their password anywhere, which is what phishing lives on."
        }
    }
}
