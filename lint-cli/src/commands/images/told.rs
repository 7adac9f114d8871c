//! How `images verify` tells what is known of images: for people, and as JSON.

use std::fmt::Write as _;
use std::sync::Arc;

use platlint_engine::{ImageFacts, get, to_json};
use serde_json::{Value as Json, json};

use crate::images::{is_allowed, status};
use crate::output::one_line;
use crate::report::Spot;

/// One image.
pub(super) struct Row<'f> {
    pub image: &'f Arc<str>,
    pub spots: &'f [Spot],
    pub facts: ImageFacts,
}

impl Row<'_> {
    pub(super) fn is_verified(&self) -> bool {
        self.status() == "verified"
    }

    /// As rules see it.
    fn status(&self) -> &str {
        status(&self.facts)
    }

    /// As it is counted: what needs no signature was not verified.
    fn outcome(&self) -> &str {
        if is_allowed(&self.facts) { "allowed" } else { self.status() }
    }

    fn signature(&self, field: &str) -> Json {
        get(&self.facts.signature, field).map_or(Json::Null, to_json)
    }

    fn texts(&self, field: &str) -> Vec<String> {
        let items = self.signature(field);
        items.as_array().into_iter().flatten().filter_map(Json::as_str).map(ToOwned::to_owned).collect()
    }

    fn maps(&self, field: &str) -> Vec<Json> {
        self.signature(field).as_array().cloned().unwrap_or_default()
    }
}

/// In the order in which they are counted.
const OUTCOMES: [&str; 5] = ["verified", "allowed", "unsigned", "invalid", "unknown"];

/// A paragraph per image and the sum.
pub(super) fn text(rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    for row in rows {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(out, "{:9} {}", row.outcome(), one_line(row.image));
        let mut line = |text: &str| {
            let _ = writeln!(out, "          {}", one_line(text));
        };
        if let Some(digest) = row.facts.digest.as_deref().filter(|digest| !row.image.ends_with(*digest)) {
            line(&format!("is {digest}"));
        }
        signers(row, &mut line);
        for attestation in row.maps("attestations") {
            let field = |name: &str| attestation.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
            line(&format!("attested {} by {}", field("type"), field("authority")));
        }
        if let Some(reason) = row.signature("reason").as_str() {
            line(reason);
        }
        for spot in row.spots {
            line(&format!("at {}:{}:{}", spot.file, spot.place.line, spot.place.column));
        }
    }
    let _ = writeln!(out, "{}", sum(rows));
    out
}

fn signers(row: &Row<'_>, line: &mut impl FnMut(&str)) {
    let identities = row.maps("identities");
    let field = |identity: &Json, name: &str| identity.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    for authority in row.texts("authorities") {
        let of_authority: Vec<&Json> =
            identities.iter().filter(|identity| field(identity, "authority") == authority).collect();
        if of_authority.is_empty() {
            line(&format!("signed by {authority}"));
        }
        for identity in of_authority {
            let (subject, issuer) = (field(identity, "subject"), field(identity, "issuer"));
            line(&format!("signed by {authority}: {subject}, says {issuer}"));
        }
    }
}

fn sum(rows: &[Row<'_>]) -> String {
    let images = if rows.len() == 1 { "1 image".to_owned() } else { format!("{} images", rows.len()) };
    let counted = OUTCOMES.into_iter().filter_map(|status| {
        let count = rows.iter().filter(|row| row.outcome() == status).count();
        (count > 0).then(|| format!("{count} {status}"))
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { images } else { format!("{images}: {}", counted.join(", ")) }
}

/// One document: `version`, `tool`, `revision`, `summary` and `images`.
pub(super) fn json(rows: &[Row<'_>], revision: &str) -> String {
    let mut summary = serde_json::Map::new();
    summary.insert("images".to_owned(), rows.len().into());
    for status in OUTCOMES {
        summary.insert(status.to_owned(), rows.iter().filter(|row| row.outcome() == status).count().into());
    }
    let images: Vec<Json> = rows.iter().map(image).collect();
    let document = json!({
        "version": 1, "tool": format!("platlint {}", env!("CARGO_PKG_VERSION")), "revision": revision,
        "summary": summary, "images": images,
    });
    format!("{document:#}\n")
}

fn image(row: &Row<'_>) -> Json {
    let used = row.spots.iter().map(|spot| {
        let object = spot.object.as_deref().map(|object| {
            json!({
                "apiVersion": object.api_version, "kind": object.kind, "namespace": object.namespace, "name": object.name,
            })
        });
        json!({
            "file": spot.file, "document": spot.document, "line": spot.place.line, "column": spot.place.column,
            "path": spot.path, "object": object,
        })
    });
    // What attestations say can be long; `platlint inspect` is for that.
    let attestations = row.maps("attestations").into_iter().map(|mut attestation| {
        if let Some(fields) = attestation.as_object_mut() {
            fields.remove("predicate");
        }
        attestation
    });
    json!({
        "image": row.image, "digest": row.facts.digest, "pinned": row.facts.pinned, "status": row.status(),
        "allowed": is_allowed(&row.facts),
        "authorities": row.signature("authorities"), "identities": row.signature("identities"),
        "attestations": attestations.collect::<Vec<_>>(), "reason": row.signature("reason"),
        "used": used.collect::<Vec<_>>(),
    })
}
