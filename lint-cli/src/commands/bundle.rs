//! `platlint bundle`: packs a configuration with everything it names, and verifies what was packed.
//!
//! What belongs in and what a bundle must hold is decided by platlint-config; here, where it is written and how it is told.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use platlint_config::{BundleInfo, Options, Problems, build_bundle, is_bundle};
use serde_json::json;

use super::check::answer;
use super::load::{in_lines, load, now};
use crate::args::{BundleBuildArgs, BundleCommand, BundleFormat, BundleVerifyArgs, PolicyArgs};
use crate::exit::{ExitStatus, Failure};
use crate::images::compile;

pub(super) fn run(command: &BundleCommand) -> Result<ExitStatus, Failure> {
    match command {
        BundleCommand::Build(args) => build(args)?,
        BundleCommand::Verify(args) => verify(args)?,
    }
    Ok(ExitStatus::Clean)
}

fn build(args: &BundleBuildArgs) -> Result<(), Failure> {
    if !args.policy.is_empty() {
        return Err(Failure::Usage(
            "--policy: a bundle holds what platlint.yaml names; name this folder there under `policies`".to_owned(),
        ));
    }
    let form = Form::of(&args.output)?;
    let start = std::env::current_dir().map_err(Failure::io("the working directory"))?;
    // Named as from here: places in messages should not depend on where a checkout lies.
    let named = |path: PathBuf| path.strip_prefix(&start).map(Path::to_path_buf).unwrap_or(path);
    let config = args.config.clone().or_else(|| platlint_config::discover(&start).map(named));
    let told = |problems: Problems| in_lines(&problems);
    let options = Options { config, ..Options::new(start, now()?) };
    let bundle = build_bundle(&options).map_err(told)?;
    // A key that nobody can read would be noticed only in the cluster.
    compile(&platlint_config::load(&options).map_err(told)?)?;
    let failed = Failure::io(args.output.display().to_string());
    match form {
        Form::Folder => bundle.write_folder(&args.output).map_err(failed)?,
        Form::Tar => replace(&args.output, &bundle.tar().map_err(told)?).map_err(failed)?,
        Form::TarGz => replace(&args.output, &bundle.tar_gz().map_err(told)?).map_err(failed)?,
    }
    tell(args.format, &args.output, &bundle.info())
}

fn verify(args: &BundleVerifyArgs) -> Result<(), Failure> {
    let name = args.bundle.display();
    let no_bundle = || Failure::Usage(format!("{name}: this is no bundle (a folder with bundle.json, or a tarball)"));
    // A name that leads nowhere is told as for any configuration.
    if args.bundle.exists() && !is_bundle(&args.bundle) {
        return Err(no_bundle());
    }
    let policies = PolicyArgs {
        config: Some(args.bundle.clone()),
        expect_revision: args.expect_revision.clone(),
        ..PolicyArgs::default()
    };
    let loaded = load(&policies, now()?)?;
    compile(&loaded)?;
    tell(args.format, &args.bundle, &loaded.bundle.ok_or_else(no_bundle)?)
}

fn tell(format: BundleFormat, path: &Path, info: &BundleInfo) -> Result<(), Failure> {
    let BundleInfo { revision, built_by, builtin, config, files, bytes, digest } = info;
    let path = path.display().to_string();
    answer(&match format {
        BundleFormat::Text => {
            let plural = if *files == 1 { "" } else { "s" };
            format!("{path}: {files} file{plural}, {bytes} bytes, revision {revision}\n")
        }
        BundleFormat::Json => {
            let told = json!({
                "bundle": path, "revision": revision, "digest": digest, "platlint": built_by, "builtin": builtin,
                "config": config, "files": files, "bytes": bytes,
            });
            format!("{told:#}\n")
        }
    })
}

/// How a bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Folder,
    Tar,
    TarGz,
}

impl Form {
    /// By the name that was asked for.
    fn of(output: &Path) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::Usage(format!("--output {}: {why}", output.display()));
        let name = output.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if output.to_string_lossy().contains("://") {
            return Err(wrong("this version does not push to registries; write a .tar.gz and push that file"));
        }
        if ends(&[".tar.gz", ".tgz"]) {
            Ok(Self::TarGz)
        } else if ends(&[".tar"]) {
            Ok(Self::Tar)
        } else if ends(&[".zip", ".gz", ".xz", ".txz", ".zst", ".tzst", ".bz2", ".tbz", ".7z", ".yaml", ".json"]) {
            Err(wrong("write a folder, or a tarball with the ending .tar, .tar.gz or .tgz"))
        } else {
            Ok(Self::Folder)
        }
    }
}

/// Writes beside the file and puts it in its place when it is whole: a webhook may be watching it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = fs::File::create_new(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is left of it is of no use; the first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_output_says_its_form() {
        let form = |name: &str| Form::of(Path::new(name)).ok();
        for (name, expected) in [
            ("dist/bundle", Some(Form::Folder)),
            ("v1.2", Some(Form::Folder)),
            ("a.tar", Some(Form::Tar)),
            ("a.TAR.GZ", Some(Form::TarGz)),
            ("a.tgz", Some(Form::TarGz)),
            ("a.zip", None),
            ("a.gz", None),
            ("oci://registry.example/a", None),
        ] {
            assert_eq!(form(name), expected, "{name}");
        }
    }
}
