//! `usher advise`: the advisor in a terminal. Asks the questions, or takes their answers as flags; prints the advice for people or as
//! JSON; creates the application so, and examines applications that are there. What is advised and every word of it is
//! `usher_core::advisor`'s.

mod ask;
mod installation;
mod text;

use super::Failure;
use crate::config::{self, Loaded};
use clap::Args;
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use usher_core::advisor::{Advice, Answer, Answers, Kit, KitError, Mode, Question, Step, document, next};
use usher_core::seed::PoolSeed;
use usher_types::endpoint::is_pool_name;

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
    /// Create the application of this id, set up exactly as is advised.
    #[arg(long, value_name = "NAME")]
    create: Option<String>,
    /// The application's callback, in settings and code; may be repeated.
    #[arg(long = "redirect", value_name = "URI")]
    redirects: Vec<String>,
    /// Examine an application that is there, or all of them: exit status 1 if something serious is wrong.
    // No application has an empty name, so that it stands for all.
    #[arg(long, value_name = "APP", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["create", "redirects", "samples"])]
    check: Option<String>,
    /// The pool; the first one by default.
    #[arg(long, value_name = "NAME")]
    pool: Option<String>,
    /// Print the code for common clients too.
    #[arg(long)]
    samples: bool,
    /// Print JSON, and ask nothing.
    #[arg(long)]
    json: bool,
    /// The configuration file: its server's addresses stand in the code, where it is there.
    #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
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
    /// The installation.
    #[error(transparent)]
    Installation(#[from] Failure),
    /// The terminal.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}

impl AdviseError {
    /// The program's exit status.
    pub const fn status(&self) -> u8 {
        match self {
            Self::Written(_) => 2,
            Self::Installation(failure) => failure.status(),
            Self::Ended | Self::Terminal(_) => 1,
        }
    }
}

/// How a run that came to its end ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Well.
    Well,
    /// Something serious is wrong with an application.
    Serious,
}

impl Ended {
    /// The program's exit status.
    pub const fn status(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::Serious => 1,
        }
    }
}

impl From<KitError> for AdviseError {
    fn from(error: KitError) -> Self {
        Self::Written(error.to_string())
    }
}

/// Advises: questions on `out`, answers from `input`, the advice on `out`.
pub async fn run(
    arguments: &AdviseArguments,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<Ended, AdviseError> {
    let answers = arguments.answers()?;
    if let Some(application) = &arguments.check {
        return installation::check(arguments, application, out).await;
    }
    if let Some(name) = &arguments.create {
        let kit = installation::kit(arguments, name).await?;
        let mode = match next(&answers) {
            Step::Ask(question) if arguments.json => return Err(unanswered(question)),
            _ => advised(answers, input, out)?,
        };
        installation::create(arguments, &Advice::new(mode, &kit), out).await?;
        return Ok(Ended::Well);
    }
    let kit = arguments.kit(&base(arguments)?)?;
    if arguments.json {
        writeln!(out, "{}", pretty(&document(&answers, &kit))?)?;
        return Ok(Ended::Well);
    }
    let mode = advised(answers, input, out)?;
    out.write_all(arguments.text(&Advice::new(mode, &kit)).as_bytes())?;
    Ok(Ended::Well)
}

/// The mode that the answers lead to; what they leave open is asked.
fn advised(answers: Answers, input: &mut impl BufRead, out: &mut impl Write) -> Result<Mode, AdviseError> {
    match next(&answers) {
        Step::Advice(mode) => Ok(mode),
        Step::Ask(_) => ask::until_advised(answers, input, out)?.ok_or(AdviseError::Ended),
    }
}

fn unanswered(question: Question) -> AdviseError {
    let flag = question.name().replace('_', "-");
    let allowed = question.answers().map(Answer::as_str).join(" or ");
    AdviseError::Written(format!("--{flag} is needed before there is advice: {allowed}"))
}

fn pretty(value: &serde_json::Value) -> Result<String, AdviseError> {
    Ok(serde_json::to_string_pretty(value).map_err(io::Error::from)?)
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

    fn kit(&self, base: &str) -> Result<Kit, AdviseError> {
        let kit = self.pool.iter().fold(Kit::new(base), |kit, pool| kit.in_pool(pool));
        self.redirects.iter().try_fold(kit, |kit, uri| Ok(kit.returning_to(uri)?))
    }

    fn text(&self, advice: &Advice) -> String {
        let code = if self.samples { text::Code::Whole } else { text::Code::Named };
        text::advice(advice, code)
    }
}

/// The base address of the pool, where a configuration is there; else an example's.
fn base(arguments: &AdviseArguments) -> Result<String, AdviseError> {
    let (origin, first, domains) = if arguments.config.exists() {
        let loaded = config::load(&arguments.config).map_err(|e| AdviseError::Written(e.to_string()))?;
        let first = loaded.config.pools.first().map(|p| p.name.clone());
        (loaded.config.server.public_url.origin().to_owned(), first, declared_domains(&loaded))
    } else {
        (EXAMPLE.to_owned(), None, HashMap::new())
    };
    match &arguments.pool {
        Some(pool) if !is_pool_name(pool) => {
            Err(AdviseError::Written(format!("{pool:?} cannot be a pool's name")))
        }
        // Whether a pool is the first one, which lives at the public URL itself, only the installation knows for certain.
        Some(pool) if first.as_ref() != Some(pool) => {
            Ok(domains.get(pool).cloned().unwrap_or_else(|| format!("{origin}/{pool}")))
        }
        _ => Ok(origin),
    }
}

/// The addresses of pools that are declared to live at domains of their own.
fn declared_domains(loaded: &Loaded) -> HashMap<String, String> {
    let public_url = &loaded.config.server.public_url;
    let own = |pool: &PoolSeed| {
        let address = pool.domain.as_ref()?.address(public_url).ok()?;
        Some((pool.name.clone(), address.origin().to_owned()))
    };
    loaded.config.pools.iter().filter_map(own).collect()
}

#[cfg(test)]
mod tests;
