//! What is told of charts and kustomizations that were not, or cannot be, rendered.

use platlint_engine::{Level, Pointer, Value};
use platlint_render::{Failure, NotRendered, Tool};

use super::Places;
use super::deploying::NotFollowed;
use crate::input::InputFile;
use crate::locate::fingerprint;
use crate::own_rules::{NOT_RENDERED, RENDER_FAILED};
use crate::report::{Finding, Place, Spot, Undecided};

/// Nobody knows whether there is something to find.
pub(super) fn not_rendered(open: &NotRendered, tool: Tool) -> Undecided {
    Undecided {
        rule: NOT_RENDERED.id.into(),
        reason: format!("{} was not rendered by {}: {}", open.target, tool.name(), open.reason),
        spot: spot(&open.file, open.line),
        effect: NOT_RENDERED.level,
    }
}

/// Something is deployed in a way that cannot be followed here.
pub(super) fn not_followed(open: &NotFollowed, places: &Places<'_>) -> Undecided {
    let NotFollowed { by, field, reason } = open;
    let place = places.field(by, field);
    Undecided {
        rule: NOT_RENDERED.id.into(),
        reason: reason.clone(),
        spot: Spot { document: by.document, place, path: field.under(&by.at).to_string(), ..spot(&by.file, 1) },
        effect: NOT_RENDERED.level,
    }
}

/// A template of which no rendering put anything out: with other values it might.
pub(crate) fn not_put_out(file: &InputFile) -> Undecided {
    Undecided {
        rule: NOT_RENDERED.id.into(),
        reason: "no rendering put anything out of this template".to_owned(),
        spot: spot(&file.name, 1),
        effect: Level::Off,
    }
}

/// It cannot be rendered, here or anywhere.
pub(super) fn failed(failure: &Failure, tool: Tool) -> Finding {
    let message = format!("{} cannot be rendered by {}: {}", failure.target, tool.name(), failure.message);
    Finding {
        rule: RENDER_FAILED.id.into(),
        level: RENDER_FAILED.level,
        severity: RENDER_FAILED.severity,
        fingerprint: fingerprint(
            &failure.file,
            None,
            &Value::Null,
            RENDER_FAILED.id,
            &Pointer::root(),
            &failure.message,
        ),
        message,
        spot: spot(&failure.file, failure.line.unwrap_or(1)),
        related: Vec::new(),
        help: None,
        fix: None,
    }
}

fn spot(file: &std::sync::Arc<str>, line: u32) -> Spot {
    let place = Place { line, column: 1, end_line: line, end_column: 1 };
    Spot { file: file.clone(), document: 0, place, path: String::new(), object: None, origin: None }
}
