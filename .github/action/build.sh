#!/usr/bin/env bash
# Builds platlint from the action's own checkout, once per commit of it.
set -euo pipefail
cargo build --release --locked --bin platlint --manifest-path "$ACTION_PATH/Cargo.toml"
