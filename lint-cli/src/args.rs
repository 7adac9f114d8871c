//! Every flag of `platlint`, defined once: help, completions and the reference page come from here.

mod images;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use platlint_engine::Level;

pub use self::images::{
    ImageArgs, ImageMode, ImagesCommand, ImagesFormat, ImagesLockArgs, ImagesVerifyArgs, Patience, VerifyBundleArgs,
};
use crate::output::Format;

/// Policy as code for internal developer platforms: checks manifests and catalog files by the rules that also guard the cluster.
#[derive(Debug, Parser)]
#[command(
    name = "platlint",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Cli {
    /// What to do; `check` where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Arguments of `check`, the default command.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files, folders or standard input (the default command)
    Check(Box<CheckArgs>),
    /// Write into the files what rules repair by themselves, and nothing else
    Fix(Box<FixArgs>),
    /// List the rules of this configuration
    Rules(RulesArgs),
    /// Explain one rule: why it exists, what to write instead, its parameters
    Explain(ExplainArgs),
    /// Run the tests (`*_test.rego`) of policies
    Test(TestArgs),
    /// Show, make or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Pack a configuration with everything it names, for the cluster and for CI, or verify what was packed
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Verify who signed images, and keep the evidence for CI
    #[command(subcommand)]
    Images(ImagesCommand),
    /// Show how entities, applications, paths, workloads, claims and compositions hang together
    Graph(GraphArgs),
    /// Print each document as platlint reads it, as JSON
    Inspect(InspectArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the reference of all commands, as Markdown
    #[command(hide = true)]
    Reference,
}

/// Where the rules come from.
#[derive(Debug, Clone, Default, Args)]
pub struct PolicyArgs {
    /// Configuration file or bundle [default: the nearest platlint.yaml, from the working directory upwards]
    #[arg(long, value_name = "FILE", env = "PLATLINT_CONFIG")]
    pub config: Option<PathBuf>,

    /// Folder of policies, added to the configured ones; repeatable. DIALECT is `native` (default) or `conftest`
    #[arg(long, value_name = "DIR[:DIALECT]")]
    pub policy: Vec<String>,

    /// Leave out the built-in rules
    #[arg(long)]
    pub no_builtin: bool,

    /// Only this rule; repeatable
    #[arg(long, value_name = "ID")]
    pub rule: Vec<String>,

    /// Fail where the revision of the rules is another one
    #[arg(long, value_name = "REVISION")]
    pub expect_revision: Option<String>,
}

/// What is looked at, and by which rules.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// Files and folders; `-` for standard input [default: the working directory]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Where the rules come from.
    #[command(flatten)]
    pub policies: PolicyArgs,

    /// Namespace of documents that name none
    #[arg(long, short, value_name = "NS")]
    pub namespace: Option<String>,

    /// Cluster for which the configuration's overrides are chosen
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,

    /// Name under which standard input is reported
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<String>,

    /// Whether charts and kustomizations are rendered by the tools that are installed
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", env = "PLATLINT_RENDER")]
    pub render: RenderMode,

    /// Threads [default: one per core]
    #[arg(long, value_name = "N", env = "PLATLINT_THREADS", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
}

/// Arguments of `check`.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// What is looked at, and by which rules.
    #[command(flatten)]
    pub run: RunArgs,

    /// How it comes to know of images.
    #[command(flatten)]
    pub images: ImageArgs,

    /// Output format [default: full; github in GitHub Actions]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Write a further format to a file; repeatable
    #[arg(long, value_name = "FORMAT=FILE")]
    pub output: Vec<String>,

    /// Lowest level that fails the run
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,

    /// Succeed whatever is found; policy and usage errors still fail
    #[arg(long)]
    pub exit_zero: bool,

    /// Fail where there is nothing to check
    #[arg(long)]
    pub require_documents: bool,

    /// Colour in text output
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Colour,
}

/// Whether charts and kustomizations are rendered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RenderMode {
    /// As the configuration says; by default with the tools that are installed.
    #[default]
    Auto,
    /// Never: files are judged as they stand.
    Off,
}

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// What is looked at.
    #[command(flatten)]
    pub run: RunArgs,

    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub format: GraphFormat,

    /// Only what things whose name contains this lead to, and what leads to them
    #[arg(long, value_name = "NAME")]
    pub around: Option<String>,

    /// Fail where an edge leads nowhere
    #[arg(long)]
    pub fail_on_dangling: bool,
}

/// Formats of `graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For Graphviz.
    Dot,
    /// For Mermaid, as in Markdown on GitHub.
    Mermaid,
}

/// Arguments of `fix`.
#[derive(Debug, Clone, Default, Args)]
pub struct FixArgs {
    /// What is looked at, and by which rules.
    #[command(flatten)]
    pub run: RunArgs,

    /// How it comes to know of images.
    #[command(flatten)]
    pub images: ImageArgs,

    /// Also the fixes of rules that call theirs unsafe: what runs may behave differently afterwards
    #[arg(long = "unsafe")]
    pub unsafe_too: bool,

    /// Write nothing; show the changes as a unified diff and fail where there are any
    #[arg(long)]
    pub diff: bool,

    /// Lowest level of what is left that fails the run
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,

    /// Succeed whatever is left; policy and usage errors still fail
    #[arg(long)]
    pub exit_zero: bool,
}

/// Lowest level that fails a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Warnings and errors.
    Warn,
    /// Any finding.
    Audit,
    /// Any finding, and anything that could not be decided.
    Undecided,
}

impl FailOn {
    /// The lowest level of a finding that fails the run.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Error => Level::Error,
            Self::Warn => Level::Warn,
            Self::Audit | Self::Undecided => Level::Audit,
        }
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` forces it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Where the rules come from.
    #[command(flatten)]
    pub policies: PolicyArgs,

    /// What platlint finds without any rule, such as files that cannot be read
    #[arg(long)]
    pub own: bool,

    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
}

/// Formats of `rules` and `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For documentation.
    Markdown,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule's id
    #[arg(value_name = "RULE")]
    pub id: String,

    /// Where the rules come from.
    #[command(flatten)]
    pub policies: PolicyArgs,

    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Folders of policies [default: ./policies]
    #[arg(value_name = "DIR")]
    pub paths: Vec<PathBuf>,

    /// Only tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub run: Option<String>,

    /// Say which lines of the policies no test evaluated
    #[arg(long)]
    pub coverage: bool,
}

/// Commands of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the configuration as it takes effect, with everything it extends
    Show(PolicyArgs),
    /// Write a commented platlint.yaml into the working directory
    Init,
    /// Print the JSON Schema of platlint.yaml
    Schema,
    /// Check the configuration and compile every policy
    Check(PolicyArgs),
}

/// Commands of `bundle`.
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Pack the configuration, its policies, keys, schemas and data into one folder or tarball
    Build(BundleBuildArgs),
    /// Verify every file of a bundle and load it
    Verify(BundleVerifyArgs),
}

/// Arguments of `bundle build`.
#[derive(Debug, Args)]
pub struct BundleBuildArgs {
    /// Configuration file [default: the nearest platlint.yaml, from the working directory upwards]
    #[arg(long, value_name = "FILE", env = "PLATLINT_CONFIG")]
    pub config: Option<PathBuf>,

    /// Where to write: a tarball where the name ends in .tar, .tar.gz or .tgz, or else a new folder
    #[arg(long, value_name = "PATH")]
    pub output: PathBuf,

    /// Refused, with the way to do it.
    #[arg(long, hide = true)]
    pub policy: Vec<String>,

    /// How the result is told
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: BundleFormat,
}

/// Arguments of `bundle verify`.
#[derive(Debug, Args)]
pub struct BundleVerifyArgs {
    /// A bundle: a folder or a tarball
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,

    /// Fail where the revision of the rules is another one
    #[arg(long, value_name = "REVISION")]
    pub expect_revision: Option<String>,

    /// How the result is told
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: BundleFormat,
}

/// Formats of `bundle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BundleFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Files and folders; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// Print where each field stands
    #[arg(long)]
    pub places: bool,

    /// Print what rules see of each object (`input`) instead, with what is known of its images and what the named files
    /// say of it together; nothing is rendered
    #[arg(long, conflicts_with = "places")]
    pub input: bool,

    /// Where the rules come from, for `--input`.
    #[command(flatten)]
    pub policies: PolicyArgs,

    /// How it comes to know of images, for `--input`.
    #[command(flatten)]
    pub images: ImageArgs,
}
