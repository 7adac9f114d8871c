//! Which actions there are and what they take: those of the scaffolder and its official modules, and those that an
//! installation exports, which extend those.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

/// One action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionSchema {
    /// Its name: `fetch:template`.
    pub id: Arc<str>,
    /// The JSON Schema of its input; null where it says nothing.
    pub input: Json,
}

/// Why a file is no export of actions.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is something else.
    #[error("it is no list of actions as `GET /api/scaffolder/v2/actions` gives them")]
    NotAList,
    /// An item has no name.
    #[error("item {0} of the list has no id")]
    WithoutId(usize),
}

/// Reads the answer of `GET /api/scaffolder/v2/actions`: a list of `{id, schema: {input}}`.
pub fn read_actions(text: &str) -> Result<Vec<ActionSchema>, ExportError> {
    let Json::Array(items) = serde_json::from_str(text)? else { return Err(ExportError::NotAList) };
    let action = |(index, item): (usize, &Json)| {
        let id = item.get("id").and_then(Json::as_str).ok_or(ExportError::WithoutId(index))?;
        let input = item.get("schema").and_then(|schema| schema.get("input")).cloned().unwrap_or(Json::Null);
        Ok(ActionSchema { id: id.into(), input })
    };
    items.iter().enumerate().map(action).collect()
}

/// Input keys, types and what is required of the actions of the scaffolder and of its official modules (as of 2026, from
/// their sources).
const BUILT_IN: &str = include_str!("actions.json");

/// All actions that are known.
#[derive(Debug, Clone)]
pub(crate) struct ActionTable {
    actions: BTreeMap<Arc<str>, Action>,
    /// Whether the installation said which actions it has.
    pub(crate) is_exported: bool,
}

/// What is known of one action.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// The schema of its input.
    pub(crate) input: Json,
    /// Whether the installation said so itself; else its version may take other keys.
    pub(crate) is_exported: bool,
}

impl ActionTable {
    /// The actions that are built in and those of the installation where it exported them. Of an action that is in both, the
    /// installation's word holds.
    pub(crate) fn new(exported: Option<Vec<ActionSchema>>) -> Self {
        let is_exported = exported.is_some();
        let built_in = match serde_json::from_str(BUILT_IN) {
            Ok(Json::Object(actions)) => actions,
            _ => serde_json::Map::new(),
        };
        let built_in = built_in.into_iter().map(|(id, input)| (id.into(), Action { input, is_exported: false }));
        let exported = exported.into_iter().flatten();
        let exported = exported.map(|action| (action.id, Action { input: action.input, is_exported: true }));
        Self { actions: built_in.chain(exported).collect(), is_exported }
    }

    /// What is known of an action.
    pub(crate) fn action(&self, id: &str) -> Option<&Action> {
        self.actions.get(id)
    }

    /// The names of all actions.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.actions.keys().map(|id| &**id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_actions_of_the_scaffolder() {
        let table = ActionTable::new(None);
        for id in ["fetch:template", "catalog:register", "publish:github", "publish:gitlab:merge-request", "fs:rename"]
        {
            assert!(table.action(id).is_some_and(|action| action.input.is_object()), "{id}");
        }
        assert_eq!(table.ids().len(), 57);
    }

    #[test]
    fn reads_an_export() {
        let text =
            r#"[{"id": "acme:deploy", "description": "x", "schema": {"input": {"type": "object"}}}, {"id": "b"}]"#;
        let actions = read_actions(text).unwrap();
        assert_eq!(actions[0], ActionSchema { id: "acme:deploy".into(), input: serde_json::json!({"type": "object"}) });
        assert_eq!(actions[1].input, Json::Null);
    }

    #[test]
    fn an_export_extends_what_is_built_in_and_wins() {
        let own = |id: &str| ActionSchema { id: id.into(), input: serde_json::json!({"title": id}) };
        let table = ActionTable::new(Some(vec![own("acme:deploy"), own("fs:rename")]));
        assert!(table.is_exported);
        assert_eq!(table.ids().len(), 58);
        for id in ["acme:deploy", "fs:rename"] {
            let action = table.action(id).unwrap();
            assert_eq!((&action.input, action.is_exported), (&serde_json::json!({"title": id}), true));
        }
        let built_in = table.action("fetch:template").unwrap();
        assert!(built_in.input.is_object() && !built_in.is_exported);
    }

    #[test]
    fn refuses_what_is_no_export() {
        assert!(matches!(read_actions("{}"), Err(ExportError::NotAList)));
        assert!(matches!(read_actions("[{}]"), Err(ExportError::WithoutId(0))));
        assert!(matches!(read_actions("["), Err(ExportError::Json(_))));
    }
}
