//! Reads files out of a git directory that needs no work tree, through the `git` program.
//!
//! `git archive` would do if the snapshots were complete; where large files are absent it stops half-way, so the tree is
//! listed and only the wanted contents are asked for.

use crate::process;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// A file of the newest commit.
pub(super) struct File {
    /// Relative to the repository's root.
    pub(super) path: String,
    pub(super) content: Vec<u8>,
}

/// All regular `.yaml` and `.yml` files below the folders (all files for no folder), sorted by path. Symbolic links are
/// left out: what they name is often outside the folder.
pub(super) fn yaml_files(git_dir: &Path, folders: &[&str]) -> Result<Vec<File>> {
    let entries = list(git_dir, folders)?;
    let mut git = Command::new("git")
        .arg("--git-dir")
        .arg(git_dir)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start git")?;
    let mut requests = git.stdin.take().context("git has no standard input")?;
    let mut answers = BufReader::new(git.stdout.take().context("git has no standard output")?);
    let mut files = Vec::with_capacity(entries.len());
    for (object, path) in entries {
        writeln!(requests, "{object}")?;
        requests.flush()?;
        let content = next_object(&mut answers).with_context(|| format!("{path} of {}", git_dir.display()))?;
        files.push(File { path, content });
    }
    drop(requests);
    git.wait()?;
    Ok(files)
}

/// Object id and path of each wanted file.
fn list(git_dir: &Path, folders: &[&str]) -> Result<Vec<(String, String)>> {
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(git_dir).args(["ls-tree", "-r", "-z", "HEAD", "--"]).args(folders);
    let listing = String::from_utf8(process::output(&mut command)?).context("a path is no UTF-8")?;
    Ok(listing.split_terminator('\0').filter_map(entry).collect())
}

/// One line of `git ls-tree`: mode, type, object, tab, path.
fn entry(line: &str) -> Option<(String, String)> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let regular = words.next()?.starts_with("100");
    let object = words.nth(1)?;
    let extension = Path::new(path).extension()?;
    let wanted = regular && (extension == "yaml" || extension == "yml");
    wanted.then(|| (object.to_owned(), path.to_owned()))
}

/// One answer of `git cat-file --batch`: object, type and size in bytes on a line, the content, a newline.
fn next_object(answers: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let Some(size) = head.trim_end().rsplit_once(" blob ").and_then(|(_, size)| size.parse().ok()) else {
        bail!("git answers: {}", head.trim_end());
    };
    let mut content = vec![0; size];
    answers.read_exact(&mut content)?;
    answers.read_exact(&mut [0])?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_regular_yaml_files_only() {
        let taken = |line: &str| entry(line).map(|(_, path)| path);
        assert_eq!(taken("100644 blob 1a\tk8s/a b.yaml").as_deref(), Some("k8s/a b.yaml"));
        assert_eq!(taken("100755 blob 1a\tx.yml").as_deref(), Some("x.yml"));
        assert_eq!(taken("120000 blob 1a\tlink.yaml"), None);
        assert_eq!(taken("100644 blob 1a\tpicture.png"), None);
    }

    #[test]
    fn reads_batch_answers_one_after_the_other() {
        let mut answers = &b"1a blob 3\na\nb\n2b missing\n"[..];
        assert_eq!(next_object(&mut answers).ok().as_deref(), Some(&b"a\nb"[..]));
        assert!(next_object(&mut answers).is_err());
    }
}
