//! Whom TLS trusts: the system's roots, and those given for a registry.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::SettingsError;

/// TLS for every host: its own roots where it has some, else those of the system.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    system: Arc<ClientConfig>,
    own: BTreeMap<String, Arc<ClientConfig>>,
}

impl Trust {
    /// Reads the system's roots and adds each host's own. A system without roots is no error: then nothing but the
    /// hosts with their own is trusted.
    pub(crate) fn new<'a>(own: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Self, SettingsError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let own = own
            .map(|(host, pem)| {
                let mut with_own = roots.clone();
                add(&mut with_own, pem).map_err(|reason| SettingsError::Roots { host: host.to_owned(), reason })?;
                Ok((host.to_owned(), config(with_own)?))
            })
            .collect::<Result<_, SettingsError>>()?;
        Ok(Self { system: config(roots)?, own })
    }

    /// For a connection to `host`, to which the registry `home` may have led.
    pub(crate) fn for_host(&self, host: &str, home: &str) -> Arc<ClientConfig> {
        self.own.get(host).or_else(|| self.own.get(home)).unwrap_or(&self.system).clone()
    }
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    let mut certificates = 0_usize;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        certificates = certificates.saturating_add(1);
    }
    if certificates == 0 { Err("no certificate in PEM form".to_owned()) } else { Ok(()) }
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, SettingsError> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
