//! Files that the code generates and the repository holds, so that readers need no build: each is the standard output of
//! one `platlint` command. `cargo xtask generate` writes them, `cargo xtask test` compares them.

use super::report::Outcome;
use super::tools;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One generated file.
struct Generated {
    /// Relative to the root.
    path: String,
    /// Arguments of `platlint`.
    arguments: Vec<String>,
}

/// Files that are there whatever the rules.
const FIXED: &[(&str, &[&str])] = &[
    ("docs/schema/platlint.schema.json", &["config", "schema"]),
    ("docs/rules/README.md", &["rules", "--format", "markdown"]),
    ("docs/own-findings.md", &["rules", "--own", "--format", "markdown"]),
    ("docs/cli.md", &["reference"]),
];

/// Where rules have their pages.
const PAGES: &str = "docs/rules";

/// All generated files: the fixed ones, and a page for each folder of a rule, `policies/<category>/<rule>`.
fn generated(workspace: &Workspace) -> Result<Vec<Generated>> {
    let fixed = FIXED.iter().map(|(path, arguments)| Generated {
        path: (*path).to_owned(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
    });
    let mut rules = Vec::new();
    for category in folders(&workspace.root.join("policies"))?.iter().filter(|folder| !folder.ends_with("lib")) {
        for rule in folders(category)? {
            let id = rule.file_name().context("a folder has a name")?.to_string_lossy().into_owned();
            let arguments = ["explain", &id, "--format", "markdown"].map(ToOwned::to_owned);
            rules.push(Generated { path: format!("{PAGES}/{id}.md"), arguments: arguments.into() });
        }
    }
    rules.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(fixed.chain(rules).collect())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    Ok(found)
}

/// Pages of rules that are no more.
fn orphans(workspace: &Workspace, files: &[Generated]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace.root.join(PAGES))? {
        let path = format!("{PAGES}/{}", entry?.file_name().to_string_lossy());
        if !files.iter().any(|file| file.path == path) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Writes all files.
pub(super) fn write(workspace: &Workspace) -> Result<()> {
    let files = generated(workspace)?;
    for (file, content) in contents(workspace, &files)? {
        let path = workspace.root.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", file.path);
    }
    for orphan in orphans(workspace, &files)? {
        fs::remove_file(workspace.root.join(&orphan))?;
        println!("{orphan} is removed");
    }
    Ok(())
}

/// Compares all files with what would be written.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let files = generated(workspace)?;
    let mut stale = orphans(workspace, &files)?;
    for (file, content) in contents(workspace, &files)? {
        if fs::read(workspace.root.join(&file.path)).ok().as_ref() != Some(&content) {
            stale.push(file.path.clone());
        }
    }
    Ok(if stale.is_empty() {
        println!("{} files are up to date", files.len());
        Outcome::Passed
    } else {
        Outcome::Failed(format!("stale: {} (`cargo xtask generate`)", stale.join(", ")))
    })
}

fn contents<'g>(workspace: &Workspace, files: &'g [Generated]) -> Result<Vec<(&'g Generated, Vec<u8>)>> {
    let Some(platlint) = tools::platlint(workspace)? else { bail!("platlint does not build") };
    // The nearest configuration counts, so this one, which says nothing, keeps any other from showing in the files.
    let folder = workspace.target.join("generated");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("platlint.yaml"), "version: 1\n")?;
    files
        .iter()
        .map(|file| {
            let mut command = Command::new(&platlint);
            // Nor may the caller's environment, which can name a configuration, too.
            command.current_dir(&folder).args(&file.arguments).env_clear().stdin(Stdio::null());
            let output = command.output()?;
            if !output.status.success() {
                bail!("`{}`: {}", process::shown(&command), String::from_utf8_lossy(&output.stderr));
            }
            Ok((file, output.stdout))
        })
        .collect()
}
