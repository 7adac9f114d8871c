//! What the configuration names, read into what the readers take: definitions, entities, actions, clusters.

use std::sync::Arc;

use platlint_config::{KnownFile, PlatformSettings};
use platlint_engine::{Gvk, Pointer, Value, ValueBuilder, expand_list};
use platlint_facts::{Doc, DocId};
use platlint_source::{Document, Limits, ReadError, Reading, SourceText};

use crate::Settings;

/// A file of the configuration that cannot be read. Whose fault it is: the platform team's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct UnreadableFile {
    /// The file as users know it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub message: String,
}

impl Settings {
    /// What the configuration knows, read. All files that cannot be read are told at once.
    pub fn of(platform: &PlatformSettings) -> Result<Self, Vec<UnreadableFile>> {
        let mut reader = FileReader::default();
        let mut settings = Self::default();
        for file in &platform.schemas {
            settings.crossplane.schemas.extend(reader.docs(file));
        }
        for file in &platform.entities {
            // Entities are YAML 1.2, as Backstage reads them.
            let known = reader.values(file, Reading::Yaml12);
            let known = known.into_iter().map(|(_, value)| value).filter(|value| !matches!(value, Value::Null));
            settings.backstage.known.extend(known);
        }
        if !platform.entities.is_empty() && settings.backstage.known.is_empty() {
            // A catalog that is known to be empty is not an unknown one.
            settings.backstage.known.push(Value::new_array());
        }
        for file in &platform.templates.actions {
            let text = String::from_utf8_lossy(&file.bytes);
            match platlint_scaffolder::read_actions(&text) {
                Ok(actions) => settings.scaffolder.actions.get_or_insert_default().extend(actions),
                Err(error) => reader.unreadable(file, 1, error.to_string()),
            }
        }
        settings.scaffolder.filters = platform.templates.filters.iter().map(|filter| filter.as_str().into()).collect();
        for file in &platform.argocd.clusters {
            let known = reader.values(file, Reading::Kubernetes);
            let clusters = settings.gitops.clusters.get_or_insert_default();
            for (_, value) in known {
                match &value {
                    Value::Array(items) => clusters.extend(items.iter().cloned()),
                    Value::Null => {}
                    _ => match expand_list(&value) {
                        Some(items) => clusters.extend(items.into_iter().map(|(_, item)| item)),
                        None => clusters.push(value),
                    },
                }
            }
        }
        settings.gitops.repositories.clone_from(&platform.repositories);
        if reader.unreadable.is_empty() { Ok(settings) } else { Err(reader.unreadable) }
    }
}

#[derive(Default)]
struct FileReader {
    builder: ValueBuilder,
    unreadable: Vec<UnreadableFile>,
}

impl FileReader {
    fn unreadable(&mut self, file: &KnownFile, line: u32, message: String) {
        self.unreadable.push(UnreadableFile { file: file.name.clone(), line, message });
    }

    /// The documents of a file by index, as far as they can be read.
    fn values(&mut self, file: &KnownFile, reading: Reading) -> Vec<(u32, Value)> {
        let text = match SourceText::decode(file.bytes.to_vec()) {
            Ok(text) => text,
            Err(error) => {
                self.unreadable(file, 1, error.to_string());
                return Vec::new();
            }
        };
        let mut values = Vec::new();
        for chunk in text.split() {
            let read = Document::parse(text.as_str(), chunk, &Limits::default())
                .and_then(|document| document.build(reading, &mut self.builder));
            match read {
                Ok(value) => values.push((chunk.index, value)),
                Err(error) => {
                    let ReadError { span, .. } = &error;
                    self.unreadable(file, text.position(span.start as usize).line, error.to_string());
                }
            }
        }
        values
    }

    /// The objects of a file; what is no object is passed over, since folders of schemas hold other files, too.
    fn docs(&mut self, file: &KnownFile) -> Vec<Arc<Doc>> {
        let mut docs = Vec::new();
        for (document, value) in self.values(file, Reading::Kubernetes) {
            let mut add = |at: Pointer, object: &Value| {
                let Some(gvk) = Gvk::of(object) else { return };
                let id = DocId { file: file.name.clone(), document, at };
                docs.push(Arc::new(Doc {
                    id,
                    gvk,
                    object: object.clone(),
                    folder: None,
                    maker: None,
                    namespace: None,
                }));
            };
            match expand_list(&value) {
                Some(items) => items.into_iter().for_each(|(at, item)| add(at, &item)),
                None => add(Pointer::root(), &value),
            }
        }
        docs
    }
}
