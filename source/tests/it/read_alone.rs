//! Every node's range is exact: cut out of the file and read alone, it gives the node's value.
//!
//! A node that begins in the middle of a line loses its indentation when it is cut out. It gets as many blanks before
//! its first line as there are characters before it in its own line, so all its lines stand in their old columns. A block
//! scalar (`|`, `>`) cannot stand alone, because the indentation of its content counts from its parent's: it is read as
//! the value of a key `k` in the column of its parent. A plain scalar in brackets, where a colon may end it, is read in
//! brackets. Tag and anchor are cut out with their node. Left out are nodes with
//! an alias in them, because the anchor stands elsewhere, and values that are not written.

use platlint_source::{Build, Document, Kind, Limits, Node, Reading, SourceText, Span, Style};

use crate::canonical::{self, Canonical};
use crate::generator;

#[test]
fn every_node_cut_out_and_read_alone_gives_its_value() {
    let mut checked = 0;
    let mut left_out = 0;
    for seed in 0..3_000 {
        let text = SourceText::from(generator::stream(seed));
        for chunk in text.split() {
            let Ok(document) = Document::parse(text.as_str(), chunk, &Limits::default()) else { continue };
            if document.build(Reading::Kubernetes, &mut Canonical).is_err() {
                // What the cluster refuses as a whole has no value to compare with.
                continue;
            }
            walk(None, document.root(), &mut |parent, node| match check(&text, parent, node) {
                Outcome::Same => checked += 1,
                Outcome::LeftOut => left_out += 1,
                Outcome::Different { cut, ours, whole } => {
                    panic!(
                        "seed {seed}: cut {cut:?}\n gives {ours}\n not   {whole}\nin {}",
                        chunk.span.slice(text.as_str())
                    )
                }
            });
        }
    }
    assert!(checked > 50_000 && left_out < checked / 5, "{checked} nodes checked, {left_out} left out");
}

enum Outcome {
    Same,
    LeftOut,
    Different { cut: String, ours: String, whole: String },
}

fn walk<'d>(parent: Option<Node<'d>>, node: Node<'d>, visit: &mut impl FnMut(Option<Node<'d>>, Node<'d>)) {
    visit(parent, node);
    if node.is_alias() {
        return;
    }
    node.items().for_each(|item| walk(Some(node), item, visit));
    for (key, value) in node.written_entries() {
        walk(Some(node), key, visit);
        walk(Some(node), value, visit);
    }
}

fn check(text: &SourceText, parent: Option<Node<'_>>, node: Node<'_>) -> Outcome {
    if node.is_left_out() || has_alias(node) {
        return Outcome::LeftOut;
    }
    let Ok(mut whole) = value_of(node) else { return Outcome::LeftOut };
    let column = |span: Span| " ".repeat(usize::try_from(text.position(span.range().start).column - 1).unwrap());
    let span = node.span_with_properties();
    let written = span.slice(text.as_str());
    let cut = match (node.style(), parent) {
        (Style::Literal | Style::Folded, Some(parent)) => {
            whole = format!("{{\"k\":{whole}}}");
            format!("{}k: {written}\n", column(parent.span()))
        }
        (Style::Plain, Some(parent)) if parent.style() == Style::Flow && !node.is_alias() => {
            whole = format!("[{whole}]");
            format!("{}[{written}]\n", column(Span::new(span.start - 1, span.end)))
        }
        _ => format!("{}{written}\n", column(span)),
    };
    let ours = match canonical::value(&cut, Reading::Kubernetes) {
        Ok(value) => value,
        Err(error) => error.to_string(),
    };
    if ours == whole { Outcome::Same } else { Outcome::Different { cut, ours, whole } }
}

fn has_alias(node: Node<'_>) -> bool {
    let mut found = false;
    walk(None, node, &mut |_, node| found |= node.is_alias());
    found
}

/// The node's value, by way of the handles.
fn value_of(node: Node<'_>) -> Result<String, String> {
    let mut builder = Canonical;
    let value = value(node, &mut builder)?;
    Ok(value.to_string())
}

fn value(node: Node<'_>, builder: &mut Canonical) -> Result<std::rc::Rc<str>, String> {
    use platlint_source::Scalar;
    Ok(match node.kind() {
        Kind::Scalar => match node.scalar(Reading::Kubernetes).map_err(|error| error.to_string())? {
            Scalar::Null => builder.null(),
            Scalar::Bool(value) => builder.bool(value),
            Scalar::Int(value) => builder.int(value),
            Scalar::Uint(value) => builder.uint(value),
            Scalar::Float(value) => builder.float(value),
            Scalar::Str(text) => builder.string(&text),
        },
        Kind::Sequence => {
            let items: Result<Vec<_>, _> = node.items().map(|item| value(item, builder)).collect();
            builder.sequence(items?.drain(..))
        }
        Kind::Mapping => {
            let mut entries = Vec::new();
            for entry in node.entries(Reading::Kubernetes).map_err(|error| error.to_string())? {
                entries.push((entry.key.into_owned(), value(entry.value, builder)?));
            }
            builder.mapping(entries.drain(..))
        }
    })
}
