//! Flags about images: where their signatures are looked up, and the commands that ask about nothing else.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::RunArgs;

/// Where signatures of images are looked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ImageMode {
    /// In the lock file where one stands beside the configuration; every other image is not decided
    #[default]
    Offline,
    /// In the lock file only, and fail where it does not decide an image
    Lock,
    /// In the registries, and fail where one gives no answer
    Online,
}

impl ImageMode {
    /// Whether an image that is not decided fails the run.
    #[must_use]
    pub const fn is_strict(self) -> bool {
        matches!(self, Self::Lock | Self::Online)
    }

    /// As it is written on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Lock => "lock",
            Self::Online => "online",
        }
    }
}

/// How `check` and `fix` come to know of images.
#[derive(Debug, Clone, Default, Args)]
pub struct ImageArgs {
    /// Where signatures of images are looked up
    #[arg(long = "images", value_enum, value_name = "MODE", default_value = "offline")]
    pub mode: ImageMode,

    /// How long registries are waited for.
    #[command(flatten)]
    pub patience: Patience,
}

/// How long registries are waited for.
#[derive(Debug, Clone, Copy, Args)]
pub struct Patience {
    /// Longest time for one image in seconds, all requests for it together
    #[arg(long = "images-timeout", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
}

impl Default for Patience {
    fn default() -> Self {
        Self { seconds: 10 }
    }
}

/// Commands of `images`.
#[derive(Debug, Subcommand)]
pub enum ImagesCommand {
    /// Say of every image whether who signed it is trusted by the configuration
    Verify(Box<ImagesVerifyArgs>),
    /// Write what registries say now into platlint-images.lock, with the evidence, so that CI needs no registry
    Lock(Box<ImagesLockArgs>),
    /// Verify one Sigstore bundle, without a configuration and without a network
    VerifyBundle(VerifyBundleArgs),
}

/// Arguments of `images verify`.
#[derive(Debug, Args)]
pub struct ImagesVerifyArgs {
    /// In which files images are looked for, and who may sign them.
    #[command(flatten)]
    pub run: RunArgs,

    /// Where signatures of images are looked up
    #[arg(long = "images", value_enum, value_name = "MODE", default_value = "online")]
    pub mode: ImageMode,

    /// How long registries are waited for.
    #[command(flatten)]
    pub patience: Patience,

    /// This image, as a manifest would name it; repeatable. Files are then looked at only where they are named, too
    #[arg(long = "image", value_name = "REF")]
    pub images: Vec<String>,

    /// How the result is told
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: ImagesFormat,
}

/// Arguments of `images lock`.
#[derive(Debug, Args)]
pub struct ImagesLockArgs {
    /// In which files images are looked for, and who may sign them.
    #[command(flatten)]
    pub run: RunArgs,

    /// How long registries are waited for.
    #[command(flatten)]
    pub patience: Patience,

    /// Write nothing and ask no registry; fail where the lock file lacks an image, or holds what its evidence or the configuration no longer bears out
    #[arg(long, visible_alias = "locked", conflicts_with = "check_tags")]
    pub check: bool,

    /// Write nothing; ask the registries whether tags still lead to the digests that stand in the files
    #[arg(long)]
    pub check_tags: bool,
}

/// Formats of `images verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImagesFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Arguments of `images verify-bundle`: the client protocol of sigstore-conformance.
#[derive(Debug, Args)]
pub struct VerifyBundleArgs {
    /// The Sigstore bundle
    #[arg(long, value_name = "FILE")]
    pub bundle: PathBuf,

    /// The public key (PEM) that must have signed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate_identity", "certificate_oidc_issuer"],
        required_unless_present = "certificate_identity")]
    pub key: Option<PathBuf>,

    /// The identity that must have signed, exactly as it stands in the certificate
    #[arg(long, value_name = "IDENTITY", requires = "certificate_oidc_issuer")]
    pub certificate_identity: Option<String>,

    /// Who vouches for the identity, exactly as it stands in the certificate
    #[arg(long, value_name = "URL", requires = "certificate_identity")]
    pub certificate_oidc_issuer: Option<String>,

    /// Roots of trust, as `trusted_root.json` [default: those of the public instance when platlint was built]
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,

    /// What was signed: a file, or `sha256:` and its digest
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub subject: String,
}
