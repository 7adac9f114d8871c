//! The functions of templates: which exist, which are evaluated, and those of Go's templates themselves.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::Failure;
use super::parse::{Node, Operand, Pipeline};
use super::values::{Datum, compare, equal, is_true, printed, shown};
use super::{collections, encoding, numbers, texts};

/// Functions that exist, but whose result is not worked out here: it depends on time or chance, on tables of languages, or
/// nobody used them where this was looked up.
const NOT_EVALUATED: &str = "abbrev abbrevboth adler32sum ago addf add1f atoi b32dec b32enc bcrypt buildCustomCert call \
    camelcase chunk date dateInZone dateModify date_in_zone date_modify decryptAES derivePassword divf duration \
    durationRound encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert \
    genSignedCertWithKey getHostByName hello htmlDate htmlDateInZone html htpasswd initials js kebabcase maxf minf \
    mulf mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson mustHas mustInitial mustLast \
    mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch \
    mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToDate mustToJson \
    mustToPrettyJson mustToRawJson mustUniq mustWithout must_date_modify now osBase osClean osDir osExt osIsAbs plural \
    push randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFindAll regexQuoteMeta round semver \
    semverCompare sha1sum sha256sum sha512sum shuffle slice snakecase splitn subf swapcase toDate toDecimal \
    toPrettyJson toRawJson typeIs typeIsLike typeOf unixEpoch untitle urlJoin urlParse urlquery uuidv4 wrap wrapWith";

/// Functions of Go's templates that are evaluated here or in the run itself.
const BASIC: [&str; 14] =
    ["and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "print", "println", "printf"];

/// Whether a function takes part in saying what holds where a value is missing.
pub(super) fn accepts_absence(name: &str) -> bool {
    matches!(
        name,
        "default" | "coalesce" | "dig" | "hasKey" | "get" | "empty" | "and" | "or" | "not" | "ternary" | "index"
    )
}

/// Refuses a template that names functions which do not exist, as parsing in Go does.
pub(super) fn check(nodes: &[Node]) -> Result<(), Failure> {
    nodes.iter().try_for_each(|node| match node {
        Node::Text(_) | Node::Break | Node::Continue => Ok(()),
        Node::Action(pipeline) => check_pipeline(pipeline),
        Node::If(branches) | Node::With(branches) => branches.iter().try_for_each(|(condition, body)| {
            condition.iter().try_for_each(check_pipeline)?;
            check(body)
        }),
        Node::Range(pipeline, body, otherwise) => {
            check_pipeline(pipeline)?;
            check(body)?;
            check(otherwise)
        }
    })
}

fn check_pipeline(pipeline: &Pipeline) -> Result<(), Failure> {
    pipeline.commands.iter().flatten().try_for_each(|operand| match operand {
        Operand::Group(inner, _) => check_pipeline(inner),
        Operand::Function(name) if !exists(name) => Err(Failure::Malformed {
            message: format!("function \"{name}\" is not defined"),
            undefined: Some(name.clone()),
        }),
        _ => Ok(()),
    })
}

fn exists(name: &str) -> bool {
    BASIC.contains(&name)
        || [texts::NAMES, collections::NAMES, numbers::NAMES, encoding::NAMES, NOT_EVALUATED]
            .iter()
            .any(|names| names.split_whitespace().any(|known| known == name))
}

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Datum]) -> Result<Datum, Failure> {
    let given = Arguments { name, items: arguments };
    let found = basic(&given)
        .or_else(|| texts::call(&given))
        .or_else(|| collections::call(&given))
        .or_else(|| numbers::call(&given))
        .or_else(|| encoding::call(&given));
    match found {
        Some(result) => result.map(Some),
        None if name == "index" => index(&given),
        None => Err(Failure::Unsupported(format!("the function \"{name}\""))),
    }
}

fn basic(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    let ordered = |wanted: fn(Ordering) -> bool| {
        given.exactly(2)?;
        Ok(Value::from(wanted(compare(given.any(0), given.any(1))?)))
    };
    Some(match given.name {
        "not" => given.exactly(1).map(|()| (!is_true(given.any(0))).into()),
        "eq" => (1..given.items.len())
            .try_fold(false, |found, at| Ok(found || equal(given.any(0), given.any(at))?))
            .map(Value::from),
        "ne" => given.exactly(2).and_then(|()| equal(given.any(0), given.any(1))).map(|equal| (!equal).into()),
        "lt" => ordered(Ordering::is_lt),
        "le" => ordered(Ordering::is_le),
        "gt" => ordered(Ordering::is_gt),
        "ge" => ordered(Ordering::is_ge),
        "len" => given.exactly(1).and_then(|()| match given.any(0) {
            Some(Value::String(text)) => Ok(text.len().into()),
            Some(Value::Array(items)) => Ok(items.len().into()),
            Some(Value::Object(map)) => Ok(map.len().into()),
            _ => Err(given.wrong(0, "something with a length")),
        }),
        "print" => Ok(print(given.items).into()),
        "println" => {
            let words: Vec<String> = given.items.iter().map(|item| nil_or_shown(item.as_ref())).collect();
            Ok((words.join(" ") + "\n").into())
        }
        "printf" => printf(given),
        _ => return None,
    })
}

/// Without verbs, spaces stand only between two things that are no text.
fn print(items: &[Datum]) -> String {
    let mut text = String::new();
    let mut before_is_text = true;
    for (at, item) in items.iter().enumerate() {
        let is_text = matches!(item, Some(Value::String(_)));
        if at > 0 && !is_text && !before_is_text {
            text.push(' ');
        }
        text.push_str(&nil_or_shown(item.as_ref()));
        before_is_text = is_text;
    }
    text
}

fn nil_or_shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "<nil>".to_owned(), shown)
}

/// `%s`, `%v`, `%d`, `%q`, `%t`, `%%`, with zeros and widths for whole numbers.
fn printf(given: &Arguments<'_>) -> Result<Value, Failure> {
    let format = given.text(0)?;
    let unsupported = || Failure::Unsupported(format!("the format \"{format}\""));
    let mut out = String::new();
    let mut rest = format;
    let mut next = 1;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let end = after.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(unsupported)?;
        let (width, verb) = (after.get(..end).unwrap_or_default(), after.get(end..).unwrap_or_default());
        let letter = verb.chars().next().ok_or_else(unsupported)?;
        rest = verb.get(letter.len_utf8()..).unwrap_or_default();
        if letter == '%' {
            out.push('%');
            continue;
        }
        let value = given.items.get(next).ok_or_else(unsupported)?.as_ref();
        next = next.saturating_add(1);
        match (letter, value) {
            ('d', Some(Value::Number(number))) if !number.is_f64() => {
                let padded = width.parse::<usize>().unwrap_or_default().min(64);
                let number = number.as_i64().ok_or_else(unsupported)?;
                let text =
                    if width.starts_with('0') { format!("{number:0padded$}") } else { format!("{number:padded$}") };
                out.push_str(&text);
            }
            _ if !width.is_empty() => return Err(unsupported()),
            ('s', Some(Value::String(text))) => out.push_str(text),
            ('q', Some(Value::String(_))) => {
                out.push_str(&value.map(|text| format!("{:?}", shown(text))).unwrap_or_default());
            }
            ('t', Some(Value::Bool(value))) => out.push_str(&value.to_string()),
            ('v', value) => out.push_str(&nil_or_shown(value)),
            _ => return Err(unsupported()),
        }
    }
    out.push_str(rest);
    if next < given.items.len() { Err(unsupported()) } else { Ok(out.into()) }
}

fn index(given: &Arguments<'_>) -> Result<Datum, Failure> {
    let mut value = given.items.first().cloned().flatten();
    for at in 1..given.items.len() {
        value = match value {
            Some(Value::Object(mut map)) => map.remove(given.text(at)?),
            Some(Value::Array(mut items)) => {
                let position = given.whole(at)?;
                let position = usize::try_from(position).ok().filter(|position| *position < items.len());
                let out_of_range = || Failure::Failed("index out of range".to_owned());
                Some(items.swap_remove(position.ok_or_else(out_of_range)?))
            }
            Some(Value::String(_)) => return Err(Failure::Unsupported("an index into a text".to_owned())),
            _ => return Err(Failure::Failed("index of nil".to_owned())),
        };
    }
    Ok(value)
}

/// What a function is called with.
pub(super) struct Arguments<'a> {
    pub(super) name: &'a str,
    pub(super) items: &'a [Datum],
}

impl<'a> Arguments<'a> {
    /// Refuses any other number of arguments.
    pub(super) fn exactly(&self, count: usize) -> Result<(), Failure> {
        if self.items.len() == count {
            return Ok(());
        }
        Err(Failure::Failed(format!("{} takes {count} arguments, not {}", self.name, self.items.len())))
    }

    pub(super) fn any(&self, at: usize) -> Option<&'a Value> {
        self.items.get(at).and_then(Option::as_ref).filter(|value| !value.is_null())
    }

    /// Any value, as JSON has it.
    pub(super) fn value(&self, at: usize) -> Value {
        self.any(at).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn text(&self, at: usize) -> Result<&'a str, Failure> {
        match self.any(at) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(self.wrong(at, "a text")),
        }
    }

    /// Anything, as text.
    pub(super) fn as_text(&self, at: usize) -> String {
        match self.any(at) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => shown(value),
            None => String::new(),
        }
    }

    pub(super) fn list(&self, at: usize) -> Result<&'a Vec<Value>, Failure> {
        match self.any(at) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.wrong(at, "a list")),
        }
    }

    pub(super) fn map(&self, at: usize) -> Result<&'a serde_json::Map<String, Value>, Failure> {
        match self.any(at) {
            Some(Value::Object(map)) => Ok(map),
            _ => Err(self.wrong(at, "a map")),
        }
    }

    /// A whole number that was written as one.
    pub(super) fn whole(&self, at: usize) -> Result<i64, Failure> {
        match self.any(at) {
            Some(Value::Number(number)) if !number.is_f64() => {
                number.as_i64().ok_or_else(|| self.wrong(at, "a number"))
            }
            _ => Err(self.wrong(at, "a whole number")),
        }
    }

    pub(super) fn truth(&self, at: usize) -> Result<bool, Failure> {
        match self.any(at) {
            Some(Value::Bool(value)) => Ok(*value),
            _ => Err(self.wrong(at, "true or false")),
        }
    }

    pub(super) fn wrong(&self, at: usize, wanted: &str) -> Failure {
        let value = printed(self.any(at));
        Failure::Failed(format!("{} needs {wanted} as argument {}, not {value}", self.name, at.saturating_add(1)))
    }
}
