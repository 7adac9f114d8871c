//! Sections of configurations that extend each other: the last one counts as a whole. Said, because all else under
//! `extends` is merged, and refused where it would drop every rule without a word.

use crate::images::Section;
use crate::layers::Layer;
use crate::placed::{At, Issue, Path};
use crate::problem::Problem;

/// What is to be said of sections that take the place of others.
#[derive(Default)]
pub(crate) struct Replaced {
    pub notices: Vec<String>,
    pub problems: Vec<Problem>,
}

/// Looks at the sections in the order of their layers; the last one counts.
pub(crate) fn replaced(layers: &[Layer], sections: &[Option<Section>]) -> Replaced {
    let mut said = Replaced::default();
    let mut before: Option<(&Layer, &Section)> = None;
    for (layer, section) in layers.iter().zip(sections) {
        let Some(section) = section else { continue };
        if let Some((other, old)) = before.filter(|(_, old)| old.policy.hash != section.policy.hash) {
            let file = &other.placed.file;
            if section.policy.rules.is_empty() && !old.policy.rules.is_empty() {
                let message = format!("this replaces `images` of {file} as a whole, and drops all its rules");
                let help = "repeat its `rules` here, or leave `images` out; sections are not merged".to_owned();
                let issue = Issue::new(&Path::of(["images"]), At::Key, message).with_help(Some(help));
                said.problems.push(layer.problem(issue));
            } else {
                said.notices.push(format!("{}: `images` replaces that of {file} as a whole", layer.placed.file));
            }
        }
        before = Some((layer, section));
    }
    said
}
