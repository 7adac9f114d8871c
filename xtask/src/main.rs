//! Every repeated chore of the project as one command each: `cargo xtask <chore>`.
//!
//! This file only names the chores; each module decides how its own is done.

mod apiserver;
mod bench;
mod check;
mod conformance;
mod corpora;
mod image_tools;
mod install;
mod peers;
mod process;
mod render_tools;
mod toolset;
mod workspace;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of platlint")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every check and every test, then say what ran, what was skipped and why
    Test(check::TestArgs),
    /// Write the generated files, or with --check compare them
    Generate(check::GenerateArgs),
    /// Build the tools that platlint is tested against and measured with, or find them
    Peers(peers::PeersArgs),
    /// Build the API server of the end-to-end tests, or find it, and print its folder
    Apiserver(apiserver::ApiserverArgs),
    /// Build cosign and the registries of the tests of signed images, or find them, and print their folder
    ImageTools(image_tools::ImageToolsArgs),
    /// Build helm and kustomize for the tests of rendering, or find them, and print their folder
    RenderTools(render_tools::RenderToolsArgs),
    /// Lay out the corpora of real files from local git directories
    Corpora(corpora::CorporaArgs),
    /// Run the verification cases of sigstore-conformance, from a local git directory, through the crate `images`
    Conformance(conformance::ConformanceArgs),
    /// Install platlint as pre-commit does, from a clean clone and without the lock file
    InstallCheck(install::InstallArgs),
    /// Measure platlint and its peers side by side
    Bench(bench::BenchArgs),
    /// Measure the webhook under load
    BenchWebhook(bench::WebhookArgs),
    /// Measure what it costs to know who signed an image
    BenchImages(bench::ImagesArgs),
    /// Run one command and print what it used, as JSON (the bench starts itself with this)
    #[command(hide = true)]
    Measure(bench::MeasureArgs),
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    match Args::parse().chore {
        Chore::Test(args) => check::test(&args),
        Chore::Generate(args) => check::generate(&args),
        Chore::Peers(args) => peers::run(&args),
        Chore::Apiserver(args) => apiserver::run(&args),
        Chore::ImageTools(args) => image_tools::run(&args),
        Chore::RenderTools(args) => render_tools::run(&args),
        Chore::Corpora(args) => corpora::run(&args),
        Chore::Conformance(args) => conformance::run(&args),
        Chore::InstallCheck(args) => install::check(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::BenchWebhook(args) => bench::run_webhook(&args),
        Chore::BenchImages(args) => bench::run_images(&args),
        Chore::Measure(args) => bench::measure(&args),
    }
}
