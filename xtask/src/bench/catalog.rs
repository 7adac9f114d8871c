//! M12: a catalog of many entities, every reference resolved. No peer does this; the goals are a time and that it grows in
//! proportion.

use super::findings::{self, Counting};
use super::usage::{self, Usage};
use super::{Places, machine};
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The row's name.
pub(super) const NAME: &str = "M12";

/// Entities of the two catalogs.
const SIZES: [usize; 2] = [10_000, 100_000];
/// Entities of one file.
const PER_FILE: usize = 100;
/// One entity in so many names a system that does not exist.
const DANGLING: usize = 500;

/// Measures both catalogs in turns; the table.
pub(super) fn section(places: &Places, runs: u32) -> Result<String> {
    let platlint = places.platlint.as_deref().context("M12 measures platlint alone")?;
    let mut catalogs = Vec::new();
    for entities in SIZES {
        let folder = places.scratch.join(format!("catalog-{entities}"));
        write_catalog(&folder, entities)?;
        catalogs.push((entities, folder, Vec::new()));
    }
    for round in 0..=runs {
        for (entities, folder, measured) in &mut catalogs {
            eprintln!("M12: {entities} entities, round {round}");
            let usage = run_once(platlint, folder, *entities)?;
            // The first round fills the caches.
            if round > 0 {
                measured.push(usage);
            }
        }
    }
    let mut text = format!(
        "**{NAME}**: a Backstage catalog in files of {PER_FILE} entities, with a snapshot, by all built-in rules; each entity has \
         an owner and a system and most depend on another; one in {DANGLING} names a system that does not exist, and these are \
         found.\n\n| entities | findings | CPU, best | CPU, median | wall, best | wall, median | peak |\n|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    for (entities, _, runs) in &catalogs {
        let milliseconds = |of: fn(&Usage) -> std::time::Duration| {
            let mut times: Vec<f64> = runs.iter().map(|run| of(run).as_secs_f64() * 1e3).collect();
            times.sort_by(f64::total_cmp);
            (times.first().copied().unwrap_or_default(), times.get(times.len() / 2).copied().unwrap_or_default())
        };
        let (cpu, wall) = (milliseconds(Usage::cpu), milliseconds(Usage::wall));
        let peak = runs.iter().map(|run| run.peak).max().unwrap_or_default() / 1024;
        let _ = writeln!(
            text,
            "| {entities} | {} | {:.0} ms | {:.0} ms | {:.0} ms | {:.0} ms | {peak} MiB |",
            entities / DANGLING,
            cpu.0,
            cpu.1,
            wall.0,
            wall.1
        );
    }
    let _ = writeln!(text, "\n{}", machine::describe(places, runs)?);
    Ok(text)
}

fn run_once(platlint: &Path, folder: &Path, entities: usize) -> Result<Usage> {
    let output = folder.with_extension("out");
    let command = [&*platlint.to_string_lossy(), "check", "--format", "json", "--render", "off", "catalog"];
    let usage = usage::of(&command.map(ToOwned::to_owned), folder, &output)?;
    if let Some(fault) = usage.fault(&output.with_extension("err")) {
        bail!("platlint on {entities} entities: {fault}");
    }
    let found = findings::count(Counting::Platlint, &output)?.context("platlint's findings are counted")?.total;
    ensure!(found == entities / DANGLING, "platlint found {found} in {entities} entities, not {}", entities / DANGLING);
    Ok(usage)
}

/// A catalog with these entities, and the configuration that names its snapshot.
fn write_catalog(folder: &Path, entities: usize) -> Result<PathBuf> {
    let files = folder.join("catalog");
    fs::create_dir_all(&files)?;
    let mut snapshot = Vec::new();
    for group in 0..entities / PER_FILE {
        snapshot.push(serde_json::json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Group",
            "metadata": {"name": format!("team-{group}")}, "spec": {"type": "team", "children": []},
        }));
        snapshot.push(serde_json::json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "System",
            "metadata": {"name": format!("system-{group}")}, "spec": {"owner": format!("team-{group}")},
        }));
    }
    fs::write(folder.join("snapshot.json"), serde_json::to_vec(&snapshot)?)?;
    fs::write(folder.join("platlint.yaml"), "version: 1\ncatalog: {entities: [snapshot.json]}\n")?;
    for file in 0..entities / PER_FILE {
        let mut text = String::new();
        for entity in file * PER_FILE..(file + 1) * PER_FILE {
            write_entity(&mut text, entity, file);
        }
        fs::write(files.join(format!("entities-{file:05}.yaml")), text)?;
    }
    Ok(files)
}

fn write_entity(text: &mut String, entity: usize, file: usize) {
    let system =
        if entity % DANGLING == DANGLING - 1 { format!("unheard-of-{entity}") } else { format!("system-{file}") };
    // Writing into a String never fails.
    let _ = write!(
        text,
        "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: component-{entity}\n  title: Component {entity}\n  \
         description: Does what component {entity} is for\n  annotations:\n    backstage.io/techdocs-ref: url:https://docs.example/{entity}\n    \
         github.com/project-slug: example/component-{entity}\n  tags: [rust, tier-2]\n  links:\n    - url: https://dashboards.example/{entity}\n      \
         title: Dashboard\nspec:\n  type: service\n  lifecycle: production\n  owner: team-{file}\n  system: {system}\n"
    );
    if !entity.is_multiple_of(PER_FILE) {
        let _ = writeln!(text, "  dependsOn:\n    - component:default/component-{}", entity - 1);
    }
}
