//! Who asks, where proxies stand in front: the one rule by which the relay and the control plane know
//! a client's address.
//!
//! A proxy appends to `X-Forwarded-For` whom it was asked by. What a client wrote there stands before
//! that, so only what proxies that are trusted have appended is believed, from the last one back.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::Deserialize;

/// The header that is read.
pub const FORWARDED_FOR: &str = "x-forwarded-for";

/// Proxies whose word on their clients is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Trusted>);

/// One address, or all that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Trusted {
    address: IpAddr,
    bits: u8,
}

/// What cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No address.
    #[error("expected an address or a network, such as 10.0.0.1 or 10.0.0.0/8")]
    Shape,
    /// Clients would be believed as well.
    #[error("a network of all addresses is not trusted: every client could say that it is another")]
    Everybody,
}

impl Proxies {
    /// None of them: whoever connects is the client.
    #[must_use]
    pub fn new(trusted: Vec<Trusted>) -> Self {
        Self(trusted)
    }

    /// Whether nobody stands in front.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The client, of who is connected and the values of the header in their order. A client that a
    /// proxy speaks of has no port that would be known: it is 0.
    pub fn client<'a>(
        &self,
        connected: SocketAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> SocketAddr {
        let mut client = connected;
        for value in forwarded.rev() {
            for hop in value.rsplit(|byte| *byte == b',') {
                if !self.trust(client.ip()) {
                    return client;
                }
                // What is no address says nothing, nor does what stands before it.
                let Some(address) = address(hop) else { return client };
                client = SocketAddr::new(address, 0);
            }
        }
        client
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Trusted {
    fn holds(self, address: IpAddr) -> bool {
        let common = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros()
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros()
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        common >= u32::from(self.bits)
    }
}

impl FromStr for Trusted {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| TrustError::Shape)?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| TrustError::Shape)?,
            None => bits_max,
        };
        match bits {
            0 => Err(TrustError::Everybody),
            bits if bits > bits_max => Err(TrustError::Shape),
            bits => Ok(Self { address, bits }),
        }
    }
}

impl TryFrom<String> for Trusted {
    type Error = TrustError;

    fn try_from(text: String) -> Result<Self, TrustError> {
        text.parse()
    }
}

/// An address as proxies write it: some of them with a port.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &[&str]) -> Proxies {
        Proxies::new(networks.iter().map(|network| network.parse().unwrap()).collect())
    }

    fn client(proxies: &Proxies, connected: &str, forwarded: &[&str]) -> String {
        let connected = SocketAddr::new(connected.parse().unwrap(), 7);
        let forwarded = forwarded.iter().map(|value| value.as_bytes());
        proxies.client(connected, forwarded).ip().to_string()
    }

    #[test]
    fn the_last_hop_that_nobody_vouches_for_is_the_client() {
        let trusted = proxies(&["10.0.0.0/8", "127.0.0.1", "fd00::/8"]);
        let of = |connected, forwarded: &[&str]| client(&trusted, connected, forwarded);
        assert_eq!(of("127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &["192.0.2.1, 10.1.2.3"]), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &["192.0.2.1", "10.1.2.3"]), "192.0.2.1", "in two headers");
        assert_eq!(of("fd00::1", &["2001:db8::1,fd00::2"]), "2001:db8::1");
        assert_eq!(of("::ffff:10.0.0.1", &["::ffff:192.0.2.1"]), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &["192.0.2.1:5000"]), "192.0.2.1", "with a port");
        assert_eq!(of("127.0.0.1", &["[2001:db8::1]:5000"]), "2001:db8::1");
        assert_eq!(of("127.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(of("127.0.0.1", &["10.0.0.1"]), "10.0.0.1", "a proxy that asks for itself");
    }

    #[test]
    fn what_a_client_wrote_is_not_believed() {
        let trusted = proxies(&["127.0.0.1"]);
        let of = |connected, forwarded: &[&str]| client(&trusted, connected, forwarded);
        assert_eq!(of("192.0.2.9", &["198.51.100.1"]), "192.0.2.9", "it came by itself");
        assert_eq!(of("127.0.0.1", &["198.51.100.1, 192.0.2.9"]), "192.0.2.9");
        assert_eq!(of("127.0.0.1", &["127.0.0.1, 192.0.2.9"]), "192.0.2.9");
        assert_eq!(of("127.0.0.2", &["198.51.100.1"]), "127.0.0.2", "another address");
        assert_eq!(client(&proxies(&[]), "127.0.0.1", &["198.51.100.1"]), "127.0.0.1");
    }

    #[test]
    fn what_is_no_address_says_nothing() {
        let trusted = proxies(&["127.0.0.1"]);
        for value in ["", "unknown", "192.0.2.1, unknown", "192.0.2.1,", "_hidden", "[::1", "1.2.3"]
        {
            assert_eq!(client(&trusted, "127.0.0.1", &[value]), "127.0.0.1", "{value}");
        }
        let bytes: &[u8] = b"\xff, 192.0.2.1";
        let connected = "127.0.0.1:7".parse().unwrap();
        assert_eq!(trusted.client(connected, [bytes].into_iter()).ip().to_string(), "192.0.2.1");
        assert_eq!(trusted.client(connected, std::iter::empty()), connected);
    }

    #[test]
    fn a_network_is_an_address_with_or_without_its_bits() {
        for text in ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32", "10.0.0.1/32"] {
            assert!(text.parse::<Trusted>().is_ok(), "{text}");
        }
        for text in ["", "localhost", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "10.0.0.1:80", "/8"]
        {
            assert_eq!(text.parse::<Trusted>(), Err(TrustError::Shape), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0"] {
            assert_eq!(text.parse::<Trusted>(), Err(TrustError::Everybody), "{text}");
        }
    }
}
