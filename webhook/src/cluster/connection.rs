//! How the API server is reached.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

/// Why the API server cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The kubeconfig given by the user cannot be used.
    #[error("kubeconfig {0}: {1}")]
    Kubeconfig(PathBuf, #[source] Box<kube::config::KubeconfigError>),
    /// We do not run in a Pod with a ServiceAccount's token, and no kubeconfig was given.
    #[error("neither --kubeconfig nor a ServiceAccount's token is there: {0}")]
    InCluster(#[source] Box<kube::config::InClusterError>),
    /// No client can be made of it.
    #[error("no client can be made: {0}")]
    Client(#[source] Box<kube::Error>),
    /// The thread or its runtime cannot be started.
    #[error("cannot start: {0}")]
    Thread(#[from] std::io::Error),
}

/// How to reach the API server: by a kubeconfig, or as a Pod.
pub async fn client_config(kubeconfig: Option<&Path>) -> Result<Config, ConnectionError> {
    let mut config = match kubeconfig {
        None => Config::incluster().map_err(|error| ConnectionError::InCluster(Box::new(error)))?,
        Some(path) => {
            let broken = |error| ConnectionError::Kubeconfig(path.to_owned(), Box::new(error));
            let read = Kubeconfig::read_from(path).map_err(broken)?;
            Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.map_err(broken)?
        }
    };
    config.connect_timeout = Some(Duration::from_secs(5));
    // The environment's proxy is the way to registries. The API server is asked directly, as by every webhook.
    config.proxy_url = None;
    Ok(config)
}
