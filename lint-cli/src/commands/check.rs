//! `platlint check`: the whole way from arguments to findings and an exit status.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_config::Loaded;
use platlint_engine::{Level, Requirement, Rule};

use super::prepare::{Prepared, prepare};
use crate::args::{CheckArgs, Colour, FailOn, ImageArgs, ImageMode};
use crate::exit::{ExitStatus, Failure};
use crate::images::Images;
use crate::input::InputFile;
use crate::output::{self, Format, Sources, Style, one_line};
use crate::own_rules::{self, OwnRule};
use crate::report::{Finding, Place, Report, RuleInfo, Spot};
use crate::run::{Run, settle};

pub(super) fn run(args: &CheckArgs) -> Result<ExitStatus, Failure> {
    let outputs = args.output.iter().map(|text| output_file(text)).collect::<Result<Vec<_>, _>>()?;
    let Prepared { loaded, revision, files, mut run } = prepare(&args.run, args.images.mode)?;
    run.images = images_of(&loaded, &run, &args.images)?;
    let set = run.set.clone();
    let format = args.format.unwrap_or_else(default_format);
    let (mut report, gathered) = run.with_facts(&files)?;
    let tells_fixes = |format: Format| matches!(format, Format::Full | Format::Json);
    if tells_fixes(format) || outputs.iter().any(|(format, _)| tells_fixes(*format)) {
        run.propose_fixes(&files, &gathered, &mut report);
    }
    // The process ends with this run: giving back rules, and a catalog of ten thousand entities, piece by piece is time that
    // nobody has any use for.
    let run = &*Box::leak(Box::new(run));
    Box::leak(Box::new(gathered));
    report.revision = revision;
    report.config = loaded.path.as_deref().map(relative);
    report.findings.extend(loaded.findings.iter().map(configuration_finding));
    report.rules = set.rules().iter().map(rule_info).chain(own_rules::ALL.map(OwnRule::info)).collect();
    settle(&mut report);

    let texts = Texts(&files);
    let style = Style { colour: wants_colour(args.color), width: terminal_width() };
    let stdout = std::io::stdout();
    match output::write(format, &report, &texts, style, &mut stdout.lock()) {
        // `platlint … | head` has seen enough, but the answer stays what it is.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.map_err(Failure::io("standard output"))?,
    }
    for (format, path) in outputs {
        let mut file = std::fs::File::create(&path).map_err(Failure::io(path.display().to_string()))?;
        output::write(format, &report, &texts, Style::default(), &mut file)
            .map_err(Failure::io(path.display().to_string()))?;
    }
    if format != Format::Full {
        say_faults(&report);
    }
    say_allowed(&report);
    Ok(status(args, run, &report))
}

/// What a run knows of images. Where they are to be looked up and nothing says who may sign them, a run that passes would
/// look like an answer.
pub(super) fn images_of(loaded: &Loaded, run: &Run, args: &ImageArgs) -> Result<Images, Failure> {
    let images = Images::of_run(loaded, args.mode, args.patience)?;
    if !args.mode.is_strict() {
        return Ok(images);
    }
    let images = images.configured()?;
    let runs = |rule: &&Rule| asks_for_signatures(rule) && rule.settings.level != Level::Off;
    match run.set.rules().iter().filter(runs).find_map(|rule| rule.settings.inactive.as_ref()) {
        Some(reason) => {
            Err(Failure::Usage(format!("--images {} has nothing to decide by: {reason}", args.mode.name())))
        }
        None => Ok(images),
    }
}

fn asks_for_signatures(rule: &Rule) -> bool {
    rule.meta.requires.contains(&Requirement::ImageSignatures)
}

/// Images that pass because the configuration asks for no signature.
pub(super) fn say_allowed(report: &Report) {
    const NAMED: usize = 5;
    let count = report.allowed_images.len();
    if count == 0 {
        return;
    }
    let mut names: Vec<&str> = report.allowed_images.iter().take(NAMED).map(|image| &**image).collect();
    if count > NAMED {
        names.push("…");
    }
    let pass = if count == 1 { "1 image passes".to_owned() } else { format!("{count} images pass") };
    let said = format!("{pass} without a signature, as `images.default` allows: {}", names.join(", "));
    super::complain(&one_line(&said));
}

/// Formats for machines have no place for faults that a person at a terminal would see.
pub(super) fn say_faults(report: &Report) {
    let mut said: Vec<(&str, &str)> = Vec::new();
    for fault in &report.faults {
        if !said.contains(&(&fault.rule, &fault.message)) {
            super::complain(&format!("policy fault in {} ({}): {}", fault.rule, fault.kind, fault.message));
            said.push((&fault.rule, &fault.message));
        }
        // One fault usually strikes on every object; the first few tell enough, the report has all.
        if said.len() == 10 {
            break;
        }
    }
}

fn status(args: &CheckArgs, run: &Run, report: &Report) -> ExitStatus {
    if !report.faults.is_empty() {
        return ExitStatus::Fault;
    }
    if report.summary.documents == 0 {
        super::complain("no manifest was found to check");
        if args.require_documents {
            return ExitStatus::Fault;
        }
    }
    let fails = lacks_images(run, args.images.mode, report) || is_above(report, args.fail_on);
    if fails && !args.exit_zero { ExitStatus::Findings } else { ExitStatus::Clean }
}

/// Whether an image was not decided although the lock file or the registries were to decide it. Said on standard error,
/// because `undecided: allow` makes no finding of it.
pub(super) fn lacks_images(run: &Run, mode: ImageMode, report: &Report) -> bool {
    if !mode.is_strict() {
        return false;
    }
    let rules: Vec<&str> =
        run.set.rules().iter().filter(|rule| asks_for_signatures(rule)).map(|rule| &*rule.meta.id).collect();
    let count = report.undecided.iter().filter(|undecided| rules.contains(&&*undecided.rule)).count();
    if count > 0 {
        let places = if count == 1 { "1 place".to_owned() } else { format!("{count} places") };
        let said = format!("signatures are not decided at {places}, which fails under --images {}", mode.name());
        super::complain(&said);
    }
    count > 0
}

/// Whether anything was found at the level that fails a run.
pub(super) fn is_above(report: &Report, fail_on: FailOn) -> bool {
    let lowest = fail_on.level();
    report.findings.iter().any(|finding| finding.level >= lowest)
        || report.undecided.iter().any(|undecided| undecided.effect != Level::Off && undecided.effect >= lowest)
        || (fail_on == FailOn::Undecided && !report.undecided.is_empty())
}

fn relative(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    crate::input::name(path, &here)
}

fn configuration_finding(found: &platlint_config::ConfigFinding) -> Finding {
    let place = Place { line: found.line, column: found.column, end_line: found.line, end_column: found.column };
    let file: Arc<str> = relative(Path::new(&*found.file)).into();
    Finding {
        rule: found.rule.into(),
        level: Level::Warn,
        severity: platlint_engine::Severity::Low,
        message: found.message.clone(),
        fingerprint: crate::locate::fingerprint(
            &file,
            None,
            &platlint_engine::Value::Null,
            found.rule,
            &platlint_engine::Pointer::root(),
            &found.message,
        ),
        spot: Spot { file, document: 0, place, path: String::new(), object: None, origin: None },
        related: Vec::new(),
        help: None,
        fix: None,
    }
}

fn rule_info(rule: &platlint_engine::Rule) -> RuleInfo {
    let meta = &rule.meta;
    RuleInfo {
        id: meta.id.clone(),
        title: meta.title.clone(),
        description: meta.description.clone(),
        remedy: meta.remedy.clone(),
        severity: meta.severity,
        level: rule.settings.level,
        docs: super::rules::docs(meta),
    }
}

/// `FORMAT=FILE`.
fn output_file(text: &str) -> Result<(Format, PathBuf), Failure> {
    let wrong = |why: &str| Failure::Usage(format!("--output {text}: {why}"));
    let (format, path) =
        text.split_once('=').ok_or_else(|| wrong("write FORMAT=FILE, such as sarif=platlint.sarif"))?;
    let format = <Format as clap::ValueEnum>::from_str(format, true).map_err(|_| wrong("there is no such format"))?;
    if path.is_empty() {
        return Err(wrong("the file's name is missing"));
    }
    Ok((format, PathBuf::from(path)))
}

fn default_format() -> Format {
    if std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true") { Format::Github } else { Format::Full }
}

fn wants_colour(colour: Colour) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if is_set("NO_COLOR") => false,
        Colour::Auto => {
            std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0") || std::io::stdout().is_terminal()
        }
    }
}

fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok())
}

/// Texts for source lines: files are read once more when they are shown, so that a run need not keep them.
struct Texts<'f>(&'f [InputFile]);

impl Sources for Texts<'_> {
    fn text(&self, file: &str) -> Option<Arc<str>> {
        let found = self.0.iter().find(|input| *input.name == *file)?;
        found.read().ok().map(|text| Arc::from(text.as_str()))
    }
}

/// Writes to standard output what a command answers.
pub(super) fn answer(text: &str) -> Result<(), Failure> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
