//! What is said about each kind of application, in plain words: what it is, why its mode is the right one, and which tokens it gets.

use crate::kind::Kind;
use serde::Serialize;

/// What a kind of application is like.
#[derive(Debug, Serialize)]
pub(crate) struct Portrait {
    /// Where it runs, in a few words.
    pub(crate) title: &'static str,
    /// The mode, by its name.
    pub(crate) mode: &'static str,
    /// What it does, for the card on the landing page.
    pub(crate) card: &'static str,
    /// How it is registered.
    pub(crate) client: &'static str,
    /// What happens in its walk.
    pub(crate) lead: &'static str,
    /// Why this mode and no other.
    pub(crate) why: &'static str,
    /// The access token: whether there is one, and why.
    pub(crate) access: Yield,
    /// The ID token.
    pub(crate) id: Yield,
    /// The refresh token.
    pub(crate) refresh: Yield,
}

/// Whether a mode gives a token ("yes", "asked" or "never"), and why.
pub(crate) type Yield = (&'static str, &'static str);

const ACCESS: Yield = ("yes", "What an API is called with.");
const ID: Yield = ("yes", "Who signed in. It comes only where the scope openid was granted.");
const REFRESH: Yield = (
    "asked",
    "Only where offline_access is asked for and agreed to, and the application may refresh. It goes from server to application alone.",
);
const NO_PERSON: Yield = ("never", "Nobody signed in, so there is nobody to speak of.");

/// The portrait of a kind.
pub(crate) const fn of(kind: Kind) -> &'static Portrait {
    match kind {
        Kind::Web => &WEB,
        Kind::Bank => &BANK,
        Kind::Native => &NATIVE,
        Kind::Spa => &SPA,
        Kind::Implicit => &IMPLICIT,
        Kind::Hybrid => &HYBRID,
        Kind::Password => &PASSWORD,
        Kind::Device => &DEVICE,
        Kind::Machine => &MACHINE,
        Kind::Exchange => &EXCHANGE,
        Kind::Assertion => &ASSERTION,
    }
}

const WEB: Portrait = Portrait {
    title: "With a server",
    mode: "authorization code",
    card: "A web application whose server keeps a secret. The tokens never pass through the browser.",
    client: "Web Shop: confidential client, client_secret_basic.",
    lead: "It sends the browser to usher with a request, gets a code back, and changes the code for tokens from server to server, where it proves who it is with its secret.",
    why: "The browser only carries a code, which is worth nothing without the secret that the server alone has.",
    access: ACCESS,
    id: ID,
    refresh: REFRESH,
};

const BANK: Portrait = Portrait {
    title: "With a server and a key",
    mode: "authorization code, private_key_jwt",
    card: "The same with a key pair: the application signs a short statement about itself, and its private key never leaves it.",
    client: "Corner Bank: confidential client, private_key_jwt.",
    lead: "It signs people in as the application with a server does. At the token endpoint it proves who it is with a statement that it signs, new for each request; usher knows only the public half of its key.",
    why: "A secret has to be known to both sides and travels with each request. A private key is known to one, and what travels works once, for a minute, at this server.",
    access: ACCESS,
    id: ID,
    refresh: REFRESH,
};

const NATIVE: Portrait = Portrait {
    title: "On a desktop",
    mode: "authorization code with PKCE",
    card: "A native application: it opens a port on this computer for the one answer that it waits for.",
    client: "Desk Notes: public client, loopback redirect (RFC 8252).",
    lead: "It opens the system's browser at usher and waits on a port of its own, http://127.0.0.1:(any port)/native/callback, for the code. It cannot keep a secret, since anybody can take it apart; a proof key (PKCE), new for each request, takes its place. This demo plays its part.",
    why: "Its code is public, so it has no secret; the verifier of the proof key takes its place, and whoever catches the code cannot use it.",
    access: ACCESS,
    id: ID,
    refresh: REFRESH,
};

const SPA: Portrait = Portrait {
    title: "In the browser",
    mode: "authorization code with PKCE",
    card: "A single-page application: JavaScript does everything, with the browser's own cryptography.",
    client: "Photo Album: public client, CORS.",
    lead: "Everything here is done by a script in this page: it makes the request, changes the code for tokens and verifies them with the browser's own cryptography. Whoever reads the page reads the whole application, so it has no secret; a proof key (PKCE), new for each request, takes its place.",
    why: "Anyone can read its code, so it has no secret; the verifier takes its place, and no token is ever in an address.",
    access: ACCESS,
    id: ID,
    refresh: REFRESH,
};

const IMPLICIT: Portrait = Portrait {
    title: "In an old browser",
    mode: "implicit",
    card: "A single-page application in a browser without Web Crypto: the tokens come straight back in the address.",
    client: "Old Gallery: public client, implicit switched on.",
    lead: "Without Web Crypto there is no proof key, so there is nothing to protect a code with. The tokens come at once, behind the # of the address; the page's script reads them there and takes them out of it.",
    why: "Only where nothing else works. A token in an address can be seen by scripts, histories and whoever looks over the shoulder, and nobody proves anything to get it: RFC 9700 advises against it, and usher has it switched off until someone turns it on.",
    access: ("yes", "In the address, and therefore with a short life."),
    id: ID,
    refresh: (
        "never",
        "It would lie in the browser's address for months. Whoever wants to stay signed in uses the code with PKCE.",
    ),
};

const HYBRID: Portrait = Portrait {
    title: "With a server and a script",
    mode: "hybrid",
    card: "Half of the answer comes at once for the page, the other half is a code for the server.",
    client: "News Desk: confidential client, code and implicit switched on.",
    lead: "The answer carries a code and tokens together. The page shows at once who signed in, and its server fetches with the code what must not be in an address. c_hash and at_hash bind the pieces to each other, so that none can be swapped.",
    why: "For pages that must know who is there before their server does. Where they need not, the code alone is simpler and safer.",
    access: ("yes", "By the address, by the code, or both: what response_type names."),
    id: ID,
    refresh: ("asked", "Only through the code, never by the address."),
};

const PASSWORD: Portrait = Portrait {
    title: "With the password",
    mode: "password",
    card: "The pool's owner's own application asks for name and password itself, and sends them to usher.",
    client: "Staff Tool: confidential client of the pool's owner, password switched on.",
    lead: "There is no redirect and no page of usher's: the application has a form of its own, and sends what is typed there to the token endpoint.",
    why: "Only where application and resources belong to the same party, it handles passwords safely and no other mode fits. It sees the password, knows no second factor and no single sign-on, and teaches people to type passwords anywhere: RFC 9700 forbids it for new applications, and usher has it switched off until someone turns it on.",
    access: ACCESS,
    id: ID,
    refresh: (
        "asked",
        "When asked for and allowed; there is no consent page, since application and resources have the same owner.",
    ),
};

const DEVICE: Portrait = Portrait {
    title: "Without a keyboard",
    mode: "device code",
    card: "A television shows a short code; the person signs in on the telephone and types it there.",
    client: "Living Room: public client, device code switched on.",
    lead: "It asks usher for two codes: a short one to show and a long one to keep. While a person types the short one on another device and agrees, it asks again and again whether the long one is worth tokens by now.",
    why: "There is no browser on it, and nobody wants to type a password with arrow keys. The person signs in where they always do.",
    access: ACCESS,
    id: ID,
    refresh: REFRESH,
};

const MACHINE: Portrait = Portrait {
    title: "Without a person",
    mode: "client credentials",
    card: "A program calls an API at night. Nobody is there to sign in: it has an access key and a secret key.",
    client: "Warehouse: programmatic access accounts, several keys for one application.",
    lead: "A programmatic access account is an access key and a secret key, used as client_id and client_secret. An application has as many as it has callers; each has its own scope and can be switched off by itself, at once.",
    why: "No person is involved, so there is nobody to redirect and nothing to consent to: the caller acts for itself.",
    access: ACCESS,
    id: NO_PERSON,
    refresh: ("never", "The keys are at hand whenever a new token is needed."),
};

const EXCHANGE: Portrait = Portrait {
    title: "For somebody, further on",
    mode: "token exchange",
    card: "An API was called with a person's token and must call the next one: it exchanges the token for another.",
    client: "Order API: confidential client, delegation switched on.",
    lead: "It brings the token it was called with and says who it is. What it gets is for the next API only, can do no more than the first, lives no longer, and names both: the person in sub, the API in act.",
    why: "Passing on the first token would let every API act as the person everywhere. An exchanged one is narrower, and whoever receives it sees who really calls.",
    access: ("yes", "For the next API alone."),
    id: ("never", "Nobody signed in anew."),
    refresh: ("never", "Its life is that of the token it was made of."),
};

const ASSERTION: Portrait = Portrait {
    title: "With a partner's word",
    mode: "JWT bearer",
    card: "A partner who knows the person signs a statement, and the application changes it for a token.",
    client: "Partner Sync: confidential client that may bring one partner's assertions.",
    lead: "Somebody whom the application's owner trusts, and whose public key is registered, says in a signed statement who the person is. usher checks it and answers with a token; the person is not there and is not asked.",
    why: "For servers that share people with a partner. It rests on the partner's key alone, so usher takes only assertions of those who are named, for one use, for a short while.",
    access: ACCESS,
    id: (
        "never",
        "Nobody signed in at usher, so it vouches for no sign-in: the partner's statement said who it is.",
    ),
    refresh: ("never", "RFC 7521 advises against it: the partner can make another assertion."),
};
