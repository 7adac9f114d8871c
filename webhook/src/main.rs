//! The webhook's binary: arguments, messages, exit status.

use std::process::ExitCode;

use clap::Parser as _;
use platlint_webhook::args::{Cli, Command, Serve};
use platlint_webhook::run;

fn main() -> ExitCode {
    match Cli::parse().into_command() {
        Command::Serve(args) => serve(&args),
        Command::PrintWebhooks(args) => print_webhooks(&args),
    }
}

fn serve(args: &Serve) -> ExitCode {
    run::log_to_stderr(&args.log);
    match run::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("platlint-webhook: {error}");
            error.exit_code()
        }
    }
}

fn print_webhooks(args: &Serve) -> ExitCode {
    run::log_to_stderr(&args.log);
    match run::print_webhooks(args) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("platlint-webhook: {error}");
            error.exit_code()
        }
    }
}
