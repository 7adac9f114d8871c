//! Credential helpers: programs that docker's configuration names, started without a shell, bounded in time and output.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::CredentialError;
use super::file::named;
use crate::Credential;
use crate::repository::DOCKER_HUB;

/// How long one may take.
const TIME: Duration = Duration::from_secs(5);
/// What is read of its output, in bytes.
const MAX_OUTPUT: u64 = 64 << 10;
/// By what name docker asks helpers for Docker Hub.
const HUB_SERVER: &str = "https://index.docker.io/v1/";
/// What a helper prints, with a failing status, when it has nothing: a part of the helpers' protocol.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// What a helper prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: Zeroizing<String>,
}

/// Asks `docker-credential-{name}` for a host's credential; `search` has the form of `PATH`.
pub(super) async fn get(name: &str, host: &str, search: &OsStr) -> Result<Option<Credential>, CredentialError> {
    let wrong = |reason: &str| CredentialError::Helper { name: crate::error::shown(name), reason: reason.to_owned() };
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !valid {
        return Err(wrong("is not a name"));
    }
    let program = find(name, search).ok_or_else(|| wrong("not found on the PATH"))?;
    let server = if host == DOCKER_HUB { HUB_SERVER } else { host };
    let ran = tokio::time::timeout(TIME, run(&program, server)).await;
    let (succeeded, output) = match ran {
        Ok(Ok(ran)) => ran,
        Ok(Err(error)) => return Err(wrong(&error.kind().to_string())),
        Err(_) => return Err(wrong("took longer than 5 s")),
    };
    if u64::try_from(output.len()).map_or(true, |size| size > MAX_OUTPUT) {
        return Err(wrong("printed too much"));
    }
    if !succeeded {
        let nothing = std::str::from_utf8(&output).is_ok_and(|text| text.trim() == NOT_FOUND);
        return if nothing { Ok(None) } else { Err(wrong("failed")) };
    }
    let output: Output = serde_json::from_slice(&output).map_err(|_| wrong("did not print the JSON expected"))?;
    Ok((!output.username.is_empty()).then(|| named(&output.username, &output.secret)))
}

/// In the absolute folders of the path only: the folder a linter runs in is not trusted.
fn find(name: &str, search: &OsStr) -> Option<PathBuf> {
    let file = format!("docker-credential-{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Whether it succeeded, and what it printed. It is killed when this is dropped.
async fn run(program: &std::path::Path, server: &str) -> std::io::Result<(bool, Zeroizing<Vec<u8>>)> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read its input may still know the answer.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut output = Zeroizing::new(Vec::new());
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_OUTPUT.saturating_add(1)).read_to_end(&mut output).await?;
    }
    if u64::try_from(output.len()).map_or(true, |size| size > MAX_OUTPUT) {
        return Ok((false, output));
    }
    Ok((child.wait().await?.success(), output))
}
