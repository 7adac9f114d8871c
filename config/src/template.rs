//! The configuration that `platlint config init` writes.

use std::fmt::Write as _;

use crate::policies::built_in;

const HEAD: &str = "\
# platlint.yaml: which rules hold, at which level, with which exceptions. One file for CI and cluster.
# `platlint config schema` prints its JSON Schema, `platlint config show` what counts in the end.
version: 1

# Build upon the platform's configuration; what it locks can only be tightened here.
# extends: ../platform

# Where rules come from. Folders hold rules in platlint's own form, or packages as Conftest runs them.
policies:
  - builtin
  # - {path: policies/}
  # - {path: legacy/, dialect: conftest}

# Levels: off, audit (only reported), warn, error (denies, fails CI). `platlint explain RULE` tells what a rule is for.
# A map says more: level, parameters, locked, undecided, and mutate: what the webhook may change by the rule's patches
# (off, pods, all), such as `image-digest: {level: error, mutate: pods}`.
rules:
";

const TAIL: &str = "
# Other levels in some clusters or namespaces, for staged roll-outs. The first that matches decides.
# overrides:
#   - {rules: [\"*\"], clusters: [staging], namespaces: [\"sandbox-*\"], level: warn}

# Exceptions: an object and all that its controllers make of it, until the end of a day (UTC).
# exemptions:
#   - rule: resource-limits
#     kind: DaemonSet
#     namespace: monitoring
#     name: node-exporter
#     reason: kernel sampling needs burst
#     owner: team-observability
#     expires: 2027-01-31

# Rules from which developers may exempt their own objects; none unless named.
# self-service: {rules: [], max-days: 30}

# Who may sign which images: the rule image-signature asks this.
# images:
#   rules:
#     - {match: [\"registry.example/prod/**\"], require: any, authorities: [{name: release, key: keys/release.pub}]}

# The namespace of documents that name none.
# namespaces:
#   - {files: \"envs/prod-secure-eu/**\", namespace: prod-secure-eu}

# Files that are not read, beside those that .gitignore names.
# files:
#   exclude: [\"**/testdata/**\"]
";

/// A commented starter configuration: the built-in rules at their own levels.
#[must_use]
pub fn init_template() -> String {
    let mut text = HEAD.to_owned();
    let mut rules = built_in().unwrap_or_default();
    rules.sort_by(|a, b| a.meta.id.cmp(&b.meta.id));
    for rule in rules {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}: {} # {}", rule.meta.id, rule.meta.level.as_str(), rule.meta.title);
    }
    text.push_str(TAIL);
    text
}
