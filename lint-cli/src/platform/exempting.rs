//! Comments that exempt, for findings of what kustomize builds: its output has no comments, so they are looked for where the
//! finding was moved to, in the file that somebody wrote.

use platlint_engine::{Pointer, PolicySet, Value};
use platlint_source::{Chunk, Document, Limits, Node, SourceText};

use super::Places;
use crate::judge::Judged;
use crate::locate::{fingerprint, place};
use crate::own_rules::SELF_EXEMPTION;
use crate::report::{Exempted, Finding};
use crate::suppress::{Suppression, policy_of};

/// Takes findings out that a comment at their place exempts; tells of comments there that do not hold.
pub(crate) fn exempt(judged: &mut Judged, set: &PolicySet, today: chrono::NaiveDate, places: &Places<'_>) {
    let policy_of = |rule: &str| policy_of(set, rule);
    let service = set.self_service();
    let mut kept = Vec::new();
    for finding in std::mem::take(&mut judged.findings) {
        let (text, near) = match places.text(&finding.spot.file) {
            Some(text) if text.as_str().contains(Suppression::MARK) => {
                let near = Near::of(&text, finding.spot.place.line);
                (text, near)
            }
            _ => {
                kept.push(finding);
                continue;
            }
        };
        let policy = policy_of(&finding.rule);
        let mut exempted = None;
        for mut suppression in near.suppressions {
            suppression.name_policies(policy_of);
            if exempted.is_none() && suppression.speaks_of(&policy, finding.spot.place.line, &near.blocks) {
                let exemption = suppression.holds(&policy, service, today);
                exempted = exemption.map(|exemption| exemption.until.to_string());
            }
            let refusals = suppression.refusals(service, today);
            kept.extend(refusals.iter().map(|reason| refused(&finding, &text, &suppression, reason)));
        }
        match exempted {
            Some(expires) => judged.exempted.push(Exempted {
                rule: finding.rule,
                message: finding.message,
                spot: finding.spot,
                by: "comment".into(),
                expires,
            }),
            None => kept.push(finding),
        }
    }
    judged.findings = kept;
}

/// What stands around a line of a file.
#[derive(Default)]
struct Near {
    /// The comments of its document.
    suppressions: Vec<Suppression>,
    /// First lines of the fields and items around it.
    blocks: Vec<u32>,
}

impl Near {
    fn of(text: &SourceText, line: u32) -> Self {
        let starts_before = |chunk: &Chunk| text.position(chunk.span.start as usize).line <= line;
        let chunk = text.split().into_iter().rfind(starts_before);
        let parse = |chunk| Document::parse(text.as_str(), chunk, &Limits::default()).ok();
        let Some(document) = chunk.and_then(parse) else { return Self::default() };
        let mut blocks = Vec::new();
        enclosing(text, document.root(), line, &mut blocks);
        Self { suppressions: Suppression::of(text, &document), blocks }
    }
}

/// First lines of the fields and items of a node that a line lies in. By the line, since the lists of a patch have other
/// items than those of the object that it changes.
fn enclosing(text: &SourceText, node: Node<'_>, line: u32, found: &mut Vec<u32>) {
    if node.is_alias() {
        return;
    }
    let first_line = |node: Node<'_>| text.position(node.span_with_properties().start as usize).line;
    let fields = node.written_entries().map(|(key, value)| (first_line(key), value));
    let items = node.items().map(|item| (first_line(item), item));
    // The last that begins before it.
    let Some((first, inner)) = fields.chain(items).take_while(|(first, _)| *first <= line).last() else { return };
    found.push(first);
    enclosing(text, inner, line, found);
}

/// The finding for a comment that does not hold, beside the one that it is about.
fn refused(finding: &Finding, text: &SourceText, suppression: &Suppression, reason: &str) -> Finding {
    let message = format!("this exemption does not hold: {reason}");
    let mut spot = finding.spot.clone();
    spot.place = place(text, suppression.span);
    spot.path = String::new();
    spot.object = None;
    Finding {
        rule: SELF_EXEMPTION.id.into(),
        level: SELF_EXEMPTION.level,
        severity: SELF_EXEMPTION.severity,
        fingerprint: fingerprint(&spot.file, None, &Value::Null, SELF_EXEMPTION.id, &Pointer::root(), &message),
        message,
        spot,
        related: Vec::new(),
        help: None,
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_those_around_the_line() {
        let text = "---\na: 1\n---\nspec:\n  containers:\n    - name: x\n      image: y\n    # more\n    - name: z\n  b: &b\n    c: 1\n  d: *b\n  e: f\n";
        let text = SourceText::from(text.to_owned());
        let blocks = |line| Near::of(&text, line).blocks;
        assert_eq!(blocks(7), [4, 5, 6, 7]);
        assert_eq!(blocks(9), [4, 5, 9, 9]);
        assert_eq!(blocks(11), [4, 10, 11]);
        assert_eq!(blocks(12), [4, 12]);
        assert_eq!(blocks(2), [2]);
    }
}
