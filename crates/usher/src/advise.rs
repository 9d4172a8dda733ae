//! `usher advise`: the advisor in a terminal. Asks the questions, or takes their answers as flags; prints the advice for people or as
//! JSON. What is advised and every word of it is `usher_core::advisor`'s.

mod ask;
mod text;

use crate::config;
use clap::Args;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use usher_core::advisor::{Advice, Answers, Kit, KitError, Mode, Question, Step, document, next};

/// The server whose addresses stand in samples where no configuration says which.
const EXAMPLE: &str = "https://id.example.com";

/// What can be written behind `usher advise`.
#[derive(Debug, Clone, Args)]
pub struct AdviseArguments {
    /// Is a person using it?
    #[arg(long, value_parser = ["yes", "no"])]
    person: Option<String>,
    /// Can the public read its code?
    #[arg(long, value_parser = ["yes", "no"])]
    public_code: Option<String>,
    /// Is it a single-page or a native app?
    #[arg(long, value_parser = ["single_page", "native"])]
    application: Option<String>,
    /// Does its browser have Web Crypto?
    #[arg(long, value_parser = ["yes", "no"])]
    web_crypto: Option<String>,
    /// Does one party own the application and the resources?
    #[arg(long, value_parser = ["yes", "no"])]
    one_party: Option<String>,
    /// Can it be trusted with passwords?
    #[arg(long, value_parser = ["yes", "no"])]
    trusted_with_passwords: Option<String>,
    /// Does one of the other modes fit?
    #[arg(long, value_parser = ["yes", "no"])]
    other_modes_fit: Option<String>,
    /// The application's callback, in settings and code; may be repeated.
    #[arg(long = "redirect", value_name = "URI")]
    redirects: Vec<String>,
    /// Print the code for common clients too.
    #[arg(long)]
    samples: bool,
    /// Print JSON, and ask nothing.
    #[arg(long)]
    json: bool,
    /// The configuration file: its server's addresses stand in the code, where it is there.
    #[arg(long, default_value = "usher.toml")]
    config: PathBuf,
}

/// Why there is no advice: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum AdviseError {
    /// What the person wrote.
    #[error("{0}")]
    Written(String),
    /// The answers ended before there was advice.
    #[error("the answers ended before there was advice; nothing was changed")]
    Ended,
    /// The terminal.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}

impl AdviseError {
    /// The program's exit status.
    pub const fn status(&self) -> u8 {
        match self {
            Self::Written(_) => 2,
            Self::Ended | Self::Terminal(_) => 1,
        }
    }
}

impl From<KitError> for AdviseError {
    fn from(error: KitError) -> Self {
        Self::Written(error.to_string())
    }
}

/// Advises: questions on `out`, answers from `input`, the advice on `out`.
pub fn run(
    arguments: &AdviseArguments,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<(), AdviseError> {
    let answers = arguments.answers()?;
    let kit = arguments.kit()?;
    if arguments.json {
        let document = document(&answers, &kit);
        let text = serde_json::to_string_pretty(&document).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    let mode = match next(&answers) {
        Step::Advice(mode) => mode,
        Step::Ask(_) => ask::until_advised(answers, input, out)?.ok_or(AdviseError::Ended)?,
    };
    show(arguments, mode, &kit, out)
}

fn show(arguments: &AdviseArguments, mode: Mode, kit: &Kit, out: &mut impl Write) -> Result<(), AdviseError> {
    let advice = Advice::new(mode, kit);
    let code = if arguments.samples { text::Code::Whole } else { text::Code::Named };
    out.write_all(text::advice(&advice, code).as_bytes())?;
    Ok(())
}

impl AdviseArguments {
    fn answers(&self) -> Result<Answers, AdviseError> {
        let mut answers = Answers::default();
        for question in Question::ALL {
            let given = match question {
                Question::Person => &self.person,
                Question::PublicCode => &self.public_code,
                Question::Application => &self.application,
                Question::WebCrypto => &self.web_crypto,
                Question::OneParty => &self.one_party,
                Question::TrustedWithPasswords => &self.trusted_with_passwords,
                Question::OtherModesFit => &self.other_modes_fit,
            };
            if let Some(answer) = given {
                answers.give(question.name(), answer).map_err(|e| AdviseError::Written(e.to_string()))?;
            }
        }
        Ok(answers)
    }

    fn kit(&self) -> Result<Kit, AdviseError> {
        let kit = Kit::new(&base(&self.config)?);
        self.redirects.iter().try_fold(kit, |kit, uri| Ok(kit.returning_to(uri)?))
    }
}

/// The base address of the first pool of the configuration that is there, else an example's.
fn base(path: &Path) -> Result<String, AdviseError> {
    if !path.exists() {
        return Ok(EXAMPLE.to_owned());
    }
    let loaded = config::load(path).map_err(|e| AdviseError::Written(e.to_string()))?;
    Ok(loaded.config.server.public_url.origin().to_owned())
}

#[cfg(test)]
mod tests;
