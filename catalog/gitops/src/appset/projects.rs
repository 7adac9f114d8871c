//! Projects that a repository chooses: names in `spec.project` that a generator reads from a repository.

use platlint_engine::Segment;
use platlint_facts::{Note, Notes, path_of};
use serde_json::Value;

use super::{generators::KINDS, names, own_template};
use crate::template;
use crate::yaml::{get, items_at, text_at, with};

/// Generators whose parameters come from repositories to which others can write.
const FOREIGN: [&str; 3] = ["git", "scmProvider", "pullRequest"];

/// Notes such a name, for the template of each generator.
pub(super) fn note(spec: &Value, is_go: bool, notes: &mut Notes) {
    let Some(common) = get(spec, "template").filter(|template| template.is_object()) else { return };
    let mut told = Vec::new();
    for (index, generator) in items_at(spec, &["generators"]).iter().enumerate() {
        let path = with(&path_of(&["spec", "generators"]), Segment::from(index));
        let effective = own_template(generator, &path, common, &path_of(&["spec", "template"]));
        let Some(project) = text_at(&effective.value, &["spec", "project"]) else { continue };
        let mut leaves = Vec::new();
        collect(generator, 0, &mut leaves);
        let kind = parameters(project, is_go).into_iter().find_map(|name| chooser(&name, &leaves, is_go));
        let (Some(kind), Some(at)) = (kind, effective.origin(&path_of(&["spec", "project"]))) else { continue };
        if !told.contains(&at) {
            notes.problem("templated-project", Note::at(at.clone()).with("value", project).with("generator", kind));
            told.push(at);
        }
    }
}

fn parameters(text: &str, is_go: bool) -> Vec<String> {
    if is_go {
        let found = template::references(text).unwrap_or_default();
        return found.into_iter().map(|reference| reference.keys.join(".")).collect();
    }
    template::tags(text).into_iter().map(|(name, _)| name).collect()
}

/// The generators that ask, below matrices and merges.
fn collect<'g>(generator: &'g Value, depth: usize, leaves: &mut Vec<(&'static str, &'g Value)>) {
    for kind in KINDS {
        let Some(inner) = get(generator, kind) else { continue };
        if matches!(kind, "matrix" | "merge") && depth < 2 {
            let children = items_at(inner, &["generators"]);
            children.iter().for_each(|child| collect(child, depth.saturating_add(1), leaves));
        } else {
            leaves.push((kind, generator));
        }
    }
}

/// The generator of a repository that offers a name: for certain, or because nothing else does.
fn chooser(name: &str, leaves: &[(&'static str, &Value)], is_go: bool) -> Option<&'static str> {
    let offered = |generator: &Value| names::of_generator(generator, is_go);
    let is_foreign = |kind: &str| FOREIGN.contains(&kind);
    // Values that are written out are not the repository's.
    let is_written = |(kind, generator): &(&'static str, &Value)| {
        let value = name.strip_prefix("values.").and_then(|key| text_at(generator, &[kind, "values", key]));
        value.is_some_and(|value| !template::is_template(value))
    };
    let mut holders = leaves.iter().filter(|(_, generator)| offered(generator).holds(name)).peekable();
    if holders.peek().is_some() {
        return holders.find(|leaf| is_foreign(leaf.0) && !is_written(leaf)).map(|(kind, _)| *kind);
    }
    leaves.iter().find(|(kind, generator)| is_foreign(kind) && offered(generator).open).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(spec: &Value, is_go: bool) -> Vec<String> {
        let mut notes = Notes::default();
        note(spec, is_go, &mut notes);
        let line =
            |note: &Note| format!("{} {}", note.path(), note.detail("generator").and_then(Value::as_str).unwrap());
        notes.problems("templated-project").iter().map(line).collect()
    }

    fn set(project: &str, generator: &Value) -> Value {
        json!({"generators": [generator], "template": {"spec": {"project": project}}})
    }

    #[test]
    fn the_generator_that_offers_the_name_decides() {
        let folders =
            json!({"git": {"directories": [{"path": "*"}], "values": {"fixed": "shop", "drawn": "{{path}}"}}});
        let files = json!({"git": {"files": [{"path": "*.yaml"}]}});
        let list = json!({"list": {"elements": [{"project": "shop"}]}});
        let both = |git: &Value| json!({"matrix": {"generators": [git, list]}});
        let common = ["/spec/template/spec/project git"];
        assert_eq!(found(&set("{{path.basename}}", &folders), false), common);
        assert_eq!(found(&set("{{values.drawn}}", &folders), false), common);
        assert_eq!(found(&set("{{values.fixed}}", &folders), false), Vec::<String>::new());
        assert_eq!(found(&set("{{.project}}", &both(&folders)), true), Vec::<String>::new());
        assert_eq!(found(&set("{{.project}}", &both(&files)), true), Vec::<String>::new());
        assert_eq!(found(&set("{{.team}}", &both(&files)), true), common);
        assert_eq!(found(&set("shop", &files), true), Vec::<String>::new());
    }

    #[test]
    fn the_template_of_a_generator_counts() {
        let own = json!({"git": {"files": [{"path": "*"}], "template": {"spec": {"project": "{{.project}}"}}}});
        assert_eq!(found(&set("", &own), true), ["/spec/generators/0/git/template/spec/project git"]);
    }
}
