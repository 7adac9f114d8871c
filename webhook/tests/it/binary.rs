//! The program itself: started, asked, told to stop.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Client, ONLY_LIMITS, bad, connect_as, pod, review, write_policies};

/// A process that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn webhook() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_platlint-webhook"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn dev_serves_with_a_certificate_of_its_own_and_stops_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write_policies(folder.path(), ONLY_LIMITS, &[]);
    let mut command = webhook();
    command.current_dir(folder.path()).env("TMPDIR", folder.path()).env("PLATLINT_LOG_DECISIONS", "all");
    let started = command.args(["--dev", "--listen", "127.0.0.1:0", "--observe", "127.0.0.1:0"]).spawn().unwrap();
    let mut running = Running(started);
    let mut said = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let is_command = |line: &String| line.contains("curl --cacert");
    let first = said.by_ref().map(Result::unwrap).find(is_command).unwrap();
    let second = said.next().unwrap().unwrap();
    let authority = first.split_whitespace().nth(2).unwrap();
    let sample = second.split_whitespace().find_map(|word| word.strip_prefix('@')).unwrap();
    let port = second.split("localhost:").nth(1).unwrap().split('/').next().unwrap();

    let address = format!("127.0.0.1:{port}").parse().unwrap();
    let authority = std::fs::read_to_string(authority).unwrap();
    let mut client = Client::over(connect_as("localhost", address, &authority).await.unwrap()).await;
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(sample).unwrap()).unwrap();
    assert_eq!(client.ask(&sample).await["allowed"], false);
    assert_eq!(client.ask(&review(pod(bad()))).await["status"]["code"], 403);

    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    // One line for each decision, and nothing else, on standard output.
    let log = std::io::read_to_string(running.0.stdout.take().unwrap()).unwrap();
    let entries: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["path"], "platlint/validate");
    assert_eq!(entries[0]["result"]["allowed"], false);
    // What was made for the try is gone with it.
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(left, ["platlint.yaml"]);
}

#[test]
fn what_cannot_start_says_why_and_exits_2() {
    let folder = tempfile::tempdir().unwrap();
    write_policies(folder.path(), "version: 1\nrules: {resource-limit: error}\n", &[]);
    for (arguments, said) in [
        (&["--dev"][..], "resource-limit"),
        (&["--dev", "--bundle", "nowhere"], "nowhere"),
        (&["--no-cluster", "--bundle", "."], "resource-limit"),
        (&["--mode", "strict"], "strict"),
    ] {
        let output = webhook().current_dir(folder.path()).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(said), "{text}");
    }
    write_policies(folder.path(), ONLY_LIMITS, &[]);
    let output = webhook().current_dir(folder.path()).args(["--no-cluster"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--tls-cert"));
    let output =
        webhook().current_dir(folder.path()).args(["--dev", "--expect-revision", "sha256:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("expected was sha256:0"));
}

#[test]
fn print_webhooks_prints_both_configurations() {
    let folder = tempfile::tempdir().unwrap();
    write_policies(folder.path(), ONLY_LIMITS, &[]);
    let output =
        webhook().current_dir(folder.path()).args(["print-webhooks", "--config", "platlint.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("kind: ValidatingWebhookConfiguration") && text.contains("kind: MutatingWebhookConfiguration")
    );
    assert!(text.contains("validate.platlint.dev"), "{text}");
}
