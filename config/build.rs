//! Embeds the built-in policies: every `.rego` file under `policies/` that is no test, a digest over all of them, and the
//! programs of the rules, compiled here so that no run has to.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use platlint_engine::policy::{Dialect, NativePolicy, Part};
use sha2::{Digest, Sha256};

// The loader's own: a rule is compiled from the same modules here and there.
#[allow(dead_code, unreachable_pub, reason = "of these modules the loader uses more")]
#[path = "src/problem.rs"]
mod problem;
#[allow(dead_code, reason = "of these modules the loader uses more")]
#[path = "src/policies/rego.rs"]
mod rego;

#[path = "src/policies/closure.rs"]
mod closure;

use rego::RegoFile;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets this")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets this")?);
    let policies = manifest.join("../policies").canonicalize()?;
    println!("cargo::rerun-if-changed={}", policies.display());
    for included in ["build.rs", "src/problem.rs", "src/policies/rego.rs", "src/policies/closure.rs"] {
        println!("cargo::rerun-if-changed={included}");
    }
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
    code.push_str(
        "\";\n\n/// Path and compiled programs of each rule.\npub(super) const PROGRAMS: &[(&str, Prepared)] = &[\n",
    );
    let pool: Vec<&RegoFile> = files.iter().collect();
    for file in files.iter().filter(|file| file.folders.first().is_some_and(|folder| folder != "lib")) {
        let policy = NativePolicy::new(closure::with_libraries(file, &pool), Dialect::SafeSubset);
        let judging = program(&policy, Part::Judging, file, &out)?;
        let patching = program(&policy, Part::Patching, file, &out)?;
        writeln!(code, "    ({:?}, Prepared {{ judging: {judging}, patching: {patching} }}),", &*file.path)?;
    }
    code.push_str("];\n");
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

/// Writes the program of a part; the code that includes it. A rule that cannot be compiled is left to the loader, which
/// says why in every test.
fn program(policy: &NativePolicy, part: Part, file: &RegoFile, out: &Path) -> Result<String, Box<dyn Error>> {
    let Ok(Some(bytes)) = policy.encoded(part) else { return Ok("None".to_owned()) };
    let path = out.join(format!("{}.{part:?}.program", file.package));
    fs::write(&path, bytes)?;
    Ok(format!("Some(include_bytes!({:?}))", path.display().to_string()))
}

/// As the loader names it.
fn rego_file(name: &str, text: String) -> Result<RegoFile, Box<dyn Error>> {
    let mut folders: Vec<String> = name.split('/').map(ToOwned::to_owned).collect();
    let stem = folders.pop().unwrap_or_default().trim_end_matches(".rego").to_owned();
    RegoFile::new(format!("builtin/{name}").into(), folders, stem, text.into())
        .map_err(|problem| problem.to_string().into())
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
