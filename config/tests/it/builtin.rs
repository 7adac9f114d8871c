//! The built-in policies as they are embedded.

use platlint_config::BUILTIN_VERSION;
use platlint_engine::policy::Code;

use crate::folder::Folder;

fn rules() -> platlint_config::Loaded {
    Folder::with("built-in", &[]).load().unwrap()
}

#[test]
fn built_in_rules_compile_and_keep_to_the_safe_subset() {
    for rule in rules().set.rules() {
        assert_eq!(rule.compile(), Ok(()), "{}", rule.meta.id);
    }
}

#[test]
fn built_in_rules_are_documented() {
    for rule in rules().set.rules() {
        let meta = &rule.meta;
        assert!(!meta.description.is_empty() && !meta.remedy.is_empty(), "{}", meta.id);
        assert!(!meta.examples.is_empty(), "{} has no example", meta.id);
        assert!(meta.examples.iter().all(|one| !one.bad.is_empty() && !one.good.is_empty()), "{}", meta.id);
        assert_eq!(&*meta.origin, "builtin");
    }
}

#[test]
fn only_what_a_rule_imports_comes_with_it() {
    for rule in rules().set.rules() {
        let Code::Native(policy) = &rule.code else { panic!("{} is foreign", rule.meta.id) };
        let names: Vec<&str> = policy.modules().iter().map(|module| &*module.path).collect();
        assert!(names[0].ends_with(&format!("/{}.rego", rule.meta.id.replace('-', "_"))), "{names:?}");
        assert!(names[1..].iter().all(|name| name.starts_with("builtin/lib/")), "{names:?}");
        assert!(!names.contains(&"builtin/lib/testing.rego"), "{names:?}");
    }
}

#[test]
fn schemas_of_built_in_parameters_are_good() {
    // A user's copy of the built-in policies is checked as every user's policies are.
    let folder = Folder::with("built-in-copy", &[("platlint.yaml", "version: 1\npolicies: [{path: policies}]\n")]);
    for rule in rules().set.rules() {
        let Code::Native(policy) = &rule.code else { panic!("{} is foreign", rule.meta.id) };
        for module in policy.modules() {
            folder.write(&module.path.replacen("builtin", "policies", 1), module.text.as_bytes());
        }
    }
    let loaded = folder.load().unwrap();
    assert_eq!(loaded.set.rules().len(), rules().set.rules().len());
    assert!(BUILTIN_VERSION.starts_with("sha256:"));
}
