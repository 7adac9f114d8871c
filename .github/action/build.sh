#!/usr/bin/env bash
# Builds platlint from the action's own checkout and tells the next step where it is.
set -euo pipefail

# Not where the job runs: that folder's .cargo/config.toml and rust-toolchain.toml belong to the checked repository and
# could name programs to run.
cd "$ACTION_PATH"
cargo install --locked --path . --bin platlint --root "$RUNNER_TEMP/platlint"
echo "binary=$RUNNER_TEMP/platlint/bin/platlint" >>"$GITHUB_OUTPUT"
