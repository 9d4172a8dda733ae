//! The `prompt` parameter (OpenID Connect Core §3.1.2.1; Initiating User Registration via OpenID Connect 1.0 §4).

/// The `prompt` parameter (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the values of prompt are a set of five")]
pub struct Prompt {
    /// Show no page at all.
    pub none: bool,
    /// Have the person prove again who they are.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Have the person choose an account.
    pub select_account: bool,
    /// Have the person make an account first.
    pub create: bool,
}

/// Reads `prompt`.
pub fn parse_prompt(text: &str) -> Result<Prompt, &'static str> {
    let mut prompt = Prompt::default();
    for value in text.split(' ').filter(|v| !v.is_empty()) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" => prompt.create = true,
            _ => {
                return Err(
                    "prompt has a value that is not supported: none, login, consent, select_account, create are",
                );
            }
        }
    }
    // "If this parameter contains none with any other value, an error is returned."
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account || prompt.create) {
        return Err("prompt=none cannot be combined with another value");
    }
    Ok(prompt)
}
