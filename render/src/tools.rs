//! Which programs render: where they are, and whether they are new enough.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::program::{self, Run, RunError};
use crate::{Program, Tool};

/// Older ones cannot be told to leave schemas alone that reach into the network.
const OLDEST_HELM: (u32, u32) = (3, 16);

/// Older ones do not tell where objects come from.
const OLDEST_KUSTOMIZE: (u32, u32) = (5, 0);

/// A program that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installed {
    /// Absolute.
    pub(crate) program: PathBuf,
    /// Kustomize inside of kubectl.
    pub(crate) is_kubectl: bool,
}

/// Finds a program; else a sentence why not.
pub(crate) fn find(tool: Tool, setting: &Program, path: Option<&std::ffi::OsStr>) -> Result<Installed, String> {
    let name = tool.name();
    let program = match setting {
        Program::Off => return Err(format!("{name} is switched off by the configuration")),
        Program::Path(program) if program.is_file() => {
            std::path::absolute(program).map_err(|error| error.to_string())?
        }
        Program::Path(program) => return Err(format!("{} is not there", program.display())),
        Program::Auto => {
            let names: &[&str] = match tool {
                Tool::Helm => &["helm"],
                Tool::Kustomize => &["kustomize", "kubectl"],
            };
            let found = names.iter().find_map(|name| on_path(name, path?));
            found.ok_or_else(|| match tool {
                Tool::Helm => "helm is not installed".to_owned(),
                Tool::Kustomize => "neither kustomize nor kubectl is installed".to_owned(),
            })?
        }
    };
    let is_kubectl =
        tool == Tool::Kustomize && program.file_name().is_some_and(|name| name.to_string_lossy().contains("kubectl"));
    let installed = Installed { program, is_kubectl };
    check(tool, &installed)?;
    Ok(installed)
}

fn on_path(name: &str, path: &std::ffi::OsStr) -> Option<PathBuf> {
    // Relative folders would let the repository under check bring its own helm.
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|program| program.is_file())
}

/// Asks for the version.
fn check(tool: Tool, installed: &Installed) -> Result<(), String> {
    let (arguments, oldest): (&[&str], _) = match (tool, installed.is_kubectl) {
        (Tool::Helm, _) => (&["version", "--template={{.Version}}"], OLDEST_HELM),
        (Tool::Kustomize, false) => (&["version"], OLDEST_KUSTOMIZE),
        (Tool::Kustomize, true) => (&["version", "--client", "--output=json"], OLDEST_KUSTOMIZE),
    };
    let said = ask(&installed.program, arguments).map_err(|error| format!("{}: {error}", tool.name()))?;
    let version =
        if installed.is_kubectl { said.split_once("\"kustomizeVersion\"").map_or("", |(_, rest)| rest) } else { &said };
    match number(version) {
        Some(found) if found >= oldest => Ok(()),
        Some((major, minor)) => {
            Err(format!("{} {major}.{minor} is too old, {}.{} or newer is needed", tool.name(), oldest.0, oldest.1))
        }
        None => Err(format!("{} does not tell its version", installed.program.display())),
    }
}

fn ask(program: &Path, arguments: &[&str]) -> Result<String, RunError> {
    let home = tempfile::tempdir().map_err(RunError::Start)?;
    let run = Run { program, home: home.path(), deadline: Duration::from_secs(30), network: false, programs: false };
    program::run(&run, &arguments.iter().map(Into::into).collect::<Vec<_>>())
}

/// The first `major.minor` of a text.
fn number(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let mut parts = text.get(start..)?.split(|character: char| !character.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_as_programs_tell_them() {
        assert_eq!(number("v4.3.1"), Some((4, 3)));
        assert_eq!(number("{Version:kustomize/v4.5.7 GitCommit:"), Some((4, 5)));
        assert_eq!(number(": \"v5.5.0\"\n}"), Some((5, 5)));
        assert_eq!(number("main"), None);
    }

    #[test]
    fn says_what_is_missing() {
        let nowhere = Some(std::ffi::OsStr::new("/nowhere"));
        let said = |tool, program: &Program| find(tool, program, nowhere).unwrap_err();
        assert_eq!(said(Tool::Helm, &Program::Auto), "helm is not installed");
        assert_eq!(said(Tool::Kustomize, &Program::Auto), "neither kustomize nor kubectl is installed");
        assert_eq!(said(Tool::Helm, &Program::Off), "helm is switched off by the configuration");
        assert_eq!(said(Tool::Helm, &Program::Path("/nowhere/helm".into())), "/nowhere/helm is not there");
    }

    #[cfg(unix)]
    #[test]
    fn takes_no_program_from_a_relative_folder_and_none_that_is_too_old() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("helm");
        std::fs::write(&program, "#!/bin/sh\necho v3.9.4\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let found = find(Tool::Helm, &Program::Auto, Some(folder.path().as_os_str()));
        assert_eq!(found.unwrap_err(), "helm 3.9 is too old, 3.16 or newer is needed");
        assert_eq!(on_path("helm", std::ffi::OsStr::new("bin:.:")), None);
    }
}
