//! Which certificates are believed, and the TLS configurations that follow from it.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring as provider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use crate::validity::Validity;

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those with one of these SHA-256 sums over their DER, while they are valid; whoever signed
    /// them, and whatever name they bear.
    Pinned(Vec<[u8; 32]>),
    /// Those that the certificate authorities of the operating system vouch for.
    System,
}

impl Trust {
    /// A TLS 1.3 configuration for these application protocols.
    pub(crate) fn tls(&self, alpn: &[&[u8]]) -> Result<ClientConfig, Error> {
        let builder = ClientConfig::builder_with_provider(Arc::new(provider::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?;
        let mut config = match self {
            Self::Pinned(sums) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Pins::new(sums.clone())))
                .with_no_client_auth(),
            Self::System => {
                let mut roots = rustls::RootCertStore::empty();
                let (_added, unreadable) =
                    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                tracing::debug!(unreadable, roots = roots.len(), "read the system's certificates");
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Ok(config)
    }
}

/// Reads a SHA-256 sum from its 64 hexadecimal digits.
pub(crate) fn sum_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut sum = [0; 32];
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in sum.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(sum)
}

/// Believes in certificates by their sums. The handshake's signature is checked all the same: the
/// certificate is public, only its key proves who is there.
struct Pins {
    sums: Vec<[u8; 32]>,
    provider: CryptoProvider,
}

impl Pins {
    fn new(sums: Vec<[u8; 32]>) -> Self {
        Self { sums, provider: provider::default_provider() }
    }
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pins").field("sums", &self.sums.len()).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Pins {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let sum = ring::digest::digest(&ring::digest::SHA256, end_entity);
        if !self.sums.iter().any(|pinned| pinned == sum.as_ref()) {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        let validity = Validity::of(end_entity).ok_or(CertificateError::BadEncoding)?;
        if now.as_secs() < validity.not_before {
            return Err(CertificateError::NotValidYet.into());
        }
        if now.as_secs() > validity.not_after {
            return Err(CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn certificate() -> CertificateDer<'static> {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 2, 28);
        params.not_after = rcgen::date_time_ymd(2026, 3, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().clone()
    }

    fn verify(pins: &Pins, certificate: &CertificateDer<'_>, now: u64) -> Result<(), Error> {
        let name = ServerName::try_from("any.example").unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        pins.verify_server_cert(certificate, &[], &name, &[], now).map(|_| ())
    }

    #[test]
    fn a_pinned_certificate_is_believed_while_it_is_valid_and_no_other() {
        let (pinned, other) = (certificate(), certificate());
        let sum = ring::digest::digest(&ring::digest::SHA256, &pinned);
        let pins = Pins::new(vec![[7; 32], sum.as_ref().try_into().unwrap()]);
        let (from, to) = (1_772_236_800, 1_772_323_200);
        let denied = |error: CertificateError| Err(Error::InvalidCertificate(error));
        assert_eq!(verify(&pins, &pinned, from), Ok(()));
        assert_eq!(verify(&pins, &pinned, to), Ok(()));
        assert_eq!(verify(&pins, &pinned, from - 1), denied(CertificateError::NotValidYet));
        assert_eq!(verify(&pins, &pinned, to + 1), denied(CertificateError::Expired));
        let unknown = CertificateError::ApplicationVerificationFailure;
        assert_eq!(verify(&pins, &other, from), denied(unknown.clone()));
        assert_eq!(verify(&Pins::new(Vec::new()), &pinned, from), denied(unknown));
    }

    #[test]
    fn sums_are_read_from_hexadecimal_digits() {
        assert_eq!(sum_from_hex(&"0aF".repeat(22)[..64]).map(|sum| sum[1]), Some(0xf0));
        for bad in ["", "00", &"0".repeat(65), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(sum_from_hex(bad), None, "{bad}");
        }
    }
}
