//! Exemptions in comments: `# platlint: ignore[rule-id] reason="…" owner=… until=YYYY-MM-DD`, on the line of a finding or
//! on a line of its own above the block. They hold only for rules that the configuration names under `self-service`; for
//! all others the finding stays, and the comment is a finding itself, because the cluster will deny what it excuses.

use chrono::NaiveDate;
use platlint_engine::{PolicySet, SelfExemption, SelfService, parse_self_exemption};
use platlint_source::{Document, SourceText, Span};

/// A comment that exempts.
#[derive(Debug)]
pub(crate) struct Suppression {
    /// Where the comment stands.
    pub span: Span,
    /// First line it speaks of.
    line: u32,
    /// What it says, or what is wrong with it.
    said: Result<SelfExemption, String>,
}

impl Suppression {
    /// How such a comment begins, after `#` and blanks.
    pub(crate) const MARK: &str = "platlint:";

    /// All such comments of a document.
    pub(crate) fn of(text: &SourceText, document: &Document<'_>) -> Vec<Self> {
        document.comments().iter().filter_map(|span| Self::read(text, *span)).collect()
    }

    fn read(text: &SourceText, span: Span) -> Option<Self> {
        let comment = text.as_str().get(span.start as usize..span.end as usize)?;
        let instruction = comment.trim_start_matches('#').trim().strip_prefix(Self::MARK)?.trim();
        let start = text.position(span.start as usize);
        let alone = text.line_text(start.line).trim_start().starts_with('#');
        let last = text.line_count();
        let is_comment = |line: u32| text.line_text(line).trim_start().starts_with('#');
        // Comments may stand above each other; all of them speak of what comes below.
        let below = || (start.line + 1..=last).find(|line| !is_comment(*line)).unwrap_or(start.line);
        let line = if alone { below() } else { start.line };
        Some(Self { span, line, said: read_instruction(instruction) })
    }

    /// Brings the rules it names to the policies they belong to.
    pub(crate) fn name_policies(&mut self, policy_of: impl Fn(&str) -> String) {
        if let Ok(exemption) = &mut self.said {
            exemption.rules = exemption.rules.iter().map(|rule| policy_of(rule)).collect();
        }
    }

    /// Whether it speaks of a finding that begins on this line, or of one within the block whose first line this is.
    pub(crate) fn speaks_of(&self, rule: &str, line: u32, enclosing_lines: &[u32]) -> bool {
        let here = self.line == line || enclosing_lines.contains(&self.line);
        here && self.said.as_ref().is_ok_and(|exemption| exemption.rules.iter().any(|named| named == rule))
    }

    /// The exemption, where it holds for the rule.
    pub(crate) fn holds(&self, rule: &str, service: &SelfService, today: NaiveDate) -> Option<&SelfExemption> {
        self.said.as_ref().ok().filter(|exemption| exemption.check(rule, service, today).is_ok())
    }

    /// Why the comment, or a part of it, does not hold.
    pub(crate) fn refusals(&self, service: &SelfService, today: NaiveDate) -> Vec<String> {
        match &self.said {
            Err(error) => vec![error.clone()],
            Ok(exemption) => {
                exemption.rules.iter().filter_map(|rule| exemption.check(rule, service, today).err()).collect()
            }
        }
    }
}

/// The policy a rule's id belongs to: what is allowed, and what is locked, is said of policies, and a Conftest package's
/// findings name its rules too.
pub(crate) fn policy_of(set: &PolicySet, rule: &str) -> String {
    let ids = set.rules().iter().map(|rule| &*rule.meta.id);
    let is_of = |id: &&str| rule.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    ids.filter(is_of).max_by_key(|id| id.len()).unwrap_or(rule).to_owned()
}

/// `ignore[a,b] reason=…` as `a,b reason=…`.
fn read_instruction(text: &str) -> Result<SelfExemption, String> {
    let form = "write `# platlint: ignore[rule-id] reason=\"…\" owner=… until=YYYY-MM-DD`";
    let rest = text.strip_prefix("ignore[").ok_or_else(|| format!("only `ignore[…]` is known; {form}"))?;
    let (rules, rest) = rest.split_once(']').ok_or_else(|| format!("`]` is missing; {form}"))?;
    let rules: String = rules.chars().filter(|character| !character.is_whitespace()).collect();
    parse_self_exemption(&format!("{rules} {rest}")).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rules_in_brackets() {
        let read = read_instruction("ignore[a, b] reason=\"so\" owner=team until=2027-01-01").unwrap();
        assert_eq!(read.rules, ["a", "b"]);
    }

    #[test]
    fn says_how_to_write_it() {
        assert!(read_instruction("disable all").unwrap_err().contains("ignore["));
        assert!(read_instruction("ignore[a").unwrap_err().contains("`]`"));
        assert!(read_instruction("ignore[] reason=x owner=y until=2027-01-01").is_err());
        assert!(read_instruction("ignore[a]").unwrap_err().contains("until"));
    }
}
