//! Reading equals the cluster's: the differential test against `sigs.k8s.io/yaml`.
//!
//! `tools/yaml-oracle` tells how kubectl reads a stream. Where Go is missing, the tests say so loudly and do nothing.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use platlint_source::Reading;

use crate::canonical;
use crate::generator;

/// What Go makes of each stream: per document its JSON, or an error.
type Answers = Vec<Vec<Result<String, String>>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Builds the oracle below the target directory; `None`, said loudly, where there is no Go or no module proxy.
fn oracle() -> Option<PathBuf> {
    let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("yaml-oracle");
    let build = Command::new("go")
        .arg("build")
        .arg("-o")
        .arg(&binary)
        .arg(".")
        .current_dir(root().join("tools/yaml-oracle"))
        .output();
    match build {
        Ok(output) if output.status.success() => Some(binary),
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            // Without the modules there is no comparison; a fault in the program must not pass for that.
            assert!(why.contains("proxy") || why.contains("dial") || why.contains("lookup"), "yaml-oracle: {why}");
            eprintln!("SKIPPED: comparison with sigs.k8s.io/yaml: its modules cannot be fetched: {why}");
            None
        }
        Err(error) => {
            eprintln!("SKIPPED: comparison with sigs.k8s.io/yaml: go is not there ({error})");
            None
        }
    }
}

fn ask(oracle: &Path, streams: &[Vec<u8>]) -> Answers {
    let mut child = Command::new(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = BufWriter::new(child.stdin.take().unwrap());
    let output = BufReader::new(child.stdout.take().unwrap());
    let answers = std::thread::scope(|scope| {
        scope.spawn(move || {
            for stream in streams {
                writeln!(input, "{}", stream.len()).unwrap();
                input.write_all(stream).unwrap();
            }
        });
        let mut answers = vec![Vec::new()];
        for line in output.lines() {
            match line.unwrap().split_once('\t') {
                Some(("value", json)) => answers.last_mut().unwrap().push(Ok(json.to_owned())),
                Some((_, error)) => answers.last_mut().unwrap().push(Err(error.to_owned())),
                None => answers.push(Vec::new()),
            }
        }
        answers.pop();
        answers
    });
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), streams.len());
    answers
}

/// What differs, in words.
fn differences(name: &str, stream: &[u8], theirs: &[Result<String, String>]) -> Vec<String> {
    let ours = match canonical::documents(stream, Reading::Kubernetes) {
        Ok(ours) => ours,
        Err(_) if theirs.iter().any(Result::is_err) => return Vec::new(),
        Err(error) => return vec![format!("{name}: cannot be decoded: {error}")],
    };
    if ours.len() != theirs.len() {
        return vec![format!("{name}: {} documents here, {} there", ours.len(), theirs.len())];
    }
    let mut found = Vec::new();
    for (index, pair) in ours.iter().zip(theirs).enumerate() {
        let difference = match pair {
            (Ok(ours), Ok(theirs)) if ours == theirs => continue,
            (Err(_), Err(_)) => continue,
            (Ok(ours), Ok(theirs)) => format!("\n  here  {ours}\n  there {theirs}"),
            (Err(ours), Ok(theirs)) => {
                format!("\n  here  error {:?} {:?}: {ours}\n  there {theirs}", ours.kind, ours.span)
            }
            (Ok(ours), Err(theirs)) => format!("\n  here  {ours}\n  there error {theirs}"),
        };
        found.push(format!("{name}, document {index}:{difference}"));
    }
    found
}

pub(crate) fn compare(streams: &[(String, Vec<u8>)]) -> Option<(usize, Vec<String>)> {
    let oracle = oracle()?;
    let bytes: Vec<Vec<u8>> = streams.iter().map(|(_, bytes)| bytes.clone()).collect();
    let answers = ask(&oracle, &bytes);
    let documents = answers.iter().map(Vec::len).sum();
    let differences =
        streams.iter().zip(&answers).flat_map(|((name, bytes), theirs)| differences(name, bytes, theirs)).collect();
    Some((documents, differences))
}

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() && !path.is_symlink() {
            files(&path, found);
        } else if matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file() {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// Fixtures that are meant to be read otherwise than kubectl reads them, and why.
const DELIBERATE: &[(&str, &str)] = &[
    ("reader/carriage-returns.yaml", "kubectl finds no marker between lone CRs and loses the second document"),
    ("reader/deep-indentation.yaml", "deeper than the limit"),
    ("reader/deep-nesting.yaml", "deeper than the limit"),
    ("reader/directives.yaml", "kubectl cuts the directives off their document and refuses them alone"),
    ("reader/line-separators.yaml", "U+0085, U+2028 and U+2029 end lines in YAML 1.1 only"),
    ("reader/utf-16-be.yaml", "kubectl cuts UTF-16 into lines of bytes"),
    ("reader/utf-16-le.yaml", "kubectl cuts UTF-16 into lines of bytes"),
    ("reader/utf-16-odd-length.yaml", "half a character is an error, not the end"),
    ("reader/utf-16-without-bom.yaml", "kubectl cuts UTF-16 into lines of bytes"),
];

#[test]
fn reads_every_fixture_as_the_cluster_does() {
    let mut streams = Vec::new();
    files(&root().join("fixtures"), &mut streams);
    files(&root().join("policies"), &mut streams);
    streams.retain(|(name, _)| !DELIBERATE.iter().any(|(path, _)| name.replace('\\', "/").ends_with(path)));
    let Some((documents, differences)) = compare(&streams) else { return };
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{} files, {documents} documents: no difference", streams.len());
}

#[test]
fn reads_ten_thousand_generated_documents_as_the_cluster_does() {
    let streams: Vec<(String, Vec<u8>)> =
        (0..10_000).map(|seed| (format!("seed {seed}"), generator::stream(seed).into_bytes())).collect();
    let Some((documents, differences)) = compare(&streams) else { return };
    assert!(documents >= 10_000);
    assert!(
        differences.is_empty(),
        "{} of {documents} documents differ\n{}",
        differences.len(),
        differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
    println!("{documents} documents: no difference");
}

/// For comparisons by hand over any folders: `PLATLINT_CORPUS=dir:dir cargo test -p platlint-source corpus`.
#[test]
fn reads_a_corpus_given_by_the_environment_as_the_cluster_does() {
    let Some(folders) = std::env::var_os("PLATLINT_CORPUS") else {
        eprintln!("made by hand only: no corpus is named by PLATLINT_CORPUS");
        return;
    };
    let mut streams = Vec::new();
    for folder in std::env::split_paths(&folders) {
        files(&folder, &mut streams);
    }
    let Some((documents, differences)) = compare(&streams) else { return };
    println!("{} files, {documents} documents, {} differences", streams.len(), differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
