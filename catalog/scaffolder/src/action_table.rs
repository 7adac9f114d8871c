//! Which actions there are and what they take: those of the scaffolder and its official modules, and those that an
//! installation exports.

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
