//! Tests of reading: whole texts, and texts that are none.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn problem(text: &str) -> Option<Problem> {
    parse(text, Syntax::default()).err().map(|error| error.problem)
}

fn only_expression(text: &str) -> ExprKind {
    match parse(text, Syntax::default()).unwrap().as_slice() {
        [Node::Output { expr, .. }] => expr.kind.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_filter_binds_tighter_than_an_operator() {
    let ExprKind::Binary(_, _, right) = only_expression("${{ a + b | upper }}") else { panic!() };
    assert!(matches!(right.kind, ExprKind::Filter { .. }));
}

#[test]
fn tells_what_is_wrong_and_where() {
    let cases = [
        ("${{ }}", Problem::Unexpected("}}".into()), 4),
        ("${{ a b }}", Problem::Unexpected("b".into()), 6),
        ("${{ a.0 }}", Problem::NameExpected, 6),
        ("${{ a", Problem::UnexpectedEnd, 5),
        ("${{ 'a }}", Problem::UnexpectedEnd, 9),
        ("${{ a | }}", Problem::Unexpected("}}".into()), 8),
        ("${{ f(a }}", Problem::Expected(","), 8),
        ("{% if a %}", Problem::WithoutEnd("if".into()), 10),
        ("{% iff a %}", Problem::UnknownTag("iff".into()), 0),
        ("{# a", Problem::CommentWithoutEnd, 0),
        ("a #}", Problem::NoComment, 2),
    ];
    for (text, problem, at) in cases {
        assert_eq!(parse(text, Syntax::default()), Err(SyntaxError { at, problem }), "{text}");
    }
}

#[test]
fn reads_all_tags() {
    let text = "{% if a %}{% elif b %}{% else %}{% endif %}{% for k, v in m %}{% else %}{% endfor %}{% set x = 1 %}\
        {% set y %}{% endset %}{% macro m(a, b=1) %}{% endmacro %}{% raw %}${{ {% endraw %}{% include 'a' ignore missing %}\
        {% import 'a' as b %}{% from 'a' import b as c, d %}{% block b %}{% endblock b %}{% call m(1) %}{% endcall %}\
        {% filter upper %}{% endfilter %}{% switch a %}{% case 1 %}{% default %}{% endswitch %}{# c #}";
    assert_eq!(problem(text), None);
}

fn rendered(text: &str) -> Result<Rendered, Stop> {
    let list = Js::List(vec![Js::text("a"), Js::text("b")].into());
    let values = BTreeMap::from([("name".into(), Js::text("cart")), ("list".into(), list)]);
    let context = BTreeMap::from([("values".to_owned(), Js::Map(values.into()))]);
    render(text, &parse(text, Syntax::default()).unwrap(), &context, &Work::default())
}

#[test]
fn remembers_from_which_line_each_line_comes() {
    let text = "a\n{% for x in values.list %}\n  ${{ x }}\n{% endfor %}\n${{ 'p\\nq' }}\nend";
    let Rendered { text, lines } = rendered(text).unwrap();
    assert_eq!(text, "a\n\n  a\n\n  b\n\np\nq\nend");
    assert_eq!(lines, [1, 2, 3, 2, 3, 4, 5, 5, 6]);
}

#[test]
fn tells_failures_from_what_is_not_imitated() {
    let refusal = |text: &str| rendered(text).unwrap_err().refusal;
    assert!(matches!(refusal("${{ values.gone.x() }}"), Refusal::Fails(_)));
    assert!(matches!(refusal("${{ values.gone | trim }}"), Refusal::Fails(_)));
    assert!(matches!(refusal("${{ values.list | sort }}"), Refusal::Undecided(_)));
    assert!(matches!(refusal("{% macro m() %}{% endmacro %}"), Refusal::Undecided(_)));
    assert_eq!(rendered("a\n${{ values.gone | trim }}").unwrap_err().at, 2);
}

#[test]
fn endless_work_is_refused() {
    let nested = "{% for x in values.name.split('') %}".replace("''", "'a'");
    let text = format!("{}x{}", nested.repeat(30), "{% endfor %}".repeat(30));
    assert!(matches!(rendered(&text).unwrap_err().refusal, Refusal::Undecided(_)));
}

#[test]
fn deep_nesting_is_refused_and_does_no_harm() {
    for text in [
        format!("${{{{ {}1", "(".repeat(100_000)),
        format!("${{{{ {}1 }}}}", "not ".repeat(100_000)),
        format!("${{{{ {}1 }}}}", "- ".repeat(100_000)),
        format!("${{{{ {}", "{".repeat(100_000)),
        "{% if a %}".repeat(100_000),
        format!("${{{{ a{} }}}}", ".a".repeat(100_000)),
        format!("${{{{ a{} }}}}", " | upper".repeat(100_000)),
        format!("${{{{ a{} }}}}", " + a".repeat(100_000)),
        format!("${{{{ a{} }}}}", "()".repeat(100_000)),
    ] {
        assert_eq!(problem(&text), Some(Problem::TooDeep), "{}", &text[..20]);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(\\$\\{\\{|\\}\\}|\\{%|%\\}|\\{#|#\\}| |-|if|for|in|endif|raw|endraw|set|[a-z'\"|.()\\[\\],:+*=~\\n]|\\PC){0,40}") {
        let syntax = Syntax { trim_blocks: true, lstrip_blocks: true };
        match parse(&text, syntax) {
            Ok(nodes) => {
                let uses = uses(&nodes);
                prop_assert!(uses.reads.iter().all(|read| text.get(read.span.start..read.span.end).is_some()));
                let context = uses.reads.iter().map(|read| (read.root.clone(), Js::text("a b"))).collect();
                if let Ok(rendered) = render(&text, &nodes, &context, &Work::default()) {
                    prop_assert_eq!(rendered.lines.len(), rendered.text.split_inclusive('\n').count());
                }
            }
            Err(error) => prop_assert!(error.at <= text.len()),
        }
    }
}
