//! The step of the tests of signed images: it provides cosign and the registries and leaves the tests to `e2e`.

use super::libtest::Tests;
use super::report::Outcome;
use super::rust::{cargo, counted};
use crate::image_tools;
use crate::peers::Cache;
use crate::workspace::Workspace;
use anyhow::Result;

/// Each test runs cosign many times, which takes a core for a moment.
const TESTS_AT_A_TIME: &str = "4";

/// Runs the tests, or says what they lack.
pub(super) fn run(workspace: &Workspace, cache: &Cache) -> Result<(Outcome, Tests)> {
    let tools_are_named = std::env::var_os(image_tools::VARIABLE).is_some();
    let tools = match image_tools::ensure(workspace, cache) {
        Ok(folder) => folder,
        // A wrong folder and a failed build are faults; a machine that cannot provide them has nothing to test with.
        Err(error) if tools_are_named || image_tools::can_be_provided() => return Err(error),
        Err(error) => return Ok((Outcome::Skipped(format!("{error:#}")), Tests::default())),
    };
    let mut command = cargo(workspace);
    command.args(["test", "--workspace", "--test", "images", "--locked", "--", "--show-output"]);
    counted(command.env(image_tools::VARIABLE, tools).env("RUST_TEST_THREADS", TESTS_AT_A_TIME))
}
