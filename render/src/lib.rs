//! What Helm charts and kustomizations come to, by the user's own `helm` and `kustomize`, traced back to the files that
//! people can mend.
//!
//! [`Renderer::find`] tells which charts and kustomizations stand among the input, [`Renderer::render`] makes one of them
//! into text with the origin of its lines. What cannot be rendered is told with its reason, never left out. Charts and
//! kustomizations are input of strangers: they are rendered from a copy that holds only files of the run's own checkouts,
//! by a program that sees no environment, no cluster and no configuration of the user (docs/rendering.md tells the
//! threats and their tests). Judging the text is left to others.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod budget;
mod discover;
mod helm;
mod kustomize;
mod outcome;
mod program;
mod renderer;
mod request;
mod settings;
mod stage;
mod told;
mod tools;
mod yaml;

pub use outcome::{Failure, NotRendered, Outcome, Traced};
pub use renderer::Renderer;
pub use request::{HelmRequest, Image, KustomizeRequest, Parameter, ParameterKind, Request, Target, Tool, Values};
pub use settings::{Allow, ChartSettings, Program, Settings};
