//! The decision: one review, the facts known about it and a policy set give a verdict.
//!
//! Pure and synchronous: no network, no clock, no randomness. The two front ends, `platlint check` and the admission
//! webhook, build a [`Review`], ask [`PolicySet::needs`] what must be known, gather that as [`Facts`] and call
//! [`Evaluator::decide`]. Equal arguments give equal verdicts, byte for byte.
//!
//! Files, lines and columns are not known here: a verdict speaks in pointers into the object ([`Pointer`]), and the
//! `source` crate turns them into places.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
// Tests may fail loudly.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod ancestry;
mod before;
mod budget;
mod covering;
mod decide;
mod evaluator;
mod exemption;
mod facts;
pub mod glob;
pub mod image;
pub mod image_fields;
mod images;
mod input;
mod kinds;
mod mutation;
mod noted;
mod pointer;
pub mod policy;
mod reach;
mod review;
mod set;
pub mod suggest;
mod value;
mod verdict;

pub use ancestry::{Ancestor, Ancestry};
pub use budget::Budget;
pub use evaluator::Evaluator;
pub use exemption::{Exemption, ExemptionError, SelfExemption, SelfService, parse_self_exemption};
pub use facts::{Facts, ImageFacts, Inventory, Place};
pub use image_fields::ImageFields;
pub use images::ImageUse;
pub use input::evaluation_input;
pub use kinds::{Gvk, Scope, is_custom_group, pod_templates, scope_of};
pub use mutation::edit::{Edit, EditOp};
pub use mutation::patch::{PatchError, PatchOp, apply};
pub use mutation::{Change, Mutation, MutationScope};
pub use pointer::{Pointer, Segment};
pub use policy::{
    FixSafety, Level, Match, Mutate, Requirement, Rule, RuleMeta, RuleSettings, Severity, UndecidedEffect,
};
pub use reach::Judged;
pub use regorus::Value;
pub use review::{Namespace, NotAnObject, Operation, Review, Situation, expand_list};
pub use set::{Needs, Override, PolicySet};
pub use value::{ValueBuilder, at, get, get_str, map_of, to_json};
pub use verdict::{Exempted, Finding, PolicyFault, PolicyFaultKind, Related, Undecided, Verdict};
