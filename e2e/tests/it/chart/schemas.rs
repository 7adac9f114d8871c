//! kubeconform, strict, with the schemas that this very API server publishes.

use super::{FOREIGN, all};
use platlint_e2e::control_plane::ControlPlane;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const DEFINITIONS: &str = "_definitions.json";

/// The program; none where nobody named it, which is told.
fn kubeconform() -> Option<PathBuf> {
    let program = std::env::var_os("PLATLINT_KUBECONFORM").map(PathBuf::from);
    if program.is_none() {
        println!("SKIPPED: kubeconform (`PLATLINT_KUBECONFORM` names it; `cargo xtask test e2e` does)");
    }
    program
}

/// Writes a schema for each kind, in the form that kubeconform looks for.
fn write_schemas(plane: &ControlPlane) -> PathBuf {
    let folder = plane.path("schemas");
    fs::create_dir_all(&folder).expect("a folder for schemas");
    let mut document = plane.api().get("/openapi/v2").expect("the API server's schemas");
    let definitions = document["definitions"].as_object_mut().expect("definitions");
    let mut kinds = 0;
    for (name, definition) in definitions.iter() {
        for kind in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let part = |key: &str| kind[key].as_str().unwrap_or_default().to_lowercase();
            let group = part("group");
            let group = group.split('.').next().filter(|group| !group.is_empty());
            let version = group.map_or_else(|| part("version"), |group| format!("{group}-{}", part("version")));
            let reference = json!({"$ref": format!("{DEFINITIONS}#/definitions/{name}")});
            fs::write(folder.join(format!("{}-{version}.json", part("kind"))), reference.to_string())
                .expect("a schema");
            kinds += 1;
        }
    }
    assert!(kinds > 100, "only {kinds} kinds");
    definitions.iter_mut().for_each(|(name, definition)| tighten(name, definition));
    let all = json!({"definitions": definitions});
    fs::write(folder.join(DEFINITIONS), all.to_string()).expect("the definitions");
    folder
}

/// Version 2 of the format can neither say that other keys are refused nor that a value has one of two types.
fn tighten(name: &str, definition: &mut Value) {
    let two = |other: &str| json!({"type": ["string", other]});
    if name.ends_with(".IntOrString") {
        *definition = two("integer");
    } else if name.ends_with(".Quantity") {
        *definition = two("number");
    } else if let Some(definition) = definition.as_object_mut() {
        let is_open = |definition: &Map<String, Value>| {
            definition.contains_key("additionalProperties")
                || definition.contains_key("x-kubernetes-preserve-unknown-fields")
        };
        if definition.contains_key("properties") && !is_open(definition) {
            definition.insert("additionalProperties".to_owned(), json!(false));
        }
    }
}

fn conforms(program: &Path, schemas: &Path, text: &str) -> Result<String, String> {
    let file = schemas.join("rendered.yaml");
    fs::write(&file, text).expect("a rendered chart");
    let location = schemas.join("{{.ResourceKind}}{{.KindSuffix}}.json");
    let mut command = Command::new(program);
    command.args(["-strict", "-summary", "-skip", &FOREIGN.join(","), "-schema-location"]).arg(location).arg(&file);
    let output = command.output().expect("kubeconform starts");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

#[test]
fn kubeconform_finds_nothing_in_rendered_charts() {
    let Some(plane) = crate::cluster() else { return };
    let Some(program) = kubeconform() else { return };
    let schemas = write_schemas(plane);
    for set in all() {
        let said = conforms(&program, &schemas, &set.text).unwrap_or_else(|said| panic!("{}: {said}", set.name));
        println!("{}: {said}", set.name);
        assert!(said.contains("Invalid: 0, Errors: 0"), "{}: {said}", set.name);
        let wrong = set.text.replace("\n  replicas:", "\n  replicaz:");
        let said = conforms(&program, &schemas, &wrong).expect_err("an unknown field is found");
        assert!(said.contains("replicaz"), "{said}");
    }
}
