//! A run: all documents of all files on all cores, in an order that does not depend on them.
//!
//! One thread reads and splits files; workers judge batches of documents. The queue between them is short, so that at
//! most a few batches of text are in memory. A document is judged at once with what is known; if objects turn up that
//! rules wanted to know of, or images had to be looked up, the documents that asked are read and judged again with them.

mod first;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, bounded};
use globset::GlobMatcher;
use platlint_catalog::Platform;
use platlint_engine::{Evaluator, Facts, Inventory, Level, Pointer, PolicySet, Severity, Situation, Value};
use platlint_source::{Chunk, SourceText};

use self::first::First;
use crate::exit::Failure;
use crate::images::Images;
use crate::input::{Content, InputFile, Unreadable, real};
use crate::judge::{Asked, InFile, Judge, Judged, KindSet, NamedImage, Outcome};
use crate::locate::fingerprint;
use crate::own_rules::{INVALID_YAML, UNREADABLE_FILE};
use crate::platform::{Around, Places, PlatformFiles};
use crate::report::{Exempted, Fault, Finding, Place, Report, Spot, Summary, Undecided};

/// Text of one batch, in bytes: large enough that the queue costs nothing, small enough that two workers share one file.
const BATCH_BYTES: u32 = 32 * 1024;
/// Batches that wait for each worker.
const QUEUE_PER_WORKER: usize = 4;

/// Documents with findings for which fixes are worked out at most: half a second's work.
const MOST_PROPOSALS: usize = 1_000;

/// What a run needs to know.
pub(crate) struct Run {
    pub set: Arc<PolicySet>,
    pub situation: Situation,
    pub threads: NonZeroUsize,
    /// Namespace of documents that name none, from the command line.
    pub namespace: Option<String>,
    /// Namespaces by file, from the configuration: patterns of absolute paths.
    pub namespaces: Vec<(GlobMatcher, String)>,
    /// What is known of images, or where to ask.
    pub images: Images,
    /// What the run may know of platform files; `None` where no rule asks.
    pub platform: Option<PlatformFiles>,
}

/// What was found out for rules beside the documents themselves.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Other objects, and the catalog.
    pub facts: Facts,
    /// What platform files say of each other.
    pub platform: Option<Platform>,
    /// The catalog as rules see it, where it is known.
    entities: Option<Value>,
    /// Files, by position, that are no manifests but what tools make some of.
    pub sources: BTreeSet<usize>,
}

impl Gathered {
    fn around(&self) -> Around<'_> {
        self.platform.as_ref().map_or(Around::Silent, Around::Known)
    }
}

/// Documents of one file, to be judged together.
struct Batch {
    file: usize,
    text: Arc<SourceText>,
    chunks: Vec<Chunk>,
}

/// Which documents a pass is about.
#[derive(Clone, Copy)]
enum Part<'p> {
    /// All of them.
    All,
    /// Those of the files from this position on.
    From(usize),
    /// These, by file and index.
    Documents(&'p BTreeSet<(usize, u32)>),
}

impl Part<'_> {
    fn has_file(self, file: usize) -> bool {
        match self {
            Self::All => true,
            Self::From(first) => file >= first,
            Self::Documents(documents) => documents.range((file, 0)..=(file, u32::MAX)).next().is_some(),
        }
    }

    fn has(self, document: (usize, u32)) -> bool {
        match self {
            Self::All | Self::From(_) => true,
            Self::Documents(documents) => documents.contains(&document),
        }
    }
}

/// Documents by file and index. Boxed: the tree's nodes are half empty.
type Results = BTreeMap<(usize, u32), Box<Judged>>;

impl Run {
    /// Judges every document and counts.
    pub(crate) fn over(&self, files: &[InputFile]) -> Result<Report, Failure> {
        Ok(self.with_facts(files)?.0)
    }

    /// Judges every document and counts; also gives what rules were told beside the documents.
    pub(crate) fn with_facts(&self, files: &[InputFile]) -> Result<(Report, Gathered), Failure> {
        let First { files: all, written, mut results, broken, mut gathered, findings, undecided } = self.first(files);
        let files = &*all;
        let mut inventory = Inventory::default();
        let mut turned_up = KindSet::default();
        let mut images = Vec::new();
        let mut again = BTreeSet::new();
        for (key, judged) in &mut results {
            judged.kept.drain(..).for_each(|review| inventory.add(&review));
            turned_up.extend(judged.kept_kinds);
            if !judged.awaits_platform.is_empty() {
                again.insert(*key);
            }
            if !judged.images.is_empty() {
                again.insert(*key);
                images.extend(judged.images.drain(..).map(|named| named.image));
            }
        }
        self.images.look_up(images)?;
        gathered.facts = Facts::new(&inventory, gathered.entities.clone());
        again.extend(results.iter().filter(|(_, judged)| judged.wants.meets(turned_up)).map(|(key, _)| *key));
        let at_rest = self.at_rest(&mut results, &gathered, turned_up);
        again.retain(|key| !at_rest.contains(key));
        if !again.is_empty() {
            let part = Part::Documents(&again);
            let (judged_again, _) = self.pass(files, &gathered, gathered.around(), part, Asked::Verdict);
            for key in again.iter().filter(|key| !judged_again.contains_key(key)) {
                results.entry(*key).or_default().findings.extend(files.get(key.0).map(|file| changed(file, key.1)));
            }
            results.extend(judged_again);
        }
        let mut report = Report::default();
        report.summary.files = written - broken.keys().filter(|position| **position < written).count();
        // Exactly: a report of 55,000 findings is most of the memory of a run, and growing would double it.
        let found: usize = results.values().map(|judged| judged.findings.len()).sum();
        report.findings.reserve_exact(broken.len() + found);
        report.findings.extend(broken.into_values());
        for (_, judged) in results {
            collect(*judged, &mut report);
        }
        report.findings.extend(findings);
        report.undecided.extend(undecided);
        settle(&mut report);
        Ok((report, gathered))
    }

    /// Every image that a document names, in the files' order, whatever rules say of it; and what cannot be read.
    pub(crate) fn named_images(&self, files: &[InputFile]) -> (Vec<NamedImage>, Vec<Finding>) {
        let First { files: all, results, broken, gathered, findings, .. } = self.first(files);
        // What is judged as something else is named there.
        let judged: BTreeSet<(usize, u32)> = results.into_keys().collect();
        let (results, _) = self.pass(&all, &gathered, Around::Silent, Part::Documents(&judged), Asked::Images);
        let mut images = Vec::new();
        let mut findings: Vec<Finding> = broken.into_values().chain(findings).collect();
        for judged in results.into_values() {
            images.extend(judged.images);
            findings.extend(judged.findings);
        }
        (images, findings)
    }

    /// Says of each finding how it would be fixed. Only where this is asked of few documents: it costs as much as judging
    /// them once more, and large runs are read by programs that want none of it.
    pub(crate) fn propose_fixes(&self, files: &[InputFile], gathered: &Gathered, report: &mut Report) {
        let rules = self.set.rules().iter().filter(|rule| rule.meta.fix.is_some() && rule.patches());
        let rules: BTreeSet<&str> = rules.map(|rule| &*rule.meta.id).collect();
        let positions: HashMap<Arc<str>, usize> =
            files.iter().enumerate().map(|(position, file)| (file.name.clone(), position)).collect();
        // What was rendered has no text of its own that could be repaired.
        let written = |finding: &Finding| finding.spot.origin.is_none();
        let key = |finding: &Finding| {
            let position = positions.get(&finding.spot.file).filter(|_| written(finding))?;
            Some((*position, finding.spot.document))
        };
        let asked = report.findings.iter().filter(|finding| rules.contains(&*finding.rule));
        let asked: BTreeSet<(usize, u32)> = asked.filter_map(key).collect();
        if asked.is_empty() || asked.len() > MOST_PROPOSALS {
            return;
        }
        let part = Part::Documents(&asked);
        let (judged, _) = self.pass(files, gathered, gathered.around(), part, Asked::VerdictWithFixes);
        let mut fixes = HashMap::new();
        for ((position, document), judged) in judged {
            for finding in judged.findings.into_iter().filter(|finding| finding.fix.is_some()) {
                fixes.insert((position, document, finding.rule, finding.fingerprint.0), finding.fix);
            }
        }
        for finding in &mut report.findings {
            let Some((position, document)) = key(finding) else { continue };
            let fix = fixes.get(&(position, document, finding.rule.clone(), finding.fingerprint.0));
            finding.fix = fix.cloned().flatten();
        }
    }

    /// Judges a part of all documents.
    fn pass(
        &self,
        files: &[InputFile],
        gathered: &Gathered,
        around: Around<'_>,
        part: Part<'_>,
        asked: Asked,
    ) -> (Results, BTreeMap<usize, Finding>) {
        let places = Places::of(files);
        let results = Mutex::new(Results::new());
        let (send, receive) = bounded::<Batch>(self.threads.get() * QUEUE_PER_WORKER);
        let work = |batches: Receiver<Batch>| {
            let evaluator = Evaluator::new(self.set.clone());
            let situation = self.situation.clone();
            let judge = Judge::new(evaluator, situation, &gathered.facts, &self.images, (around, &places), asked);
            self.work(files, judge, &batches, &results);
        };
        let work = &work;
        let broken = std::thread::scope(|scope| {
            // A worker for each of the first batches: starting one takes longer than judging a small file. The queue is held on to
            // only while there may be more of them: if all of them died, sending must fail and not wait.
            let mut to_start = self.threads.get();
            let mut queue = Some(receive);
            // What sends goes with the last batch; workers stop when nobody can fill the queue any more.
            feed(files, part, move |batch| {
                if let Some(batches) = queue.clone() {
                    scope.spawn(move || work(batches));
                    to_start -= 1;
                }
                if to_start == 0 {
                    queue = None;
                }
                send.send(batch).is_ok()
            })
        });
        (results.into_inner().unwrap_or_else(PoisonError::into_inner), broken)
    }

    fn work(&self, files: &[InputFile], mut judge: Judge<'_>, batches: &Receiver<Batch>, results: &Mutex<Results>) {
        for Batch { file: position, text, chunks } in batches {
            let Some(file) = files.get(position) else { continue };
            let namespace = self.namespace_of(file);
            let folder: Option<Arc<Path>> = judge.wants_folders().then(|| file.folder()).flatten().map(Into::into);
            let made = file.made.as_deref();
            let in_file = InFile { name: &file.name, text: &text, namespace, folder: folder.as_ref(), made };
            let judged: Vec<_> = chunks
                .into_iter()
                .map(|chunk| {
                    let key = (position, chunk.index);
                    let mut judged = Box::new(judge.judge(&in_file, chunk));
                    // All findings of a run are kept to its end, and a list that grew has room for as many again.
                    judged.findings.shrink_to_fit();
                    (key, judged)
                })
                .collect();
            // Poisoned or not, no result may be lost: it would look like a document without findings.
            results.lock().unwrap_or_else(PoisonError::into_inner).extend(judged);
        }
    }

    pub(crate) fn namespace_of<'n>(&'n self, file: &'n InputFile) -> Option<&'n str> {
        if let Some(made) = &file.made
            && let Some(namespace) = &made.namespace
        {
            return Some(namespace);
        }
        let configured = || {
            let path = match (&file.made, &file.content) {
                // The configuration speaks of files that somebody wrote.
                (Some(made), _) => real(&std::path::absolute(&**made.file()).ok()?),
                (None, Content::Path(path) | Content::Edited { path, .. }) => real(&std::path::absolute(path).ok()?),
                (None, Content::Bytes(_)) => std::path::absolute(&*file.name).ok()?,
            };
            self.namespaces.iter().find(|(files, _)| files.is_match(&path)).map(|(_, namespace)| namespace.as_str())
        };
        if self.namespaces.is_empty() { None } else { configured() }.or(self.namespace.as_deref())
    }
}

/// Reads files, splits them into batches and hands these out. Returns a finding for each file that cannot be read.
fn feed(files: &[InputFile], part: Part<'_>, mut send: impl FnMut(Batch) -> bool) -> BTreeMap<usize, Finding> {
    let mut broken = BTreeMap::new();
    for (position, file) in files.iter().enumerate().filter(|(position, _)| part.has_file(*position)) {
        let text = match file.read() {
            Ok(text) => Arc::new(text),
            Err(error) => {
                broken.insert(position, unreadable_file(file, &error));
                continue;
            }
        };
        let mut chunks = Vec::new();
        let mut bytes = 0_u32;
        for chunk in text.split() {
            if !part.has((position, chunk.index)) {
                continue;
            }
            bytes += chunk.span.end - chunk.span.start;
            chunks.push(chunk);
            if bytes >= BATCH_BYTES {
                bytes = 0;
                let batch = Batch { file: position, text: text.clone(), chunks: std::mem::take(&mut chunks) };
                if !send(batch) {
                    return broken;
                }
            }
        }
        if !chunks.is_empty() && !send(Batch { file: position, text, chunks }) {
            return broken;
        }
    }
    broken
}

/// The finding for a document that was there, and is not when it is to be judged with the others.
fn changed(file: &InputFile, document: u32) -> Finding {
    let error = Unreadable::Io(std::io::Error::other("it changed while it was checked"));
    let mut finding = unreadable_file(file, &error);
    finding.spot.document = document;
    finding
}

fn unreadable_file(file: &InputFile, error: &Unreadable) -> Finding {
    let (rule, line, column) = match error {
        Unreadable::Text { line, column, .. } => (INVALID_YAML.id, *line, *column),
        Unreadable::Io(_) => (UNREADABLE_FILE.id, 1, 1),
    };
    let place = Place { line, column, end_line: line, end_column: column };
    let message = error.to_string();
    Finding {
        rule: rule.into(),
        level: Level::Error,
        severity: Severity::Medium,
        fingerprint: fingerprint(&file.name, None, &Value::Null, rule, &Pointer::root(), &message),
        message,
        spot: Spot { file: file.name.clone(), document: 0, place, path: String::new(), object: None, origin: None },
        related: Vec::new(),
        help: None,
        fix: None,
    }
}

fn collect(judged: Judged, report: &mut Report) {
    match judged.outcome {
        Outcome::Judged | Outcome::Unreadable => report.summary.documents += 1,
        Outcome::Skipped => report.summary.skipped += 1,
    }
    report.findings.extend(judged.findings);
    report.undecided.extend(judged.undecided);
    report.exempted.extend(judged.exempted);
    report.faults.extend(judged.faults);
    report.allowed_images.extend(judged.allowed);
}

/// Whether two rendered things were made of one place.
fn is_same_made(later: &Spot, first: &Spot, rule_of_later: &str, rule_of_first: &str) -> bool {
    (later.origin.is_some() || first.origin.is_some())
        && rule_of_later == rule_of_first
        && (&later.file, later.place) == (&first.file, first.place)
}

/// Puts everything in its order and counts.
pub(crate) fn settle(report: &mut Report) {
    fn key<'k>(spot: &'k Spot, rule: &'k str, text: &'k str) -> impl Ord + 'k {
        (&spot.file, spot.document, spot.place.line, spot.place.column, rule, &spot.path, text)
    }
    report
        .findings
        .sort_by(|a: &Finding, b: &Finding| key(&a.spot, &a.rule, &a.message).cmp(&key(&b.spot, &b.rule, &b.message)));
    report.undecided.sort_by(|a: &Undecided, b: &Undecided| {
        key(&a.spot, &a.rule, &a.reason).cmp(&key(&b.spot, &b.rule, &b.reason))
    });
    report.exempted.sort_by(|a: &Exempted, b: &Exempted| {
        key(&a.spot, &a.rule, &a.message).cmp(&key(&b.spot, &b.rule, &b.message))
    });
    report.faults.sort_by(|a: &Fault, b: &Fault| {
        (&a.file, a.document, &a.rule, &a.message).cmp(&(&b.file, b.document, &b.rule, &b.message))
    });
    // What is rendered several times of one line is wrong once.
    report.findings.dedup_by(|later, first| {
        is_same_made(&later.spot, &first.spot, &later.rule, &first.rule) && later.message == first.message
    });
    report.undecided.dedup_by(|later, first| {
        is_same_made(&later.spot, &first.spot, &later.rule, &first.rule) && later.reason == first.reason
    });
    report.exempted.dedup_by(|later, first| {
        is_same_made(&later.spot, &first.spot, &later.rule, &first.rule) && later.message == first.message
    });
    let count = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    report.summary = Summary {
        errors: count(Level::Error),
        warnings: count(Level::Warn),
        audits: count(Level::Audit),
        undecided: report.undecided.len(),
        exempted: report.exempted.len(),
        ..report.summary
    };
}
