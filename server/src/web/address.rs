//! The client's address: the connection's own, or what a trusted proxy says of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

/// Said once: it is the same for every request.
static WARN: Once = Once::new();

/// Networks of proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Whether a neighbour (this machine, a private network) speaks as a proxy does and is not trusted as one.
    fn overlooks(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let near = match peer.to_canonical() {
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
        };
        near && headers.contains_key("x-forwarded-for") && !self.trusts(peer)
    }

    /// The client of a request. The header is read from its end, where our own proxies wrote: the first address that
    /// is no proxy of ours is the client, whatever a stranger put before it.
    pub fn client(&self, parts: &Parts) -> IpAddr {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let mut client = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
        if self.overlooks(client, &parts.headers) {
            WARN.call_once(|| {
                tracing::warn!(
                    peer = %client,
                    "a request with X-Forwarded-For came from this address, which trusted_proxies does not name: if \
                     it is your proxy, all visitors share one address and its limits; set trusted_proxies = [\"{client}\"]"
                );
            });
        }
        let headers = parts.headers.get_all("x-forwarded-for").into_iter().collect::<Vec<_>>();
        let hops = headers.iter().rev().filter_map(|value| value.to_str().ok());
        for hop in hops.flat_map(|value| value.rsplit(',')) {
            let Some(said) = self.trusts(client).then(|| hop.trim().parse().ok()).flatten() else { break };
            client = said;
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_that_speaks_as_a_proxy_and_is_not_trusted_is_noticed() {
        let none = TrustedProxies::default();
        let trusted = TrustedProxies(vec!["127.0.0.0/8".parse().unwrap()]);
        let said = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), "1.1.1.1".parse().unwrap())]);
        for near in ["127.0.0.1", "::1", "172.17.0.1", "::ffff:10.0.0.1"] {
            assert!(none.overlooks(near.parse().unwrap(), &said), "{near}");
        }
        assert!(!none.overlooks("127.0.0.1".parse().unwrap(), &HeaderMap::new()), "no proxy");
        assert!(!none.overlooks("9.9.9.9".parse().unwrap(), &said), "a stranger may write what they like");
        assert!(!trusted.overlooks("127.0.0.1".parse().unwrap(), &said));
    }

    fn client(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let mut request = axum::http::Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let proxies =
            TrustedProxies(proxies.iter().map(|p| IpNet::from(p.parse::<IpAddr>().unwrap())).collect());
        proxies.client(&parts).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client(&[], "9.9.9.9", &["1.1.1.1"]), "9.9.9.9", "nobody is trusted by default");
        assert_eq!(client(&["10.0.0.1"], "9.9.9.9", &["1.1.1.1"]), "9.9.9.9");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &["6.6.6.6, 1.1.1.1"]), "1.1.1.1", "a forged first hop");
        let two = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(client(&two, "10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"]), "1.1.1.1");
        assert_eq!(client(&two, "10.0.0.1", &["1.1.1.1", "10.0.0.2"]), "1.1.1.1", "two header lines");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &["nonsense"]), "10.0.0.1");
    }
}
