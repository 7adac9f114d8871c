//! Embeds the built-in policies: every `.rego` file under `policies/` that is no test, and a digest over all of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let policies = manifest.join("../policies").canonicalize()?;
    println!("cargo::rerun-if-changed={}", policies.display());
    let mut files = Vec::new();
    collect(&policies, &mut files)?;
    files.sort();

    let mut digest = Sha256::new();
    let mut code =
        String::from("/// Name below `policies/`, and text.\npub(super) const FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = name_below(&policies, &file);
        let text = fs::read(&file)?;
        for part in [name.as_bytes(), &text] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        let _ = writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string());
    }
    code.push_str(
        "];\n\n/// Digest over the names and texts of all of them.\npub(super) const VERSION: &str = \"sha256:",
    );
    for byte in digest.finalize() {
        let _ = write!(code, "{byte:02x}");
    }
    code.push_str("\";\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("embedded.rs"), code)
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
