//! Targets for password hashes and sealed values. Neither can be guessed, so whatever is accepted must be among what is known.

use crate::input::{Drawn, first_line, number_of, utf8};
use usher::master_key;
use usher_crypto::password::{self as hashes, PasswordCost, needs_rehash, verify};
use usher_crypto::seal::{MasterKey, RawKey};
use usher_types::limits;
use usher_types::opaque::{base64url, base64url_decode};

/// What the hashes of the corpus are of.
const KNOWN_PASSWORD: &str = "password";
const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, iterations: 1, lanes: 1 };

/// Stored password hashes: the first line is the password, the rest the PHC string.
pub fn password(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (password, phc) = first_line(text);
    let rehash = needs_rehash(phc);
    if !is_cheap(phc) {
        return;
    }
    if verify(password.as_bytes(), phc) {
        assert_eq!(password, KNOWN_PASSWORD, "guessed from {phc}");
        assert!(phc.starts_with("$argon2id$"), "{phc}");
        assert!(rehash, "a cheap hash is replaced: {phc}");
        assert!(!verify(format!("{password} ").as_bytes(), phc));
    }
    for never in [b"".as_slice(), &[b'x'; limits::PASSWORD_BYTES + 1]] {
        assert!(!verify(never, phc), "{phc}");
    }
    let salt = Drawn(data.last().copied().unwrap_or_default());
    let Ok(made) = hashes::hash(password.as_bytes(), CHEAP, &salt) else {
        assert!(password.is_empty() || password.len() > limits::PASSWORD_BYTES, "{password}");
        return;
    };
    assert!(verify(password.as_bytes(), &made) && needs_rehash(&made), "{made}");
    assert!(!verify(format!("{password}\0").as_bytes(), &made), "{made}");
}

/// Whether a check takes well under a millisecond: every number after `m=`, `t=` and `p=` is small.
fn is_cheap(phc: &str) -> bool {
    let cost = |key: &str, most: u32| {
        phc.match_indices(key).all(|(at, _)| {
            let number = phc.get(at + key.len()..).unwrap_or_default();
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            number.get(..digits).is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n <= most) || n.is_empty())
        })
    };
    // Argon2's own defaults, which stand where a cost is left out, are today's price and dear here.
    let all_given = ["m=", "t=", "p="].iter().all(|key| phc.contains(key));
    all_given && cost("m=", 256) && cost("t=", 4) && cost("p=", 4)
}

/// Master keys as a file or the environment holds them: as many as are read are written again and read the same, no two are one, and an
/// error repeats nothing of what was there.
pub fn master_keys(data: &[u8]) {
    let keys = match master_key::parse(data, "here") {
        Ok(keys) => keys,
        Err(error) => {
            let told = error.to_string();
            // Keys have no spaces, and the sentence has.
            let repeated = |word: &str| word.len() > 12 && !word.contains(' ') && told.contains(word);
            assert!(utf8(data).is_none_or(|text| !text.split(['\n', ',']).any(repeated)), "{told}");
            return;
        }
    };
    let ids: Vec<_> = keys.iter().map(RawKey::id).collect();
    assert!((1..=8).contains(&ids.len()));
    assert!(ids.iter().enumerate().all(|(at, id)| ids.iter().take(at).all(|other| other != id)));
    let text: String = keys.iter().map(|key| master_key::written(key) + "\n").collect();
    let again = master_key::parse(text.as_bytes(), "here");
    assert!(again.is_ok_and(|again| again.iter().map(RawKey::id).eq(ids)), "what is written reads back");
}

/// What the sealed values of the corpus are, under the master key of 32 sevens.
const KNOWN_SEALED: &[(&str, &[u8])] =
    &[("client secret", b"a secret"), ("client secret", b""), ("signing key", b"a secret")];

/// Sealed values: the first line is the context, the rest the value as base64url.
pub fn seal(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (context, rest) = first_line(text);
    let Ok(master) = MasterKey::from_bytes(&[7; 32]) else { return };
    let sealed = base64url_decode(rest.trim_end()).unwrap_or_else(|| rest.as_bytes().to_vec());
    if let Ok(opened) = master.open(context, &sealed) {
        assert!(KNOWN_SEALED.contains(&(context, opened.expose())), "{context}: {}", base64url(&sealed));
    }
    let made =
        master.seal(context, rest.as_bytes(), &Drawn(data.len().to_le_bytes().first().copied().unwrap_or(0)));
    assert!(master.open(context, &made).is_ok_and(|opened| opened.expose() == rest.as_bytes()));
    assert!(master.open(&format!("{context}\0"), &made).is_err(), "another context");
    assert!(MasterKey::from_bytes(&[8; 32]).is_ok_and(|other| other.open(context, &made).is_err()));
    let bit = number_of(data) % (made.len() * 8);
    let mut changed = made;
    if let Some(byte) = changed.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
    assert!(master.open(context, &changed).is_err(), "bit {bit}");
    assert!(changed.pop().is_none() || master.open(context, &changed).is_err());
}
