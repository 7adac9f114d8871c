//! The project's own chart: how much of it is traced, and that what is claimed holds.

use std::path::Path;
use std::sync::Arc;

use platlint_facts::{DiskFiles, LineOrigin};
use platlint_render::{ChartSettings, Outcome, Renderer};

use crate::checkout::{files_below, rendered, settings};

#[test]
fn traces_every_line_of_the_projects_own_chart() {
    let Some(mut settings) = settings() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().canonicalize().unwrap();
    let chart = root.join("charts/platlint");
    let sets = ["default", "enforce", "archive", "git", "issuer"];
    settings.charts = vec![ChartSettings {
        base: root.clone(),
        path: "charts/*".into(),
        values: sets.iter().map(|name| vec![format!("ci/{name}.values.yaml")]).collect(),
        ..ChartSettings::default()
    }];
    let renderer = Renderer::new(settings, Arc::new(DiskFiles::below([root.as_path()], &root)));
    let targets = renderer.find(&files_below(&chart));
    let outcomes: Vec<Arc<Outcome>> = targets[0].requests.iter().map(|request| renderer.render(request)).collect();
    assert_eq!(outcomes.len(), sets.len());
    let (mut traced, mut all) = (0, 0);
    for text in outcomes.iter().flat_map(|outcome| rendered(outcome)) {
        traced += text.traced.0;
        all += text.traced.1;
        for (line, origin) in text.generated.text.lines().zip(&text.generated.lines) {
            let Some(LineOrigin::Line { file, line: number }) = origin else { continue };
            let template = std::fs::read_to_string(root.join(&**file)).unwrap();
            let written = template.lines().nth(usize::try_from(*number).unwrap() - 1).unwrap();
            // Words before the first action stand in the line, unless an action put out the line as a whole.
            let words = written.split("{{").next().unwrap().trim();
            let is_put_out = written.contains("{{");
            assert!(line.contains(words) || is_put_out, "{file}:{number} {written:?} for {line:?}");
        }
    }
    println!("{traced} of {all} lines traced");
    assert!(all > 1000 && traced * 100 >= all * 95, "{traced} of {all} lines are traced");
}
