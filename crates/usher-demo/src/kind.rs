//! The kinds of application that walk here: what each is called, what it can ask for, and how its authorization responses can travel. What
//! is said about each is in [`crate::portrait`].

/// A kind of application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With a server that keeps a secret.
    Web,
    /// With a server that keeps a key.
    Bank,
    /// On a desktop.
    Native,
    /// In the browser. Its walk is kept there, too.
    Spa,
    /// In a browser that has no cryptography.
    Implicit,
    /// With a server and a script.
    Hybrid,
    /// The pool's owner's own, asking for passwords itself.
    Password,
    /// Without a keyboard.
    Device,
    /// Without a person.
    Machine,
    /// An API that calls another one.
    Exchange,
    /// With a partner's word.
    Assertion,
}

/// A choice of a form: its value, and what it means.
pub(crate) type Choice = (&'static str, &'static str);

const QUERY: Choice = ("query", "in the address of a redirect: the default of a code, never for tokens");
const FRAGMENT: Choice =
    ("fragment", "behind the # of the address, which browsers do not send: only a script can read it");
const FORM_POST: Choice =
    ("form_post", "in a form that the browser posts: it stays out of addresses, histories and logs");
const WEB_MESSAGE: Choice =
    ("web_message", "in a message from usher's window to the one that opened it: the page is never left");

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Web,
        Self::Bank,
        Self::Native,
        Self::Spa,
        Self::Implicit,
        Self::Hybrid,
        Self::Password,
        Self::Device,
        Self::Machine,
        Self::Exchange,
        Self::Assertion,
    ];

    /// Its name in addresses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Bank => "bank",
            Self::Native => "native",
            Self::Spa => "spa",
            Self::Implicit => "implicit",
            Self::Hybrid => "hybrid",
            Self::Password => "password",
            Self::Device => "device",
            Self::Machine => "machine",
            Self::Exchange => "exchange",
            Self::Assertion => "assertion",
        }
    }

    /// The kind of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What its authorization requests can ask for; the first is the usual one. None where it makes no such requests here.
    pub(crate) const fn response_types(self) -> &'static [Choice] {
        match self {
            Self::Web => &[
                ("code", "a code, to be exchanged for tokens"),
                ("none", "nothing but the person's yes: no code, no token"),
            ],
            Self::Bank | Self::Native => &[("code", "a code, to be exchanged for tokens")],
            Self::Implicit => &[
                ("id_token token", "an ID token and an access token"),
                ("id_token", "an ID token alone: who it is, and nothing that can be called with it"),
            ],
            Self::Hybrid => &[
                ("code id_token", "a code, and an ID token that vouches for it by c_hash"),
                ("code token", "a code for the server, and an access token for the script"),
                ("code id_token token", "all three"),
            ],
            _ => &[],
        }
    }

    /// How its authorization responses can travel; the first is what no `response_mode` means.
    pub(crate) const fn response_modes(self) -> &'static [Choice] {
        match self {
            Self::Web | Self::Bank => &[QUERY, FORM_POST, FRAGMENT, WEB_MESSAGE],
            Self::Native => &[QUERY, FORM_POST],
            Self::Implicit | Self::Hybrid => &[FRAGMENT, FORM_POST, WEB_MESSAGE],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse("Web"), None);
    }
}
