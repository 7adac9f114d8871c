//! How the server stands in the cluster: what it is sent, what it may know, by whom it is found.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::admission::Mode;
use crate::cluster::webhooks::{FailurePolicy, Parameters};
use crate::cluster::{CaBundle, ControllerError, Controllers, Lifetimes, Opened, Settings};

/// Flags about the cluster.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cluster")]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line, each on its own")]
pub struct ClusterArgs {
    /// Use no API server at all: nothing is known of other objects, nothing is written. Needs --tls-cert.
    #[arg(long, env = "PLATLINT_NO_CLUSTER")]
    pub no_cluster: bool,
    /// Watch no objects: rules see none but the one under review, as `platlint check` sees a file, and no controller is proved.
    #[arg(long, env = "PLATLINT_NO_KNOWLEDGE")]
    pub no_knowledge: bool,
    /// How to reach the API server [default: as a Pod does].
    #[arg(long, env = "PLATLINT_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The namespace this server runs in. Its objects are never judged.
    #[arg(long, env = "PLATLINT_NAMESPACE", value_name = "NS", default_value = "platlint")]
    pub namespace: String,
    /// The Service by which the API server reaches it.
    #[arg(long, env = "PLATLINT_SERVICE", value_name = "NAME", default_value = "platlint-webhook")]
    pub service: String,
    /// The Service's port.
    #[arg(long, env = "PLATLINT_SERVICE_PORT", value_name = "PORT", default_value_t = 443)]
    pub service_port: u16,
    /// `https://host:port` instead of the Service, for a server outside the cluster.
    #[arg(long, env = "PLATLINT_WEBHOOK_URL", value_name = "URL")]
    pub webhook_url: Option<String>,
    /// The ServiceAccount it runs as; its own requests are not judged.
    #[arg(long, env = "PLATLINT_SERVICE_ACCOUNT", value_name = "NAME", default_value = "platlint-webhook")]
    pub service_account: String,
    /// This replica's name, for the election [default: the host's name].
    #[arg(long, env = "PLATLINT_POD", value_name = "NAME")]
    pub pod: Option<String>,
    /// Whether the elected replica keeps the webhook configurations in step with the rules.
    #[arg(long, env = "PLATLINT_MANAGE_WEBHOOKS", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub manage_webhooks: bool,
    /// A namespace that is never judged, besides kube-system, kube-node-lease and the own one. May be repeated.
    #[arg(long, env = "PLATLINT_EXEMPT_NAMESPACE", value_name = "NS", value_delimiter = ',')]
    pub exempt_namespace: Vec<String>,
    /// What becomes of a request when the server cannot answer [default: fail, and ignore in another mode than enforce].
    #[arg(long, env = "PLATLINT_FAILURE_POLICY", value_enum)]
    pub failure_policy: Option<OnFailure>,
    /// The same for mutation; what was not changed is still judged.
    #[arg(long, env = "PLATLINT_MUTATING_FAILURE_POLICY", value_enum, default_value = "ignore")]
    pub mutating_failure_policy: OnFailure,
    /// Seconds the API server waits for a verdict.
    #[arg(long, env = "PLATLINT_VALIDATING_TIMEOUT", value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=30))]
    pub validating_timeout: u8,
    /// Seconds the API server waits for a mutation.
    #[arg(long, env = "PLATLINT_MUTATING_TIMEOUT", value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=30))]
    pub mutating_timeout: u8,
    /// The authority of --tls-cert, PEM, to be written into the webhook configurations; without it the field is left to
    /// somebody else, such as cert-manager.
    #[arg(long, env = "PLATLINT_TLS_CA", value_name = "FILE", requires = "tls_cert")]
    pub tls_ca: Option<PathBuf>,
    /// For tests: how long certificates hold, in seconds: authority, leaf, announcement of a new authority.
    #[arg(long, env = "PLATLINT_CERTIFICATE_LIFETIMES", value_name = "S,S,S", value_delimiter = ',', hide = true)]
    pub certificate_lifetimes: Vec<u64>,
    /// One more controller whose objects' exemptions and owners count for what it makes:
    /// `Rollout.argoproj.io=argo-rollouts:argo-rollouts` (kind and group, namespace and ServiceAccount). May be repeated.
    #[arg(long, env = "PLATLINT_CONTROLLER", value_name = "KIND.GROUP=NS:SA", value_delimiter = ',')]
    pub controller: Vec<String>,
    /// A namespace whose pull secrets are read, for looking up the images of its own Pods; `*` for all. Needs `list` and
    /// `watch` on its Secrets and service accounts. May be repeated.
    #[arg(long, env = "PLATLINT_PULL_SECRETS_NAMESPACE", value_name = "NS", value_delimiter = ',')]
    pub pull_secrets_namespace: Vec<String>,
    /// List the Pods once at the start, and look up the signatures of what they run before it is asked for. Needs `list`
    /// on Pods.
    #[arg(long, env = "PLATLINT_PREFILL_IMAGES")]
    pub prefill_images: bool,
    /// Believe a controller manager that has no ServiceAccount for each of its controllers.
    #[arg(long, env = "PLATLINT_TRUST_CONTROLLER_MANAGER")]
    pub trust_controller_manager: bool,
}

/// What becomes of a request when the server cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// It fails.
    Fail,
    /// It passes unjudged.
    Ignore,
}

impl From<OnFailure> for FailurePolicy {
    fn from(on: OnFailure) -> Self {
        match on {
            OnFailure::Fail => Self::Fail,
            OnFailure::Ignore => Self::Ignore,
        }
    }
}

impl ClusterArgs {
    /// What the webhook configurations say.
    #[must_use]
    pub fn parameters(&self, mode: Mode) -> Parameters {
        let default = if mode == Mode::Enforce { FailurePolicy::Fail } else { FailurePolicy::Ignore };
        Parameters {
            namespace: self.namespace.clone(),
            service: self.service.clone(),
            port: self.service_port,
            url: self.webhook_url.clone(),
            service_account: self.service_account.clone(),
            exempt_namespaces: self.exempt_namespace.clone(),
            failure_policy: self.failure_policy.map_or(default, Into::into),
            mutating_failure_policy: self.mutating_failure_policy.into(),
            validating_timeout: self.validating_timeout,
            mutating_timeout: self.mutating_timeout,
        }
    }

    /// Everything about the cluster. `own_certificate`: it is given by --tls-cert.
    pub fn settings(&self, mode: Mode, own_certificate: bool) -> Result<Settings, ControllerError> {
        let mut controllers = Controllers::default();
        self.controller.iter().try_for_each(|flag| controllers.add(flag))?;
        if self.trust_controller_manager {
            controllers.trust_controller_manager();
        }
        let ca = match (&self.tls_ca, own_certificate) {
            (Some(file), _) => CaBundle::File(file.clone()),
            (None, true) => CaBundle::Elsewhere,
            (None, false) => CaBundle::BuiltIn,
        };
        Ok(Settings {
            webhooks: self.parameters(mode),
            manages_webhooks: self.manage_webhooks,
            ca,
            lifetimes: self.lifetimes(),
            identity: self.identity(),
            controllers,
            knows: !self.no_knowledge,
            pull_secrets: Opened::of(&self.pull_secrets_namespace),
            lists_images: self.prefill_images,
        })
    }

    fn lifetimes(&self) -> Lifetimes {
        match *self.certificate_lifetimes {
            [authority, leaf, announcement] => {
                let [authority, leaf, announcement] = [authority, leaf, announcement].map(Duration::from_secs);
                Lifetimes { authority, leaf, announcement }
            }
            _ => Lifetimes::default(),
        }
    }

    fn identity(&self) -> String {
        let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
        // With the process, where several run on one host.
        let by_host = || format!("{}-{}", host().unwrap_or_else(|| "platlint-webhook".to_owned()), std::process::id());
        self.pod.clone().filter(|pod| !pod.is_empty()).unwrap_or_else(by_host)
    }
}
