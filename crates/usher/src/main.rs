//! `usher`: the command line.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use usher::advise::{self, AdviseArguments};
use usher::config;
use usher::logging::{self, Verbosity};
use usher::serve::{self, StartError};

/// An open identity platform: sign-in and tokens for applications.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a server from a configuration file.
    Serve {
        /// The configuration file.
        #[arg(long, default_value = "usher.toml")]
        config: PathBuf,
    },
    /// Show everything at once: a server, people, applications and a relying party, nothing to configure.
    Demo {
        /// The server's port; the relying party takes the next one. By default 8100, or free ones where it is taken.
        #[arg(long)]
        port: Option<u16>,
    },
    /// Advise which sign-in mode an application should use.
    Advise(AdviseArguments),
}

fn main() -> ExitCode {
    // Everything that speaks TLS or signs uses this provider; nothing else is linked.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("usher: the TLS provider was set before");
        return ExitCode::FAILURE;
    }
    let arguments = Arguments::parse();
    if let Command::Advise(arguments) = arguments.command {
        return advised(&arguments);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("usher: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usher: {error}");
            match error {
                StartError::Config(_) => ExitCode::from(2),
                StartError::Machine(_) => ExitCode::FAILURE,
            }
        }
    }
}

async fn run(command: Command) -> Result<(), StartError> {
    match command {
        Command::Serve { config } => {
            logging::start(Verbosity::Normal);
            serve::run(config::load(&config)?).await
        }
        Command::Advise(_) => Ok(()),
        Command::Demo { port } => {
            logging::start(Verbosity::Quiet);
            usher::demo::run(port).await
        }
    }
}

fn advised(arguments: &AdviseArguments) -> ExitCode {
    match advise::run(arguments, &mut std::io::stdin().lock(), &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usher: {error}");
            ExitCode::from(error.status())
        }
    }
}
