//! Files that the code generates and the repository holds, so that readers need no build: each is the standard output of
//! one `platlint` command. `cargo xtask generate` writes them, `cargo xtask test` compares them.

use super::report::Outcome;
use super::tools;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::{Command, Stdio};

/// One generated file.
struct Generated {
    /// Relative to the root.
    path: &'static str,
    /// Arguments of `platlint`.
    arguments: &'static [&'static str],
}

const GENERATED: &[Generated] = &[
    Generated { path: "docs/schema/platlint.schema.json", arguments: &["config", "schema"] },
    Generated { path: "docs/rules/README.md", arguments: &["rules", "--format", "markdown"] },
    Generated { path: "docs/rules/image-digest.md", arguments: &["explain", "image-digest", "--format", "markdown"] },
    Generated {
        path: "docs/rules/image-signature.md",
        arguments: &["explain", "image-signature", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/no-public-load-balancer.md",
        arguments: &["explain", "no-public-load-balancer", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/owner-annotation.md",
        arguments: &["explain", "owner-annotation", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/resource-limits.md",
        arguments: &["explain", "resource-limits", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/drop-capabilities.md",
        arguments: &["explain", "drop-capabilities", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/privilege-escalation.md",
        arguments: &["explain", "privilege-escalation", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/seccomp-profile.md",
        arguments: &["explain", "seccomp-profile", "--format", "markdown"],
    },
    Generated {
        path: "docs/rules/service-account-token.md",
        arguments: &["explain", "service-account-token", "--format", "markdown"],
    },
    Generated { path: "docs/own-findings.md", arguments: &["rules", "--own", "--format", "markdown"] },
    Generated { path: "docs/cli.md", arguments: &["reference"] },
];

/// Writes all files.
pub(super) fn write(workspace: &Workspace) -> Result<()> {
    for (file, content) in contents(workspace)? {
        let path = workspace.root.join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", file.path);
    }
    Ok(())
}

/// Compares all files with what would be written.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let mut stale = Vec::new();
    for (file, content) in contents(workspace)? {
        if fs::read(workspace.root.join(file.path)).ok().as_ref() != Some(&content) {
            stale.push(file.path);
        }
    }
    Ok(if stale.is_empty() {
        println!("{} files are up to date", GENERATED.len());
        Outcome::Passed
    } else {
        Outcome::Failed(format!("stale: {} (`cargo xtask generate`)", stale.join(", ")))
    })
}

fn contents(workspace: &Workspace) -> Result<Vec<(&'static Generated, Vec<u8>)>> {
    let Some(platlint) = tools::platlint(workspace)? else { bail!("platlint does not build") };
    // The nearest configuration counts, so this one, which says nothing, keeps any other from showing in the files.
    let folder = workspace.target.join("generated");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("platlint.yaml"), "version: 1\n")?;
    GENERATED
        .iter()
        .map(|file| {
            let mut command = Command::new(&platlint);
            // Nor may the caller's environment, which can name a configuration, too.
            command.current_dir(&folder).args(file.arguments).env_clear().stdin(Stdio::null());
            let output = command.output()?;
            if !output.status.success() {
                bail!("`{}`: {}", process::shown(&command), String::from_utf8_lossy(&output.stderr));
            }
            Ok((file, output.stdout))
        })
        .collect()
}
