//! Where the programs are: the API server's by `KUBEBUILDER_ASSETS` or in the cache of `cargo xtask apiserver`, cosign and
//! the registries likewise (`PLATLINT_IMAGE_TOOLS`, `cargo xtask image-tools`), the project's own in cargo's target
//! directory, beside the running test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The folder of etcd, kube-apiserver, kube-controller-manager and kubectl, or why there is none.
pub fn api_server() -> Result<&'static Path, &'static str> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find =
        || named("KUBEBUILDER_ASSETS", &["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"], "apiserver");
    FOLDER.get_or_init(find).as_ref().map(PathBuf::as_path).map_err(String::as_str)
}

/// The folder of cosign, `oci-registry` and `docker-registry`, or why there is none.
pub fn image_tools() -> Result<&'static Path, &'static str> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find = || named("PLATLINT_IMAGE_TOOLS", &["cosign", "oci-registry", "docker-registry"], "image-tools");
    FOLDER.get_or_init(find).as_ref().map(PathBuf::as_path).map_err(String::as_str)
}

/// The folder that the variable names, which must hold these programs, else that of the chore.
fn named(variable: &str, programs: &[&str], name: &str) -> Result<PathBuf, String> {
    let Some(folder) = std::env::var_os(variable).map(PathBuf::from) else { return chore(name) };
    let missing = programs.iter().find(|program| !folder.join(program).is_file());
    missing.map_or(Ok(folder), |program| Err(format!("no {name}: {variable} has no {program}")))
}

/// The folder that `cargo xtask <chore> --find` prints: one place knows where programs are.
fn chore(name: &str) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut xtask = Command::new(cargo);
    xtask.current_dir(root()).args(["xtask", name, "--find"]).stdin(Stdio::null());
    // These describe this crate, not xtask.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        xtask.env_remove(name);
    }
    let output =
        xtask.env("RUST_BACKTRACE", "0").output().map_err(|error| format!("{name}: cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" "));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e lies in the repository")
}

/// A program of the project: in the folder `PLATLINT_PROGRAMS` where that is set (those of a release, say), else as cargo
/// built it beside this test; `cargo xtask test e2e` builds them first.
///
/// # Panics
/// When it is not there.
pub fn own(name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("PLATLINT_PROGRAMS") {
        return Path::new(&folder).join(name);
    }
    let test = std::env::current_exe().expect("the path of this test");
    // target/<profile>/deps/<test>
    let folder = test.parent().and_then(Path::parent).expect("a test lies in target/<profile>/deps");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not built: `cargo build --workspace --bins`", path.display());
    path
}
