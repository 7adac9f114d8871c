//! What the safe subset allows and refuses: each refused form is one that was measured to differ between engines.

use platlint_engine::policy::{Code, CompileError, Dialect, NativePolicy};

use super::{module, rule};

fn compile(body: &str) -> Result<(), CompileError> {
    let text = format!("package platlint.test.x\n\nimport data.platlint.lib.other\n\n{body}");
    rule("x", Code::Native(NativePolicy::new(vec![module("x.rego", &text)], Dialect::SafeSubset))).compile()
}

#[test]
fn accepts_rules_that_bind_before_they_use() {
    let body = "limits := {\"cpu\", \"memory\"}\n
deny contains {\"msg\": msg, \"path\": path} if {
\tsome i, container in input.review.object.spec.containers
\tsome name in limits
\tnot container.resources.limits[name]
\tpath := [\"spec\", \"containers\", i]
\tmsg = sprintf(\"%v\", [name])
\tnames := [n | some c in input.containers; n = c.name]
\tcount(names) > 0
\tis_named(names)
}\n
is_named(names) if {\n\t\"a\" in names\n}\n
is_named(names) if {\n\tcount(names) == 2\n}\n";
    compile(body).unwrap();
}

#[test]
fn refuses_every_form_on_which_engines_differ() {
    for (what, body) in [
        ("reference in a head", "deny contains {\"msg\": input.a, \"path\": []} if {\n\ttrue\n}\n"),
        ("reference in a comprehension", "deny contains x if {\n\tx := [c.name | some c in input.containers]\n}\n"),
        ("call in a comprehension", "deny contains x if {\n\tx := [to_number(c) | some c in input.containers]\n}\n"),
        ("colon-equals of a reference", "deny contains x if {\n\tx := input.a\n}\n"),
        ("colon-equals of a call", "deny contains x if {\n\tx := lower(input.a)\n}\n"),
        (
            "different values",
            "deny contains x if {\n\tx = y\n}\n\ny := 1 if {\n\tinput.a\n}\n\ny := 2 if {\n\tinput.b\n}\n",
        ),
        (
            "default function",
            "default f(_) := 0\n\nf(x) := 1 if {\n\tx == 1\n}\n\ndeny contains x if {\n\tx = f(1)\n}\n",
        ),
        ("partial object", "o[k] := v if {\n\tsome k, v in input.a\n}\n\ndeny contains x if {\n\tx = o\n}\n"),
        ("negated comparison of a reference", "deny contains 1 if {\n\tnot input.a > 5\n}\n"),
        ("negated membership of a reference", "deny contains 1 if {\n\tnot input.a in {1}\n}\n"),
        ("walk", "deny contains x if {\n\twalk(input, [_, x])\n}\n"),
        ("with", "deny contains x if {\n\tx = data.platlint.lib.other.y with input as {}\n}\n"),
        ("negated call of a reference", "deny contains 1 if {\n\tnot startswith(input.a, \"x\")\n}\n"),
        (
            "object comprehension with a computed key",
            "deny contains x if {\n\tx := {\"k\": v | some v in input.a}\n}\n",
        ),
    ] {
        assert!(matches!(compile(body), Err(CompileError::Dialect(_))), "{what}: {:?}", compile(body));
    }
}

#[test]
fn a_violation_names_file_line_and_remedy() {
    let error = compile("deny contains x if {\n\tx := input.a\n}\n").unwrap_err().to_string();
    assert_eq!(error, "x.rego:6:2: `:=` does not fail at once where the value is undefined; write `=`: `x`");
}

#[test]
fn refuses_built_ins_that_answer_differently_each_time() {
    for call in ["time.now_ns()", "rand.intn(\"a\", 5)"] {
        let body = format!("deny contains x if {{\n\tx = {call}\n}}\n");
        assert!(matches!(compile(&body), Err(CompileError::Irreproducible(_))), "{call}");
    }
}

#[test]
fn an_unknown_function_is_known_before_a_rule_reaches_it_in_every_dialect() {
    let unsafe_body = "deny contains x if {\n\twalk(input.nope, [_, x])\n\tx = nonsense(1)\n}\n";
    let unknown = |rule: &platlint_engine::Rule| matches!(rule.compile(), Err(CompileError::UnknownFunction(_)));
    assert!(unknown(&super::native("x", unsafe_body)));
    assert!(unknown(&super::conftest("deny contains x if {\n\tinput.nope\n\tx := nonsense(1)\n}\n")));
    assert!(!unknown(&super::conftest(
        "deny contains x if {\n\tx := f(1)\n}\n\nf(x) := x\n\ndefault g(_) := 1\n\ng(1) := 2\n"
    )));
}

#[test]
fn recursion_is_refused_before_it_can_fill_the_stack() {
    let refused = |body: &str| matches!(super::native("x", body).compile(), Err(CompileError::Recursion(_)));
    assert!(refused("deny contains x if {\n\tx = f(1)\n}\n\nf(x) := f(x)\n"));
    assert!(refused("deny contains 1 if {\n\ta\n}\n\na if {\n\tb\n}\n\nb if {\n\tdata.platlint.test.x.a\n}\n"));
    assert!(refused("deny contains x if {\n\tsome x in deny\n}\n"));
    let body =
        "deny contains x if {\n\tmsg := \"a\"\n\tx := f(msg)\n}\n\nf(deny) := y if {\n\ty := deny\n}\n\nmsg := f(1)\n";
    assert!(super::native("x", body).compile().is_ok(), "a local name that a rule has too is no recursion");
}

#[test]
fn brackets_that_nest_too_deep_are_refused_before_they_are_parsed() {
    let body = format!("deny contains x if {{\n\tx = {}{}\n}}\n", "[".repeat(3_000), "]".repeat(3_000));
    assert!(matches!(super::native("x", &body).compile(), Err(CompileError::TooDeep { line: 4, .. })));
}
