//! `usher`: the command line.

use clap::Parser as _;
use std::process::ExitCode;
use usher::cli::advise::{self, AdviseArguments};
use usher::cli::{self, Answer, Arguments, Command, Failure};
use usher::config;
use usher::serve::{self, StartError};
use usher::{check, logging, output, system};

fn main() -> ExitCode {
    // Everything that speaks TLS or signs uses this provider; nothing else is linked.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("usher: the TLS provider was set before");
        return ExitCode::FAILURE;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => match cli::mistake::sentence(&error) {
            Some(sentence) => {
                tell(&sentence);
                return ExitCode::from(2);
            }
            None => error.exit(),
        },
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("usher: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(arguments.command))
}

async fn run(command: Command) -> ExitCode {
    match command {
        Command::Serve { config } => match config::load(&config) {
            Ok(loaded) => {
                logging::start(loaded.config.log);
                started(serve::run(loaded).await)
            }
            Err(error) => started(Err(error.into())),
        },
        Command::CheckConfig { config } => started(check::print(&config)),
        Command::Health { config, ready } => {
            logging::quiet();
            started(check::ask(&config, ready).await)
        }
        Command::Demo { port } => {
            logging::quiet();
            started(usher::demo::run(port).await)
        }
        Command::Advise(arguments) => {
            logging::quiet();
            advised(&arguments).await
        }
        Command::Mail(arguments) => {
            logging::quiet();
            match cli::mail::run(arguments).await {
                Ok(answer) => ended(Ok(Answer::well(answer + "\n"))),
                Err(failure) => ended(Err(failure)),
            }
        }
        Command::Backup(arguments) => ended(cli::backup::backup(&arguments).await),
        Command::Restore(arguments) => ended(cli::backup::restore(&arguments).await),
        Command::Migrate(arguments) => ended(cli::migrate::run(&arguments).await),
        Command::Doctor(arguments) => ended(cli::doctor::run(&arguments).await),
        Command::Completions { shell } => ended(Ok(cli::completions(shell))),
        command => {
            logging::quiet();
            match cli::manage(command).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) => {
                    tell(&failure);
                    ExitCode::from(failure.status())
                }
            }
        }
    }
}

/// What is wrong, on standard error: a sentence a line.
fn tell(error: &dyn std::fmt::Display) {
    for sentence in system::in_words(&error.to_string()).lines() {
        eprintln!("usher: {sentence}");
    }
}

/// What a command about the installation itself came to: its text, and its exit status.
fn ended(answer: Result<Answer, Failure>) -> ExitCode {
    let written = answer.and_then(|answer| {
        output::print(&answer.text).map_err(Failure::World)?;
        Ok(answer.status)
    });
    match written {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            tell(&failure);
            ExitCode::from(failure.status())
        }
    }
}

fn started(ended: Result<(), StartError>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            match error {
                StartError::Config(_) => ExitCode::from(2),
                StartError::Machine(_) | StartError::InUse(_) => ExitCode::FAILURE,
            }
        }
    }
}

async fn advised(arguments: &AdviseArguments) -> ExitCode {
    match advise::run(arguments, &mut std::io::stdin().lock(), &mut std::io::stdout()).await {
        Ok(ended) => ExitCode::from(ended.status()),
        Err(error) => {
            tell(&error);
            ExitCode::from(error.status())
        }
    }
}
