//! Runs the verification cases of sigstore-conformance through `verify_bundle`, offline: each with the artifact and with
//! only its digest. `cargo xtask conformance` fetches nothing and starts this on a copy of the suite.
//!
//! Argument: the suite's folder `test/assets/bundle-verify`. One folder there is one case; its name ends in `fail` where
//! the bundle must be refused. Exits with 1 if any outcome is another than the suite's.

use platlint_images::verify::{BundleCheck, CheckedArtifact, Expected, verify_bundle};
use platlint_registry::Digest;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

/// Who signs in the suite, where a case does not say otherwise (its README).
const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Fewer cases than this are not the suite.
const FEWEST_CASES: usize = 60;

#[derive(Default)]
struct Counts {
    accepted: usize,
    refused: usize,
    wrong: Vec<String>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let suite = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: conformance FOLDER")?);
    let mut cases: Vec<PathBuf> = fs::read_dir(&suite)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let mut counts = Counts::default();
    for case in &cases {
        run(case, &suite.join("a.txt"), &mut counts)?;
    }
    for wrong in &counts.wrong {
        println!("WRONG {wrong}");
    }
    let (accepted, refused) = (counts.accepted, counts.refused);
    let total = 2 * cases.len();
    println!(
        "{} cases, each with file and digest: {} of {total} as the suite wants it ({accepted} accepted, {refused} refused)",
        cases.len(),
        accepted + refused,
    );
    if cases.len() < FEWEST_CASES {
        println!("fewer than {FEWEST_CASES} cases: this is not the whole suite");
        return Ok(ExitCode::FAILURE);
    }
    Ok(if counts.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(case: &Path, default_artifact: &Path, counts: &mut Counts) -> io::Result<()> {
    let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = |file: &str, default: &str| match fs::read_to_string(case.join(file)) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(default.to_owned()),
        Err(error) => Err(error),
    };
    let optional = |file: &str| case.join(file).exists().then(|| fs::read(case.join(file))).transpose();
    let bundle = fs::read(case.join("bundle.sigstore.json"))?;
    let artifact = match optional("artifact")? {
        Some(artifact) => artifact,
        None => fs::read(default_artifact)?,
    };
    let (key, root) = (optional("key.pub")?, optional("trusted_root.json")?);
    let (subject, issuer) = (text("identity", IDENTITY)?, text("issuer", ISSUER)?);
    let signer = match &key {
        Some(key) => Expected::Key(key),
        None => Expected::Identity { subject: &subject, issuer: &issuer },
    };
    let digest = Digest::sha256(&artifact);
    for (form, artifact) in
        [("file", CheckedArtifact::Content(&artifact)), ("digest", CheckedArtifact::Digest(&digest))]
    {
        let check = BundleCheck { bundle: &bundle, artifact, signer, trusted_root: root.as_deref() };
        match (verify_bundle(&check), name.ends_with("fail")) {
            (Ok(()), false) => counts.accepted += 1,
            (Err(_), true) => counts.refused += 1,
            (Ok(()), true) => counts.wrong.push(format!("{name} ({form}): accepted")),
            (Err(error), false) => counts.wrong.push(format!("{name} ({form}): {error}")),
        }
    }
    Ok(())
}
