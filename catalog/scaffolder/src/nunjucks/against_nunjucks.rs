//! Holds the renderer against the real Nunjucks: every text below is rendered by both, and what is decided here must be the
//! same there, byte for byte; what fails here must fail there.
//!
//! Needs `node` and `npm`, which fetches Nunjucks once into a folder beside the build. Without them the test says so and
//! passes, except in CI.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use super::*;
use crate::sample::literal;

const VERSION: &str = "nunjucks@3.2.4";

/// Renders a JSON list of `[text, context, options]` from standard input, as the scaffolder sets Nunjucks up; for a text that
/// cannot be rendered, null.
const SCRIPT: &str = "
const nunjucks = require('nunjucks');
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(([text, context, options]) => {
  const env = nunjucks.configure({autoescape: false, ...options, tags: {variableStart: '${{', variableEnd: '}}'}});
  try { return env.renderString(text, context); } catch (error) { return null; }
})));
";

/// Texts of the language that the renderer decides. Those in the second list it leaves undecided or refuses.
const TEXTS: &str = include_str!("texts.njk");

fn context() -> Json {
    json!({"values": {
        "name": "cart", "empty": "", "zero": 0, "one": 1, "half": 1.5, "big": 1_234_567.0, "yes": true, "no": false, "nil": null,
        "list": ["a", "b", 3, null, true], "none": [], "nested": [["a"], ["b", "c"]], "map": {"key": "value"},
        "single": {"a": {"b": [1]}}, "text": "Some Words, and more", "spaced": "  x  ", "lines": "one\ntwo\n", "html": "<a & 'b'>",
        "number": "12", "quoted": "say \"hi\"\\ \u{e9}", "dash-ed": "d",
    }})
}

/// The folder with Nunjucks in it; `None` where there are no tools to get it.
fn nunjucks() -> Option<PathBuf> {
    let folder = std::env::current_exe().ok()?.parent()?.parent()?.join("nunjucks");
    if !folder.join("node_modules/nunjucks").exists() {
        std::fs::create_dir_all(&folder).ok()?;
        let installed = Command::new("npm")
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--no-package-lock",
                "--prefix",
            ])
            .arg(&folder)
            .arg(VERSION)
            .stdout(Stdio::null())
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some(folder)
}

/// What Nunjucks makes of each case.
fn rendered_by_nunjucks(folder: &Path, cases: &Json) -> Vec<Option<String>> {
    let mut node = Command::new("node")
        .args(["-e", SCRIPT])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    node.stdin.take().unwrap().write_all(cases.to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).expect("the script prints a list")
}

fn rendered_here(text: &str, syntax: Syntax, context: &Json) -> Result<String, Refusal> {
    let nodes = parse(text, syntax).map_err(|error| Refusal::Fails(error.to_string()))?;
    let Js::Map(context) = literal(&platlint_engine::Value::from(context.clone())) else { panic!("a map") };
    let context: BTreeMap<String, Js> = context.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
    render(text, &nodes, &context, &Work::default()).map(|rendered| rendered.text).map_err(|stop| stop.refusal)
}

#[test]
fn renders_as_nunjucks_does() {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    let Some(folder) = node.ok().and_then(|_| nunjucks()) else {
        assert!(std::env::var("CI").is_err(), "node and npm are needed to hold the renderer against Nunjucks");
        eprintln!("SKIPPED: renders_as_nunjucks_does: node or npm is missing, or {VERSION} cannot be fetched");
        return;
    };
    let (decided, others) = TEXTS.split_once("\n======\n").unwrap();
    let texts: Vec<(bool, &str)> = decided
        .split("\n---\n")
        .map(|text| (true, text))
        .chain(others.trim_end().split("\n---\n").map(|text| (false, text)))
        .collect();
    let context = context();
    let syntaxes = [(false, false), (true, false), (false, true), (true, true)]
        .map(|(trim_blocks, lstrip_blocks)| Syntax { trim_blocks, lstrip_blocks });
    let cases: Vec<(bool, &str, Syntax)> =
        texts.iter().flat_map(|(decided, text)| syntaxes.map(|syntax| (*decided, *text, syntax))).collect();
    let asked: Vec<Json> = cases
        .iter()
        .map(|(_, text, syntax)| {
            json!([text, context, {"trimBlocks": syntax.trim_blocks, "lstripBlocks": syntax.lstrip_blocks}])
        })
        .collect();
    let theirs = rendered_by_nunjucks(&folder, &Json::from(asked));
    assert_eq!(theirs.len(), cases.len());
    let mut wrong = Vec::new();
    for ((is_decided, text, syntax), theirs) in cases.iter().zip(&theirs) {
        let ours = rendered_here(text, *syntax, &context);
        let is_right = match (&ours, theirs) {
            (Ok(ours), Some(theirs)) => *is_decided && ours == theirs,
            (Err(Refusal::Fails(_)), None) => true,
            (Err(Refusal::Undecided(_)), _) => !is_decided,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{text:?} {syntax:?}\n  ours {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} texts, each with {} settings, rendered alike", texts.len(), syntaxes.len());
}
