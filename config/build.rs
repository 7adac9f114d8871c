//! Embeds the built-in policies: every `.rego` file under `policies/` that is no test, a digest over all of them, and of the
//! rules the metadata and the programs, read and compiled here so that no run has to.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use platlint_engine::RuleMeta;
use platlint_engine::policy::{Dialect, NativePolicy, Part};
use sha2::{Digest, Sha256};

// The loader's own, so that files are read here as there; of each, the loader uses more.
#[allow(dead_code, unreachable_pub)]
#[path = "src/metadata/mod.rs"]
mod metadata;
#[allow(dead_code)]
#[path = "src/placed.rs"]
mod placed;
#[allow(dead_code)]
#[path = "src/policies"]
mod policies {
    pub(crate) mod closure;
    pub(crate) mod rego;
}
#[allow(dead_code, unreachable_pub)]
#[path = "src/problem.rs"]
mod problem;
#[allow(dead_code)]
#[path = "src/shown.rs"]
mod shown;

use metadata::Annotations;
use policies::rego::RegoFile;
use problem::{Problem, Problems};

/// What is included above, and this.
const SOURCES: [&str; 9] = [
    "build.rs",
    "src/metadata/block.rs",
    "src/metadata/fields.rs",
    "src/metadata/mod.rs",
    "src/placed.rs",
    "src/policies/closure.rs",
    "src/policies/rego.rs",
    "src/problem.rs",
    "src/shown.rs",
];

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets this")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets this")?);
    let policies = manifest.join("../policies").canonicalize()?;
    println!("cargo::rerun-if-changed={}", policies.display());
    SOURCES.iter().for_each(|source| println!("cargo::rerun-if-changed={source}"));
    let mut paths = Vec::new();
    collect(&policies, &mut paths)?;
    paths.sort();

    let mut digest = Sha256::new();
    let mut code =
        String::from("/// Name below `policies/`, and text.\npub(super) const FILES: &[(&str, &str)] = &[\n");
    let mut files = Vec::new();
    for path in paths {
        let name = name_below(&policies, &path);
        let text = fs::read_to_string(&path)?;
        for part in [name.as_bytes(), text.as_bytes()] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        writeln!(code, "    ({name:?}, include_str!({:?})),", path.display().to_string())?;
        files.push(rego_file(&name, text)?);
    }
    code.push_str(
        "];\n\n/// Digest over the names and texts of all of them.\npub(super) const VERSION: &str = \"sha256:",
    );
    for byte in digest.finalize() {
        write!(code, "{byte:02x}")?;
    }
    code.push_str("\";\n\n/// What was made of each rule.\npub(super) const MADE: &[Made] = &[\n");
    let pool: Vec<&RegoFile> = files.iter().collect();
    for file in files.iter().filter(|file| file.folders.first().is_some_and(|folder| folder != "lib")) {
        let metadata = embedded(&metadata_of(file)?.encoded()?, "metadata", file, &out)?;
        let modules = policies::closure::with_libraries(file, &pool);
        let libraries: Vec<&str> = modules.iter().skip(1).map(|module| &*module.path).collect();
        let libraries = format!("&{libraries:?}");
        let policy = NativePolicy::new(modules, Dialect::SafeSubset);
        let judging = program(&policy, Part::Judging, file, &out)?;
        let patching = program(&policy, Part::Patching, file, &out)?;
        let programs = format!("Prepared {{ judging: {judging}, patching: {patching} }}");
        let path = &*file.path;
        writeln!(
            code,
            "    Made {{ path: {path:?}, metadata: {metadata}, libraries: {libraries}, programs: {programs} }},"
        )?;
    }
    code.push_str("];\n");
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

/// Writes the program of a part; the code that includes it. A rule that cannot be compiled is left to the loader, which
/// says why in every test.
fn program(policy: &NativePolicy, part: Part, file: &RegoFile, out: &Path) -> Result<String, Box<dyn Error>> {
    let Ok(Some(bytes)) = policy.encoded(part) else { return Ok("None".to_owned()) };
    Ok(format!("Some({})", embedded(&bytes, &format!("{part:?}.program"), file, out)?))
}

/// Writes bytes that were made of a rule; the code that includes them.
fn embedded(bytes: &[u8], what: &str, file: &RegoFile, out: &Path) -> Result<String, Box<dyn Error>> {
    let path = out.join(format!("{}.{what}", file.package));
    fs::write(&path, bytes)?;
    Ok(format!("include_bytes!({:?})", path.display().to_string()))
}

/// What a rule says of itself, with the folders' names as its category and id.
fn metadata_of(file: &RegoFile) -> Result<RuleMeta, Box<dyn Error>> {
    let annotations = Annotations::of(file).map_err(told)?.ok_or("a built-in rule has metadata")?;
    let [category, id] = file.folders.as_slice() else { return Err("a built-in rule has a folder of its own".into()) };
    annotations.rule(category, id, &"builtin".into()).map_err(told)
}

/// As the loader names it.
fn rego_file(name: &str, text: String) -> Result<RegoFile, Box<dyn Error>> {
    let mut folders: Vec<String> = name.split('/').map(ToOwned::to_owned).collect();
    let stem = folders.pop().unwrap_or_default().trim_end_matches(".rego").to_owned();
    RegoFile::new(format!("builtin/{name}").into(), folders, stem, text.into()).map_err(|problem| told(vec![problem]))
}

fn told(problems: Vec<Problem>) -> Box<dyn Error> {
    match Problems::check(problems) {
        Err(problems) => problems.to_string().into(),
        Ok(()) => "a built-in policy cannot be read".into(),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rego")
            && !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_test"))
        {
            files.push(path);
        }
    }
    Ok(())
}

/// With `/` on every platform: the name is part of the digest.
fn name_below(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).unwrap_or(file);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
