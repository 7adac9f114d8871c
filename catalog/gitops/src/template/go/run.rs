//! Runs a parsed template.

use std::collections::HashMap;

use serde_json::Value;

use super::super::{Failure, Parameters, Rendered, Unresolved};
use super::functions;
use super::parse::{Node, Operand, Pipeline};
use super::values::{Datum, is_true, printed, size};

/// More steps are not taken; templates of Applications take some ten.
const MOST_STEPS: usize = 50_000;
/// Longer results are not made.
const LONGEST: usize = 512 * 1024;
/// More bytes of values are not handed around in one run, so that a text cannot double itself without end.
const MOST_HANDED: usize = 16 * 1024 * 1024;

/// The text that comes out.
pub(super) fn run(nodes: &[Node], parameters: &Parameters, strict: bool) -> Result<Rendered, Failure> {
    let root = Value::Object(parameters.clone());
    let mut run = Run {
        root: &root,
        strict,
        variables: vec![HashMap::new()],
        out: String::new(),
        missing: Vec::new(),
        unresolved: Vec::new(),
        steps: 0,
        handed: 0,
    };
    run.nodes(nodes, &Some(root.clone()))?;
    Ok(Rendered { text: run.out, unresolved: run.unresolved })
}

/// How a list of nodes ended.
#[derive(PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

struct Run<'r> {
    root: &'r Value,
    strict: bool,
    variables: Vec<HashMap<String, Datum>>,
    out: String,
    /// Chains of the running pipeline that led to nothing.
    missing: Vec<Unresolved>,
    unresolved: Vec<Unresolved>,
    steps: usize,
    handed: usize,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Datum) -> Result<Flow, Failure> {
        self.variables.push(HashMap::new());
        let mut flow = Flow::Next;
        for node in nodes {
            flow = self.node(node, dot)?;
            if flow != Flow::Next {
                break;
            }
        }
        self.variables.pop();
        Ok(flow)
    }

    fn node(&mut self, node: &Node, dot: &Datum) -> Result<Flow, Failure> {
        self.step()?;
        match node {
            Node::Text(text) => self.print(text)?,
            Node::Action(pipeline) => {
                self.missing.clear();
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    if matches!(value, None | Some(Value::Null)) {
                        self.unresolved.append(&mut self.missing);
                    }
                    let text = printed(value.as_ref());
                    self.print(&text)?;
                } else {
                    self.set(pipeline, [value])?;
                }
            }
            Node::If(branches) | Node::With(branches) => {
                for (condition, body) in branches {
                    let Some(condition) = condition else { return self.nodes(body, dot) };
                    self.variables.push(HashMap::new());
                    let value = self.pipeline(condition, dot)?;
                    let flow = if is_true(value.as_ref()) {
                        self.set(condition, [value.clone()])?;
                        let inner = if matches!(node, Node::With(_)) { &value } else { dot };
                        Some(self.nodes(body, inner)?)
                    } else {
                        None
                    };
                    self.variables.pop();
                    if let Some(flow) = flow {
                        return Ok(flow);
                    }
                }
            }
            Node::Range(pipeline, body, otherwise) => return self.range(pipeline, body, otherwise, dot),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn range(&mut self, pipeline: &Pipeline, body: &[Node], otherwise: &[Node], dot: &Datum) -> Result<Flow, Failure> {
        let items: Vec<(Value, Value)> = match self.pipeline(pipeline, dot)? {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.into_iter().enumerate().map(|(index, item)| (Value::from(index), item)).collect()
            }
            Some(Value::Object(map)) => map.into_iter().map(|(key, value)| (Value::String(key), value)).collect(),
            Some(Value::Number(count)) if !count.is_f64() => {
                let count = count.as_i64().unwrap_or_default().clamp(0, i64::try_from(MOST_STEPS).unwrap_or(0));
                (0..count).map(|index| (Value::from(index), Value::from(index))).collect()
            }
            Some(other) => return Err(Failure::Failed(format!("range can't iterate over {}", printed(Some(&other))))),
        };
        if items.is_empty() {
            return self.nodes(otherwise, dot);
        }
        for (key, item) in items {
            self.variables.push(HashMap::new());
            let item = Some(item);
            match pipeline.variables.len() {
                0 => {}
                1 => self.set(pipeline, [item.clone()])?,
                _ => self.set(pipeline, [Some(key), item.clone()])?,
            }
            let flow = self.nodes(body, &item)?;
            self.variables.pop();
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn set<const N: usize>(&mut self, pipeline: &Pipeline, values: [Datum; N]) -> Result<(), Failure> {
        for (name, value) in pipeline.variables.iter().zip(values) {
            let holder = if pipeline.declares {
                self.variables.last_mut()
            } else {
                self.variables.iter_mut().rev().find(|scope| scope.contains_key(name))
            };
            let Some(holder) = holder else { return Err(undefined_variable(name)) };
            hand(&mut self.handed, &value, MOST_HANDED)?;
            holder.insert(name.clone(), value);
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Datum) -> Result<Datum, Failure> {
        self.step()?;
        let mut last: Option<Datum> = None;
        for command in &pipeline.commands {
            last = Some(self.command(command, last, dot)?);
        }
        Ok(last.flatten())
    }

    fn command(&mut self, command: &[Operand], last: Option<Datum>, dot: &Datum) -> Result<Datum, Failure> {
        let Some((first, rest)) = command.split_first() else { return Ok(None) };
        let Operand::Function(name) = first else {
            if !rest.is_empty() || last.is_some() {
                return Err(Failure::Failed("an argument was given to something that is no function".to_owned()));
            }
            if matches!(first, Operand::Nil) {
                return Err(Failure::Failed("nil is not a command".to_owned()));
            }
            return self.operand(first, dot);
        };
        // These two stop at the first value that decides.
        if matches!(name.as_str(), "and" | "or") {
            let mut value = None;
            let mut values = rest.iter().map(Some).chain(last.is_some().then_some(None)).peekable();
            while let Some(operand) = values.next() {
                value = match operand {
                    Some(operand) => self.operand(operand, dot)?,
                    None => last.clone().flatten(),
                };
                if values.peek().is_none() || is_true(value.as_ref()) == (name == "or") {
                    break;
                }
            }
            return Ok(value);
        }
        let mut arguments = Vec::with_capacity(rest.len().saturating_add(1));
        for operand in rest {
            let argument = self.operand(operand, dot)?;
            hand(&mut self.handed, &argument, MOST_HANDED)?;
            arguments.push(argument);
        }
        arguments.extend(last);
        let result = functions::call(name, &arguments)?;
        hand(&mut self.handed, &result, LONGEST)?;
        Ok(result)
    }

    fn operand(&mut self, operand: &Operand, dot: &Datum) -> Result<Datum, Failure> {
        match operand {
            Operand::Field(keys) => self.field(dot.clone(), keys, "."),
            Operand::Variable(name, keys) if name.is_empty() => self.field(Some(self.root.clone()), keys, "$."),
            Operand::Variable(name, keys) => {
                let known = self.variables.iter().rev().find_map(|scope| scope.get(name)).cloned();
                let value = known.ok_or_else(|| undefined_variable(name))?;
                self.field(value, keys, &format!("${name}."))
            }
            Operand::Group(pipeline, keys) => {
                let value = self.pipeline(pipeline, dot)?;
                self.field(value, keys, ".")
            }
            Operand::Function(name) => functions::call(name, &[]),
            Operand::Literal(value) => Ok(Some(value.clone())),
            Operand::Nil => Ok(Some(Value::Null)),
        }
    }

    fn field(&mut self, start: Datum, keys: &[String], prefix: &str) -> Result<Datum, Failure> {
        let mut value = start;
        for key in keys {
            let unresolved = || {
                let name = format!("{prefix}{}", keys.join("."));
                Unresolved { text: name.clone(), name }
            };
            value = match value {
                Some(Value::Object(mut map)) => match map.remove(key) {
                    None if self.strict => return Err(Failure::Missing(unresolved())),
                    None => {
                        self.missing.push(unresolved());
                        None
                    }
                    found => found,
                },
                None if self.strict => return Err(Failure::Missing(unresolved())),
                None => None,
                // A text or a number has no fields, and neither has nil.
                Some(_) => return Err(Failure::Missing(unresolved())),
            };
        }
        Ok(value)
    }

    fn print(&mut self, text: &str) -> Result<(), Failure> {
        if self.out.len().saturating_add(text.len()) > LONGEST {
            return Err(Failure::Unsupported("a result of that length".to_owned()));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn step(&mut self) -> Result<(), Failure> {
        self.steps = self.steps.saturating_add(1);
        if self.steps > MOST_STEPS {
            Err(Failure::Unsupported("a template of so many steps".to_owned()))
        } else {
            Ok(())
        }
    }
}

/// Counts a value that is made or passed on. `most` is what this one may have.
fn hand(handed: &mut usize, value: &Datum, most: usize) -> Result<(), Failure> {
    let size = value.as_ref().map_or(0, size);
    *handed = handed.saturating_add(size);
    if size > most || *handed > MOST_HANDED {
        return Err(Failure::Unsupported("a result of that length".to_owned()));
    }
    Ok(())
}

fn undefined_variable(name: &str) -> Failure {
    Failure::Malformed { message: format!("undefined variable \"${name}\""), undefined: None }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Failure, Parameters};
    use super::super::render;

    #[test]
    fn a_value_that_doubles_itself_is_not_worked_out() {
        for step in [
            r#"printf "%s%s" $x $x"#,
            "print $x $x",
            "cat $x $x",
            "list $x $x",
            r#"join $x (list "" "" "")"#,
            r#"replace "a" $x $x"#,
            r#"regexReplaceAll "a" $x "$0$0$0""#,
        ] {
            let text = format!(r#"{{{{ $x := "aa" }}}}{{{{ range until 40 }}}}{{{{ $x = {step} }}}}{{{{ end }}}}"#);
            let long = Err(Failure::Unsupported("a result of that length".to_owned()));
            assert_eq!(render(&text, &Parameters::new(), false), long, "{step}");
        }
    }
}
