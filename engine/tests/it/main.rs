//! The engine as its front ends use it: rules in, verdicts out.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)] // tests may fail loudly and are not documentation

mod conftest;
mod decide;
mod dialect;
mod images;
mod mutation;
mod platform;
mod reach;
mod set;
mod updates;

use std::sync::Arc;

use platlint_engine::policy::{Code, ConftestPackage, Dialect, Module, NativePolicy};
use platlint_engine::{
    Evaluator, Facts, Level, Match, Mutate, PolicySet, Review, Rule, RuleMeta, RuleSettings, SelfService, Severity,
    Situation, UndecidedEffect, Value, Verdict,
};

pub fn module(path: &str, text: &str) -> Module {
    Module { path: path.into(), text: text.into() }
}

pub fn rule(id: &str, code: Code) -> Rule {
    let meta = RuleMeta {
        id: id.into(),
        category: "test".into(),
        title: "Test".into(),
        description: String::new(),
        remedy: String::new(),
        severity: Severity::Medium,
        level: Level::Error,
        matches: Match::default(),
        undecided: UndecidedEffect::Allow,
        matches_image_fields: false,
        requires: Vec::new(),
        problems: Vec::new(),
        settled: Vec::new(),
        parameters: None,
        fix: None,
        examples: Vec::new(),
        related_resources: Vec::new(),
        origin: "test".into(),
    };
    let settings = RuleSettings {
        level: Level::Error,
        undecided: UndecidedEffect::Allow,
        is_undecided_configured: false,
        parameters: Value::new_object(),
        is_given_parameters: false,
        mutate: Mutate::Off,
        locked: false,
        inactive: None,
    };
    Rule { meta, settings, code }
}

/// A native rule `test.<id>` whose body follows the package line.
pub fn native(id: &str, body: &str) -> Rule {
    let text = format!("package platlint.test.{}\n\n{body}", id.replace('-', "_"));
    rule(id, Code::Native(NativePolicy::new(vec![module(&format!("{id}.rego"), &text)], Dialect::Any)))
}

pub fn conftest(body: &str) -> Rule {
    let text = format!("package main\n\n{body}");
    rule("main", Code::Conftest(ConftestPackage::new(vec![module("main.rego", &text)], "main".into())))
}

pub fn set(rules: Vec<Rule>) -> PolicySet {
    PolicySet::new(rules, Vec::new(), Vec::new(), SelfService::default(), String::new())
}

pub fn review(json: &str) -> Review {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    Review::of_document(Value::from_json_str(json).unwrap(), None, Situation { now, cluster: None }).unwrap()
}

pub const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"cart","namespace":"shop"},
    "spec":{"containers":[{"name":"app","image":"nginx"},{"name":"log","image":"busybox"}]}}"#;

pub fn decide(set: PolicySet, review: &Review) -> Verdict {
    Evaluator::new(Arc::new(set)).decide(review, &Facts::default())
}
