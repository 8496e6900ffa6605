package auth

import (
	"net/http"
	"net/netip"
	"strings"
)

// proxies are those whose word on a request is taken.
type proxies []netip.Prefix

func (p proxies) trust(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// client returns the address of the client: of the connection, or, if that is
// a trusted proxy's, the last one in X-Forwarded-For that is not. Whatever
// stands before it, anybody may have written, and the same goes for what is not
// an address: that ends the search at the proxy that passed it on. The address
// is not valid if the connection has none, as over a Unix socket.
func (p proxies) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := plain(peer.Addr())
	lines := r.Header["X-Forwarded-For"]
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			if !p.trust(addr) {
				return addr
			}
			var last string
			rest, last, more = cutLast(rest)
			if last == "" {
				continue // a list may have empty elements
			}
			next, ok := parseForwarded(last)
			if !ok {
				return addr
			}
			addr = next
		}
	}
	return addr
}

// cutLast cuts the last element off a list, and reports whether there are more.
func cutLast(list string) (rest, last string, more bool) {
	i := strings.LastIndexByte(list, ',')
	return list[:max(i, 0)], strings.Trim(list[i+1:], " \t"), i >= 0
}

// parseForwarded reads an address as proxies write it: with a port or without,
// IPv6 in brackets or, without a port, bare.
func parseForwarded(s string) (addr netip.Addr, ok bool) {
	if inner, found := strings.CutPrefix(s, "["); found {
		if inner, found = strings.CutSuffix(inner, "]"); found {
			addr, err := netip.ParseAddr(inner)
			return plain(addr), err == nil && addr.Is6()
		}
	}
	if addr, err := netip.ParseAddr(s); err == nil {
		return plain(addr), true
	}
	withPort, err := netip.ParseAddrPort(s)
	return plain(withPort.Addr()), err == nil
}

// plain returns the one form of an address that has several.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// network returns what failures are counted by: an IPv4 address, or the /64 of
// an IPv6 address, in which one host may take any number of addresses.
func network(addr netip.Addr) string {
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}
