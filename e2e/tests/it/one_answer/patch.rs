//! RFC 6902 as the API server reads it, for the three operations that a webhook of ours may send. Written anew here, so
//! that the engine's own way of applying is not its own judge.

use serde_json::Value;

/// The object after the patch that an answer carries, or none where it carries none.
pub(super) fn patched(object: &Value, response: &Value) -> Option<Value> {
    let patch = response["patch"].as_str()?;
    assert_eq!(response["patchType"], "JSONPatch");
    let operations: Value = serde_json::from_slice(&decode(patch)).expect("a patch is JSON");
    let mut after = object.clone();
    for operation in operations.as_array().expect("a patch is a list") {
        apply(&mut after, operation).unwrap_or_else(|fault| panic!("{fault}: {operation}"));
    }
    Some(after)
}

fn apply(object: &mut Value, operation: &Value) -> Result<(), &'static str> {
    let path = operation["path"].as_str().ok_or("no path")?;
    let (parent, last) = path.rsplit_once('/').ok_or("the whole object is not replaced")?;
    let last = last.replace("~1", "/").replace("~0", "~");
    let value = operation.get("value").cloned();
    match (object.pointer_mut(parent).ok_or("no parent")?, operation["op"].as_str().unwrap_or_default()) {
        (Value::Object(map), "add") => drop(map.insert(last, value.ok_or("no value")?)),
        (Value::Object(map), "replace") => {
            *map.get_mut(&last).ok_or("nothing to replace")? = value.ok_or("no value")?;
        }
        (Value::Object(map), "remove") => drop(map.remove(&last).ok_or("nothing to remove")?),
        (Value::Array(list), "add") if last == "-" => list.push(value.ok_or("no value")?),
        (Value::Array(list), op) => {
            let index: usize = last.parse().map_err(|_| "no index")?;
            match op {
                "add" if index <= list.len() => list.insert(index, value.ok_or("no value")?),
                "replace" if index < list.len() => list[index] = value.ok_or("no value")?,
                "remove" if index < list.len() => drop(list.remove(index)),
                _ => return Err("out of the list"),
            }
        }
        _ => return Err("unknown operation or parent"),
    }
    Ok(())
}

fn decode(text: &str) -> Vec<u8> {
    let digit = |byte: u8| -> u32 {
        match byte {
            b'A'..=b'Z' => u32::from(byte - b'A'),
            b'a'..=b'z' => u32::from(byte - b'a') + 26,
            b'0'..=b'9' => u32::from(byte - b'0') + 52,
            b'+' => 62,
            b'/' => 63,
            _ => panic!("no base64: {text}"),
        }
    };
    let digits: Vec<u32> = text.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    let mut bytes = Vec::new();
    for chunk in digits.chunks(4) {
        let number = chunk.iter().enumerate().fold(0_u32, |sum, (at, digit)| sum | digit << (18 - 6 * at));
        bytes.extend(&number.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}

#[test]
fn decodes_what_the_harness_encodes() {
    for text in ["", "a", "ab", "abc", "abcd", "ÿ\u{0}?>"] {
        assert_eq!(decode(&platlint_e2e::registration::base64(text.as_bytes())), text.as_bytes());
    }
}
