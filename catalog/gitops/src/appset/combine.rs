//! The generators that combine others: matrix and merge.

use std::collections::BTreeMap;

use platlint_engine::{Pointer, Segment};
use serde_json::Value;

use super::generators::{Context, MOST_SETS, Stop};
use crate::template::{Parameters, shown};
use crate::yaml::{items_at, with};

fn child(path: &Pointer, index: usize) -> Pointer {
    with(&with(path, "generators".into()), Segment::from(index))
}

/// Every set of the first child with every one of the second, which sees the first's parameters.
pub(crate) fn matrix(context: &Context<'_>, matrix: &Value, path: &Pointer) -> Result<Vec<Parameters>, Stop> {
    let [first, second] = items_at(matrix, &["generators"]) else {
        return Err(Stop::invalid(path, "it needs exactly two generators"));
    };
    let mut sets = Vec::new();
    for left in context.sets(first, &child(path, 0), None)? {
        for right in context.sets(second, &child(path, 1), Some(&left))? {
            let set = if context.is_go() {
                let mut set = right;
                overlay(&mut set, &left);
                set
            } else {
                joined(&left, &right).map_err(|key| {
                    let reason = format!("both generators have a parameter \"{key}\", with different values");
                    Stop::invalid(path, reason)
                })?
            };
            sets.push(set);
            if sets.len() > MOST_SETS {
                let reason = format!("it makes more than the {MOST_SETS} Applications that are looked at");
                return Err(Stop::unknown(path, reason));
            }
        }
    }
    Ok(sets)
}

/// Both maps as text; the key that stands in both with different values otherwise.
fn joined(left: &Parameters, right: &Parameters) -> Result<Parameters, String> {
    let mut set: Parameters = left.iter().map(|(key, value)| (key.clone(), shown(value).into())).collect();
    for (key, value) in right {
        let value = Value::from(shown(value));
        if set.insert(key.clone(), value.clone()).is_some_and(|before| before != value) {
            return Err(key.clone());
        }
    }
    Ok(set)
}

/// Lays one map over another, maps within them too. What is empty above does not hide what is below.
fn overlay(below: &mut Parameters, above: &Parameters) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => overlay(below, above),
            (Some(_), value) if is_empty(value) => {}
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// The sets of the first child, each overlaid by those of the others that agree in the keys.
pub(crate) fn merge(context: &Context<'_>, merge: &Value, path: &Pointer) -> Result<Vec<Parameters>, Stop> {
    let keys: Vec<&str> = items_at(merge, &["mergeKeys"]).iter().filter_map(Value::as_str).collect();
    let generators = items_at(merge, &["generators"]);
    if keys.is_empty() || generators.len() < 2 {
        return Err(Stop::invalid(path, "it needs mergeKeys and at least two generators"));
    }
    let mut base: Vec<Parameters> = Vec::new();
    for (index, generator) in generators.iter().enumerate() {
        let at = child(path, index);
        let sets = context.sets(generator, &at, None)?;
        let by_key = by_key(&keys, &sets)
            .map_err(|key| Stop::invalid(&at, format!("two of its parameter sets have the same merge keys: {key}")))?;
        if index == 0 {
            base = sets;
            continue;
        }
        for set in &mut base {
            let Some(over) = by_key.get(&key_of(&keys, set)).and_then(|index| sets.get(*index)) else { continue };
            if context.is_go() {
                overlay(set, over);
            } else {
                set.extend(over.clone());
            }
        }
    }
    Ok(base)
}

fn key_of(keys: &[&str], set: &Parameters) -> String {
    let values: BTreeMap<&str, Option<&Value>> = keys.iter().map(|key| (*key, set.get(*key))).collect();
    serde_json::to_string(&values).unwrap_or_default()
}

fn by_key(keys: &[&str], sets: &[Parameters]) -> Result<BTreeMap<String, usize>, String> {
    let mut found = BTreeMap::new();
    for (index, set) in sets.iter().enumerate() {
        let key = key_of(keys, set);
        if found.insert(key.clone(), index).is_some() {
            return Err(key);
        }
    }
    Ok(found)
}
