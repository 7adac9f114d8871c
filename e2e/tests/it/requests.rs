//! Load for tests of faults: Pods to be created in a dry run, good and bad ones in turn, each with the answer it must get.

use platlint_e2e::https::{Answer, Client, NoAnswer};
use platlint_e2e::load::{Load, Outcome};
use platlint_e2e::webhook::creation;
use serde_json::{Value, json};

/// A Pod that satisfies `resource-limits`, or one that does not.
fn pod(is_good: bool) -> Value {
    let resources = if is_good { json!({"limits": {"cpu": "100m", "memory": "64Mi"}}) } else { json!({}) };
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "load-"},
        "spec": {"containers": [{"name": "web", "image": "example.org/web:1", "resources": resources}]}})
}

/// Dry-run creations at the API server, in a namespace where `resource-limits` denies.
pub(crate) fn at_the_api_server(client: &Client, pods: &str, rate: u32) -> Load {
    let (client, path) = (client.clone(), format!("{pods}?dryRun=All"));
    Load::start(rate, move |number| {
        let (client, path) = (client.clone(), path.clone());
        let is_good = number % 2 == 0;
        Box::pin(async move {
            let headers = [("content-type", "application/json")];
            let answer = client.exchange("POST", &path, &headers, pod(is_good).to_string().into()).await;
            judge(answer, is_good)
        })
    })
}

fn judge(answer: Result<Answer, NoAnswer>, is_good: bool) -> Result<(), String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    match (is_good, answer.status) {
        (true, 201) => Ok(()),
        (false, 403) if message.contains("[resource-limits]") => Ok(()),
        (_, status) => Err(format!("{status} {message}")),
    }
}

/// Reviews sent to the webhook itself, each over a new connection made by `client`.
pub(crate) fn at_the_webhook(rate: u32, client: impl Fn() -> Client + Send + 'static) -> Load {
    Load::start(rate, move |number| {
        let client = client();
        let is_good = number % 2 == 0;
        Box::pin(async move {
            let review = creation(&pod(is_good), "pods", Some("default")).to_string();
            let headers = [("content-type", "application/json")];
            let answer = client.exchange("POST", "/validate?timeout=10s", &headers, review.into()).await;
            let answer = answer.map_err(|error| error.to_string())?;
            let body = if answer.status == 200 { answer.json() } else { Value::Null };
            if body["response"]["allowed"] == json!(is_good) { Ok(()) } else { Err(format!("{answer:?}")) }
        })
    })
}

/// Tells what became of the load, for whoever runs the tests with `--show-output`, and for the report.
pub(crate) fn told(what: &str, outcome: &Outcome) {
    println!("FAULT {what}: {outcome}");
}
