//! What the configuration adds.

use std::path::PathBuf;

use platlint_engine::Value;

/// What is known beside the documents themselves.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Checkouts by the URL of their repository, as the user wrote it; folders are absolute. Where two URLs mean the same
    /// repository, the first counts.
    pub repositories: Vec<(String, PathBuf)>,
    /// The clusters that Argo CD knows, each `{name, server, metadata: {labels, annotations}}`, or a Secret labelled
    /// `argocd.argoproj.io/secret-type: cluster`; `None` where no file names them.
    pub clusters: Option<Vec<Value>>,
}
