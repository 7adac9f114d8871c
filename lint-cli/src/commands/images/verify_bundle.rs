//! `platlint images verify-bundle`: one bundle, no configuration, no network; the client protocol of sigstore-conformance.

use std::path::Path;

use platlint_images::verify::{BundleCheck, BundleError, CheckedArtifact, Expected, verify_bundle};
use platlint_registry::Digest;

use super::super::check::answer;
use super::super::complain;
use crate::args::VerifyBundleArgs;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run(args: &VerifyBundleArgs) -> Result<ExitStatus, Failure> {
    let bundle = read(&args.bundle)?;
    let key = args.key.as_deref().map(read).transpose()?;
    let trusted_root = args.trusted_root.as_deref().map(read).transpose()?;
    let digest = digest(&args.subject)?;
    let content = if digest.is_none() { read(Path::new(&args.subject))? } else { Vec::new() };
    let artifact = digest.as_ref().map_or(CheckedArtifact::Content(&content), CheckedArtifact::Digest);
    let signer = match (&key, &args.certificate_identity, &args.certificate_oidc_issuer) {
        (Some(key), ..) => Expected::Key(key),
        (None, Some(subject), Some(issuer)) => Expected::Identity { subject, issuer },
        _ => {
            return Err(Failure::Usage(
                "name --key, or --certificate-identity and --certificate-oidc-issuer".to_owned(),
            ));
        }
    };
    let check = BundleCheck { bundle: &bundle, artifact, signer, trusted_root: trusted_root.as_deref() };
    match verify_bundle(&check) {
        Ok(()) => {
            answer("verified\n")?;
            Ok(ExitStatus::Clean)
        }
        Err(error @ (BundleError::Key(_) | BundleError::Root(_))) => Err(Failure::Usage(error.to_string())),
        Err(error) => {
            complain(&format!("not verified: {error}"));
            Ok(ExitStatus::Findings)
        }
    }
}

/// What was signed, where only its digest is given. A file of such a name is named with `./`.
fn digest(subject: &str) -> Result<Option<Digest>, Failure> {
    if !subject.starts_with("sha256:") {
        return Ok(None);
    }
    Digest::parse(subject).map(Some).map_err(|error| Failure::Usage(format!("{subject}: {error}")))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(Failure::io(path.display().to_string()))
}
