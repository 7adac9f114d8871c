//! Fields of a template as the scaffolder renders them, with sample values for its parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::Value;
use platlint_facts::{entries, items};

use crate::nunjucks::{self, Js, Node, OUTPUT_START, Refusal, Scope, Syntax, Work};
use crate::sample::literal;

/// Values are looked into so deeply.
const DEEPEST: usize = 24;

/// What expressions of a template read, with sample values for the parameters.
pub(crate) fn context(parameters: Js) -> BTreeMap<String, Js> {
    let unknown = |what: &str| Js::Unknown(format!("{what} are known only while a template runs").into());
    let user = BTreeMap::from([
        (Arc::from("ref"), Js::text("user:default/platlint-sample-user")),
        (Arc::from("entity"), unknown("entities of users")),
    ]);
    BTreeMap::from([
        ("parameters".to_owned(), parameters),
        ("user".to_owned(), Js::Map(Arc::new(user))),
        ("steps".to_owned(), unknown("outputs of steps")),
        ("secrets".to_owned(), unknown("secrets")),
        ("environment".to_owned(), unknown("values of the environment")),
        ("context".to_owned(), unknown("facts of the task")),
        ("each".to_owned(), unknown("items of \"each\"")),
    ])
}

/// A field once it is rendered; undefined where nothing is left of it.
pub(crate) fn filled(value: &Value, context: &BTreeMap<String, Js>, work: &Work) -> Js {
    filled_within(value, context, work, 0)
}

fn filled_within(value: &Value, context: &BTreeMap<String, Js>, work: &Work, depth: usize) -> Js {
    match value {
        _ if depth > DEEPEST => Js::Unknown("it is nested too deeply".into()),
        Value::String(text) => filled_text(text, context, work),
        Value::Array(_) => {
            // What is undefined leaves a gap, which is null once it is handed on.
            let item = |item: &Value| match filled_within(item, context, work, depth + 1) {
                Js::Undefined => Js::Null,
                item => item,
            };
            Js::List(Arc::new(items(value).map(item).collect()))
        }
        Value::Object(_) => {
            let member = |(key, value): (&str, _)| (Arc::from(key), filled_within(value, context, work, depth + 1));
            let members = entries(value).map(member);
            Js::Map(Arc::new(members.filter(|(_, value)| *value != Js::Undefined).collect()))
        }
        other => literal(other),
    }
}

fn filled_text(text: &Arc<str>, context: &BTreeMap<String, Js>, work: &Work) -> Js {
    let as_it_stands = || if text.is_empty() { Js::Undefined } else { Js::Text(text.clone()) };
    // What cannot be rendered stays as it is.
    let Ok(nodes) = nunjucks::parse(text, Syntax::default()) else { return as_it_stands() };
    match nodes.as_slice() {
        [Node::Output { expr, .. }] => {
            if text.contains('\n') || text.contains("${{-") || text.contains("-}}") {
                return Js::Unknown("an expression over several lines or with dashes is read in two ways".into());
            }
            match Scope::new(context, work).evaluate(expr) {
                Ok(value) => value,
                Err(Refusal::Fails(_)) => as_it_stands(),
                Err(Refusal::Undecided(reason)) => Js::Unknown(reason.into()),
            }
        }
        [] | [Node::Text(_)] if !text.contains(OUTPUT_START) => match nunjucks::render(text, &nodes, context, work) {
            Ok(rendered) if rendered.text.is_empty() => Js::Undefined,
            Ok(rendered) => Js::text(&rendered.text),
            Err(_) => as_it_stands(),
        },
        [_] => Js::Unknown("a text that is one block is read in two ways".into()),
        _ => match nunjucks::render(text, &nodes, context, work).map_err(|stop| stop.refusal) {
            Ok(rendered) if rendered.text.is_empty() => Js::Undefined,
            Ok(rendered) => Js::text(&rendered.text),
            Err(Refusal::Fails(_)) => as_it_stands(),
            Err(Refusal::Undecided(reason)) => Js::Unknown(reason.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Js {
        let parameters = BTreeMap::from([
            (Arc::from("name"), Js::text("cart")),
            (Arc::from("count"), Js::Number(2.0)),
            (Arc::from("url"), Js::text("github.com?owner=o&repo=r")),
        ]);
        filled(&Value::from(text), &context(Js::Map(Arc::new(parameters))), &Work::default())
    }

    #[test]
    fn an_expression_alone_keeps_its_type() {
        assert_eq!(fill("${{ parameters.count }}"), Js::Number(2.0));
        assert_eq!(fill("${{ parameters.gone }}"), Js::Undefined);
        assert_eq!(fill("${{ parameters.count }} of ${{ parameters.name }}"), Js::text("2 of cart"));
        assert_eq!(fill("${{ (parameters.url | parseRepoUrl).owner }}"), Js::text("o"));
        assert_eq!(fill("${{ parameters.url | parseRepoUrl | pick('repo') }}"), Js::text("r"));
    }

    #[test]
    fn what_cannot_be_rendered_stays() {
        assert_eq!(fill("${{ parameters. }}"), Js::text("${{ parameters. }}"));
        assert_eq!(fill("plain {{ text }}"), Js::text("plain {{ text }}"));
        assert!(matches!(fill("${{ steps.a.output.b }}"), Js::Unknown(_)));
        assert!(matches!(fill("${{ parameters.name | acme }}"), Js::Unknown(_)));
    }
}
