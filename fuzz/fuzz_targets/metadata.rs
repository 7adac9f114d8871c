//! Any text as the metadata of a policy, as a whole file and as the block above a package.
#![no_main]

use libfuzzer_sys::fuzz_target;
use platlint_config::{Problems, read_metadata};

fuzz_target!(|text: &str| {
    check(&read_metadata("a.rego", text).map(|_| ()), text);
    let mut block = String::from("# METADATA\n");
    for line in text.lines() {
        block.push_str("# ");
        block.push_str(line);
        block.push('\n');
    }
    block.push_str("package a.b\n");
    check(&read_metadata("a.rego", &block).map(|_| ()), &block);
});

/// Every problem lies within the file.
fn check(result: &Result<(), Problems>, text: &str) {
    let lines = text.chars().filter(|c| matches!(c, '\n' | '\r')).count() + 1;
    for problem in result.as_ref().err().into_iter().flat_map(Problems::all) {
        assert!(problem.line as usize <= lines, "{problem}");
        assert!(!problem.message.is_empty());
    }
}
