//! The certificate that QUIC (and HTTPS, where it is on) is served with, and its renewal.
//!
//! A certificate of our own is valid for at most 14 days, or browsers refuse to pin it; its
//! successor is made, and told, before it is used. Files are read again when they change; while
//! they cannot be read, the old ones are kept. New handshakes see the change, sessions do not.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use ring::digest;
use rustls::crypto::ring::{default_provider, sign};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;

/// Clocks of clients may be behind by this much.
const SKEW: Duration = Duration::from_hours(1);
/// Browsers refuse to pin anything that is valid for longer.
const LIFETIME_MAX: Duration = Duration::from_hours(14 * 24);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The relay could not make its own.
    #[error("failed to make a certificate")]
    Made(#[from] rcgen::Error),
    /// A file cannot be read, or holds no PEM of the kind.
    #[error("failed to read PEM from {path}")]
    Read {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: rustls_pki_types::pem::Error,
    },
    /// The key is of no use here, or does not belong to the certificate.
    #[error("failed to use the key with its certificate")]
    Key(#[from] rustls::Error),
}

/// The current certificate and the next.
#[derive(Debug)]
pub(crate) struct Certificates {
    source: Tls,
    /// What a certificate of our own is made out to.
    names: Vec<String>,
    serving: Arc<Serving>,
    known: Mutex<Known>,
}

/// What new handshakes get.
#[derive(Debug)]
struct Serving(ArcSwap<CertifiedKey>);

#[derive(Debug)]
enum Known {
    Own { current: Own, next: Own },
    Files { changed: Changed },
}

/// When the certificate and its key were written.
type Changed = [Option<SystemTime>; 2];

/// A certificate that we made.
#[derive(Debug)]
struct Own {
    key: Arc<CertifiedKey>,
    pin: Pin,
}

/// What a client needs to trust a certificate without a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) sha256: String,
    pub(crate) not_after: u64,
}

impl Certificates {
    pub(crate) fn new(source: &Tls, names: Vec<String>, now: u64) -> Result<Self, TlsError> {
        let (serving, known) = match source {
            Tls::SelfSigned { lifetime } => {
                let current = Own::make(*lifetime, &names, now)?;
                let next = Own::make(*lifetime, &names, current.replaced_at(*lifetime))?;
                (Arc::clone(&current.key), Known::Own { current, next })
            }
            Tls::Files { certificate, key } => {
                let changed = changed(certificate, key);
                (Arc::new(read(certificate, key)?), Known::Files { changed })
            }
        };
        let serving = Arc::new(Serving(ArcSwap::new(serving)));
        Ok(Self { source: source.clone(), names, serving, known: Mutex::new(known) })
    }

    /// The current pin and the next; `None` where the certificate comes from files.
    pub(crate) fn pins(&self) -> Option<(Pin, Pin)> {
        match &*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            Known::Own { current, next } => Some((current.pin.clone(), next.pin.clone())),
            Known::Files { .. } => None,
        }
    }

    /// SHA-256 sums of the current certificate, wherever it comes from, and of the next.
    pub(crate) fn sums(&self) -> Vec<[u8; 32]> {
        let mut keys = vec![self.serving.0.load_full()];
        if let Known::Own { next, .. } = &*self.known.lock().unwrap_or_else(PoisonError::into_inner)
        {
            keys.push(Arc::clone(&next.key));
        }
        keys.iter().filter_map(|key| key.cert.first()).map(|der| sum(der)).collect()
    }

    /// Renews what is due. Called once a second; the error leaves everything as it was.
    pub(crate) fn renew(&self, now: u64) -> Result<bool, TlsError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *known, &self.source) {
            (Known::Own { current, next }, Tls::SelfSigned { lifetime }) => {
                if now < current.replaced_at(*lifetime) {
                    return Ok(false);
                }
                // Asleep for longer than a certificate lives: begin anew.
                let from = next.replaced_at(*lifetime).max(now);
                let after = Own::make(*lifetime, &self.names, from)?;
                *current = std::mem::replace(next, after);
                self.serving.0.store(Arc::clone(&current.key));
            }
            (Known::Files { changed: seen }, Tls::Files { certificate, key }) => {
                let changed = changed(certificate, key);
                if changed == *seen {
                    return Ok(false);
                }
                *seen = changed;
                self.serving.0.store(Arc::new(read(certificate, key)?));
            }
            (Known::Own { .. }, Tls::Files { .. })
            | (Known::Files { .. }, Tls::SelfSigned { .. }) => {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A server's TLS configuration that always has the current certificate.
    pub(crate) fn server(&self, alpn: &[&[u8]]) -> Result<rustls::ServerConfig, rustls::Error> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Serving>::clone(&self.serving);
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        // 0-RTT is off: what comes with it could be played again.
        config.max_early_data_size = 0;
        Ok(config)
    }
}

impl ResolvesServerCert for Serving {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Own {
    /// A certificate that is good from `from`, in Unix seconds.
    fn make(lifetime: Duration, names: &[String], from: u64) -> Result<Self, TlsError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let names: Vec<_> = local.into_iter().chain(names.iter().cloned()).collect();
        let mut params = CertificateParams::new(names)?;
        let from = SystemTime::UNIX_EPOCH + Duration::from_secs(from);
        let lifetime = lifetime.min(LIFETIME_MAX - SKEW);
        params.not_before = (from - SKEW).into();
        params.not_after = (from + lifetime).into();
        let certificate = params.self_signed(&pair)?;
        let der = certificate.der().clone();
        let sha256 = sum(&der);
        let not_after = (from + lifetime).duration_since(SystemTime::UNIX_EPOCH);
        let pin = Pin {
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            not_after: not_after.map_or(0, |since| since.as_secs()),
        };
        let key = PrivateKeyDer::Pkcs8(pair.serialize_der().into());
        let key = CertifiedKey::new(vec![der], sign::any_supported_type(&key)?);
        Ok(Self { key: Arc::new(key), pin })
    }

    /// The next one is used well before this one ends.
    fn replaced_at(&self, lifetime: Duration) -> u64 {
        self.pin.not_after.saturating_sub((lifetime / 6).as_secs().max(1))
    }
}

fn sum(der: &[u8]) -> [u8; 32] {
    let sum = digest::digest(&digest::SHA256, der);
    sum.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| TlsError::Read { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(failed(key))?;
    Ok(CertifiedKey::from_der(chain, key, &default_provider())?)
}

fn changed(certificate: &Path, key: &Path) -> Changed {
    let modified = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    [modified(certificate), modified(key)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;
    const DAY: u64 = 24 * 3600;

    fn own() -> Certificates {
        let lifetime = Duration::from_secs(12 * DAY);
        Certificates::new(&Tls::SelfSigned { lifetime }, vec!["a.example".into()], NOW).unwrap()
    }

    #[test]
    fn a_certificate_is_replaced_in_time_by_the_one_that_was_announced() {
        let certificates = own();
        let (first, second) = certificates.pins().unwrap();
        assert_eq!(first.not_after, NOW + 12 * DAY);
        assert!(!certificates.renew(NOW + 10 * DAY - 1).unwrap());
        assert_eq!(certificates.pins().unwrap().0, first);
        assert!(certificates.renew(NOW + 10 * DAY).unwrap());
        let (now, next) = certificates.pins().unwrap();
        assert_eq!(now, second);
        assert!(now.not_after == NOW + 22 * DAY && next.not_after == NOW + 32 * DAY);
    }

    #[test]
    fn a_certificate_never_lives_longer_than_browsers_pin() {
        let lifetime = Duration::from_secs(100 * DAY);
        let source = Tls::SelfSigned { lifetime };
        let (pin, _) = Certificates::new(&source, Vec::new(), NOW).unwrap().pins().unwrap();
        assert!(pin.not_after + SKEW.as_secs() <= NOW + LIFETIME_MAX.as_secs());
    }

    #[test]
    fn files_are_read_again_when_they_change_and_kept_when_they_are_broken() {
        let dir = tempfile::tempdir().unwrap();
        let (certificate, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        let put = |certificate_pem: &str, key_pem: &str, second: u64| {
            for (path, pem) in [(&certificate, certificate_pem), (&key, key_pem)] {
                std::fs::write(path, pem).unwrap();
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + second);
                std::fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
            }
        };
        let make = || {
            let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
            let params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
            (params.self_signed(&pair).unwrap().pem(), pair.serialize_pem())
        };
        let (first, second) = (make(), make());
        put(&first.0, &first.1, 0);
        let source = Tls::Files { certificate: certificate.clone(), key: key.clone() };
        let certificates = Certificates::new(&source, Vec::new(), NOW).unwrap();
        let serving = || certificates.serving.0.load().cert[0].to_vec();
        let before = serving();
        assert!(!certificates.renew(NOW).unwrap());
        put("no certificate", &first.1, 1);
        assert!(certificates.renew(NOW).is_err());
        assert_eq!(serving(), before);
        put(&second.0, &first.1, 2);
        assert!(certificates.renew(NOW).is_err(), "the key belongs to another certificate");
        put(&second.0, &second.1, 3);
        assert!(certificates.renew(NOW).unwrap());
        assert_ne!(serving(), before);
    }
}
