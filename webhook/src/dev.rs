//! `--dev`: a first try on a workstation, with a certificate made for it and a command to copy.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::run::{StartError, system};
use crate::tls::Certificates;
use crate::tls::dev::Authority;

/// What was made for the try. The folder is removed when the server stops.
#[derive(Debug)]
pub struct Dev {
    folder: PathBuf,
}

/// A Pod as somebody might send it: no limits, an image by tag.
const REVIEW: &str = r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
  "uid": "first-try", "operation": "CREATE", "dryRun": false,
  "kind": {"group": "", "version": "v1", "kind": "Pod"},
  "resource": {"group": "", "version": "v1", "resource": "pods"},
  "namespace": "shop", "name": "web", "userInfo": {"username": "you"},
  "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"containers": [{"name": "web", "image": "registry.example/web:1.4"}]}}}}
"#;

/// Makes an authority and a certificate for loopback, in memory but for what a client needs: the authority's certificate,
/// and a review to send, in a new folder of the user's temporary files.
pub fn certificates(into: &Certificates) -> Result<Dev, StartError> {
    let authority = Authority::new()?;
    authority.leaf(&["localhost", "127.0.0.1", "::1"])?.install(into)?;
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let folder = std::env::temp_dir().join(format!("platlint-dev-{}-{moment:08x}", std::process::id()));
    // Not one that is there already: somebody else could have put it there.
    fs::create_dir(&folder).map_err(system(folder.display().to_string()))?;
    let dev = Dev { folder };
    let write = |name: &str, text: &str| {
        let path = dev.folder.join(name);
        fs::write(&path, text).map_err(system(path.display().to_string()))
    };
    write("ca.crt", authority.certificate())?;
    write("review.json", REVIEW)?;
    Ok(dev)
}

impl Dev {
    /// Where the client's files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What to do next.
    #[must_use]
    pub fn greeting(&self, address: SocketAddr) -> String {
        let folder = self.folder.display();
        format!(
            "Try it:\n\n  curl --cacert {folder}/ca.crt -H 'Content-Type: application/json' \\\n    \
             --data-binary @{folder}/review.json 'https://localhost:{}/validate?timeout=5s'\n",
            address.port()
        )
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // What is left behind in a folder of temporary files harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
