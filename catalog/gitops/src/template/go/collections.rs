//! Functions of lists and maps, and of what may be missing.

use serde_json::{Map, Value};

use super::super::Failure;
use super::functions::Arguments;
use super::values::{is_true, kind_of};

/// The functions of this file.
pub(super) const NAMES: &str = "default empty coalesce ternary all any fail list tuple first last rest initial reverse uniq has \
    without append prepend concat compact dict get set unset hasKey pluck keys values pick omit merge mergeOverwrite dig \
    deepCopy kindIs kindOf deepEqual";

/// Calls one of them; `None` where the name is none of theirs.
pub(super) fn call(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    if !NAMES.split_whitespace().any(|name| name == given.name) {
        return None;
    }
    Some(choice(given).or_else(|| list(given)).unwrap_or_else(|| map(given)))
}

/// Functions that choose between values.
fn choice(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    let is_set = |at: usize| is_true(given.any(at));
    let indices = || 0..given.items.len();
    Some(match given.name {
        "default" => Ok(given.value(usize::from(given.items.len() > 1 && is_set(1)))),
        "empty" => Ok((!is_set(0)).into()),
        "coalesce" => Ok(indices().find(|at| is_set(*at)).map_or(Value::Null, |at| given.value(at))),
        "all" => Ok(indices().all(is_set).into()),
        "any" => Ok(indices().any(is_set).into()),
        "ternary" => given.exactly(3).and_then(|()| Ok(given.value(usize::from(!given.truth(2)?)))),
        "fail" => given.text(0).and_then(|message| Err(Failure::Failed(message.to_owned()))),
        "deepCopy" => Ok(given.value(0)),
        "deepEqual" => Ok((given.value(0) == given.value(1)).into()),
        "kindOf" => Ok(kind_of(given.any(0)).into()),
        "kindIs" => given.text(0).map(|kind| (kind == kind_of(given.any(1))).into()),
        _ => return None,
    })
}

fn list(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    let changed = |change: fn(&[Value]) -> Vec<Value>| given.list(0).map(|items| change(items).into());
    Some(match given.name {
        "list" | "tuple" => Ok((0..given.items.len()).map(|at| given.value(at)).collect::<Vec<_>>().into()),
        "first" => given.list(0).map(|items| items.first().cloned().unwrap_or(Value::Null)),
        "last" => given.list(0).map(|items| items.last().cloned().unwrap_or(Value::Null)),
        "rest" => changed(|items| items.get(1..).unwrap_or_default().to_vec()),
        "initial" => changed(|items| items.get(..items.len().saturating_sub(1)).unwrap_or_default().to_vec()),
        "reverse" => changed(|items| items.iter().rev().cloned().collect()),
        "compact" => changed(|items| items.iter().filter(|item| is_true(Some(item))).cloned().collect()),
        "uniq" => changed(|items| {
            let mut kept: Vec<Value> = Vec::new();
            for item in items {
                if !kept.contains(item) {
                    kept.push(item.clone());
                }
            }
            kept
        }),
        "has" => match given.any(1) {
            None => Ok(false.into()),
            Some(_) => given.list(1).map(|items| items.contains(&given.value(0)).into()),
        },
        "without" => given.list(0).map(|items| {
            let dropped: Vec<Value> = (1..given.items.len()).map(|at| given.value(at)).collect();
            items.iter().filter(|item| !dropped.contains(item)).cloned().collect::<Vec<_>>().into()
        }),
        "append" => given.list(0).map(|items| items.iter().cloned().chain([given.value(1)]).collect::<Vec<_>>().into()),
        "prepend" => {
            given.list(0).map(|items| [given.value(1)].into_iter().chain(items.clone()).collect::<Vec<_>>().into())
        }
        "concat" => (0..given.items.len())
            .map(|at| given.list(at).cloned())
            .collect::<Result<Vec<_>, _>>()
            .map(|lists| lists.concat().into()),
        _ => return None,
    })
}

fn map(given: &Arguments<'_>) -> Result<Value, Failure> {
    let keys_from = |start: usize| (start..given.items.len()).map(|at| given.text(at)).collect::<Result<Vec<_>, _>>();
    Ok(match given.name {
        "dict" => {
            let mut made = Map::new();
            for at in (0..given.items.len()).step_by(2) {
                made.insert(given.as_text(at), given.value(at.saturating_add(1)));
            }
            made.into()
        }
        "get" => given.map(0)?.get(given.text(1)?).cloned().unwrap_or_else(|| "".into()),
        "hasKey" => given.map(0)?.contains_key(given.text(1)?).into(),
        "pluck" => {
            let maps = (1..given.items.len()).map(|at| given.map(at)).collect::<Result<Vec<_>, _>>()?;
            let key = given.text(0)?;
            maps.into_iter().filter_map(|map| map.get(key)).cloned().collect::<Vec<_>>().into()
        }
        "pick" | "omit" => {
            let wanted = keys_from(1)?;
            let is_kept = |key: &str| wanted.contains(&key) == (given.name == "pick");
            let kept = given.map(0)?.iter().filter(|(key, _)| is_kept(key));
            kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
        }
        // Their order is left to chance there, and sorted here; whoever depends on it sorts them anyway.
        "keys" => given.map(0)?.keys().cloned().collect::<Vec<_>>().into(),
        "dig" => dig(given)?,
        name => return Err(Failure::Unsupported(format!("the function \"{name}\""))),
    })
}

/// `dig "a" "b" default map`
fn dig(given: &Arguments<'_>) -> Result<Value, Failure> {
    let count = given.items.len();
    if count < 3 {
        return Err(Failure::Failed("dig needs at least three arguments".to_owned()));
    }
    let mut value = Value::Object(given.map(count.saturating_sub(1))?.clone());
    for at in 0..count.saturating_sub(2) {
        let key = given.text(at)?;
        value = match value {
            Value::Object(mut map) => match map.remove(key) {
                Some(value) => value,
                None => return Ok(given.value(count.saturating_sub(2))),
            },
            _ => return Err(Failure::Failed(format!("dig found no map at \"{key}\""))),
        };
    }
    Ok(value)
}
