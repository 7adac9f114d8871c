//! Which value a template's line puts out, and where that is set.

use platlint_facts::LineOrigin;
use platlint_source::{Document, Limits, Reading, Segment, SourceText};

use super::template::Line;

/// A text of values with the place of each of its lines.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) text: SourceText,
    pub(crate) at: At,
}

/// Where a layer's lines are.
#[derive(Debug, Clone)]
pub(crate) enum At {
    /// In this file.
    File(std::sync::Arc<str>),
    /// All at this place, if it is known.
    Place(Option<LineOrigin>),
}

/// The path below `.Values` that a line puts out, where it puts out exactly that one and nothing else that could tell.
pub(crate) fn path(line: &Line) -> Option<Vec<&str>> {
    if line.branches {
        return None;
    }
    let mut only = None;
    for output in &line.outputs {
        for word in words(output)? {
            let path = word.strip_prefix("$.Values.").or_else(|| word.strip_prefix(".Values."));
            match path {
                Some(path) if only.is_none_or(|only| only == path) => only = Some(path),
                Some(_) => return None,
                None if word.starts_with(['.', '$']) || READS.contains(&word) => return None,
                None => {}
            }
        }
    }
    let path: Vec<&str> = only?.split('.').collect();
    path.iter().all(|key| !key.is_empty()).then_some(path)
}

/// Functions whose output does not come from their arguments alone.
const READS: &[&str] = &["include", "template", "tpl", "lookup", "index", "get", "dig"];

/// The words of an action outside of quotes; none where a quote is not closed.
fn words(action: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = action;
    while let Some(start) = rest.find(['"', '`', '\'']) {
        let (before, quoted) = rest.split_at(start);
        words.extend(split(before));
        let quote = quoted.chars().next()?;
        let mut behind_backslash = false;
        let end = quoted.char_indices().skip(1).find(|(_, character)| {
            let ends = *character == quote && !behind_backslash;
            behind_backslash = *character == '\\' && quote != '`' && !behind_backslash;
            ends
        });
        rest = quoted.get(end?.0 + 1..)?;
    }
    words.extend(split(rest));
    Some(words)
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || "()|,".contains(character))
        .filter(|word| !word.is_empty())
}

/// Where a value is set: in the first of `layers` that has it. For a rendered line of a map or list its own line in there.
pub(crate) fn origin(layers: &[Layer], path: &[&str], rendered: &str) -> Option<LineOrigin> {
    let segments: Vec<Segment<'_>> = path.iter().map(|key| Segment::Key(key)).collect();
    let mut nearest = None;
    for layer in layers {
        let text = layer.text.as_str();
        let Some(chunk) = layer.text.split().into_iter().next() else { continue };
        let Ok(document) = Document::parse(text, chunk, &Limits::default()) else { continue };
        let place = document.find(&segments, Reading::Kubernetes);
        let Some(value) = place.value else { continue };
        if let At::Place(at) = &layer.at {
            return at.clone();
        }
        let line = |byte: u32| layer.text.position(usize::try_from(byte).unwrap_or(usize::MAX)).line;
        let (first, last) = (line(value.start), line(value.end));
        let key = place.key.map_or(first, |key| line(key.start));
        let wanted = rendered.trim();
        let mut same = (first..=last).filter(|line| *line > key && layer.text.line_text(*line).trim() == wanted);
        match (same.next(), same.next()) {
            (Some(line), None) => return layer.line(line),
            _ if nearest.is_none() => nearest = layer.line(key),
            _ => {}
        }
        if last <= key {
            // A scalar hides the same of the layers below.
            break;
        }
    }
    nearest
}

impl Layer {
    fn line(&self, line: u32) -> Option<LineOrigin> {
        match &self.at {
            At::File(file) => Some(LineOrigin::Line { file: file.clone(), line }),
            At::Place(at) => at.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(outputs: &[&str]) -> Option<String> {
        let line = Line { outputs: outputs.iter().map(|&output| output.to_owned()).collect(), ..Line::default() };
        path(&line).map(|path| path.join("."))
    }

    #[test]
    fn knows_the_one_value_that_a_line_puts_out() {
        assert_eq!(of(&[".Values.image.tag | default \".x\" | quote"]), Some("image.tag".into()));
        assert_eq!(of(&["toYaml $.Values.resources | nindent 4"]), Some("resources".into()));
        assert_eq!(of(&[".Values.a", ".Values.a | quote"]), Some("a".into()));
    }

    #[test]
    fn knows_nothing_where_more_than_one_thing_tells() {
        for outputs in
            [&[".Values.a", ".Values.b"][..], &[".Values.a | default .Chart.Name"], &["include \"x\" .Values"]]
        {
            assert_eq!(of(outputs), None, "{outputs:?}");
        }
        assert_eq!(of(&["tpl .Values.a $"]), None);
        assert_eq!(of(&[".Values.a \"open"]), None);
        assert_eq!(of(&[".Values.a..b"]), None);
        let line = Line { outputs: vec![".Values.a".into()], branches: true, ..Line::default() };
        assert_eq!(path(&line), None);
    }

    fn layer(file: &str, text: &str) -> Layer {
        Layer { text: SourceText::from(text.to_owned()), at: At::File(file.into()) }
    }

    #[test]
    fn finds_the_layer_that_wins_and_the_line_of_an_entry() {
        let layers = [layer("prod", "a: 2\nres:\n  x: 1\n"), layer("own", "\na: 1\nres:\n  x: 0\n  y: 2\n")];
        let at = |path: &[&str], rendered| match origin(&layers, path, rendered) {
            Some(LineOrigin::Line { file, line }) => format!("{file}:{line}"),
            other => format!("{other:?}"),
        };
        assert_eq!(at(&["a"], "a: 2"), "prod:1");
        assert_eq!(at(&["res"], "    y: 2"), "own:5");
        assert_eq!(at(&["res"], "    x: 1"), "prod:3");
        assert_eq!(at(&["res"], "    z: 1"), "prod:2");
        assert_eq!(at(&["none"], "z"), "None");
    }
}
