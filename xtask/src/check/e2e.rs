//! The step of the end-to-end tests: it provides what they start (the API server, the two programs of the project) and
//! leaves the tests themselves to `e2e`.

use super::libtest::Tests;
use super::report::Outcome;
use super::rust::{cargo, counted};
use crate::apiserver::{self, Kubernetes};
use crate::peers::{self, Cache};
use crate::process;
use crate::workspace::Workspace;
use anyhow::Result;

/// The tests mostly wait for other programs, so more of them than there are cores run at a time.
const TESTS_AT_A_TIME: &str = "6";

/// Runs the tests, or says what they lack.
pub(super) fn run(workspace: &Workspace, cache: &Cache) -> Result<(Outcome, Tests)> {
    let assets_are_named = std::env::var_os("KUBEBUILDER_ASSETS").is_some();
    let assets = match apiserver::ensure(workspace, cache, Kubernetes::V1_36) {
        Ok(folder) => folder,
        // A wrong folder and a failed build are faults; only a machine without Go has nothing to run the tests with.
        Err(error) if assets_are_named || peers::go_is_there() => return Err(error),
        Err(error) => return Ok((Outcome::Skipped(format!("{error:#}")), Tests::default())),
    };
    // All packages, as in the step before: features, and with them what is built already, stay the same.
    if !process::succeeds(cargo(workspace).args(["build", "--quiet", "--workspace", "--bins", "--locked"]))? {
        return Ok((Outcome::Failed("the programs do not build".to_owned()), Tests::default()));
    }
    let mut command = cargo(workspace);
    command.args(["test", "--workspace", "--test", "e2e", "--locked", "--", "--show-output"]);
    for (name, variable) in [("helm", "PLATLINT_HELM"), ("kubeconform", "PLATLINT_KUBECONFORM")] {
        match peers::named(name).and_then(|peer| peers::ensure(peer, &cache.folder(workspace))) {
            Ok(program) => {
                command.env(variable, program);
            }
            // The tests that want it say that they are skipped.
            Err(error) => eprintln!("{error:#}"),
        }
    }
    counted(command.env("KUBEBUILDER_ASSETS", assets).env("RUST_TEST_THREADS", TESTS_AT_A_TIME))
}
