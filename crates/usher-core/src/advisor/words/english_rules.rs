//! What the rules find, in English.

use crate::advisor::examine::{Rule, Severity};

pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Advice => "advice",
        Severity::Warning => "warning",
        Severity::Serious => "serious",
    }
}

pub(super) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::ImplicitNotNeeded => {
            "Implicit is switched on although this application can use the authorization code with PKCE. Access tokens then stand in addresses, and a token of somebody else can be slipped in."
        }
        Rule::ImplicitOn => {
            "Implicit is switched on. It is deprecated; a page that comes by https has Web Crypto in every current browser and can use the authorization code with PKCE."
        }
        Rule::AccessTokenInFront => {
            "Access tokens leave by the front channel beside the code. The code alone brings the same token to the backend, where no address shows it."
        }
        Rule::PasswordNotNeeded => {
            "Password is switched on although people can sign in to this application on a sign-in page. Whoever can take over the application can then collect passwords."
        }
        Rule::PasswordOn => {
            "Password is switched on. Best practice forbids it; where a telephone is at hand, device authorization does the same without the application seeing a password."
        }
        Rule::InsecureRedirects => {
            "Tokens may be sent to callbacks without TLS, where everybody on the network can read them. This switch is for development only."
        }
        Rule::LoopbackCallback => {
            "A callback points to the person's own machine, where any program can listen. Only native applications need that; for others it is left over from development."
        }
        Rule::LocalhostAnyPort => {
            "localhost counts as a loopback address. The name may be resolved to something else; 127.0.0.1 and [::1] may not."
        }
        Rule::UnusedRedirects => {
            "Callbacks are registered, but no mode that is switched on uses them. The day somebody switches one on, they all count."
        }
        Rule::ResponseWithoutGrant => {
            "A response type is allowed whose grant is switched off, so requests for it fail."
        }
        Rule::GrantWithoutResponse => {
            "A grant is switched on that no allowed response type leads to, so nobody can use it."
        }
        Rule::RefreshWithoutSource => {
            "The refresh grant is switched on, but no mode of this application ever yields a refresh token."
        }
        Rule::SecretInPublicProgram => {
            "This program runs where people can read it, yet it authenticates by credentials. Whoever takes them out can pass for it; PKCE proves what a secret cannot here."
        }
        Rule::WebWithoutSecret => {
            "An application with a backend authenticates by nothing, so anybody can pass for it at the token endpoint. If it has no backend, its application_type is wrong."
        }
        Rule::PublicClientCredentials => {
            "A public application has rights of its own by client credentials, but nothing that proves who calls."
        }
        Rule::KeysUnderPublic => {
            "Access keys of servers are managed under an application that runs in people's hands. An application of their own keeps the two apart."
        }
        Rule::PkceNotRequired => {
            "PKCE is not demanded. It is recommended with a secret too: it stops a stolen code from being put into another sign-in. Every current library sends it."
        }
        Rule::SecretInBody => {
            "The secret is sent in the body, where logs and proxies see it more often than in the header. The specification advises against it; private_key_jwt is better still."
        }
        Rule::SharedSecretAssertion => {
            "Assertions are signed by the secret, so usher has to keep it readable. With private_key_jwt what is kept here cannot be used to sign in."
        }
        Rule::SymmetricIdToken => {
            "ID tokens are signed by the client secret (HS256). Whoever can check one can forge one, and libraries that take the key set refuse them."
        }
        Rule::ConsentSkipped => {
            "Nobody is asked, although any program on the device can claim this application's callback and so pass for it."
        }
        Rule::EveryResource => {
            "Its own scope covers every resource there is and every one to come. Name the resources that it needs."
        }
        Rule::AccessKeyAsAudience => {
            "Access tokens without a person name the access key as their audience and have no subject. APIs that hold to the standard refuse them."
        }
        Rule::Impersonation => {
            "Exchanged tokens do not tell who acts for the person. With delegation the application is named in them."
        }
        Rule::LongCode => {
            "A code lives longer than a minute. Applications spend theirs within seconds; what remains is time for a thief."
        }
        Rule::LongAccessToken => {
            "An access token lives longer than an hour. APIs that check it themselves learn of a revocation only when it ends."
        }
        Rule::LongIdToken => {
            "An ID token lives longer than an hour. It is meant for the moment of signing in."
        }
        Rule::LongRefresh => {
            "A refresh token lives very long: more than 90 days without use, or more than a year. A forgotten device stays signed in."
        }
        Rule::LongRefreshInBrowser => {
            "A refresh token lives for more than a week without use, in a browser. There it should end soon."
        }
        Rule::RotationOff => {
            "Refresh tokens are not replaced at each use, so the use of a stolen one goes unnoticed."
        }
        Rule::LongGrace => {
            "A spent refresh token still brings its successor for more than half a minute. A lost answer is asked for again within seconds."
        }
    }
}
