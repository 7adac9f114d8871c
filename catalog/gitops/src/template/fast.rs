//! The engine that only looks up: `{{ name }}` becomes the parameter of that name, and stays as it is where there is none.

use serde_json::Value;

use super::{Parameters, Rendered, Unresolved};

/// Fills in what is known.
pub(super) fn render(text: &str, parameters: &Parameters) -> Rendered {
    let mut rendered = Rendered::default();
    // A text is a template only where both brackets stand in one of its lines.
    if !text.lines().any(|line| line.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))) {
        text.clone_into(&mut rendered.text);
        return rendered;
    }
    let mut rest = text;
    while let Some((before, name, tag, after)) = next(rest) {
        rendered.text.push_str(before);
        match parameters.get(name) {
            Some(Value::String(value)) if !name.is_empty() => rendered.text.push_str(value),
            _ => {
                rendered.text.push_str(tag);
                rendered.unresolved.push(Unresolved { name: name.to_owned(), text: tag.to_owned() });
            }
        }
        rest = after;
    }
    rendered.text.push_str(rest);
    rendered
}

/// Names and tags of a text.
pub(super) fn tags(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, name, tag, after) = next(rest)?;
        rest = after;
        Some((name, tag))
    })
}

/// What stands before the first tag, its name, the tag, and what follows.
fn next(text: &str) -> Option<(&str, &str, &str, &str)> {
    let start = text.find("{{")?;
    let length = text.get(start..)?.find("}}")?.checked_add(2)?;
    let end = start.checked_add(length)?;
    let tag = text.get(start..end)?;
    let name = tag.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    Some((text.get(..start)?, name, tag, text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Parameters {
        serde_json::from_value(serde_json::json!({"name": "dev", "path.basename": "web", "count": 3})).unwrap()
    }

    #[test]
    fn fills_in_what_it_knows_and_leaves_the_rest() {
        let rendered = render("{{name}}-{{ path.basename }}-{{nmae}}", &parameters());
        assert_eq!(rendered.text, "dev-web-{{nmae}}");
        assert_eq!(rendered.unresolved, [Unresolved { name: "nmae".into(), text: "{{nmae}}".into() }]);
    }

    #[test]
    fn only_text_is_filled_in() {
        assert_eq!(render("{{count}}", &parameters()).text, "{{count}}");
    }

    #[test]
    fn an_open_tag_is_text() {
        assert_eq!(render("{{name}} {{", &parameters()).text, "dev {{");
        assert_eq!(render("a}} {{b", &parameters()), Rendered { text: "a}} {{b".into(), unresolved: vec![] });
    }
}
