//! Values as JavaScript sees them: truth, printing, equality and order. What is not the same here is refused.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value while rendering.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Js {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<str>),
    List(Arc<Vec<Js>>),
    /// The order in which the keys were written is not known.
    Map(Arc<BTreeMap<Arc<str>, Js>>),
    /// There is a value, but nobody knows which; this is why.
    Unknown(Arc<str>),
}

/// Why something could not be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nunjucks fails, too.
    Fails(String),
    /// Nunjucks may do something that is not imitated here.
    Undecided(String),
}

pub(crate) type Computed<T> = Result<T, Refusal>;

pub(crate) fn undecided<T>(reason: impl Into<String>) -> Computed<T> {
    Err(Refusal::Undecided(reason.into()))
}

pub(crate) fn fails<T>(reason: impl Into<String>) -> Computed<T> {
    Err(Refusal::Fails(reason.into()))
}

impl Js {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The value itself, unless nobody knows it.
    pub(crate) fn known(self) -> Computed<Self> {
        match self {
            Self::Unknown(reason) => undecided(&*reason),
            known => Ok(known),
        }
    }

    pub(crate) fn is_true(&self) -> Computed<bool> {
        Ok(match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Map(_) => true,
            Self::Unknown(reason) => return undecided(&**reason),
        })
    }

    /// `String(value)`.
    pub(crate) fn to_text(&self) -> Computed<Arc<str>> {
        Ok(match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Number(number) => number_text(*number)?.into(),
            Self::Text(text) => text.clone(),
            Self::List(items) => {
                let items: Computed<Vec<Arc<str>>> = items.iter().map(Self::printed).collect();
                items?.join(",").into()
            }
            Self::Map(_) => "[object Object]".into(),
            Self::Unknown(reason) => return undecided(&**reason),
        })
    }

    /// What an expression prints: nothing for null and undefined.
    pub(crate) fn printed(&self) -> Computed<Arc<str>> {
        match self {
            Self::Undefined | Self::Null => Ok("".into()),
            other => other.to_text(),
        }
    }

    /// `===`
    pub(crate) fn is_strictly(&self, other: &Self) -> Computed<bool> {
        Ok(match (self, other) {
            (Self::Unknown(reason), _) | (_, Self::Unknown(reason)) => return undecided(&**reason),
            (Self::List(_), Self::List(_)) | (Self::Map(_), Self::Map(_)) => {
                return undecided("lists and objects are compared by identity");
            }
            (Self::Number(left), Self::Number(right)) => is_same(*left, *right),
            _ => self == other,
        })
    }

    /// `==`
    pub(crate) fn is_loosely(&self, other: &Self) -> Computed<bool> {
        match (self, other) {
            (Self::Unknown(reason), _) | (_, Self::Unknown(reason)) => undecided(&**reason),
            (Self::Undefined | Self::Null, Self::Undefined | Self::Null) => Ok(true),
            (Self::Undefined | Self::Null, _) | (_, Self::Undefined | Self::Null) => Ok(false),
            (Self::Bool(_) | Self::Number(_), Self::Bool(_) | Self::Number(_) | Self::Text(_))
            | (Self::Text(_), Self::Bool(_) | Self::Number(_)) => Ok(is_same(self.number()?, other.number()?)),
            (Self::Text(left), Self::Text(right)) => Ok(left == right),
            _ => undecided("a list or an object is compared"),
        }
    }

    /// `Number(value)` of what is no object.
    pub(crate) fn number(&self) -> Computed<f64> {
        Ok(match self {
            Self::Undefined => f64::NAN,
            Self::Null => 0.0,
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Number(number) => *number,
            Self::Text(text) => {
                let text = text.trim_matches(super::blocks::is_space);
                let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
                match text.parse() {
                    _ if text.is_empty() => 0.0,
                    Ok(number) if is_plain => number,
                    _ if text.starts_with(|first: char| first.is_alphabetic() && first != 'I') => f64::NAN,
                    _ => return undecided("a text is taken for a number"),
                }
            }
            Self::List(_) | Self::Map(_) => return undecided("a list or an object is taken for a number"),
            Self::Unknown(reason) => return undecided(&**reason),
        })
    }

    /// How two values are ordered; `None` where no comparison holds.
    pub(crate) fn order(&self, other: &Self) -> Computed<Option<Ordering>> {
        if let (Self::Text(left), Self::Text(right)) = (self, other) {
            return if is_basic(left) && is_basic(right) {
                Ok(Some(left.cmp(right)))
            } else {
                undecided("texts with rare letters are ordered")
            };
        }
        Ok(self.number()?.partial_cmp(&other.number()?))
    }

    /// `JSON.stringify(value)`; `None` where that is undefined.
    pub(crate) fn dump(&self) -> Computed<Option<String>> {
        Ok(Some(match self {
            Self::Undefined => return Ok(None),
            Self::Null => "null".to_owned(),
            Self::Bool(_) | Self::Number(_) => self.to_text()?.to_string(),
            Self::Text(text) => quoted(text)?,
            Self::List(items) => {
                let items: Computed<Vec<String>> =
                    items.iter().map(|item| Ok(item.dump()?.unwrap_or_else(|| "null".to_owned()))).collect();
                format!("[{}]", items?.join(","))
            }
            Self::Map(map) => {
                let mut entries = Vec::new();
                for (key, value) in map.iter() {
                    if let Some(value) = value.dump()? {
                        entries.push(format!("{}:{value}", quoted(key)?));
                    }
                }
                if entries.len() > 1 {
                    return undecided("the order of an object's keys is printed");
                }
                format!("{{{}}}", entries.join(","))
            }
            Self::Unknown(reason) => return undecided(&**reason),
        }))
    }
}

/// Numbers are equal in JavaScript as they are here.
fn is_same(left: f64, right: f64) -> bool {
    left.partial_cmp(&right) == Some(Ordering::Equal)
}

/// Whether all letters are one unit of JavaScript's strings each.
pub(crate) fn is_basic(text: &str) -> bool {
    text.chars().all(|letter| u32::from(letter) <= 0xFFFF)
}

fn quoted(text: &str) -> Computed<String> {
    serde_json::to_string(text).or_else(|error| undecided(error.to_string()))
}

/// Numbers are printed alike within these bounds.
fn number_text(number: f64) -> Computed<String> {
    let size = number.abs();
    if number == 0.0 {
        return Ok("0".to_owned());
    }
    if size.is_finite() && (1e-6..1e21).contains(&size) {
        return Ok(number.to_string());
    }
    undecided("a very large or small number is printed")
}
