//! Which edits of one round are done: those of rules that fit the object and contradict nobody.
//!
//! Rules are taken in the order of their ids. Two edits contradict each other where they want different values at one place,
//! or one changes what lies inside the other's value. The later rule is then at fault and contributes nothing; so is a rule
//! that contradicts itself. An edit that the object satisfies already is a claim like any other: else the answer would
//! depend on which rule came first to the object.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::mutation::apply::{Fit, fit};
use crate::mutation::edit::{Edit, EditOp};
use crate::pointer::Pointer;
use crate::policy::outcome::Failure;
use crate::value::at;
use crate::verdict::PolicyFaultKind;
use regorus::Value;

/// What one rule wants in one round.
pub(super) struct Wish {
    /// The rule's position in the set.
    pub position: usize,
    /// Its id.
    pub rule: Arc<str>,
    /// What it wants changed, in any order.
    pub edits: Vec<Edit>,
}

/// The edits to do, by rule, and the rules that failed.
#[derive(Default)]
pub(super) struct Plan {
    pub edits: Vec<(usize, Edit)>,
    pub failures: Vec<(usize, Failure)>,
}

/// All claims so far, by place; whatever lies below a path follows it directly.
type Claims = BTreeMap<Pointer, Vec<(Arc<str>, Edit)>>;

/// Decides between wishes about this object.
pub(super) fn plan(mut wishes: Vec<Wish>, object: &Value) -> Plan {
    wishes.sort_by(|a, b| a.rule.cmp(&b.rule));
    let mut claims = Claims::new();
    let mut plan = Plan::default();
    for Wish { position, rule, mut edits } in wishes {
        edits.sort();
        match check(&rule, &edits, &claims, object) {
            Ok(()) => {
                for edit in edits {
                    claims.entry(edit.path.clone()).or_default().push((rule.clone(), edit.clone()));
                    plan.edits.push((position, edit));
                }
            }
            Err(failure) => plan.failures.push((position, failure)),
        }
    }
    plan
}

/// Whether all edits of a rule fit the object, the claims of rules before it, and each other.
fn check(rule: &Arc<str>, edits: &[Edit], claims: &Claims, object: &Value) -> Result<(), Failure> {
    let mut own = Claims::new();
    for edit in edits {
        if fit(edit, object) == Fit::Misfit {
            let message = format!("patch: `{}` does not fit the object at {}", edit.op.as_str(), edit.path);
            return Err(Failure { kind: PolicyFaultKind::Shape, message });
        }
        let against = contradicted(edit, claims).or_else(|| contradicted(edit, &own));
        if let Some((other, theirs)) = against {
            let whose = if other == rule { "itself".to_owned() } else { format!("rule {other}") };
            let message = format!(
                "patch: `{}` at {} contradicts {whose}, which wants `{}` at {}",
                edit.op.as_str(),
                edit.path,
                theirs.op.as_str(),
                theirs.path
            );
            return Err(Failure { kind: PolicyFaultKind::Conflict, message });
        }
        own.entry(edit.path.clone()).or_default().push((rule.clone(), edit.clone()));
    }
    Ok(())
}

/// The first claim that an edit contradicts.
fn contradicted<'c>(edit: &Edit, claims: &'c Claims) -> Option<&'c (Arc<str>, Edit)> {
    let above = (0..edit.path.0.len()).filter_map(|length| {
        let prefix: Pointer = edit.path.0.iter().take(length).cloned().collect();
        claims.get(&prefix)
    });
    let here_and_below = claims
        .range::<Pointer, _>((Bound::Included(&edit.path), Bound::Unbounded))
        .take_while(|(path, _)| path.starts_with(&edit.path))
        .map(|(_, claims)| claims);
    above.chain(here_and_below).flatten().find(|(_, claim)| {
        if claim.path == edit.path {
            !same_place(claim, edit)
        } else if claim.path.starts_with(&edit.path) {
            !agrees_inside(edit, claim)
        } else {
            !agrees_inside(claim, edit)
        }
    })
}

/// Whether two edits of one place can both be done.
fn same_place(one: &Edit, other: &Edit) -> bool {
    match (one.op, other.op) {
        (EditOp::Set, EditOp::Set) => one.value == other.value,
        (EditOp::Append, EditOp::Append) | (EditOp::Remove, EditOp::Remove) => true,
        _ => false,
    }
}

/// Whether an edit further in finds what it wants in what the outer one leaves there.
fn agrees_inside(outer: &Edit, inner: &Edit) -> bool {
    match outer.op {
        // It addresses an item that was there before.
        EditOp::Append => true,
        EditOp::Set => {
            let rest: Pointer = inner.path.0.iter().skip(outer.path.0.len()).cloned().collect();
            let rest = Edit { path: rest, ..inner.clone() };
            match inner.op {
                EditOp::Set => at(&outer.value, &rest.path) == Some(&rest.value),
                EditOp::Append | EditOp::Remove => fit(&rest, &outer.value) == Fit::AlreadySo,
            }
        }
        EditOp::Remove => inner.op == EditOp::Remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn edit(op: EditOp, path: &str, value: Json) -> Edit {
        let path = path.split('/').skip(1).map(|part| part.parse().map_or_else(|_| part.into(), crate::Segment::Index));
        Edit { op, path: path.collect(), value: Value::from(value) }
    }

    fn planned(wishes: &[(&str, Vec<Edit>)], object: Json) -> Plan {
        let wishes = wishes.iter().enumerate().map(|(position, (rule, edits))| Wish {
            position,
            rule: (*rule).into(),
            edits: edits.clone(),
        });
        plan(wishes.collect(), &Value::from(object))
    }

    #[test]
    fn the_later_rule_by_id_is_at_fault_whatever_their_order() {
        let a = || ("a", vec![edit(EditOp::Set, "/x", json!(1))]);
        let b = || ("b", vec![edit(EditOp::Set, "/x", json!(2)), edit(EditOp::Set, "/y", json!(2))]);
        for wishes in [[a(), b()], [b(), a()]] {
            let plan = planned(&wishes, json!({}));
            let [(at_fault, failure)] = &plan.failures[..] else { panic!("one fault") };
            assert_eq!((wishes[*at_fault].0, failure.kind), ("b", PolicyFaultKind::Conflict));
            assert_eq!(failure.message, "patch: `set` at /x contradicts rule a, which wants `set` at /x");
            assert_eq!(plan.edits.len(), 1, "nothing of b is done");
        }
    }

    #[test]
    fn contradictions_are_seen_at_one_place_and_inside() {
        let object = || json!({"x": {"y": {"z": 1}}, "list": [{}, {}]});
        let against = |a: Edit, b: Edit| planned(&[("a", vec![a]), ("b", vec![b])], object()).failures.len();
        let set = |path: &str, value: Json| edit(EditOp::Set, path, value);
        let remove = |path: &str| edit(EditOp::Remove, path, Json::Null);
        let append = |path: &str, value: Json| edit(EditOp::Append, path, value);
        for (a, b) in [
            (set("/x/y", json!({"z": 2})), set("/x/y/z", json!(3))),
            (set("/x/y/z", json!(3)), set("/x/y", json!({"z": 2}))),
            (set("/x", json!({})), set("/x/y/z", json!(3))),
            (remove("/x"), set("/x/y/z", json!(3))),
            (set("/x/y/z", json!(3)), remove("/x/y")),
            (set("/x/y", json!(1)), remove("/x/y")),
            (set("/list", json!([])), append("/list", json!(1))),
            (remove("/list/0"), set("/list/0/a", json!(1))),
            (remove("/list"), append("/list", json!(1))),
        ] {
            assert_eq!(against(a.clone(), b.clone()), 1, "{a:?} {b:?}");
        }
        for (a, b) in [
            (set("/x/y/z", json!(3)), set("/x/y/z", json!(3))),
            (set("/x/y", json!({"z": 3, "w": 1})), set("/x/y/z", json!(3))),
            (set("/x/y/z", json!(3)), set("/x/y", json!({"z": 3, "w": 1}))),
            (set("/x/y", json!({})), remove("/x/y/z")),
            (set("/list", json!([1])), append("/list", json!(1))),
            (append("/list", json!(1)), append("/list", json!(2))),
            (append("/list", json!(1)), remove("/list/1")),
            (append("/list", json!(1)), set("/list/1/a", json!(1))),
            (remove("/list/0"), remove("/list/1")),
            (remove("/x"), remove("/x/y")),
            (set("/x/y/z", json!(3)), set("/x/y/w", json!(3))),
            (set("/x", json!({})), set("/xx", json!(3))),
        ] {
            let expected = usize::from(a.path == b.path && a.op != b.op);
            assert_eq!(against(a.clone(), b.clone()), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn what_the_object_satisfies_is_claimed_all_the_same() {
        let wishes = [("a", vec![edit(EditOp::Set, "/x", json!(1))]), ("b", vec![edit(EditOp::Set, "/x", json!(2))])];
        assert_eq!(planned(&wishes, json!({"x": 1})).failures.len(), 1);
    }

    #[test]
    fn a_rule_that_contradicts_itself_or_does_not_fit_is_at_fault() {
        let twice = vec![edit(EditOp::Set, "/x", json!(1)), edit(EditOp::Set, "/x", json!(2))];
        let misfit = vec![edit(EditOp::Set, "/y", json!(1)), edit(EditOp::Set, "/list/3", json!(2))];
        let plan = planned(&[("a", twice), ("b", misfit)], json!({"list": []}));
        let kinds: Vec<_> = plan.failures.iter().map(|(_, failure)| failure.kind).collect();
        assert_eq!(kinds, [PolicyFaultKind::Conflict, PolicyFaultKind::Shape]);
        assert!(plan.edits.is_empty());
    }
}
