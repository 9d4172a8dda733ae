//! Every event of the audit trail. Names are stable: programs look for them. `cargo xtask check` compares the list with the guide, and
//! refuses an event that is written without its name here.

macro_rules! events {
    ($($variant:ident $name:literal $meaning:literal;)*) => {
        /// What a row of the audit trail tells.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Event {
            $(#[doc = $meaning] $variant,)*
        }

        impl Event {
            /// All of them, in the order of the guide.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in rows and filters.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            /// The one of a name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|event| event.name() == name)
            }
        }
    };
}

events! {
    SignIn "sign_in" "Somebody signed in; the target is the session.";
    SignInRefused "sign_in_refused" "A name and a password did not go together, and the wrong try was counted.";
    SignOut "sign_out" "Somebody signed out; the target is the session, whose grants have ended too.";
    PasswordChanged "password_changed" "A password was changed, which ended sessions and grants.";
    Restored "restored" "The database came back from a backup; the detail says from when, and what became of sessions.";
    SessionEnded "session_ended" "A session was ended by its person at another one, or by command; what does not outlive it has ended too.";
    SessionsEnded "sessions_ended" "All sessions of somebody were ended by command.";
    OtherSessionsEnded "other_sessions_ended" "Somebody ended all their sessions but the one at hand.";
    ProfileChanged "profile_changed" "Somebody changed their own profile; the detail names the claims.";
    AccessRemoved "access_removed" "Somebody took back what they had allowed an application, which ended its grants.";
    EmailVerificationSent "email_verification_sent" "A mail to verify an address was asked for, by command or by somebody who wants another address.";
    EmailVerified "email_verified" "Somebody showed by a link that an e-mail address is theirs.";
    SignedUp "signed_up" "Somebody made an account for themselves.";
    PasswordResetAsked "password_reset_asked" "Somebody asked for a link to choose another password.";
    PasswordLinkMade "password_link_made" "A link to choose a password was made by command.";
    MailGivenUp "mail_given_up" "A mail could not be sent for a day.";
    Consent "consent" "Somebody let an application see or do something.";
    DeviceAllowed "device_allowed" "Somebody let a device sign in with their account.";
    DeviceRefused "device_refused" "Somebody refused a device.";
    Grant "grant" "An application got a grant with its first tokens; the detail says by what kind of request.";
    CodeReplayed "code_replayed" "A code came a second time, so the grant that it gave was revoked.";
    DeviceCodeReplayed "device_code_replayed" "A device code came a second time, so the grant that it gave was revoked.";
    RefreshTokenReused "refresh_token_reused" "A refresh token came again after its successor was used, so its grant was revoked.";
    TokenRevoked "token_revoked" "An application revoked a token of its own, and with it the grant.";
    UserCreated "user_created" "An account was made.";
    UserChanged "user_changed" "An account was changed; the detail names the settings.";
    UserUnlocked "user_unlocked" "Wrong tries at an account were forgotten by command, so that every browser may try again.";
    UserDeleted "user_deleted" "An account was deleted, with its sessions and grants.";
    ApplicationCreated "application_created" "An application was made.";
    ApplicationChanged "application_changed" "An application was changed; the detail names the settings.";
    ApplicationDeleted "application_deleted" "An application was deleted, with everything that it was given.";
    SecretRotated "secret_rotated" "An application got another secret.";
    AccessKeyCreated "access_key_created" "An access key was made.";
    AccessKeyChanged "access_key_changed" "An access key was changed; the detail names the settings.";
    AccessKeyRotated "access_key_rotated" "An access key got another secret key.";
    AccessKeyDeleted "access_key_deleted" "An access key was deleted.";
    KeyCreated "key_created" "A signing key was made.";
    KeySigns "key_signs" "A signing key took over, before keys did so by themselves.";
    KeyRotated "key_rotated" "A next signing key was made, or one that waited signs, by command.";
    KeyWithdrawn "key_withdrawn" "A signing key left the key set: whatever it signed has expired.";
    MasterKeyResealed "master_key_resealed" "Values were sealed anew by the first master key.";
    KeyDeleted "key_deleted" "A signing key was deleted.";
    RefusalsSealed "refusals_sealed" "Sums of refusals were sealed; the detail says from when until when, how many, and their digest.";
    PoolCreated "pool_created" "A pool was made.";
    PoolChanged "pool_changed" "A pool was changed; the detail names the settings.";
    PoolDeleted "pool_deleted" "Another pool was deleted; told in the first pool's trail, since its own went with it.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_event_has_a_name_of_its_own_and_is_found_by_it() {
        let names: HashSet<&str> = Event::ALL.iter().map(|e| e.name()).collect();
        assert_eq!(names.len(), Event::ALL.len());
        for event in Event::ALL {
            assert_eq!(Event::named(event.name()), Some(*event));
            assert!(event.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", event.name());
            assert!(event.meaning().ends_with('.') && !event.meaning().contains('|'), "{}", event.meaning());
        }
        assert_eq!(Event::named("SIGN_IN"), None);
    }
}
