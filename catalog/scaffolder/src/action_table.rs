//! Which actions there are and what they take: those of the scaffolder and its official modules, and those that an
//! installation exports.

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
    actions: BTreeMap<Arc<str>, Json>,
    /// Whether the installation said which actions it has.
    pub(crate) is_exported: bool,
}

impl ActionTable {
    /// The actions of an installation where it exported them, else those that are built in.
    pub(crate) fn new(exported: Option<Vec<ActionSchema>>) -> Self {
        let is_exported = exported.is_some();
        let actions = match exported {
            Some(actions) => actions.into_iter().map(|action| (action.id, action.input)).collect(),
            None => match serde_json::from_str(BUILT_IN) {
                Ok(Json::Object(actions)) => actions.into_iter().map(|(id, input)| (Arc::from(id), input)).collect(),
                _ => BTreeMap::new(),
            },
        };
        Self { actions, is_exported }
    }

    /// The schema of an action's input.
    pub(crate) fn input(&self, id: &str) -> Option<&Json> {
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
            assert!(table.input(id).is_some_and(Json::is_object), "{id}");
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
        let table = ActionTable::new(Some(actions));
        assert_eq!((table.ids(), table.is_exported), (vec!["acme:deploy", "b"], true));
    }

    #[test]
    fn refuses_what_is_no_export() {
        assert!(matches!(read_actions("{}"), Err(ExportError::NotAList)));
        assert!(matches!(read_actions("[{}]"), Err(ExportError::WithoutId(0))));
        assert!(matches!(read_actions("["), Err(ExportError::Json(_))));
    }
}
